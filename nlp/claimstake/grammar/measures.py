"""Finds measures in text: comparator, number, unit ("at least 97%", "≥3.85V", "$15,000 a ton", "within 60 days").

Not measures: bare counts ("31 minerals"), years and year ranges, ordinals, references ("Article 7", "No. 23"), clock
times, ages, identifiers. One pass over the places where a number may be; each is then read locally, so the time is
linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from claimstake.grammar.measure_comparators import (
    STRICT,
    comparators,
    governing,
    left_of,
    named_before,
    or_equal,
    right_of,
)
from claimstake.grammar.measure_spans import Term, is_reference, read_range, read_shared, read_size, read_term
from claimstake.grammar.measure_units import UnitRead, basis_after, compound
from claimstake.grammar.numbers import CANDIDATE
from claimstake.knowledge.units import DURATION, LENGTH, MONEY, RATIO, Unit, UnitTable, units

Value = float | tuple[float, float]

_KINDS = {MONEY: "money", RATIO: "percent", DURATION: "duration"}
_PART_OF = re.compile(r"\s(?:of(?! (?:\d|fiscal|FY|Q\d|last|next|this|the (?:year|day|month|week|century)))|the)(?!\w)")
_NOT_PART = re.compile(r"(?:first|second|latter|other|this|last|next|each|every|better|one|final)\s$", re.IGNORECASE)
_ACROSS = re.compile(r"(?:%|g/t|ppm|oz/t|grading|averag\w+)[^.;:\n]{0,48}$")
_PLACE_NAME = re.compile(r"[A-Z][a-z]+ [A-Z][a-z]+ [A-Z]")  # Three Mile Island
_PLUS = re.compile(r"\d\+|-plus")
_LEADING_ARTICLE = re.compile(r"(?:an?|the)\s+", re.IGNORECASE)
_INHERITS = re.compile(r"/|[^.;:,()\n]{0,40}\bor\s")
_IN_BRACKETS = re.compile(r"\s?\(\s?$")
_METRES_OR_MILLIONS = re.compile(r" ([a-z]{1,20})")
_DOLLARS_IN_BRACKETS = re.compile(r"\s\((?:about |around |approximately |~)?(?:US|USD)?\s?\$")
_YEN = re.compile(r"\byen\b|\bJPY\b|\bJapan", re.IGNORECASE)
_YUAN = re.compile(r"\byuan\b|\brenminbi\b|\bRMB\b|\bCNY\b|\bChin", re.IGNORECASE)
_EVERY = re.compile(r"\bevery\s$")
_POSTCODE = re.compile(r"[A-Z]{1,2}\d{1,2}[A-Z]? $")  # "SE10 0TW"
_YEARS = range(1900, 2101)


@dataclass(frozen=True, slots=True)
class MeasureMatch:
    """A measure in a text.

    Attributes:
        start, end: half-open character range of comparator, number and unit.
        comparator: one of = < <= > >= ~ .. ("..": a range).
        value: the number in `unit`, or (low, high).
        unit: UCUM-like symbol; "" for a bare number.
        dimension: of the unit, e.g. "mass", "money/mass"; "" for a bare number.
        core_start, core_end: the number and unit without the comparator's words.
        basis: "by weight" and the like.
        has_unit: whether the text names a unit (a fraction, "one-third of", is a percentage without one).
        lost_power: "3.7 × 10 TBq": the text has lost an exponent and nothing beside it tells which.
    """

    start: int
    end: int
    comparator: str
    value: Value
    unit: str
    dimension: str
    core_start: int
    core_end: int
    basis: str | None = None
    has_unit: bool = True
    lost_power: bool = False

    @property
    def kind(self) -> str:
        """Which of money, percent, duration, amount (any other unit) or count (none) it is."""
        return _KINDS.get(self.dimension, "amount" if self.dimension else "count")


def find_measures(text: str, *, bare: bool = False, table: UnitTable | None = None) -> list[MeasureMatch]:
    """Find the measures of a text, in order and without overlap.

    Args:
        text: any string; offsets count its code points.
        bare: also return numbers without a unit (bare counts, years, references).
        table: the units to look for; None takes those of the package.

    Returns:
        The measures; [] for a text without any. Never raises on any string.
    """
    found: list[MeasureMatch] = []
    for measure in _measures(text, table or units(), bare):
        if found:
            measure = _after(text, found[-1], measure)
            found[-1] = _with_power_from(text, found[-1], measure)
            if _is_span(text, found[-1], measure):
                found[-1] = _spanning(found[-1], measure)
                continue
        found.append(measure)
    found = _with_shared_denominators(text, found, table or units())
    return _in_yen(text, found) if "¥" in text else found


def _measures(text: str, table: UnitTable, bare: bool) -> Iterator[MeasureMatch]:
    floor = 0
    for candidate in CANDIDATE.finditer(text):
        start = candidate.start()
        if start < floor:
            continue
        if candidate.lastgroup == "link":
            floor = candidate.end()
            continue
        term = read_term(text, start, floor, table)
        if term is None or (not bare and is_reference(text, term, floor)):
            continue
        measure = _measure(text, term, floor, table, bare)
        if measure:
            floor = measure.end
            yield measure


def _measure(text: str, term: Term, floor: int, table: UnitTable, bare: bool) -> MeasureMatch | None:
    """The measure that begins with `term`: a range, a size, or the term alone."""
    begin, comparator = left_of(text, term.start, floor)
    span = read_range(text, term, comparator, floor, table) or read_size(text, term, table)
    term, value = span or (term, term.value)
    if isinstance(value, tuple):
        comparator = ".."
    elif comparator == "..":  # "between" without a second number
        begin, comparator = term.start, "="
    unit = term.unit
    if unit is None and span is None:
        shared = read_shared(text, term, floor, table) or named_before(text, begin, floor, table)
        if shared:
            term, unit = replace(term, unit=shared), shared
    if unit is None or _no_measure(text, term, unit):
        return _without_unit(text, term, begin, comparator, value, bare)
    if comparator == ">" and text[begin : begin + 4].lower() == "over" and _is_across(text, term, unit, begin):
        begin, comparator = term.start, "="
    if unit.symbol == "lb" and _DOLLARS_IN_BRACKETS.match(text, term.end):  # "1,000 pounds ($1,300)"
        unit = table.get("£") or unit
    end, comparator = _closing(text, term, comparator)
    if comparator == ">=" and unit.dimension == DURATION and _EVERY.search(text, begin, term.start):
        comparator = "<="  # "at least every 3 years" leaves at most 3 years between
    if comparator == "=":
        comparator = governing(text, begin, floor) or "="
    lost = term.number.lost_power and unit.dimension != LENGTH
    return MeasureMatch(
        _past_article(text, begin, term.start), end, comparator, _rounded(value, unit.factor), unit.symbol,
        unit.dimension, term.start, term.end, term.basis, lost_power=lost,
    )  # fmt: skip


def _with_shared_denominators(text: str, found: list[MeasureMatch], table: UnitTable) -> list[MeasureMatch]:
    """Give both amounts of "70,000 yuan ($9,770) a tonne" the denominator that follows the brackets."""
    for index, second in enumerate(found):
        first = found[index - 1] if index else second
        if second.dimension != MONEY or first.dimension != MONEY or not text.startswith(")", second.end):
            continue
        unit = table.get(second.unit)
        if unit is None or not _IN_BRACKETS.fullmatch(text[first.end : second.start]):
            continue
        whole = compound(text, UnitRead(second.end + 1, unit), table).unit
        below = whole.symbol.removeprefix(unit.symbol)
        for place in (index - 1, index) if below else ():
            dimension = MONEY + whole.dimension.removeprefix(MONEY)
            found[place] = replace(found[place], unit=found[place].unit + below, dimension=dimension)
    return found


def _closing(text: str, term: Term, comparator: str) -> tuple[int, str]:
    """Where the measure ends with what follows it ("or less", "+"), and its comparator then."""
    if comparator not in ("=", "~"):
        return or_equal(text, term.end, comparator)
    end, after = right_of(text, term.end)
    if after is None and _PLUS.search(text, term.start, term.end):  # "5,000+ tonnes"
        after = ">="
    if after and term.unit and term.unit.dimension == RATIO:  # "10 per cent or more by weight"
        end = basis_after(text, end)
    return end, after or comparator


def _past_article(text: str, begin: int, core: int) -> int:
    article = _LEADING_ARTICLE.match(text, begin, core)
    return article.end() if article else begin


def _is_across(text: str, term: Term, unit: Unit, begin: int) -> bool:
    """Whether "over" means during or across: "over five years", "2% over 6 metres", "over a 1,500-metre strike"."""
    if unit.dimension == DURATION:
        return True
    before = text[max(0, begin - 60) : begin]
    return unit.dimension == LENGTH and bool(_ACROSS.search(before) or text[begin + 4 : term.start].strip() == "a")


def _without_unit(text: str, term: Term, begin: int, comparator: str, value: Value, bare: bool) -> MeasureMatch | None:
    """A fraction of something is a percentage; any other number is a bare count."""
    number = term.number
    if term.unit is None and number.form == "fraction" and not isinstance(value, tuple) and _part_of(text, term):
        begin = _past_article(text, begin, term.start)
        share = round(value * 100, 2)
        return MeasureMatch(begin, term.end, comparator, share, "%", RATIO, term.start, term.end, has_unit=False)
    if not bare:
        return None
    core = replace(term, unit=None, end=number.end) if term.unit else term
    end, comparator = _closing(text, core, comparator)
    amount = _rounded(value, 1.0)
    return MeasureMatch(begin, end, comparator, amount, "", "", core.start, core.end, has_unit=False)


def _is_span(text: str, first: MeasureMatch, last: MeasureMatch) -> bool:
    """ "from below -54 °C to above +125 °C": two measures that are the ends of one range."""
    ends = first.comparator in ("<", "<=") and last.comparator in (">", ">=") and first.unit == last.unit
    return ends and text[first.end : last.start].strip() == "to" and first.value < last.value


def _spanning(first: MeasureMatch, last: MeasureMatch) -> MeasureMatch:
    """The range between two measures, which both are single numbers."""
    ends = replace(last, start=first.start, core_start=first.core_start, comparator="..")
    return replace(ends, value=(first.value, last.value))


def _part_of(text: str, term: Term) -> bool:
    """Whether a fraction is one of something: "half of output", not "the first half of 2025"."""
    word = text[term.start : term.end].lower()
    if word in ("third", "quarter"):
        return False
    if word == "half" and _NOT_PART.search(text, max(0, term.start - 8), term.start):
        return False
    return bool(_PART_OF.match(text, term.end))


def _rounded(value: Value, factor: float) -> Value:
    """Multiplied out, without the noise of binary fractions."""
    if isinstance(value, tuple):
        return float(f"{value[0] * factor:.12g}"), float(f"{value[1] * factor:.12g}")
    return float(f"{value * factor:.12g}")


def _no_measure(text: str, term: Term, unit: Unit) -> bool:
    """Whether number and unit only look like a measure: ages, "ago", "in 2015 dollars", "5m people"."""
    number = term.number
    if unit.dimension == DURATION:
        return bool(comparators().not_after_duration.match(text, term.end))
    if unit.dimension == LENGTH and _PLACE_NAME.fullmatch(text[term.start : term.end + 2]):
        return True
    if number.plain and number.value in _YEARS and number.end - number.start == 4:
        short = term.end - number.end <= 3
        return not term.prefixed and (unit.dimension == MONEY or (short and unit.dimension != RATIO))
    if term.end - term.start == 3 and _POSTCODE.search(text, max(0, term.start - 6), term.start):
        return True
    if unit.symbol == "m" and text[number.end : term.end] == "m":
        return _counts_millions(text, term.end)
    return False


def _counts_millions(text: str, end: int) -> bool:
    following = _METRES_OR_MILLIONS.match(text, end)
    word = following[1] if following else ""
    table = comparators()
    return word in table.counted or (len(word) > 2 and word.endswith("s") and word not in table.not_counted)


def _after(text: str, before: MeasureMatch, measure: MeasureMatch) -> MeasureMatch:
    """Give a measure the comparator of the one before it in "about 30GW/111GWh" and "not over 5 kg to A or 2 kg"."""
    if measure.comparator != "=" or before.comparator in ("=", ".."):
        return measure
    between = text[before.end : measure.start]
    link = _INHERITS.fullmatch(between)
    if not link or (between != "/" and (before.comparator not in STRICT or before.unit != measure.unit)):
        return measure
    return replace(measure, comparator=before.comparator)


def _with_power_from(text: str, before: MeasureMatch, measure: MeasureMatch) -> MeasureMatch:
    """Restore a lost exponent from the equivalent in brackets: "3.7 × 10 TBq (100 millicuries)"."""
    if not before.lost_power or not _IN_BRACKETS.fullmatch(text[before.end : measure.start]):
        return before
    first, second = units().get(before.unit), units().get(measure.unit)
    if not first or not second or not first.si or not second.si or first.dimension != second.dimension:
        return before
    if isinstance(before.value, tuple) or isinstance(measure.value, tuple):
        return before
    mantissa, target = before.value / 10, measure.value * second.si / first.si
    for power in range(-15, 16):
        value = float(f"{mantissa * 10.0**power:.12g}")
        if target and abs(value / target - 1) < 0.02:
            return replace(before, value=value, lost_power=False)
    return before


def _in_yen(text: str, found: list[MeasureMatch]) -> list[MeasureMatch]:
    """Read the sign ¥ as yen where the text speaks of yen or Japan and not of yuan or China."""
    if not _YEN.search(text) or _YUAN.search(text):
        return found
    return [
        replace(m, unit=m.unit.replace("CNY", "JPY", 1)) if "¥" in text[m.core_start : m.core_end] else m for m in found
    ]
