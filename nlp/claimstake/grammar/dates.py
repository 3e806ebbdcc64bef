"""Finds calendar expressions in English text and places them in time.

    >>> [d.text for d in find_dates("Bids close on Feb. 1, after the first quarter of 2026 they open again.")]
    ['Feb. 1', 'first quarter of 2026']
    >>> resolve(find_dates("until Feb. 1")[0], published="2025-01-06")
    '2025-02-01'

Not found on purpose: durations ("60 days", "the past decade"), ages, clock times, recurring dates ("every Monday"),
holidays, "now", "recently". Matching is linear in the length of the text.
"""

from __future__ import annotations

import re
from dataclasses import replace

from claimstake.grammar.date_anchor import implied_anchor
from claimstake.grammar.date_builder import build
from claimstake.grammar.date_evidence import is_date
from claimstake.grammar.date_expression import DateExpression, Tense
from claimstake.grammar.date_lexicon import DASHES, Lexed, lexicon, values, words
from claimstake.grammar.date_metadata import metadata_of
from claimstake.grammar.date_patterns import LONGEST_EXTENSION, PATTERNS, extension, master, pattern
from claimstake.grammar.date_resolution import resolve

__all__ = ["DateExpression", "Tense", "find_dates", "implied_anchor", "resolve"]

QUOTE_WINDOW = 1000  # characters looked back for an opening quotation mark
MOVE_WINDOW = 60  # characters looked back for "postponed", "extended"
COORDINATION = re.compile(r"\s*(?:,\s*(?:and|or)?|and|or|&|/)\s*")
CONNECTOR = re.compile(
    rf"\s*(?:(?P<dash>[{DASHES}]|--)|,?\s*(?P<word>to|through|thru|until|till|and|up to))\s*(?:the\s+)?"
)
EXTENDABLE: dict[str, frozenset[str]] = {
    "week": frozenset({"day"}),
    "edge": frozenset({"month", "year", "quarter", "half", "season", "decade", "months", "relative", "range"}),
    "edge_joined": frozenset({"month", "year"}),
    "part": frozenset({"month", "year", "quarter", "season", "decade", "relative", "weekday", "range", "half"}),
    "earlier": frozenset({"relative", "season"}),
    "first_week": frozenset({"month", "quarter", "year", "relative"}),
}
JOINABLE = frozenset({"day", "month", "year", "quarter", "half", "season", "weekday", "decade", "monthday"})

EDGES = {
    "earlier": "early", "later": "late", "first": "start", "second": "mid", "third": "mid", "last": "end",
    "final": "end",
}  # fmt: skip
NAMES = tuple(PATTERNS)
Item = tuple[DateExpression, int, int]


def find_dates(text: str) -> list[DateExpression]:
    """Find the calendar expressions of a text, in order and without overlaps.

    Args:
        text: any string; offsets of the result are code points into it.

    Returns:
        Expressions whose fields are read but not resolved. Datelines, date stamps and dates inside citations are
        among them and say so in `metadata`.
    """
    lexed = lexicon().lex(text)
    items = [_extended(item, lexed, low) for item, low in _scan(lexed)]
    expressions = [_with_context(expression, lexed, i) for expression, i, _ in items]
    return [_with_metadata(e, text) for e in _joined(_coordinated(expressions, text), text)]


def _with_metadata(expression: DateExpression, text: str) -> DateExpression:
    metadata = metadata_of(text, expression)
    return expression if metadata is None else replace(expression, metadata=metadata)


def _scan(lexed: Lexed) -> list[tuple[Item, int]]:
    """Accepted matches from left to right, each with the end of the one before."""
    found: list[tuple[Item, int]] = []
    letters, search = lexed.letters, master().search
    position = low = 0
    while hit := search(letters, position):
        position = hit.start() + 1
        previous = found[-1][0][0] if found else None
        item = _first_accepted(lexed, hit.start(), str(hit.lastgroup)[1:], previous)
        if item is not None:
            found.append((item, low))
            position = low = item[2]
    return found


def _first_accepted(lexed: Lexed, i: int, name: str, previous: DateExpression | None) -> Item | None:
    """The first pattern from `name` on that fits at token `i` and has its evidence."""
    for candidate in NAMES[NAMES.index(name) :]:
        hit = pattern(candidate).match(lexed.letters, i)
        expression = build(candidate, hit, lexed, i) if hit else None
        if hit is None or expression is None:
            continue
        after_year = previous is not None and _after_year(previous, expression, lexed.text)
        first = i + 2 if lexed.tokens[i].lower() == "the" else i
        if is_date(expression, lexed, first, hit.end(), after_year):
            return expression, first, hit.end()
    return None


def _after_year(previous: DateExpression, expression: DateExpression, text: str) -> bool:
    """Whether a year is coordinated with the expression before it ("2023, 2024 and 2025")."""
    if previous.kind not in ("year", "range") or expression.start - previous.end > 8:
        return False
    return COORDINATION.fullmatch(text, previous.end, expression.start) is not None


def _extended(item: Item, lexed: Lexed, low: int) -> Item:
    """Take in what belongs to the expression on its left: "late", "end of the", "week of"."""
    expression, i, j = item
    for name, kinds in EXTENDABLE.items():
        if expression.kind not in kinds:
            continue
        begin = max(low, i - LONGEST_EXTENSION)
        hit = extension(name).search(lexed.letters, begin, i)
        if hit is None or not _may_extend(name, expression, lexed, hit.start()):
            continue
        start = lexed.offsets[hit.start()]
        longer = replace(expression, start=start, text=lexed.text[start : expression.end])
        if name == "week":
            return _week(longer, expression, lexed.tokens[hit.start("weekof")].lower()), hit.start(), j
        edge = lexed.tokens[hit.start("edge")].lower()
        longer = replace(longer, part=values()["part"].get(edge) or EDGES.get(edge) or expression.part)
        return _extended((longer, hit.start(), j), lexed, low)
    return item


