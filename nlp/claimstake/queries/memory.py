"""The columns of a database, as they are now: read once, and read again where something changed."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field, replace
from functools import cached_property
from threading import Lock, Thread

import numpy as np

from claimstake.errors import StoreError
from claimstake.queries import changes, columns, loading
from claimstake.queries.columns import Claims, Column, Documents, Mask
from claimstake.queries.connecting import Source
from claimstake.queries.loading import Names, Progress, quiet
from claimstake.queries.people import Pair
from claimstake.queries.words import Words

LOG = logging.getLogger(__name__)
AT_ONCE = 200  # documents that a question waits for; the rest is read beside it
BREATH = 0.05  # seconds that others get between two portions


@dataclass(frozen=True, eq=False)
class State:
    """One state of the database; it stays as it is while another takes its place.

    Attributes:
        mark: up to which changes are in it.
        people: which claims are as people have them, and what they say, see `people.parsed`.
    """

    names: Names
    documents: Documents
    claims: Claims
    words: Words
    mark: changes.Mark
    people: dict[Pair, str] = field(default_factory=dict)

    @cached_property
    def newest(self) -> tuple[Column, ...]:
        """What claims are sorted by: the last published first, those of a document in the order of its text."""
        claims = self.claims
        return -claims.first, self.documents.order[claims.document], claims.start, claims.number

    @cached_property
    def surest(self) -> tuple[Column, ...]:
        """Claims by confidence, those without one last."""
        return np.where(np.isnan(self.claims.confidence), 1.0, -self.claims.confidence), *self.newest

    @cached_property
    def doubtful(self) -> tuple[Column, ...]:
        """Claims by confidence, the least first, those without one last."""
        return np.where(np.isnan(self.claims.confidence), 2.0, self.claims.confidence), *self.newest

    @cached_property
    def story(self) -> Column:
        """The story of each claim's document."""
        return self.documents.story[self.claims.document]

    @cached_property
    def counts(self) -> Column:
        """Claims of each document."""
        return np.bincount(self.claims.document, minlength=len(self.documents))

    @cached_property
    def judged(self) -> Column:
        """Judged claims of each document."""
        return np.bincount(self.claims.document[self.claims.verdict > 0], minlength=len(self.documents))

    @cached_property
    def doubts(self) -> Column:
        """Mean of 1 - confidence over the claims of each document that have one; nan where none has."""
        sure = ~np.isnan(self.claims.confidence)
        places, many = self.claims.document[sure], len(self.documents)
        total = np.bincount(places, weights=1 - self.claims.confidence[sure], minlength=many)
        with np.errstate(invalid="ignore"):
            return total / np.bincount(places, minlength=many)

    @cached_property
    def rejected(self) -> Mask | None:
        """Which claims are wrong, as people say; None where none is."""
        code = self.names.codes["verdict"].get("rejected")
        found = None if code is None else self.claims.verdict == code
        return found if found is not None and found.any() else None

    @cached_property
    def said(self) -> Column:
        """How often each thing is an end of a claim."""
        many = len(self.names.things)
        return sum(np.bincount(ends, minlength=many) for ends in (self.claims.subject, self.claims.object))


class Memory:
    """Holds the state.

    Args:
        source: the database.
        progress: is told how many claims of how many were read, when everything is read.
    """

    def __init__(self, source: Source, progress: Progress = quiet) -> None:
        self._source = source
        self._lock = Lock()
        with source.reading() as connection:
            mark = changes.mark(connection)
            names = Names()
            found = loading.read(connection, names, progress=progress)
        empty = State(names, columns.no_documents(), columns.no_claims(), Words(), mark)
        self._state = _with(empty, found, frozenset(), mark)
        self._catching_up: Thread | None = None
        self._closed = False

    def state(self) -> State:
        """The database as it is now; where very much was written meanwhile, as it was a little before.

        Raises:
            StoreError: it cannot be read.
        """
        if self._catching_up is None:
            with self._lock:
                if self._catching_up is None and self._refresh():
                    self._catching_up = Thread(target=self._catch_up, name="desk-catching-up", daemon=True)
                    self._catching_up.start()
        return self._state

    def close(self) -> None:
        """End what goes on beside questions."""
        self._closed = True
        if (thread := self._catching_up) is not None:
            thread.join()

    def _refresh(self) -> bool:
        """Read what changed, and say whether there is more."""
        with self._source.reading() as connection:
            before = self._state
            changed, mark, more = changes.since(connection, before.mark, AT_ONCE)
            if changed:
                found = loading.read(connection, before.names, changed, first=before.words.size)
                self._state = _with(before, found, changed, mark)
            elif mark != before.mark:
                self._state = replace(before, mark=mark)
            return more

    def _catch_up(self) -> None:
        """Read what an archive run has written, while questions are answered from what is known."""
        try:
            while not self._closed and self._refresh():
                time.sleep(BREATH)
        except StoreError as error:
            LOG.warning("the desk could not read what changed: %s", error)
        finally:
            self._catching_up = None


def _with(before: State, found: loading.Read, changed: frozenset[str], mark: changes.Mark) -> State:
    """A state in which what was read stands for what was there of the changed documents."""
    names = before.names
    gone = np.zeros(len(names.keys), np.bool_)
    gone[[names.places[key] for key in changed if key in names.places]] = True
    kept = before.claims
    if len(kept) and gone.any():
        kept = kept.taken(~gone[kept.document])
    documents = _documents(before.documents, found, gone)
    said = {pair: record for pair, record in before.people.items() if pair[0] not in changed} | found.people
    return State(names, documents, kept.followed(found.claims), before.words.with_(found.texts), mark, said)


def _documents(before: Documents, found: loading.Read, gone: Mask) -> Documents:
    made = {}
    for name, kind in columns.DOCUMENT_TYPES.items():
        column = np.zeros(len(gone), kind)
        column[: len(before)] = getattr(before, name)
        if name == "there":
            column[gone] = False
        column[found.places] = getattr(found.documents, name)
        made[name] = column
    return Documents(**made)
