"""Turns text into one letter per token, so that the date grammar can be written as regular expressions over letters.

A token is a run of letters, a run of ASCII digits, a run of white space or any other single character. What a word can
be ("second": ordinal; "12": day, month number, two-digit year) is a set of class names; every set that occurs gets a
letter of its own, and a class name in a pattern stands for all letters whose set holds it. Words come from
knowledge/data/calendar.toml.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from typing import Any

from claimstake.knowledge.tables import toml

TOKEN = re.compile(r"[^\W\d_]+|[0-9]+|\s+|.", re.DOTALL)
CLASS_NAME = re.compile(r"\b[A-Z][A-Z0-9]+\b")
YEARS = range(1900, 2100)
OLD_YEARS = (*range(1500, 1900), *range(2100, 2200))
HYPHENS = "-\u2010\u2011\u2212"
DASHES = HYPHENS + "\u2012\u2013\u2014\u2015"
APOSTROPHES = "'\u2019\u2018`"
FIXED = {
    "OF": "of", "IN": "in", "ON": "on", "THE": "the", "FROM": "from", "THIS": "this", "BEFORE": "before",
    "AFTER": "after", "AND": "and or &", "TO": "to through thru until till", "LAST": "last final", "NOW": "now today",
    "EARLIER": "earlier later", "AGO": "ago earlier later hence", "DAYONE": "day", "DAYNAME": "day days",
    "BEGINNING": "beginning commencing starting", "ENDING": "ending ended", "FISCAL": "fiscal financial",
    "CALENDAR": "calendar model marketing crop", "SUFFIX": "st nd rd th", "ES": "s", "FY": "fy", "QU": "q", "HA": "h",
    "HALF": "half",
}  # fmt: skip
PUNCTUATION = {
    "DOT": ".", "COMMA": ",", "SLASH": "/", "APOS": APOSTROPHES, "HYPHEN": HYPHENS, "DASH": DASHES,
}  # fmt: skip


def calendar() -> dict[str, Any]:
    """The tables of calendar.toml."""
    return toml("calendar.toml")


def forms(word: str) -> tuple[str, str, str]:
    """Lower case, Title Case and CAPITALS of a word."""
    return word.lower(), word.capitalize(), word.upper()


@cache
def words(section: str, name: str) -> frozenset[str]:
    """A word list of calendar.toml as a set of lower-case words."""
    return frozenset(w.lower() for w in calendar()[section][name])


@dataclass(frozen=True)
class Lexed:
    """A text as tokens; `letters[i]` is the class letter of `tokens[i]`, which begins at `offsets[i]`."""

    text: str
    tokens: list[str]
    letters: str
    offsets: list[int]

    def word_before(self, i: int, skip: int = 0) -> tuple[str, int]:
        """The word, number or sign before token `i` and its index, white space aside; ("", -1) at the start.

        A blank line counts as the start. `skip` tells how many such tokens to pass over first.
        """
        k = i - 1
        while k >= 0:
            token = self.tokens[k]
            if token.isspace():
                if token.count("\n") > 1:
                    return "", -1
            elif skip:
                skip -= 1
            else:
                return token, k
            k -= 1
        return "", -1

    def word_after(self, j: int, skip: int = 0) -> tuple[str, int]:
        """The token at or after index `j`, white space aside; ("", -1) at the end or before a blank line."""
        for k in range(j, min(j + 12, len(self.tokens))):
            token = self.tokens[k]
            if token.isspace():
                if token.count("\n") > 1:
                    break
            elif skip:
                skip -= 1
            else:
                return token, k
        return "", -1

    def adjacent_before(self, i: int) -> str:
        """The token that touches token `i` on its left, "" where there is white space or nothing."""
        return "" if i <= 0 or self.tokens[i - 1].isspace() else self.tokens[i - 1]

    def adjacent_after(self, j: int) -> str:
        """The token that touches token `j - 1` on its right, "" where there is white space or nothing."""
        return "" if j >= len(self.tokens) or self.tokens[j].isspace() else self.tokens[j]


REMEMBERED = 200_000  # tokens; enough for the common ones of any archive


class Letters(dict[str, str]):
    """Token to letter; what is not in the table gets the letter of its sort, and is remembered."""

    def __init__(self, known: dict[str, str], sorts: dict[str, str]) -> None:
        super().__init__(known)
        self._sorts = sorts

    def __missing__(self, token: str) -> str:
        letter = self._sort_of(token)
        if len(self) < REMEMBERED:
            self[token] = letter
        return letter

    def _sort_of(self, token: str) -> str:
        first = token[0]
        if first.isalpha():
            return self._sorts["WORD"]
        if first.isspace():
            return self._sorts["BREAK" if token.count("\n") > 1 else "SP"]
        return self._sorts["NUMBER" if "0" <= first <= "9" else "SIGN"]


class Lexicon:
    """Word classes of the calendar, as letters."""

    def __init__(self) -> None:
        classes = _classes()
        sets = {frozenset({sort}) for sort in ("WORD", "SP", "BREAK", "NUMBER", "SIGN")} | set(classes.values())
        letter_of = {names: chr(0xC0 + k) for k, names in enumerate(sorted(sets, key=sorted))}
        self._charsets: dict[str, str] = defaultdict(str)
        for names, letter in letter_of.items():
            for name in names:
                self._charsets[name] += letter
        sorts = {next(iter(names)): letter for names, letter in letter_of.items() if len(names) == 1}
        self._letters = Letters({word: letter_of[names] for word, names in classes.items()}, sorts)

    def lex(self, text: str) -> Lexed:
        """Cut a text into tokens with their class letters and offsets; linear in its length."""
        tokens = TOKEN.findall(text)
        offsets = list(accumulate(map(len, tokens), initial=0))
        return Lexed(text, tokens, "".join(map(self._letters.__getitem__, tokens)), offsets)

    def charset(self, name: str) -> str:
        """The letters of a class.

        Raises:
            KeyError: no word has this class; a slip in a pattern.
        """
        if name not in self._charsets:
            raise KeyError(name)
        return self._charsets[name]

    def compile(self, pattern: str) -> re.Pattern[str]:
        """Compile a verbose regular expression in which upper-case names stand for word classes."""
        return re.compile(CLASS_NAME.sub(lambda m: f"[{self.charset(m[0])}]", pattern), re.VERBOSE)


def _classes() -> dict[str, frozenset[str]]:
    """Every known token with the names of its classes."""
    names: dict[str, set[str]] = defaultdict(set)

    def add(name: str, words: Iterable[str]) -> None:
        for word in words:
            for form in forms(word):
                names[form].add(name)

    data = calendar()
    for name, listed in FIXED.items():
        add(name, listed.split())
    for unit, words in data["units"].items():
        add("UNIT", words)
        add(unit.upper() + "WORD", words)
    add("SHIFT", data["shifts"])
    add("DEICTIC", data["day_words"])
    add("NUMWORD", data["numbers"])
    add("ORD", data["ordinals"])
    add("PARTOFDAY", data["parts_of_day"]["words"])
    for part, words in data["parts"].items():
        add("EDGE" if part in ("start", "end") or "middle" in words else "PART", words)
        add("PART", [w for w in words if part == "mid"])
        add("END", [w for w in words if part == "end"])
    for season in data["seasons"].values():
        add("SEASON", season["words"])
    _add_names(names, data)
    _add_numbers(names)
    for name, signs in PUNCTUATION.items():
        for sign in signs:
            names[sign].add(name)
    for blank in (" ", "\n", "\u00a0", "\u202f", "  ", "\r\n", "\n ", " \n", "\t"):
        names[blank].add("SP")
    return {word: frozenset(classes) for word, classes in names.items()}


def _add_names(names: dict[str, set[str]], data: dict[str, Any]) -> None:
    """Months and weekdays; lower-case words that are verbs too are only MAYBE months."""
    verbs = set(data["english"]["verbs"])
    for months in data["months"].values():
        for k, word in enumerate(months):
            for form in forms(word):
                names[form].add("MAYBE" if form in verbs else "MONTH")
                names[form].add("MONTHABBR" if k else "MONTHFULL")
                names[form].add("MON")
    for days in data["weekdays"].values():
        for k, word in enumerate(days):
            for form in forms(word):
                names[form] |= {"WEEKDAY", "WDSHORT" if k else "WDFULL"}


def _add_numbers(names: dict[str, set[str]]) -> None:
    for n in range(100):
        for form in {str(n), f"{n:02d}"}:
            if 1 <= n <= 31:
                names[form].add("DAY")
            if 1 <= n <= 12:
                names[form].add("NUM12")
            if len(form) == 2:
                names[form].add("YY")
                if 1 <= n <= 12:
                    names[form].add("MM")
                if n % 10 == 0:
                    names[form].add("YY0")
            if form in "1234":
                names[form].add("D4")
    for n in range(1, 400):
        names[str(n)].add("COUNT")
    for year in YEARS:
        names[str(year)] |= {"YEAR", "ANYYEAR"} | ({"YEAR0"} if year % 10 == 0 else set())
    for year in OLD_YEARS:
        names[str(year)] |= {"ANYYEAR"} | ({"YEAR0"} if year % 10 == 0 else set())


@cache
def lexicon() -> Lexicon:
    """The lexicon, built once."""
    return Lexicon()


@cache
def values() -> dict[str, dict[str, int | str]]:
    """Lower-case words to what they stand for: months, weekdays, seasons, units, shifts, numbers, ordinals, parts."""
    data = calendar()
    return {
        "month": {w.lower(): int(k) for k, words in data["months"].items() for w in words},
        "weekday": {w.lower(): int(k) for k, words in data["weekdays"].items() for w in words},
        "season": {w: int(k) for k, season in data["seasons"].items() for w in season["words"]},
        "unit": {w: unit for unit, words in data["units"].items() for w in words},
        "shift": data["shifts"],
        "deictic": data["day_words"],
        "number": data["numbers"],
        "ordinal": data["ordinals"],
        "part": {w: part for part, words in data["parts"].items() for w in words},
    }
