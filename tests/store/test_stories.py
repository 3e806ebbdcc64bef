"""Stories in a database: copies are linked when a run ends, and count once for what they say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds
import sqlalchemy as sa

from claimstake.duplicates.signature import signature
from claimstake.store import tables
from claimstake.store.contract import StoredDocument
from claimstake.store.parquet import ParquetStore
from claimstake.store.sql import SqlStore
from copied_texts import STORY
from store_runs import contents, outcome, run
from stored_documents import TEXT, stored

Open = Callable[..., SqlStore]


def document(doc_id: str, told: str | None, **info: Any) -> StoredDocument:
    """Both claims of `stored`, in a document that tells a story."""
    text = TEXT if told is None else f"{TEXT} {told}"
    return stored(doc_id, text=text, signature=told and signature(told), **info)


def four() -> list[StoredDocument]:
    """Two copies, another text about the same, and one too short for a signature."""
    other = " ".join(reversed(STORY.split()))
    return [
        document("first", STORY),
        document("copy", "Heard on the quay.\n" + STORY[30:-90], published="2025-07-18"),
        document("other", other),
        document("short", None),
    ]


def stories_of(store: SqlStore) -> dict[str, str]:
    columns = tables.documents.c
    with store.database.reading() as connection:
        return {row.doc_id: row.story for row in connection.execute(sa.select(columns.doc_id, columns.story))}


def written(store: SqlStore, documents: list[StoredDocument], name: str = "r1", fingerprint: str = "f1") -> None:
    store.begin(run(name, fingerprint))
    for one in documents:
        store.commit([outcome(store, one.item, one)])


def test_copies_are_linked_when_a_run_ends(address: str, opened: Open) -> None:
    """The story is the smaller key; whoever is alone, or too short to tell, is its own."""
    store = opened(address)
    documents = four()
    keys = {d.record.doc.id: d.key for d in documents}
    written(store, documents)
    assert stories_of(store) == keys
    store.finish("complete")
    first = min(keys["first"], keys["copy"])
    assert stories_of(store) == {**keys, "first": first, "copy": first}


def test_copies_count_once(address: str, opened: Open) -> None:
    """Views: three independent stories in four documents, and the copies of one."""
    store = opened(address)
    written(store, four())
    store.finish("complete")
    with store.database.reading() as connection:
        rows = connection.exec_driver_sql(
            "SELECT subject, object, polarity, stories, documents, first_date, last_date FROM corroboration"
            " WHERE predicate = 'restricts_export_of'"
        ).all()
        copies = connection.exec_driver_sql("SELECT documents, first_published FROM stories ORDER BY documents").all()
    assert [tuple(r) for r in rows] == [("China", "gallium", "affirmed", 3, 4, "2025-07-16", "2025-07-18")]
    assert [tuple(r) for r in copies] == [(1, "2025-07-16"), (1, "2025-07-16"), (2, "2025-07-16")]


def test_order_and_interruptions_do_not_matter(address: str, opened: Open) -> None:
    """A run that never ended and one in another order leave the rows of a run that nobody disturbed."""
    store, disturbed = opened(address), opened(address.replace(".db", "2.db") if ".db" in address else f"{address}2")
    written(store, four())
    store.finish("complete")
    written(disturbed, four()[2:])  # and is killed
    disturbed.close()
    written(disturbed, four()[::-1], "r2")
    disturbed.finish("interrupted")
    assert contents(disturbed) == contents(store)


def test_parquet_has_the_same_stories(tmp_path: Path, opened: Open) -> None:
    """A dataset links copies as a database does, also those of an earlier run, and copies that go."""
    database, dataset = opened(str(tmp_path / "claims.db")), ParquetStore(tmp_path / "dataset")
    documents = four()
    gone = min(documents[:2], key=lambda d: d.key)
    for store in (database, dataset):
        for name, part in (("r1", documents[:1]), ("r2", documents[1:])):
            written(store, part, name)
            store.finish("complete")
    assert stories_of(database) == parquet_stories(tmp_path / "dataset")
    assert len(set(stories_of(database).values())) == 3
    for store in (database, dataset):
        store.begin(run("r3", "f2"))
        store.commit([outcome(store, gone.item)])
        store.finish("complete")
    dataset.close()
    assert stories_of(database) == parquet_stories(tmp_path / "dataset")
    assert len(set(stories_of(database).values())) == 3


def parquet_stories(path: Path) -> dict[str, str]:
    table = ds.dataset(path / "documents").to_table(columns=["doc_id", "story"])
    return dict(zip(*(column.to_pylist() for column in table.columns), strict=True))


def test_a_copy_that_goes_takes_its_name_along(address: str, opened: Open) -> None:
    """Where an item no longer holds the copy, what is left is a story by itself again."""
    store = opened(address)
    documents = four()
    keys = {d.record.doc.id: d.key for d in documents}
    written(store, documents)
    store.finish("complete")
    gone = min(documents[:2], key=lambda d: d.key)
    store.begin(run("r2", "f2"))
    store.commit([outcome(store, gone.item)])
    store.finish("complete")
    del keys[gone.record.doc.id]
    assert stories_of(store) == keys
