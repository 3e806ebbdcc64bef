"""The claim classifier at run time: one logistic model for each predicate over a shared feature table.

Trained by `claimstake.training.relations` with scikit-learn; here it is arrays and a lookup, so that annotating imports
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
class RelationModel:
    """Scores pairs.

    Attributes:
        predicates: names, the columns of `weights`.
        features: feature to row of `weights`.
        weights: (features, predicates) log-odds.
        bias: (predicates,) log-odds of a pair without features.
        calibration: (predicates, 2): slope and intercept from log-odds to calibrated log-odds (Platt 1999).
        thresholds: (predicates,) probabilities from which a pair is a claim.
    """

    predicates: tuple[str, ...]
    features: dict[str, int]
    weights: np.ndarray
    bias: np.ndarray
    calibration: np.ndarray
    thresholds: np.ndarray

    def __post_init__(self) -> None:
        self.column = {name: i for i, name in enumerate(self.predicates)}

    def scores(self, features: Iterable[str]) -> np.ndarray:
        """Calibrated probability of each predicate: (predicates,)."""
        known = self.features
        rows = [known[f] for f in features if f in known]
        logits = self.weights[rows].sum(axis=0, dtype="float32") + self.bias if rows else self.bias
        return 1 / (1 + np.exp(-(logits * self.calibration[:, 0] + self.calibration[:, 1])))

    def threshold(self, predicate: str) -> float:
        """Probability from which a pair is a claim; 0.5 for a predicate that the model was not trained on."""
        column = self.column.get(predicate)
        return 0.5 if column is None else float(self.thresholds[column])

    def save(self, path: Path) -> None:
        """Write weights.npz and settings.json into a folder."""
        path.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(path / WEIGHTS, weights=self.weights.astype("float16"), bias=self.bias)
        settings = {
            "predicates": self.predicates,
            "features": list(self.features),
            "calibration": self.calibration.round(6).tolist(),
            "thresholds": self.thresholds.round(4).tolist(),
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
            return cls(
                tuple(settings["predicates"]),
                {name: i for i, name in enumerate(settings["features"])},
                _shaped(weights, len(settings["features"]), len(settings["predicates"])),
                bias,
                np.array(settings["calibration"], dtype="float32"),
                np.array(settings["thresholds"], dtype="float32"),
            )
        except (OSError, ValueError, KeyError) as error:
            raise ModelError(f"{path}: no relation model there, or a damaged one ({error}); reinstall it") from error

    def strongest(self, features: Sequence[str], predicate: str, n: int = 8) -> list[tuple[str, float]]:
        """The features that weigh most for or against a predicate, with their log-odds."""
        column = self.column[predicate]
        found = [(f, float(self.weights[self.features[f], column])) for f in features if f in self.features]
        return sorted(found, key=lambda pair: -abs(pair[1]))[:n]


def _shaped(weights: np.ndarray, features: int, predicates: int) -> np.ndarray:
    if weights.shape != (features, predicates):
        raise ValueError(f"weights are {weights.shape}, not {(features, predicates)}")
    return weights
