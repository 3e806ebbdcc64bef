"""Decompressing streams that a bomb cannot hurt: what is unpacked is counted against what it was packed in."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Callable
from typing import Any, BinaryIO

from claimstake.errors import ReadError

GZIP, BZIP2, XZ = b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0"
_XZ_MEMORY = 256 << 20  # bytes that a decompressor may take; a file can ask for four gigabytes
_CHUNK = 1 << 18
_WITH_HEADER = 31  # zlib's word for gzip


class Budget:
    """How much one file may unpack to, with all that is packed in what it holds.

    What is larger than `most` may be so only where the file is large: texts shrink to a fifth, bombs to a thousandth.

    Args:
        name: of the file, for the message.
        packed: bytes of the file, or of what was read of it so far.
        most: bytes that any file may unpack to.
        ratio: how many times `packed` a larger one may unpack to.
    """

    def __init__(self, name: str, packed: Callable[[], int], most: int, ratio: int) -> None:
        self._name, self._packed, self._most, self._ratio = name, packed, most, ratio
        self._taken = 0
        self.exceeded = False

    def take(self, count: int) -> None:
        """Count unpacked bytes; ReadError where there are too many."""
        self._taken += count
        if self._taken > self._most and self._taken > self._ratio * self._packed():
            self.exceeded = True
            problem = f"unpacks to more than {self._most:,} bytes, {self._ratio} times what it is packed in"
            raise ReadError(self._name, problem, "unpack it and split it, or raise max_bytes")


class Counted(io.RawIOBase):
    """A stream whose bytes are counted against a budget.

    Args:
        stream: is read from, and closed with this one.
        budget: what counts.
        below: further streams to close.
    """

    def __init__(self, stream: Any, budget: Budget, *below: BinaryIO) -> None:
        self._stream, self._budget, self._below, self._count = stream, budget, below, 0

    def tell(self) -> int:
        return self._count

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        taken = self._stream.read(len(buffer))
        self._count += len(taken)
        self._budget.take(len(taken))
        buffer[: len(taken)] = taken
        return len(taken)

    def close(self) -> None:
        for stream in (self._stream, *self._below):
            stream.close()
        super().close()


class _Decompressed(io.RawIOBase):
    """bzip2 or xz, streams one after the other as one, in bounded memory."""

    def __init__(self, stored: BinaryIO, fresh: Callable[[], Any]) -> None:
        self._stored, self._fresh, self._decompressor = stored, fresh, fresh()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        taken = b""
        while not taken:
            fed = b""
            if self._decompressor.eof:
                fed = self._decompressor.unused_data or self._stored.read(_CHUNK)
                if not fed.strip(b"\0"):
                    return 0
                self._decompressor = self._fresh()
            elif self._decompressor.needs_input:
                fed = self._stored.read(_CHUNK)
                if not fed:
                    raise EOFError("the compressed data end too early")
            taken = self._decompressor.decompress(fed, len(buffer))
        buffer[: len(taken)] = taken
        return len(taken)


def unpacked(stored: BinaryIO, packing: bytes, budget: Budget) -> io.BufferedReader:
    """The bytes behind a gzip, bzip2 or xz stream, which is closed with them.

    Args:
        stored: at its beginning.
        packing: its first bytes, such as GZIP; where they are none of the three, `stored` itself is counted.
        budget: counts what comes out.
    """
    stream: Any = stored
    if packing.startswith(GZIP):
        stream = gzip.GzipFile(fileobj=stored)
    elif packing.startswith(BZIP2):
        stream = _Decompressed(stored, bz2.BZ2Decompressor)
    elif packing.startswith(XZ):
        stream = _Decompressed(stored, lambda: lzma.LZMADecompressor(memlimit=_XZ_MEMORY))
    return io.BufferedReader(Counted(stream, budget, stored), _CHUNK)


class _Rejoined(io.RawIOBase):
    """A stream with what was read of it in front again."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head, self._rest, self._count = head, rest, 0

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._count

    def readinto(self, buffer: Any, /) -> int:
        taken = self._head[: len(buffer)] or self._rest.read1(len(buffer))  # type: ignore[attr-defined]
        self._head = self._head[len(taken) :]
        self._count += len(taken)
        buffer[: len(taken)] = taken
        return len(taken)

    def close(self) -> None:
        self._rest.close()
        super().close()


def rejoined(head: bytes, rest: io.BufferedReader) -> io.BufferedReader:
    """A stream that was looked at, from its beginning; it cannot be sought in."""
    return io.BufferedReader(_Rejoined(head, rest))


def head_of(stored: bytes) -> bytes:
    """The first bytes behind the first ones of a gzip stream; none where it is damaged."""
    try:
        return zlib.decompressobj(wbits=_WITH_HEADER).decompress(stored, len(stored))
    except zlib.error:
        return b""
