"""The calendar expressions of English as regular expressions over word classes (see date_lexicon).

Upper-case names are classes of tokens, `SP` is white space without a blank line, groups name the fields that
date_builder reads. Order matters: the first pattern that fits at a place wins. All repetitions are bounded, so that
the time is linear in the text.
"""

from __future__ import annotations

import re
from functools import cache

from claimstake.grammar.date_lexicon import lexicon

# ", 2025", " 2025", " of 2025", " '25"
YEAR = r"(?: (?: SP? COMMA SP | SP | COMMA ) (?: (?:OF|IN) SP )? (?P<year>ANYYEAR) | SP? APOS (?P<yy>YY) )"
# " last year", " of the same year", " of the year"
YEAR_SHIFT = (
    r"(?: SP (?: (?:OF|IN) SP )? (?:THE SP)? (?P<yshift>SHIFT) SP YEARWORD"
    r"  | SP (?:OF|IN) SP (?P<ythe>THE) SP YEARWORD )"
)
TAIL = rf"(?: {YEAR} | {YEAR_SHIFT} )"
FISCAL_YEAR = (
    r"(?: (?P<fiscal2>FY) SP? APOS? (?: (?P<year>YEAR) | (?P<yy>YY) )"
    r"  | (?P<fiscal3>FISCAL|CALENDAR) SP (?:YEARWORD SP)? (?P<year2>YEAR) )"
)
SECOND_YEAR = r"(?: (?:DASH|SLASH) (?: (?P<toyear>YEAR) | (?P<toyy>YY) ) )"
WEEKDAY = r"(?: (?P<weekday>WEEKDAY) DOT? COMMA? SP (?:THE SP)? )"
DAY = r"(?: (?P<day>DAY) SUFFIX? )"
TO_DAY = r"(?: (?: SP? DASH SP? | SP (?:TO|AND) SP (?:THE SP)? ) (?P<dayto>DAY) SUFFIX? )"
NTH = r"(?: (?P<ordinal>ORD) | (?P<number3>D4) SUFFIX )"
QUARTER = (
    rf"(?: (?: (?P<fiscal>FISCAL) SP )? {NTH} (?:SP|HYPHEN) QUARTERWORD"
    r"  | QU (?P<number>D4) | (?P<number2>D4) QU )"
)
LAST_QUARTER = QUARTER.replace(">ORD)", ">ORD|LAST)")  # "last quarter" alone is the one before this
HALF = rf"(?: {NTH} (?:SP|HYPHEN) HALF | HA (?P<number>D4) | (?P<number2>D4) HA )"
OF = r"(?: SP (?: OF SP )? (?:THE SP)? | SP? )"

