"""Where a measure stands: the lead of its list, the head of its table, a heading, a legal enumeration.

"(a) 75 % of lead-acid batteries" says nothing alone; "recyclers shall reach the following targets:" above it does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_REACH = 1600  # characters above a line in which its lead is looked for
_LINES = 24
_SHORT = 90  # characters of the longest heading
_ITEM = re.compile(
    r"\s*(?:[-–—•·*▪●◦‣■]\s|\(?(?:\d{1,2}|[a-z]{1,2}|[ivx]{1,4}|[A-Z])[.)]\s|(?:[a-z0-9]{1,2}\.){2,6}\s|\([0-9a-zA-Z]{1,4}\)\s?)"
)
_ENUMERATOR = re.compile(r"\s*(?:\(?[0-9a-zA-Z]{1,4}[.)]|[-–—•*])\s*")
_LEGAL = re.compile(r"\s*(?:\([0-9a-zA-Z]{1,4}\)|(?:[a-z0-9]{1,2}\.){1,6}|\d{1,2}\.|§|Art(?:icle|\.)|Section)\s?")
_GOES_ON = (";", ",", " or", " and", ";*", "or*", "and*")
_HEADING_END = re.compile(r"[.!?:;,|\"”]\s*$")


@dataclass(frozen=True, slots=True)
class Setting:
    """What the layout says about a measure.

    Attributes:
        lead: the sentence that opens the list, or the head row of the table, that the measure's line belongs to; "".
        item: the line is an item of a list or a row of a table.
        legal: the line begins like a paragraph of a legal text ("(a)", "b.1.").
        heading: the line is short and ends without a full stop.
    """

    lead: str = ""
    item: bool = False
    legal: bool = False
    heading: bool = False


def setting_of(text: str, start: int, end: int) -> Setting:
    """The setting of the measure text[start:end]."""
    floor = max(0, start - _REACH)
    begin = text.rfind("\n", floor, start) + 1 or floor
    stop = text.find("\n", end, end + _REACH)
    line = text[begin : stop if stop >= 0 else end + _REACH]
    above = text[floor : max(floor, begin - 1)].split("\n")[-_LINES:] if begin > floor else []
    row = line.lstrip().startswith("|")
    lead = _head_row(above) if row else _lead(line, above)
    item = row or bool(_ITEM.match(line)) or bool(lead)
    alone = not item and len(line) <= _SHORT and not _HEADING_END.search(line)
    return Setting(lead, item, bool(_LEGAL.match(line)), alone)


def _head_row(above: list[str]) -> str:
    head = ""
    for line in reversed(above):
        if not line.lstrip().startswith("|"):
            return f"{line} {head}" if len(line) <= _SHORT else head
        head = line
    return head


def _lead(line: str, above: list[str]) -> str:
    """The line that opens the list; "" where the line is no item of one."""
    inside = bool(_ITEM.match(line))
    for index, earlier in enumerate(reversed(above)):
        stripped = earlier.strip()
        if not stripped:
            continue
        if stripped.rstrip("*").endswith(":"):
            return stripped[-240:] if inside or index < 3 else ""
        if _ENUMERATOR.fullmatch(stripped) or _ITEM.match(earlier):
            inside = True
        elif not inside and len(stripped) <= 40 and len(line) <= 60 and stripped[-1].isalnum():
            return stripped  # a heading over short lines: "Minimum content"
        elif not stripped.endswith(_GOES_ON):
            return ""
    return ""
