"""Which country a name of several bodies means: "Ministry of Commerce" after "China's" is the Chinese one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from claimstake.knowledge.gazetteer import Row
from claimstake.knowledge.tables import demonyms
from claimstake.mirror import Mirror

WINDOW = 40  # tokens looked back for a country


class CountryContext:
    """Countries named in a document, by token.

    Args:
        doc: the document.
        places: token index of a place's last token -> its row.
        rows: the gazetteer's rows by id.
    """

    def __init__(self, doc: Mirror, places: Mapping[int, Row], rows: Mapping[str, Row]) -> None:
        self.doc = doc
        self.rows = rows
        self.at: dict[int, str] = {i: country_of(row) for i, row in places.items()}
        people = demonyms()
        for i, word in [(i, word) for i, word in enumerate(doc.texts) if word in people]:
            place = rows.get(people[word])
            self.at.setdefault(i, country_of(place) if place else people[word])
        self.totals = Counter(self.at.values())

    def choose(self, ids: Sequence[str], start: int, end: int) -> str:
        """The row among `ids` that fits the context of doc[start:end] best."""
        if len(ids) == 1:
            return ids[0]
        by_country: dict[str | None, str] = {}
        for key in ids:
            by_country.setdefault(self.rows[key].country, key)
        for country in self.near(start, end):
            if country in by_country:
                return by_country[country]
        for country, _ in self.totals.most_common():
            if country in by_country:
                return by_country[country]
        return by_country.get("united-states") or by_country.get(None) or ids[0]

    def near(self, start: int, end: int) -> list[str]:
        """Countries by nearness: inside, right before, "of X" right after, then back through the text."""
        doc = self.doc
        found = [self.at[i] for i in range(start, end) if i in self.at]
        before = start - 1
        while before >= 0 and doc.texts[before] in ("'s", "’s", "the", "(", "'", "’"):
            before -= 1
        if before in self.at:
            found.append(self.at[before])
        found += [
            self.at[i]
            for i in range(end, min(end + 4, len(doc)))
            if i in self.at and doc.lowers[end] in ("of", "in", "(", ",")
        ]
        found += [self.at[i] for i in range(start - 1, max(-1, start - WINDOW), -1) if i in self.at]
        return found


def country_of(row: Row) -> str:
    """The country a place lies in; a country is its own."""
    if row.kind in ("country", "region") or row.country is None:
        return row.id
    return row.country
