"""What others write is seen at the next question; archives that never met a desk have nothing of it."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

import sqlalchemy as sa

from claimstake.queries.contract import ClaimFilter
from claimstake.queries.memory import AT_ONCE
from claimstake.queries.open import reader
from claimstake.queries.reading import DatabaseReader
from claimstake.store.contract import Outcome, Run
from claimstake.store.opening import open_sql
from claimstake.store.tables import judgements, readings
from stored_documents import TEXT, stored
from stores import fill

FIRST = Run("r1", "f1", "2026-01-01T00:00:00Z", "0", ("tests",))
LATER = Run("r2", "f2", "2026-02-01T00:00:00Z", "0", ("tests",))


def _write(address: str, item: str, *ids: str, run: Run = FIRST, **about: str) -> None:
    """Put documents in the place of what an item had."""
    store = open_sql(address)
    store.begin(run)
    documents = tuple(
        store.encode(stored(id_, item=item, text=f"{TEXT} {id_} {about.get('title', '')}", **about)) for id_ in ids
    )
    store.commit([Outcome(item, item, documents, claims=2 * len(ids))])
    store.finish("complete")
    store.close()


def _documents(desk: DatabaseReader, **wanted: object) -> list[str]:
    return sorted(claim.doc_id for claim in desk.claims(ClaimFilter(**wanted), limit=500).claims)


def test_new_replaced_and_deleted_documents(desk: DatabaseReader) -> None:
    assert _documents(desk) == []
    _write(desk.address, "i1", "a", "b")
    assert _documents(desk) == ["a", "a", "b", "b"]
    _write(desk.address, "i1", "a", run=LATER, status="lifted")
    assert _documents(desk) == _documents(desk, status=("lifted",)) == ["a", "a"]
    assert _documents(desk, status=("in_force",)) == []
    assert [row.doc_id for row in desk.inbox().documents] == ["a"]
    _write(desk.address, "i1", run=LATER)
    assert _documents(desk) == []
    assert desk.inbox().documents == ()
    assert desk.suggest("gallium") == ()


def test_words_of_new_sentences_are_found(desk: DatabaseReader) -> None:
    for number in range(9):
        _write(desk.address, f"i{number}", f"d{number}")
        assert len(_documents(desk, text="exports gallium")) == number + 1
    assert _documents(desk, text="limit", object="99.9%", actor="gallium") == sorted(f"d{n}" for n in range(9))


def test_judgements_and_readings(desk: DatabaseReader) -> None:
    _write(desk.address, "i1", "a", "b")
    claim = desk.claims(ClaimFilter(), limit=1).claims[0]
    for verdict, shown in (("accepted", "accepted"), ("rejected", "rejected"), ("undone", None)):
        row = {"document": claim.document, "claim": claim.id, "verdict": verdict, "by": "ann", "at": "2026"}
        with desk.database.writing() as connection:
            connection.execute(sa.insert(judgements).values(row))
        found = desk.claims(ClaimFilter(document=claim.document), limit=5)
        assert {one.id: one.verdict for one in found.claims}[claim.id] == shown
        judged = desk.claims(ClaimFilter(verdict="open")).found
        assert judged == (4 if shown is None else 3)
    for state in ("done", "skipped"):
        with desk.database.writing() as connection:
            connection.execute(sa.delete(readings))
            connection.execute(
                sa.insert(readings).values({"document": claim.document, "state": state, "by": "ann", "at": "2026"})
            )
        assert [row.key for row in desk.inbox(state=state).documents] == [claim.document]
        assert claim.document not in {row.key for row in desk.inbox().documents}


def test_a_cursor_stands_while_rows_come_and_go(desk: DatabaseReader) -> None:
    for name, day in (("a", "2025-01-01"), ("b", "2025-01-02"), ("c", "2025-01-03")):
        _write(desk.address, name, name, published=day)
    page = desk.claims(ClaimFilter(), limit=3)
    assert [claim.doc_id for claim in page.claims] == ["c", "c", "b"]
    _write(desk.address, "d", "d", published="2025-01-04")
    _write(desk.address, "c")
    page = desk.claims(ClaimFilter(), limit=3, cursor=page.next)
    assert [claim.doc_id for claim in page.claims] == ["b", "a", "a"]
    assert page.next is None


def test_a_stream_goes_on_while_documents_are_deleted(desk: DatabaseReader) -> None:
    _write(desk.address, "i1", "a", "b")
    rows = desk.stream(ClaimFilter())
    _write(desk.address, "i1", "b")
    assert [row.doc_id for row in rows] == ["b", "b"]


def test_much_at_once_is_read_beside_questions(desk: DatabaseReader) -> None:
    """What stands there already is answered at once, and in the end everything is there."""
    _write(desk.address, "i0", "first")
    assert _documents(desk) == ["first", "first"]
    _write(desk.address, "i1", *(f"d{n}" for n in range(3 * AT_ONCE)))
    seen, end = [], time.monotonic() + 60
    while time.monotonic() < end and (not seen or seen[-1] < 2 + 6 * AT_ONCE):
        seen.append(desk.claims(ClaimFilter(), limit=1).found or 0)
        time.sleep(0.01)
    assert seen[0] < 2 + 6 * AT_ONCE
    assert seen[-1] == 2 + 6 * AT_ONCE
    assert seen == sorted(seen)
    assert desk.claims(ClaimFilter(text="exports")).found == 1 + 3 * AT_ONCE


def test_two_desks_see_the_same(desk: DatabaseReader) -> None:
    _write(desk.address, "i1", "a")
    other = reader(desk.address)
    _write(desk.address, "i2", "b")
    assert _documents(other) == _documents(desk) == ["a", "a", "b", "b"]
    other.close()


def test_an_archive_that_met_no_desk_has_no_triggers(tmp_path: Path) -> None:
    path = tmp_path / "claims.db"
    fill(str(path), [])
    made = "SELECT count(*) FROM sqlite_master WHERE name LIKE 'desk%'"
    with sqlite3.connect(path) as connection:
        assert connection.execute(made).fetchone() == (0,)
        reader(str(path)).close()
        assert connection.execute(made).fetchone() > (0,)
