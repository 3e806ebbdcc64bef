"""Measures before and after the day of publication."""

from __future__ import annotations

from typing import Any

import pytest

from claimstake.claims.publication import placed_in_time


@pytest.mark.parametrize(
    ("predicate", "kind", "value", "status", "expected"),
    [
        ("restricts_export_of", "effective", "2025-09-01", "in_force", ("effective", "announced")),
        ("restricts_export_of", "effective", "2025-01-01", "announced", ("effective", "in_force")),
        ("has_threshold", "event", "2026", "in_force", ("effective", "announced")),
        ("has_threshold", "effective", "2025", "in_force", ("effective", "in_force")),  # this year: before or after?
        ("issues", "event", "2025-09-01", "in_force", ("event", "in_force")),
        ("imposes_tariff_on", "effective", "XXXX-09-01", "in_force", ("effective", "in_force")),
        ("produces", "event", "2026", None, ("event", None)),
    ],
)
def test_placed_in_time(predicate: str, kind: str, value: str, status: str | None, expected: tuple[str, str]) -> None:
    qualifiers: dict[str, Any] = {"time": [{"kind": kind, "value": value}], "status": status}
    placed_in_time(predicate, qualifiers, "2025-07-15")
    assert (qualifiers["time"][0]["kind"], qualifiers["status"]) == expected
