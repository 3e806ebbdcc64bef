"""Noun phrases by walking left from a head noun: "advanced memory chips", "gallium extraction technologies".

Tags, hyphens and the parse decide how far a phrase reaches; the word lists of terms.toml decide what opens it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, cached_property

from claimstake.attributes import GAZETTEER, MEASURES
from claimstake.knowledge.surfaces import Remembered, singular
from claimstake.knowledge.tables import demonyms, toml
from claimstake.mirror import Marked, Mirror, Word

GOODS = frozenset({"MINERAL", "PRODUCT", "TECHNOLOGY"})
NAMED = frozenset({"PLACE", "COMPANY", "MINISTRY", "ORGANIZATION", "PERSON", "INSTRUMENT"})
BODIES = frozenset({"COMPANY", "MINISTRY", "ORGANIZATION"})
HYPHENS = frozenset("-‐‑–/")
COORDINATORS = frozenset({"and", "or", "&", ","})
NOUN_TAGS = frozenset({"NN", "NNS", "NNP", "NNPS", "FW"})
MODIFIER_TAGS = NOUN_TAGS | {"JJ", "VBN", "VBG", "AFX", "XX", "RB"}
MODIFIER_DEPS = frozenset({"amod", "compound", "nmod", "conj", "npadvmod", "advmod", "punct", "appos"})
MARKER = re.compile(
    r"^[ \t>*]*(?:\*?Items:\*?[ \t]*)?"
    r"(?:\([a-z0-9]{1,4}\)|(?:[a-z0-9]{1,2}\.){1,6}|(?:ECCN[ \t])?[0-9][A-E][0-9]{3}(?:\.[a-z0-9]{1,2}){0,4})"
    r"[ \t]+(?=\S)",
    re.MULTILINE,
)
CODE = re.compile(r"[0-9][A-E][0-9]{3}(?![0-9])")
REACH = 14  # tokens a phrase may reach to the left of its head
CLOSING_QUOTES = frozenset("”\"’'")
OPENING_QUOTES = frozenset("“\"‘'")


_SINGULARS = Remembered(singular)  # asked for most words of a text, where a table is faster than a function


@cache
def words(table: str, *keys: str) -> frozenset[str]:
    """The words of one or more lists of a table of terms.toml, in lower case."""
    lists = toml("terms.toml")[table]
    return frozenset(w.lower() for key in keys for w in lists.get(key, ()))


class Phrases:
    """What the walker needs to know of one document.

    Args:
        doc: tagged and parsed, with doc.spans["gazetteer"].
    """

    def __init__(self, doc: Mirror) -> None:
        self.doc = doc
        self.text = doc.text
        self.closed = words("modifiers", "praise", "empty")
        self.demonyms = demonyms()
        self.goods: dict[int, set[str]] = {}
        self.named: set[int] = set()
        self.bodies: set[int] = set()
        self.spans: dict[int, tuple[int, str]] = {}  # start of a known thing -> its end and label, longest
        self.measured = {i for s in doc.marked(MEASURES) for i in range(s.start, s.end)}
        for span in doc.marked(GAZETTEER):
            if span.attrs.get("strong"):
                self._note(span)
        self.first: list[int] = []  # of each token, where its sentence begins
        self.stop: list[int] = []  # and ends
        for sent in doc.sents:
            self.first += [sent.start] * len(sent)
            self.stop += [sent.end] * len(sent)
        for match in MARKER.finditer(self.text):  # "a.2. Modems", "3A101 Equipment": the marker is no part of the name
            span = doc.covering(match.end(), match.end() + 1)
            if span is not None:
                for i in range(span.start, self.stop[span.start]):
                    self.first[i] = span.start

    def _note(self, span: Marked) -> None:
        if span.label_ in GOODS:
            for i in range(span.start, span.end):
                self.goods.setdefault(i, set()).add(span.label_)
            if span.end > self.spans.get(span.start, (0, ""))[0]:
                self.spans[span.start] = (span.end, span.label_)
        elif span.label_ in NAMED:
            if span.label_ in BODIES:
                self.bodies.update(range(span.start, span.end))
            self.named.update(range(span.start, span.end))

    @cached_property
    def lemmas(self) -> list[str]:
        """Lower-case lemma of every token; a noun's plural goes even where the tagger missed it."""
        doc = self.doc
        words = zip(doc.lemmas, doc.tags, doc.lowers, strict=True)
        return [lemma if tag in ("NN", "NNS") else _SINGULARS[lower] for lemma, tag, lower in words]

    def titled(self, token: Word) -> bool:
        """Whether the token's sentence is set like a title."""
        return self.doc.sentence_at(token.i).titled

    def compound_start(self, i: int) -> int:
        """First token of the hyphenated or slashed word that ends at token i."""
        doc = self.doc
        while (
            i > 1
            and doc.words[i - 1].text in HYPHENS
            and not doc.words[i - 1].whitespace_
            and not doc.words[i - 2].whitespace_
            and not doc.words[i - 2].is_punct
        ):
            i -= 2
        return i

    def walk(self, head: int, label: str = "") -> int:
        """First token of the phrase whose head noun is token `head`; `label` is what the phrase would be."""
        doc, start, low, joined = self.doc, head, max(self.first[head], head - REACH), False
        first = self.compound_start(head)
        if first < head and first >= low:
            if self._closed(first, head):
                return head
            start = first
        k = start - 1
        while k >= low:
            if doc.words[k].lower_ in COORDINATORS:
                joined = joined or doc.words[k].text != ","
                left = self._conjunct(k, head, low, label) if joined else None
                if left is None:
                    break
                k = left
                continue
            if doc.words[k].text == ")" and (left := self._bracketed(k, low)) is not None:
                k = left
                continue
            if doc.words[k].text in CLOSING_QUOTES and k == head - 1 and self._quoted(k, low):
                k -= 1
                continue
            first = self.compound_start(k)
            if first < low or not self._modifies(first, k, head):
                break
            start, k = first, first - 1
        return self._trim(start, head)

    def _bracketed(self, close: int, low: int) -> int | None:
        """The token before a bracket that only abbreviates it: "electric vehicle (EV) batteries"."""
        doc = self.doc
        opening = next((i for i in range(close - 1, max(low, close - 5), -1) if doc.words[i].text == "("), None)
        if opening is None or opening - 1 < low or opening + 1 == close or close + 1 >= len(doc):
            return None
        inside = doc[opening + 1 : close].text
        known = opening - 1 in self.goods or doc.words[opening - 1].tag_ in NOUN_TAGS
        short = len(inside) <= 8 and any(c.isupper() for c in inside) and " " not in inside
        short = short and not doc.words[close + 1].is_punct
        return opening - 1 if short and known and opening - 1 not in self.named else None

    def _closed(self, first: int, last: int) -> bool:
        text = self.doc.text_of(first, last + 1).lower()
        if text.startswith("non-") and self.doc.words[last].text in self.demonyms:
            return True
        return text in self.closed or (first in self.named and first < last)

    def _modifies(self, first: int, last: int, head: int) -> bool:
        """Whether the word doc[first:last+1] can belong to the phrase."""
        token = self.doc.words[last]
        if token.is_space or token.is_punct or token.tag_ not in MODIFIER_TAGS and not _mixed(token.text):
            return False
        if self._closed(first, last) or (
            first == last and (token.text in self.demonyms or token.lower_ in self.closed)
        ):
            return False
        if last in self.measured or first in self.measured:
            return False
        goods = last in self.goods
        if (first in self.named or last in self.named) and not goods:
            return False
        if first < last or goods:
            return True
        if (
            token.tag_ in ("VBG", "VBN")
            and token.lower_ not in _vocabulary()
            and (token.dep_ not in ("amod", "compound", "nmod") or token.head.i > head)
        ):
            return False
        if token.tag_ == "RB":
            return False
        if token.tag_ in ("NNP", "NNPS") and token.is_title:
            return self.known_word(last)
        return token.tag_ != "NNS" or token.dep_ in ("compound", "nmod", "amod")

    def known_word(self, i: int) -> bool:
        """Whether a capitalised word is one of ours, not an unknown name."""
        return i in self.goods or self.lemmas[i] in _vocabulary()

    def _quoted(self, close: int, low: int) -> bool:
        """Whether a quotation that opens a few words before ends at `close` ("dual-use” items")."""
        return any(self.doc.words[i].text in OPENING_QUOTES for i in range(max(low, close - 5), close - 1))

    def _conjunct(self, k: int, head: int, low: int, label: str) -> int | None:
        """The last token before the coordinator at k, where what stands there shares the head; else None.

        What is a mention of the same label by itself stays one: "[batteries] and [electric vehicles]".
        """
        doc = self.doc
        left = k - 1
        while left > low and doc.words[left].lower_ in COORDINATORS:
            left -= 1
        if left < low or doc.words[left].is_space:
            return None
        token = doc.words[left]
        kind = label in self.goods.get(left, ()) and not self._shared_head(left, k + 1, head, label)
        if label and (kind or (label == "TECHNOLOGY" and self.lemmas[left] in _process_nouns())):
            return None
        if (
            label in ("PRODUCT", "MINERAL")
            and token.tag_ in NOUN_TAGS
            and left not in self.goods
            and self.lemmas[left] not in _vocabulary()
        ):
            return None
        inside = head in (token.head.i, token.head.head.i, token.head.head.head.i) and token.i < head
        modifies = inside and token.dep_ in MODIFIER_DEPS and token.head.i >= left - REACH
        # "semiconductor and AI technologies": a field beside another, whatever the parse makes of it
        field = label == "TECHNOLOGY" and token.tag_ == "NN" and self.lemmas[head] == "technology"
        if token.tag_ == "NNS" or not (modifies or field):
            return None
        return left if self._modifies(self.compound_start(left), left, head) else None

    def _shared_head(self, left: int, right: int, head: int, label: str) -> bool:
        """Whether two things of one kind narrow one head: "ASIC and GPU devices"."""
        between = range(right, head)
        return (
            label == "PRODUCT"
            and self.doc.words[left].tag_ in ("NN", "NNP")
            and self.doc.words[left].is_upper
            and bool(between)
            and all(label in self.goods.get(i, ()) for i in between)
        )

    def _trim(self, start: int, head: int) -> int:
        doc = self.doc
        while start < head and (
            doc.words[start].is_punct
            or doc.words[start].lower_ in COORDINATORS
            or doc.words[start].lower_ in self.closed
        ):
            if (
                doc.words[start].lower_ in self.closed
                and doc.words[start + 1].text in HYPHENS
                and not self._closed(start, self.word_end(start))
            ):
                break
            start += 1
        return start

    def word_end(self, i: int) -> int:
        doc = self.doc
        while (
            i + 2 < len(doc)
            and doc.words[i + 1].text in HYPHENS
            and not doc.words[i].whitespace_
            and not doc.words[i + 1].whitespace_
        ):
            i += 2
        return i

    def modifiers(self, start: int, head: int) -> Iterable[int]:
        """Tokens before the head that say something."""
        for i in range(start, head):
            token = self.doc.words[i]
            if not token.is_punct and token.lower_ not in COORDINATORS and token.lower_ not in self.closed:
                yield i


def _mixed(text: str) -> bool:
    """ "5G", "3D", "18650": a number that is a kind; "3A101" is an entry of a list."""
    return any(c.isalpha() for c in text) and any(c.isdigit() for c in text) and not CODE.match(text)


@cache
def _process_nouns() -> frozenset[str]:
    return words("TECHNOLOGY", "heads", "narrow")


@cache
def _vocabulary() -> frozenset[str]:
    found: set[str] = set()
    for label in ("TECHNOLOGY", "MINERAL", "PRODUCT"):
        found |= words(label, "heads", "narrow", "saying", "qualifiers")
    return frozenset(
        found
        | {
            "advanced",
            "memory",
            "energy",
            "military",
            "industrial",
            "electric",
            "cathode",
            "anode",
            "rare",
            "earth",
            "raw",
            "purity",
            "grade",
            "ultra-high",
        }
    )
