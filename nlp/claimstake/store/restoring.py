"""A record as a database holds it: what `rows.encode` took apart, put together again.

Not kept, so not there: who made the pipeline's parts, and which ranges of the text are the article.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from claimstake.records import AnnotatedDocument, Claim, DocumentInfo, Entity, Measure, Qualifiers, Span, Time
from claimstake.store import tables
from claimstake.store.rows import OWN_ROWS

COLUMNS = ("status", "polarity", "certainty", "measure", "attribution", "target")  # qualifiers with a column

Row = Mapping[str, Any]


def restored(connection: sa.Connection, key: str) -> AnnotatedDocument | None:
    """The record of a document, with its text where that is kept; None where there is no such key.

    Mentions stand in the order of their numbers, claims in that of their evidence.
    """
    found = _rows(connection, sa.select(tables.documents).where(tables.documents.c.key == key))
    if not found:
        return None
    document = found[0]
    info = DocumentInfo(
        id=document["doc_id"],
        **{k: document[k] for k in ("source", "sha256", "title", "author", "publisher", "published", "language")},
        text=document["text"],
    )
    entities = sorted((_entity(row) for row in _mentions(connection, key)), key=lambda e: int(e.id[1:]))
    claims = sorted(_claims(connection, key), key=lambda c: (c.evidence.start, c.evidence.end, c.id))
    return AnnotatedDocument(doc=info, entities=entities, claims=claims)


def _rows(connection: sa.Connection, query: sa.Select) -> list[Row]:
    return [row._mapping for row in connection.execute(query)]


def _mentions(connection: sa.Connection, key: str) -> list[Row]:
    mentions, entities = tables.mentions, tables.entities
    named = sa.select(mentions, entities.c.canonical, entities.c.kb_id)
    joined = mentions.outerjoin(entities, entities.c.id == mentions.c.entity)
    return _rows(connection, named.select_from(joined).where(mentions.c.document == key))


def _entity(row: Row) -> Entity:
    return Entity(
        start=row["start_char"],
        end=row["end_char"],
        canonical=row["canonical"] or row["text"],
        value=value(row),
        **{name: row[name] for name in ("id", "label", "text", "kb_id", "mention", "confidence", "extractor")},
    )


def value(row: Row) -> str | Measure | None:
    """The value of a row of `mentions`."""
    if row["number"] is None:
        return row["value"]
    number = row["number"] if row["number_high"] is None else (row["number"], row["number_high"])
    return Measure(comparator=row["comparator"], value=number, unit=row["unit"] or "")


def _claims(connection: sa.Connection, key: str) -> Iterable[Claim]:
    parts: dict[str, dict[str, Any]] = {}
    own = tables.claim_qualifiers
    ordered = sa.select(own).where(own.c.document == key).order_by(own.c.claim, own.c.name, own.c.position)
    for row in _rows(connection, ordered):
        said = parts.setdefault(row["claim"], {})
        if row["name"] == "time":
            said.setdefault("time", []).append(Time(kind=row["kind"], value=row["value"]))
        elif row["name"] in OWN_ROWS:
            said[row["name"]] = row["value"]
    claims, evidence = tables.claims, tables.evidence
    same = sa.and_(evidence.c.document == claims.c.document, evidence.c.claim == claims.c.id)
    where = sa.select(claims, evidence.c.start_char, evidence.c.end_char, evidence.c.text).select_from(
        claims.join(evidence, same)
    )
    for row in _rows(connection, where.where(claims.c.document == key)):
        yield Claim(
            qualifiers=Qualifiers(**{name: row[name] for name in COLUMNS}, **parts.get(row["id"], {})),
            evidence=Span(start=row["start_char"], end=row["end_char"], text=row["text"]),
            **{name: row[name] for name in ("id", "predicate", "subject", "object", "confidence", "extractor")},
        )
