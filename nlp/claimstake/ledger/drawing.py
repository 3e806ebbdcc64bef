"""Timelines and step charts as inline SVG that is as wide as its place: all that lies along time is in per cent.

Nothing is scaled, so letters and strokes keep their size on a phone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape

from claimstake.ledger import calendar, wording
from claimstake.ledger.model import STATES, TOLD, Measure, Row, Step, Value

LANE, MIDDLE, BAR = 30, 15, 10  # pixels: height of a lane, its middle, thickness of its bar
CHART, TOP, BOTTOM = 96, 24, 80  # pixels: height of a step chart, its highest and lowest value
LEAST_DAYS = 90  # of a scale
MARGIN = 0.05  # of a scale, left and right of the first and last date
TICKS = 5  # at most
SIGNS = {"comment_until": "◆", "deadline": "◆", "expires": "◇"}


@dataclass(frozen=True)
class Scale:
    """Days (ordinals) to per cent of the width."""

    low: int
    high: int

    def at(self, iso: str) -> float:
        return self.place(calendar.ordinal(iso))

    def place(self, day: int) -> float:
        share = (day - self.low) / (self.high - self.low)
        return round(100 * min(1.0, max(0.0, share)), 2)

    def ticks(self) -> list[tuple[float, str]]:
        """Place and name of years, or of months where the scale has few years."""
        for months in (1, 2, 3, 6, 12, 24, 60, 120, 240, 600):
            found = list(self._every(months))
            if len(found) <= TICKS:
                return found
        return []

    def _every(self, months: int) -> Iterable[tuple[float, str]]:
        begin = date.fromordinal(self.low)
        month = (begin.year * 12 + begin.month - 1) // months * months
        while month // 12 <= date.fromordinal(self.high).year:
            day = date(max(1, month // 12), month % 12 + 1, 1).toordinal()
            if self.low <= day <= self.high:
                yield self.place(day), str(month // 12) if months >= 12 else f"{month // 12}-{month % 12 + 1:02}"
            month += months


def scale_of(dates: Iterable[str | None]) -> Scale | None:
    """A scale that holds dates (EDTF) with some room; None where there are none."""
    spans = [span for span in map(calendar.days, dates) if span]
    if not spans:
        return None
    low, high = min(calendar.ordinal(s[0]) for s in spans), max(calendar.ordinal(s[1]) for s in spans)
    lacking = max(0, LEAST_DAYS - (high - low)) // 2
    room = int((high - low + 2 * lacking) * MARGIN) + 1
    last = date.max.toordinal()
    return Scale(max(1, low - lacking - room), min(last, high + lacking + room))


def dates_of(measure: Measure) -> list[str | None]:
    """What a measure's scale has to hold."""
    lives = (step.date for row in measure.rows for step in row.life)
    values = (value.date for row in (*measure.rows, *measure.limits) for value in row.values)
    return [*(s.date for s in measure.life), *lives, *values, *measure.seen]


def axis(scale: Scale) -> str:
    """The names of a scale's ticks."""
    names = "".join(f'<text x="{x}%" y="13" class="tick{_side(x)}">{name}</text>' for x, name in scale.ticks())
    return f'<svg class="axis" height="18" aria-hidden="true">{names}</svg>'


def _side(x: float) -> str:
    """Which end of a name stands at its place, so that it stays in the picture."""
    return " late" if x > 92 else " early" if x < 6 else ""


def lane(life: Sequence[Step], scale: Scale, *, denied: Iterable[str] = (), name: str = "") -> str:
    """A life as a bar that changes its colour with the state.

    Args:
        life: steps in order.
        scale: where the dates lie.
        denied: publication dates of sources that deny it.
        name: what the lane shows, for those who hear it.
    """
    parts = [_grid(scale, LANE), *_bars(life, scale), *(_mark(step, scale) for step in life if step.date)]
    for day in denied:
        span = calendar.days(day)
        if span:
            title = f"<title>denied, {escape(day)}</title>"
            parts.append(f'<text x="{scale.at(span[0])}%" y="{MIDDLE + 6}" class="denied">✕{title}</text>')
    label = escape(name, quote=True)
    return f'<svg class="lane" height="{LANE}" role="img" aria-label="{label}">{"".join(parts)}</svg>'


