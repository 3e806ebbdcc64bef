"""Connections for many readers at once, whose errors are ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from claimstake.store import indexing, migrating
from claimstake.store.databases import Database, explained
from claimstake.store.opening import open_sql

READERS = 8  # connections that are kept; as many again may be opened
POSTGRES_READ_ONLY = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"


class Source:
    """A database that is read.

    Args:
        address: as `store.opening.open_sql` takes it.

    Attributes:
        database: for those who write.
    """

    def __init__(self, address: str) -> None:
        self.database: Database = open_sql(address).database
        self._engine = self.database.readers(READERS)

    def prepare(self) -> None:
        """Make the database where it is missing, and bring it up to date.

        Raises:
            StoreError: it cannot be reached or written, or is not ours.
        """
        with explained(self.database):
            self.database.prepare()
            with self.database.writing() as connection:
                self.database.lock(connection)
                migrating.upgrade(connection, self.database.name)
                indexing.make(connection)

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """One state of the database, whatever is written meanwhile.

        Raises:
            StoreError: it cannot be read.
        """
        with explained(self.database), self._engine.connect() as connection, connection.begin():
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql(POSTGRES_READ_ONLY)
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """A transaction that writes.

        Raises:
            StoreError: it cannot be written.
        """
        with explained(self.database), self.database.writing() as connection:
            self.database.lock(connection)
            yield connection

    def close(self) -> None:
        """Let go of connections."""
        self._engine.dispose()
        self.database.engine.dispose()
