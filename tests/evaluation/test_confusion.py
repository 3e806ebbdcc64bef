"""Confusion and the listing of differences: nothing is counted twice, nothing is left out."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings

from claimstake.evaluation import annotations, confusion, errors
from claimstake.evaluation.annotations import Annotation
from claimstake.evaluation.confusion import MISSED, REVERSED, SPURIOUS
from claimstake.evaluation.scores import Scores, evaluate
from small_annotations import BAN, MAKES, TEXT, document, records


def scored(gold: Annotation, predicted: Annotation) -> Scores:
    return evaluate({gold.id: gold}, {gold.id: predicted})


def test_labels_taken_for_labels() -> None:
    """A mention under another label is one confusion; what overlaps nothing is missed or spurious."""
    text = TEXT.replace("Umicore|COMPANY", "Umicore|ORGANIZATION").replace("[gallium|MINERAL]", "gallium")
    found = confusion.labels(scored(document(), document(text=text.replace("cells", "[cells|PRODUCT]"))).alignments)
    assert found.to_json() == {
        "COMPANY": {"ORGANIZATION": 1},
        "DATE": {"DATE": 1},
        "MINERAL": {"MINERAL": 1, MISSED: 1},
        "PLACE": {"PLACE": 1},
        "THRESHOLD": {"THRESHOLD": 1},
        SPURIOUS: {"PRODUCT": 1},
    }
    assert found.rows[-1] == SPURIOUS
    assert found.columns[-1] == MISSED


def test_a_nested_mention_is_not_confused_with_its_outer_one() -> None:
    """Same labels are paired first: a mineral inside a technology leaves the technology to be missed."""
    gold = document(text="{{[[lithium|MINERAL] refining|TECHNOLOGY]}}")
    found = confusion.labels(scored(gold, document(text="{{[lithium|MINERAL] refining}}")).alignments)
    assert found.to_json() == {"MINERAL": {"MINERAL": 1}, "TECHNOLOGY": {MISSED: 1}}


@pytest.mark.parametrize(
    ("predicted", "row"),
    [
        ('used_in | lithium | Umicore cell | - | "Umicore makes"', {"used_in": 1}),
        ('produces | Umicore cell | lithium | - | "Umicore makes"', {REVERSED: 1}),
        ("", {MISSED: 1}),
    ],
)
def test_predicates_of_the_same_pair(predicted: str, row: dict[str, int]) -> None:
    """A claim about the same two clusters counts as what was found for it, also the other way round."""
    text = TEXT.replace("[Umicore|COMPANY]", "[Umicore|PRODUCT|~Umicore cell]")
    gold = annotations.read(
        {
            "doc": {"id": "one"},
            "entities": [vars(m) for m in document(text=text).mentions],
            "claims": [
                {"id": "c1", "predicate": "produces", "subject": "lithium", "object": "Umicore cell", "qualifiers": {}}
            ],
        }
    )
    other = annotations.read(
        {
            "doc": {"id": "one"},
            "entities": [vars(m) for m in document(text=text).mentions],
            "claims": [_claim(predicted)] if predicted else [],
        }
    )
    assert confusion.predicates(scored(gold, other).alignments).to_json() == {"produces": row}


def _claim(line: str) -> dict[str, Any]:
    predicate, subject, object_ = line.split(" | ")[:3]
    return {"id": "c1", "predicate": predicate, "subject": subject, "object": object_, "qualifiers": {}}


@settings(max_examples=80, deadline=None)
@given(both=records())
def test_rows_and_columns_add_up(both: tuple[dict[str, Any], dict[str, Any]]) -> None:
    """Each gold mention and claim is in one cell of its row, each predicted one in one cell of its column."""
    read = [{id_: annotations.read(record) for id_, record in documents.items()} for documents in both]
    scores = evaluate(*read)
    for found, gold, predicted in (
        (confusion.labels(scores.alignments), "mention gold", "mention predicted"),
        (confusion.predicates(scores.alignments), "claim gold", "claim predicted"),
    ):
        rows: Counter[str] = Counter()
        columns: Counter[str] = Counter()
        for (row, column), number in found.cells.items():
            rows[row] += number
            columns[row if column == REVERSED else column] += number
        for total, cell, outside in ((rows, gold, SPURIOUS), (columns, predicted, MISSED)):
            counted = {name: n for (kind, name), n in scores.sums.items() if kind == cell and n}
            assert {name: n for name, n in total.items() if name != outside} == counted


@settings(max_examples=80, deadline=None)
@given(both=records())
def test_every_difference_is_listed(both: tuple[dict[str, Any], dict[str, Any]]) -> None:
    """As many differences of each kind as the counts lack."""
    read = [{id_: annotations.read(record) for id_, record in documents.items()} for documents in both]
    scores = evaluate(*read)
    kinds = Counter(
        d.kind.split(" ")[0] if d.kind.startswith("qual") else d.kind for d in errors.differences(scores.alignments)
    )
    relaxed, strict, claims = (scores.report[k] for k in ("entities_relaxed", "entities_strict", "claims"))
    sums = Counter[str]()
    for (kind, _), number in scores.sums.items():
        sums[kind] += number
    assert kinds["missed"] + kinds["label"] == relaxed["gold"] - sums["relaxed"]
    assert kinds["spurious"] + kinds["label"] == relaxed["pred"] - sums["relaxed"]
    assert kinds["claim missed"] == claims["gold"] - sums["claim right"]
    assert kinds["claim spurious"] == claims["pred"] - sums["claim right"]
    assert kinds["qualifier"] == sums["qualifier"] - sums["qualifier right"]
    assert strict["gold"] == relaxed["gold"]


def test_differences_say_what_is_wrong() -> None:
    """Each names the document, the kind, the words, and what either side says; mentions come in text order."""
    text = TEXT.replace("[gallium|MINERAL]", "gallium").replace("|2025-07-15", "|2025-07")
    text = text.replace("Umicore|COMPANY", "Umicore|ORGANIZATION").replace("from [lithium", "[from lithium")
    predicted = BAN.replace("| gallium |", "| lithium |").replace("China banned", "China")
    found = list(errors.differences(scored(document(BAN, MAKES), document(text=text)).alignments))
    assert [str(d) for d in found] == [
        "one\tmissed\tgallium\tgold MINERAL",
        "one\tvalue\tJuly 15\tgold 2025-07-15, got 2025-07",
        "one\tlabel\tUmicore\tgold COMPANY, got ORGANIZATION",
        "one\tspan\tlithium\tgold MINERAL, got 'from lithium'",
        "one\tclaim missed\trestricts_export_of | China | gallium\tgold restricts_export_of",
        "one\tclaim missed\tproduces | Umicore | lithium\tgold produces",
    ]
    assert [d.start for d in found[:4]] == [24, 35, 44, 84]
    wrong = BAN.replace("status=in_force", "status=lifted")
    (one,) = errors.differences(scored(document(BAN), document(wrong)).alignments)
    assert str(one) == "one\tqualifier status\trestricts_export_of | China | gallium\tgold in_force, got lifted"
    (other,) = errors.differences(scored(document(), document(predicted)).alignments)
    assert (other.kind, other.what) == ("claim spurious", "restricts_export_of | China | lithium")
