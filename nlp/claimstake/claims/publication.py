"""What the day of publication tells of a measure: whether it is in force yet."""

from __future__ import annotations

from typing import Any

from claimstake.claims.times import MEASURES


def placed_in_time(predicate: str, qualifiers: dict[str, Any], published: str) -> None:
    """Where its dates lie before or after publication, a measure is in force or only announced. Changes the qualifiers.

    Args:
        published: date in EDTF.
    """
    times = qualifiers.get("time", ())
    if predicate not in MEASURES or not times:
        return
    ahead = {t["value"] for t in times if _after(t["value"], published)} if predicate != "issues" else set()
    qualifiers["time"] = [
        {**t, "kind": "effective"} if t["kind"] == "event" and t["value"] in ahead else t for t in times
    ]
    starts = [t["value"] for t in qualifiers["time"] if t["kind"] == "effective"]
    status = qualifiers.get("status")
    if starts and status == "in_force" and all(_after(v, published) for v in starts):
        qualifiers["status"] = "announced"
    elif starts and status == "announced" and all(_after(published, v) for v in starts):
        qualifiers["status"] = "in_force"


def _after(value: str, other: str) -> bool:
    """Whether a date lies after another, as far as both say: "2026" after "2025-07", but not "2025" after it."""
    value, other = value.split("/")[0], other.split("/")[0]
    known = min(len(value), len(other))
    return value[:known] > other[:known] and "X" not in value[:known] + other[:known]
