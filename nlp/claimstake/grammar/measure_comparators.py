"""Comparators around a number: "at least", "≥", "or less", "a maximum size of".

`left_of` and `right_of` find what belongs to the measure's span, `governing` what bounds it from outside.
The phrases come from knowledge/data/comparators.toml.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from claimstake.knowledge.units import Unit, UnitTable

WINDOW = 56  # characters to the left; the longest phrase with its intensifier is shorter
GOVERNS_WINDOW = 64
_OR_EQUAL = re.compile(r"\sor\sequal(?!\sto\s[\d$€£])(?:\sto)?(?!\w)", re.IGNORECASE)
STRICT = frozenset({"<", "<=", ">", ">="})


@dataclass(frozen=True, slots=True)
class ComparatorTable:
    """The phrases of comparators.toml, compiled.

    Attributes:
        left: phrase -> comparator, lower case, single blanks.
        signs: sign -> comparator.
        phrase_left, sign_left: patterns that end where the number begins.
        last_words: the last words of phrases, to leave most numbers without a search.
        right: pattern of what follows a measure.
        governing: pattern of what bounds it from outside.
        changes, spans, references, ages, counted, not_counted: word lists, lower case.
        not_after_duration: pattern.
        named: pattern of a unit before its number, as in "a TPP of".
        units_before: such a unit's name, lower case -> its symbol.
    """

    left: Mapping[str, str]
    signs: Mapping[str, str]
    phrase_left: re.Pattern[str]
    sign_left: re.Pattern[str]
    last_words: frozenset[str]
    after: Mapping[str, str]
    right: re.Pattern[str]
    governs: Mapping[str, str]
    governing: re.Pattern[str]
    changes: frozenset[str]
    spans: frozenset[str]
    references: frozenset[str]
    ages: frozenset[str]
    counted: frozenset[str]
    not_counted: frozenset[str]
    not_after_duration: re.Pattern[str]
    named: re.Pattern[str]
    units_before: Mapping[str, str]


@cache
def comparators() -> ComparatorTable:
    """The table that comes with the package, read once."""
    source = files("claimstake.knowledge").joinpath("data/comparators.toml")
    return _table(tomllib.loads(source.read_text(encoding="utf-8")))


def _table(data: dict[str, Any]) -> ComparatorTable:
    left, after, governs = _inverted(data["before"]), _inverted(data["after"]), _inverted(data["governs"])
    signs = _inverted(data["signs"])
    intensifiers, between = _any_of(data["intensifiers"]), _any_of(data["between"])
    guards = data["guards"]
    units_before = {name.lower(): symbol for symbol, names in data["unit_before"].items() for name in names}
    last_words = {phrase.split()[-1] for phrase in (*left, *data["between"])}
    return ComparatorTable(
        left=left,
        signs=signs,
        phrase_left=re.compile(
            rf"(?<![\w-])(?P<all>(?:{intensifiers}\s+)?(?P<phrase>{_any_of(left)}))(?:\s+{between})?\s+$", re.IGNORECASE
        ),
        sign_left=re.compile(rf"(?P<sign>{_any_of(signs)})\s{{0,2}}$"),
        last_words=frozenset(last_words),
        after=after,
        right=re.compile(
            rf"\s?\+(?!\w)|-plus(?!\w)|,?\s(?P<phrase>{_any_of(after)})(?![\w-]|\s+than\s)", re.IGNORECASE
        ),
        governs=governs,
        governing=re.compile(
            rf"(?<![\w-])(?P<word>{_any_of(governs)})\s(?:[\w'’-]+\s){{0,3}}?(?:of|is|at|to|be|was|were|set at)?:?\s?$",
            re.IGNORECASE,
        ),
        changes=frozenset(data["ranges"]["changes"]),
        spans=frozenset(data["ranges"]["spans"]),
        references=frozenset(guards["references"]),
        ages=frozenset(guards["not_before_duration"]),
        counted=frozenset(guards["counted"]),
        not_counted=frozenset(guards["not_counted"]),
        not_after_duration=re.compile(rf"[\s-](?:{_any_of(guards['not_after_duration'])})(?!\w)", re.IGNORECASE),
        named=re.compile(
            rf"(?<![\w-])(?P<name>{_any_of(units_before)})[\"'’”]?(?: \([A-Z]+\))?(?: score| rating| value)?"
            rf"(?: of| is| at| equal to|:)?\s?$",
            re.IGNORECASE,
        ),
        units_before=units_before,
    )


def _inverted(table: Mapping[str, Iterable[str]]) -> dict[str, str]:
    return {phrase: comparator for comparator, phrases in table.items() for phrase in phrases}


def _any_of(phrases: Iterable[str]) -> str:
    longest_first = sorted(phrases, key=len, reverse=True)
    return "(?:" + "|".join(re.escape(p).replace(r"\ ", r"\s+") for p in longest_first) + ")"


def left_of(text: str, start: int, floor: int) -> tuple[int, str]:
    """The comparator that ends where a number starts.

    Args:
        text: the text.
        start: where the number (with sign and currency) starts.
        floor: no character before this one is looked at.

    Returns:
        Where the comparator's words begin and the comparator; (start, "=") if there is none. Of several in a row the
        first that is not "~" decides ("up to nearly 80%" is <=).
    """
    table = comparators()
    begin, comparator = start, "="
    for _ in range(3):
        window = text[max(floor, begin - WINDOW) : begin]
        sign = table.sign_left.search(window)
        if sign and not (sign["sign"][0].isalpha() and window[: sign.start()][-1:].isalnum()):
            begin, found = begin - len(window) + sign.start(), table.signs[sign["sign"]]
        else:
            words = window.split()
            if not words or words[-1].lower().lstrip("(") not in table.last_words or not window[-1].isspace():
                break
            phrase = table.phrase_left.search(window)
            if not phrase:
                break
            begin = begin - len(window) + phrase.start("all")
            found = table.left[" ".join(phrase["phrase"].lower().split())]
        comparator = found if comparator in ("=", "~") or found in STRICT else comparator
        if found in STRICT or found == "..":
            break
    return begin, comparator


def right_of(text: str, end: int) -> tuple[int, str | None]:
    """The comparator that follows a measure ("or less", "+") and where it ends; (end, None) if there is none."""
    table = comparators()
    found = table.right.match(text, end)
    if not found:
        return end, None
    if found["phrase"] is None:
        return found.end(), ">="
    return found.end(), table.after[" ".join(found["phrase"].lower().split())]


def or_equal(text: str, end: int, comparator: str) -> tuple[int, str]:
    """Take in the tail of "more than 5 kg or equal": where it ends, and the comparator with it."""
    found = _OR_EQUAL.match(text, end) if comparator in ("<", ">") else None
    return (found.end(), comparator + "=") if found else (end, comparator)


def named_before(text: str, begin: int, floor: int, table: UnitTable) -> Unit | None:
    """The unit that stands before its number: "a TPP of 4,800 or more"; None if none does."""
    found = comparators().named.search(text, max(floor, begin - GOVERNS_WINDOW), begin)
    return table.get(comparators().units_before[" ".join(found["name"].lower().split())]) if found else None


def governing(text: str, start: int, floor: int) -> str | None:
    """The comparator that a noun or verb in front sets from outside the span ("a maximum size of")."""
    window = text[max(floor, start - GOVERNS_WINDOW) : start]
    clause = re.split(r"[.;!?\n()]\s|\n", window)[-1]
    found = comparators().governing.search(clause)
    return comparators().governs[found["word"].lower()] if found else None
