"""What a store in a database promises; everything holds for SQLite and for PostgreSQL."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from claimstake.errors import StoreError
from claimstake.store import tables
from claimstake.store.contract import Outcome, StoredDocument
from claimstake.store.sql import PAGE, SqlStore
from store_runs import contents, counts, dangling, outcome, run
from stored_documents import record, stored

Open = Callable[..., SqlStore]


def started(opened: Open, address: str, **about: str) -> SqlStore:
    store = opened(address)
    store.begin(run(**about))
    return store


def value(store: SqlStore, query: sa.Select) -> object:
    with store.database.reading() as connection:
        return connection.scalar(query)


def test_a_document_is_written_whole(opened: Open, address: str) -> None:
    """All its rows, its manifest row, the run's counts; another opening sees them."""
    store = started(opened, address)
    store.commit([outcome(store, "i1", stored("d1", signature=b"\x00\xff"))])
    store.finish("complete")
    found = counts(opened(address))
    assert found == {
        **{"runs": 1, "manifest": 1, "documents": 1, "appearances": 1, "entities": 3, "mentions": 3, "claims": 2},
        **{"claim_qualifiers": 3, "evidence": 2, "signatures": 1, "failures": 0},
    }
    with store.database.reading() as connection:
        (noted,) = connection.execute(sa.select(tables.runs)).mappings()
    assert (noted["state"], noted["items"], noted["documents"], noted["claims"]) == ("complete", 1, 1, 2)
    assert noted["finished"] >= noted["started"]
    assert value(store, sa.select(tables.signatures.c.signature)) == b"\x00\xff"


def test_done_asks_for_the_fingerprint(opened: Open, address: str) -> None:
    """Under another fingerprint everything is to do; failed items are, where they are to be retried."""
    store = started(opened, address)
    good, bad = outcome(store, "good", stored("d1")), outcome(store, "bad", failures=2)
    store.commit([good, bad])
    assert store.done(["good", "bad", "new"], "f1") == {"good", "bad"}
    assert store.done(["good", "bad", "new"], "f1", retry_failed=True) == {"good"}
    assert store.done(["good", "bad"], "f2") == set()
    assert store.done([], "f1") == set()
    assert store.done([f"i{n}" for n in range(70_000)] + ["good"], "f1") == {"good"}


def test_failures_are_listed_and_go_when_mended(opened: Open, address: str) -> None:
    """Quarantine in the order of sources; a later success empties it."""
    store = started(opened, address)
    store.commit([outcome(store, "b", failures=1), outcome(store, "a", failures=2)])
    listed = [(f.source, f.stage, f.problem, f.error, f.traceback) for f in opened(address).failures()]
    assert listed == [
        ("a.txt", "annotate", "problem 0", "ValueError", "Traceback"),
        ("a.txt", "annotate", "problem 1", "ValueError", "Traceback"),
        ("b.txt", "annotate", "problem 0", "ValueError", "Traceback"),
    ]
    store.commit([outcome(store, "a", stored("d1"))])
    assert [f.item for f in store.failures()] == ["b"]


def test_failures_come_in_pages(opened: Open, address: str) -> None:
    """Each once, whatever the size of a page."""
    store = started(opened, address)
    store.commit([outcome(store, "a", failures=2 * PAGE), outcome(store, "b", failures=7)])
    assert [f.problem for f in store.failures()] == [f"problem {n}" for n in (*range(2 * PAGE), *range(7))]


def test_writing_twice_changes_nothing(opened: Open, address: str) -> None:
    """The same outcomes again, in one run and in the next."""
    store = started(opened, address)
    batch = [outcome(store, f"i{n}", stored(f"d{n}")) for n in range(5)]
    store.commit(batch)
    before = contents(store)
    store.commit(batch)
    store.commit(batch[:2] + batch)
    assert contents(store) == before
    store.finish("complete")
    again = started(opened, address, name="r2")
    again.commit(batch)
    again.finish("complete")
    assert contents(again) == before


