"""A PostgreSQL server that can be stopped, and a disk that is nearly full."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import small_disk as disks
from postgresql_server import postgresql


@pytest.fixture
def server() -> Iterator[Any]:
    """A PostgreSQL of the test's own."""
    with postgresql() as found:
        yield found
        found.ensure_postgres_running()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[disks.SmallDisk]:
    """A file system with room for 2 MiB, and for 16 when a test has made room: a run also keeps a log of its writes."""
    with disks.small_disk(tmp_path / "disk", size=16 << 20, ballast=14 << 20) as disk:
        yield disk
