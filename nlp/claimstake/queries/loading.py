"""From the tables into columns: all documents, or some of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import sqlalchemy as sa

from claimstake.queries import columns, people
from claimstake.queries.codes import Codes, Days, moment, number
from claimstake.queries.columns import Claims, Documents
from claimstake.queries.people import Held, Pair
from claimstake.queries.things import Things
from claimstake.store import tables
from claimstake.store.manifest import portions

AT_ONCE = 20_000  # rows that are read and turned into columns
Progress = Callable[[int, int], None]  # claims read, of so many
CODED = ("predicate", "status", "polarity", "certainty", "measure")


def quiet(done: int, total: int) -> None:
    """Progress for nobody."""


@dataclass
class Names:
    """What stands behind the numbers in columns; only ever added to, so that older columns stay right.

    Attributes:
        places: of documents by key; keys: by place.
        codes: of the columns in `CODED`, of verdicts and of states of reading.
    """

    things: Things = field(default_factory=Things)
    places: dict[str, int] = field(default_factory=dict)
    keys: list[str] = field(default_factory=list)
    codes: dict[str, Codes] = field(default_factory=lambda: {n: Codes() for n in (*CODED, "verdict", "state")})
    days: Days = field(default_factory=Days)

    def place(self, key: str) -> int:
        """The place of a document, a new one where it was not met before."""
        found = self.places.get(key)
        if found is None:
            found = self.places[key] = len(self.keys)
            self.keys.append(key)
        return found


@dataclass(frozen=True)
class Read:
    """What was read.

    Attributes:
        places: of documents that are in the database; documents: a row for each of them.
        claims: of these documents; `sentence` counts from `first` on.
        texts: of the sentences.
        people: which of the claims are people's, and what they say, see `people.parsed`.
    """

    places: list[int]
    documents: Documents
    claims: Claims
    texts: list[str]
    people: dict[Pair, str]


def read(
    connection: sa.Connection,
    names: Names,
    keys: Collection[str] | None = None,
    *,
    first: int = 0,
    progress: Progress = quiet,
) -> Read:
    """Read all documents, or some.

    Args:
        connection: shows one state of the database.
        names: get what is new.
        keys: of the documents; None means all.
        first: number of the first sentence.
        progress: is told how many claims were read.
    """
    places, documents = _documents(connection, names, keys)
    held = _held(connection, keys)
    said = people.speaking(connection, held)
    claims = tables.claims.c
    total = connection.scalar(sa.select(sa.func.count()).select_from(tables.claims)) or 0 if keys is None else 0
    reading = _Reading(names, _verdicts(names, held, said), first)
    for query in _each(_claims(), claims.document, keys):
        for rows in connection.execute(query.execution_options(yield_per=AT_ONCE)).partitions(AT_ONCE):
            reading.take(_others(rows, said.instead))
            progress(reading.done, total)
    marked = people.things(said.right)
    fresh = [row for id_, row in marked.items() if id_ not in names.things.places]
    reading.take([people.row(one) for one in said.right])
    names.things.name(fresh)
    _name(connection, names, keys, marked)
    return Read(places, documents, reading.claims(), reading.texts, said.records)


def _others(rows: Sequence[Any], instead: Collection[Pair]) -> Sequence[Any]:
    """Rows of claims but those that people's stand in the place of."""
    return [row for row in rows if (row.document, row.id) not in instead] if instead else rows


def _each(
    query: sa.Select[Any], column: sa.ColumnElement[Any], keys: Collection[str] | None
) -> Iterator[sa.Select[Any]]:
    """The query for all, or for each portion of keys."""
    if keys is None:
        yield query
        return
    for portion in portions(keys):
        yield query.where(column.in_(portion))


def _documents(connection: sa.Connection, names: Names, keys: Collection[str] | None) -> tuple[list[int], Documents]:
    d, r = tables.documents.c, tables.readings.c
    query = sa.select(d.key, d.annotated, d.story, d.relevant, r.state)
    query = query.join_from(tables.documents, tables.readings, r.document == d.key, isouter=True)
    rows = [row for some in _each(query, d.key, keys) for row in connection.execute(some)]
    states = names.codes["state"]
    values = {
        "order": [number(row.key) for row in rows],
        "arrived": [moment(row.annotated) for row in rows],
        "story": [number(row.story or row.key) for row in rows],
        "there": [True] * len(rows),
        "relevant": [bool(row.relevant) for row in rows],
        "state": [states[row.state] for row in rows],
    }
    found = Documents(**{name: np.array(values[name], kind) for name, kind in columns.DOCUMENT_TYPES.items()})
    return [names.place(row.key) for row in rows], found


