"""The tense around a date, read from the surface where no tagger has run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from claimstake.grammar.date_expression import Tense
from claimstake.grammar.date_lexicon import words

REACH = 14  # words looked at on either side
CLAUSE_ENDS = frozenset(".!?;\n")
TENSES: tuple[Tense, ...] = ("future", "past", "present")


def surface_tense(before: Sequence[str], after: Sequence[str]) -> Tense | None:
    """Guess the tense from the nearest verb-like word; words before the date outrank words after it.

    Args:
        before: words before the date, in text order, not further than its sentence.
        after: words after it.
    """
    for word_tense in (*_tenses(reversed(before[-REACH:])), *_tenses(iter(after[:REACH]))):
        return word_tense
    return None


def _tenses(sequence: Iterator[str]) -> Iterator[Tense]:
    for word in sequence:
        if word in CLAUSE_ENDS:
            return
        tense = tense_of_word(word.lower())
        if tense is not None:
            yield tense


def tense_of_word(word: str) -> Tense | None:
    """The tense a lower-case word speaks for by its look, or None."""
    for tense in TENSES:
        if word in words("tense", tense):
            return tense
    return "past" if len(word) > 4 and word.endswith("ed") else None