PATTERNS: dict[str, tuple[str, str]] = {
    # name: (kind, pattern)
    "iso_day": (
        "day",
        r"(?P<year>YEAR) (?: HYPHEN (?P<monthnum>NUM12) HYPHEN | SLASH (?P<monthnum2>NUM12) SLASH | DOT "
        r"(?P<monthnum3>NUM12) DOT ) (?P<day>DAY)",
    ),
    "numeric_day": (
        "day",
        rf"{WEEKDAY}? (?: (?P<a>DAY) SLASH (?P<b>DAY) SLASH (?: (?P<year>YEAR) | (?P<yy>YY) ) | (?P<a2>DAY) "
        rf"HYPHEN (?P<b2>DAY) HYPHEN (?: (?P<year2>YEAR) | (?P<yy2>YY) ) )",
    ),
    "dotted_day": ("day", r"(?P<b>DAY) DOT (?P<a>DAY) DOT (?P<year>YEAR)"),
    "month_days": ("days", rf"{WEEKDAY}? (?P<month>MON) DOT? SP {DAY} {TO_DAY} {TAIL}?"),
    "days_month": ("days", rf"{WEEKDAY}? {DAY} {TO_DAY} SP (?:OF SP)? (?P<month>MON) DOT? {TAIL}?"),
    "month_day": ("day", rf"{WEEKDAY}? (?P<month>MON) DOT? (?: SP (?:THE SP)? )? {DAY} {TAIL}?"),
    "day_month": ("day", rf"{WEEKDAY}? {DAY} (?: SP (?:OF SP)? (?:THE SP)? )? (?P<month>MON) DOT? {TAIL}?"),
    "day_of_month": ("day", rf"(?P<dayword>ORD) SP (?: DAYONE SP )? OF SP (?P<month>MON) {TAIL}?"),
    "joined_day": (
        "day",
        r"(?P<day>DAY) (?: HYPHEN (?P<month>MON) HYPHEN | SLASH (?P<month2>MON) SLASH ) (?: (?P<year>YEAR) | "
        r"(?P<yy>YY) )",
    ),
    "month_ordinal": ("day", r"(?P<month>MON) SP (?:THE SP)? (?P<dayword>ORD) COMMA? SP (?P<year>YEAR)"),
    "month_first_day": (
        "day",
        r"(?: (?P<month>MON) (?: HYPHEN (?P<day>DAY) HYPHEN | SLASH (?P<day2>DAY) SLASH ) (?P<year>YEAR) | "
        r"(?P<year2>YEAR) (?: HYPHEN (?P<month2>MON) HYPHEN | SLASH (?P<month3>MON) SLASH ) (?P<day3>DAY) )",
    ),
    "nth_weekday": (
        "nth_weekday",
        rf"(?: (?P<nth>ORD|LAST) | (?P<nth2>D4) SUFFIX ) SP (?P<weekday>WEEKDAY) SP (?:OF|IN) SP (?:THE SP)? "
        rf"(?: (?P<month>MON) {TAIL}? | (?P<shift>SHIFT) SP MONTHWORD )",
    ),
    "weekday_day": ("monthday", r"(?P<weekday>WEEKDAY) COMMA? SP (?:THE SP)? (?P<day>DAY) SUFFIX"),
    "relative_month_day": (
        "monthday",
        r"(?P<day>DAY) SUFFIX SP (?: DAYONE SP )? OF SP (?: (?:THE SP)? (?P<shift>SHIFT) | (?P<the>THE) ) SP "
        r"MONTHWORD",
    ),
    "the_day": ("monthday", r"THE SP (?P<day>DAY) SUFFIX"),
    "month_quarter": ("quarter", rf"(?P<month>MONTH) SP QUARTERWORD {TAIL}?"),
    "month_year": (
        "month",
        r"(?P<month>MON) (?: DOT? (?: COMMA? SP (?: (?:OF|IN) SP )? | COMMA | HYPHEN | SLASH ) "
        r"(?P<year>ANYYEAR) | DOT? SP? APOS (?P<yy>YY) | HYPHEN (?P<yy2>YY) )",
    ),
    "month_of_year": ("month", rf"(?P<month>MON) DOT? {YEAR_SHIFT}"),
    "shifted_day": ("day", r"(?P<shift>SHIFT) SP (?P<month>MON) DOT? SP (?P<day>DAY) SUFFIX?"),
    "shifted_month": ("month", r"(?: (?:THIS SP)? (?P<shift>SHIFT) SP) (?P<month>MON)"),
    "iso_month": (
        "month",
        r"(?: (?P<year>YEAR) HYPHEN (?P<monthnum>MM) | (?P<monthnum2>NUM12) SLASH (?P<year2>YEAR) )",
    ),
    "month": ("month", r"(?P<month>MONTH)"),
    "shifted_weekday": ("weekday", r"(?:THIS SP)? (?P<shift>SHIFT) SP (?P<weekday>WEEKDAY) (?: SP PARTOFDAY )?"),
    "weekday_of_week": ("weekday", r"(?P<weekday>WEEKDAY) SP (?:OF SP)? (?P<wshift>SHIFT) SP WEEKWORD"),
    "weekday": ("weekday", r"(?P<weekday>WEEKDAY) (?: SP PARTOFDAY )?"),
    "quarter_of_fiscal_year": ("quarter", rf"{LAST_QUARTER} {OF} {FISCAL_YEAR}"),
    "quarter_of_year": ("quarter", rf"{LAST_QUARTER} (?: {TAIL} | DASH (?P<year2>YEAR) )"),
    "short_quarter": ("quarter", r"(?P<number>D4) QU (?P<yy>YY)"),
    "year_quarter": ("quarter", rf"(?P<year>YEAR) (?:SP|DASH)? {QUARTER}"),
    "quarter": ("quarter", QUARTER),
    "half_of_fiscal_year": ("half", rf"{HALF} {OF} {FISCAL_YEAR}"),
    "half_of_year": ("half", rf"{HALF} (?: {TAIL} | DASH (?P<year2>YEAR) )"),
    "short_half": ("half", r"(?P<number>D4) HA (?P<yy>YY)"),
    "year_half": ("half", rf"(?P<year>YEAR) (?:SP|DASH)? {HALF}"),
    "half": ("half", HALF),
    "months_of_year": ("months", rf"(?P<edge>ORD|LAST) SP (?P<count>NUMWORD|DAY) (?:SP|HYPHEN) MONTHWORD {TAIL}"),
    "season_of_year": ("season", rf"(?P<season>SEASON) {TAIL}"),
    "shifted_season": ("season", r"(?:THIS SP)? (?P<shift>SHIFT) SP (?P<season>SEASON)"),
    "season": ("season", r"(?P<season>SEASON)"),
    "decade": ("decade", r"(?: (?P<year>YEAR0) APOS? ES | APOS (?P<yy>YY0) APOS? ES )"),
    "fiscal_year": (
        "year",
        rf"(?P<fiscal>FY SP? APOS? | FISCAL SP (?:YEARWORD SP)? ) (?: (?P<year>YEAR) | (?P<yy>YY) ) "
        rf"{SECOND_YEAR}?",
    ),
    "year_fiscal": ("year", rf"(?P<year>YEAR) {SECOND_YEAR}? SP (?P<fiscal>FISCAL) SP YEARWORD"),
    "year_named": ("year", rf"(?: CALENDAR SP )? YEARWORD SP (?P<year>YEAR) {SECOND_YEAR}?"),
    "years": (
        "year",
        r"(?P<year>YEAR) (?: SP? DASH SP? (?: (?P<toyear>YEAR) | (?P<toyy>YY) ) | SLASH (?: (?P<toyear2>YEAR) "
        r"| (?P<toyy2>YY) ) )",
    ),
    "year_end": (
        "relative",
        r"(?P<unit>YEARWORD|MONTHWORD|QUARTERWORD) (?: (?:HYPHEN|SP) (?P<edge>END) | APOS ES SP "
        r"(?P<edge2>END) ) (?: SP (?P<year>YEAR) )?",
    ),
    "mid_year": ("relative", r"(?P<edge>PART) HYPHEN (?P<unit>YEARWORD) (?: SP (?P<year>YEAR) )?"),
    "year": ("year", r"(?P<year>ANYYEAR)"),
    "end_of_unit": (
        "relative",
        r"(?P<edge>EDGE) SP OF SP (?:THE SP)? (?P<unit>YEARWORD|MONTHWORD|QUARTERWORD|WEEKWORD|DECADEWORD)",
    ),
    "later_in_unit": ("relative", r"(?P<edge>EARLIER|PART) SP IN SP THE SP (?P<unit>YEARWORD|MONTHWORD|WEEKWORD)"),
    "shifted_unit": (
        "relative",
        r"(?: (?P<this>THIS) SP)? (?P<shift>SHIFT) SP (?: (?P<fiscal>FISCAL|CALENDAR) SP )? (?P<unit>UNIT)",
    ),
    "offset": ("offset", r"(?P<count>NUMWORD|COUNT) SP (?P<unit>UNIT) SP (?P<direction>AGO)"),
    "offset_from_now": ("offset", r"(?P<count>NUMWORD|COUNT) SP (?P<unit>UNIT) SP FROM SP (?P<ahead>NOW)"),
    "day_beside": ("relative", r"DAYONE SP (?: (?P<after>AFTER) | (?P<before>BEFORE) ) SP DEICTIC"),
    "dayword": ("relative", r"(?P<deictic>DEICTIC) (?: SP PARTOFDAY )?"),
    "part_of_today": ("relative", r"(?P<this>THIS) SP PARTOFDAY"),
    "the_weekend": ("relative", r"THE SP (?P<unit>WEEKENDWORD)"),
}  # fmt: skip

