"""What a date is resolved against: the anchor, the direction the tense gives, and which candidate is nearest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from claimstake.grammar.date_calendar import Point
from claimstake.grammar.date_expression import DateExpression, Tense
from claimstake.grammar.date_lexicon import words

# How much farther a candidate on the wrong side of the anchor seems than one on the right side. 40 lets a report of
# "July 17", published on July 16 of another time zone, stay in its year, and no more than nine days.
WRONG_SIDE = 40.0
# A limit in time set in the past often lies ahead all the same: "was put on hold until October 14".
PAST_LIMIT = 4.0
# A sentence goes on in time rather than back: what a step back counts against one ahead.
BACKWARD = 1.5
# Without a verb: the past is preferred up to two thirds of the way.
NO_TENSE = 2.0


@dataclass(frozen=True)
class Frame:
    """What an expression is resolved against: anchor, weights of past and future candidates, date before it, and the
    date before it in the same sentence."""

    anchor: Point | None
    past: float
    future: float
    context: Point | None
    fiscal_start: int = 1
    named_by: str = "end"
    nearby: Point | None = None

    @property
    def leans_ahead(self) -> bool:
        return self.past > self.future


def weights(expression: DateExpression, tense: Tense | None) -> tuple[float, float]:
    """How the distance of past and future candidates is weighed; the smaller one wins."""
    lead, shift = expression.lead, expression.shift
    if expression.kind in ("day", "month", "weekday", "season") and shift:
        return (1.0, 1e9) if shift < 0 else (1e9, 1.0)
    if lead in words("directions", "past"):
        return 1.0, WRONG_SIDE
    if lead in words("directions", "onset"):
        return 1.0, 1.0  # "put curbs on exports, starting November 1"
    if tense == "past":
        return 1.0, PAST_LIMIT if lead in words("directions", "limit") else WRONG_SIDE
    if lead in words("directions", "deadline"):
        return WRONG_SIDE, 1.0
    if tense == "future":
        return WRONG_SIDE, 1.0
    return (1.0, 1.0) if tense == "present" else (1.0, NO_TENSE)


def nearest(candidates: Iterable[tuple[float, int]], frame: Frame) -> int:
    """The year whose candidate is nearest, weighed by tense; distances are signed, ahead positive."""
    weighed = [(abs(d) * (frame.future if d > 0 else frame.past), y) for d, y in candidates]
    return min(weighed)[1]


def nearest_year(frame: Frame, first_month: int, last_month: int, *, strictly: bool = False) -> int | None:
    """The year in which a span of months lies nearest to the anchor; a span that holds the anchor has distance 0."""
    anchor = frame.anchor
    if anchor is None:
        return None
    if anchor.month is None:
        return anchor.year
    candidates = []
    for year in (anchor.year - 1, anchor.year, anchor.year + 1):
        begin, end = ((year - anchor.year) * 12 + m - anchor.month for m in (first_month, last_month))
        distance = begin if begin > 0 else end if end < 0 else 0
        if distance or not strictly:
            candidates.append((30.0 * distance, year))
    return nearest(candidates, frame)


def year_nearby(frame: Frame, month: int, day: int | None, lead: str) -> int | None:
    """The year that the date before it in the sentence gives a date: "In 2024, ... in August", "On 6 August he ordered
    duties from 27 August"; None where there is none or the tense forbids it."""
    near = frame.nearby
    if near is None:
        return None
    forward = lead in words("directions", "limit") or lead in words("directions", "onset")
    year, gap = near.year, 0
    if near.month is not None:
        base = near.year * 372 + near.month * 31 + (near.day or 15)
        gaps = [(y * 372 + month * 31 + (day or 15) - base, y) for y in (near.year - 1, near.year, near.year + 1)]
        gap, year = min(gaps, key=lambda pair: pair[0] if pair[0] >= 0 else -BACKWARD * pair[0])
    anchor = frame.anchor
    if anchor is None:
        return year
    behind = (year, month, day or 31) < (anchor.year, anchor.month or 1, anchor.day or 1)
    later = (year, month, day or 1) > (anchor.year, anchor.month or 12, anchor.day or 31)
    contradicts = (later and frame.future >= WRONG_SIDE and not forward) or (
        behind and frame.past >= WRONG_SIDE and gap < 0
    )
    return None if contradicts else year
