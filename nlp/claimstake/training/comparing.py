"""Estimators side by side, before one is kept: answers of each, cross-validated over articles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from claimstake.training.linear import Sample, matrix, vocabulary


def estimators() -> dict[str, Any]:
    """What is tried, by name; settings are those that did best on the body-line features."""
    return {
        "logistic regression": LogisticRegression(C=1.0, solver="liblinear"),
        "linear SVM": LinearSVC(C=0.1),
        "random forest": RandomForestClassifier(200, min_samples_leaf=2, random_state=0),
        "gradient boosting": GradientBoostingClassifier(n_estimators=150, max_depth=4, subsample=0.7, random_state=0),
    }


def answers(
    samples: Sequence[Sample], outcome: str, folds: Mapping[str, int], tried: Mapping[str, Any] | None = None
) -> dict[str, np.ndarray]:
    """Whether each sample has an outcome, as each estimator says that did not see its group: (samples,) by name.

    Args:
        samples: all with an answer for the outcome.
        outcome: what to tell.
        folds: group to number of its fold.
        tried: estimators by name; None takes `estimators`.
    """
    wanted = np.array([sample.answers[outcome] for sample in samples])
    fold = np.array([folds[sample.group] for sample in samples])
    out = {name: np.zeros(len(samples), dtype=bool) for name in (tried or estimators())}
    for k in sorted(set(fold.tolist())):
        ours, others = np.flatnonzero(fold == k), np.flatnonzero(fold != k)
        features = vocabulary([samples[i] for i in others])
        seen, unseen = (matrix([samples[i] for i in rows], features) for rows in (others, ours))
        for name, estimator in (tried or estimators()).items():
            out[name][ours] = clone(estimator).fit(seen, wanted[others]).predict(unseen)
    return out
