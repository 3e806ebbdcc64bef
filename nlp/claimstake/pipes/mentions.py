"""The arbiter: of all candidates, which spans are mentions, with which label and which rows of the gazetteer.

Reads the groups gazetteer, terms, names, measures, dates and the abbreviations; overlaps are decided by the table in
mentions.toml. A weak surface counts only where the same thing is named surely or its context supports it.

Writes: doc.spans["mentions"] (attrs: extractor, confidence, rows, value, ...) and doc.ents (the outermost ones).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.util import filter_spans, registry

from claimstake.attributes import (
    DATES,
    GAZETTEER,
    MEASURES,
    MENTIONS,
    NAMES,
    PROBABILITIES,
    TERMS,
    add_mention,
    new_group,
)
from claimstake.knowledge.gazetteer import Gazetteer
from claimstake.mirror import Mirror, mirrored
from claimstake.pipes.arbitration import Candidate, choose, weight
from claimstake.pipes.component import RuleComponent, span_scorer
from claimstake.pipes.coordination import elliptical, listed_members
from claimstake.pipes.judging import Judging, Rivalry, recognised
from claimstake.pipes.name_words import company_context
from claimstake.pipes.propagation import SURE, names_of, occurrences
from claimstake.pipes.support import Surroundings, blocked, supported
from claimstake.pipes.terms import body_tokens

MEASURED = frozenset({"DATE", "THRESHOLD", "QUANTITY"})
UNABBREVIATED = MEASURED | {"PERSON"}
SITES = frozenset({"deposit", "mine", "plant"})  # kinds of places that are called like their owners
GUESSED = frozenset(
    {"name.firm", "name.context", "ner.company", "ner.org", "gazetteer.weak"}
)  # firms by what stands beside them
NAMED_PEOPLE = frozenset({"name.given", "name.role"})
LOCAL = frozenset({"in", "at", "near", "from"})
mention_scorer = span_scorer(MENTIONS)


@registry.scorers("claimstake_mention_scorer.v1")
def make_mention_scorer() -> Any:
    return mention_scorer


@Language.factory(
    "claimstake_mentions",
    assigns=["doc.spans", "doc.ents"],
    requires=["doc.spans", "doc._.abbreviations"],
    default_config={"scorer": {"@scorers": "claimstake_mention_scorer.v1"}},
    default_score_weights={f"spans_{MENTIONS}_f": 1.0},
)
def make_mentions(nlp: Language, name: str, scorer: Any) -> MentionArbiter:
    return MentionArbiter(name, nlp=nlp, scorer=scorer)


class MentionArbiter(RuleComponent):
    """Writes doc.spans["mentions"] and doc.ents."""

    def __init__(
        self, name: str = "claimstake_mentions", *, nlp: Language | None = None, scorer: Any = mention_scorer
    ) -> None:
        self.name = name
        self.nlp = nlp
        self._sites_of: tuple[Gazetteer, frozenset[str]] | None = None
        self.scorer = scorer
        self.judging: Judging | None = None  # from the model folder, see `pipeline.build`

    def __call__(self, doc: Doc) -> Doc:
        group, found = new_group(doc, MENTIONS), self.find(doc)
        for mention in found:
            attrs = {
                "mention": "name",
                "extractor": mention.extractor,
                "confidence": weight(mention.extractor)[2],
                **{key: value for key, value in mention.attrs.items() if key != "probability"},
            }
            add_mention(group, mention.start, mention.end, mention.label, **attrs)
        doc.ents = filter_spans([Span(doc, m.start, m.end, label=m.label) for m in found])
        return doc

    def find(self, doc: Doc) -> list[Candidate]:
        """Mentions by start, nested ones after their outer."""
        text, sites = mirrored(doc), self._sites
        around = Surroundings(text)
        direct = _without_people(text, list(_candidates(text, around)))
        judged: dict[Rivalry, float] = {}
        first = self._choose(text, direct, judged)
        direct += [*listed_members(text, first), *elliptical(text, first)]
        again = [*_abbreviated(text, first)]
        again += occurrences(text, names_of(text, first, sites), body_tokens(doc))
        again = [c for c in again if not blocked(text, c, around)]
        chosen = _credited(self._choose(text, _consistent(text, direct + again, sites), judged), direct)
        if self.judging is not None:
            self.judging.credit(doc, chosen)
        doc.user_data.pop(PROBABILITIES, None)
        return chosen

    def _choose(self, doc: Mirror, candidates: list[Candidate], judged: dict[Rivalry, float]) -> list[Candidate]:
        """The candidates that stay: judged by the model where there is one, else by class, length and rank."""
        if self.judging is None:
            return choose([c for c in candidates if c.extractor != "recognised"], len(doc))
        return self.judging.choose(doc, candidates, judged)

    def to_disk(self, path: Path | str, *, exclude: Iterable[str] = ()) -> None:
        """Write the judging model, where there is one."""
        if self.judging is not None:
            self.judging.save(Path(path))

    def from_disk(self, path: Path | str, *, exclude: Iterable[str] = ()) -> MentionArbiter:
        """Read the judging model, where there is one."""
        if (Path(path) / "additions").is_dir():
            self.judging = Judging.load(Path(path))
        return self

    @property
    def _sites(self) -> frozenset[str]:
        """Ids of the listed deposits, mines and plants."""
        pipes = self.nlp.pipeline if self.nlp is not None else ()
        finder: Any = next((pipe for name, pipe in pipes if name == f"claimstake_{GAZETTEER}"), None)
        if finder is None:
            return frozenset()
        if self._sites_of is None or self._sites_of[0] is not finder.gazetteer:  # a user's rows make a new gazetteer
            self._sites_of = (finder.gazetteer, site_ids(finder.gazetteer))
        return self._sites_of[1]


def _candidates(doc: Mirror, around: Surroundings) -> Iterator[Candidate]:
    yield from _listed(doc, around)
    for key in (MEASURES, DATES, TERMS, NAMES):
        for span in doc.marked(key):
            attrs = dict(span.attrs)
            extractor = attrs.pop("extractor", key)
            candidate = Candidate(span.start, span.end, span.label_, extractor, attrs)
            if not blocked(doc, candidate, around):
                yield candidate
    for candidate in recognised(doc):
        if not blocked(doc, candidate, around):
            yield candidate


def _listed(doc: Mirror, around: Surroundings) -> Iterator[Candidate]:
    """Candidates of the gazetteer: strong ones, and weak ones that something supports."""
    listed = doc.marked(GAZETTEER)
    sure = {key for span in listed for key in span.attrs.get("strong", ())}
    named = {(s.start, s.end, s.label_) for s in doc.marked(NAMES)}
    defined = {(p[0], p[1]) for p in doc.source._.abbreviations or ()}
    for span in listed:
        strong, weak = span.attrs.get("strong", ()), span.attrs.get("weak", ())
        if strong:
            candidate = Candidate(span.start, span.end, span.label_, "gazetteer", {"rows": list(strong)})
        else:
            kept = [key for key in weak if key in sure]
            bounds = (span.start, span.end)
            firm = span.label_ == "COMPANY" and company_context(doc, *bounds)
            is_named = (*bounds, span.label_) in named or firm
            if not supported(span, span.label_, around, sure=bool(kept), named=is_named, defined=bounds in defined):
                continue
            candidate = Candidate(span.start, span.end, span.label_, "gazetteer.weak", {"rows": kept or list(weak)})
        if not blocked(doc, candidate, around):
            yield candidate


def _abbreviated(doc: Mirror, mentions: list[Candidate]) -> Iterator[Candidate]:
    """Short forms in brackets, and their later uses, get the label of their long form."""
    ends: dict[int, Candidate] = {}
    for mention in mentions:
        if mention.end not in ends or mention.length > ends[mention.end].length:
            ends[mention.end] = mention
    forms: dict[tuple[str, ...], Candidate] = {}
    for short_start, short_end, long_start, long_end in doc.source._.abbreviations or ():
        source = ends.get(long_end)
        if source is None or source.start > long_start:
            source = next(
                (ends[k] for k in range(long_end, long_start, -1) if k in ends and ends[k].start <= long_start), None
            )
        if source is None or source.label in UNABBREVIATED or weight(source.extractor)[2] < SURE:
            continue
        words = tuple(t.text for t in doc[short_start:short_end])
        forms.setdefault(words, source)
        if len(words) == 1:
            forms.setdefault((words[0].removesuffix("s") if words[0].endswith("s") else words[0] + "s",), source)
    for found in occurrences(doc, forms, body_tokens(doc)):
        found.extractor = "abbreviation"
        yield found


def _consistent(doc: Mirror, candidates: Iterable[Candidate], sites: frozenset[str]) -> list[Candidate]:
    """Leave out a list's reading of an abbreviation that the document defines otherwise, and of a firm's short form."""
    candidates = list(candidates)
    defined = {(c.start, c.end): c.label for c in candidates if c.extractor == "abbreviation"}
    firms = {
        (c.start, c.end)
        for c in candidates
        if c.extractor == "propagated"
        and c.label == "COMPANY"
        and not (c.start and doc.words[c.start - 1].lower_ in LOCAL)
    }
    return [
        c
        for c in candidates
        if (c.extractor == "abbreviation" or defined.get((c.start, c.end), c.label) == c.label)
        and not (c.label == "PLACE" and (c.start, c.end) in firms and _yields(c, sites))
    ]


def _without_people(doc: Mirror, candidates: list[Candidate]) -> list[Candidate]:
    """Leave out guessed firms that are people of the text, by full name or surname.

    A surname that opens a firm's longer name ("Ford Motor", "Henry Ford") may still stand for the firm.
    """
    people = [c for c in candidates if c.label == "PERSON" and c.length > 1]
    named = {doc.text_of(c.start, c.end) for c in people if c.extractor in NAMED_PEOPLE}
    firms = {doc.texts[c.start] for c in candidates if c.label == "COMPANY" and c.length > 1}
    named |= {doc.texts[c.end - 1] for c in people} - firms
    return [
        c
        for c in candidates
        if c.label != "COMPANY" or c.extractor not in GUESSED or doc.text_of(c.start, c.end) not in named
    ]


def _yields(place: Candidate, sites: frozenset[str]) -> bool:
    """Whether a place gives way to a firm of that name: a guess of the NER, a deposit or plant."""
    return place.extractor.startswith("ner.") or sites.issuperset(place.attrs.get("rows", ("",)))


def _credited(chosen: list[Candidate], direct: list[Candidate]) -> list[Candidate]:
    """Give what was found directly as well as by its recurrence the rule that found it."""
    found = {(c.start, c.end, c.label): c for c in sorted(direct, key=lambda c: weight(c.extractor)[:2])}
    for candidate in chosen:
        source = found.get((candidate.start, candidate.end, candidate.label))
        if source is None or candidate.extractor not in ("propagated", "abbreviation"):
            continue
        candidate.attrs["confidence"] = max(weight(candidate.extractor)[2], weight(source.extractor)[2])
        candidate.extractor = source.extractor
    return chosen


def site_ids(gazetteer: Gazetteer) -> frozenset[str]:
    """Ids of a gazetteer's deposits, mines and plants."""
    return frozenset(row.id for row in gazetteer.rows.values() if row.label == "PLACE" and row.kind in SITES)
