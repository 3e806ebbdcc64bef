"""JSON records and JSON Lines."""

from __future__ import annotations

import gzip
import json

import pytest

from claimstake.readers import Failure, Limits, read
from claimstake.records import AnnotatedDocument, Article, DocumentInfo

TEXT = "Indonesia banned exports of bauxite on June 10, 2023."
RECORD = {"id": "id-1", "text": TEXT, "title": "Bauxite ban", "published": "2023-06-11", "url": "https://a.example/1"}
HTML = f"<html><body><article><h1>Bauxite ban</h1><p>{TEXT}</p><p>Smelters were promised.</p></article></body></html>"


@pytest.mark.parametrize("name", ["a.json", "a.jsonl", "a.ndjson"])
def test_one_record(write, article, name: str) -> None:
    """A record keeps its id and metadata."""
    got = article(write(name, json.dumps(RECORD)))
    assert (got.id, got.text, got.title, got.published, got.url) == tuple(RECORD[k] for k in RECORD)
    assert got.notes == []


def test_list_of_records(write) -> None:
    """A JSON list is read in its order; records without id are numbered."""
    path = write("a.json", json.dumps([RECORD, {"text": TEXT}, {"id": 7, "text": TEXT}]))
    assert [a.id for a in read([path])] == ["id-1", "a-2", "7"]


def test_lines_are_streamed_in_order(write) -> None:
    """Blank lines are passed over; lines without id take their line number."""
    path = write(
        "a.jsonl", json.dumps(RECORD) + "\n\n" + json.dumps({"text": TEXT}) + "\r\n" + json.dumps({"text": TEXT})
    )
    items = list(read([path]))
    assert [a.id for a in items] == ["id-1", "a-3", "a-4"]
    assert items[1].source == f"{path}: line 3"


