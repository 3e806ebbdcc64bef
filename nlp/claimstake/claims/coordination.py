"""Whether the words between two mentions make them members of one list."""

from __future__ import annotations

from collections.abc import Sequence

from claimstake.mirror import Word

MAX_WORDS = 9  # between two members; more is another clause
QUOTES = frozenset("\"'“”‘’-–")
LINKS = frozenset({",", "and", "or", "/", "&", ";", "nor", "versus"})
FILLERS = frozenset(
    [
        "as",
        "well",
        "plus",
        "both",
        "also",
        "the",
        "a",
        "an",
        "its",
        "their",
        "certain",
        "some",
        "other",
        "various",
        "including",
        "alongside",
        "then",
        "even",
        "not",
        "only",
        "but",
        "former",
        "of",
        "more",
        "existing",
        "new",
        "few",
        "all",
    ]
)
BREAKS = frozenset(
    [
        "than",
        "except",
        "excluding",
        "without",
        "but",
        "not",
        "which",
        "that",
        "who",
        "while",
        "whereas",
        "because",
        "from",
        "to",
        "in",
        "by",
        "with",
    ]
)


def joined(between: Sequence[Word], *, actors: bool) -> str:
    """How the words between two mentions join them: "and" by a conjunction, "," by a comma or slash, "" not at all.

    Args:
        between: the tokens from the one to the other, without white space.
        actors: whether the two are actors, whose titles may stand between.
    """
    between = _without_brackets(between)
    if not between or len(between) > MAX_WORDS or any(t.lower_ in BREAKS for t in between):
        return ""
    kind = ""
    for token in between:
        word = token.lower_
        if word in ("and", "or", "nor", "&"):
            kind = "and"
        elif word in LINKS:
            kind = kind or ","
        elif not _fills(token, between, actors):
            return ""
    return kind


def _fills(token: Word, between: Sequence[Word], actors: bool) -> bool:
    """Whether a word may stand between two members of a list."""
    if token.lower_ in FILLERS or token.text in QUOTES:
        return True
    if token.pos_ in ("ADJ", "DET", "NUM", "PROPN"):
        return len(between) < 5 or _one_more_item(between)
    if token.pos_ == "NOUN":
        return len(between) < 5 or actors or _one_more_item(between)
    return token.tag_ in ("VBN", "VBG") and token.pos_ == "VERB" and len(between) < 4


def _one_more_item(between: Sequence[Word]) -> bool:
    """Whether the words between two mentions are a list item of their own: "semiconductors, military uses, and
    magnets"."""
    return (
        len(between) < 7
        and between[0].text == ","
        and between[-1].lower_ in (",", "and", "or")
        and all(t.pos_ in ("NOUN", "ADJ", "PROPN", "CCONJ", "PUNCT") for t in between)
    )


def _without_brackets(tokens: Sequence[Word]) -> list[Word]:
    out, depth = [], 0
    for token in tokens:
        if token.text in "([":
            depth += 1
        elif token.text in ")]":
            depth = max(0, depth - 1)
        elif not depth:
            out.append(token)
    return out
