"""What the knowledge base knows of actors and of families of things: whose ministry it is, what is a kind of what."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache

from claimstake.knowledge.gazetteer import Row as Entry
from claimstake.knowledge.gazetteer import packaged_rows
from claimstake.knowledge.surfaces import Normaliser, fold
from claimstake.knowledge.tables import demonyms, toml
from claimstake.ledger.model import Thing

BRACKETED = re.compile(r"\(([^()]+)\)\s*$")
MAX_NAMES = 200_000


class Knowledge:
    """Answers from the gazetteers and data/ledger.toml.

    Args:
        entries: gazetteer rows by id.
    """

    def __init__(self, entries: Mapping[str, Entry]) -> None:
        self.entries = entries
        rules = toml("ledger.toml")
        self._kinds = {
            "MINISTRY": frozenset(rules["actors"]["bodies"]),
            "PERSON": frozenset(rules["actors"]["people"]),
            "PLACE": frozenset(rules["actors"]["places"]),
        }
        self._heads = frozenset(rules["actors"]["heads"])
        self._wide = frozenset(rules["families"]["wide"])
        self._normaliser = Normaliser({})
        self.key = lru_cache(MAX_NAMES)(self._normaliser.key)
        self.authority = lru_cache(MAX_NAMES)(self._authority)
        self.classes = cache(self._classes)

    def identity(self, thing: Thing) -> str:
        """What makes two mentions one thing: the knowledge base id, else the name without case and plural."""
        return thing.kb_id or self.key(thing.name)

    def named(self, kb_id: str) -> Thing:
        """The thing of an id; an id that is not known names itself."""
        entry = self.entries.get(kb_id)
        return Thing(entry.name, entry.label, kb_id) if entry else Thing(kb_id, "PLACE", kb_id)

    def _authority(self, thing: Thing) -> Thing:
        """The country or union that a body, capital, president or instrument speaks for, else the thing itself."""
        entry = self.entries.get(thing.kb_id or "")
        country = entry.country if entry else self._country_in(thing)
        if country is None or thing.label not in (*self._kinds, "INSTRUMENT"):
            return thing
        if entry and thing.label != "INSTRUMENT" and entry.kind not in self._kinds[thing.label]:
            return thing
        return self.named(country)

    def is_class(self, instrument: Thing) -> bool:
        """Whether an instrument is only a kind of instrument ("control list")."""
        entry = self.entries.get(instrument.kb_id or "")
        return entry is not None and entry.kind == "class"

    def country_of(self, instrument: Thing) -> str | None:
        """Id of the country that an instrument belongs to, where the knowledge base says so."""
        entry = self.entries.get(instrument.kb_id or "")
        return entry.country if entry else None

    def _country_in(self, body: Thing) -> str | None:
        """Country in the name of a body that no list has: "Ministry of Energy (Peru)", "Indonesian government"."""
        if body.label != "MINISTRY":
            return None
        bracketed = BRACKETED.search(body.name)
        if bracketed:
            return self._countries().get(self.key(bracketed[1]))
        words = body.name.split()
        if not self._heads & {word.casefold() for word in words[1:]}:
            return None
        return demonyms().get(words[0]) or self._countries().get(self.key(words[0]))

    @cache  # noqa: B019 - one Knowledge lives as long as the program
    def _countries(self) -> dict[str, str]:
        rows = [row for row in self.entries.values() if row.label == "PLACE" and row.kind == "country"]
        return {self.key(name): row.id for row in rows for name in (row.name, *row.aliases)}

    def _classes(self, kb_id: str) -> frozenset[str]:
        """Ids of the classes above a thing, those that are too wide left out."""
        above: set[str] = set()
        waiting = [kb_id]
        while waiting:
            entry = self.entries.get(waiting.pop())
            fresh = [b for b in (entry.broader if entry else ()) if b not in above and b not in self._wide]
            above.update(fresh)
            waiting += fresh
        return frozenset(above)

    def speaking_for(self, kb_id: str) -> set[str]:
        """Ids of all that the ledger takes for this actor: its ministries, capital and people; itself among them."""
        own = {row.id for row in self.entries.values() if row.country == kb_id and row.label != "COMPANY"}
        return {kb_id} | {id_ for id_ in own if self.authority(self.named(id_)).kb_id == kb_id}

    def ids_named(self, name: str) -> set[str]:
        """Ids of what bears a name, as its own or as another."""
        wanted = self.key(name)
        letter, longest = wanted[:1], len(wanted) + 4  # a plural, a full stop or two
        likely = (
            (row.id, n)
            for row in self.entries.values()
            for n in (row.name, *row.surfaces)
            if len(n) <= longest and fold(n[:1]) == letter
        )
        return {id_ for id_, n in likely if self.key(n) == wanted}


@cache
def default() -> Knowledge:
    """What ships with the package."""
    return Knowledge(packaged_rows())
