"""Batches of documents in a Parquet dataset: each is one part in the folder of every table, with the same number.

Batches are merged where they are small, and rewritten where some of their documents were superseded; what is merged
takes the number of the first, so that rows keep their order. The journal says which batches there are.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from claimstake.errors import StoreError
from claimstake.store import parts, tables
from claimstake.store.durable import sync
from claimstake.store.journal import HELD, SUPERSEDED, Journal
from claimstake.store.rows import Row

WRITTEN = (*tables.PARTS, tables.documents)  # whoever sees a document sees all that hangs on it
WHOLE_ROWS = 1_000_000  # of all tables together; a batch with as many is left alone
WHOLE_DOCUMENTS = 100_000
FETCHED = 10_000  # rows of the journal in memory at a time

BATCHES = sa.Table(
    "batches",
    sa.MetaData(),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("documents", sa.Integer, nullable=False),
    sa.Column("rows", sa.Integer, nullable=False),
    sa.Column("sizes", sa.Text, nullable=False),  # JSON: bytes of the part by table
)
RESTATED = sa.Table(  # new values of documents' rows, for the next `merge`; NULL leaves an item or a story as it is
    "restated",
    BATCHES.metadata,
    sa.Column("document", sa.Text, primary_key=True),
    sa.Column("item", sa.Text),
    sa.Column("source", sa.Text),
    sa.Column("story", sa.Text),
)


@dataclass(frozen=True)
class Batch:
    """A batch as the journal knows it.

    Args:
        superseded: documents of it that count no more.
        restated: documents of it whose own rows get new values.
    """

    number: int
    documents: int
    rows: int
    superseded: int = 0
    restated: int = 0

    @property
    def whole(self) -> bool:
        return self.rows >= WHOLE_ROWS or self.documents >= WHOLE_DOCUMENTS


def place(table: sa.Table, number: int) -> str:
    """A part's path below the dataset."""
    return f"{table.name}/part-{number:08}.parquet"


def write(journal: Journal, connection: sa.Connection, number: int, rows: Mapping[str, Sequence[Row]]) -> None:
    """Stage a batch and tell the journal of it.

    Args:
        rows: by table.
    """
    staged = {table: journal.staging / f"{table.name}-{number}" for table in WRITTEN}
    for table, path in staged.items():
        with parts.Part(path, table) as part:
            part.add(rows.get(table.name, ()))
    counts = [len(rows.get(table.name, ())) for table in WRITTEN]
    _tell(journal, connection, number, staged, rows=sum(counts), documents=counts[-1])


def merge(journal: Journal, *, restated: bool = False) -> None:
    """Merge small batches that follow each other, and drop what was superseded; each group in its own transaction.

    Args:
        restated: also give documents the new values that `RESTATED` has.
    """
    with journal.begin() as connection:
        groups = list(_groups(_known(connection, restated=restated)))
    for group in groups:
        with journal.mended_on_error(), journal.begin() as connection:
            _merge(journal, connection, group)
        journal.settle()


def small(connection: sa.Connection) -> int:
    """How many batches at the end wait to be merged."""
    known = _known(connection)
    return next((i for i, batch in enumerate(reversed(known)) if batch.whole), len(known))


def check(journal: Journal, connection: sa.Connection) -> None:
    """That the folders hold the parts that the journal tells of, and no others.

    Raises:
        StoreError: names the part and the mend.
    """
    known = {n: json.loads(sizes) for n, sizes in connection.execute(sa.select(BATCHES.c.number, BATCHES.c.sizes))}
    for table in WRITTEN:
        folder = journal.root / table.name
        found = {path.name: path.stat().st_size for path in folder.glob("*.parquet")}
        expected = {Path(place(table, number)).name: sizes[table.name] for number, sizes in known.items()}
        for name in sorted(found.keys() | expected.keys()):
            if found.get(name) != expected.get(name):
                _complain(folder / name, found.get(name), expected.get(name))


def _complain(path: Path, found: int | None, expected: int | None) -> None:
    if expected is None:
        raise StoreError(path, "is no part of this dataset", "move it to another folder")
    problem = "is missing" if found is None else f"has {found} bytes where the journal tells of {expected}"
    raise StoreError(path, problem, "put the part back from a copy, or start anew in another folder")


def _known(connection: sa.Connection, *, restated: bool = False) -> list[Batch]:
    superseded = _count(connection, sa.select(SUPERSEDED.c.place))
    new = _count(connection, _restated(HELD.c.place)) if restated else {}
    query = sa.select(BATCHES.c.number, BATCHES.c.documents, BATCHES.c.rows).order_by(BATCHES.c.number)
    return [Batch(n, d, r, superseded.get(n, 0), new.get(n, 0)) for n, d, r in connection.execute(query)]


