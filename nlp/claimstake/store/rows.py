"""From a document to its rows: pure, picklable and quick, for workers. What the run adds, `stamp` adds.

Entities are global: an id is the knowledge base's where there is one, else label and canonical name. NUL, which
PostgreSQL refuses, becomes U+FFFD, one for one, so that offsets keep pointing where they did.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from claimstake.records import AnnotatedDocument, Claim, Entity, Measure
from claimstake.store.contract import Run, StoredDocument

LONGEST_NAME = 120  # characters of a canonical name in an entity's id; an index takes no key of some kilobytes
LONGEST_DATE = 40  # characters of the longest EDTF interval that `published` may be
OWN_ROWS = ("parameter", "condition", "supersedes", "rate", "share", "amount", "role")  # qualifiers without a column

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class DocumentRows:
    """A document as rows by table, in the order of columns, without what `stamp` adds.

    Attributes:
        key, item, source: of the document.
        tables: "documents" (one row), "entities", "mentions", "claims", "claim_qualifiers", "evidence", "signatures";
            a table without rows has an empty list.
    """

    key: str
    item: str
    source: str | None
    tables: dict[str, list[Row]]


def encode(document: StoredDocument, *, text: bool = True) -> DocumentRows:
    """The rows of a document.

    Args:
        document: as it leaves a worker.
        text: keep its text, where the record has one.
    """
    record, key = document.record, document.key
    names = {entity.id: entity_id(entity) for entity in record.entities}
    source = _clean(record.doc.source)
    date = _date(record.doc.published)
    tables: dict[str, list[Row]] = {
        "documents": [_document(document, source, text=text)],
        "entities": sorted(_entities(record, names)),
        "mentions": [_mention(key, entity, names[entity.id]) for entity in record.entities],
        "claims": [_claim(key, claim, names, date) for claim in record.claims],
        "claim_qualifiers": [row for claim in record.claims for row in _qualifiers(key, claim)],
        "evidence": [(key, c.id, c.evidence.start, c.evidence.end, _clean(c.evidence.text)) for c in record.claims],
        "signatures": [] if document.signature is None else [(key, document.signature)],
    }
    return DocumentRows(key, document.item, source, tables)


def stamp(rows: DocumentRows, run: Run, annotated: str) -> dict[str, list[Row]]:
    """A document's rows with the run, its fingerprint and the time (UTC, ISO 8601) where the tables have them."""
    entities = [(*entity, run.fingerprint) for entity in rows.tables["entities"]]
    return {**rows.tables, "documents": [stamp_document(rows, run, annotated)], "entities": entities}


def stamp_document(rows: DocumentRows, run: Run, annotated: str) -> Row:
    """The row of `documents` alone."""
    (document,) = rows.tables["documents"]
    return (*document[:-1], run.id, run.fingerprint, annotated, document[-1])


def entity_id(entity: Entity) -> str:
    """The id of what a mention stands for: the same in every document."""
    if entity.kb_id:
        return _cleaned(entity.kb_id)
    name = _cleaned(entity.canonical)
    if len(name) > LONGEST_NAME:
        name = f"{name[:LONGEST_NAME]}…{hashlib.sha256(name.encode()).hexdigest()[:16]}"
    return f"{entity.label}:{name}"


def _document(document: StoredDocument, source: str | None, *, text: bool) -> Row:
    """Without run, fingerprint and time, which stand before the text; its own story until copies are looked for."""
    doc = document.record.doc
    return (
        document.key,
        document.item,
        _clean(doc.id),
        source,
        *(_clean(value) for value in (document.url, doc.title, doc.author, doc.publisher)),
        _date(doc.published),
        _clean(doc.language),
        doc.sha256,
        document.tokens,
        int(document.relevant),
        document.key,
        _clean(doc.text) if text else None,
    )


def _entities(record: AnnotatedDocument, names: dict[str, str]) -> Iterator[Row]:
    """Each entity once; where mentions disagree on label or name, the first in alphabetical order."""
    found: dict[str, tuple[str, str]] = {}
    for entity in record.entities:
        name = names[entity.id]
        label = entity.label, _cleaned(entity.canonical)
        found[name] = min(found.get(name, label), label)
    known = {names[entity.id] for entity in record.entities if entity.kb_id}
    return ((name, *label, name if name in known else None) for name, label in found.items())


def _mention(key: str, entity: Entity, name: str) -> Row:
    return (
        key,
        entity.id,
        name,
        entity.label,
        _clean(entity.text),
        entity.start,
        entity.end,
        entity.mention,
        *value_columns(entity.value),
        entity.confidence,
        _clean(entity.extractor),
    )


def value_columns(value: str | Measure | None) -> Row:
    """A mention's value: text, comparator, number, higher number, unit."""
    if not isinstance(value, Measure):
        return value, None, None, None, None
    low, high = value.value if isinstance(value.value, tuple) else (value.value, None)
    number = f"{low:.15g}" if high is None else f"{low:.15g}..{high:.15g}"
    sign = "" if high is not None else f"{value.comparator} "
    unit = _cleaned(value.unit)
    return f"{sign}{number} {unit}".strip(), value.comparator, low, high, unit


def _claim(key: str, claim: Claim, names: dict[str, str], date: str | None) -> Row:
    said = claim.qualifiers
    return (
        key,
        claim.id,
        claim.predicate,
        claim.subject,
        claim.object,
        names[claim.subject],
        names[claim.object],
        said.status,
        said.polarity or "affirmed",
        said.certainty or "asserted",
        said.measure,
        date,
        claim.confidence,
        _clean(said.attribution),
        _clean(said.target),
        _clean(claim.extractor),
    )


def _qualifiers(key: str, claim: Claim) -> Iterator[Row]:
    said = claim.qualifiers
    for position, time in enumerate(said.time or ()):
        yield key, claim.id, "time", position, time.kind, time.value
    for name in OWN_ROWS:
        if (value := getattr(said, name)) is not None:
            yield key, claim.id, name, 0, None, _clean(value)


def _date(published: str | None) -> str | None:
    return _clean(published) if published and len(published) <= LONGEST_DATE else None


def _cleaned(text: str) -> str:
    return text.replace("\0", "\ufffd") if "\0" in text else text


def _clean(text: str | None) -> str | None:
    return text if text is None else _cleaned(text)
