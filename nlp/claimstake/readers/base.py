"""What every reader takes and gives: a source, limits, and articles or failures."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from claimstake.errors import ReadError
from claimstake.readers.items import Item
from claimstake.readers.position import Position, WatchedFile
from claimstake.readers.unpacking import GZIP, Budget, unpacked
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
    max_members: int = 1_000_000
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
        budget: counts what is unpacked from the file around it.
    """

    name: str
    stem: str
    id: str = ""
    path: str | None = None
    data: bytes = field(default=b"", repr=False)
    gzipped: bool = False
    size: int | None = None
    opener: Callable[[], io.BufferedReader] | None = None
    once: bool = False
    encoding: str | None = None
    depth: int = 0
    watch: Position | None = None
    budget: Budget | None = None

    def open(self, limits: Limits) -> BinaryIO:
        """A buffered byte stream, decompressed; reading it raises ReadError where it unpacks to far too much."""
        stored = self.open_stored()
        return unpacked(stored, GZIP, self.budget or self.fresh_budget(stored, limits)) if self.gzipped else stored

    def fresh_budget(self, stored: BinaryIO, limits: Limits) -> Budget:
        """What it may unpack to, by how much of it was read."""
        return Budget(self.name, stored.tell, limits.max_bytes, limits.max_ratio)

    def open_stored(self) -> io.BufferedReader:
        """The bytes as they are stored."""
        if self.opener:
            return self.opener()
        if self.path is None:
            return io.BufferedReader(io.BytesIO(self.data))  # type: ignore[arg-type]
        return io.BufferedReader(WatchedFile(self.path, self.watch)) if self.watch else open(self.path, "rb")  # noqa: PTH123, SIM115 - the caller closes it

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
