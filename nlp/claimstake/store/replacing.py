"""What a batch replaces: rows that its items, or its documents, had before. In the caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from claimstake.store import tables
from claimstake.store.batching import Batch
from claimstake.store.manifest import portions, upsert
from claimstake.store.rows import Row

DOCUMENTS, APPEARANCES = tables.documents.c, tables.appearances.c


@dataclass
class Before:
    """What stands there before a batch is written.

    Attributes:
        kept: keys of the batch's documents that are there: their rows are updated, what hangs on them is replaced.
        gone: keys of documents that no item has any more.
        settled: keys of documents that lose an item and keep another.
    """

    kept: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    settled: set[str] = field(default_factory=set)


def before(connection: sa.Connection, written: Batch) -> Before:
    """Look up what a batch meets; in a new database two or three queries that find nothing."""
    items, keys = written.items, set(written.keys)
    kept = _found(connection, sa.select(DOCUMENTS.key), DOCUMENTS.key, keys)
    had = _found(connection, sa.select(APPEARANCES.document), APPEARANCES.item, items)
    left = had - keys
    others = sa.select(APPEARANCES.document, APPEARANCES.item)
    elsewhere = {key for key, item in _rows(connection, others, APPEARANCES.document, left) if item not in set(items)}
    return Before(kept, left - elsewhere, elsewhere | kept)


def clear(connection: sa.Connection, written: Batch, found: Before) -> None:
    """Delete what the batch replaces, and documents that are gone."""
    if not found.kept and not found.gone and not found.settled:
        return
    _delete(connection, tables.appearances, APPEARANCES.item, written.items)
    for part in reversed(tables.PARTS):
        _delete(connection, part, part.c.document, found.kept | found.gone)
    _delete(connection, tables.documents, DOCUMENTS.key, found.gone)


def update_documents(connection: sa.Connection, rows: Sequence[Row]) -> None:
    """Replace documents' own rows, but for the story: the text is the same, and so is its story."""
    names = [column.name for column in tables.documents.columns]
    told = [dict(zip(names, row, strict=True)) for row in rows]
    stories = dict(_rows(connection, sa.select(DOCUMENTS.key, DOCUMENTS.story), DOCUMENTS.key, [r[0] for r in rows]))
    upsert(connection, tables.documents, [{**row, "story": stories.get(row["key"])} for row in told])


def settle_owners(connection: sa.Connection, keys: Collection[str]) -> None:
    """A document belongs to the first of its items, whatever the order in which they were written."""
    here = APPEARANCES.document == DOCUMENTS.key
    first = sa.select(APPEARANCES.source).where(here).order_by(APPEARANCES.item).limit(1)
    values = {
        "item": sa.select(sa.func.min(APPEARANCES.item)).where(here).scalar_subquery(),
        "source": first.scalar_subquery(),
    }
    for portion in portions(keys):
        connection.execute(sa.update(tables.documents).where(DOCUMENTS.key.in_(portion)).values(values))


def _found(connection: sa.Connection, query: sa.Select, column: sa.ColumnElement, values: Collection[str]) -> set[str]:
    return {row[0] for row in _rows(connection, query, column, values)}


def _rows(
    connection: sa.Connection, query: sa.Select, column: sa.ColumnElement, values: Collection[str]
) -> list[sa.Row]:
    """Rows of a query whose column has one of the values."""
    found: list[sa.Row] = []
    for portion in portions(values):
        found.extend(connection.execute(query.where(column.in_(portion))))
    return found


def _delete(connection: sa.Connection, table: sa.Table, column: sa.ColumnElement, values: Collection[str]) -> None:
    for portion in portions(values):
        connection.execute(sa.delete(table).where(column.in_(portion)))