# What may stand before an expression and belongs to it; tried at its left edge.
EXTENSIONS: dict[str, str] = {
    "week": r"WEEKWORD SP (?P<weekof>OF|BEGINNING|ENDING) SP (?: (?:THE|ON) SP )?",
    "edge": r"(?P<edge>EDGE) SP OF SP (?:THE SP)?",
    "edge_joined": r"(?P<edge>END) (?:HYPHEN|SP)",
    "part": r"(?: (?P<part>PART) (?:SP|DASH) (?:TO|AND) (?:SP|DASH) )? (?P<edge>PART) (?:SP|DASH)",
    "earlier": r"(?P<edge>EARLIER) SP",
    "first_week": r"(?P<edge>ORD|LAST) SP (?:DAYNAME|WEEKWORD|WEEKENDWORD) (?: SP (?:OF|IN) SP (?:THE SP)? )",
}
LONGEST_EXTENSION = 9  # tokens

STARTS = (
    "YEAR ANYYEAR DAY WEEKDAY MON ORD QU D4 HA YEARWORD MONTHWORD QUARTERWORD SHIFT THIS LAST SEASON APOS FY FISCAL "
    "CALENDAR EDGE PART EARLIER NUMWORD COUNT DAYNAME DEICTIC THE"
)
ANONYMOUS = re.compile(r"\(\?P<\w+>")


@cache
def master() -> re.Pattern[str]:
    """All patterns as one; `lastgroup` of a match is the pattern's name."""
    alternatives = (f"(?P<_{name}> {ANONYMOUS.sub('(?:', pattern)} )" for name, (_, pattern) in PATTERNS.items())
    starts = "".join(map(lexicon().charset, STARTS.split()))  # most letters begin none of them
    return lexicon().compile(f"(?= [{starts}] ) (?: {' | '.join(alternatives)} )")


@cache
def pattern(name: str) -> re.Pattern[str]:
    """One pattern with its groups."""
    return lexicon().compile(PATTERNS[name][1])


@cache
def extension(name: str) -> re.Pattern[str]:
    """A left extension; fits only at the end of what it is searched in."""
    return lexicon().compile(rf"(?: {EXTENSIONS[name]} ) \Z")
