r"""The sheet: what arcs and spans cannot show, as lines of text that a person can correct; a comment in doccano.

    name: Beijing = China                  every mention "Beijing" is called China
    name: Beijing @120 = Beijing (city)    only the one at character 120
    name: Toyota = Toyota City | PLACE     only mentions of that label
    name: the ministry @90 = Ministry of Commerce (China) | MINISTRY     a nominal whose thing has no mention by name
    value: July 15 = 2025-07-15            EDTF for a DATE, `comparator number unit` for a measure, ? where not known
    restricts_export_of | China | gallium | time=event:2025-07-15; target=United States | "First words ... last words"

Names, values and free text that hold a sign of these lines (| = ; + @ or a quotation mark) or a line break stand in
double quotes, with the escapes of JSON. Reading takes more than writing gives: no bullets or others, blank lines,
quotation marks of other kinds, large letters in key words, `A + B` for two claims, closed qualifiers (status=proposed).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any, get_args

from claimstake.interchange.types import CLOSED_VALUES, WORDS, decode
from claimstake.ontology import Ontology
from claimstake.records import EDTF_PATTERN, Measure, Qualifiers, Time

HEADER = (
    "Claimstake sheet: names, values and qualifiers, a line after each •. To correct one, add a comment that holds its "
    "line as it should be; later comments win, other lines stay."
)
MARK = "•"
UNKNOWN = "?"
NOTHING = "-"
TIME_KINDS = get_args(Time.model_fields["kind"].annotation)
SIGNS = re.compile(r'[|=;+@•"“”„«»`\\]|^[-*–#\'‘?]|[\x00-\x1f\x7f-\xa0\u2028\u2029\ud800-\udfff\ufeff]')
HIDDEN = re.compile(r"[\x7f-\xa0\u2028\u2029\ud800-\udfff\ufeff]")
QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"(?=\s*(?:$|[|=;+@,•]))')
BULLET = re.compile(r"^(?:[-*•–]\s+)+")
PAIRS = ('""', "“”", "„“", "«»", "‘’", "''", "``")
NUMBER = r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][-+]?\d+)?"
MEASURE = re.compile(
    rf"(?:\.\.\s*(?P<low>{NUMBER})\s+(?P<high>{NUMBER})|(?P<sign><=|>=|[=<>~≤≥≈])?\s*(?P<one>{NUMBER}))\s*(?P<unit>\S.*)"
)
SIGN = {"≤": "<=", "≥": ">=", "≈": "~"}
KEYWORD = re.compile(r"(name|value)\s*:\s*(.*)", re.I | re.S)
OFFSET = re.compile(r"\s*@\s*(\d+)$")
BOUNDS = re.compile(r"@\s*(\d+)\s*-\s*(\d+)")

Value = str | Measure | None


@dataclass(frozen=True)
class NameLine:
    """The canonical name of mentions; `offset` where only the one that starts there is meant, `label` where only those
    of the label are, or what a nominal is."""

    surface: str
    canonical: str
    offset: int | None = None
    label: str | None = None

    def __str__(self) -> str:
        return f"name: {_place(self.surface, self.offset)} = {quoted(self.canonical)}{_only(self.label)}"


@dataclass(frozen=True)
class ValueLine:
    """The value of mentions, None where it is not known; offset and label as in a `NameLine`."""

    surface: str
    value: Value
    offset: int | None = None
    label: str | None = None

    def __str__(self) -> str:
        return f"value: {_place(self.surface, self.offset)} = {value_text(self.value)}{_only(self.label)}"


@dataclass(frozen=True)
class ClaimLine:
    """What a claim's arc does not show.

    Attributes:
        predicate, subject, object: which claim; canonical names.
        qualifiers: as in records; a closed one only where it is said in so many words, None for one that is said to be
            none.
        evidence: quoted words or bounds; None where the line says nothing of it.
    """

    predicate: str
    subject: str
    object: str
    qualifiers: dict[str, Any] = field(default_factory=dict)
    evidence: str | tuple[int, int] | None = None

    def __str__(self) -> str:
        items = "; ".join(f"{k}={_qualifier_text(v)}" for k, v in self.qualifiers.items()) or NOTHING
        cells = [self.predicate, quoted(self.subject), quoted(self.object), items]
        if isinstance(self.evidence, tuple):
            cells.append("@{}-{}".format(*self.evidence))
        elif self.evidence is not None:
            cells.append(_in_quotes(self.evidence))
        return " | ".join(cells)


Line = NameLine | ValueLine | ClaimLine


@dataclass(frozen=True)
class Misread:
    """A line of a comment that was not understood: what was typed, and what is wrong with it."""

    words: str
    reason: str

    def __str__(self) -> str:
        return f"comment line {self.words!r}: {self.reason}"


class SheetError(ValueError):
    """A line, or a part of it, is not of the form of a sheet; the message says what is wrong and how to mend it."""


def write(lines: Iterable[Line]) -> str:
    """The text of a sheet with a first line that says what it is; empty where there are no lines. Each line begins with
    a bullet, as doccano's page shows all of a comment as one paragraph."""
    rows = [f"{MARK} {line}" for line in lines]
    return "\n".join([HEADER, *rows]) if rows else ""


