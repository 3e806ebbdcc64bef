"""Fits how much every cue counts for THRESHOLD against QUANTITY, by logistic regression on marked sentences.

usage: python tools/fit_thresholds.py [--write] [--from-zero] [--wrong]

Reads tests/data/threshold_cases.jsonl and fits on its split "tune"; the split "held_out" is only scored. The fit starts
from the weights in threshold_cues.toml: it learns one factor for their sum and what every single weight differs by,
and keeps the differences small by a penalty: the strongest within one standard error of the best in cross-validation
over the sentences. --write stores the
result in knowledge/data/threshold_weights.toml; --from-zero does without the starting weights, to compare; --wrong
lists the wrong ones of the tuning sentences.
"""

from __future__ import annotations

import argparse
import math
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from claimstake.grammar.measure_features import Surroundings, feature_table, features_of, regulatory_weight
from claimstake.grammar.measures import find_measures
from claimstake.pipes.measures import line_sentence

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))
from threshold_cases import SPLITS, Case, read  # noqa: E402

WEIGHTS = ROOT / "nlp" / "claimstake" / "knowledge" / "data" / "threshold_weights.toml"
PENALTIES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)  # inverse strengths
FOLDS = 10
HEAD = """# How much every feature counts for THRESHOLD (above zero) or QUANTITY (below zero).
# Written by tools/fit_thresholds.py; edit threshold_cues.toml or tests/data/threshold_cases.jsonl and run it again.
"""


@dataclass(frozen=True)
class Sample:
    """A marked measure: the case it is from, its features, whether it is a THRESHOLD, and how to show it."""

    case: str
    features: dict[str, float]
    limit: bool
    shown: str


def samples_of(cases: list[Case]) -> list[Sample]:
    """The marked measures that a weighted sum decides on: no durations, none that is to be dropped."""
    samples = []
    for case in cases:
        measures = find_measures(case.text)
        around = Surroundings(case.text, regulatory_weight(case.text))
        for mark in case.marks:
            measure = next((m for m in measures if m.start < mark.end and mark.start < m.end), None)
            if measure is None or measure.kind == "duration" or mark.label == "drop":
                continue
            sentence = line_sentence(case.text, measure.start, measure.end)
            features = features_of(around, measure, sentence)
            shown = case.text[max(0, mark.start - 70) : mark.start] + "[[" + case.text[mark.start : mark.end] + "]]"
            shown += case.text[mark.end : mark.end + 50]
            samples.append(Sample(case.id, features, mark.label == "THRESHOLD", shown.replace("\n", "\\n")))
    return samples


class Weigher:
    """A logistic regression around starting weights.

    Args:
        start: starting weight by feature; all features that may occur.
        penalty: inverse strength of the penalty on what weights differ by.
    """

    def __init__(self, start: dict[str, float], penalty: float) -> None:
        self.names = sorted(start)
        self.start = np.array([start[name] for name in self.names])
        self.model = LogisticRegression(C=penalty, max_iter=5000)

    def matrix(self, samples: list[Sample]) -> np.ndarray:
        """A row for each sample: its features, then their sum by the starting weights."""
        rows = np.array([[s.features.get(name, 0.0) for name in self.names] for s in samples])
        return np.hstack([rows, 3 * rows @ self.start[:, None]])

    def fit(self, samples: list[Sample]) -> Weigher:
        """Learn from samples."""
        self.model.fit(self.matrix(samples), [s.limit for s in samples])
        return self

    def right(self, samples: list[Sample]) -> np.ndarray:
        """Which samples it labels rightly."""
        return self.model.predict(self.matrix(samples)) == np.array([s.limit for s in samples])

    def weights(self) -> dict[str, float]:
        """The weight of every feature, and "bias"."""
        *own, factor = self.model.coef_[0]
        fitted = np.array(own) + 3 * factor * self.start
        named = {name: round(float(w), 3) for name, w in zip(self.names, fitted, strict=True)}
        return {"bias": round(float(self.model.intercept_[0]), 3)} | named


def cross_validated(samples: list[Sample], start: dict[str, float], penalty: float) -> float:
    """Mean accuracy over folds; the measures of one sentence are never on both sides."""
    groups = [s.case for s in samples]
    right = 0
    for train, test in GroupKFold(FOLDS).split(samples, groups=groups):
        weigher = Weigher(start, penalty).fit([samples[i] for i in train])
        right += int(weigher.right([samples[i] for i in test]).sum())
    return right / len(samples)


def strongest(scores: dict[float, float], count: int) -> float:
    """The strongest penalty whose accuracy over `count` samples is within one standard error of the best."""
    top = max(scores.values())
    error = math.sqrt(top * (1 - top) / count)
    return min(penalty for penalty, score in scores.items() if score >= top - error)


def main() -> None:
    """Parse the command line, fit, report and, if asked, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--from-zero", action="store_true")
    parser.add_argument("--wrong", action="store_true")
    args = parser.parse_args()
    cases = read(ROOT / "tests" / "data" / "threshold_cases.jsonl")
    samples = {split: samples_of([c for c in cases if c.split == split]) for split in SPLITS}
    start = dict(feature_table().start)
    if args.from_zero:
        start = dict.fromkeys(start, 0.0)
    scores = {penalty: cross_validated(samples["tune"], start, penalty) for penalty in PENALTIES}
    best = strongest(scores, len(samples["tune"]))
    weigher = Weigher(start, best).fit(samples["tune"])
    lines = [f"cross-validated on tune, penalty {p}: {score:.3f}" for p, score in scores.items()]
    lines += [f"{split}: {weigher.right(rows).mean():.3f} of {len(rows)}" for split, rows in samples.items()]
    if args.wrong:
        right = weigher.right(samples["tune"])
        lines += [f"{s.case} {s.limit} {s.shown}" for s, ok in zip(samples["tune"], right, strict=True) if not ok]
    if args.write:
        rows = "".join(f'"{name}" = {weight}\n' for name, weight in weigher.weights().items())
        WEIGHTS.write_text(HEAD + rows, encoding="utf-8")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
