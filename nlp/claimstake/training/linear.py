"""Fits linear models with scikit-learn: one logistic regression for each outcome, rare features left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.naive_bayes import ComplementNB
from sklearn.svm import LinearSVC

from claimstake.linear import LinearModel

RAREST = 2  # documents that a feature must occur in


@dataclass(frozen=True)
class Sample:
    """Something to classify.

    Attributes:
        group: what may not straddle a fold: the id of its article.
        features: as the model will see them.
        answers: outcome to whether it holds; an outcome that is left out is not known.
        weight: how much it counts; silver samples count less than gold ones.
    """

    group: str
    features: Sequence[str]
    answers: dict[str, bool]
    weight: float = 1.0


def vocabulary(samples: Iterable[Sample], rarest: int = RAREST) -> dict[str, int]:
    """Features that occur in at least `rarest` groups, numbered by falling frequency."""
    seen: dict[str, set[str]] = {}
    counts: Counter[str] = Counter()
    for sample in samples:
        for feature in set(sample.features):
            counts[feature] += 1
            groups = seen.setdefault(feature, set())
            if len(groups) < rarest:
                groups.add(sample.group)
    kept = [f for f, _ in counts.most_common() if len(seen[f]) >= rarest]
    return {feature: row for row, feature in enumerate(kept)}


def matrix(samples: Sequence[Sample], features: dict[str, int]) -> sparse.csr_matrix:
    """(samples, features) of zeros and ones."""
    columns = [sorted({features[f] for f in s.features if f in features}) for s in samples]
    pointers = np.cumsum([0, *(len(c) for c in columns)])
    indices = np.fromiter((i for c in columns for i in c), dtype="int32", count=int(pointers[-1]))
    shape = (len(samples), len(features))
    return sparse.csr_matrix((np.ones(len(indices), dtype="float32"), indices, pointers), shape=shape)


def fit(
    samples: Sequence[Sample],
    outcomes: Sequence[str],
    *,
    strength: float = 0.3,
    rarest: int = RAREST,
    exclusive: bool = False,
) -> LinearModel:
    """A model of the samples.

    Args:
        samples: to learn from.
        outcomes: what to predict; each is learned from the samples that have an answer for it.
        strength: inverse of the L2 regularisation.
        rarest: see `vocabulary`.
        exclusive: exactly one outcome holds for each sample.
    """
    features = vocabulary(samples, rarest)
    table = matrix(samples, features)
    weights = np.zeros((len(features), len(outcomes)), dtype="float32")
    bias = np.full(len(outcomes), -6.0, dtype="float32")
    if exclusive:
        _fit_exclusive(samples, outcomes, table, strength, weights, bias)
    else:
        for column, outcome in enumerate(outcomes):
            rows = [i for i, s in enumerate(samples) if outcome in s.answers]
            answers = np.array([samples[i].answers[outcome] for i in rows])
            if answers.any() and not answers.all():
                weigh = np.array([samples[i].weight for i in rows])
                fitted = LogisticRegression(C=strength, solver="liblinear").fit(table[rows], answers, weigh)
                weights[:, column], bias[column] = fitted.coef_[0], fitted.intercept_[0]
    keep = np.flatnonzero(np.abs(weights).max(axis=1) > 1e-3)
    names = list(features)
    kept = {names[i]: row for row, i in enumerate(keep)}
    plain = np.tile(np.array([1.0, 0.0], dtype="float32"), (len(outcomes), 1))
    halves = np.full(len(outcomes), 0.5, dtype="float32")
    return LinearModel(tuple(outcomes), kept, weights[keep], bias, plain, halves, exclusive)


def _fit_exclusive(
    samples: Sequence[Sample],
    outcomes: Sequence[str],
    table: sparse.csr_matrix,
    strength: float,
    weights: np.ndarray,
    bias: np.ndarray,
) -> None:
    column = {name: i for i, name in enumerate(outcomes)}
    answers = np.array([column[next(o for o, holds in s.answers.items() if holds)] for s in samples])
    fitted = LogisticRegression(C=strength, max_iter=400).fit(table, answers)
    if len(fitted.classes_) == 2:
        weights[:, fitted.classes_[1]], bias[:] = fitted.coef_[0], 0.0
        bias[fitted.classes_[1]] = fitted.intercept_[0]
    else:
        weights[:, fitted.classes_], bias[fitted.classes_] = fitted.coef_.T, fitted.intercept_


def out_of_fold(
    samples: Sequence[Sample], outcomes: Sequence[str], folds: dict[str, int], **settings: object
) -> np.ndarray:
    """Probabilities of each sample from a model that did not see its group: (samples, outcomes).

    Args:
        folds: group to number of its fold.
        settings: as `fit`.
    """
    out = np.zeros((len(samples), len(outcomes)), dtype="float32")
    for fold in sorted(set(folds.values())):
        model = fit([s for s in samples if folds[s.group] != fold], outcomes, **settings)  # type: ignore[arg-type]
        for i, sample in enumerate(samples):
            if folds[sample.group] == fold:
                out[i] = model.scores(sample.features)
    return out


def compare(
    samples: Sequence[Sample], outcomes: Sequence[str], folds: dict[str, int], most: int = 60_000
) -> dict[str, dict[str, float]]:
    """Estimators by cross-validation over groups: precision, recall and F1 over all outcomes, each at its best cut.

    Args:
        samples: of one task; the first `most` count.
        outcomes: what is predicted.
        folds: group to number of its fold.
    """
    samples = list(samples)[:most]
    table = matrix(samples, vocabulary(samples))
    number = np.array([folds[s.group] for s in samples])
    scores: dict[str, list[np.ndarray]] = {name: [] for name in ESTIMATORS}
    answers: list[np.ndarray] = []
    for outcome in outcomes:
        rows = np.array([i for i, s in enumerate(samples) if outcome in s.answers])
        truth = np.array([samples[i].answers[outcome] for i in rows])
        answers.append(truth)
        for name, make in ESTIMATORS.items():
            out = np.zeros(len(rows))
            for fold in np.unique(number):
                inside = number[rows] == fold
                if inside.any() and truth[~inside].any() and not truth[~inside].all():
                    model = make().fit(table[rows[~inside]], truth[~inside])
                    out[inside] = _decision(model, table[rows[inside]])
            scores[name].append(out)
    truth = np.concatenate(answers)
    return {name: _best_cut(np.concatenate(found), truth) for name, found in scores.items()}


ESTIMATORS: dict[str, Any] = {
    "logistic regression": lambda: LogisticRegression(C=0.1, solver="liblinear"),
    "linear support vector machine": lambda: LinearSVC(C=0.02),
    "complement naive Bayes": lambda: ComplementNB(alpha=0.5),
    "perceptron-like (modified Huber, SGD)": lambda: SGDClassifier(loss="modified_huber", alpha=3e-4, random_state=0),
}


def _decision(model: Any, table: sparse.csr_matrix) -> np.ndarray:
    if hasattr(model, "decision_function"):
        return model.decision_function(table)
    logs = model.predict_log_proba(table)
    return logs[:, 1] - logs[:, 0]


def _best_cut(scores: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    """Precision, recall and F1 where F1 is highest."""
    order = np.argsort(-scores, kind="stable")
    right = np.cumsum(truth[order])
    taken = np.arange(1, len(order) + 1)
    f1 = 2 * right / (taken + truth.sum())
    best = int(f1.argmax())
    figures = {"precision": right[best] / taken[best], "recall": right[best] / truth.sum(), "F1": f1[best]}
    return {name: round(float(value), 4) for name, value in figures.items()}


def platt(probabilities: np.ndarray, answers: np.ndarray) -> tuple[float, float]:
    """Slope and intercept that calibrate log-odds (Platt 1999); (1, 0) where there is too little to fit.

    Args:
        probabilities: (n,), of a model that did not see the answers.
        answers: (n,) of booleans.
    """
    if len(answers) < 20 or answers.all() or not answers.any():
        return 1.0, 0.0
    p = np.clip(probabilities, 1e-5, 1 - 1e-5)
    logits = np.log(p / (1 - p)).reshape(-1, 1)
    fitted = LogisticRegression(C=10.0).fit(logits, answers)
    return float(fitted.coef_[0, 0]), float(fitted.intercept_[0])


def expected_calibration_error(probabilities: np.ndarray, answers: np.ndarray, bins: int = 10) -> float:
    """ECE over equal-width bins (Guo et al. 2017), in [0, 1]."""
    if not len(answers):
        return 0.0
    index = np.minimum((probabilities * bins).astype(int), bins - 1)
    gaps = [
        abs(float(probabilities[index == b].mean()) - float(answers[index == b].mean())) * float((index == b).mean())
        for b in range(bins)
        if (index == b).any()
    ]
    return float(sum(gaps))
