"""JSON Lines out and in again."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path

import pytest

from claimstake.errors import ReadError
from claimstake.output import document
from claimstake.sinks.jsonl import JsonArray, JsonLines, read, to_line
from docs import ban, make_doc

DOCUMENTS = [document(ban(), text=True), document(make_doc("Lithium 锂\u2028next\x85line", id="d2"), text=True)]


@pytest.mark.parametrize("name", ["out.jsonl", "new/folder/out.jsonl.gz"])
def test_lines_come_back_the_same(tmp_path: Path, name: str) -> None:
    """Every document is one line, and reading gives the documents that were written; .gz is packed."""
    path = tmp_path / name
    with JsonLines(path) as sink:
        for item in DOCUMENTS:
            sink.write(item)
    data = path.read_bytes()
    raw = gzip.decompress(data) if name.endswith("gz") else data
    assert raw.count(b"\n") == 2
    assert list(read(path)) == DOCUMENTS


def test_the_same_documents_give_the_same_bytes(tmp_path: Path) -> None:
    """Nothing of the time of writing gets into the file, not even into the .gz header."""
    written = []
    for folder in ("a", "b"):
        with JsonLines(tmp_path / folder / "out.jsonl.gz") as sink:
            sink.write(DOCUMENTS[0])
        written.append((tmp_path / folder / "out.jsonl.gz").read_bytes())
    assert written[0] == written[1]


def test_a_line_is_there_before_the_end(tmp_path: Path) -> None:
    """A run that is interrupted leaves the documents that were done as whole lines."""
    sink = JsonLines(tmp_path / "out.jsonl")
    sink.write(DOCUMENTS[0])
    assert (tmp_path / "out.jsonl").read_text(encoding="utf-8") == to_line(DOCUMENTS[0]) + "\n"
    sink.close()


@pytest.mark.parametrize("count", [0, 1, 2])
def test_an_array_is_one_json_value(tmp_path: Path, count: int) -> None:
    """Any number of documents, none too, gives one JSON array that can be read back."""
    with JsonArray(tmp_path / "out.json") as sink:
        for item in DOCUMENTS[:count]:
            sink.write(item)
    assert len(json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))) == count
    assert list(read(tmp_path / "out.json")) == DOCUMENTS[:count]


def test_a_stream_is_left_open() -> None:
    """Standard output belongs to the caller."""
    stream = io.StringIO()
    with JsonLines(stream) as sink:
        sink.write(DOCUMENTS[0])
    assert not stream.closed


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"schema_version": "1.0"}\n', r"out\.jsonl: line 1: is no annotated document: doc: Field required"),
        (to_line(DOCUMENTS[0]) + "\n[1,\n", r"out\.jsonl: line 2: is not JSON"),
    ],
)
def test_what_is_no_record_is_named(tmp_path: Path, text: str, message: str) -> None:
    """The message says which line is wrong, and how."""
    (tmp_path / "out.jsonl").write_text(text, encoding="utf-8")
    with pytest.raises(ReadError, match=message):
        list(read(tmp_path / "out.jsonl"))


def test_a_cut_gz_is_a_read_error(tmp_path: Path) -> None:
    """A damaged archive is reported like a damaged line."""
    (tmp_path / "out.jsonl.gz").write_bytes(gzip.compress(b"{}\n" * 1000)[:20])
    with pytest.raises(ReadError, match="cannot be read"):
        list(read(tmp_path / "out.jsonl.gz"))
