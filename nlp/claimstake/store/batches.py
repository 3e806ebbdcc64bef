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
COUNT = sa.func.count().label("count")
OTHERS = tables.appearances.alias()

BATCHES = sa.Table(
    "batches",
    sa.MetaData(),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("documents", sa.Integer, nullable=False),
    sa.Column("rows", sa.Integer, nullable=False),
    sa.Column("sizes", sa.Text, nullable=False),  # JSON: bytes of the part by table
)
UNSETTLED = sa.Table(  # documents that may stand under another item than the first of theirs
    "unsettled", BATCHES.metadata, sa.Column("document", sa.Text, primary_key=True)
)


@dataclass(frozen=True)
class Batch:
    """A batch as the journal knows it.

    Args:
        superseded: documents of it that count no more.
        misowned: documents of it that are to stand under another item.
    """

    number: int
    documents: int
    rows: int
    superseded: int = 0
    misowned: int = 0

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


def merge(journal: Journal, *, settled: bool = False) -> None:
    """Merge small batches that follow each other, and drop what was superseded; each group in its own transaction.

    Args:
        settled: also put documents under the first of their items in the order of keys, as databases do.
    """
    with journal.begin() as connection:
        groups = list(_groups(_known(connection, settled=settled)))
    for group in groups:
        with journal.mended_on_error(), journal.begin() as connection:
            _merge(journal, connection, group)
        journal.settle()
    if settled:
        with journal.begin() as connection:
            connection.execute(UNSETTLED.delete())


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


def _known(connection: sa.Connection, *, settled: bool = False) -> list[Batch]:
    columns = (BATCHES.c.number, BATCHES.c.documents, BATCHES.c.rows)
    superseded = _count(connection, sa.select(SUPERSEDED.c.place))
    misowned = _count(connection, _misowned(HELD.c.place)) if settled else {}
    query = sa.select(*columns).order_by(BATCHES.c.number)
    return [Batch(n, d, r, superseded.get(n, 0), misowned.get(n, 0)) for n, d, r in connection.execute(query)]


def _count(connection: sa.Connection, places: sa.Select[tuple[int]]) -> dict[int, int]:
    place = places.subquery().c.place
    return {row.place: row.count for row in connection.execute(sa.select(place, COUNT).group_by(place))}


def _misowned(*columns: sa.ColumnElement[Any]) -> sa.Select[Any]:
    """Documents that were written for another item than the first of those that contain them."""
    first = sa.select(sa.func.min(OTHERS.c.item)).where(OTHERS.c.document == HELD.c.document).scalar_subquery()
    here = tables.appearances.c
    query = sa.select(*columns).join(UNSETTLED, UNSETTLED.c.document == HELD.c.document)
    query = query.join(tables.appearances, (here.document == HELD.c.document) & (here.item == first))
    return query.where(HELD.c.item != first)


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
    if len(group) > 1 or any(batch.superseded or batch.misowned for batch in group):
        yield group


def _merge(journal: Journal, connection: sa.Connection, group: Sequence[Batch]) -> None:
    first, numbers = group[0].number, [batch.number for batch in group]
    kept = [batch for batch in group if batch.superseded < batch.documents or not batch.documents]
    staged = {table: journal.staging / f"{table.name}-{first}" for table in WRITTEN}
    changes = {batch.number: _changes(connection, batch) for batch in kept}
    rows = 0
    for table, path in staged.items():
        sources = [(journal.root / place(table, n), partial(_changed, change, table)) for n, change in changes.items()]
        rows += parts.merge(sources, table, path)
    for batch in kept:
        _own(connection, batch)
    connection.execute(BATCHES.delete().where(BATCHES.c.number.in_(numbers)))
    connection.execute(SUPERSEDED.delete().where(SUPERSEDED.c.place.in_(numbers)))
    connection.execute(HELD.update().where(HELD.c.place.in_(numbers)).values(place=first))
    documents = sum(batch.documents - batch.superseded for batch in group)
    _tell(journal, connection, first, staged, rows=rows, documents=documents)
    journal.follow(connection, {}, [place(table, n) for n in numbers if n != first for table in WRITTEN])


@dataclass(frozen=True)
class _Changes:
    """Keys of documents to leave out; documents with their new item and source."""

    without: pa.Array | None
    owners: pa.RecordBatch | None


def _changed(changes: _Changes, table: sa.Table, batch: pa.RecordBatch) -> pa.RecordBatch:
    if changes.without is not None:
        batch = parts.without(changes.without, batch)
    if changes.owners is not None and table is tables.documents:
        batch = parts.changed(changes.owners, batch)
    return batch


def _changes(connection: sa.Connection, batch: Batch) -> _Changes:
    without = owners = None
    if batch.superseded:
        query = sa.select(SUPERSEDED.c.document).where(SUPERSEDED.c.place == batch.number)
        without = pa.array(connection.scalars(query.execution_options(yield_per=10_000)), pa.string())
    if batch.misowned:
        rows = connection.execute(_owners(batch)).all()
        columns = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]
        owners = pa.RecordBatch.from_arrays(columns, ["document", "item", "source"])
    return _Changes(without, owners)


def _owners(batch: Batch) -> sa.Select[tuple[str, str, str]]:
    here = tables.appearances.c
    return _misowned(HELD.c.document, here.item, here.source).where(HELD.c.place == batch.number)


def _own(connection: sa.Connection, batch: Batch) -> None:
    if batch.misowned:
        for document, item, _ in connection.execute(_owners(batch)).all():
            connection.execute(HELD.update().where(HELD.c.document == document).values(item=item))


def _tell(
    journal: Journal,
    connection: sa.Connection,
    number: int,
    staged: Mapping[sa.Table, Path],
    *,
    rows: int,
    documents: int,
) -> None:
    sync(journal.staging)
    sizes = json.dumps({table.name: path.stat().st_size for table, path in staged.items()})
    row = {"number": number, "documents": documents, "rows": rows, "sizes": sizes}
    connection.execute(BATCHES.insert(), [row])
    journal.follow(connection, {path.name: place(table, number) for table, path in staged.items()})
