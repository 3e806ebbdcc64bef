"""Values, qualifiers and tables as people read them."""

from __future__ import annotations

import io
from typing import Any

import pytest

from claimstake.output import document
from claimstake.records import Measure, Qualifiers
from claimstake.sinks.table import ClaimTable, printable
from claimstake.sinks.wording import qualifier_items, value_text
from docs import ban, make_doc


@pytest.mark.parametrize(
    ("comparator", "value", "unit", "expected"),
    [
        ("<=", 60, "%", "≤ 60 %"),
        ("=", 1200000000, "USD", "1,200,000,000 USD"),
        ("~", 0.1, "V", "≈ 0.1 V"),
        ("..", (3.5, 4), "mAh/g", "3.5–4 mAh/g"),
        (">", 0.0000025, "m", "> 2.5e-06 m"),
        ("=", 3, "", "3"),
    ],
)
def test_measures_are_written_short(comparator: Any, value: Any, unit: str, expected: str) -> None:
    """A sign, a number without needless digits, and the unit."""
    assert value_text(Measure(comparator=comparator, value=value, unit=unit)) == expected


def test_qualifiers_that_go_without_saying_are_not_said() -> None:
    """Affirmed and asserted are left out unless asked for; times stand under their kind."""
    time = [{"kind": "effective", "value": "2024-12"}, {"kind": "expires", "value": "2025"}]
    found = Qualifiers(status="in_force", polarity="affirmed", certainty="hedged", time=time)
    said = [("status", "in force"), ("certainty", "hedged"), ("effective", "2024-12"), ("expires", "2025")]
    assert qualifier_items(found) == said
    assert ("polarity", "affirmed") in qualifier_items(found, plain=True)


def test_a_table_shows_the_claims() -> None:
    """One row a claim, with the canonical names; a document without claims says so."""
    stream = io.StringIO()
    with ClaimTable(stream) as sink:
        sink.write(document(ban()))
        sink.write(document(make_doc("Nothing here.", id="d2")))
    lines = [line.split() for line in stream.getvalue().splitlines()]
    assert ["China", "restricts_export_of", "gallium", "in", "force,", "measure", "ban", "0.80"] in lines
    assert "no claims found" in stream.getvalue()
    assert "\x1b" not in stream.getvalue()


def test_a_text_cannot_drive_the_terminal() -> None:
    """Control characters of a document, escape sequences among them, are blanked before they are printed."""
    assert printable("red \x1b[31mline\nend\x07 [bold]") == "red  [31mline end  [bold]"
    stream = io.StringIO()
    ClaimTable(stream).write(document(make_doc("x", title="\x1b]0;evil\x07[red]")))
    assert "\x1b" not in stream.getvalue()
    assert "[red]" in stream.getvalue()
