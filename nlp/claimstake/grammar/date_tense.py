"""The tense around a date, read from the surface where no tagger has run."""

from __future__ import annotations

from collections.abc import Sequence

from claimstake.grammar.date_expression import Tense
from claimstake.grammar.date_lexicon import words

REACH = 14  # words looked at on either side
AUXILIARY = 3  # words between a verb and its auxiliary, at most
CLAUSE_ENDS = frozenset(".!?;\n")
TENSES: tuple[Tense, ...] = ("future", "past", "present")


def surface_tense(before: Sequence[str], after: Sequence[str]) -> Tense | None:
    """Guess the tense from the nearest verb-like word; words before the date outrank words after it.

    Args:
        before: words before the date, in text order, not further than its sentence.
        after: words after it.
    """
    return _first_tense(before[: -REACH - 1 : -1]) or _first_tense(after[:REACH])


def _first_tense(sequence: Sequence[str]) -> Tense | None:
    """The tense of the first word that has one; a present form gives way to a "will" close by."""
    for k, word in enumerate(sequence):
        if word in CLAUSE_ENDS:
            return None
        tense = tense_of_word(word.lower())
        if tense == "present" and any(w.lower() in words("tense", "future") for w in sequence[k + 1 : k + AUXILIARY]):
            return "future"
        if tense is not None:
            return tense
    return None


def tense_of_word(word: str) -> Tense | None:
    """The tense a lower-case word speaks for by its look, or None."""
    for tense in TENSES:
        if word in words("tense", tense):
            return tense
    return "past" if len(word) > 4 and word.endswith("ed") else None
