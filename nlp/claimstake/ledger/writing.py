"""The ledger as HTML: lives as swimlanes, limits as steps, sources listed. Parts of a page, for whoever makes one.

No script, no inline style. What comes from documents is always escaped.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib.resources import files

from claimstake.ledger import calendar, drawing, wording
from claimstake.ledger.asking import Question
from claimstake.ledger.drawing import Scale
from claimstake.ledger.model import Contradiction, Document, Measure, Row, Statement, Step
from claimstake.ledger.moving import Move, moves
from claimstake.ledger.telling import Ledger
from claimstake.ledger.timeline import strongest
from claimstake.ledger.values import LIMIT

LANES = 12  # rows of a measure that are drawn; all are in the list of sources
LEGEND = ("proposed", "announced", "in_force", "suspended", "lifted")
SENTENCE = 600  # characters
TITLE = 90  # characters of a title in the overview
MOVED = 24  # rows whose values changed that are shown


class Links:
    """Where a page's readers find a source, and the claim that a sentence makes."""

    def source(self, document: Document) -> str | None:
        """Address of a source, None where there is none."""
        return document.url if is_web(document.url) else None

    def claim(self, statement: Statement) -> str | None:
        """Address of a claim in its text; None where only the source is known."""
        return None


@dataclass(frozen=True)
class Body:
    """Parts of a page as HTML, in the order in which they stand; `heading` and `meta` are plain text.

    Attributes:
        moved: limits and rates that changed, newest change first.
    """

    heading: str
    meta: str
    legend: str
    overview: str
    moved: str
    measures: str
    facts: str
    sources: str


def body(found: Ledger, question: Question, *, most: int, facts: bool, links: Links | None = None) -> Body:
    """The parts of a ledger's page.

    Args:
        found: what answers.
        question: what was asked, for the heading.
        most: measures that are shown, those of the most stories.
        facts: also what is no measure; shown as well where there is nothing else.
        links: where sources are found; None takes their own addresses.
    """
    shown = strongest(found.measures, most)
    told = strongest(found.facts, most) if facts or not shown else []
    writer = _Writer(found.documents, links or Links())
    return Body(
        heading=_heading(question),
        meta=_meta(found, len(shown)),
        legend=_legend(),
        overview=_overview(shown),
        moved=_moved(found.measures, {measure.id for measure in shown}),
        measures="\n".join(writer.measure(m) for m in shown),
        facts=writer.facts(told),
        sources=writer.sources(),
    )


