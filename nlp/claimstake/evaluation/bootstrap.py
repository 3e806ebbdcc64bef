"""How sure a figure is: percentile intervals over resampled documents, and of the difference of two systems.

Documents are drawn with replacement, as many as there are; a resample is a weight per document, so its sums are one
product of matrices and a thousand of them cost no more than a look at the counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from claimstake.evaluation.counting import Cell, Counts, total
from claimstake.evaluation.figures import Cells, Figure
from claimstake.evaluation.formulas import Array

RESAMPLES = 1000
LEVEL = 0.95
SEED = 20250716


@dataclass(frozen=True)
class Interval:
    """A figure, or the difference of two, with the bounds of its interval; without resamples all three are equal."""

    value: float
    low: float
    high: float

    @property
    def is_loss(self) -> bool:
        """Whether it lies wholly below 0: of a difference, a loss that chance does not explain."""
        return self.high < 0


def intervals(
    counts: Sequence[Counts], figures: Iterable[Figure], *, resamples: int = RESAMPLES, seed: int = SEED
) -> dict[str, Interval]:
    """The interval of each figure by its name.

    Args:
        counts: of each document.
        resamples: how many times the documents are drawn; 0 gives the figures alone.
        seed: of the draws; the same seed and number of documents draw the same documents.
    """
    sums, drawn = total(counts), _Drawn(counts, _weights(len(counts), resamples, seed))
    return {f.name: _interval(f.value(sums), drawn.values(f)) for f in figures}


def differences(
    first: Sequence[Counts],
    second: Sequence[Counts],
    figures: Iterable[Figure],
    *,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> dict[str, Interval]:
    """The interval of what each figure gains from the first to the second system, both on the same draws.

    Raises:
        ValueError: the two are not of equally many documents; they must be of the same ones, in the same order.
    """
    if len(first) != len(second):
        raise ValueError(f"{len(first)} documents against {len(second)}: a paired comparison needs the same ones")
    weights = _weights(len(first), resamples, seed)
    sums, drawn = [total(c) for c in (first, second)], [_Drawn(c, weights) for c in (first, second)]
    return {
        f.name: _interval(f.value(sums[1]) - f.value(sums[0]), drawn[1].values(f) - drawn[0].values(f)) for f in figures
    }


class _Drawn:
    """The sums of every resample."""

    def __init__(self, counts: Sequence[Counts], weights: Array) -> None:
        cells = sorted({cell for one in counts for cell in one})
        self._column: dict[Cell, int] = {cell: i for i, cell in enumerate(cells)}
        matrix = np.array([[one[cell] for cell in cells] for one in counts], dtype=float)
        self._sums = weights @ matrix.reshape(len(counts), len(cells))

    def values(self, figure: Figure) -> Array:
        """The figure in every resample; nan where it is undefined."""
        return np.where(figure.support(self._sum) > 0, figure.compute(self._sum), np.nan)

    def _sum(self, cells: Cells) -> Array:
        return self._sums[:, [self._column[cell] for cell in cells if cell in self._column]].sum(axis=1)


def _weights(documents: int, resamples: int, seed: int) -> Array:
    """How often each resample (row) holds each document (column)."""
    if not documents:
        return np.zeros((0, 0))
    draws = np.random.default_rng(seed).multinomial(documents, np.full(documents, 1 / documents), size=resamples)
    return draws.astype(float)


def _interval(value: float, drawn: Array) -> Interval:
    defined = drawn[~np.isnan(drawn)]
    if not defined.size:
        return Interval(value, value, value)
    tail = 100 * (1 - LEVEL) / 2
    low, high = np.percentile(defined, [tail, 100 - tail])
    return Interval(value, float(low), float(high))
