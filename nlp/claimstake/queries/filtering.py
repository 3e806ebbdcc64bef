"""Which claims answer a filter: conditions on columns, all together."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from claimstake import ontology
from claimstake.errors import ConfigError
from claimstake.ledger.asking import did_you_mean
from claimstake.queries.codes import NO_DAY, days
from claimstake.queries.columns import Column, Mask, Places
from claimstake.queries.contract import ClaimFilter
from claimstake.queries.memory import State
from claimstake.records import Qualifiers

SEVERAL = ("predicate", "status", "measure")  # any of some values
ONE = ("polarity", "certainty", "verdict")
OPEN = "open"  # not judged
KNOWN = {
    name: frozenset(Qualifiers.model_json_schema()["properties"][name]["anyOf"][0]["enum"])
    for name in ("status", "measure")
}


def check(wanted: ClaimFilter, state: State) -> None:
    """See that a filter asks for what exists.

    Raises:
        ConfigError: a predicate, status, measure or date does not; says what comes near.
    """
    for name in SEVERAL:
        known = KNOWN.get(name) or ontology.default().predicates.keys()
        for value in getattr(wanted, name):
            if value not in known and value not in state.names.codes[name]:
                raise ConfigError(f"no {name} is called {value!r}{did_you_mean(value, known)}")
    for name in ("since", "until"):
        value = getattr(wanted, name)
        if value is not None and days(value)[0] == NO_DAY:
            raise ConfigError(f"{name} {value!r} is no date; write 2025, 2025-07 or 2025-07-15")


def answering(wanted: ClaimFilter, state: State) -> Places:
    """Places of the claims that answer, ascending.

    Raises:
        ConfigError: see `check`.
    """
    check(wanted, state)
    found: Mask | None = None
    for mask in _masks(wanted, state):
        found = mask if found is None else found & mask
        if not found.any():
            break
    return np.arange(len(state.claims)) if found is None else np.flatnonzero(found)


def _masks(wanted: ClaimFilter, state: State) -> Iterator[Mask]:
    """Which claims fulfil each of the conditions, the quickest first."""
    yield from _said(wanted, state)
    yield from _dated(wanted, state)
    yield from _about(wanted, state)
    if wanted.text is not None:
        held = state.words.having(wanted.text)
        if held is not None:
            yield held[state.claims.sentence]


def _said(wanted: ClaimFilter, state: State) -> Iterator[Mask]:
    """Codes and confidence."""
    claims = state.claims
    for name in SEVERAL:
        if values := getattr(wanted, name):
            codes = state.names.codes[name]
            yield _any_of(getattr(claims, name), [codes[value] for value in values if value in codes])
    for name in ONE:
        if (value := getattr(wanted, name)) is not None:
            codes = state.names.codes[name]
            yield getattr(claims, name) == (0 if value == OPEN else codes.get(value, -1))
    if wanted.min_confidence is not None:
        yield claims.confidence >= wanted.min_confidence
    if wanted.max_confidence is not None:
        yield claims.confidence <= wanted.max_confidence


def _any_of(column: Column, codes: list[int]) -> Mask:
    found = np.zeros(len(column), np.bool_)
    for code in codes:
        found |= column == code
    return found


def _dated(wanted: ClaimFilter, state: State) -> Iterator[Mask]:
    """A month, say, is within a time where any of its days is; what has no date never is."""
    claims = state.claims
    if wanted.since is not None:
        yield claims.last >= days(wanted.since)[0]
    if wanted.until is not None:
        yield (claims.first <= days(wanted.until)[1]) & (claims.first != NO_DAY)


def _about(wanted: ClaimFilter, state: State) -> Iterator[Mask]:
    """Documents and things."""
    claims, things = state.claims, state.names.things
    if wanted.document is not None:
        yield claims.document == state.names.places.get(wanted.document, -1)
    if wanted.entity is not None:
        place = things.places.get(wanted.entity, -1)
        yield (claims.subject == place) | (claims.object == place)
    if wanted.actor is not None:
        yield things.among(things.actors(wanted.actor))[claims.subject]
    if wanted.object is not None:
        yield things.among(things.objects(wanted.object))[claims.object]
