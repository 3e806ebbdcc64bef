"""Pairs of mentions: one to one, the best first, and quickly found."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claimstake.evaluation.annotations import Mention
from claimstake.evaluation.matching import Places, left_over, paired, same_label

MANY = 20_000


def mention(start: int, end: int, label: str = "MINERAL") -> Mention:
    return Mention("e1", label, "x" * (end - start), start, end, "x")


@pytest.mark.parametrize(
    ("gold", "predicted", "pairs"),
    [
        ([(0, 10)], [(0, 3), (2, 10)], [((0, 10), (2, 10))]),  # the largest overlap
        ([(0, 10)], [(0, 20), (0, 12)], [((0, 10), (0, 12))]),  # of equal overlaps the nearest length
        ([(0, 10)], [(0, 5), (5, 10)], [((0, 10), (0, 5))]),  # else the first
        ([(0, 4), (0, 9)], [(0, 9)], [((0, 9), (0, 9))]),  # one to one
        ([(0, 4)], [(4, 8)], []),  # touching is no overlap
    ],
)
def test_the_best_pair_first(
    gold: list[tuple[int, int]], predicted: list[tuple[int, int]], pairs: list[tuple[tuple[int, int], tuple[int, int]]]
) -> None:
    """Each mention is in at most one pair, and the better pair takes it."""
    found = paired([mention(*g) for g in gold], [mention(*p) for p in predicted])
    assert [((g.start, g.end), (p.start, p.end)) for g, p in found] == pairs


def test_labels_may_be_asked_for() -> None:
    """With a condition only pairs that fulfil it are made; what is left over is told apart."""
    gold, predicted = [mention(0, 5), mention(6, 9)], [mention(0, 5, "PLACE"), mention(7, 9)]
    pairs = paired(gold, predicted, same_label)
    assert pairs == [(gold[1], predicted[1])]
    assert left_over(gold, predicted, pairs) == ([gold[0]], [predicted[0]])


spans = st.tuples(st.integers(0, 60), st.integers(1, 25)).map(lambda s: mention(s[0], s[0] + s[1]))


@given(mentions=st.lists(spans, max_size=12), one=spans)
def test_places_finds_what_overlaps(mentions: list[Mention], one: Mention) -> None:
    """Looking a span up finds just those mentions that a look at all of them finds."""
    found = sorted(Places(mentions).overlapping(one))
    assert found == [i for i, other in enumerate(mentions) if other.overlaps(one)]


def test_long_documents_are_no_trouble() -> None:
    """Twenty thousand mentions are paired in a time that comparing each with each would take for a few hundred."""
    mentions = [mention(10 * i, 10 * i + 12) for i in range(MANY)]
    start = time.perf_counter()
    assert len(paired(mentions, mentions)) == MANY
    assert time.perf_counter() - start < 10
