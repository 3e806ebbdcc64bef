"""The thresholds component with a model: what the model decides, what the rules keep, and the features it sees."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import spacy
from spacy.language import Language

from claimstake.attributes import MEASURES, attrs_of
from claimstake.grammar.measure_description import described
from claimstake.linear import LinearModel
from claimstake.pipes.thresholds import AMOUNT, DURATION, ThresholdLabeller, located
from claimstake.tokenizer import customise


def model(amount: float = -4.0, duration: float = -4.0, **weights: float) -> LinearModel:
    """Nothing is a limit but for what a feature says; "__" stands for ":" in the features' names, "_" for a blank."""
    names = [name.replace("__", ":").replace("_", " ") for name in weights]
    return LinearModel(
        (AMOUNT, DURATION),
        {name: i for i, name in enumerate(names)},
        np.array([[weight, weight] for weight in weights.values()]).reshape(len(names), 2),
        np.array([amount, duration]),
        np.array([[1.0, 0.0], [1.0, 0.0]]),
        np.array([0.5, 0.5]),
    )


@pytest.fixture(scope="module")
def measurer() -> Language:
    nlp = spacy.blank("en")
    customise(nlp)
    nlp.add_pipe("claimstake_measures")
    return nlp


def labels(nlp: Language, judge: LinearModel | None, text: str) -> list[tuple[str, str]]:
    doc = ThresholdLabeller(spans_key=MEASURES, model=judge)(nlp(text))
    return [(span.text, span.label_) for span in doc.spans[MEASURES]]


def features(nlp: Language, text: str) -> list[list[str]]:
    (rows,) = described(located(nlp(text)))
    return rows


def test_model_decides_amounts(measurer: Language) -> None:
    """The model's probability decides, whatever the weighted sum says."""
    text = "The tariff was raised to 25%. Sales fell 12% in May."
    assert labels(measurer, model(amount=9.0), text) == [("25%", "THRESHOLD"), ("12%", "THRESHOLD")]
    assert labels(measurer, model(), text) == [("25%", "QUANTITY"), ("12%", "QUANTITY")]
    assert labels(measurer, model(before__sales=8.0), text) == [("25%", "QUANTITY"), ("12%", "THRESHOLD")]


def test_model_decides_durations(measurer: Language) -> None:
    """A duration that the model calls a limit is one; another is kept only where the rules call it a figure."""
    told, figure = "After two years of research they left.", "The mine has a life of 12 years."
    assert labels(measurer, model(), told) == []
    assert labels(measurer, model(duration=4.0), told) == [("two years", "THRESHOLD")]
    assert labels(measurer, model(), figure) == [("12 years", "QUANTITY")]


def test_outcomes_are_apart(measurer: Language) -> None:
    """What is said of amounts is not said of durations."""
    text = "The levy is 5%, for two years."
    assert labels(measurer, model(amount=4.0), text) == [("5%", "THRESHOLD")]


def test_probability_is_an_attribute(measurer: Language) -> None:
    """The calibrated probability goes along with the span, the value stays."""
    doc = ThresholdLabeller(spans_key=MEASURES, model=model(amount=1.0))(measurer("A duty of 25% is due."))
    attrs = attrs_of(doc, MEASURES, doc.spans[MEASURES][0])
    assert attrs["threshold"] == pytest.approx(1 / (1 + np.exp(-1)), abs=0.001)
    assert attrs["value"]["value"] == 25.0


def test_linked_measures_agree_still(measurer: Language) -> None:
    """One limit in two units has one label, though the model doubts the second."""
    judge = model(amount=2.0, symbol__mph=-2.5)
    assert labels(measurer, judge, "Trains shall not exceed 330 km/h (205 mph).")[1][1] == "THRESHOLD"


def test_component_saves_its_model(measurer: Language, tmp_path: Path) -> None:
    """A folder holds the model; a component without one writes none and reads none."""
    text = "Sales fell 12% in May."
    ThresholdLabeller(spans_key=MEASURES, model=model(before__sales=8.0)).to_disk(tmp_path / "with")
    again = ThresholdLabeller(spans_key=MEASURES).from_disk(tmp_path / "with")
    assert labels(measurer, again.model, text) == [("12%", "THRESHOLD")]
    ThresholdLabeller(spans_key=MEASURES).to_disk(tmp_path / "without")
    assert not (tmp_path / "without").exists()
    assert ThresholdLabeller(spans_key=MEASURES).from_disk(tmp_path / "without").model is None


@pytest.mark.parametrize(
    ("text", "feature"),
    [
        ("The tariff on cells was raised to 25%.", "left 1:to"),
        ("The tariff on cells was raised to 25%.", "left:raised to"),
        ("The tariff on cells was raised to 25%.", "before:tariff"),
        ("A 25% duty on cells applies.", "right:duty on"),
        ("A 25% duty on cells applies.", "after:cells"),
        ("A 25% duty on cells applies.", "symbol:%"),
        ("A 25% duty on cells applies.", "own:00"),
        ("A 25% duty on cells applies.", "amount"),
        ("A 25% duty on cells applies.", "score>=0"),
        ("A 25% duty on cells applies.", "previous:none"),
        ("The 25% duty replaces one of 10%.", "following:same unit"),
        ("Comments are due within 60 days of publication.", "rule:THRESHOLD"),
    ],
)
def test_features(measurer: Language, text: str, feature: str) -> None:
    """The words around the first measure, its unit, the weighted sum and its neighbours are features."""
    assert feature in features(measurer, text)[0]


def test_words_of_other_sentences_do_not_count(measurer: Language) -> None:
    """Only the measure's own sentence gives words."""
    first, second = features(measurer, "The ministry set a quota of 5 tonnes. Sales fell by 12% in May.")
    assert "before:quota" in first
    assert "before:quota" not in second


def test_without_measures_there_is_nothing_to_describe(measurer: Language) -> None:
    """A text without measures has no rows, and the component passes it through."""
    assert [row for rows in described(located(measurer("No figure here."))) for row in rows] == []
    assert labels(measurer, model(), "No figure here.") == []
