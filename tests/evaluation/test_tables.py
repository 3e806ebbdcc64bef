"""Tables and JSON of an evaluation: what stands in them is what was measured, and nothing harms the reader."""

from __future__ import annotations

import io
import json

import pytest

from claimstake.evaluation import gate, tables
from claimstake.evaluation.annotations import read
from claimstake.evaluation.scores import Scores, evaluate
from claimstake.evaluation.tables import Sheet
from claimstake.sinks.table import console
from small_annotations import BAN, MAKES, TEXT, document


@pytest.fixture
def scores() -> Scores:
    """A system that finds one of two claims and takes a company for an organisation."""
    return evaluate(
        {"one": document(BAN, MAKES)}, {"one": document(BAN, text=TEXT.replace("Umicore|COMPANY", "Umicore|PLACE"))}
    )


def printed(sheet: Sheet) -> str:
    stream = io.StringIO()
    console(stream).print(sheet.to_rich())
    return stream.getvalue()


def test_the_summary(scores: Scores) -> None:
    """F1s stand with their precision and recall, other figures alone; a missed floor is pointed out."""
    sheet = tables.headline(scores, scores.intervals(), {"claims F1": 0.9, "produces recall": 0.0})
    rows = {row[0]: row[1:] for row in sheet.rows}
    assert sheet.head == ("measure", "precision", "recall", "value", "95% interval", "floor", "verdict")
    assert rows["claims F1"] == ("1.000", "0.500", "0.667", "0.667 – 0.667", "0.900", "below")
    assert rows["claims precision"] == ("", "", "1.000", "1.000 – 1.000", "", "")
    assert rows["produces recall"] == ("", "", "0.000", "0.000 – 0.000", "0.000", "")


def test_without_intervals_and_floors_their_columns_are_gone(scores: Scores) -> None:
    """A column that says nothing is not shown."""
    assert tables.headline(scores, {}, {}).head == ("measure", "precision", "recall", "value")


def test_every_label_predicate_and_qualifier_has_a_row(scores: Scores) -> None:
    """The tables after the summary hold what was counted, with how often."""
    _, labels, predicates, qualifiers = tables.sheets(scores, {})
    assert ("COMPANY", "0.000", "0.000", "0.000", "0.000", "1", "0") in labels.rows
    assert [row[0] for row in predicates.rows] == ["produces", "restricts_export_of"]
    assert ("status", "1.000", "1") in qualifiers.rows
    assert len(tables.sheets(evaluate({}, {}), {})) == 1


def test_markdown(scores: Scores) -> None:
    """Every row has as many cells as the head; a bar in a cell does not end it."""
    sheets = [*tables.sheets(scores, {}), *tables.details(scores, confused=True, most=9)]
    for sheet in sheets:
        title, empty, *lines = sheet.to_markdown().splitlines()
        assert (title, empty) == (f"**{sheet.title}**", "")
        assert {line.replace("\\|", "").count("|") for line in lines} == {len(sheet.head) + 1}
    assert "produces \\| Umicore \\| lithium" in sheets[-1].to_markdown()


def test_confusion_is_numbered(scores: Scores) -> None:
    """A column bears the number of the row of its name."""
    sheet = tables.details(scores, confused=True)[0]
    company = next(row for row in sheet.rows if row[1] == "COMPANY")
    place = next(row for row in sheet.rows if row[1] == "PLACE")
    assert company[sheet.head.index(place[0])] == "1"
    assert company[0] not in sheet.head  # nothing was taken for a company


def test_a_comparison(scores: Scores) -> None:
    """Either side's figure, the difference with its sign and interval, and the verdict."""
    perfect = evaluate({"one": document(BAN, MAKES)}, {"one": document(BAN, MAKES)})
    sheet = tables.comparison(gate.compare(perfect, scores, ("claims F1",), {"claims recall": 0.8}), "old", "new")
    assert sheet.head[1:3] == ("old", "new")
    assert sheet.rows == [
        ("claims F1", "1.000", "0.667", "−0.333", "−0.333 to −0.333", "", "lost"),
        ("claims recall", "1.000", "0.500", "−0.500", "−0.500 to −0.500", "0.800", "below its floor, lost"),
    ]


def test_json_has_the_report_and_what_was_asked_for(scores: Scores) -> None:
    """The report's keys stay where they are; intervals, comparison, confusion and errors come beside them."""
    assert tables.to_json(scores, {}) == scores.report
    verdicts = gate.compare(scores, scores, ("claims F1",))
    found = json.loads(json.dumps(tables.to_json(scores, scores.intervals(), verdicts, confused=True, most=2)))
    assert {key: found[key] for key in scores.report} == json.loads(json.dumps(scores.report))
    assert found["intervals"]["claims F1"] == {"value": 0.6667, "low": 0.6667, "high": 0.6667}
    assert found["comparison"]["claims F1"]["difference"] == {"value": 0.0, "low": 0.0, "high": 0.0}
    assert found["confusion"]["labels"]["COMPANY"] == {"PLACE": 1}
    assert [error["kind"] for error in found["errors"]] == ["label", "claim missed"]


def test_control_characters_do_not_reach_the_terminal() -> None:
    """A mention of an article cannot drive the reader's terminal, nor break the table's lines."""
    record = {"doc": {"id": "one"}, "entities": [], "claims": []}
    bad = "ore\x1b[2J\nend [bold]"
    entity = {"id": "e1", "label": "MINERAL", "text": bad, "start": 0, "end": len(bad), "canonical": "ore"}
    scores = evaluate({"one": read({**record, "entities": [entity]})}, {"one": read(record)})
    shown = printed(tables.details(scores, most=5)[0])
    assert "\x1b" not in shown
    assert "ore [2J end [bold]" in shown


@pytest.mark.parametrize("width", [70, 80, 120])
def test_a_narrow_terminal(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    """Heads of figures are folded before a row's name or a figure is, and nothing is cut off."""
    monkeypatch.setenv("COLUMNS", str(width))
    head = ("label", "before", "added", "removed", "relabelled", "moved", "renamed", "revalued", "after")
    shown = printed(
        Sheet("", head, [("COMPANY (nominal)", "1,234", *["1"] * 6, "1,240"), ("ORGANIZATION", *["2"] * 8)])
    )
    lines = [[word for word in line.split() if word != "(nominal)"] for line in shown.splitlines()]
    assert ["COMPANY", "1,234", *["1"] * 6, "1,240"] in lines
    assert ["ORGANIZATION", *["2"] * 8] in lines
    assert "(nominal)" in shown
    assert max(map(len, shown.splitlines())) <= width
