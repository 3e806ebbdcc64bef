"""Items into the database, a lot at a time: the archive's own steps, runs and manifest, each text once.

A run is begun with the first item and ended when there was nothing to do for a while: only then are copies linked to
stories, which takes a look at all documents.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import sqlalchemy as sa

from claimstake.archive.committing import Committer, Counts
from claimstake.archive.mending import Mending
from claimstake.archive.pool import Pool
from claimstake.archive.run import COMPLETE, STOPPED, Options, new_run
from claimstake.archive.work import Worker, give_up
from claimstake.archive.worklist import WorkList, unlisted
from claimstake.errors import WorkerError
from claimstake.readers import Failure
from claimstake.readers.items import Item
from claimstake.store import tables
from claimstake.store.contract import Failed, Outcome
from claimstake.store.rows import DocumentRows
from claimstake.store.sql import SqlStore
from claimstake.watch.memory import Memory, Waiting
from claimstake.watch.standing import Standing

COLUMN = {
    column.name: place for place, column in enumerate(tables.documents.columns)
}  # of what `rows` makes, to sha256
OLD = 15  # times the pause after which a run ends anyway
IDLE = 600.0  # seconds without work after which the worker processes are let go


@dataclass(frozen=True)
class Ticket:
    """A fetched article on its way.

    Args:
        waiting: what it was fetched for.
        address: normalised, where it was found.
    """

    waiting: Waiting
    address: str


@dataclass(frozen=True)
class News:
    """A document that was written.

    Args:
        key: of the document.
        source: where it was read.
        title, url: of it.
        claims: how many.
        relevant: False where the gate let it pass unread.
    """

    key: str
    source: str
    title: str | None
    url: str | None
    claims: int
    relevant: bool


class Intake:
    """Takes items to documents.

    Args:
        store: open, with its schema.
        memory: of the same database.
        options: how to work; `Options.retry_failed` for files in quarantine.
        sources: as the user named them, without passwords, for the table of runs.
        engine: what takes batches through workers; processes that stay where None.
        news: is told of every document that was written.
        same: is told of every source of which the text is there already.
        failed: is told of what went into quarantine.
        tick: is called at least some times a second while there is work.
        stopped: whether to end with what is in flight.
    """

    def __init__(
        self,
        store: SqlStore,
        memory: Memory,
        options: Options,
        sources: Sequence[str],
        *,
        engine: Standing[Item, Outcome] | None = None,
        news: Callable[[News], object] = lambda _: None,
        same: Callable[[str], object] = lambda _: None,
        failed: Callable[[Failed], object] = lambda _: None,
        tick: Callable[[], object] = lambda: None,
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        self._store, self._memory, self._options, self._sources = store, memory, options, list(sources)
        self._news, self._same, self._told, self._tick, self._stopped = news, same, failed, tick, stopped
        self._fingerprint = new_run(sources, options).fingerprint
        self._engine = engine or Standing(self._pool)
        self._failures: list[Failed] = []
        self._tickets: dict[str, list[Ticket]] = {}
        self._running = False
        self._last = self._began = time.monotonic()
        self.counts = Counts()

    def take(self, found: Iterable[Item | Failure], tickets: dict[str, list[Ticket]] | None = None) -> None:
        """Annotate and commit items that are not done, and put what fails into quarantine.

        Args:
            found: items, and what could not be listed.
            tickets: of the items that were fetched, by key; they end with them.

        Raises:
            StoreError: the database cannot be written any more; what was committed is whole.
            WorkerError: workers die again and again, or the program changed since the watcher began.
        """
        self._begin()
        self._tickets = dict(tickets or {})
        mending = Mending(self._failures)
        committer = Committer(self, self._quarantined, self.counts)  # type: ignore[arg-type] # commits through us
        work = WorkList(
            iter(found),
            self._done,
            lambda outcome: work.waiting.difference_update(committer.add([outcome])),
            stopped=self._stopped,
            meet=mending.meet,
        )
        for outcomes in self._engine(work):
            work.waiting.difference_update(committer.add(outcomes))
            self._tick()
        if not self._stopped():
            committer.add(list(mending.mended()))
        committer.flush()
        if not self._stopped():
            self._end_known()
        self.counts.known += work.known
        self._last = time.monotonic()

    def commit(self, outcomes: Sequence[Outcome]) -> None:
        """What the committer calls: articles end in the transaction of their documents."""
        kept, same = self._without_copies(outcomes)
        ended = [
            (ticket.waiting, ticket.address, outcome.item, _problem(outcome))
            for outcome in kept
            for ticket in self._tickets.get(outcome.item, ())
        ]
        self._store.commit(kept, partial(self._finished, ended) if ended else None)
        for outcome in kept:
            self._tickets.pop(outcome.item, None)
            for rows in outcome.documents:
                self._news(_told(rows))
        for source in same:
            self._same(source)

    def unfetched(self, waiting: Waiting, problem: str, mend: str) -> None:
        """Put an article that could not be fetched into quarantine; the attempt that succeeds takes it out."""
        self._begin()
        outcome = unlisted(Failure(waiting.address, problem, mend))
        (failed,) = (replace(failed, stage="fetch") for failed in outcome.failures)
        self._store.commit([replace(outcome, failures=(failed,))])
        self.counts.failures += 1
        self._failures.append(failed)

    def settle(self, after: float) -> None:
        """End the run where there was nothing to do for so many seconds, or it is old; unused workers go in time."""
        now = time.monotonic()
        idle = now - self._last
        if self._running and (idle >= after or now - self._began >= OLD * after):
            self._store.finish(COMPLETE)
            self._running = False
        if idle >= IDLE:
            self._engine.close()

    def close(self, state: str = COMPLETE) -> None:
        """End the run and the workers; a run that was stopped is left as a kill would leave it.

        Raises:
            StoreError: the run's end cannot be written.
        """
        self._engine.close()
        if self._running and state != STOPPED:
            self._store.finish(state)
        self._running = False

    # --- steps --------------------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        if self._running:
            return
        run = new_run(self._sources, self._options)
        if run.fingerprint != self._fingerprint:
            raise WorkerError("the program, its models or a --config file changed while it watched; start it again")
        self._store.begin(run)
        self._failures = list(self._store.failures())
        self._running, self._began = True, time.monotonic()

    def _done(self, keys: Sequence[str]) -> set[str]:
        """Which items need no work."""
        return self._store.done(keys, self._fingerprint, retry_failed=self._options.retry_failed)

    def _pool(self) -> Pool[Item, Outcome]:
        worker, options = Worker(self._options.job, self._store.encode, fingerprint=self._fingerprint), self._options
        return Pool(worker, give_up, workers=options.workers, bounds=options.bounds, weigh=lambda item: len(item.data))

    def _finished(self, ended: Sequence[Any], connection: sa.Connection) -> None:
        self._memory.finished(connection, ended)

    def _end_known(self) -> None:
        """Fetched articles of which the very bytes were done before."""
        left = [(t.waiting, t.address, key, None) for key, tickets in self._tickets.items() for t in tickets]
        self._tickets = {}
        if left:
            self._store.transact(partial(self._finished, left))

    def _quarantined(self, failed: Failed) -> None:
        self._failures.append(failed)
        self._told(failed)

    def _without_copies(self, outcomes: Sequence[Outcome]) -> tuple[list[Outcome], list[str]]:
        """Outcomes without documents of which the text is there, or came before them, under another key."""
        rows = [rows for outcome in outcomes for rows in outcome.documents]
        texts = {_text(row) for row in rows}
        taken, there = self._memory.same_texts(texts), self._memory.there({row.key for row in rows})
        first: dict[str, str] = {}
        kept, same = [], []
        for outcome in outcomes:
            stay = []
            for row in outcome.documents:
                text = _text(row)
                copy = row.key not in there and (text in taken or first.setdefault(text, row.key) != row.key)
                (same.append(outcome.source) if copy else stay.append(row))
            kept.append(outcome if len(stay) == len(outcome.documents) else _only(outcome, stay))
        return kept, same


def _only(outcome: Outcome, stay: Sequence[DocumentRows]) -> Outcome:
    """An outcome with some of its documents; its counts follow."""
    return replace(
        outcome,
        documents=tuple(stay),
        tokens=sum(_cell(rows, "tokens") for rows in stay),
        claims=sum(len(rows.tables["claims"]) for rows in stay),
        relevant=sum(_cell(rows, "relevant") for rows in stay),
    )


def _problem(outcome: Outcome) -> str | None:
    return outcome.failures[0].problem if outcome.failures and not outcome.documents else None


def _told(rows: DocumentRows) -> News:
    return News(
        rows.key,
        rows.source or "",
        _cell(rows, "title"),
        _cell(rows, "url"),
        len(rows.tables["claims"]),
        bool(_cell(rows, "relevant")),
    )


def _text(rows: DocumentRows) -> str:
    return str(_cell(rows, "sha256"))


def _cell(rows: DocumentRows, name: str) -> Any:
    (document,) = rows.tables["documents"]
    return document[COLUMN[name]]
