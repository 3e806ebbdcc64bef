"""Indexes that a first run puts off: they are there once it ends, and whatever ended it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from claimstake.store import sql, tables
from claimstake.store.sql import SqlStore
from store_runs import outcome, run
from stored_documents import stored

Open = Callable[..., SqlStore]
ALL = {str(index.name) for index in tables.LATER}


def made(store: SqlStore) -> set[str]:
    """Which of the indexes there are."""
    with store.database.reading() as connection:
        found = sa.inspect(connection)
        names = {index["name"] for table in ("mentions", "claims") for index in found.get_indexes(table)}
    return {str(name) for name in names} & ALL


def test_a_first_run_makes_them_at_its_end(opened: Open, address: str) -> None:
    """The next run has them from the start."""
    store = opened(address)
    store.begin(run())
    store.commit([outcome(store, "i1", stored("d1"))])
    assert len(ALL) == 5
    assert made(store) == set()
    store.finish("interrupted")
    assert made(store) == ALL
    store.begin(run("r2"))
    assert made(store) == ALL


def test_a_run_after_one_that_was_killed_makes_them(opened: Open, address: str) -> None:
    """When it begins; one that was killed before it wrote anything leaves no trace."""
    killed = opened(address)
    killed.begin(run())
    assert made(killed) == set()
    again = opened(address)
    again.begin(run("r2"))
    assert made(again) == set()
    killed.commit([outcome(killed, "i1", stored("d1"))])
    third = opened(address)
    third.begin(run("r3"))
    assert made(third) == ALL
    again.finish("complete")
    assert made(third) == ALL


def test_a_long_run_does_not_wait_for_its_end(opened: Open, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are made as soon as so many documents are written."""
    monkeypatch.setattr(sql, "UNINDEXED", 2)
    store = opened(address)
    store.begin(run())
    store.commit([outcome(store, "i1", stored("d1"))])
    assert made(store) == set()
    store.commit([outcome(store, "i2", stored("d2"))])
    assert made(store) == ALL
    store.commit([outcome(store, "i3", stored("d3"))])
    store.finish("complete")
    assert made(store) == ALL
