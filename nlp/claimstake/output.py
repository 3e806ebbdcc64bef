"""From an annotated Doc to the record that is written: entities numbered, claims pointing at them.

Reads doc.spans["mentions"] and ["body"], doc._.claims and doc._.article; changes nothing. Left out: a claim's
trigger, cues and path, which `claimstake.explain` shows.
"""

from __future__ import annotations

import json
import math
import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from spacy.tokens import Doc

from claimstake import __version__
from claimstake.attributes import BODY, MENTIONS
from claimstake.bases import MODEL, base_path
from claimstake.claims.assemble import VERSION as CLAIMS_VERSION
from claimstake.records import (
    EDTF_PATTERN,
    AnnotatedDocument,
    Article,
    Claim,
    DocumentInfo,
    Entity,
    Measure,
    Qualifiers,
    Span,
    claim_id,
    text_sha256,
)

EDTF = re.compile(EDTF_PATTERN)
METADATA = ("title", "author", "publisher", "published", "language")
Record = dict[str, Any]


@dataclass(eq=False)
class _Draft:
    """A mention before it has its number."""

    start: int
    end: int
    label: str
    canonical: str
    mention: str = "name"
    fields: Record = field(default_factory=dict)

    @property
    def key(self) -> tuple[int, int, str, str]:
        return self.start, self.end, self.label, self.canonical

    @property
    def order(self) -> tuple[Any, ...]:
        """Text order, outermost first, names before nominals."""
        return self.start, -self.end, self.mention != "name", self.label, self.canonical


def document(doc: Doc, *, text: bool = False, min_confidence: float = 0.0) -> AnnotatedDocument:
    """Assemble the output record of a doc that went through the pipeline.

    Args:
        doc: annotated; a doc that no reader made gets a hash of its text for an id.
        text: put the text itself into the record.
        min_confidence: leave out claims below it, in [0, 1].
    """
    whole = doc.text  # spaCy builds it anew at every access
    info = _info(doc, whole, text)
    records = [c for c in doc._.claims or () if (c.get("confidence") is None or c["confidence"] >= min_confidence)]
    drafts = _mentions(doc)
    said = _by_thing(drafts)
    ends = [(_referent(c["subject"], c, drafts, said), _referent(c["object"], c, drafts, said)) for c in records]
    _name_nominals(drafts)
    ordered = sorted(drafts.values(), key=lambda d: d.order)
    numbers = {draft.key: f"e{i}" for i, draft in enumerate(ordered, 1)}
    claims: dict[str, Claim] = {}
    for record, (subject, object_) in zip(records, ends, strict=True):
        key = record_id(info.id, record)
        claims.setdefault(key, _claim(whole, key, record, numbers[subject.key], numbers[object_.key]))
    return AnnotatedDocument(
        doc=info,
        entities=[_entity(whole, draft, numbers[draft.key]) for draft in ordered],
        claims=list(claims.values()),
        pipeline=identity(),
    )


def record_id(document_id: str, record: Mapping[str, Any]) -> str:
    """The id that a record of doc._.claims has in the output."""
    polarity = record["qualifiers"].get("polarity") or "affirmed"
    ends = record["subject"]["canonical"], record["object"]["canonical"]
    return claim_id(document_id, record["predicate"], *ends, polarity)


def document_id(doc: Doc) -> str:
    """The article's id, else the first 16 hexadecimal digits of the hash of the text."""
    return (doc._.article or {}).get("id") or text_sha256(doc.text)[:16]


@cache
def identity() -> Record:
    """Name and version of the program, and the versions of what it runs on."""
    manifest = json.loads((base_path() / "manifest.json").read_text(encoding="utf-8"))
    base = f"{manifest.get('code', __version__)} ({manifest.get('source', 'unknown source')})"
    return {"name": "claimstake", "version": __version__, "models": {MODEL: base, "claims": CLAIMS_VERSION}}


def unread(article: Article, *, sha256: str | None = None, text: bool = False) -> AnnotatedDocument:
    """The record of an article that the pipeline did not read: neither entities nor claims.

    Args:
        article: its text may be empty.
        sha256: of what it was to be read from, where no text was taken out of it.
        text: put the text itself into the record.
    """
    about = article.model_dump(include={"source", "url", *METADATA})
    info = _described(about, article.id, article.text, text)
    return AnnotatedDocument(
        doc=info.model_copy(update={"sha256": sha256}) if sha256 else info,
        entities=[],
        claims=[],
        pipeline=identity(),
    )


def _info(doc: Doc, whole: str, text: bool) -> DocumentInfo:
    body = [Span(start=s.start_char, end=s.end_char) for s in doc.spans[BODY]] if BODY in doc.spans else None
    return _described(doc._.article or {}, document_id(doc), whole, text, body)


