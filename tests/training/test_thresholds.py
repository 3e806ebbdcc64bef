"""The model that tells limits from reports, trained on the corpus as it stands: figures, and what it learns from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from spacy.language import Language

from claimstake.linear import LinearModel
from claimstake.pipes.thresholds import AMOUNT, DURATION
from claimstake.training import inline, marked, splits, thresholds
from claimstake.training.thresholds import Text

TESTS = Path(__file__).resolve().parents[1]
CORPUS = TESTS.parent / "corpus"
FLOORS = json.loads((TESTS / "data" / "limit_floors.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def measurer() -> Language:
    return thresholds.measurer()


@pytest.fixture(scope="module")
def texts(measurer: Language) -> dict[str, list[Text]]:
    """The corpus by part, and the marked sentences by split."""
    parts = splits.read(CORPUS / "splits.tsv")
    paths = sorted(CORPUS.glob("articles/**/*.md"))
    read = {part: thresholds.read_texts(measurer, paths, parts, part) for part in splits.PARTS}
    cases = marked.read(TESTS / "data" / "threshold_cases.jsonl")
    own = {s: [thresholds.marked_text(measurer, case) for case in cases if case.split == s] for s in marked.SPLITS}
    return read | own


@pytest.fixture(scope="module")
def model(texts: dict[str, list[Text]]) -> LinearModel:
    return thresholds.train([*texts["train"], *texts["tune"]])


@pytest.mark.parametrize("name", FLOORS)
def test_floors(texts: dict[str, list[Text]], model: LinearModel, name: str) -> None:
    """Labels of amounts, and of durations, in texts that the model has not seen."""
    part, kind = name.split()
    scores = thresholds.scores(texts[part], model)
    assert (scores.amounts_right if kind == "amounts" else scores.durations_right) >= FLOORS[name]


def test_model_is_better_than_the_weighted_sum(texts: dict[str, list[Text]], model: LinearModel) -> None:
    """On the test part of the corpus amounts and durations are labelled rightly more often than without a model."""
    ours, before = thresholds.scores(texts["test"], model), thresholds.scores(texts["test"])
    assert (ours.amounts, ours.durations) == (before.amounts, before.durations)
    assert ours.amounts_right > before.amounts_right + 0.015
    assert ours.durations_right > before.durations_right


def test_logistic_regression_is_the_best_for_amounts(texts: dict[str, list[Text]]) -> None:
    """The kind that is kept beats the forest in cross-validation over texts."""
    forest = RandomForestClassifier(100, min_samples_leaf=2, random_state=0)
    tried = {"ours": LogisticRegression(C=thresholds.STRENGTH, solver="liblinear"), "forest": forest}
    found = thresholds.compared([*texts["train"], *texts["tune"]], tried)
    assert found["ours"] > found["forest"]


def test_saved_model_answers_the_same(texts: dict[str, list[Text]], model: LinearModel, tmp_path: Path) -> None:
    """Half the precision on disk changes next to no label."""
    model.save(tmp_path)
    again, ours = thresholds.scores(texts["test"], LinearModel.load(tmp_path)), thresholds.scores(texts["test"], model)
    assert again.amounts_right == pytest.approx(ours.amounts_right, abs=0.01)


def test_probabilities_are_calibrated(model: LinearModel) -> None:
    """Both outcomes have a slope of their own, fitted on what folds did not see: below 1, for they are too sure."""
    assert model.outcomes == (AMOUNT, DURATION)
    assert all(0.3 < slope < 1.0 for slope in model.calibration[:, 0])


ARTICLE = """id: a
title: T

=== text
Share 10% now
{{The duty on cells rises to [25%|THRESHOLD|= 25 %]. Sales fell by [12%|QUANTITY|= 12 %] after two years of losses.
Comments close [within 60 days|THRESHOLD|<= 60 d] of publication, and 7% more may come.}}
=== claims
"""


def test_samples_of_an_article(measurer: Language) -> None:
    """Marked amounts and all durations of the body are learned from; furniture and unmarked amounts are not."""
    text = thresholds.text_of(measurer, inline.parse(ARTICLE, "a.md"))
    answers = [sample.answers for sample in thresholds.samples([text])]
    assert answers == [{AMOUNT: True}, {AMOUNT: False}, {DURATION: False}, {DURATION: True}]


def test_samples_of_a_marked_sentence(measurer: Language) -> None:
    """What a sentence leaves without a mark is not known; what it marks as no measure counts for durations only."""
    rows = "The levy is [[5%|THRESHOLD]], up from 3% after [[two years|drop]] of talks, and [[9%|drop]] is no measure."
    text = thresholds.marked_text(measurer, marked.parse({"id": "m", "split": "tune", "text": rows}))
    assert [sample.answers for sample in thresholds.samples([text])] == [{AMOUNT: True}, {DURATION: False}]


def test_silver_is_what_the_rules_are_sure_of(measurer: Language) -> None:
    """Texts without labels teach with the labels of the weighted sum, at a lower weight, and not where it doubts."""
    text = thresholds.bare_text(
        measurer,
        "raw",
        "The tariff on cells was raised to 25%, the ministry said. Sales of the firm fell by 12% in May.",
    )
    silver = thresholds.silver_samples([text])
    assert [sample.answers for sample in silver] == [{AMOUNT: True}, {AMOUNT: False}]
    assert {sample.weight for sample in silver} == {thresholds.SILVER}
    assert thresholds.samples([text]) == []


def test_silver_moves_the_model(measurer: Language, texts: dict[str, list[Text]]) -> None:
    """A model that has seen silver knows its words."""
    gold = [text for text in texts["tune"] if thresholds.samples([text])][:60]
    silver = [
        thresholds.bare_text(measurer, f"raw {i}", "Sales of the quixotic firm fell by 12% in May, it said.")
        for i in range(3)
    ]
    assert "before:quixotic" in thresholds.train(gold, silver).features
    assert "before:quixotic" not in thresholds.train(gold).features
