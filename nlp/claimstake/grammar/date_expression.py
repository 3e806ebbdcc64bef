"""What the date grammar produces: one calendar expression, parsed but not yet placed in time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "day",  # month and day, with or without year and weekday
    "monthday",  # a day without its month: "the 15th"
    "weekday",
    "nth_weekday",  # "first Monday of June", -1 the last
    "month",
    "year",
    "season",
    "quarter",
    "half",
    "months",  # the first or last `number` months of a year
    "decade",
    "week",  # the week of a given day
    "relative",  # `shift` units from the anchor: "last month", "tomorrow"
    "offset",  # `number` units before or after the anchor: "two weeks ago"
    "range",
]
Tense = Literal["past", "present", "future"]


@dataclass(frozen=True, slots=True)
class DateExpression:
    """One calendar expression of a text.

    Attributes:
        start, end: half-open code-point offsets, without preposition and leading article.
        text: what stands there.
        kind: what the fields below describe.
        year: four digits; the first year of a decade.
        month: 1 to 12.
        day: 1 to 31.
        weekday: 0 (Monday) to 6.
        number: quarter 1 to 4, half 1 or 2, season code 21 to 24, months of kind "months" (negative: the last
            ones), units of kind "offset" (negative: before the anchor), which one of kind "nth_weekday",
            nearest weekday before (-1) or after (1), week that begins (1), ends (-1) with or holds (0) a day.
        unit: what `shift` and `number` count: day, week, weekend, month, quarter, half, year, decade.
        shift: -1 last, 0 this, 1 next; of a month, weekday or season: the last, this or next one.
        year_shift: the year is given as "last year" (-1), "this year" or "the year" (0), "next year" (1).
        anaphoric: `shift` or `number` counts from a date named before ("that year"), not from publication.
        part: "early", "mid", "late", "start", "end": said, but not expressed in EDTF.
        fiscal: the year, half or quarter is a fiscal one.
        lead: lower-case word that governs the expression ("until", "effective"), "" if there is none.
        quoted: stands inside quotation marks.
        metadata: "dateline", "stamp" or "citation" where the expression is no part of the prose.
        first, last: ends of a range.
    """

    start: int
    end: int
    text: str
    kind: Kind
    year: int | None = None
    month: int | None = None
    day: int | None = None
    weekday: int | None = None
    number: int | None = None
    unit: str | None = None
    shift: int | None = None
    year_shift: int | None = None
    anaphoric: bool = False
    part: str | None = None
    fiscal: bool = False
    lead: str = ""
    quoted: bool = False
    metadata: str | None = None
    first: DateExpression | None = None
    last: DateExpression | None = None
