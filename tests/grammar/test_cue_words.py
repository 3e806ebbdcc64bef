"""The index of cue words: what it finds, where, and in linear time."""

from __future__ import annotations

import time

import pytest

from claimstake.grammar.cue_words import CueIndex

GROUPS = {"duty": ["tariff*", "import duty"], "law": ["§", "set out in"], "short": ["a", "an act"]}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("tariffs on cars", [("tariffs", "duty")]),
        ("the import duty set out in § 7", [("import duty", "duty"), ("set out in", "law"), ("§", "law")]),
        ("an act of a minister", [("an act", "short"), ("a", "short")]),
        ("import\nduty", [("import\nduty", "duty")]),
        ("duty-free import dutyless setout in", []),
        ("", []),
    ],
)
def test_finds(text: str, found: list[tuple[str, str]]) -> None:
    """Whole words only, but for a trailing star; several words match over any white space."""
    assert [(text[hit.start : hit.end], hit.group) for hit in CueIndex(GROUPS).find(text)] == found


def test_time_is_linear() -> None:
    """A line of a million characters takes seconds at most."""
    text = "import set out an " * 60_000
    start = time.perf_counter()
    assert sum(1 for _ in CueIndex(GROUPS).find(text)) == 0
    assert time.perf_counter() - start < 20
