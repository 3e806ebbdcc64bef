"""Tables with one article a row: CSV, TSV and Parquet, listed row by row (`record` reads a row)."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import date
from itertools import chain
from typing import Any

import pyarrow
import pyarrow.parquet

from claimstake.readers import fields
from claimstake.readers.base import TEXT_NAMES, Failure, Limits, Source
from claimstake.readers.encodings import detect, note_of
from claimstake.readers.items import Item
from claimstake.readers.unpacking import Budget

_DELIMITERS = ",;\t|"
_BATCH = 64  # rows of a Parquet file in memory at a time
_BUFFER = 1 << 20  # bytes of a column


def rows_of_csv(source: Source, limits: Limits) -> Iterator[Item | Failure]:
    """One record per row; the delimiter is the sign of `,;|` or tab that the header has most of."""
    with source.open(limits) as stream:
        encoding = detect(stream)
    with source.open(limits) as stream:
        if b"\0" in stream.read(4096) and not encoding.startswith(("utf-16", "utf-32")):
            raise source.error("holds NUL bytes, so it is binary data and not a table", "save it as CSV in UTF-8")
    # A process-wide setting of the csv module; its default of 131,072 characters is shorter than many articles.
    csv.field_size_limit(max(csv.field_size_limit(), limits.max_chars + 1))
    with io.TextIOWrapper(source.open(limits), encoding=encoding, errors="replace", newline="") as lines:
        header = lines.readline(1 << 20)
        delimiter = max(_DELIMITERS, key=header.count)
        yield from _rows(csv.reader(chain([header], lines), delimiter=delimiter), source, limits, note_of(encoding))


def rows_of_parquet(source: Source, limits: Limits) -> Iterator[Item | Failure]:
    """One record per row, a small batch of rows in memory at a time."""
    on_disk = source.path is not None and not source.gzipped
    file: Any = source.path if on_disk else pyarrow.BufferReader(source.read(limits, at_most=limits.max_bytes))
    try:
        # Buffered, so that a row group is not held whole.
        with pyarrow.parquet.ParquetFile(file, buffer_size=_BUFFER, pre_buffer=False) as table:
            wanted = _wanted(table.schema_arrow.names, source, limits)
            _check_size(table.metadata, source, limits)
            number, rows = 0, max(table.metadata.num_rows, 1)
            for batch in table.iter_batches(batch_size=_BATCH, columns=wanted):
                for row in batch.to_pylist():
                    number += 1
                    yield _record(row, number, source)
                if source.watch and source.size:
                    source.watch.at(source.size * number // rows)
    except (pyarrow.ArrowException, OSError) as error:
        raise source.error(f"damaged Parquet file: {_first_line(error)}", "write it again") from error


def _check_size(described: pyarrow.parquet.FileMetaData, source: Source, limits: Limits) -> None:
    """Raise ReadError where the columns unpack to far too much."""
    groups = [described.row_group(number) for number in range(described.num_row_groups)]
    columns = [group.column(number) for group in groups for number in range(group.num_columns)]
    budget = Budget(source.name, lambda: source.size or len(source.data), limits.max_bytes, limits.max_ratio)
    budget.take(sum(column.total_uncompressed_size for column in columns))


def _rows(reader: Iterator[list[str]], source: Source, limits: Limits, notes: list[str]) -> Iterator[Item | Failure]:
    names = next(reader, [])
    if not any(names):
        raise source.error("holds no text", "leave it out, or check how it was saved")
    wanted = set(_wanted(names, source, limits))
    number = 0
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            mend = "quote fields that hold the delimiter or line ends; split longer texts, or raise max_chars"
            yield Failure(f"{source.name}: row {number}", f"invalid CSV: {error}", mend)
            continue
        if any(cell.strip() for cell in cells):
            row = {name: cell for name, cell in zip(names, cells, strict=False) if name in wanted}
            yield _record(row, number, source, notes)
    if number == 1:
        raise source.error("has a header but no rows", "leave it out")


def _record(row: dict[str, Any], number: int, source: Source, notes: list[str] | None = None) -> Item:
    """A row as JSON; columns that nobody reads are not part of it."""
    data = json.dumps(row, ensure_ascii=False, default=_plain).encode("utf-8", "surrogatepass")
    return source.record(data, "row", number, notes or ())


def _plain(value: Any) -> str:
    """What JSON has no form for: dates and times as ISO 8601, bytes as the text they hold."""
    if isinstance(value, date):
        return value.isoformat()
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _wanted(names: list[str], source: Source, limits: Limits) -> list[str]:
    """The columns of text and metadata; ReadError where there is none of text."""
    texts = {limits.text_column.casefold()} if limits.text_column else set(TEXT_NAMES)
    if fields.text_name(names, limits) is None:
        wanted = limits.text_column or ", ".join(TEXT_NAMES)
        found = ", ".join(name[:30] for name in names[:12]) or "none"
        raise source.error(f"has no text column ({wanted}); columns: {found}", "name it with text_column")
    known = texts.union(*fields.NAMES.values())
    return list(dict.fromkeys(name for name in names if name.strip().casefold() in known))


def _first_line(error: Exception) -> str:
    return str(error).split("\n", 1)[0][:160]
