"""One canonical name for all mentions of one thing, and the id of its row.

The gazetteer's name counts first; then long forms of short ones ("Kaye" is "Harvey Kaye"), normal forms of common nouns
and technologies, and bodies by their country. A capital that acts is its country; in "in Beijing" it is the city.

Writes: attrs canonical and kb_id of doc.spans["mentions"].
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example
from spacy.util import registry

from claimstake.attributes import GAZETTEER, MENTIONS
from claimstake.knowledge.gazetteer import Gazetteer, Row
from claimstake.knowledge.tables import toml
from claimstake.mirror import Marked, Mirror, mirrored
from claimstake.pipes import canonical
from claimstake.pipes.component import RuleComponent
from claimstake.pipes.countries import CountryContext

COMMON = frozenset({"MINERAL", "PRODUCT"})
MEASURED = frozenset({"THRESHOLD", "QUANTITY"})


def cluster_scorer(examples: Any, **_: Any) -> dict[str, float]:
    """B-cubed precision, recall and F1 over the mentions that reference and prediction share (same span and label)."""
    precision = recall = count = 0.0
    for example in examples:
        pairs = _shared(example)
        for gold, ours in pairs:
            same_ours = [g for g, o in pairs if o == ours]
            same_gold = [o for g, o in pairs if g == gold]
            precision += same_ours.count(gold) / len(same_ours)
            recall += same_gold.count(ours) / len(same_gold)
            count += 1
    p, r = (precision / count, recall / count) if count else (0.0, 0.0)
    return {"clusters_p": p, "clusters_r": r, "clusters_f": 2 * p * r / (p + r) if p + r else 0.0}


def _shared(example: Example) -> list[tuple[str, str]]:
    def table(doc: Doc) -> dict[tuple[int, int, str], str]:
        group = doc.spans.get(MENTIONS)
        if group is None:
            return {}
        return {
            (s.start_char, s.end_char, s.label_): group.attrs.get(s.id_, {}).get("canonical", s.text) for s in group
        }

    gold, ours = table(example.reference), table(example.predicted)
    return [(gold[key], ours[key]) for key in gold if key in ours]


@registry.scorers("claimstake_cluster_scorer.v1")
def make_cluster_scorer() -> Any:
    return cluster_scorer


@Language.factory(
    "claimstake_clusters",
    assigns=["doc.spans"],
    requires=["doc.spans"],
    default_config={"scorer": {"@scorers": "claimstake_cluster_scorer.v1"}},
    default_score_weights={"clusters_f": 1.0, "clusters_p": None, "clusters_r": None},
)
def make_clusters(nlp: Language, name: str, scorer: Any) -> Clusterer:
    return Clusterer(nlp, name, scorer=scorer)


class Clusterer(RuleComponent):
    """Sets canonical and kb_id on every mention."""

    def __init__(self, nlp: Language, name: str = "claimstake_clusters", *, scorer: Any = cluster_scorer) -> None:
        self.nlp = nlp
        self.name = name
        self.scorer = scorer

    @property
    def gazetteer(self) -> Gazetteer:
        """The pipeline's gazetteer; without that component one that knows nothing."""
        finders: list[Any] = [pipe for name, pipe in self.nlp.pipeline if name == f"claimstake_{GAZETTEER}"]
        return finders[0].gazetteer if finders else Gazetteer()

    def __call__(self, doc: Doc) -> Doc:
        if MENTIONS in doc.spans:
            text = mirrored(doc)
            for span, (name, key) in zip(text.marked(MENTIONS), self.find(text), strict=True):
                attrs = span.attrs
                attrs.pop("rows", None)
                attrs.pop("name", None)
                attrs["canonical"] = name
                if key:
                    attrs["kb_id"] = key
        return doc

    def find(self, text: Mirror) -> list[tuple[str, str | None]]:
        """Canonical name and row id of every mention, in the group's order."""
        gazetteer = self.gazetteer
        mentions = text.marked(MENTIONS)
        context = CountryContext(text, _places(mentions, gazetteer.rows), gazetteer.rows)
        names = [self._name(span, context, gazetteer) for span in mentions]
        return _merged(mentions, names)

    def _name(self, span: Marked, context: CountryContext, gazetteer: Gazetteer) -> tuple[str, str | None]:
        attrs, rows = span.attrs, gazetteer.rows
        ids = [key for key in attrs.get("rows", ()) if key in rows]
        if ids:
            key = context.choose(ids, span.start, span.end)
            if span.label_ == "PLACE":
                key = _government(span, rows[key], rows)
            return rows[key].name, key
        text = attrs.get("name") or span.text
        if span.label_ in MEASURED:
            return span.text, None
        if span.label_ == "DATE":
            return attrs.get("value") or span.text, None
        name = self._own_name(span, text, context, rows)
        listed = [row.id for row in gazetteer.lookup(name) if row.label == span.label_]
        if listed:
            key = context.choose(listed, span.start, span.end)
            return rows[key].name, key
        return name, None

    def _own_name(self, span: Marked, text: str, context: CountryContext, rows: dict[str, Row]) -> str:
        if span.label_ in COMMON:
            return canonical.common_noun(text)
        if span.label_ == "TECHNOLOGY":
            return canonical.technology(text)
        if span.label_ == "COMPANY":
            return canonical.company(text)
        if span.label_ == "MINISTRY":
            return self._body(span, text, context, rows)
        return canonical.plain(text)

    def _body(self, span: Marked, text: str, context: CountryContext, rows: dict[str, Row]) -> str:
        if text[:1].isupper() and text.endswith(("administration", "Administration")):
            return canonical.plain(text).replace("'s", "").replace("’s", "").replace("Administration", "administration")
        country = next((c for c in context.near(span.start, span.end) if c in rows and rows[c].kind == "country"), None)
        return canonical.body(text, rows[country].name if country else None, country)


