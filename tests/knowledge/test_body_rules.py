"""Rules of page furniture: words that a pattern needs are indeed in every line that it fits."""

from __future__ import annotations

from pathlib import Path

import pytest

from claimstake.knowledge.body_features import vocabulary
from claimstake.knowledge.body_rules import Kind, holds, packaged_rules

PAGES = Path(__file__).parents[1] / "pipes" / "pages"
ARTICLES = Path(__file__).parents[2] / "corpus" / "articles"
FURNITURE = [
    "Photo of the plant by REUTERS/Jane Doe",
    "A plant in Chile. Photo: Jane Doe",
    "The plant (Getty Images)",
    "Seen on Unsplash.",
    "Opens in a new tab",
    "Acme contact information: press@acme.example",
    "For our webinar on graphite register now!",
    "This year's nominations are now open",
    "We are accepting nominations",
    "News delivered straight to your inbox",
    "This page is powered by Acme Feeds",
    "Acme is where breaking news begins",
    "This is not intended as investment advice.",
    "2024 Acme. All rights reserved.",
    "This site uses cookies",
    "Acme is a registered trademark of Acme Ltd.",
    "The site may earn commissions",
    "A cautionary note on figures",
    "10:45 on May 3, 2024: 4% of 20 kg for $5 #steel www.acme.example 3 / 4 a · b",
]


@pytest.fixture(scope="module")
def lines() -> list[str]:
    files = [*PAGES.glob("*.txt"), *sorted(ARTICLES.rglob("*.md"))[::10]]
    return [*FURNITURE, *(line.strip() for file in files for line in file.read_text(encoding="utf-8").splitlines())]


def test_needed_words_are_needed(lines: list[str]) -> None:
    """No pattern fits a line without any of the words that it is said to need."""
    for kind in packaged_rules().kinds:
        for words, pattern in kind.needing:
            fitting = [line for line in lines if len(line) <= kind.longest and pattern.match(line)]
            assert [line for line in fitting if not holds(line.lower(), words)] == []
    for sign in vocabulary().signs:
        assert all(sign.within(line) for line in lines if len(line) <= 600 and sign.pattern.search(line))


def test_a_kind_with_and_without_needs(lines: list[str]) -> None:
    """A line is of a kind by its plain patterns and by those that need words."""
    kinds = {kind.name: kind for kind in packaged_rules().kinds}

    def fits(kind: Kind, line: str) -> bool:
        return kind.fits(line, line.lower())

    assert fits(kinds["legal notice"], "Copyright 2024 Acme")
    assert fits(kinds["legal notice"], "2024 Acme. All Rights Reserved.")
    assert not fits(kinds["legal notice"], "The rights of all are reserved.")
    assert fits(kinds["lorem"], "Here, Lorem Ipsum dolor")
