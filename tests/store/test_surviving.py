"""Databases that go away, are locked or full, and writers that are killed: nothing lost, twice or torn."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

import archive_writing
from archive_writing import until_done, write
from claimstake.errors import StoreError
from claimstake.store.contract import Outcome
from claimstake.store.databases import Sqlite
from claimstake.store.opening import open_sql
from claimstake.store.sql import SqlStore
from postgresql_server import postgresql
from small_disk import SmallDisk, small_disk
from store_runs import contents, counts, dangling, outcome, run
from stored_documents import stored

Open = Callable[..., SqlStore]
ITEMS = range(400)
LONG = 200_000  # characters of a text that fills a disk soon


@pytest.fixture
def fragile() -> Iterator[Any]:
    """A PostgreSQL server that a test may stop."""
    with postgresql() as server:
        yield server
        revive(server)


def crash(server: Any) -> None:
    """What a loss of power does: no checkpoint, no farewell."""
    pid = server.get_pid()
    os.kill(pid, signal.SIGQUIT)
    for _ in range(200):
        if not Path(f"/proc/{pid}").exists():
            return
        time.sleep(0.05)
    raise AssertionError("PostgreSQL does not end")


def revive(server: Any) -> None:
    """Start it again; on a busy machine it may take more than one attempt."""
    for _ in range(5):
        try:
            return server.ensure_postgres_running()
        except subprocess.SubprocessError:
            time.sleep(1)
    raise AssertionError("PostgreSQL does not start")


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the items leave in a database when nothing goes wrong."""
    path = tmp_path_factory.mktemp("undisturbed") / "claims.db"
    write(open_sql(path), archive_writing.run(), ITEMS)
    return contents(open_sql(path))