def is_header(row: str) -> bool:
    """Whether a line is the one that a sheet of the program begins with."""
    return row.strip().lower().startswith("claimstake sheet")


def is_sheet(text: str) -> bool:
    """Whether a comment is a sheet, or has a line that is meant for one; other comments are talk."""
    return any(is_header(row) or KEYWORD.match(_bare(row)) or "|" in row or " = " in row for row in _rows(text))


def parse(text: str, ontology: Ontology) -> tuple[list[tuple[Line, str]], list[Misread]]:
    """Read a comment.

    Returns:
        Its lines, each with the words that were typed; and every line that was not understood. Both are
        empty where the comment is talk.
    """
    lines: list[tuple[Line, str]] = []
    problems: list[Misread] = []
    if not is_sheet(text):
        return lines, problems
    for row in _rows(text):
        bare = _bare(row)
        if not bare or bare.startswith("#") or is_header(bare):
            continue
        try:
            lines += [(line, bare) for line in _line(bare, ontology)]
        except SheetError as reason:
            problems.append(Misread(bare, str(reason)))
    return lines, problems


def about(words: str) -> tuple[str, ...] | None:
    """What a typed line is about, be it understood or not: a later line about the same takes its place."""
    if match := KEYWORD.fullmatch(words):
        return match[1].lower(), split(match[2], "=", once=True)[0].strip()
    cells = split(words, "|")
    return tuple(cell.strip() for cell in cells[:3]) if len(cells) > 2 else None


def quoted(text: str) -> str:
    """A name or free text as it stands in a line: plain, or in double quotes where a sign in it would mislead."""
    plain = text and text == text.strip() and not SIGNS.search(text) and text.lower() != "none"
    return text if plain else _in_quotes(text)


def _in_quotes(text: str) -> str:
    return HIDDEN.sub(lambda m: f"\\u{ord(m[0]):04x}", json.dumps(text, ensure_ascii=False))


def unquoted(text: str) -> str:
    """The text that `quoted` was given, or that a person put in quotation marks of any kind."""
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] == '"':
        try:
            return str(json.loads(text, strict=False))
        except ValueError:
            return text[1:-1]
    return text[1:-1].strip() if len(text) > 1 and text[0] + text[-1] in PAIRS else text


def value_text(value: Value) -> str:
    """A value in the words of the corpus format."""
    if value is None:
        return UNKNOWN
    if isinstance(value, str):
        return value
    numbers = value.value if isinstance(value.value, tuple) else (value.value,)
    text = " ".join([value.comparator, *map(number_text, numbers), unit := quoted(value.unit)])
    return text if unit == value.unit else _in_quotes(text)


def number_text(number: float) -> str:
    """A number that reads as the same number again: 20000, 0.1, 1e+21."""
    return repr(float(number)).removesuffix(".0")


def parse_value(text: str) -> Value:
    """A value from the words of the corpus format; an amount without a comparator is exact.

    Raises:
        SheetError: it is neither EDTF nor a measure.
    """
    text = unquoted(text) if text.strip()[:1] in "\"“'`‘„«" else text.strip()
    if text.lower() in (UNKNOWN, NOTHING, "none"):
        return None
    if re.fullmatch(EDTF_PATTERN, text):
        return text
    match = MEASURE.fullmatch(text)
    if match is None:
        raise SheetError(
            f"{text!r} is no value; write a date like 2025-07-15, 2025-07 or 2025-07/2025-09, or an amount like "
            '">= 160 mAh/g", ".. 5 10 %"'
        )
    sign, one, low, high, unit = match.group("sign", "one", "low", "high", "unit")
    number = float(one.replace(",", "")) if one else (float(low.replace(",", "")), float(high.replace(",", "")))
    return Measure(
        comparator=SIGN.get(sign, sign) if one and sign else "=" if one else "..", value=number, unit=unquoted(unit)
    )


def _rows(text: str) -> list[str]:
    return [part for row in re.split(r"\r\n|\r|\n", text) for part in split(row, f" {MARK} ")]


def _bare(row: str) -> str:
    """A line without what people put around it."""
    row = BULLET.sub("", row.strip().strip("\ufeff"))
    inner = unquoted(row) if row[:1] in "\"“`'" else row
    return inner if KEYWORD.match(inner) or inner.count("|") > 1 else row


def _line(row: str, ontology: Ontology) -> Iterator[Line]:
    if match := KEYWORD.fullmatch(row):
        surface, offset, right = _equation(match[2])
        right, label = _labelled(right, ontology)
        if match[1].lower() == "value":
            yield ValueLine(surface, parse_value(right), offset, label)
        elif canonical := unquoted(right):
            yield NameLine(surface, canonical, offset, label)
        else:
            raise SheetError("the name is empty")
    elif "|" in row:
        yield from _claim_lines(row, ontology)
    else:
        raise SheetError(
            'write "name: words = name", "value: words = value" or "predicate | subject | object | qualifiers"'
        )


