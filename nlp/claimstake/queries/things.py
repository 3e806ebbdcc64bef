"""Things that claims are about: their places in columns, and which of them a name means."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache
from threading import RLock

import numpy as np
import numpy.typing as npt

from claimstake.knowledge.surfaces import fold
from claimstake.knowledge.tables import demonyms
from claimstake.ledger import knowing
from claimstake.ledger.asking import speakers, with_kinds
from claimstake.ledger.model import Thing as Named
from claimstake.queries.contract import Thing
from claimstake.queries.words import LAST

ASKED = 2_000  # names whose meaning is remembered
FRESH = 1_000  # names that are looked at one by one before all are sorted again
ALIKE = 2  # letters with which all forms of a name begin
LONGER = 6  # characters by which forms of a name may differ in length
Row = tuple[str, str, str | None]  # name, label, id of the knowledge base


class Things:
    """All things that are an end of a claim; they are only ever added, or get another name.

    Attributes:
        places: by id.
        ids: by place.
    """

    def __init__(self) -> None:
        self.known = knowing.default()
        self.places: dict[str, int] = {}
        self.ids: list[str] = []
        self._rows: list[Row] = []
        self._stands: defaultdict[str, set[int]] = defaultdict(set)  # by the knowledge base's id of whom it speaks for
        self._begins: tuple[list[str], list[int]] = ([], [])  # sorted names, and their places
        self._fresh: list[tuple[str, int]] = []  # those that came after
        self._lock = RLock()
        self._meaning = lru_cache(ASKED)(self._meaning_of)

    def __len__(self) -> int:
        return len(self.ids)

    def thing(self, place: int) -> Thing:
        """The thing at a place."""
        name, label, kb_id = self._rows[place]
        return Thing(id=self.ids[place], name=name, label=label, kb_id=kb_id)

    def place(self, id_: str) -> int:
        """The place of a thing, a new one where it was not met before; `name` has to follow."""
        found = self.places.get(id_)
        if found is None:
            self._rows.append((id_.partition(":")[2] or id_, "", None))
            self.ids.append(id_)
            found = self.places[id_] = len(self.ids) - 1
        return found

    def name(self, rows: Iterable[tuple[str, str, str, str | None]]) -> None:
        """Say what things are called: id, name, label, id of the knowledge base; others than those met are left out."""
        with self._lock:
            for id_, *row in rows:
                place = self.places.get(id_)
                if place is not None:
                    self._call(place, (row[0], row[1], row[2]))
            if len(self._fresh) > FRESH:
                self._sort()

    def _call(self, place: int, row: Row) -> None:
        before, self._rows[place] = self._rows[place], row
        if before == row:
            return
        if authority := self._authority(before):
            self._stands[authority].discard(place)
        if authority := self._authority(row):
            self._stands[authority].add(place)
        self._fresh.append((fold(row[0]), place))

    def _authority(self, row: Row) -> str | None:
        """Id of whom a thing speaks for, if that is known."""
        name, label, kb_id = row
        if kb_id is None and label != "MINISTRY":
            return None
        return self.known.authority(Named(name, label, kb_id)).kb_id

    def actors(self, name: str) -> set[int]:
        """Places of those that a name or id means as an actor: a country's ministries and people are meant with it."""
        ids = self._meaning(name, True)
        with self._lock:
            return self._called(name).union(*(self._stands.get(id_, ()) for id_ in ids), self._with_ids(ids))

    def objects(self, name: str) -> set[int]:
        """Places of those that a name or id means, and of their kinds."""
        ids = self._meaning(name, False)
        with self._lock:
            return self._called(name) | self._with_ids(ids)

    def _called(self, name: str) -> set[int]:
        """Those of an id, or of a name whatever its case, accents, hyphens and plural."""
        own = self.places.get(name)
        if own is not None:
            return {own}
        key = self.known.key(name)
        likely = self.beginning(key[:ALIKE]) if key else ()
        return {
            place
            for place in likely
            if abs(len(self._rows[place][0]) - len(key)) <= LONGER and self.known.key(self._rows[place][0]) == key
        }

    def _with_ids(self, ids: frozenset[str]) -> set[int]:
        return {self.places[id_] for id_ in ids if id_ in self.places}

    def _meaning_of(self, name: str, speaking: bool) -> frozenset[str]:
        """Ids of the knowledge base that are meant."""
        own = {name} if name in self.known.entries else self.known.ids_named(name)
        if not own and speaking and (country := demonyms().get(name.strip().capitalize())):
            own = {country}
        return frozenset(speakers(own, self.known) if speaking else with_kinds(own, self.known))

    def beginning(self, begins: str) -> set[int]:
        """Places of things whose name begins so, whatever case and accents."""
        low = fold(begins)
        with self._lock:
            names, places = self._begins
            first, last = (bisect_left(names, bound) for bound in (low, low + LAST))
            renamed = {place for _, place in self._fresh}
            found = {place for place in places[first:last] if place not in renamed}
            return found | {place for place in renamed if fold(self._rows[place][0]).startswith(low)}

    def _sort(self) -> None:
        pairs = sorted((fold(name), place) for place, (name, _, _) in enumerate(self._rows))
        self._begins = [name for name, _ in pairs], [place for _, place in pairs]
        self._fresh.clear()

    def among(self, places: Iterable[int]) -> npt.NDArray[np.bool_]:
        """Whether each thing is one of these."""
        found = np.zeros(len(self.ids), np.bool_)
        found[list(places)] = True
        return found
