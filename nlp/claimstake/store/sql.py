"""A store in SQLite or PostgreSQL: a document's rows and its manifest row in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TypeVar

import sqlalchemy as sa

from claimstake.errors import StoreError
from claimstake.store import indexing, manifest, migrating, replacing, stories, tables
from claimstake.store.batching import Batch, batch
from claimstake.store.contract import Failed, Outcome, Run
from claimstake.store.databases import Database, explained
from claimstake.store.retrying import retrying
from claimstake.store.rows import Row, encode

PATIENCE = 120.0  # seconds that a database may be away
UNINDEXED = 100_000  # documents that a first run writes before there are all indexes
PAGE = 1_000  # failures that are read at a time
REMEMBERED = 200_000  # entities of which this run knows that they are written: some 60 MB

NAMING = """
INSERT INTO entities (id, label, canonical, kb_id, fingerprint) {rows}
ON CONFLICT (id) DO UPDATE
SET label = excluded.label, canonical = excluded.canonical, kb_id = excluded.kb_id, fingerprint = excluded.fingerprint
WHERE excluded.fingerprint <> entities.fingerprint OR excluded.label < entities.label
    OR excluded.label = entities.label AND excluded.canonical COLLATE {c} < entities.canonical COLLATE {c}
"""
UNNESTED = f"SELECT * FROM unnest({', '.join(['%s::text[]'] * len(tables.entities.columns))})"

T = TypeVar("T")


class SqlStore:
    """A `contract.Store` in a relational database.

    Args:
        database: where.
        text: keep the texts of documents.
        patience: seconds to try again for, once a run has begun, while the database is away or locked.
    """

    def __init__(self, database: Database, *, text: bool = True, patience: float = PATIENCE) -> None:
        self.database = database
        self.patience = patience
        self.encode = partial(encode, text=text)
        self.outputs = database.files
        self._run: Run | None = None
        self._met = False  # whether the database has ever answered: if not, waiting for it helps nobody
        self._checked = False
        self._entities: set[Row] = set()  # written by this run, and still there
        self._ended = 0  # runs that had ended when they were
        self._unindexed: int | None = None  # documents written since indexes were put off

    def open(self) -> None:
        """Create or migrate the schema, where no run is to begin yet.

        Raises:
            StoreError: the database cannot be reached or written, or is not ours.
        """
        self._trying(self._prepare)
        self._met = self._checked = True

    def transact(self, work: Callable[[sa.Connection], T]) -> T:
        """Do some work in one writing transaction, again from its beginning while the database is away or locked.

        Raises:
            StoreError: it stays away; nothing was written.
        """

        def within() -> T:
            with self.database.writing() as connection:
                self.database.share(connection)
                return work(connection)

        return self._trying(within)

    def read(self, work: Callable[[sa.Connection], T]) -> T:
        """Do some work in one transaction that only reads, again while the database is away.

        Raises:
            StoreError: it stays away, or there is none.
        """

        def within() -> T:
            with self._reading() as connection:
                return work(connection)

        return self._trying(within)

    def begin(self, run: Run) -> None:
        """Create or migrate the schema, and note the run.

        Raises:
            StoreError: the database cannot be reached or written, or is not ours.
        """
        self._trying(partial(self._begin, run))
        self._run, self._met, self._checked = run, True, True

    def migrate(self) -> None:
        """Create or migrate the schema, with all indexes, for those who ask and write without a run.

        Raises:
            StoreError: as `begin`.
        """
        self._trying(self._migrate)

    def done(self, items: Sequence[str], fingerprint: str, *, retry_failed: bool = False) -> set[str]:
        """Which of the items need no work; see `contract.Store.done`."""
        return self._trying(partial(self._done, items, fingerprint, retry_failed))

    def commit(self, outcomes: Sequence[Outcome], also: Callable[[sa.Connection], object] | None = None) -> None:
        """Write outcomes and their manifest rows, all or nothing; an item's earlier rows are replaced.

        Args:
            outcomes: in their order.
            also: writes something of the caller's in the same transaction, which may be tried more than once.
        Raises:
            StoreError: the disk is full, or the database stayed away; nothing of the outcomes is there.
        """
        written = batch(outcomes, self._current(), manifest.now())
        self._trying(partial(self._write, written, also))
        if len(self._entities) > REMEMBERED:
            self._entities.clear()
        self._entities.update(written.entities.values())
        self._index_in_time(len(written.keys))

    def failures(self) -> Iterator[Failed]:
        """What is in quarantine, in the order of sources."""
        start = 0
        while page := self._trying(partial(self._failures, start)):
            yield from page
            start += len(page)

    def finish(self, state: str) -> None:
        """Note how the run ended, link copies to stories, drop what nothing mentions, and refresh statistics."""
        run = self._current()
        self._trying(partial(self._finish, run, state))
        self._entities.clear()
        self._trying(self.database.tidy)

    def close(self) -> None:
        """Let go of connections."""
        self.database.engine.dispose()

    def _current(self) -> Run:
        if self._run is None:
            raise StoreError(self.database.name, "no run has begun", "call begin first")
        return self._run

    def _trying(self, work: Callable[[], T]) -> T:
        with explained(self.database):
            return retrying(work, self._passes, patience=self.patience, failed=self._lost)

    def _passes(self, error: Exception) -> bool:
        return self.database.passes(error) and (self._met or not self.database.silent(error))

    def _lost(self) -> None:
        """After an error that may pass: start from new connections, and from what the database really has."""
        self.database.engine.dispose()
        self._entities.clear()

    def _prepare(self) -> None:
        self.database.prepare()
        with self.database.writing() as connection:
            self.database.lock(connection)
            migrating.upgrade(connection, self.database.name)

    def _begin(self, run: Run) -> None:
        self._prepare()
        with self.database.writing() as connection:
            self.database.lock(connection)
            self._unindexed = 0 if indexing.put_off(connection) else None
            manifest.begin(connection, run)

    def _migrate(self) -> None:
        self.database.prepare()
        with self.database.writing() as connection:
            self.database.lock(connection)
            migrating.upgrade(connection, self.database.name)
            indexing.make(connection)

    def _index_in_time(self, documents: int) -> None:
        """Nobody is to wait for a long run's end to ask questions."""
        if self._unindexed is not None:
            self._unindexed += documents
            if self._unindexed >= UNINDEXED:
                self._trying(self._index)
                self._unindexed = None

    def _index(self) -> None:
        with self.database.writing() as connection:
            self.database.lock(connection)
            indexing.make(connection)

    def _check(self, connection: sa.Connection) -> None:
        if not self._checked:
            migrating.check(connection, self.database.name)
            self._met = self._checked = True

    def _done(self, items: Sequence[str], fingerprint: str, retry_failed: bool) -> set[str]:
        with self._reading() as connection:
            return manifest.done(connection, items, fingerprint, retry_failed=retry_failed)

    def _failures(self, start: int) -> list[Failed]:
        """A page of them: tracebacks of a hundred thousand failures are not held at once."""
        with self._reading() as connection:
            return list(manifest.failures(connection, start, PAGE))

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        if not self.database.exists():
            raise StoreError(self.database.name, "no such database", "name the output of an archive run")
        with self.database.reading() as connection:
            self._check(connection)
            yield connection

    def _write(self, written: Batch, also: Callable[[sa.Connection], object] | None) -> None:
        with self.database.writing() as connection:
            self.database.share(connection)
            self._forget_tidied(connection)
            before = replacing.before(connection, written)
            replacing.clear(connection, written, before)
            manifest.record(connection, written.outcomes, self._current())
            self._name(connection, written)
            self._load(connection, written, before.kept)
            replacing.settle_owners(connection, before.settled | written.shared)
            if also is not None:
                also(connection)

    def _forget_tidied(self, connection: sa.Connection) -> None:
        """Where another run has ended meanwhile, it may have dropped entities that we wrote."""
        ended = connection.scalar(sa.select(sa.func.count(tables.runs.c.finished)))
        if ended != self._ended:
            self._entities.clear()
        self._ended = ended

    def _name(self, connection: sa.Connection, written: Batch) -> None:
        """Entities: the newest fingerprint names them, and within one the first name in the order of code points."""
        news = sorted(set(written.entities.values()) - self._entities)
        if not news:
            return
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(NAMING.format(rows=UNNESTED, c='"C"'), tuple(map(list, zip(*news, strict=True))))
        else:
            connection.exec_driver_sql(NAMING.format(rows="VALUES (?, ?, ?, ?, ?)", c="BINARY"), news)

    def _load(self, connection: sa.Connection, written: Batch, kept: Collection[str]) -> None:
        """Insert documents and what hangs on them; documents in `kept` stand already and are updated."""
        documents = written.tables["documents"]
        if kept:
            replacing.update_documents(connection, [row for row in documents if row[0] in kept])
            documents = [row for row in documents if row[0] not in kept]
        self.database.load(connection, tables.documents, documents)
        self.database.load(connection, tables.appearances, written.appearances)
        for table in tables.PARTS:
            self.database.load(connection, table, written.tables[table.name])

    def _finish(self, run: Run, state: str) -> None:
        entities, mentions = tables.entities.c, tables.mentions.c
        with self.database.writing() as connection:
            self.database.lock(connection)
            indexing.make(connection)
            mentioned = sa.exists().where(mentions.entity == entities.id)
            connection.execute(sa.delete(tables.entities).where(~mentioned))
            stories.link(connection)
            manifest.finish(connection, run, state)
