"""Labels, predicates, their signatures and qualifiers, read from data/ontology.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any

from claimstake.errors import KnowledgeError

EVERY_CLAIM = ("polarity", "certainty", "attribution")
DEFAULT_COLOUR = "#e0e0e0"


@dataclass(frozen=True)
class Label:
    name: str
    says: str
    colour: str = DEFAULT_COLOUR
    core: bool = False
    common_noun: bool = False
    key: str | None = None


@dataclass(frozen=True)
class Predicate:
    name: str
    says: str
    subject: frozenset[str]
    object: frozenset[str]
    qualifiers: tuple[str, ...] = ()
    symmetric: bool = False
    key: str | None = None

    def accepts(self, subject: str, object_: str) -> bool:
        """Whether a subject and an object of these labels fit the signature."""
        return subject in self.subject and object_ in self.object


@dataclass(frozen=True)
class Ontology:
    labels: dict[str, Label]
    predicates: dict[str, Predicate]

    def extended(self, table: dict[str, Any], *, source: str, off: Iterable[str] = ()) -> Ontology:
        """A copy with a user's labels and predicates added and the names in `off` taken out.

        Raises:
            KnowledgeError: an entry lacks a name, or a signature names a label that does not exist.
        """
        labels, predicates = dict(self.labels), dict(self.predicates)
        labels.update((row.name, row) for row in _labels(table, source))
        predicates.update((row.name, row) for row in _predicates(table, source))
        dropped = set(off)
        unknown = dropped - set(labels) - set(predicates)
        if unknown:
            raise KnowledgeError(f"{source}: cannot switch off what does not exist: {', '.join(sorted(unknown))}")
        labels = {k: v for k, v in labels.items() if k not in dropped}
        predicates = {k: v for k, v in predicates.items() if k not in dropped}
        for row in predicates.values():
            missing = (row.subject | row.object) - set(labels) - dropped
            if missing:
                raise KnowledgeError(
                    f"{source}: predicate {row.name} names unknown labels: {', '.join(sorted(missing))}"
                )
        predicates = {
            k: replace(v, subject=v.subject & set(labels), object=v.object & set(labels)) for k, v in predicates.items()
        }
        return Ontology(labels, predicates)


def _labels(table: dict[str, Any], source: str) -> list[Label]:
    return [
        Label(**_checked(row, source, {"name", "says", "colour", "core", "common_noun", "key"}))
        for row in table.get("label", [])
    ]


def _predicates(table: dict[str, Any], source: str) -> list[Predicate]:
    known = {"name", "says", "subject", "object", "qualifiers", "symmetric", "key"}
    rows = []
    for row in table.get("predicate", []):
        row = {k: v for k, v in _checked(row, source, known | {"trigger"}).items() if k != "trigger"}
        for role in ("subject", "object"):
            if not row.get(role):
                raise KnowledgeError(f"{source}: predicate {row['name']} has no {role} labels")
            row[role] = frozenset(row[role])
        row["qualifiers"] = tuple(row.get("qualifiers", ()))
        rows.append(Predicate(**row))
    return rows


def _checked(row: dict[str, Any], source: str, known: set[str]) -> dict[str, Any]:
    if not row.get("name") or not isinstance(row["name"], str):
        raise KnowledgeError(f"{source}: an entry of the ontology has no name: {row}")
    unknown = set(row) - known
    if unknown:
        raise KnowledgeError(f"{source}: {row['name']} has unknown keys: {', '.join(sorted(unknown))}")
    return {"says": "", **row}


@cache
def default() -> Ontology:
    """The ontology that ships with the package."""
    path = files("claimstake") / "knowledge" / "data" / "ontology.toml"
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    return Ontology({}, {}).extended(table, source="ontology.toml")
