"""What is known of a Parquet dataset only when a run ends: owners and stories of documents, entities that are left."""

from __future__ import annotations

from pathlib import Path

import pyarrow.dataset as ds
import sqlalchemy as sa

from claimstake.store import tables
from claimstake.store.batches import RESTATED
from claimstake.store.journal import HELD

UNSETTLED = sa.Table(  # documents that may stand under another item than the first of theirs
    "unsettled", RESTATED.metadata, sa.Column("document", sa.Text, primary_key=True)
)


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
