"""Lists as they are laid out: lines that begin with a marker, what each names first, and which line leads them.

Read from the text itself, for a list runs over many sentences. A line is an item where the first thing behind its
marker is a mention and the line is a noun phrase: "(2) Thorium in alloys.", "a.2.b. Modems using ...".
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

from claimstake.claims.view import Mention, View

MARKER = re.compile(
    r"[ \t>*]*(?:Items:?\*{0,2}:?[ \t]*\n*[ \t]*)?"
    r"(?P<path>\((?:[a-z]{1,4}|[A-Z]{1,4}|[0-9]{1,3})\)|(?:[a-z0-9]{1,2}\.){1,6}|[IVX]{1,5}\.|[-•–—▪])"
    r"[ \t]*\n?[ \t]*(?=\S)"
)
OPENING = re.compile(r"[\s\"“”‘’'*`]*(?:(?:all|any|certain|the|other|being) ){0,2}[\"“”‘’'`]*", re.I)
FINITE = re.compile(
    r"(?<!which )(?<!that )(?<!whichever )\b(?:shall|may|must|is|are|was|were|will|can|cannot|has|have|does|do)\b"
)
RELATIVE = re.compile(r"\b(?:which|that|whose)\b")
OBLIGED = re.compile(r"\b(?:shall|must|may|will)\b")
LONGEST = 400  # lines of one list that are read
HEADING = re.compile(r"[\s*_#]*(?P<name>[^\n:]{2,80}?):[\s*_]*")


@dataclass(frozen=True)
class Item:
    """One line of a list.

    Attributes:
        path: its marker without brackets and full stops ("a.2.b" is ("a", "2", "b")).
        begin: of its marker, in characters.
        start, end: of the line behind the marker, in characters.
        mentions: what it names first, with what is coordinated with that; empty where it names nothing.
        note: whether it is set in italics, as notes to an entry are.
    """

    path: tuple[str, ...]
    begin: int
    start: int
    end: int
    mentions: tuple[Mention, ...]
    note: bool = False


class Listing:
    """The lists of one document, read once.

    Args:
        view: of the document.
    """

    def __init__(self, view: View) -> None:
        self.view = view
        self._starting = {m.span.start_char: m for m in reversed(view.top)}
        self._offsets = [m.span.start_char for m in view.top]
        self.items: list[Item] = list(self._read())

    def after(self, end: int) -> list[Item]:
        """The items of the list that begins at a character: one below the other, until a line is no item."""
        found: list[Item] = []
        for item in self.items:
            if item.end <= end:
                continue
            gap = self.view.text[end : item.start]
            if len(gap) > 30 or len(gap.strip()) > 12 or len(found) == LONGEST:
                break
            found.append(item)
            end = item.end
        return found

    def named(self, item: Item, labels: frozenset[str]) -> list[Mention]:
        """What an item is about: what it names first, else the first mention of these labels in it."""
        found = [m for m in item.mentions if m.label in labels]
        if found:
            return found
        first = re.split(r"[.;:]\s", self.view.text[item.start : item.end], maxsplit=1)[0]
        if FINITE.search(first):
            return []  # a statement of its own
        low = bisect_left(self._offsets, item.start)
        inside = [
            m for m in self.view.top[low : bisect_left(self._offsets, item.start + len(first))] if m.label in labels
        ]
        return inside[:1]

    def above(self, item: Item) -> tuple[int, int]:
        """Where the line above an item stands, in characters."""
        text, end = self.view.text, item.begin
        while end > 0 and text[end - 1].isspace():
            end -= 1
        return text.rfind("\n", 0, end) + 1, end

    def heading(self, item: Item) -> Mention | None:
        """The mention that, alone on a line before a colon, heads the list that an item begins."""
        start, end = self.above(item)
        match = HEADING.fullmatch(self.view.text, start, end)
        mention = self._starting.get(match.start("name")) if match is not None else None
        whole = mention is not None and match is not None and mention.span.end_char == match.end("name")
        return mention if whole else None

    def _read(self) -> Iterator[Item]:
        text, position = self.view.text, 0
        while position < len(text):
            match = MARKER.match(text, position)
            start = match.end() if match is not None else position
            end = text.find("\n", start)
            end = len(text) if end < 0 else end
            if match is not None:
                path = tuple(p for p in re.split(r"[().]+", match["path"]) if p) or (match["path"],)
                yield Item(
                    path,
                    position,
                    start,
                    end,
                    self._opening(start, end),
                    note=text[match.start("path") - 1 : match.start("path")] == "*",
                )
            position = end + 1

    def _opening(self, start: int, end: int) -> tuple[Mention, ...]:
        """What a line names first, if it is a noun phrase and no statement."""
        text = self.view.text
        begin = OPENING.match(text, start)
        mention = self._starting.get(begin.end() if begin is not None else start) or self._starting.get(start)
        if mention is None or mention.span.end_char > end:
            return ()
        clause = re.split(r"[.;:]", text[mention.span.end_char : end], maxsplit=1)[0]
        if FINITE.search(RELATIVE.split(clause, maxsplit=1)[0]) or OBLIGED.search(clause):
            return ()
        return tuple(m for m in self.view.group(mention) if m.start >= mention.start and m.span.end_char <= end)
