"""The table of units: names, abbreviations, dimension and factor, read from data/units.tsv.

A row whose `factor` is not 1 is a scaled spelling of its symbol: "kt" is 1000 t and is written out in tonnes.
Squares and cubes of every length ("square kilometre", "sq km", "km²", "cm3") are derived, not listed. Plurals are
derived too. Compound units ("a per b") are grammar, see claimstake.grammar.measure_units.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from claimstake.errors import KnowledgeError

COLUMNS = ["symbol", "dimension", "si", "factor", "names", "abbreviations"]
MONEY, DURATION, RATIO, LENGTH = "money", "duration", "ratio", "length"
# Where a spelling may stand: after digits only; after digits and a blank; before punctuation only; as a denominator
# only ("/a"); in lower case only (people and firms are called Tesla); after large numbers only ("won" is a verb).
CONTEXTS = frozenset({"", "digits", "spaced", "closed", "below", "lower", "large"})
IRREGULAR = {"foot": "feet", "inch": "inches", "century": "centuries"}
POWERS = (
    ("2", ("square", "sq", "sq."), "squared", ("2", "²", "^2")),
    ("3", ("cubic", "cu", "cu."), "cubed", ("3", "³", "^3")),
)
WORD = re.compile(r"U\.S\.|[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit, possibly compound.

    Attributes:
        symbol: UCUM-like symbol that values are given in ("t", "mAh/g", "USD/t").
        dimension: what it measures ("mass", "money", "money/mass").
        factor: what a number must be multiplied with to be in `symbol` (1000 for "kt").
        si: how many SI base units one `symbol` is; None where that is not a plain factor (money, temperature).
    """

    symbol: str
    dimension: str
    factor: float = 1.0
    si: float | None = None

    def power(self, exponent: str) -> Unit:
        """The square or cube: exponent "2" or "3"."""
        n = int(exponent)
        dimension = {"2": "area", "3": "volume"}[exponent] if self.dimension == LENGTH else self.dimension + exponent
        si = None if self.si is None else self.si**n
        return Unit(self.symbol + exponent, dimension, self.factor**n, si)

    def per(self, below: Unit) -> Unit:
        """The quotient, "USD" per "kt" in USD/t."""
        si = None if self.si is None or below.si is None else self.si / below.si
        symbol = f"{self.symbol}/{below.symbol}"
        return Unit(symbol, f"{self.dimension}/{below.dimension}", self.factor / below.factor, si)

    def times(self, other: Unit) -> Unit:
        """The product, written with a dot."""
        si = None if self.si is None or other.si is None else self.si * other.si
        symbol = f"{self.symbol}.{other.symbol}"
        return Unit(symbol, f"{self.dimension}.{other.dimension}", self.factor * other.factor, si)


@dataclass(frozen=True, slots=True)
class Spelling:
    """One way to write a unit and where it may stand (see CONTEXTS)."""

    text: str
    unit: Unit
    context: str = ""


class UnitTable:
    """Looks spellings up; made by `load_units`.

    Attributes:
        names: first word (lower case) -> [(all words, spelling)], longest first.
        abbreviations: first two characters (one, for a one-letter abbreviation) -> spellings, longest first.
        before: last character -> currency spellings that may stand before a number, longest first.
    """

    def __init__(self, names: Iterable[Spelling], abbreviations: Iterable[Spelling]) -> None:
        self.names: dict[str, list[tuple[tuple[str, ...], Spelling]]] = defaultdict(list)
        self.abbreviations: dict[str, list[Spelling]] = defaultdict(list)
        self.before: dict[str, list[Spelling]] = defaultdict(list)
        for spelling in names:
            words = tuple(w.lower() for w in WORD.findall(spelling.text))
            self.names[words[0]].append((words, spelling))
        for spelling in abbreviations:
            self.abbreviations[spelling.text[:2]].append(spelling)
            if spelling.unit.dimension == MONEY and not spelling.context:
                self.before[spelling.text[-1]].append(spelling)
        for entries in self.names.values():
            entries.sort(key=lambda e: -len(e[0]))
        for table in (self.abbreviations, self.before):
            for spellings in table.values():
                spellings.sort(key=lambda s: -len(s.text))

    def get(self, text: str) -> Unit | None:
        """The unit written exactly so, by abbreviation or name; None if there is none."""
        for spelling in self.abbreviations.get(text[:2], ()):
            if spelling.text == text:
                return spelling.unit
        words = tuple(w.lower() for w in WORD.findall(text))
        return next((s.unit for ws, s in self.names.get(words[0], ()) if ws == words), None) if words else None


