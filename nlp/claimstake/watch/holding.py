"""One watcher to a database: two would ask the same servers at the same time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from claimstake.errors import StoreError
from claimstake.store.sql import SqlStore

SUFFIX = "-watch"  # of a file beside a SQLite database
NUMBER = 0x636C61775463  # of the advisory lock in PostgreSQL


@contextmanager
def held(store: SqlStore) -> Iterator[Path | None]:
    """Keep other watchers of the same database out.

    Yields:
        The file that does it, None where it is the database.
    Raises:
        StoreError: there is one already.
    """
    if store.database.files:
        with _file(Path(f"{store.database.files[0]}{SUFFIX}"), store) as path:
            yield path
        return
    with store.database.engine.connect() as connection:
        if not connection.scalar(sa.select(sa.func.pg_try_advisory_lock(NUMBER))):
            raise _taken(store)
        connection.commit()
        yield None


@contextmanager
def _file(path: Path, store: SqlStore) -> Iterator[Path]:
    try:
        import fcntl
    except ImportError:  # no Unix
        yield path
        return
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _taken(store) from None
        yield path
    finally:
        os.close(file)


def _taken(store: SqlStore) -> StoreError:
    return StoreError(store.database.name, "another claimstake watch is at work on it", "stop that one, or wait for it")
