"""What counts as a copy: other headlines, cut paragraphs and added boilerplate do, other texts do not. Own texts."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path

import pytest

from claimstake.duplicates.signature import MINIMA, SIZE, VERSION, are_copies, read, shared, signature, similarity
from claimstake.training.check import check
from copied_texts import NOTICE, STORY

ROOT = Path(__file__).resolve().parents[2]
FLOORS = json.loads((ROOT / "tests" / "data" / "copy_floors.json").read_text(encoding="utf-8"))


def copied(text: str, cut: float, chance: random.Random, boilerplate: str) -> str:
    """A text with another headline and dateline, a share of its sentences cut from the end, and something added."""
    parts = [part for part in re.split(r"(?<=[.!?])\s+|\n+", text) if part.strip()][1:]
    wanted, left = sum(len(p.split()) for p in parts) * (1 - cut), 0
    kept = []
    for part in parts:
        if left >= wanted:
            break
        kept.append(part)
        left += len(part.split())
    kept[0] = f"OSLO, May {chance.randint(1, 28)} (Northern Wire) - {kept[0]}"
    return "\n".join(["From our correspondents in the north", *kept, boilerplate])


@pytest.fixture(scope="module")
def articles() -> list[str]:
    """The bodies of the corpus's articles."""
    found = [document.record.doc for document in check([ROOT / "corpus" / "articles"]).documents.values()]
    return ["\n".join(doc.text[s.start : s.end] for s in doc.body) for doc in found]


def test_bytes() -> None:
    """A signature fits into 512 bytes, is the same each time, and the same as ever."""
    made = signature(STORY)
    assert made == signature(STORY)
    assert made is not None
    assert len(made) <= SIZE <= 512
    one = read(made)
    assert one is not None
    assert (made[0], len(one.minima), one.count) == (VERSION, MINIMA, FLOORS["runs of the story"])
    assert one.minima[:4].tolist() == FLOORS["first minima of the story"], "signatures in databases no longer compare"


def test_too_short() -> None:
    """A headline has no signature."""
    assert signature("Cap on feldspar. " * 12) is None
    assert signature("") is None


def test_form_of_words_does_not_matter() -> None:
    """Case, spaces, quotation marks and compatibility characters are not the text."""
    other = STORY.upper().replace(" ", "  ").replace('"', "”").replace("fi", "\ufb01")
    assert similarity(signature(STORY) or b"", signature(other) or b"") == 1.0


@pytest.mark.parametrize("cut", [0.0, 0.2, 0.3, 0.4])
def test_copies(articles: list[str], cut: float) -> None:
    """Recall on copies of all articles of the corpus, 35 words of another article added."""
    chance = random.Random(3)
    pairs = [(a, copied(a, cut, chance, " ".join(chance.choice(articles).split()[40:75]))) for a in articles]
    found = [are_copies(signature(a) or b"", signature(b) or b"") for a, b in pairs]
    assert sum(found) / len(found) >= FLOORS["recall"]


def test_articles_are_no_copies(articles: list[str]) -> None:
    """No two articles of the corpus are, though many tell of the same events."""
    made = [s for s in map(signature, articles) if s]
    assert not [(a, b) for i, a in enumerate(made) for b in made[:i] if are_copies(a, b)]


def test_notices_with_other_numbers_are_no_copies() -> None:
    """Nearly the same words, other numbers; with the same numbers they are."""
    first, next_ = NOTICE.format(level="2.41", day=3, draught="5.5"), NOTICE.format(level="2.38", day=4, draught="5.2")
    again = "Shipping news, reported by our coast desk.\n" + first
    assert similarity(signature(first) or b"", signature(next_) or b"") > 0.6
    assert not are_copies(signature(first) or b"", signature(next_) or b"")
    assert are_copies(signature(first) or b"", signature(again) or b"")


def test_shared_endings_are_no_copies(articles: list[str]) -> None:
    """Two texts with the same long boilerplate are not one story."""
    tail = " ".join(articles[2].split()[:200])
    first, other = (" ".join(articles[i].split()[:120]) + "\n" + tail for i in (0, 1))
    assert similarity(signature(first) or b"", signature(other) or b"") > 0.36
    assert not are_copies(signature(first) or b"", signature(other) or b"")


@pytest.mark.parametrize("data", [b"", b"\x01", b"\x02" + bytes(SIZE - 1), bytes(SIZE), b"\x01" + bytes(50)])
def test_unknown_signatures(data: bytes) -> None:
    """What is of another version, or damaged, is like nothing."""
    assert read(data) is None
    assert similarity(data, signature(STORY) or b"") == 0.0
    assert not are_copies(data, data)


def test_shared() -> None:
    """All of the smaller set in the larger one, half of it, and nothing."""
    assert shared(0.5, 100, 200) == pytest.approx(1.0)
    assert shared(50 / 250, 100, 200) == pytest.approx(0.5)
    assert shared(0.0, 100, 200) == 0.0
