"""Parquet files with rows of a table of the schema: written from rows, and merged without some documents' rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import sqlalchemy as sa

from claimstake.errors import StoreError
from claimstake.store.durable import sync

GROUP_ROWS = 128 * 1024  # of a row group, at most; readers skip whole groups
GROUP_BYTES = 32 << 20  # of a row group in memory, at most
READ_ROWS = 32 * 1024  # read together when parts are merged
Change = Callable[[pa.RecordBatch], pa.RecordBatch]
TYPES = (
    (sa.LargeBinary, pa.binary()),
    (sa.Integer, pa.int64()),
    (sa.Float, pa.float64()),
    (sa.String, pa.string()),
)


def schema(table: sa.Table) -> pa.Schema:
    """A table's columns in Arrow's types."""
    return pa.schema([pa.field(c.name, _type(c), bool(c.nullable)) for c in table.columns])


def _type(column: sa.Column[Any]) -> pa.DataType:
    return next(arrow for general, arrow in TYPES if isinstance(column.type, general))


class Part:
    """A Parquet file that is being written; on leaving the block it is on the disk.

    Args:
        path: is overwritten.
        table: whose columns, in order, the rows have.
    """

    def __init__(self, path: Path, table: sa.Table) -> None:
        self.path, self.rows = path, 0
        self.schema = schema(table)
        self._waiting: list[pa.RecordBatch] = []
        self._waiting_rows = self._waiting_bytes = 0
        self._writer = pq.ParquetWriter(path, self.schema, compression="zstd")

    def add(self, rows: Sequence[Sequence[Any]]) -> None:
        """Rows as tuples in the order of columns."""
        if rows:
            columns = zip(*rows, strict=True)
            arrays = [pa.array(column, field.type) for column, field in zip(columns, self.schema, strict=True)]
            self.add_batch(pa.RecordBatch.from_arrays(arrays, schema=self.schema))

    def add_batch(self, batch: pa.RecordBatch) -> None:
        """Rows as Arrow has them; row groups are filled up before they are written."""
        self._waiting.append(batch)
        self.rows += batch.num_rows
        self._waiting_rows += batch.num_rows
        self._waiting_bytes += batch.nbytes
        if self._waiting_rows >= GROUP_ROWS or self._waiting_bytes >= GROUP_BYTES:
            self._write_group()

    def _write_group(self) -> None:
        if self._waiting:
            self._writer.write_table(pa.Table.from_batches(self._waiting, self.schema), GROUP_ROWS)
            self._waiting = []
            self._waiting_rows = self._waiting_bytes = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if kind is None:
            self._write_group()
        self._writer.close()
        if kind is None:
            sync(self.path)


def merge(sources: Iterable[tuple[Path, Change]], table: sa.Table, target: Path) -> int:
    """Write the rows of some parts to one, in order.

    Args:
        sources: paths, and what is done with their rows.
        table: what they are parts of.
    Returns:
        Rows that were written.
    Raises:
        StoreError: a part is damaged.
    """
    with Part(target, table) as part:
        for path, change in sources:
            for batch in _batches(path, part):
                part.add_batch(change(batch))
        return part.rows


def _batches(path: Path, part: Part) -> Iterator[pa.RecordBatch]:
    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(READ_ROWS):
                yield batch.cast(part.schema)
    except pa.ArrowInvalid as error:
        raise StoreError(path, f"is damaged: {error}", "put it back from a copy, or start anew elsewhere") from error


def without(documents: pa.Array, batch: pa.RecordBatch) -> pa.RecordBatch:
    """The rows that do not belong to some documents."""
    return batch.filter(pc.invert(pc.is_in(_keys(batch), value_set=documents)))


def changed(changes: pa.RecordBatch, batch: pa.RecordBatch) -> pa.RecordBatch:
    """Rows with new values.

    Args:
        changes: a column "document", and columns with the new values of its rows.
        batch: rows of documents.
    """
    index = pc.index_in(_keys(batch), value_set=changes.column("document"))
    for name in changes.schema.names[1:]:
        new = pc.if_else(pc.is_valid(index), changes.column(name).take(index), batch.column(name))
        batch = batch.set_column(batch.schema.get_field_index(name), batch.schema.field(name), new)
    return batch


def _keys(batch: pa.RecordBatch) -> pa.Array:
    return batch.column("document" if "document" in batch.schema.names else "key")