def load_units(path: Path | None = None) -> UnitTable:
    """Read a table of units.

    Args:
        path: a TSV file with COLUMNS as its head line; None reads the one that comes with the package.

    Raises:
        KnowledgeError: a row is malformed, or two rows give one abbreviation different meanings; names file and line.
    """
    source = files("claimstake.knowledge").joinpath("data/units.tsv") if path is None else path
    lines = source.read_text(encoding="utf-8").splitlines()
    if not lines or lines[0].split("\t") != COLUMNS:
        raise KnowledgeError(f"{source}:1: the head line must be {' '.join(COLUMNS)}, separated by tabs")
    names: list[Spelling] = []
    abbreviations: dict[str, Spelling] = {}
    for number, line in enumerate(lines[1:], start=2):
        if not line.strip() or line.startswith("#"):
            continue
        where = f"{source}:{number}"
        unit, row_names, row_abbreviations = _row(line, where)
        names += _with_plurals(row_names, unit)
        for spelling in row_abbreviations:
            known = abbreviations.setdefault(spelling.text, spelling)
            if known != spelling:
                raise KnowledgeError(f"{where}: {spelling.text!r} already stands for {known.unit.symbol}, choose one")
    return UnitTable(names, abbreviations.values())


@cache
def units() -> UnitTable:
    """The table that comes with the package, read once."""
    return load_units()


def _row(line: str, where: str) -> tuple[Unit, list[Spelling], list[Spelling]]:
    cells = line.split("\t")
    if len(cells) != len(COLUMNS):
        raise KnowledgeError(f"{where}: {len(cells)} columns instead of {len(COLUMNS)}")
    symbol, dimension, si, factor, names, abbreviations = (c.strip() for c in cells)
    if not symbol or not dimension:
        raise KnowledgeError(f"{where}: symbol and dimension must not be empty")
    try:
        unit = Unit(symbol, dimension, float(factor or 1), float(si) if si else None)
    except ValueError as err:
        raise KnowledgeError(f"{where}: si and factor must be numbers, got {si!r} and {factor!r}") from err
    named = list(_spellings(names, unit, where))
    short = list(_spellings(abbreviations, unit, where))
    if dimension == LENGTH:
        named, short = _with_powers(named, short, unit)
    return unit, named, short


def _spellings(cell: str, unit: Unit, where: str) -> Iterator[Spelling]:
    for item in filter(None, cell.split("|")):
        text, _, context = item.partition(":")
        if text.startswith("/") and len(text) > 1:
            text, context = text[1:], "below"
        if context not in CONTEXTS or not text:
            raise KnowledgeError(f"{where}: {item!r}: the part after the colon is one of {sorted(CONTEXTS - {''})}")
        yield Spelling(text, unit, context)


def _with_powers(named: list[Spelling], short: list[Spelling], unit: Unit) -> tuple[list[Spelling], list[Spelling]]:
    """Add squares and cubes of a length: "square mile", "miles squared", "sq mi", "mi2", "mi²"."""
    all_named, all_short = list(named), list(short)
    for exponent, (word, *shorts), after, marks in POWERS:
        power = unit.power(exponent)
        for name in named:
            all_named.append(Spelling(f"{word} {name.text}", power))
            all_named += [Spelling(f"{form} {after}", power) for form in (name.text, _plural(name.text))]
        for abbreviation in short:
            text = abbreviation.text
            all_short += [Spelling(text + mark, power) for mark in marks]
            if len(text) <= 2:
                all_short += [Spelling(f"{s}{sep}{text}", power) for s in (*shorts, word) for sep in (" ", "")]
    short_words = {"sq": "2", "cu": "3"}
    all_named += [Spelling(f"{w} {n.text}", unit.power(e)) for w, e in short_words.items() for n in named]
    return all_named, all_short


def _plural(name: str) -> str:
    head, _, last = name.rpartition(" ")
    plural = IRREGULAR.get(last, last + "s")
    return f"{head} {plural}" if head else plural


def _with_plurals(names: Iterable[Spelling], unit: Unit) -> Iterator[Spelling]:
    for name in names:
        yield name
        if not name.text.endswith(("squared", "cubed")):
            yield Spelling(_plural(name.text), name.unit, name.context)
