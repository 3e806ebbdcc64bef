"""Web archives: the pages in a WARC file as work items.

Responses with status 200, resources and conversions (extracted text) of HTML, plain text and PDF are pages; every
other record is passed over. A damaged place costs the records that it touches: reading goes on at the next one.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from io import BufferedReader

from fastwarc.warc import ArchiveIterator, WarcRecord, WarcRecordType

from claimstake.readers.base import Failure, Limits, Source
from claimstake.readers.items import Item
from claimstake.readers.unpacking import GZIP
from claimstake.readers.web import http_page, item_of, plain_page

_TEXT = WarcRecordType.resource | WarcRecordType.conversion
_HEAD = 65_536  # bytes of a record too long for a page that are looked at, to tell whether it is one
_BLOCK = 1 << 20
_MOST_RESTARTS = 10_000  # after damage, in one file
_MEND = "download it again; what could be read of it was"
_GZIP_BITS = 31  # zlib's word for "with a gzip header"
_GZIP_MEMBER = GZIP + b"\x08"
_FIRST_LINE = b"\nWARC/1."


def pages(source: Source, limits: Limits) -> Iterator[Item | Failure]:
    """The pages of a WARC file, in its order; a Failure in the place of what is damaged."""
    with source.open_stored() as stream:
        file = _File(stream, source, limits)
        start: int | None = 0
        sound = True  # whether a record was read since the last failure
        for _ in range(_MOST_RESTARTS):
            try:
                for record, block in file.records(start or 0):
                    sound = True
                    yield from _page(record, block, source, limits)
                return
            except OSError as error:
                if error.errno is not None:
                    raise
                if sound:
                    yield Failure(source.name, f"is damaged at byte {file.position:,}: {error}", _MEND)
                sound = False
            start = file.next_start()
            if start is None:
                return


class _File:
    """A WARC file as it is read.

    Attributes:
        position: offset in the file as it is stored, of the record that was met last.
    """

    def __init__(self, stream: BufferedReader, source: Source, limits: Limits) -> None:
        self._stream, self._limits = stream, limits
        self._budget = source.budget or source.fresh_budget(stream, limits)
        self._gzipped = stream.peek(2).startswith(GZIP)
        self.position = 0

    def records(self, start: int) -> Iterator[tuple[WarcRecord, bytes]]:
        """Records from an offset on with their blocks; of one that is too long for a page only the beginning.

        Raises:
            OSError: without errno: here the file is damaged.
        """
        if start:
            self._stream.seek(start)
        self.position, read = start, 0
        for record in ArchiveIterator(self._stream, parse_http=False, fsspec_args=False):
            self.position = record.stream_pos
            if not (record.headers.get("WARC-Type") and record.headers.get("Content-Length")):
                raise OSError("the header of a record is cut")
            yield record, self._block(record)
            read += 1
        if not read:
            raise OSError("no record is there")
        if self._gzipped and self._is_cut():
            raise OSError("it ends within a record")

    def next_start(self) -> int | None:
        """Where the next record may begin, None where there is none or the stream cannot be searched."""
        if not self._stream.seekable():
            return None
        mark, skipped = (_GZIP_MEMBER, 0) if self._gzipped else (_FIRST_LINE, 1)
        place = self.position + 1
        self._stream.seek(place)
        held = b""
        while block := self._stream.read(_BLOCK):
            held += block
            found = held.find(mark)
            if found >= 0:
                return place + found + skipped
            place += len(held) - len(mark) + 1
            held = held[1 - len(mark) :]
        return None

    def _block(self, record: WarcRecord) -> bytes:
        length = record.content_length
        is_long = length > self._limits.max_bytes
        block = record.reader.read(_HEAD if is_long else length)
        taken = len(block)
        self._budget.take(taken)
        while is_long and (skipped := record.reader.consume(_BLOCK)):
            taken += skipped
            self._budget.take(skipped)
        if taken < length:
            raise OSError("it ends within a record")
        return block

    def _is_cut(self) -> bool:
        """Whether the last gzip member lacks its end, which reading the records does not show."""
        if not self._stream.seekable():
            return False
        self._stream.seek(self.position)
        data = self._stream.read(_BLOCK)
        while data.startswith(_GZIP_MEMBER):
            member = zlib.decompressobj(wbits=_GZIP_BITS)
            while not member.eof:
                room = _BLOCK - len(member.decompress(data, _BLOCK))
                data = member.unconsumed_tail
                if not data and room and not member.eof and not (data := self._stream.read(_BLOCK)):
                    return True
            data = member.unused_data + self._stream.read(_BLOCK)
        return False


def _page(record: WarcRecord, block: bytes, source: Source, limits: Limits) -> Iterator[Item | Failure]:
    """The page in a record, where there is one."""
    url = (record.headers.get("WARC-Target-URI") or "").strip("<> ")
    whole = len(block) == record.content_length
    if record.record_type & _TEXT:
        stated = record.headers.get("Content-Type")
        page = plain_page(url, stated, block, whole=whole)
    elif record.record_type & WarcRecordType.response and record.is_http:
        page = http_page(url, block, limits, whole=whole)
    else:
        return
    if page is not None:
        yield item_of(page, source, limits)