def _held(connection: sa.Connection, keys: Collection[str] | None) -> Held:
    j = tables.judgements.c
    query = sa.select(j.id, j.document, j.claim, j.verdict, j.record).order_by(j.id)
    return people.holding(row for some in _each(query, j.document, keys) for row in connection.execute(some))


def _verdicts(names: Names, held: Held, said: people.People) -> dict[Pair, int]:
    """Codes of the verdicts of claims."""
    codes = names.codes["verdict"]
    found = {(key, one.claim): codes[one.verdict] for key, ones in held.items() for one in ones.values()}
    return found | {(one.document, one.id): codes[one.judged.verdict] for one in said.right}


def _claims() -> sa.Select[Any]:
    c, e = tables.claims.c, tables.evidence.c
    wanted = (c.document, c.id, *(c[name] for name in CODED), c.subject_entity, c.object_entity, c.date, c.confidence)
    here = (e.document == c.document) & (e.claim == c.id)
    query = sa.select(*wanted, e.start_char, e.end_char, e.text)
    return query.join_from(tables.claims, tables.evidence, here, isouter=True)


class _Reading:
    """Rows of claims on their way into columns."""

    def __init__(self, names: Names, verdicts: dict[Pair, int], first: int) -> None:
        self.names, self.verdicts, self.first = names, verdicts, first
        self.texts: list[str] = []
        self.done = 0
        self._parts: list[Claims] = []
        self._document = ""
        self._sentences: dict[tuple[int, int], int] = {}

    def take(self, rows: Sequence[Any]) -> None:
        """Add some rows."""
        if not rows:
            return
        (document, id_, *coded, subject, object_, date, confidence, start, end, text) = zip(*rows, strict=True)
        names, things = self.names, self.names.things
        days = [names.days[one] for one in date]
        values = {
            "document": list(map(names.place, document)),
            **{name: list(map(names.codes[name].__getitem__, found)) for name, found in zip(CODED, coded, strict=True)},
            "verdict": self._verdicts(document, id_),
            "subject": list(map(things.place, subject)),
            "object": list(map(things.place, object_)),
            "first": [one[0] for one in days],
            "last": [one[1] for one in days],
            "confidence": [float("nan") if one is None else one for one in confidence],
            "start": [one or 0 for one in start],
            "number": list(map(number, id_)),
            "sentence": list(map(self._sentence, document, start, end, text)),
        }
        made = {name: np.array(values[name], kind) for name, kind in columns.TYPES.items()}
        ids = np.array([one.encode("utf-8", "surrogatepass") for one in id_], "S")
        self._parts.append(Claims(id=ids, **made))
        self.done += len(rows)

    def _verdicts(self, documents: Sequence[str], ids: Sequence[str]) -> list[int]:
        if not self.verdicts:
            return [0] * len(ids)
        return [self.verdicts.get(pair, 0) for pair in zip(documents, ids, strict=True)]

    def _sentence(self, document: str, start: int | None, end: int | None, text: str | None) -> int:
        """Number of the evidence's words; claims of one sentence share it."""
        if document != self._document:
            self._document = document
            self._sentences.clear()
        place = start or 0, end or 0
        found = self._sentences.get(place)
        if found is None:
            found = self._sentences[place] = self.first + len(self.texts)
            self.texts.append(text or "")
        return found

    def claims(self) -> Claims:
        """All rows that were taken."""
        parts = self._parts or [columns.no_claims()]
        names = (*columns.TYPES, "id")
        return Claims(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})


def _name(connection: sa.Connection, names: Names, keys: Collection[str] | None, marked: Collection[str]) -> None:
    """What things are called: of all, or of those that some documents mention and people marked there."""
    e, m = tables.entities.c, tables.mentions.c
    query = sa.select(e.id, e.canonical, e.label, e.kb_id)
    if keys is None:
        names.things.name(row for row in connection.execute(query.execution_options(yield_per=AT_ONCE)))
        return
    for portion in portions(keys):
        mentioned = sa.select(m.entity).where(m.document.in_(portion))
        names.things.name(connection.execute(query.where(e.id.in_(mentioned))))
    for portion in portions(marked):
        names.things.name(connection.execute(query.where(e.id.in_(portion))))
