"""CSV, TSV and Parquet tables."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from claimstake.readers import Failure, Limits, read

TEXT = 'The duty is 25%, "the highest ever".\nIt took effect at once.'
ROWS = [
    {"id": "r1", "title": "Duty", "text": TEXT, "published": "2024-05-14", "extra": "x"},
    {"id": "r2", "title": "Quota", "text": "A quota of 500 t applies.", "published": "", "extra": ""},
]


def table(rows: list[dict], delimiter: str = ",") -> str:
    held = io.StringIO()
    writer = csv.DictWriter(held, fieldnames=list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return held.getvalue()


@pytest.mark.parametrize(
    ("name", "delimiter"), [("a.csv", ","), ("a.csv", ";"), ("a.csv", "\t"), ("a.tsv", "\t"), ("a.csv", "|")]
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_delimited(write, name: str, delimiter: str, encoding: str) -> None:
    """One article a row, quoted line ends included, whatever the delimiter and the mark."""
    first, second = read([write(name, table(ROWS, delimiter), encoding)])
    assert (first.id, first.text, first.title, first.published) == ("r1", TEXT, "Duty", "2024-05-14")
    assert (second.id, second.published) == ("r2", None)


def test_western_table(write, article) -> None:
    """A table in an older encoding is read, with a note on its articles."""
    got = article(write("a.csv", table([{"text": "Société Minière pays 5 % of its sales."}]), "cp1252"))
    assert got.text == "Société Minière pays 5 % of its sales."
    assert got.notes == ["not UTF-8: decoded as cp1252"]


def test_rows_without_id_are_numbered(write) -> None:
    """The row's number, counted from the first below the header, makes the id."""
    path = write("a.csv", table([{"body": "Tin."}, {"body": "Zinc."}]))
    assert [(a.id, a.source) for a in read([path])] == [("a-1", f"{path}: row 1"), ("a-2", f"{path}: row 2")]


def test_named_column(write, article) -> None:
    """text_column names the column."""
    path = write("a.csv", table([{"text": "No.", "Story": "Tin ore exports are banned."}]))
    assert article(path, limits=Limits(text_column="story")).text == "Tin ore exports are banned."


def test_html_column(write, article) -> None:
    """A column "html" holds pages."""
    page = "<html><body><h1>Duty</h1><p>The duty on cells from China rises to 25% in 2026.</p></body></html>"
    got = article(write("a.csv", table([{"id": "h", "html": page}])))
    assert "The duty on cells from China rises to 25% in 2026." in got.text
    assert "<p>" not in got.text


def test_bad_rows_do_not_stop_the_others(write) -> None:
    """Rows without text or with too much of it are failures of their own."""
    rows = [
        {"id": "a", "text": "Tin."},
        {"id": "b", "text": " "},
        {"id": "c", "text": "x" * 200},
        {"id": "d", "text": "Zinc."},
    ]
    items = list(read([write("a.csv", table(rows))], limits=Limits(max_chars=100)))
    assert [getattr(i, "id", None) for i in items] == ["a", None, None, "d"]
    assert [i.document for i in items if isinstance(i, Failure)][0] == "b"
    assert "longer than 100" in str(items[2]) or "field larger" in str(items[2])


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("name,place\nTin,Java\n", r"has no text column (text, body, content, article, html); columns: name, place"),
        ("text\n", "has a header but no rows"),
        ("", "holds no text"),
        ("\n\n", "holds no text"),
        ("text\na\0b\n", "NUL bytes"),
    ],
)
def test_bad_tables(write, failure, content: str, problem: str) -> None:
    """Tables without text say which columns they have."""
    assert problem in failure(write("a.csv", content)).problem


def write_parquet(path: Path, columns: dict[str, list]) -> Path:
    pq.write_table(pa.table(columns), path)
    return path


def test_parquet(tmp_path: Path) -> None:
    """One article a row; dates and numbers of the table are understood."""
    columns = {"id": [1, 2], "content": ["Tin.", "Zinc."], "date": [date(2024, 5, 14), None], "score": [0.1, None]}
    first, second = read([write_parquet(tmp_path / "a.parquet", columns)])
    assert (first.id, first.text, first.published) == ("1", "Tin.", "2024-05-14")
    assert (second.id, second.text, second.published, second.notes) == ("2", "Zinc.", None, [])


def test_parquet_is_read_in_batches(tmp_path: Path) -> None:
    """More rows than a batch holds come in order."""
    path = write_parquet(tmp_path / "a.parquet", {"text": [f"Ore {i}." for i in range(200)]})
    assert [a.text for a in read([path])] == [f"Ore {i}." for i in range(200)]


@pytest.mark.parametrize(
    ("columns", "problem"),
    [
        ({"name": ["Tin"]}, "columns: name"),
        ({"text": [None]}, "holds no text"),
        ({"text": [["Tin."]]}, "holds a list, not text"),
    ],
)
def test_bad_parquet(tmp_path: Path, failure, columns: dict, problem: str) -> None:
    """What is no text fails, named."""
    assert problem in failure(write_parquet(tmp_path / "a.parquet", columns)).problem


def test_parquet_bomb(tmp_path: Path, failure) -> None:
    """A small file whose columns would fill the memory is not opened further."""
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"text": ["x" * 30_000_000]}), path, compression="zstd", use_dictionary=False)
    assert path.stat().st_size < 50_000
    assert "times what it is packed in" in failure(path, limits=Limits(max_bytes=1_000_000)).problem


def test_folder_of_part_files(tmp_path: Path) -> None:
    """What Spark writes: part files in folders, with marks of success beside them."""
    for day in ("day=1", "day=2"):
        (tmp_path / day).mkdir()
        for part in range(2):
            write_parquet(tmp_path / day / f"part-{part:05}.snappy.parquet", {"text": [f"Ore of {day}, {part}."]})
    (tmp_path / "_SUCCESS").write_bytes(b"")
    (tmp_path / "day=1" / ".part.crc").write_bytes(b"crc")
    assert [a.text for a in read([tmp_path])] == [f"Ore of day={d}, {p}." for d in (1, 2) for p in (0, 1)]


@pytest.mark.parametrize("keep", [4, 100])
def test_damaged_parquet(tmp_path: Path, failure, keep: int) -> None:
    """A cut file fails with its name."""
    whole = write_parquet(tmp_path / "a.parquet", {"text": ["Tin."] * 50}).read_bytes()
    (tmp_path / "b.parquet").write_bytes(whole[:keep])
    assert "damaged Parquet file" in failure(tmp_path / "b.parquet").problem


def test_scrambled_parquet(tmp_path: Path, failure) -> None:
    """A file whose data pages are scrambled fails, too."""
    whole = bytearray(write_parquet(tmp_path / "a.parquet", {"text": [f"Ore {i}." for i in range(500)]}).read_bytes())
    whole[4:400] = b"\xff" * 396
    (tmp_path / "b.parquet").write_bytes(whole)
    assert "b.parquet" in failure(tmp_path / "b.parquet").source