def test_a_new_fingerprint_replaces(opened: Open, address: str) -> None:
    """What a new model finds takes the place of what the old one found; entities that nothing mentions go."""
    store = started(opened, address)
    store.commit([outcome(store, "i1", stored("d1")), outcome(store, "i2", stored("d2"))])
    store.finish("complete")
    store = started(opened, address, name="r2", fingerprint="f2")
    key = stored("d1").key
    bare = record("d1").model_copy(update={"claims": [], "entities": record("d1").entities[:1]})
    store.commit([outcome(store, "i1", StoredDocument(key, "i1", bare, 12))])
    store.commit([outcome(store, "i2")])
    store.finish("complete")
    found = counts(store)
    assert [found[name] for name in ("documents", "mentions", "claims", "evidence", "entities")] == [1, 1, 0, 0, 1]
    assert value(store, sa.select(tables.documents.c.fingerprint)) == "f2"


def test_the_newest_fingerprint_names_entities(opened: Open, address: str) -> None:
    """A canonical name that was changed is changed; within one fingerprint the order does not count."""
    first, second = record("d1"), record("d2")
    first.entities[0].canonical, second.entities[0].canonical = "B", "C"
    documents = [StoredDocument(f"k{n}", f"i{n}", found, 1) for n, found in enumerate((first, second))]
    query = sa.select(tables.entities.c.canonical).where(tables.entities.c.id == "china")
    for name, order in (("r1", documents), ("r2", documents[::-1])):
        store = started(opened, address, name=name)
        for document in order:
            store.commit([outcome(store, document.item, document)])
        assert value(store, query) == "B"
    store = started(opened, address, name="r3", fingerprint="f2")
    store.commit([outcome(store, "i1", documents[1])])
    assert value(store, query) == "C"


def test_a_document_of_two_items_is_there_once(opened: Open, address: str) -> None:
    """Whatever the order; it stays as long as one of its items has it."""
    same = stored("d1")
    states = []
    for order in (["a", "b"], ["b", "a"]):
        for together in (True, False):
            store = started(opened, address, name=f"{order}{together}")
            store.commit([outcome(store, "a"), outcome(store, "b")])
            batch = [outcome(store, item, same) for item in order]
            for part in [batch] if together else [[one] for one in batch]:
                store.commit(part)
            states.append(contents(store))
    assert all(state == states[0] for state in states)
    assert [d["item"] for d in states[0]["documents"]] == ["a"]
    assert counts(store)["appearances"] == 2
    store.commit([outcome(store, "a")])
    assert value(store, sa.select(tables.documents.c.item)) == "b"
    store.commit([outcome(store, "b")])
    assert counts(store)["documents"] == counts(store)["mentions"] == 0


def test_an_item_twice_in_one_batch(opened: Open, address: str) -> None:
    """The later one counts."""
    store = started(opened, address)
    store.commit([outcome(store, "i", stored("d1")), outcome(store, "i", stored("d2"))])
    assert value(store, sa.select(tables.documents.c.doc_id)) == "d2"
    assert counts(store)["documents"] == 1


def test_a_batch_that_fails_leaves_nothing(opened: Open, address: str) -> None:
    """A row that the database refuses takes its whole batch with it, and nothing of what was there."""
    store = started(opened, address)
    store.commit([outcome(store, "i1", stored("d1"))])
    before = contents(store)
    bad = outcome(store, "i2", stored("d2"))
    rows = bad.documents[0]
    rows.tables["evidence"][-1] = ("x", "y", "not a number", None, None)
    with pytest.raises(StoreError):
        store.commit(
            [outcome(store, "i1", stored("d1", text="A. China banned exports of gallium. The limit is 99.9%.")), bad]
        )
    assert contents(store) == before
    store.commit([outcome(store, "i2", stored("d2"))])
    assert counts(store)["documents"] == 2