def _grid(scale: Scale, height: int) -> str:
    lines = (f'<line x1="{x}%" x2="{x}%" y1="0" y2="{height}"/>' for x, _ in scale.ticks())
    return f'<g class="grid">{"".join(lines)}</g>'


def _bars(life: Sequence[Step], scale: Scale) -> Iterable[str]:
    states: list[Step] = []
    for step in life:
        confirms = states and step.kind == states[-1].kind and step.basis not in TOLD  # a later report
        if step.kind in STATES and not step.planned and calendar.days(step.date) and not confirms:
            states.append(step)
    for index, step in enumerate(states):
        begin = scale.at(calendar.days(step.date)[0])
        following = states[index + 1] if index + 1 < len(states) else None
        end = scale.at(calendar.days(following.date)[0]) if following else 100.0
        doubt = " faint" if step.hedged or step.basis not in TOLD else ""
        place = f'x="{begin}%" width="{round(max(0.0, end - begin), 2)}%" y="{MIDDLE - BAR // 2}" height="{BAR}"'
        yield f'<rect {place} class="bar {step.kind}{doubt}"/>'


def _mark(step: Step, scale: Scale) -> str:
    """A step's dot, with a line as long as its month or year where it has no day."""
    low, high = calendar.days(step.date)
    x, end = scale.at(low), scale.at(high)
    facts = (step.date, wording.step_name(step), wording.dated_by(step), wording.sources(step.documents))
    title = f"<title>{escape(' · '.join(filter(None, facts)))}</title>"
    if step.kind in SIGNS:
        return f'<text x="{x}%" y="{MIDDLE + 5}" class="sign {step.kind}">{SIGNS[step.kind]}{title}</text>'
    hollow = " hollow" if step.hedged or step.planned or step.basis not in TOLD else ""
    dot = f'<circle cx="{x}%" cy="{MIDDLE}" r="6" class="dot {step.kind}{hollow}">{title}</circle>'
    if end - x < 1.5:
        return dot
    reach = f'<line x1="{x}%" x2="{end}%" y1="{MIDDLE + 9}" y2="{MIDDLE + 9}" class="reach {step.kind}"/>'
    return reach + dot


def step_chart(row: Row, scale: Scale) -> str:
    """A limit's or rate's history as steps; empty where its values are not numbers or do not change."""
    points = _points(row, scale)
    numbers = [number for _, number, _ in points]
    if len(set(numbers)) < 2:
        return ""
    low, high = min(numbers), max(numbers)

    def height(number: float) -> float:
        return round(BOTTOM - (number - low) / (high - low) * (BOTTOM - TOP), 1)

    parts = [_grid(scale, CHART)]
    for index, (x, number, value) in enumerate(points):
        y = height(number)
        following = points[index + 1] if index + 1 < len(points) else None
        end = following[0] if following else 100.0
        kind = f"value {value.status}" + (" faint" if value.superseded or value.basis not in TOLD else "")
        parts.append(f'<line x1="{x}%" x2="{end}%" y1="{y}" y2="{y}" class="{kind}"/>')
        if following:
            parts.append(f'<line x1="{end}%" x2="{end}%" y1="{y}" y2="{height(following[1])}" class="drop"/>')
        anchor = ' class="late"' if x > 75 else ""
        title = f"<title>{escape(_told(value))}</title>"
        parts.append(f'<circle cx="{x}%" cy="{y}" r="4" class="dot {value.status}">{title}</circle>')
        parts.append(f'<text x="{x}%" y="{y - 8}"{anchor}>{escape(value.text)}</text>')
    name = escape(wording.history(row), quote=True)
    return f'<svg class="steps" height="{CHART}" role="img" aria-label="{name}">{"".join(parts)}</svg>'


def _told(value: Value) -> str:
    facts = (value.text, value.status.replace("_", " "), wording.when(value), wording.sources(value.documents))
    return " · ".join(facts)


def _points(row: Row, scale: Scale) -> list[tuple[float, float, Value]]:
    """Place, number and value, in order; what has no date stands at the left, before what it was replaced by."""
    found: list[tuple[float, float, Value]] = []
    for value in row.values:
        if value.amount is None or value.amount.unit != next(v.amount.unit for v in row.values if v.amount):
            continue
        number = value.amount.value
        span = None if value.superseded else calendar.days(value.date)
        x = scale.at(span[0]) if span else 2.0
        found.append((x, float(number[1] if isinstance(number, tuple) else number), value))
    return sorted(found, key=lambda point: point[0])
