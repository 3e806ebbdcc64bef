"""Histories of limits and rates: what a value was, from when, by whose word, and where sources differ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from claimstake.grammar.measures import find_measures
from claimstake.ledger import calendar
from claimstake.ledger.lives import DocumentDates, marks
from claimstake.ledger.model import TOLD, Contradiction, Statement, Value
from claimstake.records import Measure as Amount

TARIFF, LIMIT = "imposes_tariff_on", "has_threshold"
SAME_TIME = 31  # days between two reports that are taken to speak of the same time
BEFORE_ALL = ("0000", "0000")


@lru_cache(maxsize=20_000)
def amount(text: str) -> Amount | None:
    """The first measure in a text ("as high as 145 percent" → ≤ 145 %); None where there is none."""
    found = next(iter(find_measures(text)), None)
    return Amount(comparator=found.comparator, value=found.value, unit=found.unit) if found else None


@dataclass(frozen=True, slots=True)
class _Said:
    """A value as one statement gives it."""

    text: str
    amount: Amount | None
    status: str
    date: str | None
    basis: str
    statement: Statement
    superseded: bool = False

    @property
    def number(self) -> object:
        return (self.amount.value, self.amount.unit) if self.amount else self.text.casefold()


def values(statements: Iterable[Statement], dates: DocumentDates) -> list[Value]:
    """The history: equal values that follow each other are one, from the first date that is told.

    What a statement says was superseded stands before it, once, unless it is told itself.
    """
    said = sorted((one for s in statements if s.affirmed for one in _said(s, dates)), key=_order)
    own = {one.number for one in said if not one.superseded}
    history: list[Value] = []
    for one in said:
        if one.superseded and one.number in own:
            continue
        last = next((v for v in reversed(history) if v.status == one.status), None)
        if last is not None and _number(last) == one.number:
            _join(last, one)
        else:
            history.append(
                Value(one.text, one.amount, one.status, one.date, one.basis, [one.statement], one.superseded)
            )
    return history


def conflicts(history: list[Value], predicate: str) -> Iterator[Contradiction]:
    """Pairs of values that hold at one time by the word of different stories."""
    flat = [v for v in history if not v.superseded and v.amount and not all(s.hedged for s in v.statements)]
    for index, one in enumerate(flat):
        for other in flat[index + 1 :]:
            if one.status == other.status and _differ(one, other, predicate) and _together(one, other):
                says = f"{one.text} or {other.text}"
                yield Contradiction("value", says, (tuple(one.statements), tuple(other.statements)))


def _said(statement: Statement, dates: DocumentDates) -> Iterator[_Said]:
    text = statement.rate if statement.predicate == TARIFF else statement.object.name
    found = marks(statement, dates)
    if not text or not found:
        return
    mark = min(found, key=lambda m: (m.basis != "effective", m.kind != statement.status))  # from when it holds
    normal = (statement.value if statement.predicate == LIMIT else None) or amount(text)
    yield _Said(text, normal, statement.status, mark.date, mark.basis, statement)
    if statement.supersedes:
        old = statement.supersedes
        yield _Said(old, amount(old), statement.status, mark.date, mark.basis, statement, superseded=True)


def _order(one: _Said) -> tuple[object, ...]:
    """By time; of one time the superseded and the proposed first. What nothing dates follows its kind."""
    span = calendar.days(one.date)
    early = one.superseded or one.status == "proposed"
    return (span[0] if span else ("0000" if early else "9999")), not one.superseded, not early, one.text


def _number(value: Value) -> object:
    return (value.amount.value, value.amount.unit) if value.amount else value.text.casefold()


def _join(value: Value, one: _Said) -> None:
    value.statements.append(one.statement)
    if value.basis not in TOLD and one.basis in TOLD:
        value.date, value.basis = one.date, one.basis


def _differ(one: Value, other: Value, predicate: str) -> bool:
    """Whether both cannot hold: different numbers, and for rates not a figure below "up to"."""
    if one.amount.unit != other.amount.unit or one.amount.value == other.amount.value:
        return False
    return predicate == LIMIT or not calendar.overlap(_stretch(one.amount), _stretch(other.amount))


def _stretch(found: Amount) -> tuple[float, float]:
    low, high = found.value if isinstance(found.value, tuple) else (found.value,) * 2
    if found.comparator in ("<", "<="):
        return float("-inf"), high
    if found.comparator in (">", ">="):
        return low, float("inf")
    return (low * 0.95, high * 1.05) if found.comparator == "~" else (low, high)


def _together(one: Value, other: Value) -> bool:
    """Whether different stories speak of one time, and none says that one value replaced the other."""
    stories = [{s.document.told for s in value.statements} for value in (one, other)]
    if stories[0] & stories[1] or _replaces(one, other) or _replaces(other, one):
        return False
    first, second = calendar.days(one.date), calendar.days(other.date)
    if first is None or second is None:
        return True
    if one.basis in TOLD and other.basis in TOLD:
        return calendar.overlap(first, second)
    return abs(calendar.apart(first[0], second[0])) <= SAME_TIME


def _replaces(new: Value, old: Value) -> bool:
    found = (amount(s.supersedes) for s in new.statements if s.supersedes)
    return any(a is not None and a.value == old.amount.value for a in found)
