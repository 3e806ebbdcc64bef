"""What every reader takes and gives: a source, limits, and articles or failures."""

from __future__ import annotations

import gzip
import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from claimstake.errors import ReadError
from claimstake.readers.items import Item
from claimstake.readers.position import Position, WatchedFile
from claimstake.records import Article

# Names under which a record or a table may hold its text, the first that is filled counts.
TEXT_NAMES = ("text", "body", "content", "article", "html")
HTML_NAME = "html"

_LONGEST_CHAR = 4  # bytes that one character takes at most in UTF-8, UTF-16 and UTF-32
_CONTROL = re.compile(r"[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_MOST_CONTROL = 0.02  # share of control characters above which decoded bytes are no text
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Limits:
    """How much a reader may take in, and where it finds the text of a table.

    Args:
        max_chars: characters of one article's text, at most.
        max_bytes: bytes of one document, before and after decompression, at most. Files that hold many documents
            (JSON Lines, CSV, Parquet, archives) may be larger.
        max_ratio: how many times its packed size such a file may unpack to, where that is more than `max_bytes`.
        max_members: how many members an archive may have.
        max_nesting: how deep archives may lie in archives.
        max_depth: how deep the tags of an HTML page may nest.
        max_elements: how many elements an HTML page may have; extraction takes more than linear time.
        text_column: name of the column (table) or key (JSON) that holds the text; None tries `TEXT_NAMES`.
    """

    max_chars: int = 2_000_000
    max_bytes: int = 200_000_000
    max_ratio: int = 200
    max_members: int = 10_000_000
    max_nesting: int = 3
    max_depth: int = 200
    max_elements: int = 60_000
    text_column: str | None = None


@dataclass(frozen=True)
class Failure:
    """One source, or one record of it, that could not be read.

    Args:
        source: path or name, with line or row where there is one.
        problem: what is wrong, in one clause.
        mend: what the user can do about it.
        document: id of the record, where it is known.
    """

    source: str
    problem: str
    mend: str = ""
    document: str | None = None

    def __str__(self) -> str:
        name = f"{self.source}: document {self.document}" if self.document else self.source
        return f"{name}: {self.problem}" + (f" ({self.mend})" if self.mend else "")

    @classmethod
    def of(cls, error: ReadError, document: str | None = None) -> Failure:
        return cls(error.source, error.problem, error.mend, document)


@dataclass(frozen=True)
class Source:
    """Bytes with a name: a file, a member of an archive, or standard input.

    Args:
        name: what messages and `Article.source` show.
        stem: file name without its suffixes; the short id of an article that has none of its own.
        id: its id by its place: path below the folder that was named, name within an archive.
        path: the file, None where the bytes lie elsewhere.
        data: the bytes, where there is neither path nor opener.
        gzipped: whether the bytes are to be decompressed on the way.
        size: bytes as they are stored, None where nobody knows.
        opener: opens what is neither file nor `data`.
        once: whether `opener` gives one pass only.
        encoding: character set that the container states.
        depth: how many archives lie around it.
        watch: is told how far the file was read.
    """

    name: str
    stem: str
    id: str = ""
    path: Path | None = None
    data: bytes = field(default=b"", repr=False)
    gzipped: bool = False
    size: int | None = None
    opener: Callable[[], BinaryIO] | None = None
    once: bool = False
    encoding: str | None = None
    depth: int = 0
    watch: Position | None = None

    def open(self, limits: Limits) -> BinaryIO:
        """A buffered byte stream, decompressed; ReadError where it unpacks to more than a text could."""
        if not self.gzipped:
            return self.open_stored()
        stored = self.open_stored()
        return io.BufferedReader(_Bounded(gzip.GzipFile(fileobj=stored), stored, self.name, limits))

    def open_stored(self) -> BinaryIO:
        """The bytes as they are stored."""
        if self.opener:
            return self.opener()
        if self.path is None:
            return io.BytesIO(self.data)
        return io.BufferedReader(WatchedFile(self.path, self.watch)) if self.watch else self.path.open("rb")

    def read(self, limits: Limits, *, at_most: int | None = None) -> bytes:
        """All bytes; ReadError where there are more than `at_most`."""
        with self.open(limits) as stream:
            if at_most is None:
                return stream.read()
            data = stream.read(at_most + 1)
        if len(data) > at_most:
            raise too_long(self.name, limits)
        return data

    def read_text_bytes(self, limits: Limits, *, markup: int = 1) -> bytes:
        """The bytes of one document, no more than its longest text could need.

        Args:
            markup: how many characters of the file may stand for one of its text.
        """
        return self.read(limits, at_most=(limits.max_chars * markup + 1) * _LONGEST_CHAR)

    def record(self, data: bytes, kind: str, number: int, notes: Sequence[str] = ()) -> Item:
        """One of its records as a work item; `kind` and `number` say where it stands: "line", 3."""
        folder = self.id.rpartition("/")[0]
        stem = f"{self.stem}-{number}"
        place = f"{folder}/{stem}" if folder else stem
        return Item(f"{self.name}: {kind} {number}", place, "record", data, stem=stem, notes=tuple(notes))

    def error(self, problem: str, mend: str = "") -> ReadError:
        return ReadError(self.name, problem, mend)


Reader = Callable[[Source, Limits], Iterator[Article | Failure]]  # of one document
Lister = Callable[[Source, Limits], "Iterator[Item | Source | Failure]"]  # of a file that holds several


class _Bounded(io.RawIOBase):
    """A decompressing stream that stops a small file from unfolding into a huge one.

    What is larger than `limits.max_bytes` may be so only where it was large before: texts shrink to a fifth.
    """

    def __init__(self, stream: gzip.GzipFile, stored: BinaryIO, name: str, limits: Limits) -> None:
        self._stream, self._stored, self._name, self._limits, self._taken = stream, stored, name, limits, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:
        taken = self._stream.read(len(buffer))
        self._taken += len(taken)
        if self._taken > self._limits.max_bytes:
            check_ratio(self._stored.tell(), self._taken, self._name, self._limits)
        buffer[: len(taken)] = taken
        return len(taken)

    def close(self) -> None:
        self._stream.close()
        self._stored.close()
        super().close()


def check_ratio(packed: int, unpacked: int, name: str, limits: Limits) -> None:
    """Raise ReadError where bytes above `limits.max_bytes` came out of far too few."""
    if unpacked > limits.max_bytes and unpacked > limits.max_ratio * packed:
        problem = f"unpacks to more than {limits.max_bytes:,} bytes, {limits.max_ratio} times what it is packed in"
        raise ReadError(name, problem, "unpack it and split it, or raise max_bytes")


def too_long(name: str, limits: Limits) -> ReadError:
    """The error for a text above `limits.max_chars`."""
    return ReadError(name, f"text is longer than {limits.max_chars:,} characters", "split it, or raise max_chars")


def check_text(text: str, name: str, limits: Limits) -> None:
    """Raise ReadError where `text` is empty, binary or too long."""
    if len(text) > limits.max_chars:
        raise too_long(name, limits)
    if "\0" in text:
        problem = "holds NUL bytes, so it is binary data and not text"
        raise ReadError(name, problem, "convert it to text, or give the file the suffix of its real format")
    if not text.strip():
        raise ReadError(name, "holds no text", "leave it out, or check how it was saved")
    sample = text[:20_000]
    if len(_CONTROL.findall(sample)) > _MOST_CONTROL * len(sample):
        problem = "is full of control characters, so it is binary data and not text"
        raise ReadError(name, problem, "give the file the suffix of its real format")


def without_surrogates(text: str) -> tuple[str, list[str]]:
    """Text that can be stored as UTF-8 (same length), and a note where something was replaced."""
    clean, count = _SURROGATE.subn("\ufffd", text)
    return clean, [f"{count} lone surrogates replaced by U+FFFD"] if count else []