def _places(mentions: Iterable[Marked], rows: dict[str, Row]) -> dict[int, Row]:
    found = {}
    for span in mentions:
        ids = [k for k in span.attrs.get("rows", ()) if k in rows]
        if span.label_ == "PLACE" and ids:
            found[span.end - 1] = rows[ids[0]]
    return found


def _government(span: Marked, row: Row, rows: dict[str, Row]) -> str:
    """The country's id where a capital stands for its government, else the place's own."""
    doc, table = span.doc, toml("clusters.toml")["capitals"]
    if row.kind != "capital" or row.country not in rows or row.id in table["never"]:
        return row.id
    before = doc.lowers[span.start - 1] if span.start else ""
    after = doc.lowers[span.end] if span.end < len(doc) else ""
    if before in table["place_before"] or after in table["place_after"]:
        return row.id
    if after == "-" and span.end + 1 < len(doc) and doc.lowers[span.end + 1] in ("based", "born", "area"):
        return row.id
    if (
        after == ","
        and span.end + 1 < len(doc)
        and doc.texts[span.end + 1][:1].isupper()
        and rows[row.country].name.startswith(doc.texts[span.end + 1])
    ):
        return row.id
    return row.country


def _merged(group: Sequence[Marked], names: list[tuple[str, str | None]]) -> list[tuple[str, str | None]]:
    """People by their surname, technologies by what they share, firms by their short name."""
    full = {}
    shared: dict[str, tuple[str, str | None]] = {}
    for span, (name, key) in zip(group, names, strict=True):
        if span.label_ == "PERSON" and " " in name:
            full.setdefault(name.rsplit(" ", 1)[-1], (name, key))
        if span.label_ == "TECHNOLOGY":
            shared.setdefault(canonical.technology_key(name), (name, key))
    out = []
    for span, (name, key) in zip(group, names, strict=True):
        if span.label_ == "PERSON":
            out.append(full.get(name, (name, key)))
        elif span.label_ == "TECHNOLOGY":
            out.append(shared[canonical.technology_key(name)])
        else:
            out.append((name, key))
    return out
