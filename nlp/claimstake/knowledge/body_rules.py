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

NOTHING = "(?!)"  # a pattern that no line fulfils
DOES = ("line", "contact", "section", "teasers", "end", "tail")


@dataclass(frozen=True, slots=True)
class Kind:
    """One sort of furniture: its name, what it does to the lines below it, its longest line in characters.

    Attributes:
        needing: words and a pattern that no line without one of them fulfils.
    """

    name: str
    does: str
    longest: int
    pattern: re.Pattern[str]
    needing: tuple[tuple[tuple[str, ...], re.Pattern[str]], ...] = ()

    def fits(self, text: str, lower: str) -> bool:
        """Whether a line is of this kind.

        Args:
            text: without its marks.
            lower: the same in lower case.
        """
        return self.pattern.match(text) is not None or any(
            holds(lower, words) and pattern.match(text) is not None for words, pattern in self.needing
        )


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
    name, patterns = kind["name"], kind["patterns"]
    plain = _pattern((p for p in patterns if isinstance(p, str)), macros, name)
    needing = [p for p in patterns if not isinstance(p, str)]
    return Kind(
        name,
        kind["does"],
        kind["longest"],
        plain,
        tuple((tuple(p["needs"]), _pattern([p["pattern"]], macros, name)) for p in needing),
    )


def holds(text: str, words: Iterable[str]) -> bool:
    """Whether a text holds one of some words, or parts of words."""
    for word in words:  # noqa: SIM110 - any() takes three times as long
        if word in text:
            return True
    return False


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
    return re.compile("|".join(filled) or NOTHING, re.I)
