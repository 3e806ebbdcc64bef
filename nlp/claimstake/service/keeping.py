"""Documents from the desk into its database, as an archive run writes them: same keys, fingerprint and manifest."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock

import sqlalchemy as sa

from claimstake.archive.job import Job
from claimstake.archive.run import Options, new_run
from claimstake.errors import StoreError
from claimstake.readers.items import Item
from claimstake.service.problems import AnswerError
from claimstake.service.workers import Workers
from claimstake.store import manifest, tables
from claimstake.store.contract import Outcome, Run
from claimstake.store.sql import SqlStore

SOURCE = "desk"  # of the run that all documents of one start belong to


@dataclass(frozen=True)
class KeptDocument:
    """A document in the database.

    Args:
        key: its.
        claims: how many it has.
        known: it was there before.
    """

    key: str
    claims: int
    known: bool = False


class Keeper:
    """Writes documents that workers annotated; for one event loop.

    A run begins with the first document, so that a desk that keeps none leaves no trace.

    Args:
        store: open; is left open.
        job: as an archive run has it: what it did under the same fingerprint is not done again.
        workers: annotate.
    """

    def __init__(self, store: SqlStore, job: Job, workers: Workers) -> None:
        self._store, self._job, self._workers = store, job, workers
        self._run: Run | None = None
        self._lock = Lock()

    async def keep(self, item: Item, published: str | None = None) -> KeptDocument:
        """Annotate a document and write it, unless it is there.

        Whoever sends a document means it: it is annotated whatever the gate of archive runs would say.

        Args:
            published: EDTF date that takes the place of what the document says.

        Raises:
            AnswerError: it cannot be read or annotated.
            StoreError: the database cannot be written; nothing of the document is there.
        """
        known = await asyncio.to_thread(self._known, item.key) if published is None else None
        if known:
            return known
        outcome = await self._workers.keep(item, published)
        return await asyncio.to_thread(self._commit, outcome)

    def close(self) -> None:
        """Note the end of the run."""
        if self._run is not None:
            with suppress(StoreError, sa.exc.SQLAlchemyError), self._store.database.writing() as connection:
                manifest.finish(connection, self._run, "complete")

    def _begun(self) -> Run:
        if self._run is None:
            run = new_run((SOURCE,), Options(self._job, workers=self._workers.size))
            self._store.begin(run)
            self._store.migrate()  # a run into an empty database puts indexes off
            self._run = run
        return self._run

    def _known(self, item: str) -> KeptDocument | None:
        with self._lock:
            run = self._begun()
            if not self._store.done([item], run.fingerprint, retry_failed=True):
                return None
            found = self._documents(item)
            return KeptDocument(*found[0][:2], known=True) if found and all(row.relevant for row in found) else None

    def _commit(self, outcome: Outcome) -> KeptDocument:
        with self._lock:
            self._begun()
            self._store.commit([outcome])
            found = self._documents(outcome.item)
        if not found:
            raise AnswerError("the document holds nothing that could be kept", "send its text")
        return KeptDocument(found[0].key, outcome.claims)

    def _documents(self, item: str) -> list[sa.Row]:
        """Key, number of claims, and whether it was annotated, of an item's documents."""
        documents, appearances, claims = tables.documents.c, tables.appearances.c, tables.claims.c
        number = sa.select(sa.func.count()).where(claims.document == documents.key).scalar_subquery()
        query = sa.select(documents.key, number, documents.relevant).join_from(
            tables.appearances, tables.documents, appearances.document == documents.key
        )
        with self._store.database.reading() as connection:
            return list(connection.execute(query.where(appearances.item == item).order_by(documents.key)))
