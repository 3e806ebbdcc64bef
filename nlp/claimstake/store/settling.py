"""What is known of a Parquet dataset only when a run ends: owners and stories of documents, entities that are left."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path

import pyarrow.dataset as ds
import sqlalchemy as sa

from claimstake.store import manifest, tables
from claimstake.store.batches import RESTATED
from claimstake.store.journal import HELD, Journal

UNSETTLED = sa.Table(  # documents that may stand under another item than the first of theirs
    "unsettled", RESTATED.metadata, sa.Column("document", sa.Text, primary_key=True)
)
SIGNED = ("document", "signature")
READ_ROWS = 2_000  # signatures in memory at a time
WRITTEN = 5_000  # stories in one statement


def restate_owners(connection: sa.Connection) -> None:
    """Documents stand under the first of their items in the order of keys, as in databases."""
    here, other = tables.appearances.c, tables.appearances.alias().c
    first = sa.select(sa.func.min(other.item)).where(other.document == HELD.c.document).scalar_subquery()
    rows = (
        sa.select(HELD.c.document, here.item, here.source)
        .join(UNSETTLED, UNSETTLED.c.document == HELD.c.document)
        .join(tables.appearances, (here.document == HELD.c.document) & (here.item == first))
        .where(HELD.c.item != first)
    )
    connection.execute(RESTATED.delete())
    connection.execute(RESTATED.insert().from_select(["document", "item", "source"], rows))


def forget_entities(connection: sa.Connection, root: Path) -> None:
    """Delete entities that nothing mentions any more."""
    connection.exec_driver_sql("CREATE TEMP TABLE IF NOT EXISTS mentioned (id TEXT PRIMARY KEY) WITHOUT ROWID")
    connection.exec_driver_sql("DELETE FROM mentioned")
    for batch in ds.dataset(root / tables.mentions.name).to_batches(columns=["entity"]):
        names = [(name,) for name in batch.column("entity").unique().to_pylist()]
        if names:
            connection.exec_driver_sql("INSERT OR IGNORE INTO mentioned VALUES (?)", names)
    connection.exec_driver_sql("DELETE FROM entities WHERE id NOT IN (SELECT id FROM mentioned)")
    connection.exec_driver_sql("DELETE FROM mentioned")


def restate_stories(connection: sa.Connection, journal: Journal) -> None:
    """Documents get the stories that their signatures tell."""
    from claimstake.duplicates.stories import Told, changes  # brings numpy and scipy

    path = journal.staging / "signatures.sqlite"
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path, isolation_level=None)) as shelf:
        told = changes(Told(*row) for row in _in_order(shelf, journal.root))
        while portion := [{"document": key, "story": story} for key, story in islice(told, WRITTEN)]:
            write = manifest.INSERT["sqlite"](RESTATED)
            write = write.on_conflict_do_update(index_elements=["document"], set_={"story": write.excluded.story})
            connection.execute(write, portion)
    path.unlink()


def _in_order(shelf: sqlite3.Connection, root: Path) -> Iterator[tuple[str, str | None, bytes, str | None]]:
    """Documents with signatures in the order of keys: key, date, signature, story; sorted on the disk."""
    shelf.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF")
    for table, columns in ((tables.documents, ("key", "published", "story")), (tables.signatures, SIGNED)):
        shelf.execute(f"CREATE TABLE {table.name} ({', '.join(columns)}, PRIMARY KEY ({columns[0]})) WITHOUT ROWID")
        places = ", ".join("?" for _ in columns)
        for batch in ds.dataset(root / table.name).to_batches(columns=list(columns), batch_size=READ_ROWS):
            rows = zip(*(column.to_pylist() for column in batch.columns), strict=True)
            shelf.execute("BEGIN")
            shelf.executemany(f"INSERT INTO {table.name} VALUES ({places})", rows)
            shelf.execute("COMMIT")
    joined = "signatures JOIN documents ON documents.key = signatures.document"
    yield from shelf.execute(f"SELECT key, published, signature, story FROM {joined} ORDER BY document")