def started(address: str, enough: threading.Event) -> threading.Thread:
    """A run in a thread; its last items wait until it was disturbed often enough, on a slow machine too."""
    store, commits = open_sql(address), iter(range(len(ITEMS) // 5 - 5))
    commit = store.commit

    def held(outcomes: list[Outcome]) -> None:
        if next(commits, None) is None:
            enough.wait(100)
        commit(outcomes)

    store.commit = held
    writer = threading.Thread(target=write, args=(store, archive_writing.run(), ITEMS), daemon=True)
    writer.start()
    return writer


def test_killed_at_random_moments(opened: Open, address: str, undisturbed: dict[str, Any]) -> None:
    """SIGKILL at twelve moments of a run, and then a run that ends: the same rows."""
    kills = until_done(open_sql, address, archive_writing.run(), ITEMS, kills=12, seed=3)
    assert kills > 2
    assert contents(opened(address)) == undisturbed
    assert dangling(opened(address)) == []


def test_a_database_that_is_busy_when_it_is_tidied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another program begins to write between the last transaction and the tidying up: an error that says so."""
    store = SqlStore(Sqlite(tmp_path / "claims.db", waiting=0.1), patience=0.3)
    store.begin(run())
    store.commit([outcome(store, "i1", stored("a"))])
    other, tidy = sqlite3.connect(tmp_path / "claims.db", isolation_level=None), store.database.tidy

    def busy() -> None:
        if not other.in_transaction:
            other.execute("BEGIN IMMEDIATE")
        tidy()

    monkeypatch.setattr(store.database, "tidy", busy)
    with pytest.raises(StoreError, match="another program is writing to it"):
        store.finish("complete")
    other.close()
    assert counts(store)["documents"] == 1
    store.close()


def test_killed_while_a_newer_pipeline_replaces(opened: Open, address: str, tmp_path: Path) -> None:
    """The newer one's rows in the end, each once."""
    newer = archive_writing.run("q:proposed", 2)
    straight = open_sql(tmp_path / "straight.db")
    write(straight, newer, ITEMS)
    write(open_sql(address), archive_writing.run(), ITEMS)
    until_done(open_sql, address, newer, ITEMS, kills=8, seed=5)
    assert contents(opened(address)) == contents(straight)
    assert dangling(opened(address)) == []


def test_a_server_that_crashes_while_it_writes(fragile: Any, opened: Open, undisturbed: dict[str, Any]) -> None:
    """It comes back each time, and the run never noticed."""
    address = fragile.get_uri()
    enough = threading.Event()
    writer = started(address, enough)
    crashes = 0
    while writer.is_alive() and crashes < 3:
        time.sleep(0.4)
        crash(fragile)
        time.sleep(0.2)
        revive(fragile)
        crashes += 1
        if crashes > 1:
            enough.set()
    writer.join(60)
    assert not writer.is_alive()
    assert crashes > 1
    assert contents(opened(address)) == undisturbed


def test_a_server_that_stays_away(fragile: Any, opened: Open) -> None:
    """After its time is over the run stops with a clear error; later it goes on where it was."""
    store = opened(fragile.get_uri())
    store.patience = 1.0
    store.begin(run())
    store.commit([outcome(store, "i1", stored("d1"))])
    crash(fragile)
    begun = time.monotonic()
    with pytest.raises(StoreError, match="cannot be reached: .*start the run again to go on"):
        store.commit([outcome(store, "i2", stored("d2"))])
    assert 0.5 < time.monotonic() - begun < 10
    revive(fragile)
    assert store.done(["i1", "i2"], "f1") == {"i1"}
    store.commit([outcome(store, "i2", stored("d2"))])
    assert counts(store)["documents"] == 2


def test_connections_that_are_cut(server: Any, opened: Open, undisturbed: dict[str, Any]) -> None:
    """An administrator, or a firewall, ends the connection again and again."""
    address = f"{server.get_uri()}&schema=cut"
    enough = threading.Event()
    writer = started(address, enough)
    cut = 0
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        while connection.execute("SELECT to_regclass('cut.runs')").fetchone() == (None,):
            time.sleep(0.01)  # a run that has not begun does not wait for its database
        while writer.is_alive():
            cut += len(
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE application_name = 'claimstake' AND pid <> pg_backend_pid()"
                ).fetchall()
            )
            if cut > 1:
                enough.set()
            time.sleep(0.3)
    assert cut > 1
    assert contents(opened(address)) == undisturbed


def test_a_file_that_another_program_locks(opened: Open, tmp_path: Path) -> None:
    """For a while: the run waits. For too long: it says so, and has written nothing."""
    path = tmp_path / "claims.db"
    store = opened(path)
    store.begin(run())
    store.database.engine.dispose()
    store.database._pragmas["busy_timeout"] = 50
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    threading.Timer(0.6, lambda: other.execute("ROLLBACK")).start()
    store.commit([outcome(store, "i1", stored("d1"))])
    other.execute("BEGIN IMMEDIATE")
    store.patience = 0.5
    with pytest.raises(StoreError, match="another program is writing to it"):
        store.commit([outcome(store, "i2", stored("d2"))])
    other.execute("ROLLBACK")
    other.close()
    assert store.done(["i1", "i2"], "f1") == {"i1"}


def until_full(store: SqlStore) -> int:
    """Commit until the disk is full; returns how many items were committed."""
    for number in range(200):
        text = f"China banned exports of gallium. The limit is 99.9%. {os.urandom(LONG // 2).hex()}"
        try:
            store.commit([outcome(store, f"i{number}", stored(f"d{number}", text=text))])
        except StoreError as error:
            assert "the disk is full (free some space" in str(error)  # noqa: PT017 - any other error is to be seen
            return number
    raise AssertionError("the disk has no end")


def test_a_full_disk(opened: Open, small_disk: SmallDisk) -> None:
    """SQLite: a clear error, whole documents, and on it goes once there is room."""
    store = opened(small_disk.folder / "claims.db")
    store.begin(run())
    count = until_full(store)
    items = [f"i{n}" for n in range(count + 1)]
    assert store.done(items, "f1") == set(items[:count])
    found = counts(store)
    assert (found["documents"], found["claims"], found["manifest"]) == (count, 2 * count, count)
    small_disk.make_room()
    store = opened(small_disk.folder / "claims.db")
    store.begin(run("r2"))
    store.commit([outcome(store, f"i{count}", stored("last"))])
    store.finish("complete")
    assert counts(store)["documents"] == count + 1
    with store.database.reading() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"


def test_a_full_disk_of_the_server(server: Any, opened: Open) -> None:
    """PostgreSQL: tables on a small disk of their own, as a tablespace."""
    with small_disk(Path(server.pgdata).parent / "disk") as disk:
        if not os.path.ismount(disk.folder):
            pytest.skip("no file system may be mounted here")
        owner = Path(server.pgdata).stat()
        os.chown(disk.folder, owner.st_uid, owner.st_gid)
        place = disk.folder / "tables"
        place.mkdir()
        os.chown(place, owner.st_uid, owner.st_gid)
        try:
            fill_and_go_on(server, opened, disk, place)
        finally:
            server.psql("DROP DATABASE IF EXISTS small WITH (FORCE);")
            server.psql("DROP TABLESPACE IF EXISTS small;")


def fill_and_go_on(server: Any, opened: Open, disk: SmallDisk, place: Path) -> None:
    server.psql(f"CREATE TABLESPACE small LOCATION '{place}';")
    server.psql("CREATE DATABASE small;")
    store = opened(server.get_uri(database="small"))
    store.begin(run())
    with store.database.writing() as connection:
        connection.exec_driver_sql("ALTER TABLE documents SET TABLESPACE small")
    count = until_full(store)
    items = [f"i{n}" for n in range(count + 1)]
    assert store.done(items, "f1") == set(items[:count])
    found = counts(store)
    assert (found["documents"], found["claims"], found["manifest"]) == (count, 2 * count, count)
    disk.make_room()
    store.commit([outcome(store, f"i{count}", stored("last"))])
    store.finish("complete")
    assert counts(store)["documents"] == count + 1
    store.close()
