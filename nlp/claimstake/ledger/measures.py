"""Rows put together into measures: one actor and predicate, one family of objects, or adopted together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from claimstake.knowledge.tables import toml
from claimstake.ledger import calendar, lives
from claimstake.ledger.knowing import Knowledge, default
from claimstake.ledger.model import TOLD, Measure, Part, Row, Thing
from claimstake.ledger.rows import measure_predicates
from claimstake.ledger.values import LIMIT

ISSUES, COVERS = "issues", "covers"
REACH = 150  # days after a step of one thing that a report on another thing of the measure may tell of it
Sign = tuple[str, str]  # kind and date of a step, or document and sentence


def measures(
    rows: Iterable[Row], knowledge: Knowledge | None = None, wanted: Callable[[Measure], bool] | None = None
) -> list[Measure]:
    """Group rows into measures.

    1. Rows of one actor and predicate whose objects are one thing, or one a kind of the other by the knowledge base.
    2. A group whose dated days (else: sentences) are all those of a larger group of that actor and predicate belongs
       to it: adopted together.
    3. `issues` and `covers` of an instrument belong to the measures that it covers; limits to what they limit.

    Limits of no measure are together by what they limit; rows that are no measures ("produces") stand alone.

    Args:
        rows: see `rows.consolidate`.
        knowledge: what is a kind of what; None takes what ships with the package.
        wanted: which measures to return; None takes all.

    Returns:
        Measures in order of time, then those without a date.
    """
    known = knowledge or default()
    found = list(rows)
    grouped = _adopted_together(_families([r for r in found if r.predicate in _own()], known))
    alone = [r for r in found if r.predicate not in _own()]
    used = _tie_instruments(grouped, found, known) | _tie_limits(grouped, found, known)
    rest = [row for row in alone if row.id not in used]
    grouped += _limits_alone([row for row in rest if row.predicate == LIMIT], known)
    grouped += [Measure([row]) for row in rest if row.predicate != LIMIT]
    grouped = [measure for measure in grouped if wanted is None or wanted(measure)]
    for measure in grouped:
        _finish(measure)
    return sorted(grouped, key=order)


def order(measure: Measure) -> tuple[object, ...]:
    """By the first told day, else the first publication; measures before facts."""
    days = [span[0] for span in (calendar.days(s.date) for s in measure.life) if span]
    fact = measure.predicate not in measure_predicates() | {LIMIT}
    return fact, min(days, default=measure.seen[0] or "9"), measure.actor.name, measure.rows[0].object.name


def _own() -> frozenset[str]:
    return measure_predicates() - {ISSUES}


def _families(rows: list[Row], known: Knowledge) -> list[Measure]:
    """Rows of one actor, predicate and family of objects."""
    groups: dict[str, list[Row]] = {}
    sides: dict[tuple[str, str], dict[str, list[Row]]] = {}
    for row in rows:
        side = sides.setdefault((known.identity(row.actor), row.predicate), {})
        side.setdefault(known.identity(row.object), []).append(row)
    for (actor, predicate), things in sides.items():
        heads = _heads(things, known)
        for thing, members in things.items():
            groups.setdefault(f"{actor}|{predicate}|{heads[thing]}", []).extend(members)
    return [Measure(members) for members in groups.values()]


def _heads(things: Iterable[str], known: Knowledge) -> dict[str, str]:
    """For each thing the head of its family: connected through the classes that are there themselves."""
    present = list(things)
    head = {thing: thing for thing in present}

    def find(thing: str) -> str:
        while head[thing] != thing:
            head[thing] = head[head[thing]]
            thing = head[thing]
        return thing

    for thing in present:
        for above in known.classes(thing):
            if above in head and known.named(above).label == known.named(thing).label:
                head[find(thing)] = find(above)
    return {thing: find(thing) for thing in present}


def _adopted_together(groups: list[Measure]) -> list[Measure]:
    """Put small groups into larger ones that know all their days, or sentences where they have no days."""
    sides: dict[tuple[object, ...], list[tuple[Measure, set[Sign], set[Sign]]]] = {}
    for group in groups:
        days = {day for row in group.rows for day in _days(row)}
        said = {(s.document.key, s.evidence) for row in group.rows for s in row.statements}
        sides.setdefault((group.actor, group.predicate), []).append((group, days, said))
    left: list[Measure] = []
    for members in sides.values():
        members.sort(key=lambda member: (-len(member[1]), -len(member[2]), member[0].id))
        homes: dict[Sign, list[int]] = {}  # which of the kept ones know a day or sentence
        kept: list[Measure] = []
        for group, days, said in members:
            known = [set(homes.get(sign, ())) for sign in days or said]
            home = min(set.intersection(*known), default=None) if known else None
            if home is None:
                home = len(kept)
                kept.append(group)
            else:
                kept[home].rows += group.rows
            for sign in days | said:
                homes.setdefault(sign, []).append(home)
        left += kept
    return left


def _days(row: Row) -> set[Sign]:
    """Kinds and dates of the steps that the texts date to the day."""
    told = (s for s in row.life if s.basis in TOLD or s.basis == "document")
    return {(step.kind, step.date) for step in told if calendar.exact(calendar.days(step.date))}


def _tie_instruments(groups: list[Measure], rows: list[Row], known: Knowledge) -> set[str]:
    """Give each measure the rows of its instruments; returns the ids of rows that found a home."""
    issued = _Issued(rows, known)
    by_object = _by_object(groups, known)
    used: set[str] = set()
    for row in rows:
        if row.predicate != COVERS or row.actor.label != "INSTRUMENT":
            continue
        for measure in by_object.get(known.identity(row.object), ()):
            by_actor = issued.of(row, measure.actor)
            country = known.country_of(row.actor)
            if not by_actor and (country is None or country != measure.actor.kb_id):
                continue
            fresh = [r for r in (row, *by_actor) if all(r is not own for own in measure.instruments)]
            measure.instruments += fresh
            used.update(r.id for r in fresh)
    return used


class _Issued:
    """Rows of `issues`, by instrument, and by the documents that say so."""

    def __init__(self, rows: Iterable[Row], known: Knowledge) -> None:
        self._known = known
        self._by_instrument: dict[str, list[Row]] = {}
        self._by_document: dict[str, list[Row]] = {}
        for row in rows:
            if row.predicate == ISSUES:
                self._by_instrument.setdefault(known.identity(row.object), []).append(row)
                for key in {s.document.key for s in row.statements}:
                    self._by_document.setdefault(key, []).append(row)

    def of(self, covers: Row, actor: Thing) -> list[Row]:
        """By which the actor issued what covers something.

        "The restricted list" says no name: it is the instrument that the actor issued in that document, if it is one.
        """
        named = [r for r in self._by_instrument.get(self._known.identity(covers.actor), ()) if r.actor == actor]
        if named or not self._known.is_class(covers.actor):
            return named
        found: dict[str, Row] = {}
        for key in {s.document.key for s in covers.statements}:
            own = [r for r in self._by_document.get(key, ()) if r.actor == actor]
            found.update((r.id, r) for r in own if len(own) == 1)
        return list(found.values())


def _by_object(groups: list[Measure], known: Knowledge) -> dict[str, list[Measure]]:
    """Measures that an instrument may tell of, by each of their objects."""
    told = frozenset(toml("ledger.toml")["measures"]["by_instrument"])
    found: dict[str, list[Measure]] = {}
    for measure in groups:
        for thing in {known.identity(row.object) for row in measure.rows} if measure.predicate in told else ():
            found.setdefault(thing, []).append(measure)
    return found


def _tie_limits(groups: list[Measure], rows: list[Row], known: Knowledge) -> set[str]:
    """Give each measure the limits of its objects, of what these cover, and of its instruments."""
    covered: dict[str, set[str]] = {}
    for row in rows:
        if row.predicate == COVERS and row.actor.label != "INSTRUMENT":
            covered.setdefault(known.identity(row.object), set()).add(known.identity(row.actor))
    homes = _by_object(groups, known)
    for measure in groups:
        for row in measure.instruments:
            instrument = known.identity(row.object if row.predicate == ISSUES else row.actor)
            if all(measure is not own for own in homes.setdefault(instrument, [])):
                homes[instrument].append(measure)
    used: set[str] = set()
    for row in (r for r in rows if r.predicate == LIMIT):
        thing = known.identity(row.actor)
        home = [m for t in (thing, *sorted(covered.get(thing, ()))) for m in homes.get(t, ()) if _same_source(m, row)]
        if home:
            home[0].limits.append(row)
            used.add(row.id)
    return used


def _limits_alone(rows: list[Row], known: Knowledge) -> list[Measure]:
    """Limits of no known measure, by the thing that they limit."""
    by_thing: dict[str, list[Row]] = {}
    for row in rows:
        by_thing.setdefault(known.identity(row.actor), []).append(row)
    return [Measure(members) for members in by_thing.values()]


def _same_source(measure: Measure, limit: Row) -> bool:
    """Whether a document tells of both: else a limit on lithium would go to every measure on lithium."""
    own = {s.document.key for row in (*measure.rows, *measure.instruments) for s in row.statements}
    return any(s.document.key in own for s in limit.statements)


def _finish(measure: Measure) -> None:
    weight = Counter({id(row): len({s.document.told for s in row.statements}) for row in measure.rows})
    measure.limits.sort(key=lambda row: (row.actor.name, row.parameter or "", row.condition or "", row.object.name))
    measure.rows.sort(key=lambda row: (-weight[id(row)], row.object.name, row.target or ""))
    own = {s.document.key for row in measure.rows for s in row.statements}
    own |= {s.document.key for row in measure.instruments if row.predicate == COVERS for s in row.statements}
    told = [
        mark for row in measure.instruments for mark in lives.resume(row.life) if mark.statement.document.key in own
    ]
    for target in sorted({row.target or "" for row in measure.rows}):
        rows = [row for row in measure.rows if (row.target or "") == target]
        marks = lives.resume(step for row in rows for step in row.life)
        measure.parts.append(Part(target or None, rows, lives.life(marks + told, reach=REACH)))
        told = []  # an instrument that names no target tells of what has none
    measure.life = sorted((step for part in measure.parts for step in part.life), key=lives.order)
