"""The rules of data/body.toml, compiled: what marks a line as page furniture."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from claimstake.errors import KnowledgeError

DOES = ("line", "contact", "section", "teasers", "end", "tail")


@dataclass(frozen=True, slots=True)
class Kind:
    """One sort of furniture: its name, what it does to the lines below it, its longest line in characters."""

    name: str
    does: str
    longest: int
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything that data/body.toml says; see the comments there."""

    kinds: tuple[Kind, ...]
    limits: dict[str, int]
    publisher: re.Pattern[str]
    wrapper: frozenset[str]
    openers: frozenset[str]
    protected: re.Pattern[str]
    menu: frozenset[str]
    menu_share: float


@cache
def packaged_rules() -> Rules:
    """The rules that come with the package, read once.

    Raises:
        KnowledgeError: a kind does something unknown, or a pattern is none.
    """
    data = tomllib.loads(files("claimstake.knowledge").joinpath("data/body.toml").read_text(encoding="utf-8"))
    macros = data["macros"]
    return Rules(
        kinds=tuple(_compiled(kind, macros) for kind in data["kind"]),
        limits=data["limits"],
        publisher=_pattern(data["publisher"]["cues"], macros, "publisher"),
        wrapper=frozenset(data["wrapper"]["headings"]),
        openers=frozenset(data["openers"]["lines"]),
        protected=_pattern(data["protected"]["patterns"], macros, "protected"),
        menu=frozenset(data["menu"]["entries"]),
        menu_share=data["menu"]["share"],
    )


def _compiled(kind: dict[str, Any], macros: dict[str, str]) -> Kind:
    if kind["does"] not in DOES:
        raise KnowledgeError(f"body.toml: kind {kind['name']!r} does {kind['does']!r}, which is unknown")
    return Kind(kind["name"], kind["does"], kind["longest"], _pattern(kind["patterns"], macros, kind["name"]))


def _pattern(patterns: Iterable[str], macros: dict[str, str], name: str) -> re.Pattern[str]:
    """One alternation of a list of patterns."""
    filled = []
    for pattern in patterns:
        for _ in macros:  # macros may use each other
            for macro, value in macros.items():
                pattern = pattern.replace("{" + macro + "}", value)
        try:
            re.compile(pattern)
        except re.error as error:
            raise KnowledgeError(f"body.toml: {name}: {pattern!r} is no pattern: {error}") from error
        filled.append(f"(?:{pattern})")
    return re.compile("|".join(filled), re.I)
