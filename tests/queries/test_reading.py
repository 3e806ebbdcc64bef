"""Questions to a database through the desk's reader: pages, documents, things, and what changed meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from claimstake.errors import ConfigError
from claimstake.queries.contract import ClaimFilter
from claimstake.queries.open import reader
from claimstake.queries.reading import DatabaseReader
from claimstake.queries.rows import _cut
from stored_documents import TEXT, record
from stores import fill


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[DatabaseReader]:
    """Thirty documents with two claims each, one a day."""
    address = str(tmp_path / "claims.db")
    fill(address, [record(f"d{i}", text=f"{TEXT} No {i}.", published=f"2025-07-{i + 1:02}") for i in range(30)])
    found = reader(address)
    yield found
    found.close()


def test_pages_go_on_where_they_stopped(desk: DatabaseReader) -> None:
    page, seen = desk.claims(ClaimFilter(), limit=7), []
    while True:
        seen += [(claim.date, claim.document, claim.id) for claim in page.claims]
        assert page.found == 60
        if page.next is None:
            break
        page = desk.claims(ClaimFilter(), limit=7, cursor=page.next)
    assert len(set(seen)) == len(seen) == 60
    assert [date for date, *_ in seen] == sorted((date for date, *_ in seen), reverse=True)


def test_a_document_comes_back_as_it_was_written(desk: DatabaseReader) -> None:
    found = desk.document("d4")
    assert found is not None
    written = record("d4", text=f"{TEXT} No 4.", published="2025-07-05")
    assert found.record.model_copy(update={"pipeline": None}) == written
    assert desk.document(found.row.key) == found
    assert desk.document("nothing") is None


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("Ban. " * 48, "Ban. " * 48),
        ("Ban on. " * 30 + "Quotas", "Ban on. " * 29 + "Ban on.…"),
        ("Ban. " * 47 + "Quotas", "Ban. " * 46 + "Ban.…"),
        ("x" * 241, "x" * 240 + "…"),
    ],
    ids=["it fits", "a word after the last that fits", "within a word", "one long word"],
)
def test_lists_show_whole_words(text: str, begins: str) -> None:
    assert _cut(text) == begins


@pytest.mark.parametrize("cursor", ["", "x", "AAAA", "é", "A" * 5_000, "bnVsbA", "../../etc/passwd"])
def test_a_broken_cursor_is_refused(desk: DatabaseReader, cursor: str) -> None:
    with pytest.raises(ConfigError, match="cursor"):
        desk.claims(ClaimFilter(), cursor=cursor)


def test_a_cursor_belongs_to_its_question(desk: DatabaseReader) -> None:
    cursor = desk.claims(ClaimFilter(), limit=5).next
    with pytest.raises(ConfigError, match="cursor"):
        desk.claims(ClaimFilter(text="gallium"), cursor=cursor)


def test_nul_is_in_no_name(address: str) -> None:
    """PostgreSQL would refuse the question, as if the database were away."""
    with closing(reader(address)) as desk:
        assert desk.document("a\0b") is None
        assert desk.entity("a\0b") is None
        assert desk.timeline("a\0b") == ()
        assert desk.claims(ClaimFilter(actor="a\0b")).claims == ()


def test_an_empty_database_is_made(tmp_path: Path) -> None:
    found = reader(str(tmp_path / "new.db"))
    assert found.claims(ClaimFilter()).found == 0
    assert found.inbox().documents == ()
    assert found.document("x") is found.entity("x") is None
    assert found.timeline("x") == found.graph(ClaimFilter()) == found.suggest("x") == ()
    found.close()
