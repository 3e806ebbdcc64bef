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
from claimstake.ledger import knowing
from claimstake.ledger.asking import speakers, with_kinds
from claimstake.ledger.model import Thing as Named
from claimstake.queries.contract import Thing
from claimstake.queries.words import LAST

ASKED = 2_000  # names whose meaning is remembered
FRESH = 1_000  # names that are looked at one by one before all are sorted again


class Things:
    """All things that are an end of a claim; they are only ever added, or get another name.

    Attributes:
        places: by id.
        things: by place.
    """

    def __init__(self) -> None:
        self.known = knowing.default()
        self.places: dict[str, int] = {}
        self.things: list[Thing] = []
        self._named: defaultdict[str, set[int]] = defaultdict(set)  # by the key of the name
        self._stands: defaultdict[str, set[int]] = defaultdict(set)  # by the knowledge base's id of whom it speaks for
        self._begins: tuple[list[str], list[int]] = ([], [])  # sorted names, and their places
        self._fresh: list[tuple[str, int]] = []  # those that came after
        self._lock = RLock()
        self._meaning = lru_cache(ASKED)(self._meaning_of)

    def __len__(self) -> int:
        return len(self.things)

    def place(self, id_: str) -> int:
        """The place of a thing, a new one where it was not met before; `name` has to follow."""
        found = self.places.get(id_)
        if found is None:
            found = self.places[id_] = len(self.things)
            self.things.append(Thing(id=id_, name=id_.partition(":")[2] or id_, label=""))
        return found

    def name(self, rows: Iterable[tuple[str, str, str, str | None]]) -> None:
        """Say what things are called: id, name, label, id of the knowledge base; others than those met are left out."""
        with self._lock:
            for id_, name, label, kb_id in rows:
                place = self.places.get(id_)
                if place is not None:
                    self._call(place, Thing(id=id_, name=name, label=label, kb_id=kb_id))

    def _call(self, place: int, thing: Thing) -> None:
        before, self.things[place] = self.things[place], thing
        if before == thing:
            return
        self._named[self.known.key(before.name)].discard(place)
        self._stands[self._authority(before)].discard(place)
        self._named[self.known.key(thing.name)].add(place)
        self._stands[self._authority(thing)].add(place)
        self._fresh.append((fold(thing.name), place))

    def _authority(self, thing: Thing) -> str:
        """Whom a thing speaks for, by the knowledge base's id; itself where it speaks for nobody else."""
        if not thing.label:
            return ""
        return self.known.authority(Named(thing.name, thing.label, thing.kb_id)).kb_id or thing.kb_id or ""

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
        own = self.places.get(name)
        return set(self._named.get(self.known.key(name), ())) | ({own} if own is not None else set())

    def _with_ids(self, ids: frozenset[str]) -> set[int]:
        return {self.places[id_] for id_ in ids if id_ in self.places}

    def _meaning_of(self, name: str, speaking: bool) -> frozenset[str]:
        ids = {name} if name in self.known.entries else self.known.ids_named(name)
        return frozenset(speakers(ids, self.known) if speaking else with_kinds(ids, self.known))

    def beginning(self, begins: str) -> set[int]:
        """Places of things whose name begins so, whatever case and accents."""
        low = fold(begins)
        with self._lock:
            if len(self._fresh) > FRESH:
                self._sort()
            first, last = (bisect_left(self._begins[0], bound) for bound in (low, low + LAST))
            found = {*self._begins[1][first:last], *(place for name, place in self._fresh if name.startswith(low))}
            return {place for place in found if fold(self.things[place].name).startswith(low)}

    def _sort(self) -> None:
        pairs = sorted((fold(thing.name), place) for place, thing in enumerate(self.things))
        self._begins = [name for name, _ in pairs], [place for _, place in pairs]
        self._fresh.clear()

    def among(self, places: Iterable[int]) -> npt.NDArray[np.bool_]:
        """Whether each thing is one of these."""
        found = np.zeros(len(self.things), np.bool_)
        found[list(places)] = True
        return found
