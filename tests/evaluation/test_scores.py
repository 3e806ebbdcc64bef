"""The scorer: the same numbers as the evaluation data's own, and the rules that they follow."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from spacy.language import Language

from claimstake import output, pipeline, scoring
from claimstake.errors import ConfigError, CorpusError
from claimstake.evaluation import annotations
from claimstake.evaluation.scores import Report, evaluate
from claimstake.evaluation.values import same_value
from claimstake.training import inline
from small_annotations import BAN, MAKES, TEXT, document, records, source

Records = dict[str, dict[str, Any]]
Scorer = Callable[[Records, Records], tuple[Report, list[str]]]


@pytest.fixture(scope="module")
def reference(shared: Path) -> Scorer:
    """The function of ../shared/eval/score.py that scores."""
    spec = importlib.util.spec_from_file_location("score", shared / "eval" / "score.py")
    assert spec is not None
    assert spec.loader is not None
    module: ModuleType = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.score


@pytest.fixture(scope="module")
def gold(shared: Path) -> Records:
    """The gold of the evaluation articles by id, as JSON."""
    found = [json.loads(path.read_text(encoding="utf-8")) for path in sorted((shared / "dev").glob("*.gold.json"))]
    return {record["doc"]["id"]: record for record in found}


def ours(gold: Records, predicted: Records) -> Report:
    read = [{id_: annotations.read(record) for id_, record in documents.items()} for documents in (gold, predicted)]
    return evaluate(*read).report


@pytest.mark.shared
def test_equal_on_the_evaluation_articles(reference: Scorer, gold: Records, shared: Path, nlp: Language) -> None:
    """What the program finds in the evaluation articles has every number that score.py gives it."""
    articles = scoring.read(shared / "dev").texts()
    docs = pipeline.annotate_many(nlp, articles)
    predicted = {a.id: output.document(doc).to_json() for a, doc in zip(articles, docs, strict=True)}
    theirs, _ = reference(gold, predicted)
    assert ours(gold, predicted) == theirs
    assert 0 < theirs["claims"]["f"] < 1


@pytest.mark.shared
@pytest.mark.parametrize("step", [2, 3, 5])
def test_equal_on_disturbed_gold(reference: Scorer, gold: Records, step: int) -> None:
    """Gold with every so manieth mention relabelled, shortened or gone, and claims turned round, scores the same."""
    predicted = {}
    for id_, record in gold.items():
        changed = json.loads(json.dumps(record))
        for number, entity in enumerate(changed["entities"]):
            if number % step == 0:
                entity["label"] = "PRODUCT"
            elif number % step == 1 and entity["end"] - entity["start"] > 3:
                entity["start"], entity["text"] = entity["start"] + 2, entity["text"][2:]
        changed["entities"] = [e for number, e in enumerate(changed["entities"]) if number % 7]
        for number, claim in enumerate(changed["claims"]):
            if number % step == 0:
                claim["subject"], claim["object"] = claim["object"], claim["subject"]
            elif number % step == 1:
                claim["qualifiers"] = {"status": "lifted", "polarity": "negated", "attribution": "China"}
        predicted[id_] = changed
    theirs, _ = reference(gold, predicted)
    assert ours(gold, predicted) == theirs
    assert 0 < theirs["entities_strict"]["f"] < theirs["entities_relaxed"]["f"] < 1


@pytest.mark.shared
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(both=records())
def test_equal_on_random_documents(reference: Scorer, both: tuple[Records, Records]) -> None:
    """On any small documents, however odd, every number is score.py's."""
    theirs, _ = reference(*both)
    found = ours(*both)
    # Sums of fractions in another order may round to the neighbouring fourth decimal.
    assert found.pop("clusters_b3") == pytest.approx(theirs.pop("clusters_b3"), abs=1.01e-4)
    assert found == theirs


def test_a_worked_example() -> None:
    """One mention of six relabelled, one claim of two missed, one qualifier of two wrong: the figures by hand."""
    gold = document(BAN, MAKES)
    said = BAN.replace("measure=ban", "measure=quota").replace("event:2025-07-15", "event:2025-07")
    found = document(said, text=TEXT.replace("Umicore|COMPANY", "Umicore|ORGANIZATION"))
    report = evaluate({"one": gold}, {"one": found}).report
    assert report["entities_strict"] == {"p": 0.8333, "r": 0.8333, "f": 0.8333, "gold": 6, "pred": 6}
    assert report["core_strict"] == {"p": 1.0, "r": 0.8, "f": 0.8889, "gold": 5, "pred": 4}
    assert report["by_label"]["COMPANY"] == {"strict": 0.0, "relaxed": 0.0, "gold": 1, "pred": 0}
    assert report["date_values"]["f"] == report["measure_values"]["f"] == report["clusters_b3"] == 1.0
    assert report["claims"] == {"p": 1.0, "r": 0.5, "f": 0.6667, "gold": 2, "pred": 1}
    assert report["by_predicate"]["produces"]["r"] == 0.0
    assert report["claims_macro"] == 0.6667
    assert {name: row["accuracy"] for name, row in report["qualifiers"].items()} == {
        "certainty": 1.0,
        "measure": 0.0,
        "polarity": 1.0,
        "status": 1.0,
        "time": 0.0,
    }


def test_gold_against_itself_is_perfect() -> None:
    """Whoever finds just the gold has 1 everywhere."""
    both = {"one": document(BAN, MAKES)}
    report = evaluate(both, both).report
    assert report["entities_strict"]["f"] == report["claims"]["f"] == report["claim_pairs"]["f"] == 1.0
    assert {row["accuracy"] for row in report["qualifiers"].values()} == {1.0}


