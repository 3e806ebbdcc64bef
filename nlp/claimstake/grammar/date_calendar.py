"""Calendar arithmetic and EDTF strings (ISO 8601-2); no text here."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, timedelta
from typing import NamedTuple

EDTF_START = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?(?![0-9X])")


class Point(NamedTuple):
    """A year, month or day; what is not known is None."""

    year: int
    month: int | None = None
    day: int | None = None

    @property
    def date(self) -> date | None:
        """The day, if it is known."""
        return date(self.year, self.month, self.day) if self.month and self.day else None


def parse_point(edtf: str | None) -> Point | None:
    """The (first) point of an EDTF value; seasons and impossible dates lose what is wrong in them.

    None where there is no known year ("XXXX-07-15", "199X").
    """
    match = EDTF_START.match(edtf or "")
    if match is None or int(match[1]) < 1:
        return None
    year, month, day = int(match[1]), int(match[2] or 0), int(match[3] or 0)
    if not 1 <= month <= 12:
        return Point(year)
    if not 1 <= day <= monthrange(year, month)[1]:
        return Point(year, month)
    return Point(year, month, day)


def year_value(year: int) -> str | None:
    """ "2025"; None outside 1 to 9999."""
    return f"{year:04d}" if 1 <= year <= 9999 else None


def month_value(year: int, month: int) -> str | None:
    """ "2025-07"; None outside the years 1 to 9999."""
    return f"{year:04d}-{month:02d}" if 1 <= year <= 9999 else None


def day_value(day: date | None) -> str | None:
    """ "2025-07-15"."""
    return f"{day.year:04d}-{day.month:02d}-{day.day:02d}" if day else None


def months_value(year: int, first: int, last: int) -> str | None:
    """An interval of months of one year; months past 12 run on into the next."""
    start, end = shift_month(year, first, 0), shift_month(year, last, 0)
    if not (1 <= start[0] <= 9999 and 1 <= end[0] <= 9999):
        return None
    return f"{month_value(*start)}/{month_value(*end)}"


def quarter_value(year: int, number: int, first_month: int = 1) -> str | None:
    """Quarter 1 to 4 of a year that begins in `first_month`."""
    begin = first_month + 3 * (number - 1)
    return months_value(year, begin, begin + 2)


def half_value(year: int, number: int, first_month: int = 1) -> str | None:
    """Half 1 or 2 of a year that begins in `first_month`."""
    begin = first_month + 6 * (number - 1)
    return months_value(year, begin, begin + 5)


def decade_value(year: int) -> str | None:
    """ "199X" for any year of the 1990s."""
    return f"{year // 10:03d}X" if 1 <= year <= 9999 else None


def shift_month(year: int, month: int, by: int) -> tuple[int, int]:
    """The month `by` months later."""
    index = year * 12 + month - 1 + by
    return index // 12, index % 12 + 1


def shift_day(day: date, by: int) -> date | None:
    """The day `by` days later; None outside the calendar."""
    try:
        return day + timedelta(days=by)
    except OverflowError:
        return None


def week_value(day: date, weeks: int = 0, first: int = 0, last: int = 6) -> str | None:
    """Days `first` to `last` (0 is Monday) of the ISO week `weeks` weeks from that of `day`."""
    monday = shift_day(day, 7 * weeks - day.weekday())
    if monday is None:
        return None
    start, end = shift_day(monday, first), shift_day(monday, last)
    return f"{day_value(start)}/{day_value(end)}" if start and end else None


def interval(first: str, last: str) -> str:
    """From the beginning of one value to the end of another."""
    return f"{first.split('/')[0]}/{last.split('/')[-1]}"
