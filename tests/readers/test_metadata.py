"""Dates and titles that plain text states."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claimstake.readers.metadata import is_future, parse_date, published_in, title_in


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("2025-07-16", "2025-07-16"),
        ("2025-07-16T08:00:00Z", "2025-07-16"),
        ("2025-07-16 23:30:00+02:00", "2025-07-16"),
        ("2025/7/6", "2025-07-06"),
        ("20250716", "2025-07-16"),
        ("2025-07", "2025-07"),
        ("2025", "2025"),
        ("2025-07-XX", "2025-07-XX"),
        ("July 16, 2025", "2025-07-16"),
        ("Jul. 16 2025", "2025-07-16"),
        ("Sept 3rd, 2024", "2024-09-03"),
        ("16 July 2025", "2025-07-16"),
        ("16-Jul-2025", "2025-07-16"),
        ("Wed, 16 Jul 2025 08:00:00 GMT", "2025-07-16"),
        ("May 2024", "2024-05"),
        ("2023年7月3日", "2023-07-03"),
        ("16/07/2025", "2025-07-16"),
        ("07/16/2025", "2025-07-16"),
        ("Mon, 01/06/2025", "2025-01-06"),
        ("Sun, 01/06/2025", "2025-06-01"),
        (1752624000, "2025-07-16"),
        (1752624000000, "2025-07-16"),
        (date(2025, 7, 16), "2025-07-16"),
        (datetime(2025, 7, 16, 8, tzinfo=UTC), "2025-07-16"),
    ],
)
def test_dates_become_edtf(raw: object, expected: str) -> None:
    """Every common way to write a date, at the precision that it states."""
    assert parse_date(raw) == expected


@pytest.mark.parametrize(
    "raw",
    ["", "soon", "01/06/2025", "2025-13-01", "2025-02-30", "31/31/2025", "Fri, 01/06/2025", None, True, -5, 1e300],
)
def test_what_is_no_certain_date(raw: object) -> None:
    """Ambiguous and impossible dates give nothing."""
    assert parse_date(raw) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" date 2025-07-16 Authored by Ann Lee via The Daily,\n\nChina has finalised its rules.", "2025-07-16"),
        (
            "Chips\n\n**Published:** February 05, 2026 18:57 UTC\n**Original Published:** May 06, 2024 00:00 UTC",
            "2024-05-06",
        ),
        ("Chips\nUpdated: June 2, 2024\nPublished: June 1, 2024\n", "2024-06-01"),
        ("Chips and tools\n\nBy\nAnn Lee\nJanuary 3, 2025, 4:15 AM ET\nText follows.", "2025-01-03"),
        ("Ann Lee By Ann Lee | Journalist - Mon, 01/06/2025 - 10:31\n\nText.", "2025-01-06"),
        ("# Deal\n\nDETROIT, MICHIGAN - October 17, 2025 (WIRE) - The chief executive said so.", "2025-10-17"),
        ("BRUSSELS, Nov. 13, 2023 /Newswire/ -- The EU agreed on a list.", "2023-11-13"),
        ("Prices rose.\n\nSource: Trade Journal (July 2025)\nLeave a Reply", "2025-07"),
        ("China banned exports on December 3, 2024, the ministry said.", None),
        ("On July 15, 2025, China updated its catalogue.\n\nIt took effect the same day.", None),
        ("The rule of January 3, 2025 - the second - covers gallium.", None),
        ("Tariffs\nA list dated 2024-05-06 is attached.", None),
        ("", None),
    ],
)
def test_published_comes_only_from_lines_about_it(text: str, expected: str | None) -> None:
    """Labels, stamps, bylines and datelines count; dates in prose never do."""
    assert published_in(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# Gallium curbs widen #\n\nText.", "Gallium curbs widen"),
        ("China widens its gallium curbs\n\nThe ministry said so.", "China widens its gallium curbs"),
        ("• Home\n  • News\n\nChina widens its gallium curbs\n\nBy\nAnn", "China widens its gallium curbs"),
        ("China widens its gallium curbs\nThe ministry said so on Monday.", None),
        ("\nThe ministry said on Monday that it widens its curbs.\n\nMore text.", None),
        (" date 2025-07-16 Authored by Ann Lee via The Daily,\n\nChina has finalised its rules.", None),
        ("Home > Mining > Gallium > Article\n\nThe ministry said so.", None),
        ("Highlights\n- One.\n- Two.", None),
        ("", None),
    ],
)
def test_title_only_where_a_line_stands_alone(text: str, expected: str | None) -> None:
    """A heading of Markdown, or one line between blank ones above the prose."""
    assert title_in(text) == expected


@pytest.mark.parametrize(
    ("edtf", "expected"),
    [
        ("2025-07-15", False),
        ("2025-07-16", False),
        ("2025-07-17", True),
        ("2025-08", True),
        ("2025", False),
        ("2026", True),
    ],
)
def test_future_begins_after_tomorrow(edtf: str, expected: bool) -> None:
    """A day of tolerance for time zones; a year or month counts from its first day."""
    assert is_future(edtf, datetime(2025, 7, 15, 12, tzinfo=UTC)) is expected


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300) | st.text(alphabet="0123456789-/., JulyMon:byDate*", max_size=300))
def test_any_text_is_survived(text: str) -> None:
    """No text raises, and what is found is EDTF."""
    found = published_in(text) or parse_date(text)
    assert found is None or found[:4].isdigit()
    assert title_in(text) is None or title_in(text) in text
