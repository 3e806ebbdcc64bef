"""Lists of law: entries of a control list, articles that list what they are about, notices with numbered goods.

An entry controls its heading and its items; an item covers the items below it; a line that only names a class covers
the list below it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

from claimstake.claims.arguments import CONTROL_ENTRY
from claimstake.claims.candidates import Candidate
from claimstake.claims.family import Family
from claimstake.claims.listing import Item
from claimstake.claims.view import GOODS, Mention
from claimstake.mirror import Sentence

KNOWLEDGE = re.compile(
    r"\W*(?:other\s)?\W*(?:technology|software)\b", re.I
)  # entries that control what makes their items
LISTED = re.compile(r"\b(?:list of|the following)\b", re.I)
VALUED = re.compile(r"\b(?:critical|strategic|essential)\b", re.I)
EXPORTED = re.compile(r"\bto export the following\b|\bexports? of the following\b", re.I)
DENIED = re.compile(r"\b(?:does|do|shall) not (?:apply|authori[sz]e|permit|cover|include|extend)\b", re.I)
EXCEPTED = re.compile(r"\b(?:other than|except(?: for)?|excluding)\b[^,;]{0,40}$", re.I)
FURTHER = re.compile(
    r"\b(?:able to|capable|designed|for|having|containing|used|usable|made)\b", re.I
)  # what goods are for
GAP = 30  # characters between two items of one list at most
HEADING_REACH = 160  # characters of an entry's heading in which its goods stand


class EntryPatterns(Family):
    """`covers`, `restricts_export_of` and `designates` of lists of law."""

    def find(self, sent: Sentence, mentions: list[Mention]) -> Iterator[Candidate]:
        """See `Family.find`."""
        law = self.arguments.law
        if law is not None and CONTROL_ENTRY.match(law.span.text):
            yield from self._heading(law, sent, mentions)
        for item in self._items_of.get(sent.start, ()):
            goods = [m for m in item.mentions if m.label in GOODS]
            for above in self._above(item):
                for good in goods:
                    yield from self.claim("covers", above, good, sent, above.span, "item-below", 0.6)
            if law is not None and not item.note:
                yield from self._listed(law, item, goods, sent)

    @cached_property
    def _items_of(self) -> dict[int, list[Item]]:
        """The items that name something, by the start of the sentence in which they name it."""
        found: dict[int, list[Item]] = {}
        for item in self.arguments.listing.items:
            if item.mentions:
                found.setdefault(item.mentions[0].span.sent.start, []).append(item)
        return found

    def _heading(self, law: Mention, sent: Sentence, mentions: list[Mention]) -> Iterator[Candidate]:
        """ "3A001 Electronic items as follows": what the heading names before the line ends."""
        text = self.view.text
        end = text.find("\n", law.span.end_char)
        end = min(end if end >= 0 else len(text), law.span.end_char + HEADING_REACH)
        for good in mentions:
            start = good.span.start_char
            if good.label not in GOODS or not law.span.end_char <= start < end:
                continue
            before = text[law.span.end_char : start]
            if EXCEPTED.search(before) or (FURTHER.search(before) and not KNOWLEDGE.match(before)):
                break
            yield from self._controlled(law, good, sent)

    def _controlled(self, law: Mention, good: Mention, sent: Sentence) -> Iterator[Candidate]:
        yield from self.claim("covers", law, good, sent, law.span, "legal-entry", 0.7)
        if not KNOWLEDGE.match(self.view.text, law.span.end_char):
            yield from self.claim(
                "restricts_export_of", law, good, sent, law.span, "legal-entry", 0.65, measure="licence"
            )

    def _above(self, item: Item) -> Iterator[Mention]:
        """The thing that an item is a kind of: that of the item above it, else the heading of its list."""
        for path, goods in self._paths.get(item.start, ()):
            if path == item.path[: len(path)]:
                yield goods
                return

    @cached_property
    def _paths(self) -> dict[int, list[tuple[tuple[str, ...], Mention]]]:
        """What each item stands under: items with shorter paths, the longest first, and the list's heading."""
        out: dict[int, list[tuple[tuple[str, ...], Mention]]] = {}
        open_: list[tuple[tuple[str, ...], Mention]] = []
        heading: Mention | None = None
        last = -1
        for item in self.arguments.listing.items:
            named = self.arguments.listing.heading(item)
            if named is not None:
                heading = named
            elif item.begin - last > GAP or self._of_another_kind(item):
                heading = None
            last = item.end
            open_ = [(p, m) for p, m in open_ if len(p) < len(item.path) and p == item.path[: len(p)]]
            above = [*reversed(open_)]
            if heading is not None and heading.label in GOODS:
                above.append(((), heading))
            out[item.start] = above
            goods = [m for m in item.mentions if m.label in GOODS]
            if goods:
                open_.append((item.path, goods[0]))
        return out

    def _of_another_kind(self, item: Item) -> bool:
        """Whether an item opens a list of something else: "b. Designed for use with any of the following:"."""
        line = self.view.text[item.start : item.end].rstrip("* ")
        return not item.mentions and line.endswith(":") and "as follows" not in line

    def _listed(self, law: Mention, item: Item, goods: list[Mention], sent: Sentence) -> Iterator[Candidate]:
        """An item of an entry, of a list that is the law's title, or of what a sentence of it leads."""
        if CONTROL_ENTRY.match(law.span.text):
            for good in goods:
                yield from self._controlled(law, good, sent)
            return
        lead = self._lead(item)
        if lead is None:
            return
        ruling = next(iter(self.arguments.carried(sent, frozenset({"INSTRUMENT"}))), law)
        denied = {"polarity": "negated"} if DENIED.search(lead) else {}
        for good in goods:
            yield from self.claim("covers", ruling, good, sent, good.span, "legal-item", 0.6, **denied)
            if EXPORTED.search(lead) and not denied:
                yield from self.claim(
                    "restricts_export_of", ruling, good, sent, good.span, "legal-item", 0.6, measure="licence"
                )
            if VALUED.search(lead) and not denied:
                yield from self.claim("designates", ruling, good, sent, good.span, "legal-item", 0.6)

    def _lead(self, item: Item) -> str | None:
        """What introduces an item: the line with a colon above its list, else a title that says it is a list."""
        listing = self.arguments.listing
        items, place = listing.items, listing.items.index(item)
        line = self._line_above(items[place])
        while place > 0 and not line.endswith(":") and items[place].begin - items[place - 1].end < GAP:
            place -= 1
            line = self._line_above(items[place])
        if line.endswith(":"):
            return line if LISTED.search(line) else None
        law = self.arguments.law
        title = self.view.text[law.span.end_char if law is not None else 0 :].lstrip().partition("\n")[0]
        return title if LISTED.search(title) else None

    def _line_above(self, item: Item) -> str:
        start, end = self.arguments.listing.above(item)
        return self.view.text[start:end]
