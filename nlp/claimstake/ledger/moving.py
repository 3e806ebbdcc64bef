"""Limits and rates that moved: what a value was, what it is now, and which way it went."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from claimstake.ledger import calendar
from claimstake.ledger.model import TOLD, Document, Measure, Row, Value
from claimstake.ledger.values import LIMIT


@dataclass(frozen=True, slots=True)
class Move:
    """The last change of a limit or rate.

    Attributes:
        measure: what the row belongs to.
        old, new: values before and after, of one unit and different numbers.
    """

    measure: Measure
    row: Row
    old: Value
    new: Value

    @property
    def ratio(self) -> float | None:
        """Change as a share of the old number (-0.25: a quarter less); None where that was zero."""
        old, new = _number(self.old), _number(self.new)
        return (new - old) / abs(old) if old else None


def moves(found: Iterable[Measure]) -> list[Move]:
    """The last change of every limit and rate that changed, the newest first."""
    every = (_last(measure, row) for measure in found for row in measure.all_rows)
    told = {move.row.id: move for move in every if move}
    return sorted(told.values(), key=lambda move: move.new.date or "", reverse=True)


def _last(measure: Measure, row: Row) -> Move | None:
    """The last two values that follow each other; none where sources contradict each other about them.

    Limits of nobody knows what ("copper: 15%", "copper: 90%") are not compared.
    """
    if any(c.kind == "value" for c in row.contradictions) or (row.predicate == LIMIT and not row.parameter):
        return None
    known = [value for value in row.values if value.amount]
    pairs = [(old, new) for old, new in zip(known, known[1:], strict=False) if _follows(old, new)]
    return Move(measure, row, *pairs[-1]) if pairs else None


def _follows(old: Value, new: Value) -> bool:
    """Whether one took the other's place: two numbers that one text gives for one time are two limits."""
    if old.amount.unit != new.amount.unit or _number(old) == _number(new) or new.superseded:
        return False
    if old.superseded:
        return True
    same = _stories(old.documents) & _stories(new.documents)
    return _later(old, new) if not same else _later(old, new) and old.basis in TOLD and new.basis in TOLD


def _later(old: Value, new: Value) -> bool:
    before, after = calendar.days(old.date), calendar.days(new.date)
    return bool(before and after and before[1] < after[0])


def _stories(found: Sequence[Document]) -> set[str]:
    return {document.told for document in found}


def _number(value: Value) -> float:
    number = value.amount.value
    return float(number[1] if isinstance(number, tuple) else number)
