"""Files, folders, globs, standard input, and everything that can be wrong with them."""

from __future__ import annotations

import gzip
import io
import json
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from claimstake.errors import ConfigError
from claimstake.readers import Failure, Limits, read
from claimstake.records import Article

TEXT = "Russia limits exports of palladium, the government said."


def ids(items) -> list[str]:
    return [item.id if isinstance(item, Article) else f"!{item.problem}" for item in items]


def test_folder_is_walked_in_order(write, tmp_path: Path) -> None:
    """All files below, sorted; hidden files, images and the like are passed over."""
    for name in ("b.txt", "a.md", "sub/c.txt", "sub/deep/d.txt", ".git/e.txt", ".hidden.txt", "style.css", "photo.png"):
        write(name, TEXT)
    assert ids(read([tmp_path])) == ["a", "b", "c", "d"]


def test_glob(write, tmp_path: Path) -> None:
    """Patterns are expanded, "**" too."""
    for name in ("a.txt", "b.md", "sub/c.txt"):
        write(name, TEXT)
    assert ids(read([f"{tmp_path}/*.txt"])) == ["a"]
    assert ids(read([f"{tmp_path}/**/*.txt"])) == ["a", "c"]


def test_file_whose_name_looks_like_a_pattern(write) -> None:
    """A file that exists is meant as it is written."""
    assert ids(read([write("notice[1].txt", TEXT)])) == ["notice[1]"]


def test_file_named_twice_comes_once(write, tmp_path: Path) -> None:
    """A file and the folder that holds it give one article."""
    path = write("a.txt", TEXT)
    assert ids(read([path, tmp_path, str(path)])) == ["a"]


def test_single_name_instead_of_a_list(write) -> None:
    """One path is not taken for a list of letters."""
    assert ids(read(str(write("a.txt", TEXT)))) == ["a"]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (TEXT.encode(), ["stdin"]),
        (json.dumps({"id": "x", "text": TEXT}).encode(), ["x"]),
        (
            (json.dumps({"id": "x", "text": TEXT}) + "\n").encode() + json.dumps({"id": "y", "text": TEXT}).encode(),
            ["x", "y"],
        ),
        (f"<!doctype html><html><body><article><p>{TEXT * 3}</p></article></body></html>".encode(), ["stdin"]),
        (b"", ["!holds no text"]),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), ["!is binary data of an unknown format (no suffix)"]),
    ],
)
def test_standard_input(monkeypatch, data: bytes, expected: list[str]) -> None:
    """ "-" reads what comes in; its first bytes tell the format."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    assert ids(read(["-"])) == expected


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("notice", TEXT, "notice"),
        ("notice.final", TEXT, "notice"),
        ("page.asp", f"<html><body><article><p>{TEXT * 3}</p></article></body></html>", "page"),
        ("records.dat", json.dumps([{"id": "r", "text": TEXT}]), "r"),
    ],
)
def test_unknown_suffix_is_sniffed(write, article, name: str, content: str, expected: str) -> None:
    """Where the suffix says nothing, the content does."""
    assert article(write(name, content)).id == expected


def test_input_format_overrides_the_suffix(write, article) -> None:
    """The user's word counts."""
    text = '{"id": "x", "text": "Tin."}'
    assert article(write("a.json", text), input_format="text").text == text
    assert article(write("b.txt", text), input_format="jsonl").id == "x"


def test_unknown_input_format() -> None:
    """A format that does not exist is the caller's mistake, told at once."""
    with pytest.raises(ConfigError, match="unknown input format 'doc'; known are text, html, pdf"):
        read(["-"], input_format="doc")


def test_same_stem_in_two_folders(write, tmp_path: Path) -> None:
    """Files of one name are both read; the second takes its path for its id, and says so."""
    write("2023/annual.txt", TEXT)
    write("2024/annual.txt", TEXT)
    first, second = read([tmp_path])
    assert (first.id, second.id) == ("annual", str(Path("2024/annual.txt")))
    assert "'annual' is taken by" in second.notes[0]


def test_duplicate_ids_of_records(write) -> None:
    """The first keeps the id, the second is a failure that names it."""
    path = write("a.jsonl", (json.dumps({"id": "x", "text": TEXT}) + "\n") * 2)
    first, second = read([path])
    assert first.id == "x"
    assert (second.document, second.source) == ("x", f"{path}: line 2")
    assert second.problem == f"duplicate id, first used by {path}: line 1"


@pytest.mark.parametrize(("days", "kept"), [(-400, True), (0, True), (1, True), (3, False), (4000, False)])
def test_future_publication(write, article, days: int, kept: bool) -> None:
    """A date after tomorrow is dropped with a note, the article is read."""
    day = (datetime.now(UTC) + timedelta(days=days)).strftime("%Y-%m-%d")
    got = article(write("a.json", json.dumps({"id": "x", "text": TEXT, "published": day})))
    assert got.published == (day if kept else None)
    assert got.notes == ([] if kept else [f"published {day} lies in the future, ignored"])


def test_reading_streams(write, tmp_path: Path) -> None:
    """Nothing is read before it is asked for."""
    first, second = write("a.txt", TEXT), write("b.txt", TEXT)
    items = read([first, second])
    assert next(items).id == "a"
    second.unlink()
    assert isinstance(next(items), Failure)


