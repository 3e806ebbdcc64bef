"""Linear models that move towards a user's samples from where they are."""

from __future__ import annotations

import numpy as np

from claimstake.linear import LinearModel
from claimstake.training import linear
from claimstake.training.adapt import adapted
from claimstake.training.linear import Sample


def model() -> LinearModel:
    """Believes "capital" and not "small"; of "far" it knows something that no sample is about."""
    weights = np.array([[3.0, 0.5], [-3.0, 0.5], [1.0, -1.0]], dtype="float32")
    features = {"capital": 0, "small": 1, "far": 2}
    calibration = np.array([[1.2, 0.1], [1.0, 0.0]], dtype="float32")
    bias, thresholds = np.array([-0.5, 0.2], dtype="float32"), np.array([0.7, 0.5], dtype="float32")
    return LinearModel(("mention", "exact"), features, weights, bias, calibration, thresholds)


def samples(number: int, holds: bool = True) -> list[Sample]:
    return [Sample(f"d{n}", ["small", "verb:buys"], {"mention": holds}) for n in range(number)]


def test_samples_that_contradict_move_it() -> None:
    """The more there are, the further; the old model is as it was."""
    before = model()
    asked = ["small", "verb:buys"]
    scores = [float(adapted(before, samples(n)).scores(asked)[0]) for n in (1, 5, 50)]
    assert before.scores(asked)[0] < 0.1
    assert before.scores(asked)[0] < scores[0] < scores[1] < scores[2]
    assert scores[2] > 0.5
    assert before.weights[1, 0] == -3.0


def test_what_they_do_not_show_stays() -> None:
    """Weights of other features and outcomes, calibration and thresholds."""
    before, after = model(), adapted(model(), samples(20))
    assert np.array_equal(after.weights[:3, 1], before.weights[:, 1])
    assert np.array_equal(after.weights[[0, 2], 0], before.weights[[0, 2], 0])
    assert after.bias[1] == before.bias[1]
    assert np.array_equal(after.calibration, before.calibration)
    assert np.array_equal(after.thresholds, before.thresholds)
    assert after.scores(["far"])[1] == before.scores(["far"])[1]


def test_samples_that_agree_hardly_move_it() -> None:
    """What the model knew already teaches little."""
    before = model()
    sure = [Sample(f"d{n}", ["capital"], {"mention": True}) for n in range(10)]
    assert abs(float(adapted(before, sure).weights[0, 0]) - 3.0) < 0.1


def test_new_features_need_two_documents() -> None:
    """A word of one document is no evidence; without samples nothing changes."""
    assert "verb:buys" not in adapted(model(), samples(1)).features
    assert "verb:buys" in adapted(model(), samples(2)).features
    same = adapted(model(), [])
    assert np.array_equal(same.weights, model().weights)
    assert same.features == model().features


def test_what_is_kept_holds_it_back() -> None:
    """Samples that are to come out as they do move nothing by themselves, and less is moved beside them."""
    before = model()
    alone = adapted(before, [], kept=samples(30))
    assert np.allclose(alone.weights[:3], before.weights, atol=1e-4)
    free, held = adapted(before, samples(10)), adapted(before, samples(10), kept=samples(30, holds=False))
    asked = ["small", "verb:buys"]
    assert before.scores(asked)[0] < held.scores(asked)[0] < free.scores(asked)[0]
    apart = adapted(before, samples(10), kept=[Sample("k", ["far"], {"mention": False})] * 30)
    was, moved, kept = (float(m.scores(["far"])[0]) for m in (before, free, apart))
    assert abs(kept - was) < abs(moved - was) / 2


def test_it_finds_the_penalised_optimum() -> None:
    """From a model of zeros it is the usual fit of a logistic regression."""
    chance = np.random.default_rng(3)
    data = [
        Sample(str(n), [f for f in "abc" if chance.random() < 0.5] or ["a"], {"mention": bool(chance.random() < 0.4)})
        for n in range(200)
    ]
    zeros = LinearModel(
        ("mention",), {f: i for i, f in enumerate("abc")}, np.zeros((3, 1), "float32"), np.zeros(1, "float32"),
        np.array([[1.0, 0.0]]), np.array([0.5]),
    )  # fmt: skip
    ours, usual = adapted(zeros, data, strength=0.1), linear.fit(data, ["mention"], strength=0.1)
    for asked in (["a"], ["b", "c"], ["a", "b", "c"]):
        assert abs(float(ours.scores(asked)[0]) - float(usual.scores(asked)[0])) < 0.02
