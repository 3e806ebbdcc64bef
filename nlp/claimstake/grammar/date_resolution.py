"""Places a date expression in time: EDTF from the expression, the publication date, the verb's tense and the context.

News convention: a bare month, day or weekday is the nearest one that fits the tense, the past where nothing else is
said. Nothing is ever filled in from the clock of the machine.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from claimstake.grammar.date_calendar import (
    Point,
    day_value,
    decade_value,
    half_value,
    interval,
    month_value,
    months_value,
    parse_point,
    quarter_value,
    shift_day,
    shift_month,
    week_value,
    year_value,
)  # fmt: skip
from claimstake.grammar.date_expression import DateExpression, Tense
from claimstake.grammar.date_frame import Frame, nearest, nearest_year, weights, year_nearby
from claimstake.grammar.date_lexicon import calendar

UNKNOWN_YEAR = "XXXX"


def resolve(
    expression: DateExpression,
    *,
    published: str | None = None,
    tense: Tense | None = None,
    context: Sequence[str | None] | str | None = None,
    nearby: str | None = None,
    fiscal_country: str | None = None,
) -> str | None:
    """Resolve an expression into an EDTF value.

    Args:
        expression: from `find_dates`.
        published: EDTF date of publication at any precision, or None.
        tense: of the verb that governs the expression, None if unknown (news: the past).
        context: values of the dates before it in the text, oldest first; "that year" points at the last.
        nearby: value of a date before it in the same sentence that gives its year too ("In 2024, ... in August").
        fiscal_country: id of the country whose fiscal year "FY2025" follows (calendar.toml); without it a fiscal
            year stands for the year it is named by.

    Returns:
        "2025-07-15", "2025-07", "2025", "2025-07/2025-09", "199X"; "XXXX-07-15" where no year can be known; None
        where nothing can be said.
    """
    previous = [context] if isinstance(context, str) else list(context or ())
    points = [p for p in map(parse_point, previous) if p is not None]
    past, future = weights(expression, tense)
    rules = calendar()["fiscal_years"].get(fiscal_country or "", {"start": 1, "named_by": "end"})
    last = points[-1] if points else None
    frame = Frame(parse_point(published), past, future, last, rules["start"], rules["named_by"], parse_point(nearby))
    return _place(expression, frame, points)


def _place(expression: DateExpression, frame: Frame, points: list[Point]) -> str | None:
    if expression.kind == "range":
        return _range(expression, frame, points)
    if expression.kind == "week":
        return _week_of(expression, frame, points)
    if expression.kind == "relative":
        value = _relative(expression, frame, points)
    else:
        value = PLACERS[expression.kind](expression, frame)
    return _part_of(value, expression)


def _part_of(value: str | None, expression: DateExpression) -> str | None:
    """ "the end of 2026" is its last day, "year-end 2026" its last month, "mid-2026" its sixth; else the whole."""
    text = expression.text.lower()
    point = parse_point(value) if expression.part in ("end", "mid") and "week" not in text else None
    if point is None or value is None or "/" in value or point.day:
        return value
    is_year = point.month is None and expression.kind in ("year", "relative")
    if is_year and (expression.part == "mid" or "end-" in text or "-end" in text):
        return month_value(point.year, 6 if expression.part == "mid" else 12)
    if expression.part == "mid" or "end-" in text or not (is_year or point.month):
        return value
    month = point.month or 12
    return day_value(date(point.year, month, monthrange(point.year, month)[1]))


def _range(expression: DateExpression, frame: Frame, points: list[Point]) -> str | None:
    first, last = expression.first, expression.last
    if first is None or last is None:
        return None
    if expression.year is not None or expression.year_shift is not None:
        first = replace(first, year=expression.year or first.year, year_shift=expression.year_shift)
        last = replace(last, year=last.year or expression.year, year_shift=expression.year_shift)
    first, last = replace(first, lead=expression.lead), replace(last, lead="")
    start = _place(first, frame, points)
    begun = parse_point(start)
    # The end of a range without a year of its own is the next such date after the beginning.
    follows = begun is not None and last.kind not in ("relative", "offset")
    ahead = replace(frame, anchor=begun, past=1e9, future=1.0, nearby=None)
    end = _place(last, ahead if follows else frame, points)
    if start is None or end is None:
        return None
    value = interval(start, end)
    before, after = value.split("/")
    return value if "X" in value or before[: len(after)] <= after[: len(before)] else None


def _week_of(expression: DateExpression, frame: Frame, points: list[Point]) -> str | None:
    point = parse_point(_place(expression.first, frame, points)) if expression.first else None
    if point is None or point.date is None:
        return None
    if not expression.number:
        return week_value(point.date)
    other = shift_day(point.date, 6 * expression.number)
    ends = sorted(filter(None, (point.date, other)))
    return f"{day_value(ends[0])}/{day_value(ends[-1])}"


def _year(expression: DateExpression, frame: Frame) -> int | None:
    """The year that the expression itself gives, as a number or as "last year"."""
    if expression.year is not None:
        return expression.year
    if expression.year_shift is None:
        return None
    base = frame.context if expression.anaphoric else frame.anchor
    return base.year + expression.year_shift if base else None


def _day(expression: DateExpression, frame: Frame) -> str | None:
    month, day = expression.month or 1, expression.day or 1
    year = _year(expression, frame)
    if year is None and expression.weekday is None:
        year = year_nearby(frame, month, day, expression.lead)
    if year is None and frame.anchor is not None:
        year = _year_of_day(frame, month, day, expression.weekday)
    if year is None:
        return f"{UNKNOWN_YEAR}-{month:02d}-{day:02d}"
    return f"{month_value(year, month)}-{day:02d}" if 1 <= year <= 9999 else None


def _year_of_day(frame: Frame, month: int, day: int, weekday: int | None) -> int | None:
    """The nearest year that has this day, and on this weekday where one is named."""
    anchor = frame.anchor
    if anchor is None or anchor.month is None:
        return anchor.year if anchor else None
    reference = date(anchor.year, anchor.month, anchor.day or 15)
    spread = 7 if weekday is not None else 4 if (month, day) == (2, 29) else 1
    days = [d for y in range(anchor.year - spread, anchor.year + spread + 1) if (d := _date(y, month, day))]
    matching = [d for d in days if weekday is None or d.weekday() == weekday] or days
    if anchor.day is None:
        same = [d for d in matching if (d.year, d.month) == (anchor.year, anchor.month)]
        matching = same or matching
    return nearest((((d - reference).days, d.year) for d in matching), frame) if matching else None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _monthday(expression: DateExpression, frame: Frame) -> str | None:
    """A day without its month: in the month named by "this" or "next", else the nearest that fits."""
    anchor = (frame.context if expression.anaphoric else None) or frame.anchor
    if anchor is None or anchor.month is None:
        return None
    if expression.unit == "month":
        year, month = shift_month(anchor.year, anchor.month, expression.shift or 0)
        return day_value(_date(year, month, expression.day or 1))
    reference = date(anchor.year, anchor.month, anchor.day or 15)
    months = [shift_month(anchor.year, anchor.month, k) for k in range(-12, 13)]
    days = [d for y, m in months if (d := _date(y, m, expression.day or 1))]
    days = [d for d in days if expression.weekday in (None, d.weekday())] or days
    weighed = [(abs((d - reference).days) * (frame.future if d > reference else frame.past), d) for d in days]
    return day_value(min(weighed)[1]) if weighed else None


def _nth_weekday(expression: DateExpression, frame: Frame) -> str | None:
    """ "the first Monday of June": the month is resolved first."""
    if expression.unit == "month":
        point = (frame.context if expression.anaphoric else None) or frame.anchor
        if point is None or point.month is None:
            return None
        year, month = shift_month(point.year, point.month, expression.shift or 0)
    else:
        placed = parse_point(_month(replace(expression, kind="month", shift=None), frame))
        if placed is None or placed.month is None:
            return f"{UNKNOWN_YEAR}-{expression.month:02d}-XX"
        year, month = placed.year, placed.month
    days = [d for k in range(1, 32) if (d := _date(year, month, k)) and d.weekday() == expression.weekday]
    number = expression.number or 1
    index = number - 1 if number > 0 else number
    return day_value(days[index]) if -len(days) <= index < len(days) else None


def _weekday(expression: DateExpression, frame: Frame) -> str | None:
    anchor = frame.anchor
    if anchor is None:
        return None
    day = anchor.date
    if day is None:
        return f"{year_value(anchor.year)}-{anchor.month:02d}-XX" if anchor.month else None
    ahead = (expression.weekday or 0) - day.weekday()
    if expression.number:  # strictly before or after
        return day_value(shift_day(day, ahead % 7 or 7 if expression.number > 0 else -(-ahead % 7 or 7)))
    if expression.unit == "week" or (expression.shift and not expression.anaphoric):
        return day_value(shift_day(day, ahead + 7 * (expression.shift or 0)))
    if frame.leans_ahead:
        return day_value(shift_day(day, ahead % 7))
    if expression.shift == 0:
        return day_value(shift_day(day, ahead))
    return day_value(shift_day(day, -(-ahead % 7)))


def _month(expression: DateExpression, frame: Frame) -> str | None:
    month = expression.month or 1
    year = _year(expression, frame)
    if year is None and expression.anaphoric:
        year = _year_from_context(expression, frame, month)
    if year is None and expression.shift is None:
        year = year_nearby(frame, month, None, expression.lead)
    if year is None:
        strictly = expression.shift is not None and expression.shift != 0
        year = nearest_year(frame, month, month, strictly=strictly)
        if strictly and frame.anchor and frame.anchor.month is None:
            year = None
    return month_value(year, month) if year is not None else f"{UNKNOWN_YEAR}-{month:02d}"


def _year_from_context(expression: DateExpression, frame: Frame, month: int) -> int | None:
    """ "that December", "the following March": counted from the date before."""
    point = frame.context
    if point is None:
        return None
    if expression.shift == 1:
        return point.year + (month <= (point.month or 12))
    if expression.shift == -1:
        return point.year - (month >= (point.month or 1))
    return point.year


def _plain_year(expression: DateExpression, frame: Frame) -> str | None:
    year = expression.year or 0
    if expression.fiscal and frame.fiscal_start > 1:
        begin = _fiscal_begin(year, frame)
        return months_value(begin, frame.fiscal_start, frame.fiscal_start + 11)
    return year_value(year)


def _fiscal_begin(year: int, frame: Frame) -> int:
    """The calendar year in which the fiscal year named `year` begins."""
    return year - (frame.named_by == "end" and frame.fiscal_start > 1)


def _quarter(expression: DateExpression, frame: Frame) -> str | None:
    number = expression.number or 1
    size = 3 if expression.kind == "quarter" else 6
    year = _year(expression, frame)
    if year is None:
        year = nearest_year(frame, size * (number - 1) + 1, size * number)
    value = quarter_value if size == 3 else half_value
    if year is None:
        first, last = size * (number - 1) + 1, size * number
        return f"{UNKNOWN_YEAR}-{first:02d}/{UNKNOWN_YEAR}-{last:02d}"
    if expression.fiscal:
        return value(_fiscal_begin(year, frame), number, frame.fiscal_start)
    return value(year, number)


def _months(expression: DateExpression, frame: Frame) -> str | None:
    year, count = _year(expression, frame), expression.number or 1
    if year is None:
        return None
    return months_value(year, 1, count) if count > 0 else months_value(year, 13 + count, 12)


def _season(expression: DateExpression, frame: Frame) -> str | None:
    code = expression.number or 21
    year = _year(expression, frame)
    if year is None:
        start = calendar()["seasons"][str(code)]["start"]
        strictly = bool(expression.shift)
        year = nearest_year(frame, start, start + 2, strictly=strictly)
    start = calendar()["seasons"][str(code)]["start"]
    return months_value(year, start, start + 2) if year is not None else None


def _decade(expression: DateExpression, _: Frame) -> str | None:
    return decade_value(expression.year or 0)


def _relative(expression: DateExpression, frame: Frame, points: list[Point]) -> str | None:
    shift, unit = expression.shift or 0, expression.unit
    anchor = frame.anchor
    if expression.anaphoric:
        anchor = _context_of(unit, points) or (anchor if shift else None)
    elif unit == "day" and expression.quoted and shift == 0:
        anchor = _day_of_speech(points, anchor) or anchor
    return _shifted(anchor, unit, shift, frame.leans_ahead) if anchor is not None else None


def _context_of(unit: str | None, points: list[Point]) -> Point | None:
    """The last date before that is precise enough for the unit."""
    for point in reversed(points):
        if unit in ("year", "decade") or point.day or (point.month and unit in ("month", "quarter", "half")):
            return point
    return None


def _day_of_speech(points: list[Point], anchor: Point | None) -> Point | None:
    """The day on which a quoted "today" was said: one named just before, within a week of publication."""
    day, published = next((p for p in reversed(points) if p.day), None), anchor.date if anchor else None
    if day is None or day.date is None or published is None:
        return None
    return day if 0 <= (published - day.date).days <= 7 else None


def _shifted(anchor: Point, unit: str | None, shift: int, leans_ahead: bool) -> str | None:
    """The unit `shift` units from the one that holds the anchor."""
    if unit == "year":
        return year_value(anchor.year + shift)
    if unit == "decade":
        return decade_value(anchor.year + 10 * shift)
    if anchor.month is None:
        return None
    if unit == "month":
        return month_value(*shift_month(anchor.year, anchor.month, shift))
    if unit == "quarter":
        year, month = shift_month(anchor.year, anchor.month, 3 * shift)
        return quarter_value(year, (month + 2) // 3)
    if anchor.date is None:
        month = month_value(anchor.year, anchor.month)
        return month if unit == "day" and not shift else f"{month}-XX" if unit == "day" else None
    if unit == "day":
        return day_value(shift_day(anchor.date, shift))
    if unit == "weekend":
        is_past = shift == 0 and not leans_ahead and anchor.date.weekday() < 5
        return week_value(anchor.date, shift - is_past, 5, 6)
    return week_value(anchor.date, shift) if unit == "week" else None


def _offset(expression: DateExpression, frame: Frame) -> str | None:
    """So many units from the anchor, as precise as the unit: "three years ago" is a year."""
    anchor = (frame.context if expression.anaphoric else None) or frame.anchor
    count, unit = expression.number or 0, expression.unit
    if anchor is None:
        return None
    if unit in ("year", "decade"):
        return year_value(anchor.year + count * (10 if unit == "decade" else 1))
    if anchor.month is None:
        return None
    if unit in ("month", "quarter"):
        return month_value(*shift_month(anchor.year, anchor.month, count * (3 if unit == "quarter" else 1)))
    if anchor.date is None:
        return None
    return day_value(shift_day(anchor.date, count * {"week": 7, "fortnight": 14}.get(unit or "", 1)))


PLACERS = {
    "day": _day,
    "monthday": _monthday,
    "nth_weekday": _nth_weekday,
    "weekday": _weekday,
    "month": _month,
    "year": _plain_year,
    "quarter": _quarter,
    "half": _quarter,
    "months": _months,
    "season": _season,
    "decade": _decade,
    "offset": _offset,
}
