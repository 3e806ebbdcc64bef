"""A document's record, put together from the tables.

What the store does not keep is not in it: the ranges of the text that are the article proper (`doc.body`), versions of
the pipeline's parts (its fingerprint is), a mention's own form of a name (the thing's is taken), and publication dates
longer than an interval. NUL is U+FFFD, and claims stand in the order of their evidence.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from claimstake.queries.rows import times
from claimstake.records import AnnotatedDocument, Claim, DocumentInfo, Entity, Measure, Qualifiers, Span
from claimstake.store import tables
from claimstake.store.rows import OWN_ROWS

INFO = ("source", "sha256", "title", "author", "publisher", "published", "language", "text")
MENTION = ("id", "label", "text", "mention", "confidence", "extractor")
SAID = ("status", "measure", "target", "attribution")


def key_of(connection: sa.Connection, name: str) -> str | None:
    """The key of a document by its key, or by its own id (the last annotated one)."""
    d = tables.documents.c
    if "\0" in name:  # PostgreSQL takes none
        return None
    if connection.scalar(sa.select(d.key).where(d.key == name)):
        return name
    return connection.scalar(sa.select(d.key).where(d.doc_id == name).order_by(d.annotated.desc(), d.key).limit(1))


def record(connection: sa.Connection, key: str) -> AnnotatedDocument | None:
    """The record of a document."""
    row = connection.execute(sa.select(tables.documents).where(tables.documents.c.key == key)).one_or_none()
    if row is None:
        return None
    return AnnotatedDocument(
        doc=DocumentInfo(id=row.doc_id, **{name: getattr(row, name) for name in INFO}),
        entities=[_entity(found) for found in connection.execute(_mentions(key))],
        claims=list(_claims(connection, key)),
        pipeline={"name": "claimstake", "fingerprint": row.fingerprint},
    )


def _mentions(key: str) -> sa.Select[Any]:
    m, e = tables.mentions, tables.entities
    query = sa.select(m, e.c.canonical, e.c.kb_id).join_from(m, e, e.c.id == m.c.entity)
    return query.where(m.c.document == key).order_by(sa.func.length(m.c.id), m.c.id)


def _entity(row: Any) -> Entity:
    return Entity(
        **{name: getattr(row, name) for name in MENTION},
        start=row.start_char,
        end=row.end_char,
        canonical=row.canonical,
        kb_id=row.kb_id,
        value=_value(row),
    )


def _value(row: Any) -> str | Measure | None:
    if row.comparator is None or row.number is None:
        return row.value
    number = row.number if row.number_high is None else (row.number, row.number_high)
    return Measure(comparator=row.comparator, value=number, unit=row.unit or "")


def _claims(connection: sa.Connection, key: str) -> list[Claim]:
    """In the order of the text, as the store keeps no other."""
    c, e, q = tables.claims, tables.evidence, tables.claim_qualifiers
    said: dict[str, list[Any]] = {}
    rows = connection.execute(sa.select(q).where(q.c.document == key).order_by(q.c.claim, q.c.name, q.c.position))
    for row in rows:
        said.setdefault(row.claim, []).append(row)
    here = (e.c.document == c.c.document) & (e.c.claim == c.c.id)
    query = sa.select(c, e.c.start_char, e.c.end_char, e.c.text).join_from(c, e, here, isouter=True)
    ordered = query.where(c.c.document == key).order_by(e.c.start_char, e.c.end_char, c.c.id)
    return [_claim(row, said.get(row.id, [])) for row in connection.execute(ordered)]


def _claim(row: Any, said: list[Any]) -> Claim:
    qualifiers = Qualifiers(
        **{name: getattr(row, name) for name in SAID},
        polarity=None if row.polarity == "affirmed" else row.polarity,
        certainty=None if row.certainty == "asserted" else row.certainty,
        time=list(times(said)) or None,
        **{q.name: q.value for q in said if q.name in OWN_ROWS},
    )
    evidence = Span(start=row.start_char or 0, end=row.end_char or 0, text=row.text)
    ends = {"subject": row.subject, "object": row.object}
    return Claim(
        id=row.id, predicate=row.predicate, **ends, qualifiers=qualifiers, evidence=evidence,
        confidence=row.confidence, extractor=row.extractor,
    )  # fmt: skip
