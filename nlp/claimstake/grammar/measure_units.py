"""Reads the unit that follows a number, compound units and spelt-out ones included.

"mAh/g", "mAh g⁻¹", "kilograms per calendar year", "$ ... a ton", "tonnes annually", "percent by weight".
A unit is looked up in the table of knowledge/units; what may stand in front of a number is `currency_before`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from claimstake.grammar.numbers import Number
from claimstake.knowledge.units import DURATION, LENGTH, MONEY, RATIO, WORD, Spelling, Unit, UnitTable

SEPARATOR = re.compile(r"[ \t\u00a0\u2007\u2009\u202f]{1,2}(?=\S)|[-‐‑](?=[A-Za-zµμ°])|\n(?=[A-Za-z]{4})|(?=\S)")
_WORD_GAP = re.compile(r"[ \u00a0\t]{1,2}|\s?[-‐‑]\s?|\n")
_BELOW = re.compile(
    r"(?P<slash>\s?/\s?)|(?P<per>[ \n-](?:per|for each|for every)[ \n-](?:(?:calendar|fiscal|financial) )?)"
    r"|(?P<article>[ -](?:a|an|each|every)[ -])|(?P<dot>[ \u00a0]?[·⋅∙][ \u00a0]?)"
)
_NEGATIVE_POWER = re.compile(r"(?:\^?[-−–]|⁻|[ \u00a0]−)(?P<n>[1-3¹²³])(?![\d.,])")
_APART = re.compile(r" (?P<n>[23])(?![\w.,/-])")
_TO_PLAIN = str.maketrans("¹²³", "123")
_ADVERBS = {"annually": "a", "yearly": "a", "monthly": "mo", "weekly": "wk", "daily": "d", "hourly": "h"}
_ADVERB = re.compile(r"\s(annually|yearly|monthly|weekly|daily|hourly)(?!\w)|\sp\.\s?a\.")
_BASIS = re.compile(
    r",?[ \u00a0](?P<basis>weight by weight(?: \(w/w\))?|by (?:weight|mass|volume|value|mole)|w/w|v/v|\(w/w\)"
    r"|on a mass basis)(?!\w)"
)
_CLOSED = re.compile(r"\s*(?:$|[,;:!?)\]]|\.(?:\s|$)|\n)")
_AGO = re.compile(r"\s(?:ago|earlier|before|later|prior|after)(?!\w)")
_STREET = re.compile(
    r"\.?\s{1,3}(?:[A-Z0-9][\w.]{0,24}\s{1,3}){1,4}(?:St|Ave|Rd|Blvd|Dr|Trl|Pkwy|Hwy|Ln|Way|Pl|Ct|Street|Avenue|Road|Boulevard|Drive"
    r"|Trail|Parkway|Highway|Lane|Place|Court|Loop|Circle|Square|Suite)(?!\w)|\s{0,3}\n\s{0,3}\d"
)
_AFTER_ARTICLE = frozenset({"mass", DURATION, "volume", "length", "energy", "area"})
_SYMBOLS = frozenset("%$€£¥₹₩₽₺₴₪₦฿₫₱₭₮৳₾₡₿元円币°º″′‰Ω℃℉")


@dataclass(frozen=True, slots=True)
class UnitRead:
    """A unit found in the text: where it ends, what it is, and "by weight" and the like."""

    end: int
    unit: Unit
    basis: str | None = None


def read_unit(text: str, number: Number, table: UnitTable) -> UnitRead | None:
    """Read the unit after `number`, or None if no known one follows."""
    gap = SEPARATOR.match(text, number.end)
    if not gap:
        return None
    found = _atom(text, gap.end(), table, number, gap[0])
    if not found or (gap[0] == "\n" and found.unit.dimension not in (RATIO, "mass", "energy", "power")):
        return None
    return compound(text, found, table)


def compound(text: str, head: UnitRead, table: UnitTable) -> UnitRead:
    """Take in the denominators, products and bases that follow a first unit."""
    end, unit = head.end, head.unit
    for _ in range(3):
        following = _below(text, end, unit, table)
        if following is None:
            break
        end, unit = following
    if unit.dimension not in (RATIO, DURATION):
        adverb = _ADVERB.match(text, end)
        below = table.get(_ADVERBS[adverb[1]] if adverb[1] else "yr") if adverb else None
        if adverb and below and unit.dimension.count("/") == 0 and "rate" not in unit.dimension:
            end, unit = adverb.end(), unit.per(below)
    if unit.dimension == RATIO:
        basis = _BASIS.match(text, end)
        if basis:
            return UnitRead(basis.end(), unit, basis["basis"])
    return UnitRead(end, unit, head.basis)


def basis_after(text: str, end: int) -> int:
    """Where "by weight" and the like end that follow at `end`; `end` itself if nothing does."""
    basis = _BASIS.match(text, end)
    return basis.end() if basis else end


def currency_before(text: str, start: int, floor: int, table: UnitTable) -> tuple[int, Unit] | None:
    """The currency sign or code that ends where a number starts, with its own start."""
    at = start
    while at > floor and start - at < 2 and text[at - 1] in " \u00a0\u202f":
        at -= 1
    for spelling in table.before.get(text[at - 1 : at], ()) if at > floor else ():
        begin = at - len(spelling.text)
        if begin < floor or not text.startswith(spelling.text, begin):
            continue
        before = text[begin - 1 : begin]
        if before.isalnum() and (spelling.text[0].isalpha() or before.isupper() or before.isdigit()):
            return None
        return begin, spelling.unit
    return None


def _atom(text: str, at: int, table: UnitTable, number: Number | None, gap: str) -> UnitRead | None:
    """The longest single unit at `at`; `number` is None for a denominator."""
    short = _abbreviation(text, at, table, number, gap)
    named = _name(text, at, table, number)
    if short and named:
        return short if short.end >= named.end else named
    return short or named


def _abbreviation(text: str, at: int, table: UnitTable, number: Number | None, gap: str) -> UnitRead | None:
    candidates = table.abbreviations.get(text[at : at + 2], ())
    for spellings in (candidates, table.abbreviations.get(text[at : at + 1], ())):
        for spelling in spellings:
            end = at + len(spelling.text)
            if text.startswith(spelling.text, at) and _ends(text, end) and _fits(text, at, end, spelling, number, gap):
                return UnitRead(end, spelling.unit)
    return None


def _name(text: str, at: int, table: UnitTable, number: Number | None) -> UnitRead | None:
    first = WORD.match(text, at)
    entries = table.names.get(first[0].lower()) if first else None
    for words, spelling in entries or ():
        end = _words_end(text, at, words)
        if end is not None and _fits(text, at, end, spelling, number, ""):
            return UnitRead(end, spelling.unit)
    return None


def _words_end(text: str, at: int, words: tuple[str, ...]) -> int | None:
    for index, word in enumerate(words):
        if index:
            gap = _WORD_GAP.match(text, at)
            if not gap:
                return None
            at = gap.end()
        found = WORD.match(text, at)
        if not found or found[0].lower() != word:
            return None
        at = found.end()
    following = text[at : at + 1]
    footnote = following.isdigit() and len(words[-1]) > 4 and not text[at + 1 : at + 2].isalnum()  # "51,219 meters6"
    return at if footnote or not (following.isalnum() or following == "_") else None


def _ends(text: str, end: int) -> bool:
    """Whether an abbreviation may end here: no letter or digit goes on, no number follows a currency sign."""
    following = text[end : end + 1]
    last = text[end - 1]
    if last in _SYMBOLS and last not in "Ω°º℃℉":
        return last in "%‰" or not text[end : end + 2].lstrip(" \u00a0")[:1].isdigit()
    if following.isalnum() or following == "_":
        return False
    return not (following in "'’" and text[end + 1 : end + 2].isalpha())


def _fits(text: str, at: int, end: int, spelling: Spelling, number: Number | None, gap: str) -> bool:
    """Whether a spelling may stand here, by its context (see knowledge.units.CONTEXTS)."""
    context = spelling.context
    if number is not None and end - at == 1 and gap and _STREET.match(text, end):  # "400 N. Aberdeen St."
        return False
    if not context:
        return True
    if context == "lower":
        return text[at].islower()
    if number is None:
        return context in ("below", "digits", "spaced")
    if context == "large":
        return number.value >= 1000
    if context == "below" or number.form == "words":
        return False
    if context == "spaced":
        return bool(gap) and gap != "-"
    if context == "closed":
        return bool(_CLOSED.match(text, end))
    return True


def _below(text: str, end: int, unit: Unit, table: UnitTable) -> tuple[int, Unit] | None:
    """The denominator or factor at `end`, and the unit with it."""
    link = _BELOW.match(text, end)
    if link:
        found = _atom(text, link.end(), table, None, " ")
        if not found or (link["article"] and not _after_article(text, link, found, unit)):
            return None
        if link["dot"]:
            return _product(text, found, unit)
        return _quotient(text, found, unit, bool(link["slash"])) if found.unit.dimension != MONEY else None
    gap = 1 if text[end : end + 1] in (" ", "\u00a0", ".") else 0
    found = _negative(text, end + gap, table)
    return (found.end, unit.per(found.unit)) if found else None


def _quotient(text: str, found: UnitRead, unit: Unit, slash: bool) -> tuple[int, Unit]:
    apart = _APART.match(text, found.end) if slash and found.unit.dimension == LENGTH else None
    if apart:  # "g/cm 3": a superscript that a PDF has set apart
        return apart.end(), unit.per(found.unit.power(apart["n"]))
    return found.end, unit.per(found.unit)


def _product(text: str, found: UnitRead, unit: Unit) -> tuple[int, Unit]:
    power = _NEGATIVE_POWER.match(text, found.end)
    if power:
        n = power["n"].translate(_TO_PLAIN)
        return power.end(), unit.per(found.unit if n == "1" else found.unit.power(n))
    return found.end, unit.times(found.unit)


def _negative(text: str, at: int, table: UnitTable) -> UnitRead | None:
    """A denominator written with a negative power: "g⁻¹", "cm-3"."""
    for size in (3, 2, 1):
        power = _NEGATIVE_POWER.match(text, at + size)
        if not power:
            continue
        spelling = next((s for s in table.abbreviations.get(text[at : at + min(size, 2)], ())
                         if s.text == text[at : at + size]), None)  # fmt: skip
        if spelling and spelling.unit.dimension != MONEY:
            n = power["n"].translate(_TO_PLAIN)
            return UnitRead(power.end(), spelling.unit if n == "1" else spelling.unit.power(n))
    return None


def _after_article(text: str, link: re.Match[str], found: UnitRead, unit: Unit) -> bool:
    """Whether "a" means "per": "$15,000 a ton", but not "60 days a ..." nor an abbreviation or plural after it."""
    word = text[link.end() : found.end]
    if unit.dimension == DURATION or found.unit.dimension not in _AFTER_ARTICLE or len(word) < 3:
        return False
    if unit.dimension == RATIO and found.unit.dimension != DURATION:
        return False
    told = found.unit.dimension == DURATION and _AGO.match(text, found.end)  # "a year ago"
    return word.islower() and not word.endswith("s") and not told
