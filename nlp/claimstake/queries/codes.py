"""Small numbers for strings, and numbers for dates, ids and keys: what columns of claims are made of."""

from __future__ import annotations

import hashlib
from datetime import date
from functools import lru_cache

from claimstake.ledger import calendar

NO_DAY = 0  # of a claim without a date
DIGITS = frozenset("0123456789abcdef")


class Codes(dict[str | None, int]):
    """Numbers of strings, given as they are met; 0 is None. `names` is the way back."""

    def __init__(self) -> None:
        super().__init__({None: 0})
        self.names: list[str | None] = [None]

    def __missing__(self, name: str | None) -> int:
        code = len(self.names)
        self.names.append(name)
        self[name] = code
        return code


class Days(dict[str | None, tuple[int, int]]):
    """First and last day of an EDTF date as ordinals, remembered; both NO_DAY where it is none."""

    def __missing__(self, edtf: str | None) -> tuple[int, int]:
        found = self[edtf] = days(edtf)
        return found


@lru_cache(maxsize=10_000)
def days(edtf: str | None) -> tuple[int, int]:
    """First and last day of an EDTF date as ordinals, both NO_DAY where its years are unknown."""
    try:
        found = calendar.days(edtf)
        return (_ordinal(found[0]), _ordinal(found[1])) if found else (NO_DAY, NO_DAY)
    except ValueError:  # of the form, but no date: month 13
        return NO_DAY, NO_DAY


def _ordinal(iso: str) -> int:
    year, month, day = (int(part) for part in iso.split("-"))
    return date(year, month, min(day, calendar.DAYS_OF_MONTH if month == 1 else _last(year, month))).toordinal()


def _last(year: int, month: int) -> int:
    following = date(year + month // 12, month % 12 + 1, 1) if (year, month) < (9999, 12) else None
    return (following - date(year, month, 1)).days if following else calendar.DAYS_OF_MONTH


def number(name: str) -> int:
    """64 bits of an id or key: its own hexadecimal digits where it has them, else of its hash."""
    digits = name[1:17] if len(name) == 17 else name[:16]
    if len(digits) == 16 and DIGITS.issuperset(digits):
        return int(digits, 16)
    return int.from_bytes(hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")


def moment(time: str | None) -> int:
    """A time of the store ("2026-01-01T00:00:00Z") as a number that sorts as it does."""
    digits = "".join(c for c in time or "" if c.isascii() and c.isdigit())[:14]
    return int(digits.ljust(14, "0")) if digits else 0
