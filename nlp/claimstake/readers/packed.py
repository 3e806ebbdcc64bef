"""ZIP and tar archives: their members as sources, one after the other, nothing written to disk.

A member's name is only a name, whatever its path says. Folders, links, devices and hidden files are passed over.
"""

from __future__ import annotations

import io
import stat
import struct
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, Self

from claimstake.readers.base import Failure, Limits, Source
from claimstake.readers.sources import is_passed_over, stem_of
from claimstake.readers.unpacking import Budget, Counted, unpacked

_MEND = "download or pack it again"
_ENTRY = 256  # bytes that a member takes in a ZIP archive's directory, on average at most: 46 and its name
_ENTRY_MARK = b"PK\1\2"
_LONGEST_HEADER = 16 << 20  # bytes that may lie between two members of a tar archive
_MAGIC = 6  # bytes
_READ = 1 << 18  # bytes of a tar archive at a time
_ENCRYPTED = 0x1
# Ends of a ZIP archive (APPNOTE 4.3.14 to 4.3.16): mark and size of the directory; mark and place of its 64-bit form.
_END = struct.Struct("<4s8xL6x")
_LOCATOR = struct.Struct("<4s4xQ4x")
_ZIP64_SIZE_AT = 40
_IN_ZIP64 = 0xFFFFFFFF
_LONGEST_COMMENT = 65_535


def members_of_zip(source: Source, limits: Limits) -> Iterator[Source | Failure]:
    """The files in a ZIP archive, in the order of its directory."""
    with _stored(source) as stream:
        _check_directory(stream, source, limits)
        try:
            archive = zipfile.ZipFile(stream)
        except (zipfile.BadZipFile, OSError, ValueError) as error:
            raise source.error(f"is a damaged ZIP archive, or none: {error}", _MEND) from error
        size = _size(stream)
        packed = [0]
        budget = source.budget or Budget(source.name, lambda: min(packed[0], size), limits.max_bytes, limits.max_ratio)
        with archive:
            for info in archive.infolist():
                packed[0] += info.compress_size
                member = _zip_member(archive, info, source, budget)
                if member is not None:
                    yield member
                if source.watch:
                    source.watch.at(min(size, info.header_offset + info.compress_size))
                if budget.exceeded:
                    return


def members_of_tar(source: Source, limits: Limits) -> Iterator[Source | Failure]:
    """The files in a tar archive, plain or compressed, in one pass."""
    stored = source.open_stored()
    budget = source.budget or source.fresh_budget(stored, limits)
    stream = _Paced(unpacked(stored, stored.peek(_MAGIC)[:_MAGIC], budget))
    header = _fresh_header()
    number = 0
    with stream, tarfile.open(fileobj=stream, mode="r|", bufsize=_READ, tarinfo=header, ignore_zeros=True) as archive:
        while (info := _next(archive, stream)) is not None:
            number += 1
            if number > limits.max_members:
                raise _too_many(source, limits)
            member = _tar_member(archive, info, source, budget)
            if member is not None:
                yield member
            if budget.exceeded:
                return
    if header.damaged:
        raise source.error("is damaged: some of its members could not be found", _MEND)
    if not number:
        raise source.error("is a damaged tar archive, or none", _MEND)


def _stored(source: Source) -> BinaryIO:
    """The archive's file; a ZIP archive is not read from its beginning to its end, so nobody watches."""
    return open(source.path, "rb") if source.path else source.open_stored()  # noqa: PTH123


def _size(stream: BinaryIO) -> int:
    return stream.seek(0, io.SEEK_END)


