"""What was taken for what: gold labels against predicted ones on overlapping spans, predicates on the same pair."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from claimstake.evaluation.alignment import Alignment
from claimstake.evaluation.claims import NOWHERE, Triple
from claimstake.evaluation.matching import left_over, paired

MISSED = "(missed)"  # the column of gold that nothing stands for
SPURIOUS = "(spurious)"  # the row of predictions that stand for no gold
REVERSED = "(reversed)"  # the column of claims found with subject and object exchanged


@dataclass
class Confusion:
    """How often a gold name was found as which predicted one.

    Attributes:
        cells: by gold (or SPURIOUS) and predicted name (or MISSED, REVERSED).
    """

    cells: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def names(self) -> list[str]:
        """The labels or predicates that occur, in alphabetical order."""
        return sorted({name for pair in self.cells for name in pair} - {MISSED, SPURIOUS, REVERSED})

    @property
    def rows(self) -> list[str]:
        """Gold names in alphabetical order, SPURIOUS last."""
        return _ordered(gold for gold, _ in self.cells)

    @property
    def columns(self) -> list[str]:
        """Predicted names in alphabetical order, REVERSED and MISSED last."""
        return _ordered(predicted for _, predicted in self.cells)

    def to_json(self) -> dict[str, dict[str, int]]:
        """Row to column to number, without zeros."""
        return {
            row: {column: self.cells[row, column] for column in self.columns if self.cells[row, column]}
            for row in self.rows
        }


def labels(alignments: Iterable[Alignment]) -> Confusion:
    """The confusion of labels: scored pairs on the diagonal, then whatever else overlaps, one to one."""
    found = Confusion()
    for alignment in alignments:
        found.cells.update((g.label, g.label) for g, _ in alignment.relaxed)
        gold, predicted = left_over(alignment.gold.named, alignment.predicted.named, alignment.relaxed)
        pairs = paired(gold, predicted)
        found.cells.update((g.label, p.label) for g, p in pairs)
        missed, spurious = left_over(gold, predicted, pairs)
        found.cells.update((g.label, MISSED) for g in missed)
        found.cells.update((SPURIOUS, p.label) for p in spurious)
    return found


def predicates(alignments: Iterable[Alignment]) -> Confusion:
    """The confusion of predicates: right triples on the diagonal, then other claims about the same two clusters."""
    found = Confusion()
    for alignment in alignments:
        ours, theirs = alignment.gold_claims, alignment.predicted_claims
        found.cells.update((key[0], key[0]) for key in ours if key in theirs)
        missed, spurious = [k for k in ours if k not in theirs], [k for k in theirs if k not in ours]
        for gold in missed:
            taken = _about_the_same(gold, spurious)
            if taken is not None:
                spurious.remove(taken)
            found.cells[gold[0], _found_as(gold, taken)] += 1
        found.cells.update((SPURIOUS, theirs[key].predicate) for key in spurious)
    return found


def _about_the_same(gold: Triple, spurious: list[Triple]) -> Triple | None:
    """A predicted triple of the same two clusters; one in the same direction where there is one."""
    same = [k for k in spurious if k[0] != NOWHERE and frozenset(k[1:]) == frozenset(gold[1:])]
    return min(same, key=lambda k: k[1:] != gold[1:], default=None)


def _found_as(gold: Triple, taken: Triple | None) -> str:
    if taken is None:
        return MISSED
    return REVERSED if taken[0] == gold[0] else taken[0]


def _ordered(names: Iterable[str]) -> list[str]:
    return sorted(set(names), key=lambda name: (name in (MISSED, SPURIOUS), name.startswith("("), name))
