"""Which documents tell one story: the connected components of copies, named after their smallest key.

Worked out of all signatures at once, so that it does not depend on the order in which documents came. Signatures lie in
a temporary file; in memory stand some 250 bytes a document with a signature, texts never.
"""

from __future__ import annotations

import datetime
import re
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from claimstake.duplicates.signature import (
    COUNT_AT,
    HEAD_MINIMA,
    LEAST_ALIKE,
    LEAST_HEAD,
    LEAST_SHARED,
    MINIMA,
    MINIMA_AT,
    SIZE,
    agree,
    read,
    shared,
)

ROWS = 3  # minima of a band: of copies that share 40% of their runs, 88% meet in one of the bands
BANDS = MINIMA // ROWS
NEIGHBOURS = 20  # documents of a band's bucket that each is compared with, by date and by key
DAYS = 10  # between the publication of copies, where both dates are known
CHUNK = 20_000  # pairs that are compared at a time
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_UNDATED = np.iinfo(np.int32).min


@dataclass(frozen=True)
class Told:
    """A document with a signature, as it stands in a store.

    Attributes:
        key: of the document.
        published: its date (EDTF), if it has one.
        signature: see `signature.signature`.
        story: that it belongs to so far, None where it was never said.
    """

    key: str
    published: str | None
    signature: bytes
    story: str | None = None


def changes(documents: Iterable[Told]) -> Iterator[tuple[str, str]]:
    """Key and story of each document whose story is another than it says.

    Args:
        documents: all that have signatures, in the order of their keys (by code point), which are of one length.
    """
    alone: list[str] = []
    with tempfile.TemporaryDirectory(prefix="claimstake-stories-") as folder:
        shelf = _Shelf(Path(folder) / "signatures")
        for document in documents:
            if read(document.signature):
                shelf.add(document)
            elif document.story != document.key:  # of another version, which nothing compares with
                alone.append(document.key)
        shelf.close()
        if len(shelf):
            yield from shelf.changes(_labels(shelf))
    yield from ((key, key) for key in alone)


class _Shelf:
    """Signatures in a file, and what of documents is kept in memory."""

    def __init__(self, path: Path) -> None:
        self._path, self._file = path, path.open("wb")
        self._keys, self._stories = bytearray(), bytearray()
        self._width = 0
        self._days: list[int] = []
        self._same: list[bool] = []

    def add(self, document: Told) -> None:
        self._file.write(document.signature[:SIZE].ljust(SIZE, b"\0") + len(document.signature).to_bytes(4, "little"))
        self._days.append(_day(document.published))
        key = document.key.encode()
        self._width = self._width or len(key)
        if len(key) != self._width:
            raise ValueError(f"keys of documents have one length, and {document.key!r} has another")
        self._keys += key
        self._stories += (document.story or "").encode().ljust(self._width)[: self._width]

    def __len__(self) -> int:
        return len(self._days)

    def close(self) -> None:
        """Go over from writing to reading."""
        self._file.close()
        self.days = np.array(self._days, dtype=np.int32)
        if len(self):
            self._data = np.memmap(self._path, dtype=np.uint8, mode="r", shape=(len(self), SIZE + 4))

    def signature(self, row: int) -> bytes:
        data = self._data[row].tobytes()
        return data[: int.from_bytes(data[SIZE:], "little")]

    def minima(self, rows: np.ndarray | slice) -> np.ndarray:
        """(rows, MINIMA) uint32."""
        return self._numbers(rows, MINIMA_AT, MINIMA)

    def heads(self, rows: np.ndarray) -> np.ndarray:
        """(rows, HEAD_MINIMA) uint32."""
        return self._numbers(rows, MINIMA_AT + 4 * MINIMA, HEAD_MINIMA)

    def counts(self, rows: np.ndarray) -> np.ndarray:
        """(rows,) of different runs of words."""
        return self._numbers(rows, COUNT_AT, 1)[:, 0].astype(float)

    def _numbers(self, rows: np.ndarray | slice, start: int, number: int) -> np.ndarray:
        return np.ascontiguousarray(self._data[rows, start : start + 4 * number]).view("<u4")

    def key(self, row: int) -> str:
        return self._at(self._keys, row)

    def changes(self, labels: np.ndarray) -> Iterator[tuple[str, str]]:
        for row, first in enumerate(labels):
            story = self.key(int(first))
            if self._at(self._stories, row) != story:
                yield self.key(row), story

    def _at(self, table: bytearray, row: int) -> str:
        return table[row * self._width : (row + 1) * self._width].decode().rstrip()