def _check_directory(stream: BinaryIO, source: Source, limits: Limits) -> None:
    """Raise ReadError where the directory alone would fill the memory; what is no directory is left to zipfile."""
    size = _size(stream)
    start = stream.seek(max(0, size - _END.size - _LONGEST_COMMENT - _LOCATOR.size))
    tail = stream.read()
    at = tail.rfind(b"PK\5\6")
    if at < 0 or len(tail) - at < _END.size:
        return
    directory = _END.unpack_from(tail, at)[1]
    if directory == _IN_ZIP64 and at >= _LOCATOR.size:
        mark, where = _LOCATOR.unpack_from(tail, at - _LOCATOR.size)
        stream.seek(where if mark == b"PK\6\7" and where < size else start)
        directory = int.from_bytes(stream.read(_ZIP64_SIZE_AT + 8)[_ZIP64_SIZE_AT:], "little")
    if directory > size:
        return
    if directory > _ENTRY * limits.max_members or _entries(stream, size - directory - len(tail)) > limits.max_members:
        raise _too_many(source, limits)


def _entries(stream: BinaryIO, start: int) -> int:
    """How many entries the directory has, whatever it says about itself."""
    stream.seek(max(0, start))
    return sum(block.count(_ENTRY_MARK) for block in iter(lambda: stream.read(_READ), b""))


def _too_many(source: Source, limits: Limits) -> Exception:
    return source.error(f"has more than {limits.max_members:,} members", "split it, or raise max_members")


def _zip_member(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, source: Source, budget: Budget
) -> Source | Failure | None:
    name = _name(info.filename)
    if info.filename.endswith("/") or stat.S_ISLNK(info.external_attr >> 16) or is_passed_over(name):
        return None
    if info.flag_bits & _ENCRYPTED:
        return Failure(f"{source.name}: {name}", "is encrypted", "unpack it with its password")
    return _member(source, name, info.file_size, budget, lambda: _opened(archive, info), once=False)


def _opened(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Any:
    try:
        return archive.open(info)
    except ValueError as error:  # an offset before the file's beginning
        raise zipfile.BadZipFile(str(error)) from error


def _tar_member(
    archive: tarfile.TarFile, info: tarfile.TarInfo, source: Source, budget: Budget
) -> Source | Failure | None:
    name = _name(info.name)
    if not info.isreg() or is_passed_over(name):
        return None
    return _member(source, name, info.size, budget, lambda: archive.extractfile(info), once=True)


def _member(source: Source, name: str, size: int, budget: Budget, opened: Callable[[], Any], *, once: bool) -> Source:
    place = f"{source.id}/{name}" if source.depth else name
    return Source(
        f"{source.name}: {name}",
        stem_of(name),
        place,
        gzipped=name.lower().endswith(".gz"),
        size=size,
        opener=lambda: io.BufferedReader(Counted(opened(), budget)),
        once=once,
        depth=source.depth + 1,
        budget=budget,
    )


def _name(name: str) -> str:
    """A member's name below the archive, wherever it wants to be unpacked to."""
    parts = name.encode("utf-8", "replace").decode("utf-8").replace("\\", "/").split("/")
    return "/".join(part for part in parts if part not in ("", ".", "..")) or "unnamed"


def _next(archive: tarfile.TarFile, stream: _Paced) -> tarfile.TarInfo | None:
    """The next member; what lies before it may be passed over, but not be endless."""
    stream.most = archive.offset + _LONGEST_HEADER
    info = archive.next()
    stream.most = None
    archive.members = []  # type: ignore[attr-defined]  # else it keeps every header
    return info


class _Header(tarfile.TarInfo):
    """Notes that there was something that is no header where one should stand."""

    damaged = False

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str | None, errors: str) -> Self:
        try:
            return super().frombuf(buf, encoding, errors)  # type: ignore[arg-type]
        except tarfile.HeaderError:
            cls.damaged = cls.damaged or bool(buf.strip(b"\0"))
            raise


def _fresh_header() -> type[_Header]:
    """A class of its own for every archive: tarfile makes headers by class."""

    class Header(_Header):
        pass

    return Header


class _Paced(io.RawIOBase):
    """A stream that can be told how far it may be read: a header can ask for gigabytes."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream, self._read = stream, 0
        self.most: int | None = None

    def read(self, size: int = -1) -> bytes:
        if self.most is not None and self._read > self.most:
            raise tarfile.ReadError("no member for many bytes")
        taken = self._stream.read(size)
        self._read += len(taken)
        return taken

    def close(self) -> None:
        self._stream.close()
        super().close()
