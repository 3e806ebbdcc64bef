"""Augmentation keeps words, spaces, mentions and answers in step, and takes names from train articles only."""

from __future__ import annotations

import random

import pytest
import spacy

from claimstake.attributes import MENTIONS, add_mention, new_group
from claimstake.training.augment import Augmenter, Names, Shares, without_accents
from claimstake.training.silver import Passage, example

NAMES = Names(
    {"COMPANY": ["Nordtinn Smelting AS", "Kobalto"], "PLACE": ["New South Wales"], "PERSON": ["Ada Brandt"]},
    ["Ada"],
    ["Brandt"],
)
NLP = spacy.blank("en")


def made() -> Passage:
    words = [t.text for t in NLP("Sonderling, of Québec, paid Jens Aker $450 on 3 March 2024.")]
    mentions = [(0, 1, "COMPANY"), (3, 4, "PLACE"), (6, 8, "PERSON"), (8, 10, "QUANTITY"), (11, 14, "DATE")]
    known = [True] * len(words)
    known[2] = False
    spaces = [False, True, True, False, True, True, True, True, False, True, True, True, True, False, False]
    return Passage(words, spaces, mentions, known, ["NN"] * 15, [5] * 15, ["dep"] * 15)


def changed(seed: int, shares: Shares | None = None) -> Passage:
    return Augmenter(NAMES, NLP.tokenizer, random.Random(seed), shares or Shares(names=1, numbers=0.5))(made())


@pytest.mark.parametrize("seed", range(40))
def test_everything_stays_in_step(seed: int) -> None:
    """Labels keep their order, what is no mention its words and answers; a parse stays only where it still fits."""
    given, new = made(), changed(seed)
    assert [label for *_, label in new.mentions] == [label for *_, label in given.mentions]
    assert len(new.words) == len(new.spaces) == len(new.known)
    assert all(0 <= a < b <= len(new.words) for a, b, _ in new.mentions)
    assert all(b <= c for (_, b, _), (c, _, _) in zip(new.mentions, new.mentions[1:], strict=False))
    assert outside(new) == outside(given)
    assert new.heads is None or len(new.words) == len(given.words)
    entities = example(NLP.vocab, new).reference.ents
    assert [(e.start, e.end, e.label_) for e in entities] == new.mentions


def outside(given: Passage) -> list[tuple[str, bool]]:
    """Lower-cased words that no mention holds, with whether they have an answer."""
    inside = {i for start, end, _ in given.mentions for i in range(start, end)}
    return [
        (without_accents(w).lower(), k)
        for i, (w, k) in enumerate(zip(given.words, given.known, strict=True))
        if i not in inside
    ]


def test_names_are_swapped_and_coined() -> None:
    """New names come from the lists or are in none; spaces after a mention stay."""
    texts = {changed(seed).text for seed in range(80)}
    assert any(text.startswith("Nordtinn Smelting AS, of") for text in texts)
    listed = ("Sonderling", "Nordtinn", "Kobalto")
    assert any(not text.lower().startswith(tuple(n.lower() for n in listed)) for text in texts)
    assert any("Ada Brandt $" in text for text in texts)


def test_numbers_change_and_parse_stays() -> None:
    """Dates and amounts become others of the same number of words, so tags and heads are kept."""
    new = changed(3, Shares(names=0, numbers=1, lower=0, upper=0, plain=0))
    assert (new.tags, new.heads) == (made().tags, made().heads)
    assert new.words[:9] == made().words[:9]
    assert new.words[9].isdecimal()
    assert len(new.words[9]) == 3
    assert new.words[9] != "000"
    assert 2012 <= int(new.words[13]) <= 2031


def test_the_original_is_untouched() -> None:
    """Augmentation returns a copy: what is measured on cannot change under it."""
    given = made()
    augmenter = Augmenter(NAMES, NLP.tokenizer, random.Random(1), Shares(names=1, numbers=1, lower=0.5, upper=0.5))
    for _ in range(20):
        augmenter(given)
    assert given == made()


def test_no_shares_no_change() -> None:
    """With all shares at zero the passage is handed back."""
    assert changed(1, Shares(0, 0, 0, 0, 0)) == made()


def test_names_come_from_the_docs_given() -> None:
    """Open classes are gathered from the docs, closed ones only from the lists."""
    doc = NLP("Zyglokor bought Wexmouth")
    group = new_group(doc, MENTIONS)
    add_mention(group, 0, 1, "COMPANY")
    add_mention(group, 2, 3, "PLACE")
    names = Names.gathered([doc]).by_label
    assert "Zyglokor" in names["COMPANY"]
    assert "Wexmouth" not in names["PLACE"]
    assert "Zyglokor" not in Names.gathered([]).by_label["COMPANY"]


@pytest.mark.parametrize(
    ("word", "plain"),
    [("Québec", "Quebec"), ("Łódź", "Łodz"), ("plain", "plain"), ("商务部", "商务部"), ("\u0301", "\u0301")],
)
def test_accents_are_dropped(word: str, plain: str) -> None:
    """Letters with accents lose them; others stay, and no word becomes empty."""
    assert without_accents(word) == plain
