"""Why a claim was made: the sentence, the trigger, the cues, and the path from the trigger to subject and object."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from spacy.tokens import Doc

from claimstake.output import document_id, record_id


@dataclass(frozen=True)
class End:
    """A claim's subject or object: what it is, and the words of the text that say so."""

    canonical: str
    label: str
    text: str
    start: int
    end: int
    mention: str

    def __str__(self) -> str:
        named = f"{self.canonical} ({self.label})"
        words = " ".join(self.text.split())
        if self.mention == "nominal":
            return f'{named}, which "{words}" at {self.start} stands for'
        return f'{named}, "{words}" at {self.start}'


@dataclass(frozen=True)
class Explanation:
    """What led to one claim. Offsets are code points of the text, half open."""

    id: str
    predicate: str
    subject: End
    object: End
    sentence: str
    start: int
    end: int
    trigger: str
    trigger_start: int
    trigger_end: int
    rule: str
    version: str
    path: str
    cues: tuple[str, ...]
    qualifiers: dict[str, Any]
    confidence: float | None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def steps(self) -> list[tuple[str, str]]:
        """What a reader is shown, as name and text."""
        shown = [
            ("sentence", " ".join(self.sentence.split())),
            ("trigger", f'"{" ".join(self.trigger.split())}" at {self.trigger_start}, rule {self.rule}'),
            ("subject", str(self.subject)),
            ("object", str(self.object)),
            ("path", self.path),
            ("cues", "; ".join(self.cues)),
            ("confidence", "" if self.confidence is None else f"{self.confidence:.2f}"),
        ]
        return [(name, text) for name, text in shown if text]


def explanations(doc: Doc, *, claim: str | None = None, min_confidence: float = 0.0) -> list[Explanation]:
    """Explain the claims of an annotated doc, in their order.

    Args:
        claim: only the claim of this id (or of ids that begin with it); empty list where there is none.
        min_confidence: leave out claims below it, in [0, 1].
    """
    name = document_id(doc)
    found = [_explanation(doc, record_id(name, record), record) for record in doc._.claims or ()]
    kept = [e for e in found if e.confidence is None or e.confidence >= min_confidence]
    return [e for e in kept if claim is None or e.id.startswith(claim)]


def triggers(doc: Doc) -> dict[str, tuple[int, int]]:
    """Claim id to the offsets of the words that triggered it."""
    return {e.id: (e.trigger_start, e.trigger_end) for e in explanations(doc)}


def _explanation(doc: Doc, key: str, record: Mapping[str, Any]) -> Explanation:
    start, end, trigger = record["evidence"]["start"], record["evidence"]["end"], record["trigger"]
    rule, _, version = record["extractor"].partition("@")
    return Explanation(
        id=key,
        predicate=record["predicate"],
        subject=_end(doc, record["subject"]),
        object=_end(doc, record["object"]),
        sentence=doc.text[start:end],
        start=start,
        end=end,
        trigger=trigger["text"],
        trigger_start=trigger["start"],
        trigger_end=trigger["end"],
        rule=rule,
        version=version,
        path=record.get("path") or "",
        cues=tuple(record.get("cues") or ()),
        qualifiers=dict(record["qualifiers"]),
        confidence=record.get("confidence"),
    )


def _end(doc: Doc, end: Mapping[str, Any]) -> End:
    text = doc.text[end["start"] : end["end"]]
    return End(end["canonical"], end["label"], text, end["start"], end["end"], end["mention"])
