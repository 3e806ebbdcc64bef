"""Statements of many documents put together: the same actor, predicate, object, target and parameter is one row."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace

from claimstake import ontology
from claimstake.knowledge.tables import toml
from claimstake.ledger import calendar, lives, targets, values
from claimstake.ledger.knowing import Knowledge, default
from claimstake.ledger.model import Contradiction, Row, Statement, Thing
from claimstake.ledger.values import LIMIT, TARIFF

ID_LENGTH = 12
DIRECTIONS = {">": ">", ">=": ">", "<": "<", "<=": "<"}
Key = tuple[str, ...]


def consolidate(statements: Iterable[Statement], knowledge: Knowledge | None = None) -> list[Row]:
    """One row for each claim that documents make, with its sources, its life, its values and its contradictions.

    A statement that leaves out the target belongs to the row that it means (see `targets`).

    Args:
        statements: claims of any number of documents.
        knowledge: who speaks for whom; None takes what ships with the package.

    Returns:
        Rows in the order in which their first statements came.
    """
    known = knowledge or default()
    found = _with_rates(list(statements), known)
    rows: dict[Key, Row] = {}
    for statement in found:
        key, row = _row(statement, known)
        rows.setdefault(key, row).statements.append(statement)
    dates = lives.document_dates(found)
    for row in rows.values():
        _finish(row, dates)
    return _with_targets(rows, dates)


def _with_targets(rows: dict[Key, Row], dates: lives.DocumentDates) -> list[Row]:
    """Move statements that leave out the target to the rows that they mean; a row without any left goes."""
    sides: dict[Key, list[Row]] = {}
    for key, row in rows.items():
        sides.setdefault(key[:-1], []).append(row)
    for members in sides.values():
        aimed = [row for row in members if row.target]
        general = next((row for row in members if not row.target), None)
        moved = targets.meant(general, aimed, dates) if general and aimed else {}
        for statement in [s for s in general.statements if id(s) in moved] if moved else ():
            moved[id(statement)].statements.append(statement)
            general.statements.remove(statement)
        for row in members if moved else ():
            _finish(row, dates)
    return [row for row in rows.values() if row.statements]


def actor_of(statement: Statement, known: Knowledge) -> Thing:
    """Who acts: for measures the country that the subject speaks for."""
    if statement.predicate in measure_predicates():
        return known.authority(statement.subject)
    return statement.subject


def measure_predicates() -> frozenset[str]:
    return frozenset(toml("ledger.toml")["measures"]["predicates"])


def _with_rates(found: list[Statement], known: Knowledge) -> list[Statement]:
    """Without the limits that are a tariff's rate, or the one before; the tariff takes from them what it replaces."""
    tariffs = {_paid(s, s.object, known) for s in found if s.predicate == TARIFF and s.rate}
    limits = [s for s in found if s.predicate == LIMIT and _paid(s, s.subject, known) in tariffs]
    old = {_paid(s, s.subject, known): s.supersedes for s in limits if s.supersedes}
    dropped = {id(s) for s in limits}
    kept = (s for s in found if id(s) not in dropped)
    return [
        replace(s, supersedes=old.get(_paid(s, s.object, known))) if s.predicate == TARIFF and s.rate else s
        for s in kept
    ]


def _paid(statement: Statement, payer: Thing, known: Knowledge) -> Key:
    """Document, sentence and payer of a rate."""
    return statement.document.key, statement.evidence, known.identity(payer)


def _row(statement: Statement, known: Knowledge) -> tuple[Key, Row]:
    actor, object_ = actor_of(statement, known), statement.object
    predicate = statement.predicate
    ends = [known.identity(actor), known.identity(object_)]
    if predicate == LIMIT:
        ends[1] = _limit(statement, known)
    elif ontology.default().predicates.get(predicate) and ontology.default().predicates[predicate].symmetric:
        ends.sort()
    target = known.key(statement.target) if statement.target else ""
    key = (predicate, *ends, target)
    row = Row(
        hashlib.blake2b("\0".join(key).encode("utf-8", "surrogatepass"), digest_size=ID_LENGTH // 2).hexdigest(),
        actor, predicate, object_, statement.target,
        statement.parameter if predicate == LIMIT else None, statement.condition if predicate == LIMIT else None,
    )  # fmt: skip
    return key, row


def _limit(statement: Statement, known: Knowledge) -> str:
    """What is limited: parameter, condition, unit, and whether from above or below; its number is no part of it."""
    found = statement.value or values.amount(statement.object.name)
    unit = (found.unit, DIRECTIONS.get(found.comparator, "")) if found else (known.key(statement.object.name), "")
    said = (statement.parameter or "", statement.condition or "")
    return "|".join((*(known.key(part) for part in said), *unit))


def _finish(row: Row, dates: lives.DocumentDates) -> None:
    row.statements.sort(key=lambda s: (s.document.published or "9", s.document.key, s.id))
    row.life = lives.life(mark for s in row.statements for mark in lives.marks(s, dates))
    if row.predicate in (LIMIT, TARIFF):
        row.values = values.values(row.statements, dates)
    row.contradictions = [*_denied(row, dates), *values.conflicts(row.values, row.predicate)]


def _denied(row: Row, dates: lives.DocumentDates) -> list[Contradiction]:
    """Affirmed flatly by some, denied flatly by others, of one status and not before it was so."""
    flat = [s for s in row.statements if not s.hedged]
    denied = [s for s in flat if not s.affirmed]
    affirmed = [s for s in flat if s.affirmed and any(s.status == d.status for d in denied)]
    since = min((span[0] for s in affirmed for span in _since(s, dates)), default="")
    late = [d for d in denied if not d.document.published or d.document.published >= since]
    return (
        [Contradiction("polarity", "affirmed and denied", (tuple(affirmed), tuple(late)))] if affirmed and late else []
    )


def _since(statement: Statement, dates: lives.DocumentDates) -> list[calendar.Days]:
    spans = (calendar.days(mark.date) for mark in lives.marks(statement, dates) if mark.kind == statement.status)
    return [span for span in spans if span]
