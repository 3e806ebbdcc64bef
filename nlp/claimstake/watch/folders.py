"""Drop folders: the files that are there, then those that come; a file that is still being written waits.

The operating system tells what changed (watchfiles); a file is taken once its size and time stand still for a while.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from claimstake.errors import ConfigError
from claimstake.readers import Failure
from claimstake.readers.base import Source
from claimstake.readers.sources import below, walk

QUIET = 2.0  # seconds that a file stands still before it is taken
STEP = 200  # milliseconds between two looks of the watching thread at whether to end
AGAIN = 30.0  # seconds after which a folder that could not be watched is tried again


@dataclass
class _Candidate:
    """A file that changed: what it was when we last looked, and since when it has been so."""

    folder: str
    state: tuple[int, int] | None = None
    since: float = 0.0


class Folders:
    """Watches folders.

    Args:
        names: of the folders, as the user wrote them.
        without: files and folders below them that are none of ours, such as the database.
        quiet: see QUIET.

    Raises:
        ConfigError: one of them is no folder.
    """

    def __init__(self, names: Sequence[str], *, without: Sequence[Path] = (), quiet: float = QUIET) -> None:
        self._folders: dict[str, str] = {}
        for name in names:
            path = Path(name).expanduser()
            if not path.is_dir():
                mend = "make the folder, or write https:// before the address"
                raise ConfigError(f"{name}: is neither a folder nor the address of a feed ({mend})")
            self._folders[os.path.realpath(path)] = str(path)
        self._without = [os.path.realpath(path) for path in without]
        self._quiet = quiet
        self._waiting: dict[str, _Candidate] = {}
        self._lock = threading.Lock()
        self._stop = threading.Event()

    def begin(self, *, once: bool = False) -> None:
        """Take note of the files that are there, and unless it is for once, of those to come."""
        if self._folders and not once:
            threading.Thread(target=self._watch, name="folders", daemon=True).start()
        for real, name in self._folders.items():
            self._look_through(real, name)

    def close(self) -> None:
        """Watch no more."""
        self._stop.set()

    @property
    def pending(self) -> int:
        """Files that wait until they stand still."""
        return len(self._waiting)

    def ready(self) -> Iterator[Source | Failure]:
        """Files that stand still, each once until it changes again; sorted by their paths."""
        now, wall = time.monotonic(), time.time()
        with self._lock:
            still = sorted(
                path for path, candidate in self._waiting.items() if self._is_still(path, candidate, now, wall)
            )
            taken = [(path, self._waiting.pop(path)) for path in still]
        for path, candidate in taken:
            if candidate.state is not None and (found := _found(path, candidate.folder)):
                yield found

    def _is_still(self, path: str, candidate: _Candidate, now: float, wall: float) -> bool:
        """Whether nothing happened to a file for long enough; one that is gone is, too."""
        try:
            status = os.stat(path)  # noqa: PTH116
        except OSError:
            candidate.state = None
            return True
        state = (status.st_size, status.st_mtime_ns)
        if state != candidate.state:
            old = 0 <= wall - max(status.st_mtime, status.st_ctime) > self._quiet
            candidate.since = now - (self._quiet if candidate.state is None and old else 0.0)
            candidate.state = state
        return now - candidate.since >= self._quiet

    def _watch(self) -> None:
        """Body of the thread; where the system cannot tell of changes, or a folder went, try again."""
        from watchfiles import Change, watch

        while not self._stop.is_set():
            try:
                options = {"step": STEP, "rust_timeout": 1_000, "stop_event": self._stop, "raise_interrupt": False}
                for changes in watch(*self._folders, watch_filter=None, ignore_permission_denied=True, **options):
                    for change, path in changes:
                        if change != Change.deleted:
                            self._changed(path)
            except Exception:  # noqa: BLE001 - a folder that is unmounted, no more watches to be had
                self._stop.wait(AGAIN)
                for real, name in self._folders.items():
                    self._look_through(real, name)

    def _changed(self, path: str) -> None:
        for real, name in self._folders.items():
            if path.startswith(real.rstrip("/") + "/"):
                if os.path.isdir(path):  # noqa: PTH112 - moved in: the system does not tell of what is in it
                    self._look_through(real, name, path)
                else:
                    self._note(path, name)
                return

    def _look_through(self, real: str, name: str, inner: str | None = None) -> None:
        """Note all files of a folder, or of one below it."""
        for source in walk([inner or real], without=[Path(path) for path in self._without]):
            if isinstance(source, Source) and source.path:
                self._note(source.path, name)

    def _note(self, path: str, folder: str) -> None:
        if any(path == left or path.startswith(left.rstrip("/") + "/") for left in self._without):
            return
        with self._lock:
            self._waiting.setdefault(path, _Candidate(folder))


def _found(path: str, folder: str) -> Source | Failure | None:
    """A file as a source; whoever may drop files must not get others read by links to them."""
    real = os.path.realpath(folder)
    name = _under(path, real, folder)
    if not os.path.realpath(path).startswith(real.rstrip("/") + "/"):
        return Failure(name, "is a link that leads out of the folder", "put the file itself there")
    return below(folder, name)


def _under(path: str, real: str, folder: str) -> str:
    """A file's path by the folder's name as the user wrote it."""
    return os.path.join(folder, os.path.relpath(path, real))  # noqa: PTH118
