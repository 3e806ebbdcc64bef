"""Documents made by hand: China bans gallium, and a limit of purity."""

from __future__ import annotations

import hashlib

from claimstake.records import (
    AnnotatedDocument,
    Article,
    Claim,
    DocumentInfo,
    Entity,
    Measure,
    Qualifiers,
    Span,
    Time,
)
from claimstake.store.contract import StoredDocument, document_key

TEXT = "China banned exports of gallium. The limit is 99.9%."
PURITY = Measure(comparator=">=", value=99.9, unit="%")


def record(
    doc_id: str, *, text: str = TEXT, measure: Measure = PURITY, status: str = "in_force", **info: str | None
) -> AnnotatedDocument:
    """One document with three mentions and two claims; `text` has to hold both sentences of TEXT."""
    ban, limit = (_span(text, words) for words in ("China banned exports of gallium.", "The limit is 99.9%."))
    mentions = [
        _mention(text, "e1", "PLACE", "China", "China", kb_id="china"),
        _mention(text, "e2", "MINERAL", "gallium", "gallium"),
        _mention(text, "e3", "THRESHOLD", "99.9%", "99.9%", value=measure),
    ]
    times = [Time(kind="announced", value="2025-07-15"), Time(kind="effective", value="2025-08-01")]
    about = Qualifiers(status=status, measure="ban", target="United States", time=times)
    claims = [
        _claim(doc_id, "restricts_export_of", "e1", "e2", about, ban),
        _claim(doc_id, "has_threshold", "e2", "e3", Qualifiers(status=status, parameter="purity"), limit),
    ]
    sha256 = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    info = {"published": "2025-07-16", "publisher": "The Gazette", **info}
    return AnnotatedDocument(
        doc=DocumentInfo(id=doc_id, sha256=sha256, text=text, **info), entities=mentions, claims=claims
    )


def stored(
    doc_id: str,
    *,
    item: str | None = None,
    text: str = TEXT,
    tokens: int = 12,
    signature: bytes | None = None,
    status: str = "in_force",
    **info: str | None,
) -> StoredDocument:
    """`record` as it leaves a worker; its key is that of the article, as in a run."""
    key = document_key(Article(id=doc_id, text=text, title=info.get("title")))
    found = record(doc_id, text=text, status=status, **info)
    return StoredDocument(key, item or f"item-{doc_id}", found, tokens, signature=signature)


def _span(text: str, words: str) -> Span:
    start = text.index(words)
    return Span(start=start, end=start + len(words), text=words)


def _mention(text: str, number: str, label: str, words: str, canonical: str, **more: object) -> Entity:
    span = _span(text, words)
    return Entity(
        id=number,
        label=label,
        text=words,
        start=span.start,
        end=span.end,
        canonical=canonical,
        confidence=0.9,
        extractor="gazetteer",
        **more,
    )


def _claim(doc_id: str, predicate: str, subject: str, object_: str, about: Qualifiers, where: Span) -> Claim:
    name = hashlib.sha256(f"{doc_id}{predicate}".encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return Claim(
        id=f"c{name}",
        predicate=predicate,
        subject=subject,
        object=object_,
        qualifiers=about,
        evidence=where,
        confidence=0.8,
        extractor="a-rule@rules-1",
    )
