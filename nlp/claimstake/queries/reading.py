"""The `contract.Reader` of SQLite and PostgreSQL: questions are answered by columns in memory, rows by the tables."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from claimstake.queries import paging, rows, stored, telling
from claimstake.queries.columns import Column
from claimstake.queries.connecting import Source
from claimstake.queries.contract import (
    ClaimFilter,
    ClaimPage,
    ClaimRow,
    DocumentPage,
    Edge,
    EntityView,
    InboxOrder,
    Moment,
    Order,
    ReadingState,
    StoredRecord,
    Thing,
)
from claimstake.queries.filtering import answering
from claimstake.queries.memory import Memory, State
from claimstake.store.databases import Database

STREAMED = 1_000  # claims that are fetched at a time
BEGINNING = 200  # characters of the beginning of a name


class DatabaseReader:
    """See `contract.Reader`; made by `open.reader`.

    Attributes:
        address: of the database, as it was given.
        database: for those who write.
    """

    def __init__(self, source: Source, memory: Memory, address: str) -> None:
        self._source, self._memory, self.address = source, memory, address

    @property
    def database(self) -> Database:
        return self._source.database

    def claims(
        self, wanted: ClaimFilter, *, order: Order = "newest", cursor: str | None = None, limit: int = 50
    ) -> ClaimPage:
        """A page of claims; `found` is always there, and exact."""
        paging.check(limit)
        state = self._memory.state()
        keys = _claim_keys(state, order)
        after = paging.read_cursor(cursor, keys, "claims", wanted, order)
        found = answering(wanted, state)
        places, last = paging.page(found, keys, after, limit)
        with self._source.reading() as connection:
            shown = tuple(rows.claims(connection, state, places))
        return ClaimPage(claims=shown, next=paging.cursor(last, "claims", wanted, order), found=len(found))

    def stream(self, wanted: ClaimFilter, *, order: Order = "newest") -> Iterator[ClaimRow]:
        """All claims that answer now; one that is deleted meanwhile is left out."""
        state = self._memory.state()
        found = answering(wanted, state)
        ordered = found[paging.ordered(found, _claim_keys(state, order))]
        return self._streamed(state, ordered)

    def _streamed(self, state: State, found: Column) -> Iterator[ClaimRow]:
        for first in range(0, len(found), STREAMED):
            with self._source.reading() as connection:  # none is held while a slow client takes what it got
                some = list(rows.claims(connection, state, found[first : first + STREAMED]))
            yield from some

    def inbox(
        self, *, order: InboxOrder = "newest", state: ReadingState = "new", cursor: str | None = None, limit: int = 50
    ) -> DocumentPage:
        """Documents, relevant ones only."""
        paging.check(limit)
        now = self._memory.state()
        keys = _document_keys(now, order)
        after = paging.read_cursor(cursor, keys, "inbox", order, state)
        code = now.names.codes["state"].get(None if state == "new" else state, -1)
        found = np.flatnonzero(now.documents.there & now.documents.relevant & (now.documents.state == code))
        places, last = paging.page(found, keys, after, limit)
        with self._source.reading() as connection:
            shown = rows.documents(connection, now, [now.names.keys[at] for at in places])
        return DocumentPage(documents=tuple(shown), next=paging.cursor(last, "inbox", order, state))

    def document(self, key: str) -> StoredRecord | None:
        """A document by key, or by its own id (the last annotated one of that id)."""
        state = self._memory.state()
        with self._source.reading() as connection:
            found = stored.key_of(connection, key)
            record = stored.record(connection, found) if found else None
            if record is None or found is None:
                return None
            return StoredRecord(row=rows.documents(connection, state, [found])[0], record=record)

    def entity(self, id_: str) -> EntityView | None:
        """A thing by id; its names are those of the newest documents."""
        state = self._memory.state()
        with self._source.reading() as connection:
            return telling.entity(connection, state, id_)

    def timeline(self, id_: str, *, limit: int = 500) -> tuple[Moment, ...]:
        """What happened to a thing, oldest first, as its last published claims say; of more than `limit` the newest."""
        paging.check(limit)
        state = self._memory.state()
        with self._source.reading() as connection:
            return telling.timeline(connection, state, id_, limit)

    def graph(self, wanted: ClaimFilter, *, limit: int = 60) -> tuple[Edge, ...]:
        """Edges of the most stories, among restricting claims that answer (all claims, where predicates are given)."""
        paging.check(limit)
        return telling.graph(self._memory.state(), wanted, limit)

    def suggest(self, begins: str, *, limit: int = 10) -> tuple[Thing, ...]:
        """Things whose name begins so, the most claimed first."""
        paging.check(limit)
        state = self._memory.state()
        things, said = state.names.things, state.said
        places = np.array([at for at in things.beginning(begins[:BEGINNING]) if at < len(said)], np.int64)
        places = places[said[places] > 0]
        best = places[np.lexsort((places, -said[places]))][:limit]
        return tuple(things.thing(at) for at in best)

    def close(self) -> None:
        """Let go of connections."""
        self._memory.close()
        self._source.close()


def _claim_keys(state: State, order: Order) -> tuple[Column, ...]:
    return {"newest": lambda: state.newest, "surest": lambda: state.surest, "doubtful": lambda: state.doubtful}[order]()


def _document_keys(state: State, order: InboxOrder) -> tuple[Column, ...]:
    last = -state.documents.arrived, state.documents.order
    if order == "most":
        return -state.counts, *last
    if order == "doubtful":
        return np.where(np.isnan(state.doubts), 0.0, -state.doubts), *last
    return last
