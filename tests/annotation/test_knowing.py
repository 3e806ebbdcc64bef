"""What the program knows of words that somebody marks."""

from __future__ import annotations

import pytest

from claimstake.annotation.knowing import ProgramResolver
from claimstake.records import Measure

TEXT = "On Friday MOFCOM and Acme Corp. capped Electric Vehicles at up to 30% until June 2026; some remain. 🔬 Beijing."


@pytest.mark.parametrize(
    ("words", "label", "canonical", "value"),
    [
        ("Friday", "DATE", None, "2025-02-28"),
        ("On Friday", "DATE", None, "2025-02-28"),
        ("June", "DATE", None, "2025-06"),
        ("June 2026", "DATE", None, "2026-06"),
        ("remain", "DATE", None, None),
        ("Friday MOFCOM and Acme Corp. capped Electric Vehicles at up to 30% until June 2026", "DATE", None, None),
        ("up to 30%", "THRESHOLD", None, Measure(comparator="<=", value=30, unit="%")),
        ("30%", "THRESHOLD", None, Measure(comparator="<=", value=30, unit="%")),
        ("remain", "QUANTITY", None, None),
        ("MOFCOM", "MINISTRY", "Ministry of Commerce (China)", None),
        ("Beijing", "PERSON", None, None),
        ("Acme Corp.", "COMPANY", "Acme", None),
        ("Electric Vehicles", "PRODUCT", "electric vehicle", None),
    ],
)
def test_mention(words: str, label: str, canonical: str | None, value: object) -> None:
    """Names come from the knowledge base or its forms, values by the grammars; what is not known is nothing."""
    start = TEXT.index(words)
    known = ProgramResolver(TEXT, "2025-03-03").mention(start, start + len(words), label)
    assert (known.canonical, known.value) == (canonical, value)


def test_without_a_date_of_publication() -> None:
    """A weekday means nothing where nobody knows the week."""
    assert ProgramResolver("On Friday.", None).mention(3, 9, "DATE").value is None
