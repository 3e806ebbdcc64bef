"""Numbers in running text: digits, words, fractions, scale words.

"1,000.5", "816 000", "1,5" (a comma before other than three digits is a decimal comma), "12,34,567", "3.7 × 10-3",
"10 1/2", "½", "twenty-five", "two and a half million", "three-quarters". A number is read at a place that `CANDIDATE`
found; every repetition is bounded, so reading is linear in the text. Ordinals and Roman numerals are not numbers here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

BLANKS = " \u00a0\u2007\u2009\u202f"
_ONES = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
SMALL = {w: i for i, w in enumerate([*_ONES.split(), "seventeen", "eighteen", "nineteen"])}
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
TENS = {w: 10 * i for i, w in enumerate(_TENS.split(), start=2)}
SCALES = {
    "hundred": 1e2, "thousand": 1e3, "lakh": 1e5, "million": 1e6, "mln": 1e6, "mn": 1e6, "mio": 1e6, "crore": 1e7,
    "billion": 1e9, "bln": 1e9, "bn": 1e9, "trillion": 1e12, "tn": 1e12, "trn": 1e12, "tln": 1e12, "quadrillion": 1e15,
}  # fmt: skip
SHORT_SCALES = {"k": 1e3, "K": 1e3, "m": 1e6, "M": 1e6, "mm": 1e6, "MM": 1e6, "b": 1e9, "B": 1e9, "t": 1e12, "T": 1e12}
WORD_SCALES = frozenset({"hundred", "thousand", "lakh", "million", "crore", "billion", "trillion", "quadrillion"})
_PARTS = "half quarter third fourth fifth sixth seventh eighth ninth tenth"
DENOMINATORS = dict(zip(_PARTS.split(), (2, 4, 3, 4, 5, 6, 7, 8, 9, 10), strict=True)) | {"halve": 2}
VULGAR = {
    "½": 1 / 2, "¼": 1 / 4, "¾": 3 / 4, "⅓": 1 / 3, "⅔": 2 / 3, "⅕": 1 / 5, "⅖": 2 / 5, "⅗": 3 / 5, "⅘": 4 / 5,
    "⅙": 1 / 6, "⅚": 5 / 6, "⅛": 1 / 8, "⅜": 3 / 8, "⅝": 5 / 8, "⅞": 7 / 8,
}  # fmt: skip
SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")

_FIRST_WORDS = "|".join(
    f"[{w[0].upper()}{w[0]}]{w[1:]}|{w.upper()}" for w in [*SMALL, *TENS, "half", "quarter", "third", *WORD_SCALES]
)
# A link is taken as a whole, so that nothing inside it is read; digits and words are places to read a number at.
CANDIDATE = re.compile(
    rf"(?P<link>https?://\S++|www\.\S++)|(?P<digits>(?:\d++|\.\d++|[{''.join(VULGAR)}]))"
    rf"|(?<![\w'’-])(?P<words>{_FIRST_WORDS})s?(?!\w)"
)
_VULGAR = f"[{''.join(VULGAR)}]"
_DIGITS = re.compile(
    rf"""(?:
      (?P<indian>\d{{1,2}}(?:,\d\d){{1,4}},\d{{3}}(?![\d,])(?:\.\d{{1,12}})?)
    | (?P<commas>(?!0)\d{{1,3}}(?:,\d{{3}}){{1,7}}(?!\d)(?:\.\d{{1,12}})?)
    | (?P<dots>\d{{1,3}}(?:\.\d{{3}}){{2,7}}(?!\d)(?:,\d{{1,12}})?)
    | (?P<blanks>\d{{1,3}}(?:[{BLANKS}]\d{{3}}){{1,7}}(?![\d/]|[.,]\d{{3}})(?:[.,]\d{{1,2}})?)
    | (?P<decimal>\d{{1,3}},(?:\d{{1,2}}|\d{{4,12}})|0,\d{{3}})(?![\d,]|\.\d)
    | (?P<plain>\d{{1,18}}(?:\.\d{{1,18}})?|\.\d{{1,18}})(?:[eE][+-]?\d{{1,2}}(?!\w))?
    )(?!\d|\.\d)""",
    re.VERBOSE,
)
_FRACTION = re.compile(rf"[ -]?(?P<vulgar>{_VULGAR})|[ -](?P<top>\d{{1,2}})/(?P<low>\d{{1,2}})(?![\d/.]|,\d)")
_SIMPLE_FRACTION = re.compile(r"(?P<top>\d{1,2}) ?/ ?(?P<low>\d{1,3})(?![\d/.]|,\d)")
_POWER = re.compile(
    r"[ \u00a0]?[×✕xX·⋅*][ \u00a0]?10(?:\^?(?P<plain>\^\d{1,2}|[-−–]\d{1,2})|(?P<raised>⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,2}))?"
    r"(?![\d.,]\d|\d)"
)
_BARE_POWER = re.compile(r"10(?:\^(?P<plain>[-−]?\d{1,2})|(?P<raised>⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,2}))(?!\d)")
_SCALE_WORDS = "|".join(sorted(SCALES, key=len, reverse=True))
_SCALE = re.compile(rf"\+?(?:[{BLANKS}]|-|\n)?({_SCALE_WORDS})s?(?!\w)", re.IGNORECASE)
_WORD = re.compile(r"(?P<and>[ -]and[ -])?(?P<article>(?:of )?an? )?(?P<word>[A-Za-z]+)")
_GAP = re.compile(r" - |[- \u00a0]|\n(?=[a-z])")
_LONGEST = 14  # words of the longest number that is read


@dataclass(frozen=True, slots=True)
class Number:
    """A number and where it stands.

    Attributes:
        start, end: half-open character range, scale words included.
        value: the number, scale included.
        scale: what its scale words multiply with (1 if there are none).
        form: "digits", "words" or "fraction".
        plain: digits without separators, decimals or scale: perhaps a year or a reference.
        lost_power: "3.7 × 10" whose exponent the text has lost; read as ten to the first.
    """

    start: int
    end: int
    value: float
    scale: float = 1.0
    form: str = "digits"
    plain: bool = False
    lost_power: bool = False

    @property
    def mantissa(self) -> float:
        """The number without its scale words."""
        return self.value / self.scale

    def scaled(self, scale: float, end: int) -> Number:
        """The same number times `scale`, ending at `end`."""
        return Number(self.start, end, self.value * scale, self.scale * scale, self.form, False, self.lost_power)


def read_number(text: str, start: int) -> Number | None:
    """Read the number that begins at `start`, with its scale words.

    Args:
        text: any string.
        start: offset of a digit, vulgar fraction or number word.

    Returns:
        None where there is no number, or where the digits are something else ("1.2.3", "12/2024").
    """
    first = text[start : start + 1]
    number = _read_digits(text, start) if first.isdigit() or first == "." or first in VULGAR else None
    if number is None:
        return _read_words(text, start) if first.isalpha() else None
    return read_scale(text, number)


def read_scale(text: str, number: Number) -> Number:
    """Take in the scale words that follow a number in digits ("5 million", "1.5bn")."""
    for _ in range(2):  # "1.5 thousand million"
        found = _SCALE.match(text, number.end)
        if not found:
            break
        number = number.scaled(SCALES[found[1].lower()], found.end())
    return number


def _read_digits(text: str, start: int) -> Number | None:
    if text[start] in VULGAR:
        return Number(start, start + 1, VULGAR[text[start]], form="fraction")
    bare = _BARE_POWER.match(text, start)
    if bare:
        return Number(start, bare.end(), 10.0 ** _exponent(bare))
    simple = _SIMPLE_FRACTION.match(text, start)
    if simple:
        return _fraction(simple, start)
    found = _DIGITS.match(text, start)
    if not found:
        return None
    value = _value(found)
    number = Number(start, found.end(), value, plain=found["plain"] is not None and found[0].isdigit())
    return _with_power(text, _with_fraction(text, number))


def _value(found: re.Match[str]) -> float:
    text = found[0]
    if found["indian"] or found["commas"]:
        text = text.replace(",", "")
    elif found["dots"]:
        text = text.replace(".", "").replace(",", ".")
    elif found["blanks"]:
        for blank in BLANKS:
            text = text.replace(blank, "")
    return float(text.replace(",", "."))


def _fraction(found: re.Match[str], start: int) -> Number | None:
    top, low = int(found["top"]), int(found["low"])
    if top >= low or not 2 <= low <= 128:  # "24/7", "10/2024", "5/1000" are no fractions of a measure
        return None
    return Number(start, found.end(), top / low, form="fraction")


def _with_fraction(text: str, number: Number) -> Number:
    """Add what follows an integer in "10 1/2", "2-1/4" and "1½"."""
    found = _FRACTION.match(text, number.end) if number.plain else None
    if not found:
        return number
    if found["vulgar"]:
        part = VULGAR[found["vulgar"]]
    elif found["top"] and 0 < int(found["top"]) < int(found["low"]):
        part = int(found["top"]) / int(found["low"])
    else:
        return number
    return Number(number.start, found.end(), number.value + part)


def _with_power(text: str, number: Number) -> Number:
    found = _POWER.match(text, number.end)
    if not found:
        return number
    lost = found["plain"] is None and found["raised"] is None
    power = 1 if lost else _exponent(found)
    return Number(number.start, found.end(), number.value * 10.0**power, lost_power=lost)


def _exponent(found: re.Match[str]) -> int:
    digits = found["plain"] or found["raised"].translate(SUPERSCRIPTS)
    return int(digits.lstrip("^").replace("−", "-").replace("–", "-"))


class _Words:
    """Adds number words up, left to right; `end` follows the last word that fitted."""

    def __init__(self) -> None:
        self.total = self.group = 0.0
        self.scale = 1.0
        self.form = "words"
        self.end = -1
        self.last = ""

    @property
    def value(self) -> float:
        return self.total + self.group

    def takes(self, word: str, joined: bool, article: bool) -> bool:
        """Whether `word` continues the number; `joined` by "and", after an `article`."""
        if word in SMALL or word in TENS:
            return not article and self._small(word, joined)
        if word in WORD_SCALES:
            return not joined and self._scale(word, article)
        return self._part(word.removesuffix("s"), joined, article)

    def _small(self, word: str, joined: bool) -> bool:
        number = SMALL.get(word, TENS.get(word, 0))
        room = self.last in WORD_SCALES or (self.last in TENS and 0 < number < 10 and not joined)
        if self.last and not room or (joined and self.last not in WORD_SCALES) or self.form == "fraction":
            return False
        self.group += number
        return True

    def _scale(self, word: str, article: bool) -> bool:
        scale = SCALES[word]
        if article and self.form != "fraction":
            return False
        if word == "hundred":
            if self.group >= 100 or self.form == "fraction":
                return False
            self.group = (self.group or 1) * 100
            return True
        if self.total and scale >= self.scale:
            return False
        self.total += (self.group or 1) * scale
        self.group, self.scale = 0.0, min(self.scale, scale) if self.scale > 1 else scale
        self.form = "words"
        return True

    def _part(self, word: str, joined: bool, article: bool) -> bool:
        below = DENOMINATORS.get(word)
        if below is None or self.form == "fraction" or self.total:
            return False
        if joined and article and word in ("half", "quarter", "third"):
            self.group += 1 / below
            return True
        if joined or article or (self.last and self.last not in SMALL):
            return False
        if not self.last and word not in ("half", "quarter", "third"):
            return False
        self.group = (self.group if self.last else 1) / below
        self.form = "fraction"
        return True


def _read_words(text: str, start: int) -> Number | None:
    words = _Words()
    position = start
    for _ in range(_LONGEST):
        found = _WORD.match(text, position)
        if not found or (position == start and (found["and"] or found["article"])):
            break
        word = found["word"].lower()
        if not words.takes(word, bool(found["and"]), bool(found["article"])):
            break
        words.last, words.end = word, found.end()
        gap = _GAP.match(text, words.end)
        if not gap:
            break
        # " and " brings its own blank
        position = words.end if text[words.end : words.end + 5].lower() in (" and ", "-and-") else gap.end()
    if words.end < 0 or text[words.end : words.end + 1].isalnum():
        return None
    scale = words.scale if not words.group else 1.0
    return Number(start, words.end, words.value, scale, words.form)