def _labels(shelf: _Shelf) -> np.ndarray:
    """The smallest row of each document's component: (documents,)."""
    size = len(shelf)
    labels = np.arange(size)
    found: list[np.ndarray] = []
    for band in range(BANDS):
        pairs = _candidates(_hashes(shelf, band), shelf.days)
        pairs = pairs[labels[pairs[:, 0]] != labels[pairs[:, 1]]]
        copies = _verified(shelf, pairs)
        if len(copies):
            found.append(copies)
            labels = _components(np.concatenate(found), size)
    return labels


def _hashes(shelf: _Shelf, band: int) -> np.ndarray:
    """A band's hash of every document: (documents,) uint64; three 32-bit minima mixed, collisions do not matter."""
    out = np.empty(len(shelf), dtype=np.uint64)
    for start in range(0, len(shelf), CHUNK):
        part = shelf.minima(slice(start, start + CHUNK))[:, band * ROWS : (band + 1) * ROWS].astype(np.uint64)
        mixed = part[:, 0]
        for column in range(1, ROWS):
            mixed = mixed * np.uint64(0x9E3779B97F4A7C15) + part[:, column]
        out[start : start + CHUNK] = mixed
    return out


def _candidates(hashes: np.ndarray, days: np.ndarray) -> np.ndarray:
    """Pairs of documents that share a bucket and may have been published together: (pairs, 2), without repetition."""
    size = len(hashes)
    found = [np.zeros(0, dtype=np.int64)]  # a pair as one number
    for order in (np.lexsort((days, hashes)), np.argsort(hashes, kind="stable")):
        in_order = hashes[order]
        for step in range(1, NEIGHBOURS + 1):
            same = np.flatnonzero(in_order[step:] == in_order[:-step])
            if not len(same):
                break
            one, other = order[same], order[same + step]
            near = _near(days[one], days[other])
            found.append((np.minimum(one, other) * size + np.maximum(one, other))[near])
    return np.stack(np.divmod(np.unique(np.concatenate(found)), max(size, 1)), axis=1)


def _near(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Whether days lie close together, or one is not known."""
    unknown = (one == _UNDATED) | (other == _UNDATED)
    return unknown | (np.abs(one.astype(np.int64) - other) <= DAYS)


def _verified(shelf: _Shelf, pairs: np.ndarray) -> np.ndarray:
    """The pairs that are copies."""
    kept: list[np.ndarray] = []
    for start in range(0, len(pairs), CHUNK):
        part = pairs[start : start + CHUNK]
        one, other = part[:, 0], part[:, 1]
        alike = (shelf.minima(one) == shelf.minima(other)).mean(axis=1)
        begins = (shelf.heads(one) == shelf.heads(other)).mean(axis=1)
        share = shared(alike, shelf.counts(one), shelf.counts(other))
        likely = np.flatnonzero((alike >= LEAST_ALIKE) & (begins >= LEAST_HEAD) & (share >= LEAST_SHARED))
        kept += [part[i] for i in likely if _agree(shelf, part[i], alike[i])]
    return np.array(kept, dtype=np.int64).reshape(-1, 2)


def _agree(shelf: _Shelf, pair: np.ndarray, alike: float) -> bool:
    one, other = (read(shelf.signature(int(row))) for row in pair)
    return one is not None and other is not None and agree(one, other, float(alike))


def _components(pairs: np.ndarray, size: int) -> np.ndarray:
    ones = np.ones(len(pairs), dtype=np.int8)
    _, number = connected_components(coo_matrix((ones, (pairs[:, 0], pairs[:, 1])), shape=(size, size)), directed=False)
    first = np.full(number.max() + 1, size, dtype=np.int64)
    np.minimum.at(first, number, np.arange(size))
    return first[number]


def _day(published: str | None) -> int:
    """The day of a date that names one, counted from year 1; the least number for any other."""
    found = _DATE.match(published or "")
    try:
        return datetime.date(*map(int, found.groups())).toordinal() if found else _UNDATED
    except ValueError:
        return _UNDATED
