"""The year of writing, where a text has no publication date but leaves no doubt."""

from __future__ import annotations

from collections.abc import Iterable

from claimstake.grammar.date_calendar import year_value
from claimstake.grammar.date_expression import DateExpression, Tense
from claimstake.grammar.date_lexicon import words


def implied_anchor(found: Iterable[tuple[DateExpression, Tense | None]]) -> str | None:
    """The year of writing that a text without a publication date makes certain by itself, or None.

    Certain means: the latest year the text names other than ahead ("by 2030", "will ... in 2026") is named twice, or
    is the only one; and where there are full dates, they agree on it.
    """
    years: list[int] = []
    full: set[int] = set()
    for expression, tense in found:
        is_ahead = tense == "future" or expression.lead in words("directions", "deadline")
        for end in (expression.first, expression.last) if expression.kind == "range" else (expression,):
            if end is None or end.year is None or end.kind == "decade":
                continue
            if end.kind in ("day", "month"):
                full.add(end.year)
            if not is_ahead:
                years.append(end.year)
    if not years:
        return None
    latest = max(years)
    is_certain = years.count(latest) > 1 or set(years) == {latest}
    return year_value(latest) if is_certain and (not full or full == {latest}) else None
