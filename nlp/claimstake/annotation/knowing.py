"""What the program knows of a mention that somebody has drawn: name from the knowledge base, value by its grammars."""

from __future__ import annotations

from functools import cache, cached_property

from claimstake.grammar.dates import find_dates, resolve
from claimstake.grammar.measures import MeasureMatch, find_measures
from claimstake.interchange.resolver import PlainResolver, Resolved
from claimstake.knowledge.gazetteer import COMMON_NOUNS, Gazetteer, packaged_rows
from claimstake.pipes import canonical
from claimstake.records import Measure
from claimstake.training.inline import MEASURED

CONTEXT = 50  # dates before one that it is resolved against
TECHNOLOGY, COMPANY, DATE = "TECHNOLOGY", "COMPANY", "DATE"

Place = tuple[int, int]


class ProgramResolver(PlainResolver):
    """See `interchange.resolver.Resolver`; without a pipeline, so that a date's tense is not known.

    Args:
        text: of the document.
        published: EDTF, where it is known; else days without a year have none.
    """

    def __init__(self, text: str, published: str | None = None) -> None:
        super().__init__(text)
        self.published = published

    def mention(self, start: int, end: int, label: str) -> Resolved:
        """Name and id of the knowledge base, else the name that the program would give; value of a date or measure."""
        if label == DATE:
            return Resolved(value=self._date(start, end))
        words = self.text[start:end]
        if label in MEASURED:
            return Resolved(value=self._measure(start, end))
        row = next((row for row in _gazetteer().lookup(words) if row.label == label), None)
        if row is not None:
            return Resolved(canonical=row.name, kb_id=row.id)
        return Resolved(canonical=_name(words, label))

    @cached_property
    def _dates(self) -> dict[Place, str | None]:
        """The values of all dates of the text, by bounds."""
        values: list[str | None] = []
        expressions = [e for e in find_dates(self.text) if e.metadata is None]
        for expression in expressions:
            values.append(resolve(expression, published=self.published, context=values[-CONTEXT:]))
        return {(e.start, e.end): value for e, value in zip(expressions, values, strict=True)}

    @cached_property
    def _measures(self) -> list[MeasureMatch]:
        return find_measures(self.text)

    def _date(self, start: int, end: int) -> str | None:
        """The value of the one date in the mention; of words that the text goes on from, what they say alone."""
        inside = [value for (begin, stop), value in self._dates.items() if start <= begin and stop <= end]
        if inside:
            return inside[0] if len(inside) == 1 else None
        alone = find_dates(self.text[start:end])
        before = [value for (_, stop), value in self._dates.items() if stop <= start]
        known = {"published": self.published, "context": before[-CONTEXT:]}
        return resolve(alone[0], **known) if len(alone) == 1 else None

    def _measure(self, start: int, end: int) -> Measure | None:
        """The measure whose number is in the mention: its comparator may stand outside of it."""
        found = [m for m in self._measures if start <= m.core_start and m.core_end <= end and m.unit]
        if len(found) != 1:
            return None
        [match] = found
        return Measure(comparator=match.comparator, value=match.value, unit=match.unit)


@cache
def _gazetteer() -> Gazetteer:
    return Gazetteer(packaged_rows())


def _name(words: str, label: str) -> str | None:
    if label == TECHNOLOGY:
        return canonical.technology(words)
    if label in COMMON_NOUNS:
        return canonical.common_noun(words)
    return canonical.company(words) if label == COMPANY else None
