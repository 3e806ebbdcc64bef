"""The measurement of stores: what it says was written is what the database holds."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from claimstake.benchmark.stores import copies, fill
from claimstake.store.opening import open_sql
from claimstake.store.tables import metadata
from stored_documents import stored


def test_what_is_counted_is_there(tmp_path: Path) -> None:
    """Documents, claims and rows of all tables; copies are documents of their own, and bring new names."""
    store = open_sql(tmp_path / "claims.db")
    found = fill(store, copies([stored("d1"), stored("d2", signature=b"x")]), 50, together=7)
    with store.database.reading() as connection:
        held = {n: connection.scalar(sa.select(sa.func.count()).select_from(t)) for n, t in metadata.tables.items()}
    assert (found.documents, found.claims) == (held["documents"], held["claims"]) == (50, 100)
    assert found.rows == sum(held.values()) - held["runs"]
    assert held["entities"] > 3
    assert found.seconds > 0
    assert found.claims_a_second < found.rows_a_second
    store.close()
