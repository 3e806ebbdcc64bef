"""Reports that leave out whom a measure is aimed at are told with the measure that they mean."""

from __future__ import annotations

from collections.abc import Iterable

from claimstake.ledger import calendar, lives
from claimstake.ledger.model import TOLD, Mark, Row, Statement, Step

VAGUE = (None, "restriction")  # kinds of measure that any other may be


def meant(general: Row, aimed: Iterable[Row], dates: lives.DocumentDates) -> dict[int, Row]:
    """Which statements of a row without target belong to a row with one.

    A statement does if its own date is, or holds, that of a step of the other and of none of its own row ("in
    December" beside "on December 3"). One without a date does if the last step of its kind before it was published is
    the other's, and the kind of measure fits that step and not those of its own row.

    Args:
        general: has no target.
        aimed: the same actor, predicate and object, with targets.
        dates: see `lives.document_dates`.

    Returns:
        Row by the id() of the statement.
    """
    found: dict[int, Row] = {}
    rows = list(aimed)
    for statement in general.statements:
        told = [mark for mark in lives.marks(statement, dates) if mark.kind == statement.status]
        home = next((row for row in rows if told and all(_belongs(mark, row, general) for mark in told)), None)
        if home is not None:
            found[id(statement)] = home
    return found


def _belongs(mark: Mark, aimed: Row, general: Row) -> bool:
    if mark.basis in TOLD:
        fits = any(_holds(mark, step) for step in _steps(aimed, mark.kind))
        return fits and not any(_holds(mark, step) and step.date != mark.date for step in _steps(general, mark.kind))
    if mark.basis != "published":
        return False
    own, other = _last(mark, general), _last(mark, aimed)
    if other is None or not _compatible(mark.statement, other):
        return False
    if own is None:
        return True
    kinds = {s.measure for s in own.statements if s.times}
    closer = mark.statement.measure not in (*VAGUE, *kinds)
    return closer and calendar.days(own.date) < calendar.days(other.date)


def _holds(mark: Mark, step: Step) -> bool:
    return calendar.within(calendar.days(step.date), calendar.days(mark.date))


def _steps(row: Row, kind: str) -> list[Step]:
    return [step for step in row.life if step.kind == kind and step.basis in TOLD]


def _last(mark: Mark, row: Row) -> Step | None:
    """The last told step of its kind that was there when the report was published."""
    published = calendar.days(mark.date)
    before = [step for step in _steps(row, mark.kind) if calendar.days(step.date)[0] <= published[1]]
    return max(before, key=lambda step: calendar.days(step.date), default=None)


def _compatible(statement: Statement, step: Step) -> bool:
    return statement.measure in VAGUE or statement.measure in step.measures or step.measures in ([], ["restriction"])