def _week(longer: DateExpression, day: DateExpression, word: str) -> DateExpression:
    """ "week of July 7", "week beginning July 7", "week ended July 11"."""
    return replace(longer, kind="week", number=0 if word == "of" else -1 if word.startswith("end") else 1, first=day)


def _may_extend(name: str, expression: DateExpression, lexed: Lexed, i: int) -> bool:
    """Whether the word on the left modifies the expression: "end 2025" only after "by" and the like."""
    if name == "edge_joined" and lexed.tokens[i + 1].isspace():
        return lexed.word_before(i)[0].lower() in ("by", "at", "before", "until", "from", "since", "to", "year")
    if name == "earlier":
        return expression.part is None
    if name == "part" and expression.kind == "relative":
        return expression.unit in ("year", "month", "week", "quarter", "decade", "weekend", "day")
    return not (name == "part" and lexed.tokens[i].lower() == "middle")


def _with_context(expression: DateExpression, lexed: Lexed, i: int) -> DateExpression:
    """Add the word that governs the expression and whether it stands in quotation marks."""
    lead = _lead(lexed, i)
    quoted = expression.unit == "day" and _in_quotes(lexed.text, expression.start)
    return replace(expression, lead=lead, quoted=quoted)


def _lead(lexed: Lexed, i: int) -> str:
    """The governing word; "effective" for "effective on", "before" for "prior to", "by" for "no later than"."""
    chain: list[str] = []
    k = i
    while len(chain) < 3:
        word, k = lexed.word_before(k)
        if not word:
            break
        if word.lower() not in ("the", "a", "an", "about", "around", "approximately"):
            chain.append(word.lower())
    first, second, third = (chain + ["", "", ""])[:3]
    if (first, second) == ("to", "prior") or second == "before":
        return "before"
    if (first, second) == ("than", "later"):
        return "by"
    if first in ("on", "in", "at", "from", "of", "as") and second in words("directions", "onset"):
        return second
    if (first, second) == ("of", "as") and third in words("directions", "onset"):
        return third
    return first if first.isalpha() else ""


def _in_quotes(text: str, start: int) -> bool:
    """Whether an opening quotation mark of the same paragraph is still open at `start`."""
    floor = max(0, start - QUOTE_WINDOW)
    begin = max(text.rfind("\n", floor, start) + 1, floor)
    curly = text.rfind("“", begin, start)
    if curly >= 0:
        return curly > text.rfind("”", begin, start)
    return text.count('"', begin, start) % 2 == 1


def _coordinated(expressions: list[DateExpression], text: str) -> list[DateExpression]:
    """Share the year of the last (or first) of coordinated months, days and quarters: "January and March 2025"."""
    out = list(expressions)
    pairs = [(k, k + 1) for k in range(len(out) - 1)]
    chained: set[int] = set()  # those with "and" or a dash after them; a comma alone joins only on to such a one
    for a, b in [*reversed(pairs), *pairs]:
        first, last = out[a], out[b]
        if first.kind != last.kind or first.kind not in ("month", "day", "quarter", "half"):
            continue
        gap = text[first.end : last.start] if last.start - first.end < 12 else "?"
        if not (COORDINATION.fullmatch(gap) or CONNECTOR.fullmatch(gap)) or (gap.strip() == "," and b not in chained):
            continue
        chained.add(a)
        if first.year is None and last.year is not None and _is_plain(first):
            out[a] = replace(first, year=last.year - (_key(first) > _key(last)))
        elif last.year is None and first.year is not None and _is_plain(last):
            out[b] = replace(last, year=first.year + (_key(first) > _key(last)))
    return out


def _is_plain(expression: DateExpression) -> bool:
    return expression.shift is None and expression.year_shift is None


def _key(expression: DateExpression) -> tuple[int, int, int]:
    return expression.number or 0, expression.month or 0, expression.day or 0


def _joined(expressions: list[DateExpression], text: str) -> list[DateExpression]:
    """Make one range of two expressions with a dash, "to" or ("between") "and" between them."""
    out: list[DateExpression] = []
    for expression in expressions:
        if out and _is_range(out[-1], expression, text):
            first = out.pop()
            whole = replace(first, end=expression.end, text=text[first.start : expression.end], kind="range")
            out.append(replace(whole, year=None, month=None, day=None, weekday=None, first=first, last=expression))
        else:
            out.append(expression)
    return out


def _is_range(first: DateExpression, last: DateExpression, text: str) -> bool:
    spans = first.lead in ("from", "between")
    if last.start - first.end > 14 or not _may_join(first, spans) or not _may_join(last, spans):
        return False
    match = CONNECTOR.fullmatch(text, first.end, last.start)
    if match is None:
        return False
    if match["dash"]:
        return first.kind == last.kind or (first.kind, last.kind) == ("month", "day")
    if match["word"] == "and":
        return first.lead == "between"
    if match["word"] in ("until", "till", "up to"):
        return first.lead == "from"
    before = text[max(0, first.start - MOVE_WINDOW) : first.start].lower()
    return not any(stem in before.rpartition(". ")[2] for stem in words("evidence", "moves"))


def _may_join(expression: DateExpression, spans: bool) -> bool:
    return expression.kind in JOINABLE or (expression.kind == "relative" and spans)