def test_no_prediction_counts_as_empty() -> None:
    """A gold document that was not predicted lowers recall, one predicted without gold changes nothing."""
    gold = {"one": document(BAN), "two": document(MAKES, id_="two")}
    report = evaluate(gold, {"one": gold["one"], "three": document(id_="three")}).report
    assert report["documents"] == 2
    assert (report["claims"]["p"], report["claims"]["r"]) == (1.0, 0.5)
    assert report["claims_macro"] == 0.5


def test_nominal_mentions_carry_claims_only() -> None:
    """A nominal mention is no entity to be found, but a claim about it is aligned through it."""
    gold = document(BAN)
    record = inline.parse(source(BAN), "small.md").record.to_json()
    record["entities"][0]["mention"] = "nominal"
    report = evaluate({"one": gold}, {"one": annotations.read(record)}).report
    assert report["entities_relaxed"]["pred"] == report["entities_relaxed"]["gold"] - 1
    assert report["claims"]["f"] == 1.0


def test_other_text_is_refused() -> None:
    """Annotations of two different texts are not compared; the message names the document."""
    other = document(text=TEXT.replace("banned", "halted"))
    with pytest.raises(CorpusError, match="^one: the two were annotated on different texts"):
        evaluate({"one": document()}, {"one": other})


def test_records_and_json_are_read_alike() -> None:
    """A record of the program and the JSON that is written of it are the same annotation."""
    record = inline.parse(source(BAN, MAKES), "small.md").record
    assert annotations.read(record) == annotations.read(json.loads(json.dumps(record.to_json())))


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({}, "without doc.id"),
        ({"doc": {}}, "without doc.id"),
        ({"doc": {"id": "x"}, "entities": [{"id": "e1"}]}, r"x: entities\[0\] is incomplete: 'label'"),
        ({"doc": {"id": "x"}, "claims": [{"predicate": "produces"}]}, r"x: claims\[0\] is incomplete: 'subject'"),
    ],
)
def test_what_is_no_record_is_named(record: dict[str, Any], message: str) -> None:
    """What lacks a key raises, and the message says where."""
    with pytest.raises(CorpusError, match=message):
        annotations.read(record)


@pytest.mark.parametrize(
    ("text", "core"),
    [
        ("the Ministry of Commerce", "Ministry of Commerce"),
        ("China's", "China"),
        ("“lithium”", "lithium"),
        ("Umicore Co.", "Umicore Co."),
        ("phase (II)", "phase (II)"),
        ("a", "a"),
        ("the the", "the"),
        ("an “ore’s”, ", "ore"),
        ("THE", "THE"),
    ],
)
def test_the_core_of_a_mention(text: str, core: str) -> None:
    """Leading articles and quotes and trailing quotes and possessives do not count; an abbreviation's stop does."""
    start, end = annotations.Mention("e1", "PRODUCT", text, 10, 10 + len(text), text).core
    assert text[start - 10 : end - 10] == core


AMOUNT = {"comparator": ">=", "value": 5, "unit": "t"}


@pytest.mark.parametrize(
    ("gold", "predicted", "same"),
    [
        ("2025-07", "2025-07", True),
        ("2025-07", "2025", False),
        ("2025", AMOUNT, False),
        (AMOUNT, None, False),
        (AMOUNT, {**AMOUNT, "unit": "Tonnes"}, True),
        (AMOUNT, {**AMOUNT, "unit": "T "}, True),
        (AMOUNT, {**AMOUNT, "unit": "kg"}, False),
        (AMOUNT, {**AMOUNT, "comparator": "="}, False),
        (AMOUNT, {**AMOUNT, "value": [5, 6]}, False),
        (AMOUNT, {**AMOUNT, "value": 5.0000001}, True),
        (AMOUNT, {**AMOUNT, "value": 5.0001}, False),
        ({**AMOUNT, "value": [1, 2]}, {**AMOUNT, "value": (1.0, 2.0)}, True),
        ({**AMOUNT, "unit": "USD"}, {**AMOUNT, "unit": "$"}, True),
    ],
)
def test_values(gold: Any, predicted: Any, same: bool) -> None:
    """Dates agree as EDTF; amounts in comparator, numbers and unit, whatever the unit's spelling."""
    assert same_value(gold, predicted) is same


def test_an_unknown_figure_is_named() -> None:
    """Asking for a figure that there is not says which there are."""
    scores = evaluate({}, {})
    assert scores.value("claims F1") == 0.0
    with pytest.raises(ConfigError, match="no figure 'claim F1'; did you mean .*'claims F1'"):
        scores.value("claim F1")


def test_figures_are_those_of_the_report() -> None:
    """A figure asked for by name is the number in the report, for labels, predicates and qualifiers too."""
    found = document(MAKES, text=TEXT.replace("gallium|MINERAL", "gallium|PRODUCT"))
    scores = evaluate({"one": document(BAN, MAKES)}, {"one": found})
    report = scores.report
    for name, value in {
        "entities strict F1": report["entities_strict"]["f"],
        "claims recall": report["claims"]["r"],
        "MINERAL relaxed F1": report["by_label"]["MINERAL"]["relaxed"],
        "produces precision": report["by_predicate"]["produces"]["p"],
        "polarity accuracy": report["qualifiers"]["polarity"]["accuracy"],
        "claims macro F1": report["claims_macro"],
    }.items():
        assert round(scores.value(name), 4) == value, name