def _described(article: Record, name: str, whole: str, text: bool, body: list[Span] | None = None) -> DocumentInfo:
    return DocumentInfo(
        id=name,
        source=article.get("source") or article.get("url"),
        sha256=text_sha256(whole),
        text=whole if text else None,
        body=body,
        **{key: article.get(key) for key in METADATA},
    )


def _mentions(doc: Doc) -> dict[tuple[int, int, str, str], _Draft]:
    drafts: dict[tuple[int, int, str, str], _Draft] = {}
    if MENTIONS not in doc.spans:
        return drafts
    group = doc.spans[MENTIONS]
    for span in group:
        fields = dict(group.attrs.get(span.id_, {}))
        canonical = fields.pop("canonical", None) or " ".join(span.text.split()) or span.text
        draft = _Draft(span.start_char, span.end_char, span.label_, canonical, fields.pop("mention", "name"), fields)
        drafts.setdefault(draft.key, draft)
    return drafts


def _by_thing(drafts: Mapping[Any, _Draft]) -> dict[tuple[str, str], list[_Draft]]:
    """Mentions in text order by label and canonical name."""
    things: dict[tuple[str, str], list[_Draft]] = {}
    for draft in sorted(drafts.values(), key=lambda d: d.order):
        things.setdefault(draft.key[2:], []).append(draft)
    return things


def _referent(
    end: Mapping[str, Any], record: Mapping[str, Any], drafts: dict[Any, _Draft], said: Mapping[Any, list[_Draft]]
) -> _Draft:
    """The mention that a claim points at: one in the evidence where there is one, else the one that was found."""
    key = (end["start"], end["end"], end["label"], end["canonical"])
    low, high = record["evidence"]["start"], record["evidence"]["end"]
    if not (low <= end["start"] and end["end"] <= high):
        mentions = said.get(key[2:], [])
        first, last = (bisect_left(mentions, place, key=lambda d: d.start) for place in (low, high))
        within = [d for d in mentions[first:last] if d.end <= high]
        if within:
            return min(within, key=lambda d: (d.mention != "name", *d.order))
    return drafts.setdefault(key, _Draft(*key, mention="nominal"))


def _name_nominals(drafts: dict[Any, _Draft]) -> None:
    """A nominal has the knowledge base id of what it stands for."""
    known = {d.key[2:]: d.fields["kb_id"] for d in drafts.values() if d.mention == "name" and d.fields.get("kb_id")}
    for draft in drafts.values():
        if draft.mention == "nominal" and not draft.fields.get("kb_id"):
            draft.fields["kb_id"] = known.get(draft.key[2:])


def _entity(text: str, draft: _Draft, number: str) -> Entity:
    return Entity(
        id=number,
        label=draft.label,
        text=text[draft.start : draft.end],
        start=draft.start,
        end=draft.end,
        canonical=draft.canonical,
        kb_id=draft.fields.get("kb_id") or None,
        mention="nominal" if draft.mention == "nominal" else "name",
        value=_value(draft.fields.get("value")),
        confidence=_probability(draft.fields.get("confidence")),
        extractor=draft.fields.get("extractor") or None,
    )


def _value(value: Any) -> str | Measure | None:
    """EDTF or a measure; anything else (a number that is not finite, a date that is no EDTF) is no value."""
    if isinstance(value, str):
        return value if EDTF.fullmatch(value) else None
    if not isinstance(value, Mapping):
        return None
    numbers = value["value"] if isinstance(value["value"], list | tuple) else [value["value"]]
    return Measure(**value) if all(math.isfinite(n) for n in numbers) else None


def _probability(value: float | None) -> float | None:
    return None if value is None else round(min(1.0, max(0.0, float(value))), 3)


def _claim(text: str, key: str, record: Record, subject: str, object_: str) -> Claim:
    start, end = record["evidence"]["start"], record["evidence"]["end"]
    return Claim(
        id=key,
        predicate=record["predicate"],
        subject=subject,
        object=object_,
        qualifiers=qualifiers(record["qualifiers"]),
        evidence=Span(start=start, end=end, text=text[start:end]),
        confidence=_probability(record.get("confidence")),
        extractor=record.get("extractor") or None,
    )


def qualifiers(found: Mapping[str, Any]) -> Qualifiers:
    """The qualifiers of a record of doc._.claims, without empty ones."""
    filled = {k: v for k, v in found.items() if v not in (None, "", [])}
    filled["time"] = _times(filled.get("time", ())) or None
    return Qualifiers(**filled)


def _times(times: Iterable[Mapping[str, Any]]) -> list[Record]:
    """Each kind and value once, values in EDTF."""
    unique = {(t["kind"], t["value"]): dict(t) for t in times if EDTF.fullmatch(str(t.get("value")))}
    return list(unique.values())
