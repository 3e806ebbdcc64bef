"""Claims as files: NDJSON, CSV and Parquet, row by row, so that memory stays flat whatever their number."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

from claimstake.queries.contract import ClaimRow, Thing

ROWS = 5_000  # of a Parquet row group
BOM = b"\xef\xbb\xbf"  # spreadsheets take a file without it for one of their own character set
FORMULA = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")  # what a spreadsheet may take for the beginning of a formula

# Columns in their order, with what each holds of a row.
COLUMNS: dict[str, Callable[[ClaimRow], Any]] = {
    "document": lambda row: row.document,
    "doc_id": lambda row: row.doc_id,
    "date": lambda row: row.date,
    "title": lambda row: row.title,
    "publisher": lambda row: row.publisher,
    "url": lambda row: row.url,
    "claim": lambda row: row.id,
    "subject": lambda row: row.subject.name,
    "subject_id": lambda row: row.subject.id,
    "subject_label": lambda row: row.subject.label,
    "predicate": lambda row: row.predicate,
    "object": lambda row: row.object.name,
    "object_id": lambda row: row.object.id,
    "object_label": lambda row: row.object.label,
    "value": lambda row: row.value,
    "status": lambda row: row.status,
    "polarity": lambda row: row.polarity,
    "certainty": lambda row: row.certainty,
    "measure": lambda row: row.measure,
    "target": lambda row: row.target,
    "attribution": lambda row: row.attribution,
    "time": lambda row: "; ".join(f"{time.kind} {time.value}" for time in row.time) or None,
    "parameter": lambda row: row.parameter,
    "condition": lambda row: row.condition,
    "supersedes": lambda row: row.supersedes,
    "rate": lambda row: row.rate,
    "share": lambda row: row.share,
    "amount": lambda row: row.amount,
    "role": lambda row: row.role,
    "verdict": lambda row: row.verdict,
    "confidence": lambda row: row.confidence,
    "extractor": lambda row: row.extractor,
    "evidence": lambda row: row.evidence.text,
    "evidence_start": lambda row: row.evidence.start,
    "evidence_end": lambda row: row.evidence.end,
}
NUMBERS = {"confidence": "float64", "evidence_start": "int64", "evidence_end": "int64"}
EXAMPLE = ClaimRow(
    document="3f0c8a7be21d4c5a9b10",
    id="c305a79675540af71",
    predicate="restricts_export_of",
    subject=Thing(id="china", name="China", label="PLACE", kb_id="china"),
    object=Thing(id="gallium", name="gallium", label="MINERAL", kb_id="gallium"),
    status="in_force",
    measure="ban",
    confidence=0.72,
    extractor="ban-exports-verb@rules-1",
    evidence={"start": 0, "end": 27, "text": "China bans gallium exports."},
    date="2024-12-03",
    doc_id="gallium-ban",
)


def lines(rows: Iterable[Any]) -> Iterator[bytes]:
    """Models as NDJSON."""
    for row in rows:
        yield row.model_dump_json(exclude_none=True).encode() + b"\n"


def comma_separated(rows: Iterable[ClaimRow]) -> Iterator[bytes]:
    """CSV with a header (RFC 4180, UTF-8 with a byte order mark).

    A cell that a spreadsheet would take for a formula begins with an apostrophe.
    """
    held = io.StringIO()
    writer = csv.writer(held)
    writer.writerow(COLUMNS)
    yield BOM + _taken(held)
    for row in rows:
        writer.writerow([_cell(value(row)) for value in COLUMNS.values()])
        yield _taken(held)


def parquet(rows: Iterable[ClaimRow]) -> Iterator[bytes]:
    """One Parquet file, a row group at a time."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([(name, getattr(pa, NUMBERS.get(name, "string"))()) for name in COLUMNS])
    sink, left = _Sink(), iter(rows)
    with pq.ParquetWriter(sink, schema, compression="zstd") as writer:
        while some := list(islice(left, ROWS)):
            columns = {name: [value(row) for row in some] for name, value in COLUMNS.items()}
            writer.write_table(pa.table(columns, schema))
            yield sink.taken()
    yield sink.taken()


FORMATS: dict[str, tuple[str, Callable[[Iterable[ClaimRow]], Iterator[bytes]]]] = {
    "ndjson": ("application/x-ndjson", lines),
    "csv": ("text/csv; charset=utf-8", comma_separated),
    "parquet": ("application/vnd.apache.parquet", parquet),
}


def _cell(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def _taken(held: io.StringIO) -> bytes:
    text = held.getvalue()
    held.seek(0)
    held.truncate()
    return text.encode("utf-8", "replace")


class _Sink(io.RawIOBase):
    """A file that only grows, of which what was written can be taken away."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._at = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def write(self, data: Any) -> int:
        self._held += data
        self._at += len(data)
        return len(data)

    def taken(self) -> bytes:
        """What was written since the last time."""
        found, self._held = bytes(self._held), bytearray()
        return found
