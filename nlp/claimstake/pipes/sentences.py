"""Sentence boundaries that survive headlines, bullets, tables and abbreviations.

A line break ends a sentence where the layout says so (blank line, heading, bullet, numbered item); inside a paragraph
the full stop decides, and "U.S.", "No. 23", "Co., Ltd." do not. The parser keeps the boundaries set here.

Example: "Prices rose in the U.S. The ministry" is two sentences, "the U.S. Treasury" is one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import numpy as np
from spacy.attrs import SENT_START
from spacy.language import Language
from spacy.scorer import Scorer
from spacy.tokens import Doc
from spacy.training import Example
from spacy.util import registry

from claimstake.knowledge import tables
from claimstake.pipes.component import RuleComponent

ENDERS = frozenset(".!?…。！？")
CLOSERS = frozenset("\"'”’»)]")
OPENERS = frozenset("\"'“‘«([")
ITEM = re.compile(r"(?:[-*•·–—▪◦‣►]|\(?[0-9]{1,3}[.)]|\(?[a-zA-Z][.)]|\(?[ivxIVX]{1,5}[.)]|#{1,6}|\|)(?=\s|$)")
MAX_TOKENS = 240  # the longest sentence in 600 Federal Register abstracts has 195; beyond are tables and broken text
MAX_OVERHANG = 40  # tokens more in which a comma is waited for
SHORT_LINE = 60  # characters; a wrapped line of prose is longer
NEVER_BEFORE = frozenset(",;:.!?%)]”’")


def sentence_scorer(examples: Iterable[Example], **_: Any) -> dict[str, Any]:
    """Precision, recall and F1 of sentence spans."""
    return Scorer.score_spans(examples, "sents", has_annotation=lambda doc: doc.has_annotation("SENT_START"))


@registry.scorers("claimstake_sentence_scorer.v1")
def make_sentence_scorer() -> Any:
    return sentence_scorer


@Language.factory(
    "claimstake_sentences",
    assigns=["token.is_sent_start", "doc.sents"],
    default_config={"scorer": {"@scorers": "claimstake_sentence_scorer.v1"}},
    default_score_weights={"sents_f": 1.0},
)
def make_sentences(nlp: Language, name: str, scorer: Any) -> Sentences:
    return Sentences(name, scorer=scorer)


class Sentences(RuleComponent):
    """Sets `token.is_sent_start` on every token."""

    def __init__(self, name: str = "claimstake_sentences", *, scorer: Any = sentence_scorer) -> None:
        self.name = name
        self.scorer = scorer
        words = tables.toml("sentences.toml")
        self._abbreviations = frozenset(words["abbreviations"])
        self._may_end = frozenset(words["may_end"])
        self._starters = frozenset(words["starters"])

    def __call__(self, doc: Doc) -> Doc:
        marks = np.full((len(doc), 1), -1, dtype="int64")
        marks[self.find(doc)] = 1
        # one array, since Token.is_sent_start looks through the whole doc at every assignment
        return doc.from_array([SENT_START], marks.astype("uint64")) if len(doc) else doc

    def find(self, doc: Doc) -> list[int]:
        """Token indices where sentences begin, in order."""
        if not len(doc):
            return []
        starts, before, gap = [0], 0, ""
        text = doc.text  # built anew at every access
        for i, token in enumerate(doc):
            if token.is_space:
                gap += token.text
                continue
            if i and (self._begins(doc, text, before, i, gap) or _too_long(doc, starts[-1], before, i)):
                starts.append(i)
            before, gap = i, ""
        return starts

    def _begins(self, doc: Doc, text: str, before: int, i: int, gap: str) -> bool:
        if doc[before].is_space:
            return True  # nothing but white space before
        if gap.count("\n") > 1:
            return True
        if "\n" in gap:
            return self._line_begins(doc, text, before, i)
        return self._ends(doc, before, i)

    def _line_begins(self, doc: Doc, text: str, before: int, i: int) -> bool:
        start, end = doc[i].idx, doc[before].idx + len(doc[before])
        if ITEM.match(text, start):
            return True
        line = text[text.rfind("\n", 0, end) + 1 : end]
        if text[end - 1 : end] in '.!?:;”"' or len(line.strip()) < SHORT_LINE:
            return True
        following = text[start : start + 1]
        return not (following.islower() or text[end - 1 : end] in ",-–")

    def _ends(self, doc: Doc, before: int, i: int) -> bool:
        last = before
        while last > 0 and doc[last].text in CLOSERS:
            last -= 1
        token, following = doc[last], doc[i]
        if following.text in NEVER_BEFORE or following.text in CLOSERS:
            return False
        if token.text not in ENDERS:
            return self._abbreviation_ends(doc, token, following, last == before)
        first = next((t for t in doc[i : i + 3] if t.text not in OPENERS), following)
        if last > 0 and token.text == "." and not doc[last - 1].whitespace_:
            stem = doc[last - 1].lower_.rstrip(".")
            if stem in self._abbreviations and (first.text[:1].isdigit() or stem not in self._may_end):
                return False
            if len(stem) == 1 and stem.isalpha() and doc[last - 1].is_upper and last > 1 and doc[last - 2].is_title:
                return False  # an initial: "George M. Yordanov"
            if stem.isdigit() and last >= 2 and doc[last - 2].is_sent_start:
                return False  # "1. Text"
        return first.text[:1].isupper() or first.text[:1].isdigit() or first.text[:1] in "•$€£–-" or not first.is_ascii

    def _abbreviation_ends(self, doc: Doc, token: Any, following: Any, bare: bool) -> bool:
        """A token such as "U.S." or "Inc." carries its full stop; it ends a sentence only before a clear starter."""
        if len(token) < 2 or token.text[-1] not in ".!?" or not token.whitespace_ or not bare:
            return False
        stem = token.lower_.rstrip(".")
        if stem in self._may_end or (stem not in self._abbreviations and len(stem) > 3 and "." not in stem):
            return following.is_title and following.lower_ in self._starters
        return False


def _too_long(doc: Doc, start: int, before: int, i: int) -> bool:
    """Whether a sentence must end before token i: no parser, and no reader, makes sense of a longer one."""
    length = i - start
    return length >= MAX_TOKENS and (doc[before].text in ",;:" or length >= MAX_TOKENS + MAX_OVERHANG)
