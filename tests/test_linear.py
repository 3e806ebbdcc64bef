"""Linear models: scores, saving without pickles, damage, and what fits them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from claimstake.errors import ModelError
from claimstake.linear import SETTINGS, WEIGHTS, LinearModel
from claimstake.training import linear
from claimstake.training.linear import Sample

SAMPLES = [Sample(f"a{i}", ["wet" if i % 3 else "dry", f"day:{i % 2}"], {"rain": bool(i % 3)}) for i in range(60)]


def test_what_separates_is_learned() -> None:
    """A feature that decides gets a high probability, its opposite a low one; unknown features change nothing."""
    model = linear.fit(SAMPLES, ["rain"], strength=10.0)
    assert model.scores(["wet"])[0] > 0.9 > 0.5 > model.scores(["dry", "never seen"])[0]
    assert model.scores(["dry"]) == pytest.approx(model.scores(["dry", "never seen"]))


def test_exclusive_outcomes_sum_to_one() -> None:
    """Of exclusive outcomes exactly one holds."""
    samples = [Sample(f"a{i}", [f"c:{i % 3}"], {n: n == "xyz"[i % 3] for n in "xyz"}) for i in range(90)]
    model = linear.fit(samples, ["x", "y", "z"], strength=5.0, exclusive=True)
    for i, name in enumerate("xyz"):
        assert model.scores([f"c:{i}"]).sum() == pytest.approx(1.0)
        assert model.best([f"c:{i}"])[0] == name


def test_saved_and_read(tmp_path: Path) -> None:
    """A model comes back from disk with the same scores, to what half precision keeps."""
    model = linear.fit(SAMPLES, ["rain"], strength=1.0)
    model.save(tmp_path)
    again = LinearModel.load(tmp_path)
    for features in (["wet"], ["dry", "day:1"], []):
        assert again.scores(features) == pytest.approx(model.scores(features), abs=1e-3)


@pytest.mark.parametrize("name", [WEIGHTS, SETTINGS])
def test_damage_is_named(tmp_path: Path, name: str) -> None:
    """A missing or damaged file is an error that names the folder and the mend."""
    linear.fit(SAMPLES, ["rain"]).save(tmp_path)
    (tmp_path / name).write_bytes(b"\x00not a model")
    with pytest.raises(ModelError, match="damaged one.*reinstall"):
        LinearModel.load(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(ModelError, match="reinstall"):
        LinearModel.load(tmp_path)


def test_pickles_are_refused(tmp_path: Path) -> None:
    """Weights with an object array in them are not unpickled."""
    linear.fit(SAMPLES, ["rain"]).save(tmp_path)
    np.savez(tmp_path / WEIGHTS, weights=np.array([{"a": 1}], dtype=object), bias=np.zeros(1))
    with pytest.raises(ModelError):
        LinearModel.load(tmp_path)


def test_out_of_fold_never_sees_its_own_group() -> None:
    """A feature that only one fold has tells nothing about that fold."""
    samples = [Sample(f"g{i % 4}", ["all", f"only:{i % 4}"], {"yes": i % 4 == 0}) for i in range(80)]
    found = linear.out_of_fold(samples, ["yes"], {f"g{i}": i for i in range(4)}, rarest=1)
    assert found[0, 0] < 0.5


def test_platt_mends_what_is_too_sure() -> None:
    """Probabilities that are too extreme are drawn to the share that is right."""
    answers = np.array([True] * 70 + [False] * 30)
    sure = np.full(100, 0.99)
    sure[::2] = 0.98
    slope, shift = linear.platt(sure, answers)
    logits = slope * np.log(sure / (1 - sure)) + shift
    mended = 1 / (1 + np.exp(-logits))
    error = linear.expected_calibration_error
    assert error(mended, answers) < 0.05 < error(sure, answers)


def test_estimators_are_compared_on_the_same_folds() -> None:
    """Each estimator has precision, recall and F1 over all outcomes."""
    table = linear.compare(SAMPLES, ["rain"], {s.group: int(s.group[1:]) % 3 for s in SAMPLES})
    assert len(table) >= 3
    assert all(0.9 < row["F1"] <= 1 for row in table.values())
