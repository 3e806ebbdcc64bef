"""ARC files, in which web crawlers stored pages before WARC: a line about each page, then the HTTP response."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from claimstake.readers.base import Failure, Limits, Source
from claimstake.readers.items import Item
from claimstake.readers.unpacking import unpacked
from claimstake.readers.web import http_page, item_of

_VERSION_BLOCK = "filedesc:"
_FIELDS = {b"1": 4, b"2": 9}  # of a page's line after the address, by the file's version
_LONGEST_LINE = 65_536
_SKIPPED = 1 << 20  # bytes at a time
_MEND = "download it again; what could be read of it was"


def pages(source: Source, limits: Limits) -> Iterator[Item | Failure]:
    """The pages of an ARC file, in its order; the first damaged place ends it, for nothing marks where pages begin."""
    stored = source.open_stored()
    budget = source.budget or source.fresh_budget(stored, limits)
    with unpacked(stored, stored.peek(2), budget) as stream:
        fields = 4
        while line := _next_line(stream):
            position = stream.tell() - len(line)
            url, length = _described(line, fields)
            if length is None:
                yield Failure(source.name, f"is damaged at byte {position:,}: no line about a page", _MEND)
                return
            block = _block(stream, length, limits)
            if block is None:
                yield Failure(source.name, f"is damaged at byte {position:,}: it ends within a page", _MEND)
                return
            if url.startswith(_VERSION_BLOCK):
                fields = _FIELDS.get(block[:1], 4)
            elif page := http_page(url, block, limits, whole=len(block) == length):
                yield item_of(page, source, limits)


def _next_line(stream: BinaryIO) -> bytes:
    """The next line that is not blank, b"" at the end."""
    while (line := stream.readline(_LONGEST_LINE)) and not line.strip():
        pass
    return line


def _described(line: bytes, fields: int) -> tuple[str, int | None]:
    """Address and length of a page by its line; an address may hold spaces. No length where it is no such line."""
    parts = line.decode("utf-8", "replace").strip().rsplit(" ", fields)
    if len(parts) <= fields or ":" not in parts[0] or not (parts[-1].isascii() and parts[-1].isdigit()):
        return "", None
    return parts[0], int(parts[-1])


def _block(stream: BinaryIO, length: int, limits: Limits) -> bytes | None:
    """A page's bytes, only the first of them where they are too many for a page; None where the file ends before."""
    taken = stream.read(min(length, limits.max_bytes))
    missing = length - len(taken)
    while missing and (skipped := len(stream.read(min(missing, _SKIPPED)))):
        missing -= skipped
    return None if missing else taken