def test_lines_under_the_suffix_json(write) -> None:
    """JSON Lines are recognised in a .json file."""
    path = write("a.json", json.dumps(RECORD) + "\n" + json.dumps({**RECORD, "id": "id-2"}))
    assert [a.id for a in read([path])] == ["id-1", "id-2"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_byte_order_marks(write, encoding: str) -> None:
    """Marked files are read."""
    lines = json.dumps({"id": "a", "text": "Nickel – « minerai »"}, ensure_ascii=False) + "\n" + json.dumps(RECORD)
    assert [a.id for a in read([write("a.jsonl", lines, encoding)])] == ["a", "id-1"]


def test_packed_lines(write) -> None:
    """.jsonl.gz is read like .jsonl."""
    path = write("a.jsonl.gz", gzip.compress((json.dumps({"text": TEXT}) + "\n").encode() * 2))
    assert [a.id for a in read([path])] == ["a-1", "a-2"]


def test_html_record(write, article) -> None:
    """Mark-up is extracted; the record's own metadata stand above those of the page."""
    got = article(write("a.json", json.dumps({"id": "h", "html": HTML, "published": "June 11, 2023", "title": "Ban"})))
    assert (got.id, got.title, got.published) == ("h", "Ban", "2023-06-11")
    assert TEXT in got.text
    assert got.body == [(0, len(got.text))]


@pytest.mark.parametrize("name", ["text", "body", "content", "article", "Text"])
def test_names_of_the_text(write, article, name: str) -> None:
    """The text is found under its usual names."""
    assert article(write("a.json", json.dumps({"id": "x", name: TEXT}))).text == TEXT


def test_named_text(write, article) -> None:
    """text_column names the key, whatever else there is."""
    path = write("a.json", json.dumps({"id": "x", "text": "No.", "story": TEXT}))
    assert article(path, limits=Limits(text_column="story")).text == TEXT


def test_other_names_of_metadata(write, article) -> None:
    """Headline, date, link and the like are understood; unknown keys are left alone."""
    record = {
        "doc_id": 4,
        "headline": "A\n ban",
        "date": "2023-06-11T10:00:00Z",
        "link": "u",
        "body": TEXT,
        "x": [1],
        "y": {},
    }
    got = article(write("a.json", json.dumps(record)))
    assert (got.id, got.title, got.published, got.url) == ("4", "A ban", "2023-06-11", "u")


def test_metadata_of_the_text_fill_gaps(write, article) -> None:
    """Where a record has no title and date, a text that states them is believed."""
    got = article(
        write("a.json", json.dumps({"id": "x", "text": f"# Bauxite ban\n\nPublished: June 11, 2023\n\n{TEXT}"}))
    )
    assert (got.title, got.published) == ("Bauxite ban", "2023-06-11")


def test_own_output_is_read_again(write, article) -> None:
    """A line of claimstake's output that carries its text is an article again."""
    known = Article(id="own", text=TEXT)
    info = DocumentInfo(id="own", sha256=known.sha256, text=TEXT, title="Ban", published="2023-06-11")
    record = AnnotatedDocument(doc=info, entities=[], claims=[]).to_json()
    got = article(write("a.jsonl", json.dumps(record)))
    assert (got.id, got.text, got.title, got.published) == ("own", TEXT, "Ban", "2023-06-11")


def test_own_output_without_text(write, failure) -> None:
    """Without its text a line of output is no article, and the message says so."""
    info = DocumentInfo(id="own", sha256="0" * 64)
    got = failure(write("a.jsonl", json.dumps(AnnotatedDocument(doc=info, entities=[], claims=[]).to_json())))
    assert "without doc.text" in got.problem
    assert got.document == "own"


def test_bad_lines_are_named_and_the_others_go_on(write) -> None:
    """Each bad line is one failure with its number; good lines before and after are read."""
    lines = [
        '{"id": "a", "text": "Nickel."}',
        '{"id": "b", "text": ',
        "[1, 2]",
        '{"id": "c"}',
        '{"id": "d", "text": "Tin."}',
    ]
    path = write("a.jsonl", "\n".join(lines))
    items = list(read([path]))
    assert [i.id for i in items if isinstance(i, Article)] == ["a", "d"]
    failures = [i for i in items if isinstance(i, Failure)]
    assert [f.source for f in failures] == [f"{path}: line {n}" for n in (2, 3, 4)]
    assert "invalid JSON" in failures[0].problem
    assert "is a list, not an object" in failures[1].problem
    assert (failures[2].document, failures[2].problem) == (
        "c",
        "has no text under text or body or content or article or html; keys: id",
    )
    assert all(f.mend for f in failures)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ('{"id": "x", "text": ""}', "holds no text under 'text'"),
        ('{"id": "x", "text": "  \\n "}', "holds no text"),
        ('{"id": "x", "text": null}', "holds no text under 'text'"),
        ('{"id": "x", "text": ["a"]}', "holds a list, not text"),
        ('{"id": "x", "text": "a\\u0000b"}', "NUL bytes"),
        ('{"id": "x", "html": "<p></p>"}', "no article text"),
        ('"only a string"', "is a str, not an object"),
        ("{'id': 1}", "invalid JSON"),
        ('{"id": "x",\n"text": tru}', "invalid JSON: Expecting value at line 2, column 9"),
        ("[]", "empty list"),
        ("[" * 100_000, "nested too deeply"),
        ('{"a":' * 100_000, "nested too deeply"),
        ('{"text": ' + "9" * 10_000 + "}", "invalid JSON"),
    ],
)
def test_bad_json(write, failure, content: str, problem: str) -> None:
    """What is wrong is said, whatever it is."""
    assert problem in failure(write("a.json", content)).problem


def test_line_that_is_too_long(write) -> None:
    """A monstrous line is skipped without being held, and the next one is read."""
    limits = Limits(max_chars=100)
    path = write("a.jsonl", '{"text": "' + "x" * 200_000 + '"}\n' + json.dumps({"id": "b", "text": "Tin."}))
    failure, kept = read([path], limits=limits)
    assert "line is longer than" in failure.problem
    assert kept.id == "b"


def test_lone_surrogates_are_replaced(write, article) -> None:
    """Text that no database could store is mended, offsets stay, and a note says so."""
    got = article(write("a.json", '{"id": "x", "text": "Tin \\ud83d ban"}'))
    assert (got.text, got.notes) == ("Tin \ufffd ban", ["1 lone surrogates replaced by U+FFFD"])


def test_unreadable_date_is_noted(write, article) -> None:
    """A date that cannot be read is no failure."""
    got = article(write("a.json", json.dumps({"id": "x", "text": TEXT, "published": "last week"})))
    assert got.published is None
    assert got.notes == ["published 'last week' is no date that can be read, ignored"]
