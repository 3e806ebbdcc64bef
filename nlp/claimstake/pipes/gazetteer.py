"""Finds the names that the lists know: longest first from every word, nested and ambiguous ones kept.

Which of several rows is meant, and whether a weak surface counts, is decided later (`claimstake_mentions`).

Example: "China's Ministry of Commerce" gives PLACE China and MINISTRY, the latter with the rows of every country that
has a body of that name.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from spacy.language import Language
from spacy.scorer import Scorer
from spacy.tokens import Doc
from spacy.training import Example
from spacy.util import registry

from claimstake.attributes import BODY, GAZETTEER, add_mention, new_group
from claimstake.knowledge.gazetteer import Gazetteer, Row, packaged_rows
from claimstake.mirror import Letters, letters_of


def gazetteer_scorer(examples: Iterable[Example], **_: Any) -> dict[str, Any]:
    """Span precision, recall and F1 of doc.spans["gazetteer"]."""
    return Scorer.score_spans(
        examples, f"spans_{GAZETTEER}", getter=lambda doc, _: doc.spans.get(GAZETTEER, []), allow_overlap=True,
        has_annotation=lambda doc: GAZETTEER in doc.spans,
    )  # fmt: skip


@registry.scorers("claimstake_gazetteer_scorer.v1")
def make_gazetteer_scorer() -> Any:
    return gazetteer_scorer


@Language.factory(
    "claimstake_gazetteer",
    assigns=["doc.spans"],
    default_config={"scorer": {"@scorers": "claimstake_gazetteer_scorer.v1"}},
    default_score_weights={f"spans_{GAZETTEER}_f": 1.0},
)
def make_gazetteer(nlp: Language, name: str, scorer: Any) -> GazetteerFinder:
    norms = nlp.vocab.lookups.get_table("lexeme_norm", {})
    return GazetteerFinder(name, rows=packaged_rows(), norms=norms, scorer=scorer)


class GazetteerFinder:
    """Writes doc.spans["gazetteer"]; attrs: strong and weak, lists of row ids."""

    def __init__(
        self, name: str, *, rows: dict[str, Row], norms: Mapping[str, str], scorer: Any = gazetteer_scorer
    ) -> None:
        self.name = name
        self.scorer = scorer
        self.norms = norms
        self.gazetteer = Gazetteer(rows, norms)

    def add_rows(self, rows: Iterable[Row], *, off: Iterable[str] = ()) -> None:
        """Add a user's rows (same id: replaced) and take out those whose ids are in `off`."""
        merged = {**self.gazetteer.rows, **{r.id: r for r in rows}}
        for key in off:
            merged.pop(key, None)
        self.gazetteer = Gazetteer(merged, self.norms, self.gazetteer.common_nouns)

    def __call__(self, doc: Doc) -> Doc:
        group = new_group(doc, GAZETTEER)
        for start, end, label, strong, weak in self.find(doc):
            add_mention(group, start, end, label, strong=strong, weak=weak)
        return doc

    def find(self, doc: Doc) -> list[tuple[int, int, str, list[str], list[str]]]:
        """Token start and end, label, and the ids of the strong and weak rows, one entry per label."""
        out = []
        letters = letters_of(doc)
        text = letters.text
        regions = [(s.start_char, s.end_char) for s in doc.spans[BODY]] if BODY in doc.spans else [(0, len(text))]
        for low, high in regions:
            for hit in self.gazetteer.find(text, low, high):
                touched = letters.covering(hit.start, hit.end)
                if touched is None or not _aligned(letters, touched, hit.start, hit.end):
                    continue
                by_label: dict[str, tuple[list[str], list[str]]] = {}
                for row in hit.strong:
                    by_label.setdefault(row.label, ([], []))[0].append(row.id)
                for row in hit.weak:
                    by_label.setdefault(row.label, ([], []))[1].append(row.id)
                out += [(*touched, label, strong, weak) for label, (strong, weak) in by_label.items()]
        return out

    def to_disk(self, path: Path | str, *, exclude: Iterable[str] = ()) -> None:
        """Write the rows as JSON Lines, so that the folder is complete on its own."""
        path = Path(path)
        path.mkdir(parents=True, exist_ok=True)
        if "rows" not in exclude:
            lines = (json.dumps(r.to_json(), ensure_ascii=False) + "\n" for r in self.gazetteer.rows.values())
            (path / "rows.jsonl").write_text("".join(lines), encoding="utf-8")

    def from_disk(self, path: Path | str, *, exclude: Iterable[str] = ()) -> GazetteerFinder:
        path = Path(path) / "rows.jsonl"
        if "rows" not in exclude and path.exists():
            from claimstake.knowledge.gazetteer import read_rows

            self.gazetteer = Gazetteer({r.id: r for r in read_rows(path)}, self.norms, self.gazetteer.common_nouns)
        return self

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        rows = [] if "rows" in exclude else [r.to_json() for r in self.gazetteer.rows.values()]
        return json.dumps(rows).encode()

    def from_bytes(self, data: bytes, *, exclude: Iterable[str] = ()) -> GazetteerFinder:
        rows = [] if "rows" in exclude else [_row(raw) for raw in json.loads(data)]
        if rows:
            self.gazetteer = Gazetteer({r.id: r for r in rows}, self.norms, self.gazetteer.common_nouns)
        return self


def _row(raw: dict[str, Any]) -> Row:
    return Row(**{k: tuple(v) if isinstance(v, list) else v for k, v in raw.items()})


def _aligned(letters: Letters, touched: tuple[int, int], start: int, end: int) -> bool:
    """Whether a hit fills its tokens but for punctuation; "ban" inside "urban" must not."""
    before = letters.text[letters.chars[touched[0]] : start]
    after = letters.text[end : letters.end(touched[1] - 1)]
    return not any(c.isalnum() for c in before + after)
