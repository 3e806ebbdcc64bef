"""The desk's own tables in a database, asked and written from threads."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import sqlalchemy as sa

from claimstake.errors import StoreError
from claimstake.store import migrating
from claimstake.store.databases import Database, explained
from claimstake.store.opening import open_sql
from claimstake.store.retrying import retrying

PATIENCE = 5.0  # seconds that a database may be away
READERS = 4  # connections that are kept; as many again may be opened

T = TypeVar("T")


class Books:
    """Transactions of one database. Safe to be used by many threads at once."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._readers = database.readers(READERS)  # of their own: those of writers may be waiting for another program

    @classmethod
    def open(cls, target: str, *, make: bool = True) -> Books:
        """Of a database, made or migrated where it has to be.

        Args:
            target: what `store.opening.open_sql` takes.
            make: a SQLite file that is not there is made.

        Raises:
            StoreError: there is none and none can be made, or it is of a newer program.
        """
        database = open_sql(target).database
        if not (make or database.exists()):
            raise StoreError(database.name, "there is no such file", "`claimstake account add` makes one")
        books = cls(database)
        database.prepare()

        def migrate(connection: sa.Connection) -> None:
            database.lock(connection)
            migrating.upgrade(connection, database.name)

        books.write(migrate)
        return books

    def read(self, work: Callable[[sa.Connection], T]) -> T:
        """What `work` reads in one transaction.

        Raises:
            StoreError: the database cannot be read.
        """
        return self._trying(lambda: self._within(self._readers.begin, work))

    def write(self, work: Callable[[sa.Connection], T]) -> T:
        """What `work` returns; all that it writes, or nothing.

        Raises:
            StoreError: the database cannot be written.
        """
        return self._trying(lambda: self._within(self._database.writing, work))

    def close(self) -> None:
        """Let go of connections."""
        for engine in (self._readers, self._database.engine):
            engine.dispose()

    @staticmethod
    def _within(transaction: Callable, work: Callable[[sa.Connection], T]) -> T:
        with transaction() as connection:
            return work(connection)

    def _trying(self, work: Callable[[], T]) -> T:
        with explained(self._database):
            return retrying(work, self._database.passes, patience=PATIENCE, failed=self.close)


def when(ahead: timedelta = timedelta(0)) -> str:
    """The time so long from now: UTC, ISO 8601 to the second, as the store writes it; such times compare as text."""
    return (datetime.now(UTC) + ahead).strftime("%Y-%m-%dT%H:%M:%SZ")
