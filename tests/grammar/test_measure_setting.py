"""The setting of a measure: leads of lists, heads of tables, headings, legal enumerations."""

from __future__ import annotations

import time

import pytest

from claimstake.grammar.measure_setting import Setting, setting_of


def setting(text: str, measure: str) -> Setting:
    start = text.index(measure)
    return setting_of(text, start, start + len(measure))


@pytest.mark.parametrize(
    ("text", "measure", "lead"),
    [
        ("Recyclers shall reach:\n(a)\n75 % of lead;\n(b)\n65 % of zinc.", "75 %", "Recyclers shall reach:"),
        ("Recyclers shall reach:\n(a)\n75 % of lead;\n(b)\n65 % of zinc.", "65 %", "Recyclers shall reach:"),
        ("Limits are:\n- lead: 5 g\n\n- zinc: 7 g", "7 g", "Limits are:"),
        ("Minimum content\nCobalt: 26 %\nNickel: 15 %", "26 %", "Minimum content"),
        ("| Year | Duty |\n|---|---|\n| 2026 | 15% |", "15%", "| Year | Duty |"),
        ("The duty is:\n\nThe firm grew.\nIt sold 5 kg of ore in the year to June.", "5 kg", ""),
        ("We sold 5 kg.", "5 kg", ""),
    ],
)
def test_lead(text: str, measure: str, lead: str) -> None:
    """An item belongs to the line with the colon above it, a row to its head row, prose to nothing."""
    assert setting(text, measure).lead.strip() == lead


@pytest.mark.parametrize(
    ("text", "measure", "item", "legal", "heading"),
    [
        ("(b) Cells above 20 Wh are out.", "20 Wh", True, True, False),
        ("b.1.a. A power above 5 W;", "5 W", True, True, False),
        ("• Cells above 20 Wh", "20 Wh", True, False, False),
        ("Where the 5% limit bites\n\nThe limit is new.", "5%", False, False, True),
        ("Miners paid 5% more.", "5%", False, False, False),
    ],
)
def test_layout(text: str, measure: str, item: bool, legal: bool, heading: bool) -> None:
    """List items, legal paragraphs and headings are told from sentences."""
    found = setting(text, measure)
    assert (found.item, found.legal, found.heading) == (item, legal, heading)


def test_time_is_bounded() -> None:
    """In a text of one huge line or very many short ones a setting is found at once."""
    for text in ("x" * 1_000_000 + " 5 kg", "- a;\n" * 200_000 + "- 5 kg"):
        start = time.perf_counter()
        assert setting(text, "5 kg") is not None
        assert time.perf_counter() - start < 1
