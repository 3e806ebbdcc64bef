"""Files that are wholly there or not at all after a power loss: sync, move into place, lock. POSIX and Windows."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows opens files so that a second writer fails by itself
    fcntl = None  # type: ignore[assignment]


def sync(path: Path) -> None:
    """Bring a file's, or a folder's, content to the disk; what was renamed in a folder holds from then on."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except PermissionError:  # Windows opens no folders, and needs it not
        if path.is_dir():
            return
        raise
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_folder(path: Path) -> None:
    """Make a folder and its parents so that they are still there after a power loss."""
    missing = [p for p in (path, *path.parents) if not p.exists()]
    path.mkdir(parents=True, exist_ok=True)
    for made in missing:
        sync(made.parent)


def move(moves: Iterable[tuple[Path, Path]], removed: Iterable[Path] = ()) -> None:
    """Put staged files in their places, then remove others; doing it again after a crash changes nothing.

    A staged file that is not there any more was moved before.

    Raises:
        FileNotFoundError: somebody removed it from both places.
    """
    folders: dict[Path, None] = {}
    for staged, place in moves:
        if staged.exists():
            staged.replace(place)
        elif not place.exists():
            raise FileNotFoundError(errno.ENOENT, "has lost a file that was staged", str(place))
        folders[place.parent] = None
    for path in removed:
        path.unlink(missing_ok=True)
        folders[path.parent] = None
    for folder in folders:
        sync(folder)


def lock(folder: Path) -> Callable[[], None] | None:
    """Claim a folder for this process until the returned function is called, or the process ends however it ends.

    Returns:
        None where another holds it.
    """
    if fcntl is None:
        return lambda: None
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    return lambda: os.close(handle)
