"""What tests of stores write to: SQLite files, schemas of one PostgreSQL server, and a disk that is nearly full."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import small_disk as disks
from claimstake.store.opening import open_sql
from claimstake.store.sql import SqlStore
from postgresql_server import schema


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where there is nothing yet: a file, or a schema of the server."""
    if request.param == "sqlite":
        yield str(tmp_path / "claims.db")
        return
    with schema(request.getfixturevalue("server")) as found:
        yield found


@pytest.fixture
def opened() -> Iterator[Callable[..., SqlStore]]:
    """Opens stores, and closes them after the test."""
    stores: list[SqlStore] = []

    def make(address: str, **options: Any) -> SqlStore:
        stores.append(open_sql(address, **options))
        return stores[-1]

    yield make
    for store in stores:
        store.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[disks.SmallDisk]:
    """A file system of 4 MiB, half of which a test can free."""
    with disks.small_disk(tmp_path / "disk") as disk:
        yield disk
