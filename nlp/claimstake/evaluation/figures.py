"""The figures that reports, floors and intervals are about: a name, a formula, and the counts that go into it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from claimstake import ontology
from claimstake.evaluation import counting
from claimstake.evaluation.claims import SCORED_QUALIFIERS
from claimstake.evaluation.counting import ALL, Cell, Counts
from claimstake.evaluation.formulas import Array, b_cubed, f1, precision, ratio, recall

Cells = tuple[Cell, ...]
HEADLINE = (
    "entities relaxed F1",
    "core six relaxed F1",
    "entities strict F1",
    "date values F1",
    "measure values F1",
    "clusters B-cubed F1",
    "claims F1",
    "claims precision",
    "claim pairs F1",
    "polarity accuracy",
    "certainty accuracy",
    "status accuracy",
    "attribution accuracy",
    "measure accuracy",
    "time accuracy",
)


@dataclass(frozen=True)
class Figure:
    """A figure in [0, 1].

    Attributes:
        name: such as "claims F1", "MINERAL strict recall", "status accuracy".
        formula: from the sums of the parts to the figure, number by number.
        parts: the counts that are summed for each argument of the formula.
        base: the parts that say of how many it is; where they are all 0 the figure is undefined.
    """

    name: str
    formula: Callable[..., Array]
    parts: tuple[Cells, ...]
    base: tuple[int, ...]

    def compute(self, sums: Callable[[Cells], Array]) -> Array:
        """The figure from the sums of its parts; 0 where it is undefined."""
        return self.formula(*(sums(part) for part in self.parts))

    def support(self, sums: Callable[[Cells], Array]) -> Array:
        """Of how many the figure is."""
        return np.sum([sums(self.parts[i]) for i in self.base], axis=0)

    def value(self, counts: Counts) -> float:
        """The figure of counts that were added up."""
        return float(self.compute(lambda cells: np.float64(_sum(counts, cells))))

    def numbers(self, counts: Counts) -> list[int]:
        """What each argument of the formula is; of an F1 the right, the gold and the predicted ones."""
        return [int(_sum(counts, part)) for part in self.parts]


def catalogue(counts: Iterable[Counts]) -> dict[str, Figure]:
    """All figures by name: those of the packaged ontology, and of what else was counted."""
    seen = {cell for one in counts for cell in one}
    known = ontology.default()
    labels = sorted({*known.labels, *names(seen, counting.RELAXED[1:])})
    predicates = sorted({*known.predicates, *names(seen, counting.CLAIM[1:])})
    core = [label.name for label in known.labels.values() if label.core]
    rows = [
        *_mentions("entities ", labels),
        *_mentions("core six ", core),
        *_found("date values ", counting.VALUE, ["date"]),
        *_found("measure values ", counting.VALUE, ["measure"]),
        Figure("clusters B-cubed F1", b_cubed, _parts(counting.B_CUBED, [ALL]), (2,)),
        *_found("claims ", counting.CLAIM, predicates),
        Figure("claims macro F1", ratio, _parts(counting.MACRO, [ALL]), (1,)),
        *_found("claim pairs ", counting.PAIR, [ALL]),
        *(Figure(f"{q} accuracy", ratio, _parts(counting.QUALIFIER, [q]), (1,)) for q in SCORED_QUALIFIERS),
        *(row for label in labels for row in _mentions(f"{label} ", [label])),
        *(row for predicate in predicates for row in _found(f"{predicate} ", counting.CLAIM, [predicate])),
    ]
    return {row.name: row for row in rows}


def names(cells: Iterable[Cell], kinds: Iterable[str]) -> set[str]:
    """The labels, predicates or qualifiers that were counted under some kinds of cell."""
    wanted = set(kinds)
    return {name for kind, name in cells if kind in wanted}


def _mentions(name: str, labels: list[str]) -> list[Figure]:
    strict, relaxed = (
        _found(f"{name}{way} ", kinds, labels)
        for way, kinds in (("strict", counting.STRICT), ("relaxed", counting.RELAXED))
    )
    return [*strict, *relaxed]


def _found(name: str, kinds: tuple[str, ...], of: list[str]) -> list[Figure]:
    parts = _parts(kinds, of)
    return [
        Figure(f"{name}F1", f1, parts, (1, 2)),
        Figure(f"{name}precision", precision, parts, (2,)),
        Figure(f"{name}recall", recall, parts, (1,)),
    ]


def _parts(kinds: tuple[str, ...], of: list[str]) -> tuple[Cells, ...]:
    return tuple(tuple((kind, name) for name in of) for kind in kinds)


def _sum(counts: Counts, cells: Cells) -> float:
    return sum(counts[cell] for cell in cells)
