"""EDTF dates as stretches of days, to be compared and put in order."""

from __future__ import annotations

import calendar
import re
from datetime import date
from functools import lru_cache

Days = tuple[str, str]  # first and last day, ISO 8601
MARKS = str.maketrans("", "", "~?%")
DATE = re.compile(r"([0-9X]{4})(?:-([0-9X]{2})(?:-([0-9X]{2}))?)?")
DAYS_OF_MONTH = 31


@lru_cache(maxsize=50_000)
def days(edtf: str | None) -> Days | None:
    """First and last day of a date or interval; None where its year or both ends are unknown.

    "2025-07" → ("2025-07-01", "2025-07-31"); "199X" → ("1990-01-01", "1999-12-31"); "XXXX-07-15" → None.
    """
    if not edtf:
        return None
    low, _, high = edtf.translate(MARKS).partition("/")
    first, last = _one(low), _one(high or low)
    known = first or last
    return ((first or known)[0], (last or known)[1]) if known else None


def _one(text: str) -> Days | None:
    found = DATE.fullmatch(text)
    if not found or found[1].startswith("XX"):
        return None
    year, month, day = found.groups()
    low, high = int(year.replace("X", "0")), int(year.replace("X", "9"))
    months = (int(month),) * 2 if month and "X" not in month else (1, 12)
    if not (low >= 1 and high <= 9999 and 1 <= months[0] <= 12):
        return None
    if day and "X" not in day and months[0] == months[1]:
        return (f"{low:04}-{months[0]:02}-{day}",) * 2
    return f"{low:04}-{months[0]:02}-01", f"{high:04}-{months[1]:02}-{calendar.monthrange(high, months[1])[1]}"


def within(inner: Days, outer: Days) -> bool:
    """Whether a stretch lies in another."""
    return outer[0] <= inner[0] and inner[1] <= outer[1]


def overlap(one: Days, other: Days) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]


def exact(found: Days) -> bool:
    """Whether it is one day."""
    return found[0] == found[1]


def apart(one: str, other: str) -> int:
    """Days from one ISO date to another; negative where the other is earlier."""
    return _ordinal(other) - _ordinal(one)


def ordinal(iso: str) -> int:
    """Number of an ISO date, for scales."""
    return _ordinal(iso)


@lru_cache(maxsize=50_000)
def _ordinal(iso: str) -> int:
    year, month, day = (int(part) for part in iso.split("-"))
    return date(year, month, min(day, calendar.monthrange(year, month)[1])).toordinal()
