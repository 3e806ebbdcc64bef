"""How far the listing of sources has come, in bytes of the files as they lie on disk."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Position:
    """What a progress display needs; `streaming.items` moves it on.

    Attributes:
        total: bytes of all sources, see `streaming.measure`; None where nobody can know (standard input).
        done: bytes of those that are listed.
    """

    total: int | None = None
    done: int = 0
    _finished: int = field(default=0, repr=False)  # bytes of the files before the current one

    def at(self, offset: int) -> None:
        """The current file is listed up to `offset`."""
        self.done = self._finished + offset

    def finish(self, size: int) -> None:
        """The current file, of `size` bytes, is done with."""
        self._finished += size
        self.done = self._finished


class WatchedFile(io.FileIO):
    """A file that tells a position how far it was read."""

    def __init__(self, path: str, watch: Position) -> None:
        super().__init__(path, "rb")
        self._watch = watch

    def readinto(self, buffer: Any, /) -> int:  # noqa: D102 - as io.RawIOBase
        taken = super().readinto(buffer)
        self._watch.at(self.tell())
        return taken or 0
