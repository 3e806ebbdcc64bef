"""Stories out of signatures: components of copies, whatever the order, within days of each other."""

from __future__ import annotations

import dataclasses
import random

import numpy as np
import pytest

from claimstake.duplicates.signature import HEAD_MINIMA, MINIMA, VERSION, signature
from claimstake.duplicates.stories import NEIGHBOURS, Told, changes
from copied_texts import NOTICE, STORY

BEGINNINGS, ENDS = ["bra", "do", "fel", "gri", "hun", "ke", "lom", "mi", "nor", "pa"], ["den", "lo", "rik", "sta"]
WORDS = [beginning + end for beginning in BEGINNINGS for end in ENDS]


def text_of(number: int, words: int = 260) -> str:
    chance = random.Random(number)
    return " ".join(chance.choice(WORDS) for _ in range(words))


def told(key: str, text: str, published: str | None = None, story: str | None = None) -> Told:
    return Told(key, published, signature(text) or b"", story)


def stories_of(documents: list[Told]) -> dict[str, str]:
    return {d.key: d.story or d.key for d in documents} | dict(changes(sorted(documents, key=lambda d: d.key)))


def test_copies_have_the_smallest_key() -> None:
    """A copy of a copy belongs to the story, also where it is too far from the first."""
    words = text_of(1).split()
    first, second, third = (" ".join(words[a:b]) for a, b in ((0, 180), (30, 230), (80, 260)))
    found = stories_of([told("c", first), told("a", second), told("b", third), told("d", text_of(2))])
    assert found == {"a": "a", "b": "a", "c": "a", "d": "d"}
    assert stories_of([told("c", first), told("b", third)]) == {"b": "b", "c": "c"}


def test_keys_that_come_later() -> None:
    """A smaller key renames the story; a document that is gone leaves the others where they belong."""
    before = [told("m", STORY, story="m"), told("n", STORY + text_of(3, 20), story="m")]
    assert list(changes(before)) == []
    assert dict(changes([told("c", STORY), *before])) == {"c": "c", "m": "c", "n": "c"}
    assert dict(changes(before[1:])) == {"n": "n"}


@pytest.mark.parametrize(("other", "linked"), [("2025-03-09", True), ("2025-05-09", False), (None, True)])
def test_days(other: str | None, linked: bool) -> None:
    """Copies are published within days; an unknown date keeps nothing apart."""
    found = stories_of([told("a", STORY, "2025-03-03"), told("b", STORY, other)])
    assert found["b"] == ("a" if linked else "b")


def test_order_does_not_matter() -> None:
    """What comes first, and what stood there before, changes nothing of what there is in the end."""
    chance = random.Random(5)
    documents = []
    for number in range(120):
        words = text_of(number % 40).split()
        start = chance.randint(0, 60)
        documents.append(told(f"{chance.getrandbits(80):020x}", " ".join(words[start : start + 200]), "2025-03-03"))
    wanted = stories_of(documents)
    assert 40 <= len(set(wanted.values())) < 60
    known: dict[str, str] = {}
    for part in (documents[::3], documents[::2], documents):  # three runs, each with some of them
        current = [dataclasses.replace(d, story=known.get(d.key, d.key)) for d in part]
        known |= stories_of(current)
    assert known == wanted


def test_many_with_the_same_ending() -> None:
    """Thousands of documents that share bands, and are no copies, are gone through in seconds, and copies found."""
    chance = np.random.default_rng(1)
    common = chance.integers(0, 2**32, 24, dtype=np.uint32)
    documents = []
    for number in range(4_000):
        own = chance.integers(0, 2**32, MINIMA + HEAD_MINIMA - len(common), dtype=np.uint32)
        data = VERSION.to_bytes(1, "little") + (300).to_bytes(4, "little") + common.tobytes() + own.tobytes()
        documents.append(Told(f"{number:020d}", f"2025-03-{1 + number % 28:02d}", data))
    copy = dataclasses.replace(documents[3_000], key="x" * 20, published="2025-03-06")
    assert NEIGHBOURS < 100
    assert dict(changes([*documents, copy]))["x" * 20] == documents[3_000].key


def test_damaged_signatures_are_stories_of_their_own() -> None:
    """Another version's signature is kept, and linked to nothing."""
    odd = [Told("a", None, b"\x02" + bytes(20), "a"), Told("b", None, b"\x02" + bytes(20), "b")]
    assert list(changes(odd)) == []
    assert list(changes([])) == []


def test_notices() -> None:
    """A notice that differs in its numbers is a story of its own."""
    days = [
        told(str(d), NOTICE.format(level=f"2.{40 + d}", day=d, draught=f"5.{d}"), f"2025-05-0{d}") for d in range(1, 6)
    ]
    assert len(set(stories_of(days).values())) == 5