class _Writer:
    """Writes measures, and numbers the sources that they name in the order of time."""

    def __init__(self, documents: Sequence[Document], links: Links) -> None:
        self._documents, self._links = documents, links
        self._numbers = {document.key: number for number, document in enumerate(documents, 1)}
        self._used: set[str] = set()

    def measure(self, measure: Measure) -> str:
        """A section: title, lanes, steps, limits, contradictions, sentences."""
        scale = drawing.scale_of(drawing.dates_of(measure))
        about = " · ".join(filter(None, (wording.seen(measure), *_by(measure))))
        parts = [
            f"<h2>{escape(wording.title(measure))}</h2>",
            f'<p class="meta">{_state(measure)} {escape(about)}</p>',
            _lanes(measure, scale) if scale and measure.predicate != LIMIT else "",
            self._steps(measure),
            *(self._limit(row, scale) for row in (*measure.rows, *measure.limits) if row.values),
            *(self._contradiction(c) for c in measure.contradictions),
            self._sentences(measure.statements),
        ]
        return f'<section id="m{measure.id}">\n{chr(10).join(filter(None, parts))}\n</section>'

    def facts(self, found: Sequence[Measure]) -> str:
        """Claims without a life, a line each."""
        if not found:
            return ""
        rows = "\n".join(
            f"<li>{escape(wording.title(fact))} {self._refs(fact.documents)}"
            + "".join(self._limit(row, None) for row in fact.rows if row.values)
            + "".join(self._contradiction(c) for c in fact.contradictions)
            + "</li>"
            for fact in found
        )
        return f'<section class="facts"><h2>What else is claimed</h2>\n<ul>\n{rows}\n</ul></section>'

    def sources(self) -> str:
        """The sources that were named, copies with what they copy."""
        first: dict[str, int] = {}
        items = []
        for document in self._documents:
            number = self._numbers[document.key]
            if document.key in self._used:
                told = _source(document, first.get(document.told), self._links)
                items.append(f'<li id="s{number}" value="{number}">{told}</li>')
            first.setdefault(document.told, number)
        return f'<section><h2>Sources</h2>\n<ol class="sources">\n{chr(10).join(items)}\n</ol></section>'

    def _steps(self, measure: Measure) -> str:
        if not measure.life or measure.predicate == LIMIT:
            return ""
        rows = "\n".join(self._step(step, measure) for step in measure.life)
        return f'<table class="life">\n<tbody>\n{rows}\n</tbody>\n</table>'

    def _step(self, step: Step, measure: Measure) -> str:
        facts = "; ".join(filter(None, (wording.dated_by(step), wording.details(step, measure))))
        return (
            f'<tr><th scope="row">{escape(wording.when(step))}</th>'
            f'<td><span class="state {step.kind}">{escape(wording.step_name(step))}</span></td>'
            f"<td>{escape(facts)} {self._refs(step.documents)}</td></tr>"
        )

    def _limit(self, row: Row, scale: Scale | None) -> str:
        subject = (row.actor if row.predicate == LIMIT else row.object).name
        refs = self._refs([d for value in row.values for d in value.documents])
        chart = drawing.step_chart(row, scale) if scale else ""
        flag = ' class="limit flagged"' if row.contradictions else ' class="limit"'
        name = f"<b>{escape(subject)}, {escape(wording.limit_name(row))}:</b>"
        axis = drawing.axis(scale) if scale and chart else ""
        return f"<div{flag}><p>{name} {escape(wording.history(row))} {refs}</p>{chart}{axis}</div>"

    def _contradiction(self, found: Contradiction) -> str:
        sides = "".join(f"<li>{self._quotes(side)}</li>" for side in found.sides)
        return f'<div class="flag"><p><b>Contradiction:</b> {escape(found.says)}</p><ul>{sides}</ul></div>'

    def _quotes(self, said: Iterable[Statement]) -> str:
        return " ".join(f"{self._quote(s)} {self._refs([s.document])}" for s in said)

    def _quote(self, said: Statement) -> str:
        address = self._links.claim(said)
        quoted = f"<q>{escape(_cut(said.evidence))}</q>"
        return f'<a href="{escape(address)}">{quoted}</a>' if address else quoted

    def _sentences(self, said: Sequence[Statement]) -> str:
        """What each source says, each sentence once."""
        by_sentence = {(s.document.key, s.evidence): s for s in said if s.evidence}
        ordered = sorted(by_sentence.values(), key=lambda s: self._numbers[s.document.key])
        items = "\n".join(f"<li>{self._quotes([s])}</li>" for s in ordered)
        shown = f"<summary>{wording.count(len(ordered), 'sentence')}</summary>"
        return f'<details>{shown}<ul class="quotes">\n{items}\n</ul></details>' if ordered else ""

    def _refs(self, found: Iterable[Document]) -> str:
        keys = dict.fromkeys(document.key for document in found)
        self._used.update(keys)
        numbers = sorted(self._numbers[key] for key in keys)
        return "".join(f'<a class="ref" href="#s{n}">[{n}]</a>' for n in numbers)


def _moved(measures: Sequence[Measure], shown: Collection[str]) -> str:
    """Limits and rates that changed, each a link to its measure where that is shown; nothing where none did."""
    found = moves(measures)
    if not found:
        return ""
    rows = "".join(_move(move, move.measure.id in shown) for move in found[:MOVED])
    more = f'<li class="more">and {len(found) - MOVED} more</li>' if len(found) > MOVED else ""
    return f'<section class="moved"><h2>Limits and rates that moved</h2><ul>{rows}{more}</ul></section>'


def _move(move: Move, linked: bool) -> str:
    row, when = move.row, wording.when(move.new)
    name = f"{(row.actor if row.predicate == LIMIT else row.object).name}, {wording.limit_name(row)}"
    by = f" by {move.measure.actor.name}" if row.predicate != LIMIT else ""
    named = f'<a href="#m{move.measure.id}">{escape(name + by)}</a>' if linked else f"<b>{escape(name + by)}</b>"
    way = "up" if move.ratio is None or move.ratio > 0 else "down"
    share = f" {abs(move.ratio):.0%}" if move.ratio is not None else ""
    return (
        f'<li>{named} <span class="change">'
        f'<span class="old">{escape(move.old.text)}</span> → <b>{escape(move.new.text)}</b> '
        f'<small class="{way}">{"▲" if way == "up" else "▼"} {way}{share}</small></span> '
        f'<span class="state {move.new.status}">{escape(move.new.status.replace("_", " "))}</span> '
        f"<small>{escape(when)}</small></li>"
    )


