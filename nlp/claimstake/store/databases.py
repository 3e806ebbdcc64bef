"""What SQLite and PostgreSQL do differently: connecting, writing many rows, which errors pass, what they mean."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import sqlalchemy as sa

from claimstake.errors import StoreError
from claimstake.store.opening import shown
from claimstake.store.rows import Row

DRIVERS = ("psycopg", "sqlite3")  # whose errors come as they are where SQLAlchemy has no part in it
GO_ON = "what was committed is whole; start the run again to go on"
UNIQUE, IO_ERROR, NO_SPACE = "23505", "58030", "53100"  # SQLSTATEs of PostgreSQL
AWAY = ("08", "57P", "53300", "3D000")
OCCUPIED = "is asked by too many at once", "try again in a moment"  # all connections of a pool
FULL = "the disk is full", f"free some space; {GO_ON}"

# The driver looks for an adapter of every None that is bound, and takes three times as long where there is none.
sqlite3.register_adapter(type(None), {}.get)


class Database(Protocol):
    """One of the two.

    Attributes:
        name: for messages; never with a password.
        engine: makes transactions.
        files: that it writes on this machine, as far as we know them.
    """

    name: str
    engine: sa.Engine
    files: tuple[Path, ...]

    def prepare(self) -> None:
        """See that there can be a database.

        Raises:
            StoreError: there cannot.
        """

    def exists(self) -> bool:
        """Whether there may be one to read."""

    def writing(self) -> Any:
        """A transaction (context manager) that writes."""

    def reading(self) -> Any:
        """A transaction (context manager) that only reads, and waits for no writer."""

    def readers(self, size: int) -> sa.Engine:
        """An engine that only reads, for `size` threads at once; whoever asks for it disposes of it."""

    def lock(self, connection: sa.Connection) -> None:
        """Until the transaction ends, keep others out who make or migrate the schema, write or tidy up."""

    def share(self, connection: sa.Connection) -> None:
        """Until the transaction ends, keep out whoever asks for `lock`, but not others who share."""

    def load(self, connection: sa.Connection, table: sa.Table, rows: Sequence[Row]) -> None:
        """Insert many rows, tuples in the order of columns."""

    def passes(self, error: BaseException) -> bool:
        """Whether the same may go well a little later."""

    def silent(self, error: BaseException) -> bool:
        """Whether the database did not answer at all, as against being busy or going away."""

    def explain(self, error: BaseException) -> StoreError:
        """The error as a user is to read it."""

    def tidy(self) -> None:
        """After a run: what the planner of queries wants to know, and one file instead of three."""


@contextmanager
def explained(database: Database) -> Iterator[None]:
    """Raise errors of a database as a user is to read them.

    Raises:
        StoreError: in place of what SQLAlchemy or a driver raised; other errors pass as they are.
    """
    try:
        yield
    except Exception as error:
        if isinstance(error, sa.exc.SQLAlchemyError) or type(error).__module__.startswith(DRIVERS):
            raise database.explain(error) from error
        raise


def cause(error: BaseException) -> BaseException:
    """The driver's error within SQLAlchemy's."""
    return getattr(error, "orig", None) or error


def first_line(error: BaseException) -> str:
    lines = str(cause(error)).strip().splitlines()
    return lines[0] if lines else type(error).__name__


class Sqlite:
    """A SQLite file.

    Write-ahead log with synchronous=NORMAL: a loss of power may take the last commits away, manifest rows and all, so
    that the next run does them again; it never tears one.

    Args:
        path: of the file.
        waiting: seconds to wait for another writer before an attempt counts as failed.
    """

    PAGE = 4096  # bytes; larger ones are no better once indexes outgrow the cache, since each touch writes a whole one
    CACHE = 96  # MB: pages of the indexes that a batch touches
    READER_CACHE = 16  # MB, of each connection that only reads; the system keeps the file in memory anyway
    CHECKPOINT = 65536  # pages of the log before it is copied into the file, each once: 256 MB

    def __init__(self, path: Path, *, waiting: float = 10.0) -> None:
        self.path, self.name = path, str(path)
        self.files = (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm", "-journal")))
        self._pragmas = {
            "busy_timeout": int(waiting * 1000),
            "page_size": self.PAGE,
            "journal_mode": "WAL",
            "synchronous": "NORMAL",
            "foreign_keys": "OFF",  # declared for readers; checking them costs 13%, and documents come and go whole
            "cache_size": -self.CACHE * 1024,
            "wal_autocheckpoint": self.CHECKPOINT,
        }
        self._waiting = waiting
        self.engine = self._connecting(1)

    def _connecting(self, size: int) -> sa.Engine:
        url = sa.URL.create("sqlite", database=str(self.path))
        engine = sa.create_engine(url, connect_args={"timeout": self._waiting}, pool_size=size, max_overflow=size)
        sa.event.listen(engine, "connect", self._connected)
        sa.event.listen(engine, "begin", self._begun)
        return engine

    def readers(self, size: int) -> sa.Engine:
        engine = self._connecting(size)
        sa.event.listen(engine, "connect", self._limited)
        return engine.execution_options(reads=True)

    @classmethod
    def _limited(cls, connection: Any, record: Any) -> None:
        connection.execute(f"PRAGMA cache_size = {-cls.READER_CACHE * 1024}")
        connection.execute("PRAGMA query_only = ON")

    def _connected(self, connection: Any, record: Any) -> None:
        connection.isolation_level = None  # transactions begin where SQLAlchemy begins them
        for pragma, value in self._pragmas.items():
            connection.execute(f"PRAGMA {pragma} = {value}")

    @staticmethod
    def _begun(connection: sa.Connection) -> None:
        reads = connection.get_execution_options().get("reads")
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    def prepare(self) -> None:
        if self.path.is_dir():
            raise StoreError(self.name, "is a folder", "name a file that ends in .db or .sqlite")
        if not self.path.parent.is_dir():
            raise StoreError(self.name, f"there is no folder {self.path.parent}", "make it first")

    def exists(self) -> bool:
        return self.path.is_file()

    def writing(self) -> Any:
        return self.engine.begin()

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        with self.engine.connect().execution_options(reads=True) as connection, connection.begin():
            yield connection

    def lock(self, connection: sa.Connection) -> None:
        """BEGIN IMMEDIATE has done it."""

    def share(self, connection: sa.Connection) -> None:
        """BEGIN IMMEDIATE has done it."""

    def load(self, connection: sa.Connection, table: sa.Table, rows: Sequence[Row]) -> None:
        if rows:
            places = ", ".join("?" * len(table.columns))
            connection.exec_driver_sql(f"INSERT INTO {table.name} VALUES ({places})", rows)

    def passes(self, error: BaseException) -> bool:
        return self._code(error) in {"SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_PROTOCOL"}

    def silent(self, error: BaseException) -> bool:
        return False

    def explain(self, error: BaseException) -> StoreError:
        said = {
            "SQLITE_BUSY": ("another program is writing to it", f"wait until that is done; {GO_ON}"),
            "SQLITE_LOCKED": ("another program is writing to it", f"wait until that is done; {GO_ON}"),
            "SQLITE_FULL": FULL,
            "SQLITE_NOTADB": ("is no SQLite database", "name another file"),
            "SQLITE_CORRUPT": ("is a damaged SQLite database", "restore a copy, or name another file"),
            "SQLITE_READONLY": ("may not be written", "look at the permissions of the file and its folder"),
            "SQLITE_CANTOPEN": ("cannot be opened", "look at the permissions of the file and its folder"),
            "SQLITE_IOERR": (f"cannot be read or written: {first_line(error)}", f"look at the disk; {GO_ON}"),
        }
        if isinstance(error, sa.exc.TimeoutError):
            return StoreError(self.name, *OCCUPIED)
        problem, mend = said.get(self._code(error), (f"SQLite says: {first_line(error)}", GO_ON))
        return StoreError(self.name, problem, mend)

    @staticmethod
    def _code(error: BaseException) -> str:
        """The primary code: "SQLITE_BUSY" of "SQLITE_BUSY_SNAPSHOT"."""
        name = getattr(cause(error), "sqlite_errorname", None) or ""
        return "_".join(name.split("_")[:2])

    def tidy(self) -> None:
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            cursor = connection.connection.cursor()
            cursor.execute("PRAGMA analysis_limit = 1000")
            cursor.execute("ANALYZE")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


class Postgres:
    """A PostgreSQL database, by psycopg 3.

    Args:
        url: postgresql+psycopg://…, without our own options.
        schema: of the tables, made where it is missing; None takes what the server's search path says.
    """

    files = ()
    ALIVE = {"keepalives_idle": 20, "keepalives_interval": 5, "keepalives_count": 4, "tcp_user_timeout": 60_000}
    LOCK = 0x636C61696D  # number of the advisory lock
    PASSING = ("08", "57P", "40", "53300", "55P03", "58")  # connection, shutdown, conflicts, too many, locked, system
    FOR_GOOD = ("authentication failed", "password", "does not exist", "pg_hba.conf", "permission denied")

    def __init__(self, url: sa.URL, *, schema: str | None = None) -> None:
        self.schema = schema
        self._secrets = [found for found in (url.password, url.query.get("password")) if isinstance(found, str)]
        self.name = shown(url.set(drivername="postgresql").render_as_string(hide_password=False))
        options = {"application_name": "claimstake", "connect_timeout": 10, **self.ALIVE}
        if schema:
            options["options"] = f'-csearch_path="{schema}"'
        self._url, self._options = url, options
        self.engine = self._connecting(1)

    def _connecting(self, size: int, **more: bool) -> sa.Engine:
        return sa.create_engine(self._url, connect_args=self._options, pool_size=size, max_overflow=size, **more)

    def readers(self, size: int) -> sa.Engine:
        return self._connecting(size, pool_pre_ping=True)  # a server that was started anew is no reader's trouble

    def prepare(self) -> None:
        if self.schema:
            with self.engine.begin() as connection:
                self.lock(connection)
                connection.execute(sa.schema.CreateSchema(self.schema, if_not_exists=True))

    def exists(self) -> bool:
        return True

    def writing(self) -> Any:
        return self.engine.begin()

    def reading(self) -> Any:
        return self.engine.begin()

    def lock(self, connection: sa.Connection) -> None:
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(self.LOCK)))

    def share(self, connection: sa.Connection) -> None:
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock_shared(self.LOCK)))

    def load(self, connection: sa.Connection, table: sa.Table, rows: Sequence[Row]) -> None:
        if not rows:
            return
        columns = ", ".join(f'"{column.name}"' for column in table.columns)
        with (
            connection.connection.cursor() as cursor,
            cursor.copy(f"COPY {table.name} ({columns}) FROM STDIN") as copy,
        ):
            for row in rows:
                copy.write_row(row)

    def passes(self, error: BaseException) -> bool:
        found = cause(error)
        state = getattr(found, "sqlstate", None)
        if state == UNIQUE:  # another writer was quicker
            return True
        if state:
            return state.startswith(self.PASSING) and state != IO_ERROR
        return self._broken(error) and not self._refused(found)

    def silent(self, error: BaseException) -> bool:
        return self._broken(error) and cause(error).sqlstate is None

    @staticmethod
    def _broken(error: BaseException) -> bool:
        import psycopg

        return isinstance(cause(error), psycopg.OperationalError | psycopg.InterfaceError)

    def _refused(self, error: BaseException) -> bool:
        return any(words in str(error) for words in self.FOR_GOOD)

    def explain(self, error: BaseException) -> StoreError:
        found = cause(error)
        state = getattr(found, "sqlstate", None) or ""
        said = first_line(error)
        for secret in filter(None, self._secrets):
            said = said.replace(secret, "***")
        if isinstance(error, sa.exc.TimeoutError):
            return StoreError(self.name, *OCCUPIED)
        if state == NO_SPACE or "No space left on device" in said:
            return StoreError(self.name, *FULL)
        if "authentication failed" in said or "password" in said:
            return StoreError(self.name, f"does not let us in: {said}", "look at user and password")
        if state.startswith(("42501", "28")) or "permission denied" in said:
            return StoreError(self.name, f"is not allowed to: {said}", "ask for the right to create and write tables")
        if self._broken(error) and (not state or state.startswith(AWAY)):
            return StoreError(self.name, f"cannot be reached: {said}", f"look at the server and the address; {GO_ON}")
        return StoreError(self.name, f"PostgreSQL says: {said}", GO_ON)

    def tidy(self) -> None:
        from claimstake.store.tables import metadata

        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for table in metadata.tables:
                connection.exec_driver_sql(f"ANALYZE {table}")
