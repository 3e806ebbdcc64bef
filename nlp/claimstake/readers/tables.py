"""Tables with one article a row: CSV, TSV and Parquet, read row by row."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain
from typing import Any

import pyarrow
import pyarrow.parquet

from claimstake.errors import ReadError
from claimstake.readers import fields
from claimstake.readers.base import TEXT_NAMES, Failure, Limits, Source
from claimstake.readers.encodings import detect, note_of
from claimstake.records import Article

_DELIMITERS = ",;\t|"
_BATCH = 64  # rows of a Parquet file in memory at a time


def read_csv(source: Source, limits: Limits) -> Iterator[Article | Failure]:
    """One article per row; the delimiter is the sign of `,;|` or tab that the header has most of."""
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


def read_parquet(source: Source, limits: Limits) -> Iterator[Article | Failure]:
    """One article per row, a small batch of rows in memory at a time."""
    file: Any = pyarrow.BufferReader(source.read(limits)) if source.path is None or source.gzipped else str(source.path)
    try:
        with pyarrow.parquet.ParquetFile(file, memory_map=isinstance(file, str)) as table:
            column = _text_column(table.schema_arrow.names, source, limits)
            wanted = [column, *_known(table.schema_arrow.names)]
            number = 0
            for batch in table.iter_batches(batch_size=_BATCH, columns=list(dict.fromkeys(wanted))):
                for row in batch.to_pylist():
                    number += 1
                    yield _row(row, column, number, source, limits)
    except (pyarrow.ArrowException, OSError) as error:
        raise source.error(f"damaged Parquet file: {_first_line(error)}", "write it again") from error


def _rows(reader: Iterator[list[str]], source: Source, limits: Limits, notes: list[str]) -> Iterator[Article | Failure]:
    names = next(reader, [])
    if not any(names):
        raise source.error("holds no text", "leave it out, or check how it was saved")
    column = _text_column(names, source, limits)
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
            row = dict(zip(names, cells, strict=False))
            article = _row(row, column, number, source, limits)
            if isinstance(article, Article):
                article.notes = [*notes, *article.notes]
            yield article
    if number == 1:
        raise source.error("has a header but no rows", "leave it out")


def _row(row: Mapping[str, Any], column: str, number: int, source: Source, limits: Limits) -> Article | Failure:
    where = replace(source, name=f"{source.name}: row {number}")
    text = row.get(column)
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    try:
        if not isinstance(text, str | None):
            problem = f"column {column!r} holds a {type(text).__name__}, not text"
            raise where.error(problem, "name another with text_column")
        return fields.to_article(row, column, text or "", f"{source.stem}-{number}", where, limits)
    except ReadError as error:
        return Failure.of(error, fields.identifier(row))


def _text_column(names: list[str], source: Source, limits: Limits) -> str:
    column = fields.text_name(names, limits)
    if column is None:
        wanted = limits.text_column or ", ".join(TEXT_NAMES)
        found = ", ".join(name[:30] for name in names[:12]) or "none"
        raise source.error(f"has no text column ({wanted}); columns: {found}", "name it with text_column")
    return column


def _known(names: list[str]) -> list[str]:
    known = {name for group in fields.NAMES.values() for name in group}
    return [name for name in names if name.strip().casefold() in known]


def _first_line(error: Exception) -> str:
    return str(error).split("\n", 1)[0][:160]
