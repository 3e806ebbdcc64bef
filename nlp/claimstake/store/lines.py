"""A file of lines that only grows at its end, plain or gzip, and can be rewritten without some of its lines."""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

from claimstake.store.durable import sync

REWRITTEN = 8 << 20  # bytes of lines that are written, and packed, together when a file is rewritten
PACKING = 6  # gzip's level; 9 takes three times as long for 1% less


class LineFile:
    """A file of lines, each of which ends in a line feed.

    Every `append` to a file that ends in .gz makes one gzip member, so that the file can be cut after any of them
    and is still whole; readers of gzip see one stream.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.packed = path.suffix == ".gz"
        self._stream: IO[bytes] | None = None

    def open(self, size: int) -> None:
        """Open for appending after `size` bytes; what stands behind them is cut off. Makes the file where it lacks."""
        made = not self.path.exists()
        self._stream = self.path.open("ab", buffering=0)
        if made:
            sync(self.path.parent)
        self.cut(size)

    def append(self, lines: Iterable[bytes]) -> int:
        """Write lines so that a power loss does not lose them.

        Returns:
            Bytes of the file.
        Raises:
            OSError: disk full, for one; some of the bytes may have been written: see `cut`.
        """
        stream = self._opened()
        data = memoryview(self._pack(b"".join(lines)))
        while data:  # a write to a disk that fills up stops short
            data = data[stream.write(data) :]
        os.fsync(stream.fileno())
        return os.fstat(stream.fileno()).st_size

    def cut(self, size: int) -> None:
        """Leave the first `size` bytes."""
        stream = self._opened()
        if os.fstat(stream.fileno()).st_size > size:
            stream.truncate(size)
            os.fsync(stream.fileno())

    def rewrite(self, target: Path, without: Iterator[int]) -> int:
        """Write the lines to another file, in their order, but for some.

        Args:
            target: is made anew, packed where this one is.
            without: rising numbers of the lines to leave out, from 0.
        Returns:
            Bytes of the target.
        """
        target.unlink(missing_ok=True)
        copy = LineFile(target)
        copy.packed = self.packed
        copy.open(0)
        size = 0
        try:
            for lines in _portions(self._kept(without)):
                size = copy.append(lines)
        finally:
            copy.close()
        return size

    def close(self) -> None:
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def _kept(self, without: Iterator[int]) -> Iterator[bytes]:
        opener = gzip.open if self.packed else open
        dropped = next(without, None)
        with opener(self.path, "rb") as stream:
            for number, line in enumerate(stream):
                if number == dropped:
                    dropped = next(without, None)
                else:
                    yield line

    def _pack(self, data: bytes) -> bytes:
        return gzip.compress(data, PACKING, mtime=0) if self.packed else data

    def _opened(self) -> IO[bytes]:
        if self._stream is None:
            raise ValueError(f"{self.path} is not open")
        return self._stream


def _portions(lines: Iterable[bytes]) -> Iterator[list[bytes]]:
    portion: list[bytes] = []
    size = 0
    for line in lines:
        portion.append(line)
        size += len(line)
        if size >= REWRITTEN:
            yield portion
            portion, size = [], 0
    if portion:
        yield portion