BAD_FILES = {
    "empty": ("a.txt", b"", "holds no text"),
    "white space": ("a.md", b" \r\n\t \n", "holds no text"),
    "only a mark": ("a.txt", b"\xef\xbb\xbf", "holds no text"),
    "NUL bytes": ("a.txt", b"gallium\0\0germanium", "NUL bytes"),
    "binary": ("a.txt", bytes(range(1, 32)) * 20, "control characters"),
    "too long": ("a.txt", b"lithium " * 200, "text is longer than 1,000 characters"),
    "too many bytes": ("a.txt", b"x" * 20_001, "has 20,001 bytes, more than 20,000"),
    "PDF as text": ("a.txt", b"%PDF-1.7\n1 0 obj", "is a PDF document with the suffix .txt"),
    "ZIP as text": (
        "a.html",
        b"PK\x03\x04" + b"x" * 50,
        "is a Word document or another ZIP archive with the suffix .html",
    ),
    "image": ("a.dat", b"\xff\xd8\xff\xe0 photo", "is binary data of an unknown format (.dat)"),
    "archive": ("a.tar.gz", gzip.compress(b"a\0\0\0" * 50), "is damaged: truncated header"),
    "gzip bomb": ("a.txt.gz", gzip.compress(b"x" * 10_000_000), "text is longer than 1,000 characters"),
    "gzip bomb of lines": ("a.jsonl.gz", gzip.compress(b"\n" * 10_000_000), "unpacks to more than 20,000 bytes"),
    "no gzip": ("a.txt.gz", b"plain text", "damaged gzip file"),
    "cut gzip": ("a.txt.gz", gzip.compress(TEXT.encode() * 9)[:30], "damaged or cut gzip file"),
    "scrambled gzip": ("a.txt.gz", gzip.compress(os.urandom(900))[:200] + b"\xff" * 700, "gzip file"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_bad_files(write, failure, small: Limits, name: str) -> None:
    """Every bad file is a failure that names it, says what is wrong and how to mend it."""
    file, data, problem = BAD_FILES[name]
    path = write(file, data)
    got = failure(path, limits=small)
    assert problem in got.problem
    assert got.source == str(path)
    assert str(got) == f"{path}: {got.problem} ({got.mend})"


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("nowhere.txt", "does not exist"),
        ("*.nothing", "matches no file"),
        ("x" * 5000, "is no path"),
        ("a\0b", "is no path"),
    ],
)
def test_bad_names(tmp_path: Path, failure, name: str, problem: str) -> None:
    """Names that lead nowhere are failures."""
    assert problem in failure(f"{tmp_path}/{name}").problem


def test_folder_without_files(tmp_path: Path, failure) -> None:
    """An empty folder lists what could be read."""
    got = failure(tmp_path)
    assert "folder without files to read" in got.problem
    assert ".txt" in got.mend


def test_broken_link(tmp_path: Path, failure) -> None:
    """A link to nothing is a failure."""
    (tmp_path / "a.txt").symlink_to(tmp_path / "gone.txt")
    assert "cannot be read: No such file" in failure(tmp_path / "a.txt").problem


def test_pipes_are_not_waited_for(tmp_path: Path, failure) -> None:
    """A named pipe would block for ever; it is not opened."""
    os.mkfifo(tmp_path / "a.txt")
    assert "no regular file" in failure(tmp_path / "a.txt").problem


def test_loop_of_links_ends(write, tmp_path: Path) -> None:
    """A folder that links to itself is walked once."""
    write("sub/a.txt", TEXT)
    (tmp_path / "sub" / "again").symlink_to(tmp_path, target_is_directory=True)
    assert ids(read([tmp_path])) == ["a"]


def test_a_link_to_itself_hides_no_other_file(write, tmp_path: Path) -> None:
    """It is one that cannot be read; the folder is listed."""
    write("a.txt", TEXT)
    (tmp_path / "b.txt").symlink_to(tmp_path / "b.txt")
    assert ids(read([tmp_path])) == ["a", "!cannot be read: Too many levels of symbolic links"]


def test_missing_permission(write, tmp_path: Path, monkeypatch) -> None:
    """A file that may not be opened is a failure, and the next one is read."""
    locked = write("a.txt", TEXT)
    write("b.txt", TEXT)
    locked.chmod(0)
    if os.access(locked, os.R_OK):  # root may open everything, so the refusal has to be acted
        opened = open

        def refuse(path: object, *args: object, **options: object) -> object:
            if str(path) == str(locked):
                raise PermissionError(13, "Permission denied", str(path))
            return opened(path, *args, **options)

        monkeypatch.setattr("builtins.open", refuse)
    first, second = read([tmp_path])
    assert "cannot be read: Permission denied" in first.problem
    assert "permissions" in first.mend
    assert second.id == "b"


def test_one_bad_source_does_not_stop_the_others(write, tmp_path: Path) -> None:
    """Failures come in the place of their source, everything else is read."""
    write("a.txt", TEXT)
    write("b.pdf", b"%PDF-1.4 rubbish")
    write("c.json", "{")
    write("d.html", "<p></p>")
    write("e.txt", TEXT)
    items = list(read([tmp_path / "gone", tmp_path]))
    assert [isinstance(item, Article) for item in items] == [False, True, False, False, False, True]


def test_crash_of_a_parser_is_a_failure(write, monkeypatch, failure) -> None:
    """Even an error that nobody foresaw ends only the source that met it."""
    from claimstake.readers import html

    def crash(*_: object, **__: object) -> None:
        raise IndexError("pop from empty list")

    monkeypatch.setattr(html.trafilatura, "bare_extraction", crash)
    assert failure(write("a.html", f"<p>{TEXT}</p>")).problem == "cannot be parsed (IndexError: pop from empty list)"


def test_name_that_is_no_utf8(tmp_path: Path) -> None:
    """A file name with odd bytes gives an id that can be written as UTF-8."""
    path = os.fsencode(tmp_path) + b"/notice\xff.txt"
    with open(path, "wb") as file:  # noqa: PTH123 - a bytes name
        file.write(TEXT.encode())
    (got,) = read([tmp_path])
    got.id.encode("utf-8")
    assert got.text == TEXT