def test_a_story_survives_another_annotation(opened: Open, address: str) -> None:
    """The text is the same, and so is its story."""
    store = started(opened, address)
    store.commit([outcome(store, "i1", stored("d1"))])
    with store.database.writing() as connection:
        connection.execute(sa.update(tables.documents).values(story="s1"))
    store = started(opened, address, name="r2", fingerprint="f2")
    store.commit([outcome(store, "i1", stored("d1", status="lifted"))])
    assert value(store, sa.select(tables.documents.c.story)) == "s1"
    assert value(store, sa.select(tables.claims.c.status).limit(1)) == "lifted"


def test_order_and_batches_do_not_count(opened: Open, address: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Any order, any batches, some of it twice: the same rows."""
    chance = random.Random(4)
    titles = ["Gallium", "Exports", "Limits"]
    jobs = [(f"i{n}", [stored(f"d{chance.randrange(12)}", title=chance.choice(titles))]) for n in range(40)]
    jobs += [(f"x{n}", []) for n in range(3)]
    straight = opened(str(tmp_path_factory.mktemp("straight") / "claims.db"))
    straight.begin(run())
    straight.commit([outcome(straight, item, *found, failures=not found) for item, found in jobs])
    straight.finish("complete")
    store = started(opened, address)
    mixed = [*jobs, *chance.sample(jobs, 20)]
    chance.shuffle(mixed)
    while mixed:
        size = chance.randint(1, 9)
        store.commit([outcome(store, item, *found, failures=not found) for item, found in mixed[:size]])
        del mixed[:size]
    store.finish("complete")
    assert contents(store) == contents(straight)
    assert dangling(store) == []


def test_long_and_strange_texts(opened: Open, address: str) -> None:
    """Ids of some kilobytes, quotes, NUL, letters outside the BMP, tabs and backslashes arrive as they were."""
    store = started(opened, address)
    title = "tab\t, back\\slash, \\N, \"quotes\", 'single', 鎵, 🜛, \r\n"
    documents = [stored("i" * 9000, title=title), stored("d2", author="\0" + "x" * 20_000)]
    store.commit([outcome(store, "i1", *documents), outcome(store, "i2", failures=1)])
    with store.database.reading() as connection:
        rows = {row.doc_id: row for row in connection.execute(sa.select(tables.documents))}
    assert rows["i" * 9000].title == title
    assert rows["d2"].author == "\ufffd" + "x" * 20_000


def test_texts_may_be_left_out(opened: Open, address: str) -> None:
    """`text=False` keeps evidence alone."""
    store = opened(address, text=False)
    store.begin(run())
    store.commit([outcome(store, "i1", stored("d1"))])
    assert value(store, sa.select(tables.documents.c.text)) is None


def test_nothing_is_committed_without_a_run(opened: Open, address: str) -> None:
    """A mistake of the caller, and said so."""
    with pytest.raises(StoreError, match="no run has begun"):
        opened(address).commit([Outcome("i", "i.txt")])


def test_an_entity_that_another_run_dropped_is_written_again(opened: Open, address: str) -> None:
    """While one run goes on another replaces its document, ends, and drops what nothing mentions any more."""
    store = started(opened, address)
    store.commit([outcome(store, "i1", stored("d1"))])
    other = started(opened, address, name="r2", fingerprint="f2")
    other.commit([outcome(other, "i1")])
    other.finish("complete")
    assert counts(store)["entities"] == 0
    store.commit([outcome(store, "i2", stored("d2"))])
    assert counts(store)["entities"] == 3
    assert dangling(store) == []
    with store.database.writing() as connection:
        connection.execute(sa.delete(tables.entities).where(tables.entities.c.id == "china"))
    assert dangling(store) == ["mentions to entities", "claims to entities"]


def test_a_connection_can_enforce_the_foreign_keys(opened: Open, tmp_path: Path) -> None:
    """A store writes without checking them; SQLite knows of them all the same."""
    store = started(opened, str(tmp_path / "claims.db"))
    store.commit([outcome(store, "i1", stored("d1"))])
    with sqlite3.connect(tmp_path / "claims.db") as connection:
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        connection.execute("PRAGMA foreign_keys = ON")
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute("DELETE FROM entities")
    connection.close()
