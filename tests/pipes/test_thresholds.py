"""The thresholds component: limits that a rule sets apart from amounts that are reported."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
import spacy
from spacy.language import Language
from spacy.training import Example

import threshold_cases
from claimstake.attributes import MEASURES, add_mention, attrs_of, new_group
from claimstake.grammar.measure_features import (
    feature_table,
    precision,
    regulatory_weight,
    tense_of,
    unit_class,
    word_pattern,
)
from claimstake.grammar.measure_roles import weights
from claimstake.grammar.measures import find_measures
from claimstake.pipes.thresholds import agreed
from claimstake.tokenizer import customise

CASES = threshold_cases.read(Path(__file__).parents[1] / "data" / "threshold_cases.jsonl")


@pytest.fixture(scope="module")
def labeller() -> Language:
    """A blank pipeline with both components."""
    nlp = spacy.blank("en")
    customise(nlp)
    nlp.add_pipe("claimstake_measures")
    nlp.add_pipe("claimstake_thresholds")
    return nlp


def labels_of(nlp: Language, text: str) -> list[tuple[str, str]]:
    doc = nlp(text)
    return [(span.text, span.label_) for span in doc.spans[MEASURES]]


@pytest.mark.parametrize(
    "text",
    [
        "Washington will raise the tariff on battery cells to 25%.",
        "For such powders the “tap density” conditions are now measured at 240 MPa, which plants can reach.",
        "A duty of up to 160% applies to graphite from China.",
        "The ministry set a coulombic efficiency threshold of ≥97% for such cathodes.",
        "Exporters must hold a licence for lots of more than 10 kg.",
        "The label shall cover at least 3 % of the area of the side.",
        "Chips with a transfer rate of 600 GB/s or more require a licence.",
        "Annual exports are not to exceed 1,000 kilograms.",
        "The quota was cut to 20,000 tonnes.",
        "Shipments valued at less than $800 lose their exemption from duties.",
        "Jakarta lifted mining royalties to rates between 14% and 19%.",
        "The price floor is set at $110 per kilogram under the rule.",
        "Entities 50 percent or more owned by one or more listed firms are subject to the same limits.",
        "Companies must file within 30 days of receipt of the order.",
        "A 90-day truce keeps the tariffs on hold.",
        "The rule takes effect 18 months after the date of publication.",
        "The licence is extendable by a further 15 working days.",
        "Offenders face imprisonment of up to 20 years.",
        "Washington takes a 15% cut of chip revenue.",
        "By 2030 recycling should cover at least 25% of annual consumption.",
        "Firms shall keep these records for at least five years.",
    ],
)
def test_limits_are_thresholds(labeller: Language, text: str) -> None:
    """A number that a rule, tariff, specification or deadline sets is a THRESHOLD."""
    assert [label for _, label in labels_of(labeller, text)] == ["THRESHOLD"]


@pytest.mark.parametrize(
    "text",
    [
        "China accounts for 68% of global output.",
        "The plant sold 20,000 tonnes last year.",
        "Sales rose 12% from a year earlier.",
        "Lithium prices fell 80% in two quarters.",
        "The agency invested over $439 million in the project.",
        "The miner owns 100% of the deposit.",
        "Peru holds more than six tons of reserves.",
        "The loan is worth $1.5 billion.",
        "Drilling intersected 2.3% copper.",
        "The cell has an energy density of 200 Wh/kg.",
        "The market is valued at $31.75 billion and grew 20%.",
        "The property covers approximately 90,000 hectares.",
        "Output reached 13,000 tonnes per annum.",
    ],
)
def test_reports_are_quantities(labeller: Language, text: str) -> None:
    """A number that is measured, counted, paid or forecast is a QUANTITY."""
    assert {label for _, label in labels_of(labeller, text)} == {"QUANTITY"}


@pytest.mark.parametrize(
    "text",
    [
        "After four years of research the team moved on.",
        "Over the past two decades demand has grown.",
        "He has worked in mining for 30 years.",
        "The bank announced a 10-year plan.",
        "The 8-hour ozone value was fine.",
    ],
)
def test_told_durations_are_dropped(labeller: Language, text: str) -> None:
    """A duration that only tells a story is no measure."""
    assert labels_of(labeller, text) == []


def test_reported_duration_is_a_quantity(labeller: Language) -> None:
    """A duration given as a figure stays, as a QUANTITY."""
    assert labels_of(labeller, "Funds are matched over a period of five years.") == [("five years", "QUANTITY")]


def test_a_restated_measure_shares_its_label(labeller: Language) -> None:
    """The same limit in other units has the label of the first."""
    found = labels_of(labeller, "Trains shall not exceed 330 km/h (205 mph).")
    assert found == [("not exceed 330 km/h", "THRESHOLD"), ("205 mph", "THRESHOLD")]


def test_linked_measures_agree(labeller: Language) -> None:
    """Old and new limit have one label, though the cue stands beside the first only."""
    found = labels_of(labeller, "The density threshold is now 220 MPa rather than 300 MPa, sellers said.")
    assert [label for _, label in found] == ["THRESHOLD", "THRESHOLD"]


@pytest.mark.parametrize(
    ("text", "roles", "labels"),
    [
        ("220 MPa rather than 300 MPa", [("QUANTITY", 0.45), ("THRESHOLD", 0.9)], ["THRESHOLD"] * 2),
        ("10% versus 25%", [("QUANTITY", 0.05), ("THRESHOLD", 0.6)], ["QUANTITY"] * 2),
        ("330 km/h (205 mph)", [("THRESHOLD", 0.8), ("QUANTITY", 0.3)], ["THRESHOLD"] * 2),
        ("10% and 5 kg", [("THRESHOLD", 0.9), ("QUANTITY", 0.1)], ["THRESHOLD", "QUANTITY"]),
        ("10%. Sales of 5%", [("THRESHOLD", 0.9), ("QUANTITY", 0.1)], ["THRESHOLD", "QUANTITY"]),
    ],
)
def test_agreement(text: str, roles: list[tuple[str | None, float]], labels: list[str]) -> None:
    """Linked measures of one unit get the label of their mean; a restated one that of its first; others their own."""
    assert [label for label, _ in agreed(text, find_measures(text), roles)] == labels


@pytest.mark.parametrize(("split", "floor"), [("tune", 0.89), ("held_out", 0.88)])
def test_marked_sentences(labeller: Language, split: str, floor: float) -> None:
    """Almost nine of ten marked measures get their label, also in the sentences that the weights were not fitted on."""
    counts, wrong = threshold_cases.errors(labeller, [c for c in CASES if c.split == split])
    assert threshold_cases.accuracy(counts) >= floor, "\n".join(wrong)


def test_cases_suffice() -> None:
    """There are enough marked sentences of each split, none twice, and two fifths are held out."""
    assert len({case.text for case in CASES}) == len(CASES) >= 250
    held_out = sum(case.split == "held_out" for case in CASES) / len(CASES)
    assert 0.4 <= held_out < 0.5


def test_every_feature_has_a_weight() -> None:
    """The stored weights are those of the cue groups as they are: after an edit the fit must be run again."""
    assert set(weights()) == {"bias", *feature_table().start}


@pytest.mark.parametrize(
    ("value", "unit", "kind"),
    [
        (25.0, "%", "round"),
        (1000.0, "t", "round"),
        (7.5, "%", "round"),
        (31.2, "t", "odd"),
        (12.0, "kg", "even"),
        (100.0, "%", "whole"),
        (100.0, "kg", "round"),
    ],
)
def test_precision(value: float, unit: str, kind: str) -> None:
    """Round values have one significant digit, or a five behind it."""
    assert precision(replace(find_measures("5 kg")[0], value=value, unit=unit)) == kind


@pytest.mark.parametrize(
    ("left", "tense"),
    [
        ("the firm shipped ", "past"),
        ("the ore was shipped at ", "passive"),
        ("lots may weigh ", "modal"),
        ("prices fell by ", "past"),
        ("the ministry imposed a duty of ", ""),
        ("duties of ", ""),
    ],
)
def test_tense(left: str, tense: str) -> None:
    """The nearest verb in front says whether something is told or ruled."""
    assert tense_of(left) == tense


@pytest.mark.parametrize(
    ("symbol", "kind"),
    [
        ("%", "percent"), ("USD", "money"), ("USD/t", "money rate"), ("t", "mass"), ("t/a", "mass rate"),
        ("kg", "small mass"), ("nm", "small length"), ("km", "length"), ("ha", "area"), ("GWh", "plant size"),
        ("g/t", "grade"), ("mAh/g", "physical"), ("V", "physical"),
    ],
)  # fmt: skip
def test_unit_class(symbol: str, kind: str) -> None:
    """Units fall into classes that rules and reports use differently."""
    assert unit_class(symbol) == kind


def test_attributes_are_kept(labeller: Language) -> None:
    """Relabelling keeps value and parameter and adds the probability."""
    doc = labeller("Import tariffs of up to 60% are planned.")
    attrs = attrs_of(doc, MEASURES, doc.spans[MEASURES][0])
    assert attrs["value"] == {"comparator": "<=", "value": 60.0, "unit": "%"}
    assert attrs["parameter"] == "tariffs"
    assert 0.5 < attrs["threshold"] <= 1.0


def test_without_measures_nothing_happens() -> None:
    """A Doc that has no measures group stays as it is."""
    nlp = spacy.blank("en")
    nlp.add_pipe("claimstake_thresholds")
    assert MEASURES not in nlp("5 kg").spans


def test_regulatory_language_is_recognised() -> None:
    """A legal text weighs more than a news text, and an empty text nothing."""
    law = "The licensee shall comply with paragraph 2 of Article 7 pursuant to this part. " * 5
    news = "The firm said that it would build a plant near the port next year. " * 5
    assert regulatory_weight(law) > 1.5 > 0.5 > regulatory_weight(news)
    assert regulatory_weight("") == 0.0


def test_regulatory_language_tips_a_doubtful_case(labeller: Language) -> None:
    """The same words are a limit in a regulation and a fact in the news."""
    words = "cells with a diameter of 20 mm"
    law = f"This section applies to {words} pursuant to paragraph 2 of Article 7; the licensee shall comply."
    assert [label for _, label in labels_of(labeller, law)] == ["THRESHOLD"]
    assert [label for _, label in labels_of(labeller, f"They sold {words} in May.")] == ["QUANTITY"]


def test_scorer_counts_labels(labeller: Language) -> None:
    """A right span with a wrong label is no hit."""
    reference = labeller.make_doc("Tariffs rise to 25% while sales fell 5%.")
    group = new_group(reference, MEASURES)
    add_mention(group, 3, 5, "THRESHOLD")
    add_mention(group, 8, 10, "THRESHOLD")
    example = Example(labeller(labeller.make_doc(reference.text)), reference)
    assert labeller.get_pipe("claimstake_thresholds").score([example])["threshold_label_f"] == 0.5


def test_word_patterns() -> None:
    """A trailing star stands for any ending, a blank for any white space, and words are whole."""
    pattern = re.compile(word_pattern(["tariff*", "set at"]))
    assert [m.group() for m in pattern.finditer("tariffs set\nat; unset at")] == ["tariffs", "set\nat"]
