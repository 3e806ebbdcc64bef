"""Reads the groups of a matched pattern into a DateExpression; impossible dates (February 30) give none."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import replace

from claimstake.grammar.date_expression import DateExpression
from claimstake.grammar.date_lexicon import Lexed, calendar, values
from claimstake.grammar.date_patterns import PATTERNS

Fields = dict[str, str]
LEAP_YEAR = 2024  # February 29 is possible where no year is given
QUARTER_ENDS = {3: 1, 6: 2, 9: 3, 12: 4}


def build(name: str, match: re.Match[str], lexed: Lexed, i: int) -> DateExpression | None:
    """Read one match of the pattern `name` that begins at token `i`; None where it names no possible date."""
    fields = {
        key.rstrip("0123456789"): "".join(lexed.tokens[match.start(key) : match.end(key)]).lower()
        for key, value in match.groupdict().items()
        if value is not None
    }
    first, end = match.start(), match.end()
    while lexed.tokens[first].lower() == "the" or lexed.tokens[first].isspace():
        first += 1
    if lexed.tokens[end - 1] == ".":
        end -= 1
    kind = PATTERNS[name][0]
    start, stop = lexed.offsets[first], lexed.offsets[end]
    bare = DateExpression(start, stop, lexed.text[start:stop], kind)
    shift = match.start("shift") if "shift" in fields else first
    after_the = (shift == first > match.start()) or lexed.word_before(shift)[0].lower() == "the"
    return BUILDERS[kind](_common(bare, fields, after_the=after_the), fields, after_the)


def full_year(digits: str) -> int:
    """Four digits of a two-digit year; 50 to 99 are the twentieth century."""
    n = int(digits)
    return n if len(digits) > 2 else n + (2000 if n < 50 else 1900)


def _common(expression: DateExpression, fields: Fields, *, after_the: bool) -> DateExpression:
    """Year, weekday, month, shift and edge, which mean the same in every pattern."""
    table = values()
    found: dict[str, object] = {}
    if "year" in fields or "yy" in fields:
        found["year"] = full_year(fields.get("year") or fields["yy"])
    if "yshift" in fields:
        found["year_shift"] = table["shift"][fields["yshift"]]
        found["anaphoric"] = fields["yshift"] in calendar()["shift_kinds"]["always_anaphoric"]
    elif "ythe" in fields:
        found["year_shift"] = 0
    if "month" in fields:
        found["month"] = table["month"][fields["month"]]
    elif "monthnum" in fields:
        found["month"] = int(fields["monthnum"])
    if "weekday" in fields:
        found["weekday"] = table["weekday"][fields["weekday"]]
    if "season" in fields:
        found["number"] = table["season"][fields["season"]]
    if "shift" in fields:
        found["shift"] = table["shift"][fields["shift"]]
        found["anaphoric"] = _is_anaphoric(fields["shift"], after_the)
    if "edge" in fields:
        found["part"] = table["part"].get(fields["edge"])
    if "fiscal" in fields:
        found["fiscal"] = fields["fiscal"].startswith(("f", "F"))
    return replace(expression, **found)


def _is_anaphoric(shift: str, after_the: bool) -> bool:
    kinds = calendar()["shift_kinds"]
    return shift in kinds["always_anaphoric"] or (after_the and shift in kinds["anaphoric"])


def _day(expression: DateExpression, fields: Fields, _: bool) -> DateExpression | None:
    month, day = expression.month, fields.get("day")
    if "a" in fields:
        month, number = int(fields["a"]), int(fields["b"])
        if month > 12:
            month, number = number, month
    elif "dayword" in fields:
        number = values()["ordinal"][fields["dayword"]]
    else:
        number = int(day or 0)
    return _checked(replace(expression, month=month, day=number))


def _checked(expression: DateExpression) -> DateExpression | None:
    """The expression if its day exists."""
    month, day = expression.month, expression.day
    if not month or not day or not 1 <= month <= 12:
        return None
    return expression if 1 <= day <= monthrange(expression.year or LEAP_YEAR, month)[1] else None


def _days(expression: DateExpression, fields: Fields, _: bool) -> DateExpression | None:
    first = _checked(replace(expression, kind="day", day=int(fields["day"])))
    last = _checked(replace(expression, kind="day", day=int(fields["dayto"]), weekday=None))
    if first is None or last is None or not first.day < last.day:
        return None
    return replace(expression, kind="range", weekday=None, first=first, last=last)


def _monthday(expression: DateExpression, fields: Fields, _: bool) -> DateExpression:
    unit = "month" if "shift" in fields or "the" in fields else None
    return replace(expression, day=int(fields["day"]), unit=unit, shift=expression.shift if "shift" in fields else 0)


def _nth_weekday(expression: DateExpression, fields: Fields, _: bool) -> DateExpression | None:
    word = fields["nth"]
    number = int(word) if word.isdigit() else values()["ordinal"].get(word, -1)
    return replace(expression, number=number, unit="month" if "shift" in fields else None) if number < 6 else None


def _month(expression: DateExpression, fields: Fields, _: bool) -> DateExpression | None:
    year, month = expression.year, expression.month
    if "month" not in fields and year and month == year % 100 + 1 and "-" in expression.text:
        return _span_of_years(expression, year + 1)  # "2011-12" is two years, "2011-07" a month
    return expression


def _year(expression: DateExpression, fields: Fields, _: bool) -> DateExpression | None:
    if "toyear" not in fields and "toyy" not in fields:
        return expression
    digits = fields.get("toyear") or str(expression.year)[:2] + fields["toyy"]
    return _span_of_years(expression, int(digits))


def _span_of_years(expression: DateExpression, last: int) -> DateExpression | None:
    if expression.year is None or not expression.year < last <= expression.year + 100:
        return None
    first = replace(expression, kind="year", month=None)
    return replace(expression, kind="range", month=None, first=first, last=replace(first, year=last))


def _weekday(expression: DateExpression, fields: Fields, _: bool) -> DateExpression:
    if "wshift" not in fields:
        # "past" and "coming" are the nearest one, "last" and "next" belong to the week before or after.
        is_nearest = fields.get("shift") in ("past", "coming", "upcoming")
        return replace(expression, shift=None, number=expression.shift) if is_nearest else expression
    shift = fields["wshift"]
    return replace(expression, unit="week", shift=values()["shift"][shift], anaphoric=_is_anaphoric(shift, False))


def _quarter(expression: DateExpression, fields: Fields, _: bool) -> DateExpression | None:
    if "month" in fields:
        number = QUARTER_ENDS.get(expression.month or 0)
    elif "ordinal" in fields:
        number = values()["ordinal"].get(fields["ordinal"], -1)
        number = 4 if number < 0 else number
    else:
        number = int(fields["number"])
    return replace(expression, number=number, month=None) if number in (1, 2, 3, 4) else None


def _half(expression: DateExpression, fields: Fields, after_the: bool) -> DateExpression | None:
    expression = replace(expression, month=None)
    built = _quarter(expression, fields, after_the)
    return built if built is not None and built.number in (1, 2) else None


def _months(expression: DateExpression, fields: Fields, _: bool) -> DateExpression | None:
    count = values()["number"].get(fields["count"]) or int(fields["count"] if fields["count"].isdigit() else 0)
    if not 1 <= count <= 12 or fields["edge"] not in ("first", "last", "final"):
        return None
    return replace(expression, number=count if fields["edge"] == "first" else -count, part=None)


def _relative(expression: DateExpression, fields: Fields, after_the: bool) -> DateExpression | None:
    if "deictic" in fields:
        return replace(expression, unit="day", shift=values()["deictic"][fields["deictic"]])
    if "after" in fields or "before" in fields:
        return replace(expression, unit="day", shift=2 if "after" in fields else -2)
    if "unit" not in fields:
        return replace(expression, unit="day", shift=0)  # "this morning"
    unit = str(values()["unit"][fields["unit"]])
    if expression.year is not None:
        return replace(expression, kind="year")
    if "shift" not in fields:
        return replace(expression, unit=unit, shift=0)
    is_point = fields["unit"] not in ("days", "wks", "yrs", "qtrs") and not fields["unit"].endswith("s")
    if not is_point or not _names_a_point(fields, unit, after_the):
        return None
    return replace(expression, unit=unit)


def _names_a_point(fields: Fields, unit: str, after_the: bool) -> bool:
    """Whether a shift and a unit name a point in time; "the past year", "this day", "next decade" do not."""
    shift = fields["shift"]
    kinds = calendar()["shift_kinds"]
    if unit == "fortnight" or (unit == "day" and shift in ("this", "last", "past", "current", "coming", "upcoming")):
        return False
    if unit == "decade" and shift not in ("this", "that", "current"):
        return False
    if shift == "same" and not after_the:
        return False
    if unit in ("quarter", "weekend") or (unit == "day" and shift == "next"):
        return shift != "past" or after_the or "this" in fields
    if shift == "past":
        return "this" in fields and unit == "week"
    return not (after_the and shift in kinds["duration_after_the"])


def _offset(expression: DateExpression, fields: Fields, _: bool) -> DateExpression | None:
    word = fields["count"]
    count = values()["number"].get(word) or int(word)
    unit = values()["unit"][fields["unit"]]
    if unit == "weekend" or count > 400:
        return None
    direction = fields.get("direction", "")
    ahead = "ahead" in fields or direction in ("later", "hence")
    count = count if ahead else -count
    return replace(expression, number=count, unit=str(unit), anaphoric=direction in ("earlier", "later"))


def _as_is(expression: DateExpression, _: Fields, __: bool) -> DateExpression:
    return expression


BUILDERS: dict[str, Callable[[DateExpression, Fields, bool], DateExpression | None]] = {
    "day": _day,
    "days": _days,
    "monthday": _monthday,
    "nth_weekday": _nth_weekday,
    "month": _month,
    "year": _year,
    "weekday": _weekday,
    "quarter": _quarter,
    "half": _half,
    "months": _months,
    "season": _as_is,
    "decade": _as_is,
    "relative": _relative,
    "offset": _offset,
}
