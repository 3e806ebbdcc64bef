"""A disk that is nearly full, and on which room can be made."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SIZE = 4 << 20  # bytes of the disk
BALLAST = 2 << 20  # bytes of it that a test frees
FULL = r"(?i)disk|space|too large"


@dataclass(frozen=True)
class SmallDisk:
    """Where it is, and what frees half of it."""

    folder: Path
    make_room: Callable[[], None]


@contextmanager
def small_disk(folder: Path, *, size: int = SIZE, ballast: int = BALLAST) -> Iterator[SmallDisk]:
    """A file system of its own in a folder; where none may be mounted, a limit for the size of every file."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if os.name == "posix" and not subprocess.run(mount, capture_output=True, check=False).returncode:
        (folder / "ballast").write_bytes(b"\0" * ballast)
        try:
            yield SmallDisk(folder, (folder / "ballast").unlink)
        finally:
            subprocess.run(["umount", "-l", str(folder)], check=True)
    else:
        with _limit(size - ballast) as lift:
            yield SmallDisk(folder, lift)


@contextmanager
def _limit(size: int) -> Iterator[Callable[[], None]]:
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield lambda: resource.setrlimit(resource.RLIMIT_FSIZE, before)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
