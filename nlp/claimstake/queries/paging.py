"""Orders of claims and documents, pages of them, and cursors that say where a page ended.

A cursor holds what the last row was sorted by, not how many rows were before it: rows that come or go between two pages
are neither shown twice nor passed by.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Sequence

import numpy as np
from pydantic import BaseModel

from claimstake.errors import ConfigError
from claimstake.queries.columns import Column, Places

MOST = 1_000  # rows of a page
SORTED = 5_000  # rows that are simply sorted
DIGEST = 8  # bytes
LONGEST = 400  # characters of a cursor
Keys = Sequence[Column]  # what rows are sorted by, each ascending
Key = tuple[int | float, ...]  # of one row


def check(limit: int) -> None:
    """See that a page can be so long.

    Raises:
        ConfigError: it cannot.
    """
    if not 1 <= limit <= MOST:
        raise ConfigError(f"a page has 1 to {MOST} rows, not {limit}")


def page(found: Places, keys: Keys, after: Key | None, limit: int) -> tuple[Places, Key | None]:
    """The first rows behind a key, and the key of the last of them where there are more.

    Args:
        found: places of rows.
        keys: columns of all rows, the first counts most; no two rows have the same.
        after: key of the last row of the page before.
        limit: rows at most.
    """
    if after is not None:
        found = found[_behind(keys, found, after)]
    if len(found) > limit:
        rows = _first(found, keys, limit + 1)[:limit]
        return rows, tuple(column[rows[-1]].item() for column in keys)
    return found[ordered(found, keys)], None


def ordered(found: Places, keys: Keys) -> Places:
    """The order of rows, as `numpy.lexsort` gives it."""
    return np.lexsort([column[found] for column in reversed(keys)])


def _first(found: Places, keys: Keys, many: int) -> Places:
    """The first rows in order; only those that the keys before do not rule out are sorted."""
    if len(found) <= SORTED or len(keys) == 1:
        return found[ordered(found, keys)][:many]
    values = keys[0][found]
    bound = np.partition(values, many - 1)[many - 1]
    sure, tied = found[values < bound], found[values == bound]
    return np.concatenate((sure[ordered(sure, keys)], _first(tied, keys[1:], many - len(sure))))


def _behind(keys: Keys, found: Places, after: Key) -> np.ndarray:
    """Which rows come after a key."""
    behind = np.zeros(len(found), np.bool_)
    same = np.ones(len(found), np.bool_)
    for column, value in zip(keys, after, strict=True):
        values = column[found]
        bound = column.dtype.type(value)
        behind |= same & (values > bound)
        same &= values == bound
    return behind


def cursor(key: Key | None, *question: object) -> str | None:
    """A key as text that only the same question takes."""
    if key is None:
        return None
    plain = json.dumps(key, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(_digest(plain, question) + plain).decode().rstrip("=")


def read_cursor(text: str | None, columns: Keys, *question: object) -> Key | None:
    """The key within a cursor.

    Raises:
        ConfigError: it is none of ours, is damaged, or belongs to another question.
    """
    if text is None:
        return None
    try:
        if len(text) > LONGEST:
            raise ValueError("too long")
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        digest, plain = raw[:DIGEST], raw[DIGEST:]
        if digest != _digest(plain, question):
            raise ValueError("of something else")
        return _fitting(json.loads(plain), columns)
    except (ValueError, TypeError, OverflowError, RecursionError, binascii.Error):
        raise ConfigError("the cursor does not belong to this question; begin with the first page") from None


def _fitting(key: object, columns: Keys) -> Key:
    """A key whose numbers fit the columns: a digest can be worked out by anybody."""
    if not isinstance(key, list) or len(key) != len(columns):
        raise ValueError("another number of keys")
    for value, column in zip(key, columns, strict=True):
        whole = column.dtype.kind in "iu"
        if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
            raise ValueError("no number")
        if whole and not np.iinfo(column.dtype).min <= value <= np.iinfo(column.dtype).max:
            raise ValueError("too large")
    return tuple(key)


def _digest(plain: bytes, question: Sequence[object]) -> bytes:
    said = [part.model_dump(mode="json") if isinstance(part, BaseModel) else str(part) for part in question]
    asked = json.dumps(said, sort_keys=True).encode()
    return hashlib.blake2b(plain, digest_size=DIGEST, key=hashlib.sha256(asked).digest()).digest()