def _lanes(measure: Measure, scale: Scale) -> str:
    """A lane a row; above those of one target, where they are several, what they are together."""
    lanes: list[str] = []
    left = LANES
    for part in measure.parts:
        rows = [row for row in part.rows if row.life or row.contradictions]
        if len(rows) > 1:
            lanes.append(_lane(f"together{wording.aim(part.target, measure)}", part.life, scale, ()))
        lanes += [_lane(_name(row, measure), row.life, scale, _denials(row)) for row in rows[:left]]
        if len(rows) > left:
            lanes.append(f'<span class="more">and {len(rows) - left} more</span><span></span>')
        left = max(0, left - len(rows))
    return f'<div class="lanes">{"".join(lanes)}<span></span>{drawing.axis(scale)}</div>' if lanes else ""


def _lane(name: str, life: Sequence[Step], scale: Scale, denied: Iterable[str]) -> str:
    return f"<span>{escape(name)}</span>{drawing.lane(life, scale, denied=denied, name=name)}"


def _name(row: Row, measure: Measure) -> str:
    return f"{row.object.name}{wording.aim(row.target, measure)}"


def _denials(row: Row) -> list[str]:
    return [s.document.published for s in row.statements if not s.affirmed and s.document.published]


def _overview(shown: Sequence[Measure]) -> str:
    """All measures on one scale, each a link to its own place; nothing where there is only one."""
    drawn = [m for m in shown if m.predicate != LIMIT and any(calendar.days(step.date) for step in m.life)]
    scale = drawing.scale_of(step.date for m in drawn for step in m.life)
    if len(drawn) < 2 or scale is None:
        return ""
    lanes = "".join(_links(m, scale) for m in drawn)
    return f'<nav class="lanes" aria-label="All measures">{lanes}<span></span>{drawing.axis(scale)}</nav>'


def _links(measure: Measure, scale: Scale) -> str:
    """A measure's lanes in the overview, one for each target."""
    title = wording.title(measure)
    lanes = []
    for part in measure.parts:
        name = title if not lanes else f"…{wording.aim(part.target, measure)}"
        link = f'<a href="#m{measure.id}">{escape(_cut(name, TITLE))}{_warning(measure) if not lanes else ""}</a>'
        lanes.append(f"{link}{drawing.lane(part.life, scale, name=f'{title}{wording.aim(part.target, measure)}')}")
    return "".join(lanes)


def _warning(measure: Measure) -> str:
    return ' <span class="alarm" title="sources contradict each other">!</span>' if measure.contradictions else ""


def _state(measure: Measure) -> str:
    chips = (
        f'<span class="state {part.state.kind}">{escape(wording.part_standing(part, measure))}</span>'
        for part in measure.parts
        if part.state
    )
    return " ".join(chips)


def _by(measure: Measure) -> list[str]:
    names = wording.instruments(measure)
    return [f"by {wording.listed(names, 3)}"] if names else []


def _source(document: Document, copied: int | None, links: Links) -> str:
    name = escape(document.title or document.id)
    address = links.source(document)
    outside = ' rel="noreferrer"' if is_web(address) else ""
    linked = f'<a href="{escape(address)}"{outside}>{name}</a>' if address else name
    facts = [document.publisher, document.published or "undated", document.id if document.title else None]
    same = f' (same story as <a href="#s{copied}">[{copied}]</a>)' if copied else ""
    return f"{linked} <small>{escape(' · '.join(filter(None, facts)))}{same}</small>"


def is_web(url: str | None) -> bool:
    """Whether an address leads to a web page, and to nothing that a browser would run."""
    return bool(url) and url.startswith(("http://", "https://"))


def _legend() -> str:
    names = (f'<span class="state {kind}">{wording.kind_name(kind)}</span>' for kind in LEGEND)
    signs = "◆ comment deadline · ◇ expires · pale: reported or doubtful · line below a dot: month or year · ✕ denied"
    return f'{" ".join(names)} <span class="signs">{signs}</span>'


def _heading(question: Question) -> str:
    return " · ".join(
        filter(None, ("Ledger", question.actor, ", ".join(question.about), ", ".join(question.predicates)))
    )


def _meta(found: Ledger, shown: int) -> str:
    facts = [wording.count(len(found.measures), "measure"), wording.count(len(found.documents), "source")]
    facts.append(f"{found.claims:,} claims put together")
    if shown < len(found.measures):
        facts.append(f"the {shown} of the most sources are shown")
    return " · ".join(facts)


def _cut(text: str, most: int = SENTENCE) -> str:
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


@cache
def style(name: str = "ledger.css") -> str:
    """The style sheet of what is written here ("ledger.css"), or of the page that stands alone ("frame.css")."""
    return (files("claimstake") / "ledger" / "templates" / name).read_text(encoding="utf-8").rstrip("\n")
