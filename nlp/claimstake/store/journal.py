"""The SQLite journal beside output files: manifest, runs, failures, and what of the files counts.

It lives in a folder of its own, together with files that are being written. Output is first brought to the disk,
then told of here in one transaction, and only then moved into place: whatever a crash interrupts, `mend` finishes or
removes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import sqlalchemy as sa

from claimstake.errors import StoreError
from claimstake.store import durable, manifest, tables

VERSION = "1"
FILE = "journal.sqlite"
STAGING = "staging"
WAITING = 10  # seconds for another process that reads or writes the journal

own = sa.MetaData()
FACTS = sa.Table(  # "kind", "version", and what a store keeps count of
    "facts", own, sa.Column("name", sa.Text, primary_key=True), sa.Column("value", sa.Text, nullable=False)
)
HELD = sa.Table(  # where each document's output stands: number of a line, or of a batch of parts
    "held",
    own,
    sa.Column("document", sa.Text, primary_key=True),
    sa.Column("item", sa.Text, nullable=False),
    sa.Column("fingerprint", sa.Text, nullable=False),
    sa.Column("place", sa.Integer, nullable=False, index=True),
)
SUPERSEDED = sa.Table(  # output that is still in the files and counts no more
    "superseded",
    own,
    sa.Column("place", sa.Integer, primary_key=True),
    sa.Column("document", sa.Text, primary_key=True),
)
PENDING = sa.Table(  # moves, or removals where `staged` is NULL, that follow from the last transaction
    "pending",
    own,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("staged", sa.Text),
    sa.Column("place", sa.Text, nullable=False),
)
SHARED = (*manifest.TABLES, tables.appearances)


class Journal:
    """A journal; while it is open for writing its folder is locked, so that no two runs write the same files.

    Args:
        folder: of the journal.
        root: folder that places in the journal are relative to.
        kind: of the store: "JSON Lines", "Parquet".
        extra: tables of the store, besides those of every journal.
    """

    def __init__(self, folder: Path, root: Path, kind: str, extra: tuple[sa.Table, ...] = ()) -> None:
        self.folder, self.root, self.kind = folder, root, kind
        self.path = folder / FILE
        self.staging = folder / STAGING
        self._tables = (*own.sorted_tables, *SHARED, *extra)
        self._engine: sa.Engine | None = None
        self._unlock: Callable[[], None] | None = None

    def open(self) -> None:
        """Open an existing journal to look things up.

        Raises:
            StoreError: there is none, or one of another kind or version.
        """
        if self._engine is None:
            if not self.path.exists():
                raise StoreError(self.folder, "has no journal", "name the output of an archive run")
            self._engine = _engine(self.path)
            self._check()

    def claim(self, *, taken: bool) -> None:
        """Open the journal for writing, made where there is none, and mend what a crash left.

        Args:
            taken: output is there already; without a journal it is not ours.
        Raises:
            StoreError: another process writes here, or it is no journal of this kind and version.
        """
        if self._unlock is None:
            if taken and not self.path.exists():
                raise self._not_ours()
            durable.make_folder(self.staging)
            self._unlock = durable.lock(self.folder)
            if self._unlock is None:
                raise StoreError(self.root, "another run is writing here", "wait until it has ended, or stop it")
        self._engine = self._engine or _engine(self.path)
        self._make(taken)
        self._check()
        self.mend()

    def _make(self, taken: bool) -> None:
        with self.begin() as connection:
            if sa.inspect(connection).get_table_names():
                return
            if taken:
                raise self._not_ours()
            for table in self._tables:
                table.create(connection)
            self.note(connection, {"kind": self.kind, "version": VERSION})
        durable.sync(self.folder)

    def _not_ours(self) -> StoreError:
        problem = f"there is output already, but no journal of an archive run in {self.folder.name}"
        return StoreError(self.root, problem, "name another output, or put the journal back")

    def _check(self) -> None:
        with self.begin() as connection:
            known = sa.inspect(connection).has_table(FACTS.name)
            facts = self.facts(connection) if known else {}
        if facts.get("kind") != self.kind:
            problem = f"is no journal of a {self.kind} store"
            raise StoreError(self.path, problem, "name another output")
        if facts["version"] != VERSION:
            problem = f"has version {facts['version']}, and this program knows version {VERSION}"
            raise StoreError(self.path, problem, "use the claimstake that wrote it, or name another output")

    @contextmanager
    def begin(self) -> Iterator[sa.Connection]:
        """One transaction.

        Raises:
            StoreError: SQLite could not do it; nothing of the transaction is there.
        """
        if self._engine is None:
            raise StoreError(self.folder, "is not open", "begin a run first")
        try:
            with self._engine.begin() as connection:
                yield connection
        except sa.exc.DBAPIError as error:
            mend = "look at free space and permissions there, then start the run again"
            raise StoreError(self.path, f"cannot be used: {error.orig}", mend) from error

    def facts(self, connection: sa.Connection) -> dict[str, str]:
        return {row.name: row.value for row in connection.execute(sa.select(FACTS))}

    def note(self, connection: sa.Connection, facts: Mapping[str, object]) -> None:
        """Set facts."""
        manifest.upsert(connection, FACTS, [{"name": name, "value": str(value)} for name, value in facts.items()])

    def follow(self, connection: sa.Connection, moves: Mapping[str, str], removed: Iterable[str] = ()) -> None:
        """What `settle` does once the transaction is there.

        Args:
            moves: staged names with their places.
            removed: places.
        """
        rows = [{"staged": staged, "place": place} for staged, place in moves.items()]
        rows += [{"staged": None, "place": place} for place in removed]
        if rows:
            connection.execute(PENDING.insert(), rows)

    def settle(self) -> None:
        """Do the moves and removals that are pending."""
        with self.begin() as connection:
            pending = connection.execute(sa.select(PENDING).order_by(PENDING.c.number)).all()
        if pending:
            moves = [(self.staging / p.staged, self.root / p.place) for p in pending if p.staged]
            durable.move(moves, [self.root / p.place for p in pending if not p.staged])
            with self.begin() as connection:
                connection.execute(PENDING.delete())

    def mend(self) -> None:
        """Finish what the last transaction told of, and remove what none told of."""
        self.settle()
        for path in self.staging.iterdir():
            path.unlink()

    @contextmanager
    def mended_on_error(self) -> Iterator[None]:
        """What was staged for a transaction that came to nothing goes, so that it takes no room on a full disk."""
        try:
            yield
        except BaseException:
            with suppress(OSError, StoreError):  # the next run does it then
                self.mend()
            raise

    def close(self) -> None:
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None
        if self._unlock is not None:
            self._unlock()
            self._unlock = None


def _engine(path: Path) -> sa.Engine:
    """SQLite that has every transaction on the disk when it is committed."""
    engine = sa.create_engine(f"sqlite:///{path}", connect_args={"timeout": WAITING})

    @sa.event.listens_for(engine, "connect")
    def _settings(connection: object, _: object) -> None:
        connection.isolation_level = None  # begun below, so that making tables is undone with the rest
        for setting in ("journal_mode = WAL", "synchronous = FULL"):
            connection.execute(f"PRAGMA {setting}")

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine
