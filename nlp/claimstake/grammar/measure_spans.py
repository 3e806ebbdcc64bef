"""Terms (currency, number, unit) and what joins two of them: ranges and sizes.

"5% to 6%", "14-19%", "$5-6 million", "between 5 and 10 kg", "5 × 5 cm", "5 ± 0.1 mm", "5 ft 2 in".
A year range ("2012-13", "2024–25") is never one; "raised from 10% to 25%" is two measures, not one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from claimstake.grammar.measure_comparators import comparators
from claimstake.grammar.measure_units import UnitRead, compound, currency_before, read_unit
from claimstake.grammar.numbers import SHORT_SCALES, WORD_SCALES, Number, read_number, read_scale
from claimstake.knowledge.units import DURATION, LENGTH, MONEY, Unit, UnitTable

_SHORT_SCALE = re.compile(r"(?P<gap>[ \u00a0-])?(?P<scale>mm|MM|[mMbBkKtT])(?![A-Za-z0-9'’²³°])(?!\.\w)")
_RANGE = re.compile(
    r"[ \u00a0]?(?P<dash>[-–—‑−~～])[ \u00a0]?"
    r"|[ \u00a0\n](?P<word>to|and|through|or)[ \u00a0\n]{1,2}(?:about |around |nearly )?"
)
_SIZE = re.compile(r"[ \u00a0]?[×✕xX][ \u00a0]?(?=\d)")
_TOLERANCE = re.compile(r"[ \u00a0]?(?:±|\+/-|\+/−)[ \u00a0]?(?=[\d.])")
_REPEATED = re.compile(r" \((?:\d{1,3}|[a-z-]{3,20})\)(?=[ -])")
_HALF_OF = re.compile(r" (?:of )?an? (?=[a-z])|(?=[ -])")
_PLUS = re.compile(r"\+(?=[ \u00a0-])|-plus(?=[ -])")
_SECOND_PART = re.compile(r"[ \u00a0](?:and )?(?=\d|[a-z])")
_SMALLER = frozenset(
    {("ft", "in"), ("lb", "oz"), ("h", "min"), ("min", "s"), ("a", "mo"), ("d", "h"), ("USD", "USD"), ("m", "cm")}
)
_ONE = re.compile(r"(?:(?<=\s)|^)(an?)[ -]$", re.IGNORECASE)
_NEED_ARTICLE = WORD_SCALES | {"third", "quarter"}
_PER_ONE = re.compile(r"(?<!\w)per[ -]$", re.IGNORECASE)
_FROM = re.compile(r"(?<!\w)from\s+(?:[a-z]{4,13}\s+|an?\s+)?$", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.;!?\n]\s|\n")
_SIGN = "-−+±"
_OPENERS_OK = frozenset("\"'“‘(«„[{<>=≤≥~≈∼≃±+|*•·%,;…–—−?!¿¡\u2028\u2029&)]’”")
_WINDOW = 90
_YEAR_BEFORE = re.compile(r"(?<!\w)(?:in|by|of|since|until|FY|fiscal|year|during)\s$", re.IGNORECASE)
_LISTED = re.compile(r"(?:(?P<last>,? (?:and|or) )|, )(?=\d)")
_MONTH_BEFORE = re.compile(r"(?:uary|arch|pril|May|June|July|ugust|mber|tober) $")
_LONGEST_LIST = 6  # numbers that share one unit
_YEAR_LIKE = range(1900, 2101)


@dataclass(frozen=True, slots=True)
class Term:
    """A number with its currency or unit, if it has one.

    Attributes:
        start, end: half-open character range, sign and currency included.
        value: the signed number, not yet multiplied with the unit's factor.
        unit: None for a bare number.
        prefixed: the currency stands before the number.
        basis: "by weight" and the like.
    """

    start: int
    end: int
    number: Number
    value: float
    unit: Unit | None = None
    prefixed: bool = False
    basis: str | None = None


def read_term(text: str, start: int, floor: int, table: UnitTable) -> Term | None:
    """Read the term whose number begins at `start`; None where no amount can begin.

    Args:
        text: the text.
        start: offset of a number, as CANDIDATE finds it.
        floor: end of the measure before; nothing left of it is looked at.
        table: the known units.
    """
    number = read_number(text, start)
    if number is None:
        return None
    if text[start].isalpha() and text[start : number.end].split()[0].lower() in _NEED_ARTICLE:
        article = _ONE.search(text, max(floor, start - 4), start)  # "a million", but not "several million"
        if not article:
            return None
        start = article.start(1)
    if _PER_ONE.search(text, max(floor, start - 5), start):
        return None
    currency = currency_before(text, start, floor, table)
    begin, negative = _signed(text, currency[0] if currency else start, floor)
    if not _may_begin(text, begin, floor, bool(currency)):
        return None
    value = -number.value if negative else number.value
    if currency:
        return _money(text, replace(number, plain=False), value, (begin, currency[1]), table)
    return _with_unit(text, Term(begin, number.end, number, value), table)


def _money(text: str, number: Number, value: float, currency: tuple[int, Unit], table: UnitTable) -> Term:
    begin, unit = currency
    short = _SHORT_SCALE.match(text, number.end) if number.scale == 1 else None
    if short and not (short["gap"] == "-" and len(short["scale"]) == 1):
        factor = SHORT_SCALES[short["scale"]]
        number, value = number.scaled(factor, short.end()), value * factor
    named = read_unit(text, number, table)  # "$5 million USD", "$5 million Canadian dollars"
    if named and named.unit.dimension.split("/")[0] == MONEY:
        return Term(begin, named.end, number, value, named.unit, True)
    whole = compound(text, UnitRead(number.end, unit), table)
    return Term(begin, whole.end, number, value, whole.unit, True)


def _with_unit(text: str, term: Term, table: UnitTable) -> Term:
    number = term.number
    if number.form == "fraction":
        gap = _HALF_OF.match(text, number.end)
        if gap and gap[0]:
            number = replace(number, end=gap.end())
    repeated = _REPEATED.match(text, number.end)  # "thirty (30) days"
    if repeated:
        number = read_scale(text, replace(number, end=repeated.end()))
    plus = _PLUS.match(text, number.end)
    if plus:
        number = replace(number, end=plus.end())
    found = _short_scaled(text, number, table) or (number, read_unit(text, number, table))
    number, read = found
    if read is None:
        return term
    value = term.value * number.value / term.number.value if term.number.value else term.value
    measured = replace(number, start=term.number.start)
    joined = Term(term.start, read.end, measured, value, read.unit, False, read.basis)
    return _with_second_part(text, joined, table)


def _short_scaled(text: str, number: Number, table: UnitTable) -> tuple[Number, UnitRead | None] | None:
    """ "5m tonnes", "2k MW", "3M euros": a letter is a scale only where a unit follows it."""
    short = _SHORT_SCALE.match(text, number.end) if number.form == "digits" and number.scale == 1 else None
    if not short or short["gap"] or short["scale"] in ("t", "T", "mm"):
        return None
    if text[short.end() : short.end() + 1] not in (" ", "\u00a0"):
        return None
    scaled = number.scaled(SHORT_SCALES[short["scale"]], short.end())
    read = read_unit(text, scaled, table)
    if read is None or text[short.end() + 1 : read.end] in ("m", "g", "s", "h", "A", "N", "V", "W", "K", "t"):
        return None
    return scaled, read


def _with_second_part(text: str, term: Term, table: UnitTable) -> Term:
    """Add the smaller unit in "5 ft 2 in" and "two hours and 30 minutes"."""
    assert term.unit is not None
    gap = _SECOND_PART.match(text, term.end)
    if not gap or term.unit.dimension not in (LENGTH, DURATION, "mass", MONEY):
        return term
    number = read_number(text, gap.end())
    read = read_unit(text, number, table) if number else None
    if not number or not read or (term.unit.symbol, read.unit.symbol) not in _SMALLER:
        return term
    if term.unit.dimension == MONEY:
        ratio = read.unit.factor / term.unit.factor
    else:
        ratio = (read.unit.si or 0) * read.unit.factor / ((term.unit.si or 1) * term.unit.factor)
    if not 0 < ratio < 1 or number.value * ratio >= 1:
        return term
    return replace(term, end=read.end, value=term.value + number.value * ratio)


def _signed(text: str, start: int, floor: int) -> tuple[int, bool]:
    """Where the amount starts with its sign, and whether it is negative."""
    sign = text[start - 1 : start] if start > floor else ""
    if not sign or sign not in _SIGN:
        return start, False
    before = text[start - 2 : start - 1]
    if before and not before.isspace() and before not in "([{“\"'<>=≤≥~≈":
        return start, False
    return start - 1, sign in "-−"


def _may_begin(text: str, begin: int, floor: int, currency: bool) -> bool:
    """Whether an amount may begin here: not inside a word, identifier, date or reference."""
    if begin <= floor and (begin == 0 or begin == floor and text[begin - 1] not in ".,"):
        return True
    last = text[begin - 1]
    if last.isspace():
        return True
    before = text[begin - 2 : begin - 1] if begin - 1 > floor else ""
    if last in _OPENERS_OK:
        return not (last == "," and before.isdigit())
    if last in "-‐‑":
        return currency or not before or before.isspace() or not before.isalnum()
    if last in "/:.":
        return before == "" and last == "/" or not before.isdigit() if last != "/" else not before.isalnum()
    return currency and last.islower()


def is_reference(text: str, term: Term, floor: int) -> bool:
    """Whether a number is an article's, page's or item's: "Article 7", "No. 23", "Category 5 A".

    A percentage, money or a spelt-out unit says that it is an amount all the same ("of order 10%").
    """
    if not term.number.plain or term.prefixed:
        return False
    if term.unit is not None and term.unit.dimension == DURATION:
        return _word_before(text, term.start, floor) in comparators().ages
    written = text[term.number.end : term.end].strip(" \u00a0-")
    if term.unit is not None and (len(written) > 3 or not written.isalpha()):
        return False
    return _word_before(text, term.start, floor) in comparators().references


def _word_before(text: str, begin: int, floor: int) -> str:
    words = text[max(floor, begin - 16) : begin].split()
    return words[-1].lower().lstrip("(\"“'") if words else ""


def read_range(
    text: str, first: Term, comparator: str, floor: int, table: UnitTable
) -> tuple[Term, tuple[float, float] | float] | None:
    """Join `first` with a second number into a range (or a value with tolerance).

    Args:
        text: the text.
        first: the term the range may begin with.
        comparator: what stands before it; ".." (between) allows "and".
        floor: nothing left of it is looked at.
        table: the known units.

    Returns:
        A term that covers both, and (low, high) in its unit's spelling; None if there is no range.
    """
    tolerance = _TOLERANCE.match(text, first.end)
    if tolerance:
        return _tolerance(text, first, tolerance.end(), table)
    link = _RANGE.match(text, first.end)
    if not link or (link["word"] in ("and", "or") and comparator != ".."):
        return None
    second = _second(text, link, table)
    if second is None or _years(text, first, second, link):
        return None
    joined = _joined(text, first, second, link, table)
    if joined is None or (link["word"] == "to" and _is_change(text, first, floor)):
        return None
    return joined


def _second(text: str, link: re.Match[str], table: UnitTable) -> Term | None:
    """The term after a range's link; a currency may stand before its number."""
    at = link.end()
    for skip in range(5):
        if text[at + skip : at + skip + 1].isdigit() or (skip == 0 and text[at : at + 1].isalpha()):
            term = read_term(text, at + skip, at, table)
            if term and term.start == at:
                return term
            if text[at : at + 1].isalpha() and skip == 0:
                continue
            return None
    return None


def _years(text: str, first: Term, second: Term, link: re.Match[str]) -> bool:
    """ "2012-13", "2024–2025": a period, not a range of amounts; nor is "in 2025 to 1,000 t"."""
    if first.unit or not first.number.plain or first.number.value not in _YEAR_LIKE:
        return False
    if link["word"] and _YEAR_BEFORE.search(text, max(0, first.start - 8), first.start):
        return True
    return second.number.mantissa < 100 or second.number.value in _YEAR_LIKE


def _joined(
    text: str, first: Term, second: Term, link: re.Match[str], table: UnitTable
) -> tuple[Term, tuple[float, float]] | None:
    unit = second.unit or (first.unit if first.prefixed else None)
    if unit is None and (first.unit is not None or second.unit is not None):
        return None
    if first.unit and second.unit and not _same(first, second):
        return None
    if first.unit is None and first.number.form == "fraction" and second.value > 10:
        return None  # "for the second half to 7,976 tonnes"
    if second.prefixed and not first.prefixed:  # "in 2019 to $46,000 in 2023"
        return None
    low, high = first.value, second.value
    unscaled = first.number.scale == 1 and (first.unit is None or first.prefixed)
    if unscaled and second.number.scale > 1 and abs(low) <= second.number.mantissa:
        low *= second.number.scale  # "5 to 6 million"
    if unit is None and link["dash"] and not first.number.plain:
        return None
    if first.unit and second.unit and first.unit.factor != second.unit.factor:
        low *= first.unit.factor / second.unit.factor
    if low >= high or (first.unit is None and not second.unit and first.number.form == "fraction"):
        return None
    number = replace(second.number, start=first.number.start, lost_power=False, form=first.number.form)
    end = second.end
    if second.unit is None and unit is not None:  # "$22.50–24.00 a pound"
        whole = compound(text, UnitRead(end, unit), table)
        end, unit = whole.end, whole.unit
    return Term(first.start, end, number, high, unit, first.prefixed, second.basis), (low, high)


def read_shared(text: str, term: Term, floor: int, table: UnitTable) -> Unit | None:
    """The unit that a bare number shares with a later one: "5, 10 and 15%", "10 or 20 kg"; None if it shares none.

    `floor` is the end of the measure before: a number that goes on a list of others must follow a measure.
    """
    goes_on = text[max(0, term.start - 2) : term.start] == ", " and text[term.start - 3 : term.start - 2].isdigit()
    if goes_on and floor != term.start - 2:
        return None
    if term.number.form != "digits" or term.number.scale != 1 or term.number.value in _YEAR_LIKE:
        return None
    if _MONTH_BEFORE.search(text, max(0, term.start - 10), term.start):
        return None
    at, commas = term.end, 0
    for _ in range(_LONGEST_LIST):
        link = _LISTED.match(text, at)
        following = read_term(text, link.end(), link.end(), table) if link else None
        if not link or not following or following.prefixed or following.number.form != "digits":
            return None
        if link["last"]:
            alone = link["last"].startswith(",") and not commas and not goes_on
            return None if alone or following.unit is None else following.unit
        if following.unit is not None:
            return None
        at, commas = following.end, commas + 1
    return None


def _same(first: Term, second: Term) -> bool:
    """Whether two units agree; "$39,500 and $40,000 per ton" agree in the numerator."""
    assert first.unit is not None
    assert second.unit is not None
    one, two = first.unit.symbol, second.unit.symbol
    return one == two or (first.prefixed and two.startswith(one + "/"))


def _is_change(text: str, first: Term, floor: int) -> bool:
    """Whether "X to Y" tells a change: "raised from X to Y", "rose X to Y"."""
    window = text[max(floor, first.start - _WINDOW) : first.start]
    clause = _SENTENCE_END.split(window)[-1]
    words = [w.strip("(,)").lower() for w in clause.split()]
    table = comparators()
    if not _FROM.search(clause):
        return bool(words) and words[-1] in table.changes and words[-1] not in ("up", "down", "growth")
    near = words[-8:]
    if any(w in table.spans for w in near):
        return False
    if first.unit is not None and first.unit.dimension == DURATION:
        return any(w in table.changes for w in near)
    return first.unit is not None or any(w in table.changes for w in near)


def _tolerance(text: str, first: Term, at: int, table: UnitTable) -> tuple[Term, float] | None:
    number = read_number(text, at)
    read = read_unit(text, number, table) if number else None
    unit = first.unit or (read.unit if read else None)
    if number is None or unit is None:
        return None
    end = read.end if read else number.end
    return Term(first.start, end, first.number, first.value, unit, first.prefixed), first.value


def read_size(text: str, first: Term, table: UnitTable) -> tuple[Term, float] | None:
    """Join "5 × 5 cm" and "5 cm × 5 cm × 1 cm" into one term with the first side's length."""
    end, unit, scaled = first.end, first.unit, first.value
    if first.number.lost_power and unit is not None and unit.dimension == LENGTH:
        return first, first.number.mantissa / 10
    if unit is not None and unit.dimension != LENGTH:
        return None
    sides = 0
    for _ in range(2):
        link = _SIZE.match(text, end)
        number = read_number(text, link.end()) if link else None
        if link is None or number is None:
            break
        side = _with_unit(text, Term(link.end(), number.end, number, number.value), table)
        if side.unit is not None and side.unit.dimension != LENGTH:
            return None
        end, sides = side.end, sides + 1
        unit = unit or side.unit
    if not sides or unit is None:
        return None
    return replace(first, end=end, unit=unit, value=scaled), scaled
