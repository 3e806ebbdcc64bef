"""Dates that are no part of the prose: datelines, stamps, and dates inside citations."""

from __future__ import annotations

import re
from functools import cache
from typing import Literal

from claimstake.grammar.date_evidence import is_reference
from claimstake.grammar.date_expression import DateExpression
from claimstake.grammar.date_lexicon import words

LONGEST_LINE = 160  # characters; a stamp stands on a short line, a dateline within so many of the line's start
TOP = 1500  # characters; a line that is only a date is a stamp up here
DATED = frozenset({"day", "weekday", "month", "offset"})
DATELINE_TOP = 3000  # characters; bullet points and a standfirst may come before a press release's dateline
PLACE = r"[A-ZÀ-Þ](?:[^\W\d]|[.,:'’()\[\]&®/*\- \u00a0\u2010-\u2015])*"
BEFORE_DATELINE = re.compile(rf"\W{{0,4}}{PLACE}(?:[,/(\-\u2010-\u2015]|--|\))\s*(?:on\s)?")
# ") – X", " (NEWMEDIAWIRE) - X", " /PRNewswire/ -- X", " @ 8:00 AM Eastern — X"
AFTER_DATELINE = re.compile(
    r"\.?\s*(?:@[^\n—–]{1,30})?(?:\([^()\n]{2,60}\)|/[^/\n]{2,40}/|/|\))?\s*(?:--|[-\u2010-\u2015:|]|/)\s*\S"
    r"|\s*\([A-Z][^()\n]{2,40}\)\s*$|\s*/[^/\n]{2,40}/"
)
LOWER_WORD = re.compile(r"\b[a-zß-ÿ]{3,}\b")
WIRE = re.compile(
    r"\b(?:and|via|of|the|de|la|für|business|news|wire|newswire|ai|http\w*|www|com)\b|\(https?://[^)\s]*\)?"
)
SOURCE_LINE = re.compile(r"\W*(?:sources?|credit|photo|image|via)\b\s*:", re.IGNORECASE)
MARKS = " \t*#-–—|:_,•·"
BULLET = re.compile(r"\s*[-*•·▪–]\s")
AUTHOR = re.compile(r"(?:^|\W)(?:[Bb]y|BY)\s+[A-ZÀ-Þ]")
RECENT = re.compile(r".*(?:19|20)[0-9]{2}")
WORD = re.compile(r"[A-Za-z.]*[A-Za-z]")
CLOCK = re.compile(r"[0-9]{1,2}[:.h][0-9]{2}(?:[:.][0-9]{2})?|[0-9]{1,2}(?=\s*[ap]\.?m)|\+[0-9:]+|[0-9]{1,3}(?=\s*min)")

Metadata = Literal["dateline", "stamp", "citation"]


def metadata_of(text: str, expression: DateExpression) -> Metadata | None:
    """What sort of metadata an expression is, or None where it belongs to the prose."""
    if is_reference(text, expression.start):
        return "citation"
    if expression.kind not in DATED or (expression.kind == "month" and expression.year is None):
        return None
    line_start = text.rfind("\n", max(0, expression.start - LONGEST_LINE), expression.start) + 1
    if not line_start and expression.start > LONGEST_LINE:
        return None
    line_end = text.find("\n", expression.end, expression.end + LONGEST_LINE)
    is_short = line_end >= 0 or len(text) - expression.end < LONGEST_LINE
    line_end = line_end if line_end >= 0 else min(len(text), expression.end + LONGEST_LINE)
    before, after = text[line_start : expression.start], text[expression.end : line_end]
    if is_short and _is_stamp(before, after, _line_above(text, line_start), is_top=line_start < TOP):
        return "stamp"
    if expression.kind == "offset":
        return None
    if is_short and line_start < TOP and CLOCK.sub("", after).strip(" .|") == "" and _is_place(before):
        return "stamp"
    if SOURCE_LINE.match(before):
        return "citation"
    return "dateline" if line_start < DATELINE_TOP and _is_dateline(before, after) else None


def _line_above(text: str, line_start: int) -> str:
    """The end of the line before the one that begins at `line_start`."""
    end = max(0, line_start - 1)
    return text[max(text.rfind("\n", max(0, end - LONGEST_LINE), end) + 1, end - LONGEST_LINE) : end]


def _is_stamp(before: str, after: str, above: str, *, is_top: bool) -> bool:
    """A short line with nothing but a date and a time, one with "Published:" before it, or a byline."""
    label = before.strip(MARKS).lower()
    if label in words("metadata", "stamps") or any(label.endswith(f"| {s}") for s in words("metadata", "stamps")):
        is_closed = before.rstrip(" *\t_")[-1:] in (":", "|")
        return is_closed or len(after.split()) < 5 or AUTHOR.search(after, 0, 20) is not None
    is_timed = CLOCK.search(after) is not None
    only_time = all(w.lower() in words("metadata", "zones") for w in WORD.findall(CLOCK.sub(" ", after)))
    if not label and only_time and not BULLET.match(before):
        return is_top or is_timed or AUTHOR.search(above) is not None or RECENT.fullmatch(above) is not None
    if only_time and is_timed and AUTHOR.search(before):
        return True
    return len(after.split()) < 8 and _byline().match(before) is not None


@cache
def _byline() -> re.Pattern[str]:
    """ "By Jane Roe and John Doe | " and little more."""
    name = r"[A-ZÀ-Þ][\w.'’-]*"
    names = rf"(?:{name}(?:\s+{name}){{0,3}}(?:\s+and\s+|[,|/&–—\s-]+|$)){{1,4}}"
    return re.compile(rf"\W*(?:[Bb]y|BY|[A-Z][a-z]+ by)\s+{names}.{{0,30}}?$")


def _is_dateline(before: str, after: str) -> bool:
    """ "VANCOUVER, BC – (Newsfile Corp. – " before, ") –" after: capitalised words, then a dash or a wire's name."""
    return AFTER_DATELINE.match(after) is not None and _is_place(before)


def _is_place(before: str) -> bool:
    """Whether a line begins with capitalised words and a comma or dash."""
    if not before.strip() or len(before) > LONGEST_LINE:
        return False
    return BEFORE_DATELINE.fullmatch(before) is not None and not LOWER_WORD.search(WIRE.sub(" ", before))
