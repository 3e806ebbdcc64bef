"""What the entries of a control list name: the noun phrase that opens the heading and each item.

Such texts name things that no gazetteer knows ("a. Presses having a maximum working pressure of ..."). Only in
documents that begin with an entry's code; bare heads that say nothing ("parts", "components") and what items measure
are left out.

Example: "b. Dies, molds, and crucibles designed for the presses" names [Dies], [molds], [crucibles].
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from claimstake.knowledge.tables import toml
from claimstake.mirror import Mirror, Word
from claimstake.pipes.phrases import MARKER, NOUN_TAGS, OPENING_QUOTES, Phrases

Found = tuple[int, int, str, str]
CODED = re.compile(r"\s*(?:ECCN\s)?[0-9](?P<group>[A-E])[0-9]{3}(?:\.[a-z0-9]{1,2}){0,4}\s")
MATERIALS = "C"  # the product group whose entries list materials
LONGEST = 14  # tokens of a name
QUOTED = 7  # tokens of a term in quotation marks
PLURAL = ("NNS", "NNPS")
INSIDE = NOUN_TAGS | {"JJ", "VBN", "VBG", "AFX", "XX", "CD", "HYPH", "POS"}
JOINING = frozenset({"and", "or", ",", "and/or"})


def entry_items(doc: Mirror, phrases: Phrases, body: list[tuple[int, int]]) -> Iterator[Found]:
    """Candidates for what an entry's heading and items name; nothing in other documents.

    Args:
        doc: tagged, with sentences.
        phrases: of the same document.
        body: token ranges of the article.
    """
    coded = CODED.match(phrases.text)
    if coded is None:
        return
    reader = _Reader(doc, phrases, materials=coded["group"] == MATERIALS)
    for match in MARKER.finditer(phrases.text):
        span = doc.covering(match.end(), match.end() + 1)
        if span is not None and any(low <= span.start < high for low, high in body):
            yield from reader.names(span.start)


class _Reader:
    """Reads the names that stand at the beginning of lines."""

    def __init__(self, doc: Mirror, phrases: Phrases, *, materials: bool) -> None:
        table = toml("terms.toml")["entries"]
        self.doc, self.phrases, self.materials = doc, phrases, materials
        self.stops = frozenset(table["stops"])
        self.skipped = frozenset(table["skipped"])
        self.bare, self.measured = frozenset(table["bare"]), frozenset(table["measured"])
        self.singular = frozenset(table["singular"])

    def names(self, start: int) -> Iterator[Found]:
        """The first name of a line, and those that stand in a list with it."""
        i, last = start, None
        while i < len(self.doc):
            while i < len(self.doc) and (self._quote(i) or self.doc.words[i].lower_ in self.skipped):
                i += 1
            end = self._end(i)
            if not self._holds(i, end):
                return
            yield i, end, self._label(end - 1), "entry"
            last, i = end, end
            while i < len(self.doc) and (self.doc.words[i].lower_ in JOINING or self._quote(i)):
                i += 1
            if i == last or not any(self.doc.words[k].lower_ in JOINING for k in range(last, i)):
                return

    def _quote(self, i: int) -> bool:
        return self.doc.words[i].text in OPENING_QUOTES or self.doc.words[i].text in "”’"

    def _end(self, start: int) -> int:
        """Where the name that begins at a token ends: before a word that says more of it, or a mark."""
        words, i = self.doc.words, self._quoted(start)
        while i < len(self.doc) and i - start < LONGEST and (self._inside(words[i]) or i > start and self._joined(i)):
            i += 1
        while i > start and words[i - 1].tag_ not in NOUN_TAGS:
            i -= 1
        return i

    def _quoted(self, start: int) -> int:
        """Past the quotation marks of a term that opens a name (`"stored program controlled" switches`)."""
        words = self.doc.words
        if not start or words[start - 1].text not in OPENING_QUOTES:
            return start
        close = next((i for i in range(start + 1, min(start + QUOTED, len(words))) if self._quote(i)), None)
        if close is None or any(words[i].is_space for i in range(start, close)):
            return start
        named = close + 1 < len(words) and self._inside(words[close + 1])
        return close + 1 if named else start

    def _joined(self, i: int) -> bool:
        """Whether a hyphen right before a token joins it to the word before ("analog-to-digital")."""
        before = self.doc.words[i - 1]
        return before.text in "-‐‑–" and not before.whitespace_ and not self.doc.words[i].is_punct

    def _inside(self, word: Word) -> bool:
        if word.is_space or word.lower_ in self.stops:
            return False
        return word.text in "-‐‑–/" or word.tag_ in INSIDE and not word.is_punct

    def _holds(self, start: int, end: int) -> bool:
        """Whether a phrase names goods: plural, or known, or a material; no bare head, nothing that is measured."""
        if end <= start or any(i in self.phrases.measured for i in range(start, end)):
            return False
        head = self.doc.words[end - 1]
        lemma = self.phrases.lemmas[end - 1]
        if lemma in self.measured or (end - start == 1 and lemma in self.bare):
            return False
        if self.doc.words[start].tag_ == "CD":
            return False
        plural = head.tag_ in PLURAL or lemma != head.lower_
        return plural or lemma in self.singular or self.materials or (end - 1) in self.phrases.goods

    def _label(self, head: int) -> str:
        known = self.phrases.goods.get(head, frozenset())
        for label in ("MINERAL", "PRODUCT"):
            if known == {label}:
                return label
        return "MINERAL" if self.materials else "PRODUCT"
