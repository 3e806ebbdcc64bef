"""The tokenizer: quickened it divides as spaCy's would with the same rules, saved and read too."""

from __future__ import annotations

import spacy
from hypothesis import given
from hypothesis import strategies as st
from spacy.language import Language

from claimstake import tokenizer
from claimstake.settings import examples_folder

PIECES = ["gallium", "Müller", "U.S.", "don't", "20kg", "km", "≥160", "30GW/111GWh", "x.example", "'s", ",", ")", "-"]


def plain() -> Language:
    nlp = spacy.blank("en")
    tokenizer.customise(nlp)
    return nlp


PLAIN, QUICK = plain(), plain()
QUICK.tokenizer = tokenizer.quickened(QUICK.tokenizer)


def divided(nlp: Language, text: str) -> list[tuple[str, str]]:
    return [(token.text, token.whitespace_) for token in nlp.make_doc(text)]


def test_articles_divide_the_same() -> None:
    """Texts of articles have the tokens that the plain rules give."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(examples_folder().glob("*.txt"))]
    assert texts
    for text in texts:
        assert divided(QUICK, text) == divided(PLAIN, text)


@given(st.lists(st.sampled_from([*PIECES, " "]) | st.text(max_size=6), max_size=12).map("".join))
def test_any_text_divides_the_same(text: str) -> None:
    """Whatever stands beside letters, nothing is divided otherwise, also when it comes again."""
    assert divided(QUICK, text) == divided(PLAIN, text)
    assert divided(QUICK, f"{text} {text}") == divided(PLAIN, f"{text} {text}")


def test_saved_rules_are_the_same() -> None:
    """Saving writes the rules themselves."""
    again = spacy.blank("en").tokenizer.from_bytes(QUICK.tokenizer.to_bytes())
    for name in ("prefix_search", "suffix_search", "infix_finditer", "url_match"):
        assert getattr(again, name).__self__.pattern == getattr(PLAIN.tokenizer, name).__self__.pattern
