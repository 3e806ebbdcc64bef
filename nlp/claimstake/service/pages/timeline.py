"""Moments of a thing as a picture: a lane a predicate, a dot where something happened, as wide as its place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from html import escape
from math import sqrt

from claimstake.ledger import calendar, drawing
from claimstake.ledger.drawing import Scale
from claimstake.queries.contract import Moment

LANE, NAME, MIDDLE = 40, 12, 27  # pixels: height of a lane, base line of its name, middle of its dots
AXIS = 20  # pixels below the lanes
LANES = 8  # predicates of their own; the rarer ones share the last lane
LEAST, MOST = 4.5, 11.0  # pixels: radius of a dot of one claim, and of any
TOLD = 3  # claims that a dot names
OTHERS = "others"


def picture(moments: Sequence[Moment], name: str, today: str) -> str:
    """An SVG of moments; empty where no date is known.

    Args:
        moments: of one thing.
        name: of the thing, for the title.
        today: ISO date, drawn as a line where it lies among the dates.
    """
    dated = [moment for moment in moments if calendar.days(moment.date)]
    scale = drawing.scale_of(moment.date for moment in dated)
    if scale is None:
        return ""
    lanes = _lanes(dated)
    height = LANE * len(lanes) + AXIS
    parts = [_grid(scale, height - AXIS), _now(scale, today, height - AXIS)]
    parts += [_lane(title, held, scale, number * LANE) for number, (title, held) in enumerate(lanes)]
    parts.append(_axis(scale, height))
    about = f"{len(dated)} dated claims from {dated[0].date} to {dated[-1].date}, by predicate; the list says the same."
    head = f'<title id="tl-t">Timeline of {escape(name)}</title><desc id="tl-d">{escape(about)}</desc>'
    return (
        f'<svg class="timeline" role="img" aria-labelledby="tl-t" aria-describedby="tl-d" height="{height}">'
        f"{head}{''.join(parts)}</svg>"
    )


def _lanes(dated: Sequence[Moment]) -> list[tuple[str, list[Moment]]]:
    """Moments by predicate, the most frequent first."""
    counts = Counter(moment.claim.predicate for moment in dated).most_common()
    own = {name for name, _ in (counts if len(counts) <= LANES else counts[: LANES - 1])}
    lanes: dict[str, list[Moment]] = {name: [] for name, _ in counts if name in own}
    for moment in dated:
        name = moment.claim.predicate
        lanes.setdefault(name if name in own else OTHERS, []).append(moment)
    return list(lanes.items())


def _lane(title: str, held: Sequence[Moment], scale: Scale, top: int) -> str:
    places: dict[int, list[Moment]] = {}
    for moment in held:
        places.setdefault(round(scale.at(calendar.days(moment.date)[0])), []).append(moment)
    dots = "".join(_dot(x, found, top + MIDDLE) for x, found in sorted(places.items()))
    line = f'<line class="rail" x1="0" x2="100%" y1="{top + MIDDLE}" y2="{top + MIDDLE}"/>'
    return f'{line}<text class="name" x="0" y="{top + NAME}">{escape(title.replace("_", " "))}</text>{dots}'


def _dot(x: int, found: Sequence[Moment], y: int) -> str:
    """A dot for all that happened about then; hollow where only the date of publication is known."""
    radius = min(MOST, LEAST + 1.7 * sqrt(len(found) - 1))
    status = Counter(moment.claim.status or "plain" for moment in found).most_common(1)[0][0]
    hollow = " hollow" if all(moment.kind == "published" for moment in found) else ""
    told = [_told(moment) for moment in found[:TOLD]]
    more = [f"and {len(found) - TOLD} more"] if len(found) > TOLD else []
    title = escape("\n".join([*told, *more]))
    kind = f"dot {escape(status)}{hollow}"
    return f'<circle class="{kind}" cx="{x}%" cy="{y}" r="{radius:.1f}"><title>{title}</title></circle>'


def _told(moment: Moment) -> str:
    claim = moment.claim
    return f"{moment.date} {moment.kind}: {claim.subject.name} {claim.predicate.replace('_', ' ')} {claim.object.name}"


def _grid(scale: Scale, height: int) -> str:
    return "".join(f'<line class="grid" x1="{x}%" x2="{x}%" y1="0" y2="{height}"/>' for x, _ in scale.ticks())


def _now(scale: Scale, today: str, height: int) -> str:
    if not scale.low <= calendar.ordinal(today) <= scale.high:
        return ""
    x = scale.at(today)
    return f'<line class="today" x1="{x}%" x2="{x}%" y1="0" y2="{height}"><title>today</title></line>'


def _axis(scale: Scale, height: int) -> str:
    names = ((f"{x}%", " late" if x > 92 else " early" if x < 6 else "", name) for x, name in scale.ticks())
    return "".join(f'<text class="tick{side}" x="{x}" y="{height - 5}">{name}</text>' for x, side, name in names)
