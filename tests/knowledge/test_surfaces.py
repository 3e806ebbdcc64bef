"""What counts as the same surface."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spacy.lookups import load_lookups

from claimstake.knowledge.surfaces import GAP, MAX_REMEMBERED, Normaliser, fold, singular


@pytest.fixture(scope="module")
def normaliser() -> Normaliser:
    """With the spelling norms that the pipeline uses."""
    return Normaliser(load_lookups("en", ["lexeme_norm"]).get_table("lexeme_norm"))


@pytest.mark.parametrize(
    ("plural", "one"),
    [
        ("batteries", "battery"),
        ("alloys", "alloy"),
        ("processes", "process"),
        ("boxes", "box"),
        ("batches", "batch"),
        ("gases", "gas"),
        ("biogases", "biogas"),
        ("lenses", "lens"),
        ("dies", "die"),
        ("ties", "tie"),
        ("tomatoes", "tomato"),
        ("shoes", "shoe"),
        ("knives", "knife"),
        ("indices", "index"),
        ("criteria", "criterion"),
        ("ceramics", "ceramic"),
        ("plastics", "plastic"),
        ("axes", "axis"),
        ("valves", "valve"),
        ("vehicles", "vehicle"),
        ("viruses", "virus"),
    ],
)
def test_singular_of_a_plural(plural: str, one: str) -> None:
    """Suffixes and the usual irregular plurals are undone."""
    assert singular(plural) == one


@pytest.mark.parametrize(
    "word",
    [
        "gas",
        "biogas",
        "axis",
        "analysis",
        "bus",
        "glass",
        "robotics",
        "photonics",
        "optics",
        "physics",
        "series",
        "us",
        "is",
    ],
)
def test_singulars_stay(word: str) -> None:
    """A word that ends in s but is no plural stays as it is."""
    assert singular(word) == word


@pytest.mark.parametrize(("word", "folded"), [("Québec", "quebec"), ("LITHIUM", "lithium"), ("Šefčovič", "sefcovic")])
def test_fold_drops_case_and_accents(word: str, folded: str) -> None:
    """Case and accents do not tell words apart."""
    assert fold(word) == folded


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("lithium-ion batteries", "Lithium Ion Battery"),
        ("rare‑earth magnet", "rare earth magnets"),
        ("aluminium alloy", "aluminum alloys"),
        ("export licence", "export license"),
        ("nickel sulphate", "nickel sulfate"),
        ("carbon fibre", "carbon fiber"),
        ("Food & Drug Administration", "Food and Drug Administration"),
        ("World Trade Organisation", "World Trade Organization"),
        ("Moody’s", "Moody's"),
        ("Department of Defence", "department of defense"),
    ],
)
def test_same_key(normaliser: Normaliser, one: str, other: str) -> None:
    """Hyphen, number, British spelling, ampersand and apostrophe make no difference."""
    assert normaliser.key(one) == normaliser.key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("US", "U.S."),
        ("AT&T", "ATT"),
        ("robotics", "robotic"),
        ("LiFePO4", "LiFePO"),
        ("Section 301", "Section 232"),
        ("C++", "C"),
    ],
)
def test_other_key(normaliser: Normaliser, one: str, other: str) -> None:
    """Dots, signs and digits do make a difference."""
    assert normaliser.key(one) != normaliser.key(other)


def test_key_of_no_words(normaliser: Normaliser) -> None:
    """A surface of quotes and dashes only has no key."""
    assert normaliser.key("—'") == ""


def test_memory_has_a_bound() -> None:
    """The words remembered do not grow with the number of documents."""
    normaliser = Normaliser()
    normaliser.all(f"w{n}" for n in range(MAX_REMEMBERED + 10))
    assert len(normaliser._keys) <= MAX_REMEMBERED
    assert normaliser.word("Ores") == ("ores", "ore")


def test_gap_is_linear() -> None:
    """A gap of a million blanks that turns out not to be one is refused at once."""
    began = time.perf_counter()
    assert not GAP.fullmatch(" " * 10**6 + "*")
    assert not GAP.fullmatch(" " * 10**6 + "\n" + " " * 10**6 + "*")
    assert time.perf_counter() - began < 2


@given(
    st.lists(st.text("abcdefgilmnorstuy", min_size=1, max_size=9), min_size=1, max_size=4), st.sampled_from("-‑– \n")
)
def test_key_depends_on_the_words_alone(words: list[str], joint: str) -> None:
    """Neither case nor what joins the words changes the key of a surface."""
    normaliser = Normaliser()
    assert normaliser.key(joint.join(words).title()) == normaliser.key(" ".join(words).upper())
