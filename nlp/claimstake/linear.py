"""Linear classifiers at run time: log-odds by feature and outcome, calibrated.

Trained by `claimstake.training.linear` with scikit-learn; here they are arrays and a lookup, so that annotating imports
neither scikit-learn nor pickles.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

from claimstake.errors import ModelError

WEIGHTS, SETTINGS = "weights.npz", "settings.json"


@dataclass(eq=False)
class LinearModel:
    """Scores one thing (a pair, a candidate mention, a claim) from its features.

    Attributes:
        outcomes: names, the columns of `weights`.
        features: feature to row of `weights`.
        weights: (features, outcomes) log-odds.
        bias: (outcomes,) log-odds of something without features.
        calibration: (outcomes, 2): slope and intercept from log-odds to calibrated log-odds (Platt 1999).
        thresholds: (outcomes,) probabilities from which an outcome counts.
        exclusive: whether exactly one outcome holds (softmax), else each is judged by itself (logistic).
    """

    outcomes: tuple[str, ...]
    features: dict[str, int]
    weights: np.ndarray
    bias: np.ndarray
    calibration: np.ndarray
    thresholds: np.ndarray
    exclusive: bool = False

    def __post_init__(self) -> None:
        self.column = {name: i for i, name in enumerate(self.outcomes)}
        self._slope, self._shift = self.calibration[:, 0].copy(), self.calibration[:, 1].copy()

    def scores(self, features: Iterable[str]) -> np.ndarray:
        """Calibrated probability of each outcome: (outcomes,)."""
        known = self.features.get
        rows = [row for f in features if (row := known(f)) is not None]
        logits = self.weights.take(rows, axis=0).sum(axis=0) + self.bias if rows else self.bias
        logits = logits * self._slope + self._shift
        if self.exclusive:
            powers = np.exp(logits - logits.max())
            return powers / powers.sum()
        return 1 / (1 + np.exp(-logits))

    def best(self, features: Iterable[str]) -> tuple[str, float]:
        """The likeliest outcome and its probability."""
        scores = self.scores(features)
        column = int(scores.argmax())
        return self.outcomes[column], float(scores[column])

    def threshold(self, outcome: str) -> float:
        """Probability from which an outcome counts; 0.5 for one that the model was not trained on."""
        column = self.column.get(outcome)
        return 0.5 if column is None else float(self.thresholds[column])

    def strongest(self, features: Sequence[str], outcome: str, n: int = 8) -> list[tuple[str, float]]:
        """The features that weigh most for or against an outcome, with their log-odds."""
        column = self.column[outcome]
        found = [(f, float(self.weights[self.features[f], column])) for f in features if f in self.features]
        return sorted(found, key=lambda pair: -abs(pair[1]))[:n]

    def save(self, path: Path) -> None:
        """Write weights.npz and settings.json into a folder."""
        path.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(path / WEIGHTS, weights=self.weights.astype("float16"), bias=self.bias.astype("float32"))
        settings = {
            "outcomes": self.outcomes,
            "exclusive": self.exclusive,
            "calibration": self.calibration.astype(float).round(6).tolist(),
            "thresholds": self.thresholds.astype(float).round(4).tolist(),
            "features": list(self.features),
        }
        (path / SETTINGS).write_text(json.dumps(settings, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a folder that `save` wrote.

        Raises:
            ModelError: a file is missing or does not fit the other.
        """
        try:
            settings: dict[str, Any] = json.loads((path / SETTINGS).read_text(encoding="utf-8"))
            with np.load(path / WEIGHTS, allow_pickle=False) as arrays:
                weights, bias = arrays["weights"].astype("float32"), arrays["bias"].astype("float32")
            if weights.shape != (len(settings["features"]), len(settings["outcomes"])):
                raise ValueError(f"weights are {weights.shape}")
            return cls(
                tuple(settings["outcomes"]),
                {name: i for i, name in enumerate(settings["features"])},
                weights,
                bias,
                np.array(settings["calibration"], dtype="float32"),
                np.array(settings["thresholds"], dtype="float32"),
                settings["exclusive"],
            )
        except (OSError, ValueError, KeyError) as error:
            raise ModelError(f"{path}: no linear model there, or a damaged one ({error}); reinstall it") from error
