"""Values and qualifiers as a reader sees them, the same in the table, the page and brat notes."""

from __future__ import annotations

from claimstake.records import Measure, Qualifiers

SIGNS = {"=": "", "<=": "≤ ", ">=": "≥ ", "<": "< ", ">": "> ", "~": "≈ ", "..": ""}
PLAIN = {("polarity", "affirmed"), ("certainty", "asserted")}  # what goes without saying


def number(value: float) -> str:
    """A number without needless digits: 60, 0.1, 1,200,000."""
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:,.10g}" if abs(value) >= 1e-4 else f"{value:.6g}"


def value_text(value: str | Measure | None) -> str:
    """A date as it is, a measure as "≤ 60 %"; empty where there is no value."""
    if value is None or isinstance(value, str):
        return value or ""
    amount = value.value
    shown = "–".join(number(n) for n in amount) if isinstance(amount, tuple) else number(amount)
    return f"{SIGNS[value.comparator]}{shown} {value.unit}".strip()


def qualifier_items(qualifiers: Qualifiers, *, plain: bool = False) -> list[tuple[str, str]]:
    """Name and text of each qualifier; times go under their kind ("effective").

    Args:
        plain: also those that go without saying (affirmed, asserted).
    """
    items: list[tuple[str, str]] = []
    for name, value in qualifiers.model_dump(exclude_none=True).items():
        if name == "time":
            items += [(time["kind"], time["value"]) for time in value]
        elif plain or (name, value) not in PLAIN:
            items.append((name, str(value).replace("_", " ") if name == "status" else str(value)))
    return items