def _equation(text: str) -> tuple[str, int | None, str]:
    """Both sides of "words @offset = what they are"."""
    spaced = split(text, " = ", once=True)
    sides = spaced if len(spaced) == 2 else split(text, "=", once=True)
    if len(sides) != 2 or not sides[0].strip() or not sides[1].strip():
        raise SheetError('it needs words of the text, " = " and what they are')
    left = sides[0].strip()
    match = OFFSET.search(left)
    surface = unquoted(left[: match.start()] if match else left)
    return surface, int(match[1]) if match else None, sides[1]


def _labelled(right: str, ontology: Ontology) -> tuple[str, str | None]:
    """What stands to the right of " = ", and the label behind it."""
    cells = split(right, "|")
    label = cells[1].strip().upper() if len(cells) == 2 else None
    if len(cells) > 2 or (label is not None and label not in ontology.labels):
        raise SheetError(f"at the end only a label may follow, not {' | '.join(cells[1:]).strip()!r}")
    return cells[0], label


def _claim_lines(row: str, ontology: Ontology) -> Iterator[ClaimLine]:
    cells = [cell.strip() for cell in split(row, "|")]
    if not 3 <= len(cells) <= 5 or not all(cells[:3]):
        raise SheetError('a claim is "predicate | subject | object | qualifiers" and perhaps "| evidence in quotes"')
    named, problems = decode(cells[0], ontology)
    if named is None or problems or named.predicate not in ontology.predicates:
        raise SheetError(f"{cells[0]!r}: {'; '.join(problems) or 'it is not a claim'}")
    said = {WORDS[w.lower()]: w.lower() for w in cells[0].split() if w.lower() in WORDS}
    qualifiers = said | _qualifiers(cells[3] if len(cells) > 3 else NOTHING)
    evidence = _evidence(cells[4]) if len(cells) > 4 and cells[4] else None
    ends = [[unquoted(name) for name in split(cell, " + ")] for cell in cells[1:3]]
    for subject, object_ in product(*ends):
        yield ClaimLine(named.predicate, subject, object_, qualifiers, evidence)


def _evidence(cell: str) -> str | tuple[int, int]:
    match = BOUNDS.fullmatch(cell)
    return (int(match[1]), int(match[2])) if match else unquoted(cell)


def _qualifiers(cell: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for item in split(cell, ";"):
        if item.strip() in ("", NOTHING):
            continue
        key, _, value = item.partition("=")
        key, value = key.strip().lower(), value.strip()
        if key not in Qualifiers.model_fields:
            raise SheetError(f"unknown qualifier {key!r}; known are {', '.join(Qualifiers.model_fields)}")
        if not value or key in found:
            raise SheetError(f"{key} has no value" if not value else f"{key} stands twice")
        found[key] = _qualifier(key, value)
    return found


def _qualifier(key: str, text: str) -> Any:
    if key == "time":
        return [_time(item) for item in text.split(",")]
    if key not in CLOSED_VALUES:
        return unquoted(text)
    value = unquoted(text).lower()
    if value not in (*CLOSED_VALUES[key], "none"):
        raise SheetError(f"{key} is one of {', '.join(CLOSED_VALUES[key])}, not {value!r}")
    return None if value == "none" else value


def _time(item: str) -> dict[str, str]:
    kind, _, value = (part.strip() for part in unquoted(item).partition(":"))
    if kind.lower() not in TIME_KINDS or not re.fullmatch(EDTF_PATTERN, value):
        raise SheetError(
            f"{item.strip()!r} is no time; write a kind ({', '.join(TIME_KINDS)}), a colon and a date: event:2025-07-15"
        )
    return {"kind": kind.lower(), "value": value}


def _qualifier_text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(f"{t['kind']}:{t['value']}" for t in value)
    return "none" if value is None else quoted(value)


def _place(surface: str, offset: int | None) -> str:
    return quoted(surface) + (f" @{offset}" if offset is not None else "")


def _only(label: str | None) -> str:
    return f" | {label}" if label else ""


def split(text: str, sign: str, *, once: bool = False) -> Sequence[str]:
    """Parts between the signs that stand outside of double quotes; quotes open only where a part begins."""
    parts, start, i = [], 0, 0
    while i < len(text):
        match = QUOTED.match(text, i) if text[i] == '"' and _opens(text[start:i]) else None
        if match:
            i = match.end()
        elif text.startswith(sign, i) and not (once and parts):
            parts.append(text[start:i])
            i = start = i + len(sign)
        else:
            i += 1
    return [*parts, text[start:]]


def _opens(before: str) -> bool:
    """Whether a quotation mark after these characters opens a part."""
    return not before.strip() or before.rstrip()[-1] in f"|=;+{MARK}" or KEYWORD.fullmatch(_bullets(before)) is not None


def _bullets(row: str) -> str:
    return BULLET.sub("", row.strip()) + " "
