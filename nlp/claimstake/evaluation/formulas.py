"""From counts to figures, for single numbers and for arrays of resampled ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def ratio(part: ArrayLike, whole: ArrayLike) -> Array:
    """`part` of `whole`; 0 of nothing."""
    part, whole = np.asarray(part, dtype=float), np.asarray(whole, dtype=float)
    return np.divide(part, whole, out=np.zeros(np.broadcast(part, whole).shape), where=whole != 0)


def precision(right: ArrayLike, gold: ArrayLike, predicted: ArrayLike) -> Array:
    return ratio(right, predicted)


def recall(right: ArrayLike, gold: ArrayLike, predicted: ArrayLike) -> Array:
    return ratio(right, gold)


def harmonic(a: ArrayLike, b: ArrayLike) -> Array:
    """Harmonic mean; 0 where both are 0."""
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    return ratio(2 * a * b, a + b)


def f1(right: ArrayLike, gold: ArrayLike, predicted: ArrayLike) -> Array:
    """Harmonic mean of precision and recall; 0 where nothing is right."""
    return harmonic(ratio(right, predicted), ratio(right, gold))


def b_cubed(precisions: ArrayLike, recalls: ArrayLike, mentions: ArrayLike) -> Array:
    """F1 of the mean precision and the mean recall of the mentions, from their sums."""
    return harmonic(ratio(precisions, mentions), ratio(recalls, mentions))
