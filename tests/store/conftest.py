"""What tests of stores share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import small_disk as disks


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[disks.SmallDisk]:
    """A file system of 4 MiB, half of which a test can free."""
    with disks.small_disk(tmp_path / "disk") as disk:
        yield disk
