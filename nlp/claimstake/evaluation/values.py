"""Whether two normalised values are the same: dates as EDTF, measures by comparator, numbers and unit."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

DECIMALS = 6
TOLERANCE = 1e-6  # of the gold number, at least absolute

Value = str | Mapping[str, Any] | None


@cache
def unit_spellings() -> dict[str, str]:
    """Spelling in lower case to the unit symbol that it stands for, from unit_spellings.tsv."""
    table = (files("claimstake.evaluation") / "unit_spellings.tsv").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in table.splitlines() if line and not line.startswith("#"))
    return {spelling: symbol for symbol, *spellings in rows for spelling in spellings}


def same_value(gold: Value, predicted: Value) -> bool:
    """Whether a predicted value is the gold one; what has no value is never right."""
    if isinstance(gold, str) or isinstance(predicted, str):
        return gold == predicted
    if not gold or not predicted:
        return False
    return gold["comparator"] == predicted["comparator"] and _same_amount(gold, predicted)


def _same_amount(gold: Mapping[str, Any], predicted: Mapping[str, Any]) -> bool:
    (unit, numbers), (other_unit, others) = _amount(gold), _amount(predicted)
    if unit.lower() != other_unit.lower() or len(numbers) != len(others):
        return False
    return all(abs(a - b) <= TOLERANCE * max(1, abs(a)) for a, b in zip(numbers, others, strict=True))


def _amount(measure: Mapping[str, Any]) -> tuple[str, list[float]]:
    unit, value = str(measure["unit"]).strip(), measure["value"]
    numbers = value if isinstance(value, list | tuple) else [value]
    return unit_spellings().get(unit.lower(), unit), [round(float(n), DECIMALS) for n in numbers]
