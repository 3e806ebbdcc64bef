"""Gold and predicted mentions of one text, paired one to one."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence

from claimstake.evaluation.annotations import Mention

Pair = tuple[Mention, Mention]  # gold, predicted


class Places:
    """Mentions by where they stand, so that overlapping ones are found without looking at all."""

    def __init__(self, mentions: Sequence[Mention]) -> None:
        self._order = sorted(range(len(mentions)), key=lambda i: mentions[i].start)
        self._starts = [mentions[i].start for i in self._order]
        self._widest = max((m.length for m in mentions), default=0)
        self._mentions = mentions

    def overlapping(self, mention: Mention) -> Iterator[int]:
        """Numbers of the mentions that overlap one of the other annotation."""
        first = bisect_right(self._starts, mention.start - self._widest)
        last = bisect_left(self._starts, mention.end)
        for i in self._order[first:last]:
            if self._mentions[i].overlaps(mention):
                yield i


def paired(
    gold: Sequence[Mention], predicted: Sequence[Mention], alike: Callable[[Mention, Mention], bool] | None = None
) -> list[Pair]:
    """One-to-one pairs of overlapping mentions: largest overlap first, then the least difference in length.

    Args:
        alike: what else must hold of a pair; None asks for the overlap alone.
    """
    places = Places(predicted)
    candidates = [
        (-g.shared(predicted[j]), abs(g.length - predicted[j].length), i, j)
        for i, g in enumerate(gold)
        for j in places.overlapping(g)
        if alike is None or alike(g, predicted[j])
    ]
    taken_gold: set[int] = set()
    taken: set[int] = set()
    pairs = []
    for _, _, i, j in sorted(candidates):
        if i not in taken_gold and j not in taken:
            taken_gold.add(i)
            taken.add(j)
            pairs.append((gold[i], predicted[j]))
    return pairs


def same_label(gold: Mention, predicted: Mention) -> bool:
    return gold.label == predicted.label


def same_span(gold: Mention, predicted: Mention) -> bool:
    """Same label and same span, leading article, quotes and possessive aside."""
    return gold.label == predicted.label and gold.core == predicted.core


def left_over(gold: Sequence[Mention], predicted: Sequence[Mention], pairs: Sequence[Pair]) -> tuple[list, list]:
    """The gold and the predicted mentions that are in no pair."""
    seen_gold, seen = {id(g) for g, _ in pairs}, {id(p) for _, p in pairs}
    return [g for g in gold if id(g) not in seen_gold], [p for p in predicted if id(p) not in seen]