def _count(connection: sa.Connection, places: sa.Select[tuple[int]]) -> dict[int, int]:
    place = places.subquery().c.place
    query = sa.select(place, sa.func.count()).group_by(place)
    return {number: count for number, count in connection.execute(query)}  # noqa: C416


def _restated(*columns: sa.ColumnElement[Any]) -> sa.Select[Any]:
    return sa.select(*columns).join(RESTATED, RESTATED.c.document == HELD.c.document)


def _groups(batches: Sequence[Batch]) -> Iterator[list[Batch]]:
    """Batches that are to become one; batches for which nothing is to be done are in no group."""
    group: list[Batch] = []
    for batch in batches:
        full = sum(b.rows for b in group) >= WHOLE_ROWS or sum(b.documents for b in group) >= WHOLE_DOCUMENTS
        if group and (full or batch.whole or group[0].whole):
            yield from _worthwhile(group)
            group = []
        group.append(batch)
    yield from _worthwhile(group)


def _worthwhile(group: list[Batch]) -> Iterator[list[Batch]]:
    if len(group) > 1 or any(batch.superseded or batch.restated for batch in group):
        yield group


def _merge(journal: Journal, connection: sa.Connection, group: Sequence[Batch]) -> None:
    first, numbers = group[0].number, [batch.number for batch in group]
    kept = [batch for batch in group if batch.superseded < batch.documents or not batch.documents]
    changes = {batch.number: _changes(connection, batch) for batch in kept}
    alone = len(group) == 1 and not group[0].superseded
    staged = {t: journal.staging / f"{t.name}-{first}" for t in ((tables.documents,) if alone else WRITTEN)}
    rows = 0
    for table, path in staged.items():
        sources = [(journal.root / place(table, n), partial(_changed, change, table)) for n, change in changes.items()]
        rows += parts.merge(sources, table, path)
    _note_owners(connection, group)
    before = json.loads(connection.scalar(sa.select(BATCHES.c.sizes).where(BATCHES.c.number == first)) or "{}")
    connection.execute(BATCHES.delete().where(BATCHES.c.number.in_(numbers)))
    connection.execute(SUPERSEDED.delete().where(SUPERSEDED.c.place.in_(numbers)))
    connection.execute(HELD.update().where(HELD.c.place.in_(numbers)).values(place=first))
    documents = sum(batch.documents - batch.superseded for batch in group)
    rows = group[0].rows if alone else rows
    _tell(journal, connection, first, staged, rows=rows, documents=documents, before=before)
    journal.follow(connection, {}, [place(table, n) for n in numbers if n != first for table in WRITTEN])


@dataclass(frozen=True)
class _Changes:
    """Keys of documents to leave out; documents with the new values of some columns."""

    without: pa.Array | None
    values: list[pa.RecordBatch]


def _changed(changes: _Changes, table: sa.Table, batch: pa.RecordBatch) -> pa.RecordBatch:
    if changes.without is not None:
        batch = parts.without(changes.without, batch)
    if table is tables.documents:
        for values in changes.values:
            batch = parts.changed(values, batch)
    return batch


def _changes(connection: sa.Connection, batch: Batch) -> _Changes:
    without, values = None, []
    if batch.superseded:
        query = sa.select(SUPERSEDED.c.document).where(SUPERSEDED.c.place == batch.number)
        without = pa.array(connection.scalars(query.execution_options(yield_per=FETCHED)), pa.string())
    if batch.restated:
        new = RESTATED.c
        for columns in ((new.document, new.item, new.source), (new.document, new.story)):
            query = _restated(*columns).where(HELD.c.place == batch.number, columns[1].is_not(None))
            values += _record_batch(connection.execute(query).all(), [column.name for column in columns])
    return _Changes(without, values)


def _note_owners(connection: sa.Connection, batches: Sequence[Batch]) -> None:
    new = RESTATED.c
    numbers = [batch.number for batch in batches if batch.restated]
    item = sa.select(new.item).where(new.document == HELD.c.document, new.item.is_not(None))
    those = HELD.c.place.in_(numbers) & item.exists()
    connection.execute(HELD.update().where(those).values(item=item.scalar_subquery()))


def _record_batch(rows: Sequence[Row], names: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """One, or none where there are no rows."""
    if rows:
        columns = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]
        yield pa.RecordBatch.from_arrays(columns, list(names))


def _tell(
    journal: Journal,
    connection: sa.Connection,
    number: int,
    staged: Mapping[sa.Table, Path],
    *,
    rows: int,
    documents: int,
    before: Mapping[str, int] | None = None,
) -> None:
    """Note a batch; `before` has the sizes of parts that are not staged."""
    sync(journal.staging)
    sizes = json.dumps({**(before or {}), **{table.name: path.stat().st_size for table, path in staged.items()}})
    row = {"number": number, "documents": documents, "rows": rows, "sizes": sizes}
    connection.execute(BATCHES.insert(), [row])
    journal.follow(connection, {path.name: place(table, number) for table, path in staged.items()})
