"""Publication date and title of plain text, where its first lines state them beyond doubt.

A date is read only from a line that is about the date ("Published: ...", "date 2025-07-16", a byline that ends with a
time stamp, a wire dateline); dates in the article's prose are never taken. "01/06/2025" counts only where a weekday or
a day above 12 tells which number is the month.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

HEAD_CHARS = 4_000  # of the text, searched for metadata
TAIL_CHARS = 2_000  # of the text, searched for a dated source line
_LONGEST_LINE = 260  # characters; longer lines are prose, except for the dateline that opens it
_LONGEST_TITLE = 220  # characters

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?,? )?"
_YEAR = r"(?:19|20)\d\d"
_DATE = (
    rf"{_WEEKDAY}(?:{_YEAR}-\d\d?(?:-\d\d?)?|{_YEAR}/\d\d?/\d\d?|{_YEAR}年\d\d?月\d\d?日"
    rf"|{_MONTH} ?\d\d?(?:st|nd|rd|th)?,? ?{_YEAR}|\d\d?(?:st|nd|rd|th)?[ -]{_MONTH}[ ,-]{{1,2}}{_YEAR}"
    rf"|{_MONTH},? {_YEAR}"
    rf"|\d\d?[/.]\d\d?[/.]{_YEAR})"
)
_ZONE = r"(?: ?\(?(?:[a-z]{2,5}|z|[+-]\d\d:?\d\d)\)?)?"
_TIME = rf"(?:,? ?(?:at |- |\| |\u2022 |t)?\d\d?[:.]\d\d(?::\d\d(?:\.\d+)?)?(?: ?[ap]\.?m\.?)?{_ZONE})?"
_LABEL = (
    r"(?:originally published|original published|first published|date published|publication date|published|posted"
    r"|issued|released|release date|pubdate|date|updated|last updated|last modified)"
)

_ISO = re.compile(rf"({_YEAR})(?:[-/](\d\d?)(?:[-/](\d\d?))?)?(?=$|[T ,Z+])", re.I)
_COMPACT = re.compile(rf"({_YEAR})(\d\d)(\d\d)$")
_CJK = re.compile(rf"({_YEAR})年(\d\d?)月(?:(\d\d?)日)?")
_MONTH_FIRST = re.compile(rf"({_MONTH}) ?(?:(\d\d?)(?:st|nd|rd|th)?,? ?)?,? ?({_YEAR})", re.I)
_DAY_FIRST = re.compile(rf"(\d\d?)(?:st|nd|rd|th)?[ -]({_MONTH})[ ,-]{{1,2}}({_YEAR})", re.I)
_SLASHED = re.compile(rf"(?:([a-z]{{3,9}})\.?,? )?(\d\d?)[/.](\d\d?)[/.]({_YEAR})", re.I)
_EDTF = re.compile(r"[0-9X]{4}(-[0-9X]{2}(-[0-9X]{2})?)?[~?%]?$")

_LABELLED = re.compile(rf"[\s*_>#]*({_LABEL})(?: on| at)?[\s*_]*:?[\s*_]*({_DATE}){_TIME}", re.I)
_DATE_LINE = re.compile(rf"[\s*_]*({_DATE}){_TIME}[\s*_.]*$", re.I)
_BYLINE_DATE = re.compile(rf"\bby .{{2,150}}?[-|–—•·,] ?({_DATE}){_TIME}\s*$", re.I)
_DATELINE = re.compile(
    rf"\s*[A-Z][\w .,'/-]{{1,60}}?(?:, | [-–—]+ )({_DATE})(?: ?[-–—]{{1,2}} | ?/[A-Z]| ?\([A-Z][\w .-]{{1,40}}\)| ?\[)",
    re.I,
)
_SOURCE_LINE = re.compile(rf"^\s*sources?: .{{2,200}}\(({_DATE})\)\s*$", re.I | re.M)
_NOT_A_TITLE = re.compile(
    r"^\s*(?:by\b|date\b|published\b|updated\b|photo|image|home\b|skip\b|subscribe|sign\b|menu\b|share\b|source|[•*\-–>|©]|\S+:\s*$)"
    r"|https?://|\b(?:authored|written) by\b|[>»›] ",
    re.I,
)


def parse_date(value: Any) -> str | None:
    """EDTF for a date as sources write it ("2025-07-16T08:00Z", "July 16, 2025", "Wed, 16 Jul 2025"), else None.

    Args:
        value: text, a date or datetime, or seconds (or milliseconds) since 1970.
    """
    if isinstance(value, datetime | date):
        return value.strftime("%Y-%m-%d")
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _from_epoch(float(value))
    text = re.sub(r"\s+", " ", str(value)[:80]).strip()
    if _EDTF.fullmatch(text) and not text[-1].isdigit():
        return text  # "2025-07-XX", "2025~"
    for pattern, order in ((_ISO, "ymd"), (_COMPACT, "ymd"), (_CJK, "ymd")):
        if found := pattern.match(text):
            return _checked(**dict(zip(order, found.groups(), strict=True)))
    if found := _DAY_FIRST.search(text):
        return _checked(y=found[3], m=found[2], d=found[1])
    if found := _MONTH_FIRST.search(text):
        return _checked(y=found[3], m=found[1], d=found[2])
    if found := _SLASHED.search(text):
        return _slashed(*found.groups())
    return None


def is_future(edtf: str, now: datetime | None = None) -> bool:
    """Whether the earliest day of a date lies more than a day ahead."""
    found = re.match(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?", edtf)
    if not found:
        return False
    earliest = date(int(found[1]), int(found[2] or 1), int(found[3] or 1))
    return earliest > (now or datetime.now(UTC)).date() + timedelta(days=1)


def published_in(text: str) -> str | None:
    """The publication date that the head of a plain text states, or the date of its source line."""
    lines = [line.strip()[:_LONGEST_LINE] for line in text[:HEAD_CHARS].splitlines() if line.strip()][:40]
    labelled = [found for line in lines if (found := _LABELLED.match(line))]
    # A wrapper's own date stands beside that of the article: "Original Published" says which is which.
    labelled.sort(key=lambda found: (not found[1].lower().startswith(("orig", "first")), "update" in found[1].lower()))
    for found in labelled:
        if parsed := parse_date(found[2]):
            return parsed
    for line in lines:
        if parsed := _stamped(line):
            return parsed
    tail = _SOURCE_LINE.findall(text[-TAIL_CHARS:])
    return parse_date(tail[-1]) if tail else None


def title_in(text: str) -> str | None:
    """The headline, where one line stands alone above the prose or opens with a Markdown "# "."""
    lines = [line.strip() for line in text[:HEAD_CHARS].splitlines()]
    for i, line in enumerate(lines):
        if line.startswith("# "):
            return line[2:].strip(" #") or None
        if len(line) > _LONGEST_TITLE or re.search(r"[a-z]{2}[.!]$", line):
            return None
        alone = (i == 0 or not lines[i - 1]) and i + 1 < len(lines) and not lines[i + 1]
        if alone and len(line.split()) >= 4 and line[-1] not in ".,:;" and not _NOT_A_TITLE.search(line):
            return line
    return None


def _stamped(line: str) -> str | None:
    found = _DATELINE.match(line) or _DATE_LINE.match(line) or _BYLINE_DATE.search(line)
    return parse_date(found[1]) if found else None


def _slashed(weekday: str | None, first: str, second: str, year: str) -> str | None:
    """Month/day or day/month, whichever alone is possible or falls on the weekday."""
    readings = [r for r in (_checked(y=year, m=first, d=second), _checked(y=year, m=second, d=first)) if r]
    if weekday and weekday[:3].lower() in _WEEKDAYS:
        wanted = _WEEKDAYS.index(weekday[:3].lower())
        readings = [r for r in readings if date.fromisoformat(r).weekday() == wanted]
    return readings[0] if len(set(readings)) == 1 else None


def _checked(*, y: str, m: str | None, d: str | None) -> str | None:
    """The date at its stated precision, None where the calendar has no such day."""
    if m is None:
        return y
    month = int(m) if m.isdigit() else _MONTHS.index(m[:3].lower()) + 1
    try:
        day = date(int(y), month, int(d or 1))
    except ValueError:
        return None
    return day.isoformat() if d else f"{day:%Y-%m}"


def _from_epoch(seconds: float) -> str | None:
    if seconds > 1e11:
        seconds /= 1000
    if 1900 <= seconds <= 2100:
        return str(int(seconds))
    if not 0 < seconds < 4e9:
        return None
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d")
