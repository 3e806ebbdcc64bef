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
from claimstake.mirror import Form, Letters, letters_of
from claimstake.pipes.component import RuleComponent

ENDERS = frozenset(".!?…。！？")
CLOSERS = frozenset("\"'”’»)]")
LAST = ENDERS | CLOSERS  # characters that the last word of a sentence ends with, where no line ends
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
        letters = letters_of(doc)
        texts = letters.texts
        starts, before, gap = [0], 0, ""
        for i, form in enumerate(letters.forms):
            if form.is_space:
                gap += form.text
                continue
            # behind most words no sentence can end, and no more is asked
            possible = gap or texts[before][-1] in LAST or i - starts[-1] >= MAX_TOKENS
            if possible and i and (self._begins(letters, before, i, gap) or _too_long(letters, starts[-1], before, i)):
                starts.append(i)
            before, gap = i, ""
        return starts

    def _begins(self, letters: Letters, before: int, i: int, gap: str) -> bool:
        if letters.forms[before].is_space:
            return True  # nothing but white space before
        if gap.count("\n") > 1:
            return True
        if "\n" in gap:
            return self._line_begins(letters, before, i)
        return self._ends(letters, before, i)

    def _line_begins(self, letters: Letters, before: int, i: int) -> bool:
        text, start, end = letters.text, letters.chars[i], letters.end(before)
        if ITEM.match(text, start):
            return True
        line = text[text.rfind("\n", 0, end) + 1 : end]
        if text[end - 1 : end] in '.!?:;”"' or len(line.strip()) < SHORT_LINE:
            return True
        following = text[start : start + 1]
        return not (following.islower() or text[end - 1 : end] in ",-–")

    def _ends(self, letters: Letters, before: int, i: int) -> bool:
        texts, last = letters.texts, before
        while last > 0 and texts[last] in CLOSERS:
            last -= 1
        if texts[i] in NEVER_BEFORE or texts[i] in CLOSERS:
            return False
        if texts[last] not in ENDERS:
            return self._abbreviation_ends(letters, last, i, last == before)
        first = next((f for f in letters.forms[i : i + 3] if f.text not in OPENERS), letters.forms[i])
        if last > 0 and texts[last] == "." and not letters.spaces[last - 1] and self._goes_on(letters, last, first):
            return False
        return first.text[:1].isupper() or first.text[:1].isdigit() or first.text[:1] in "•$€£–-" or not first.is_ascii

    def _goes_on(self, letters: Letters, stop: int, first: Form) -> bool:
        """Whether the full stop at token `stop` is that of an abbreviation, an initial or an item's number."""
        stem, earlier = letters.lowers[stop - 1].rstrip("."), letters.forms[stop - 2] if stop > 1 else None
        if stem in self._abbreviations and (first.text[:1].isdigit() or stem not in self._may_end):
            return True
        if earlier is None:
            return False
        if len(stem) == 1 and stem.isalpha() and letters.forms[stop - 1].is_upper and earlier.is_title:
            return True  # an initial: "George M. Yordanov"
        return stem.isdigit() and bool(letters.source[stop - 2].is_sent_start)  # "1. Text"

    def _abbreviation_ends(self, letters: Letters, last: int, i: int, bare: bool) -> bool:
        """A token such as "U.S." or "Inc." carries its full stop; it ends a sentence only before a clear starter."""
        text = letters.texts[last]
        if len(text) < 2 or text[-1] not in ".!?" or not letters.spaces[last] or not bare:
            return False
        stem = letters.lowers[last].rstrip(".")
        if stem in self._may_end or (stem not in self._abbreviations and len(stem) > 3 and "." not in stem):
            return letters.forms[i].is_title and letters.lowers[i] in self._starters
        return False


def _too_long(letters: Letters, start: int, before: int, i: int) -> bool:
    """Whether a sentence must end before token i: no parser, and no reader, makes sense of a longer one."""
    length = i - start
    return length >= MAX_TOKENS and (letters.texts[before] in ",;:" or length >= MAX_TOKENS + MAX_OVERHANG)
