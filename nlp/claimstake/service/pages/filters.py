"""Filters of claims in addresses: read from a form or a link, written into links, told as chips that can be removed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, get_args
from urllib.parse import urlencode

from pydantic import ValidationError
from starlette.datastructures import QueryParams

from claimstake.ledger import calendar
from claimstake.queries.contract import ClaimFilter
from claimstake.records import Qualifiers

LISTS = ("predicate", "status", "measure")
DATES = ("since", "until")
NO_DATE = "is no date; write 2025, 2025-07 or 2025-07-15"
# Names of fields where chips and messages show them.
NAMES = {"text": "words", "document": "in document", "min_confidence": "confidence ≥", "max_confidence": "confidence ≤"}


@dataclass(frozen=True)
class Asked:
    """What an address asks for.

    Attributes:
        wanted: the filter, without what cannot be taken.
        given: fields as they were written, for the form.
        problems: by field, why it was left out.
    """

    wanted: ClaimFilter
    given: Mapping[str, Any] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Chip:
    """A condition that holds, and the address of the page without it."""

    name: str
    value: str
    without: str


def read(params: QueryParams) -> Asked:
    """The filter of an address; empty fields of a form ask for nothing, wrong ones are named and left out."""
    given: dict[str, Any] = {}
    for name in ClaimFilter.model_fields:
        values = [value.strip() for value in params.getlist(name) if value.strip()]
        if values:
            given[name] = tuple(dict.fromkeys(values)) if name in LISTS else values[-1]
    problems = {
        name: f"{given[name]!r} {NO_DATE}" for name in DATES if name in given and not calendar.days(given[name])
    }
    try:
        ClaimFilter.model_validate(given)
    except ValidationError as error:
        problems |= {str(one["loc"][0]): f"{one['input']!r}: {one['msg'].lower()}" for one in error.errors()}
    good = {name: value for name, value in given.items() if name not in problems}
    return Asked(ClaimFilter.model_validate(good), given, problems)


def pairs(wanted: ClaimFilter) -> list[tuple[str, str]]:
    """Names and values of a filter as an address has them, repeated ones for lists."""
    found: list[tuple[str, str]] = []
    for name, value in wanted.model_dump(exclude_defaults=True).items():
        found += [(name, str(one)) for one in value] if isinstance(value, tuple) else [(name, _plain(value))]
    return found


def address(path: str, wanted: ClaimFilter, *more: tuple[str, str | None]) -> str:
    """A path with a filter and further parameters; those without a value are left out."""
    return _joined(path, [*pairs(wanted), *((name, value) for name, value in more if value)])


def chips(path: str, wanted: ClaimFilter, *more: tuple[str, str | None]) -> list[Chip]:
    """Every condition with the address of the page without it; `more` stays in the address."""
    held = pairs(wanted)
    rest = [(name, value) for name, value in more if value]
    return [
        Chip(NAMES.get(name, name), _told(name, value), _joined(path, [*held[:at], *held[at + 1 :], *rest]))
        for at, (name, value) in enumerate(held)
    ]


def choices(name: str) -> tuple[str, ...]:
    """The values that a qualifier of a closed set can have ("status" → "proposed", …)."""
    literal = get_args(Qualifiers.model_fields[name].annotation)[0]
    return get_args(literal)


def _joined(path: str, found: Iterable[tuple[str, str]]) -> str:
    query = urlencode(list(found))
    return f"{path}?{query}" if query else path


def _told(name: str, value: str) -> str:
    return value.replace("_", " ") if name in LISTS else value


def _plain(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
