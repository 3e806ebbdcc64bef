"""A record as a UIMA CAS: what each annotation and feature says is in `cas_types`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from claimstake.errors import CorpusError
from claimstake.interchange import checking, losing, sheet
from claimstake.interchange.cas_types import (
    CLAIM,
    EVIDENCE,
    MENTION,
    METADATA,
    OBJECT,
    RECORD,
    SENTENCE,
    SUBJECT,
    TOKEN,
)
from claimstake.interchange.conll import Token, ends_sentence, tokens_of
from claimstake.interchange.contract import Losses
from claimstake.interchange.sheet import SheetError
from claimstake.records import AnnotatedDocument, Claim, Entity, Measure, Span, Time

if TYPE_CHECKING:
    from cassis import Cas, TypeSystem

FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # by XML 1.0
ABOUT = ("source", "title", "author", "publisher", "published", "language")


def written(document: AnnotatedDocument, types: TypeSystem, losses: Losses) -> bytes:
    """The XMI of a record.

    Raises:
        CorpusError: the record does not fit together, or has a character that XML 1.0 does not allow.
    """
    checking.check(document)
    _allowed(document)
    cas = _Writing(document, types, losses).cas()
    return str(cas.to_xmi(pretty_print=True)).encode("utf-8")


def _allowed(document: AnnotatedDocument) -> None:
    """Raises CorpusError: says which character, and where."""
    text = checking.text_of(document)
    if match := FORBIDDEN.search(text):
        line = text.count("\n", 0, match.start()) + 1
        raise CorpusError(
            f"{document.doc.id}: XML 1.0 does not allow the character U+{ord(match[0]):04X} "
            f"(line {line}, character {match.start()}); take it out of the text"
        )
    for value in _strings(document.to_json()):
        if match := FORBIDDEN.search(value):
            raise CorpusError(
                f"{document.doc.id}: XML 1.0 does not allow the character U+{ord(match[0]):04X} in {value!r}"
            )


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        yield from value if isinstance(value, dict) else ()
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _strings(inner)


class _Writing:
    def __init__(self, document: AnnotatedDocument, types: TypeSystem, losses: Losses) -> None:
        self.document, self.types, self.losses = document, types, losses
        self.text = checking.text_of(document)

    def cas(self) -> Cas:
        from cassis import Cas

        doc = self.document.doc
        cas = Cas(self.types)
        cas.sofa_string, cas.sofa_mime = self.text, "text"
        new = self._new
        found = [new(METADATA, 0, len(self.text), documentTitle=doc.title or doc.id, documentId=doc.id)]
        found[0].language = doc.language or "x-unspecified"
        tokens = tokens_of(self.text, list(self.document.entities))
        found += [new(SENTENCE, start, end) for start, end in _sentences(self.text, tokens, self.document.entities)]
        found += [new(TOKEN, token.start, token.end) for token in tokens]
        mentions = {entity.id: self._mention(entity) for entity in self.document.entities}
        found += mentions.values()
        bounds = sorted({(c.evidence.start, c.evidence.end) for c in self.document.claims})
        names = {place: f"v{number}" for number, place in enumerate(bounds, 1)}
        found += [new(EVIDENCE, *place, id=name) for place, name in names.items()]
        found += [self._claim(claim, mentions, names) for claim in self.document.claims]
        found.append(self._record())
        cas.add_all(found)
        return cas

    def _new(self, type_: str, begin: int, end: int, **features: Any) -> Any:
        return self.types.get_type(type_)(begin=begin, end=end, **features)

    def _mention(self, entity: Entity) -> Any:
        value = self._value(entity)
        about = entity.model_dump(include={"canonical", "mention", "confidence", "extractor", "id"})
        names = {"value": entity.label, "identifier": entity.kb_id, "normalised": value}
        return self._new(MENTION, entity.start, entity.end, **about, **names)

    def _value(self, entity: Entity) -> str | None:
        if entity.value is None:
            return None
        text = sheet.value_text(entity.value)
        if _value_of(text) != entity.value:
            kind = losing.PARTS_OF_MENTION["value"]
            self.losses.add(kind, self.document.doc.id, f"{entity.text}: {entity.value}")
            return None
        return text

    def _claim(self, claim: Claim, mentions: dict[str, Any], evidence: dict[tuple[int, int], str]) -> Any:
        subject, object_ = mentions[claim.subject], mentions[claim.object]
        about = claim.qualifiers.model_dump(exclude_none=True, exclude={"time"})
        if claim.qualifiers.time is not None:
            about["time"] = self._times(claim)
        about |= claim.model_dump(include={"predicate", "confidence", "extractor", "id"})
        about["evidence"] = evidence[claim.evidence.start, claim.evidence.end]
        ends = {SUBJECT: subject, OBJECT: object_}
        return self._new(CLAIM, object_.begin, object_.end, **about, **ends)

    def _times(self, claim: Claim) -> str | None:
        times = claim.qualifiers.time or []
        text = times_text(times)
        if [Time(**row) for row in times_of(text)] == times:
            return text
        kind = losing.QUALIFIER.format("time")
        self.losses.add(kind, self.document.doc.id, f"{losing.triple(self.document, claim)}: {text}")
        return None

    def _record(self) -> Any:
        doc = self.document.doc
        about = {key: value for key in ABOUT if (value := getattr(doc, key)) is not None}
        body = None if doc.body is None else places_text(doc.body)
        pipeline = None if self.document.pipeline is None else json.dumps(self.document.pipeline, ensure_ascii=False)
        shown = json.dumps(about, ensure_ascii=False)
        return self.types.get_type(RECORD)(id=doc.id, about=shown, body=body, pipeline=pipeline)


def _sentences(text: str, tokens: list[Token], mentions: Iterable[Entity]) -> Iterator[tuple[int, int]]:
    """Bounds of sentences, without white space around them; none ends within a mention."""
    inside = sorted((mention.start, mention.end) for mention in mentions)
    start, reach, next_ = None, 0, 0
    for number, token in enumerate(tokens):
        start = token.start if start is None else start
        while next_ < len(inside) and inside[next_][0] < token.end:
            reach = max(reach, inside[next_][1])
            next_ += 1
        last = number + 1 == len(tokens)
        if last or (token.end >= reach and ends_sentence(text, token.end, tokens[number + 1].start)):
            yield start, token.end
            start = None


def _value_of(text: str) -> str | Measure | None:
    try:
        return sheet.parse_value(text)
    except SheetError:
        return None


def times_text(times: Iterable[Time]) -> str:
    """Dates of a claim in one feature; see `times_of`."""
    return ", ".join(f"{time.kind}:{time.value}" for time in times)


def times_of(text: str) -> list[dict[str, str]]:
    """Kinds and dates; whatever stands there, the schema has the last word."""
    parts = [item.strip().partition(":") for item in text.split(",")]
    return [{"kind": kind.strip(), "value": value.strip()} for kind, _, value in parts]


def places_text(places: Iterable[Span]) -> str:
    """Stretches of the text in one feature; see `places_of`."""
    return " ".join(f"{place.start}-{place.end}" for place in places)


def places_of(text: str) -> list[Span]:
    """Raises ValueError: it is something else."""
    return [Span(start=int(low), end=int(high)) for low, _, high in (item.partition("-") for item in text.split())]
