"""Stores by their addresses: what each form opens, and what is said where none does."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psycopg
import pytest

from claimstake.errors import StoreError
from claimstake.store.databases import Postgres, Sqlite
from claimstake.store.opening import open_sql, open_store, shown
from store_runs import counts, run


@pytest.mark.parametrize("name", ["claims.db", "claims.sqlite", "CLAIMS.DB", "sqlite:///{}/claims.any"])
def test_sqlite_files(tmp_path: Path, name: str) -> None:
    """By suffix or by URL, relative or absolute; nothing is made before a run begins."""
    address = name.format(tmp_path) if "{" in name else str(tmp_path / name)
    store = open_sql(address)
    assert isinstance(store.database, Sqlite)
    assert not store.database.path.exists()
    with pytest.raises(StoreError, match="no such database"):
        store.done(["a"], "f")
    store.begin(run())
    assert store.database.path.parent == tmp_path
    store.close()
    assert [p.name for p in tmp_path.iterdir()] == [store.database.path.name]


def test_postgresql_addresses(server: Any) -> None:
    """With a schema, which is made, or without."""
    address = server.get_uri()
    store = open_sql(f"{address}&schema=press")
    assert isinstance(store.database, Postgres)
    store.begin(run())
    assert counts(store)["runs"] == 1
    with store.database.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM press.runs").scalar() == 1
    store.close()


def test_files_of_lines_and_parquet(tmp_path: Path) -> None:
    """Other formats are reached by the same call."""
    from claimstake.store.jsonl import JsonLinesStore

    assert isinstance(open_store(tmp_path / "claims.jsonl"), JsonLinesStore)
    with pytest.raises(StoreError, match="is no database"):
        open_sql(tmp_path / "claims.jsonl")


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("claims.xlsx", r"no store that claimstake knows \(name a .db or .sqlite file"),
        ("mysql://root:secret@host/db", r"mysql://…: is no store"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("postgresql://u:secret@host:port/db", "is no address of a database"),
        ("postgresql://u:secret@host/db?schema=a;b", "is no name of a schema"),
    ],
)
def test_addresses_of_nothing(address: str, says: str) -> None:
    """A clear error, and never a password in it."""
    with pytest.raises(StoreError, match=says) as caught:
        open_store(address)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("address", ["postgresql://me:secret@host/db", "postgres://me@host/db?password=secret"])
def test_the_name_of_a_database_has_no_password(address: str) -> None:
    """Wherever the address gives it; messages have it nowhere."""
    database = open_sql(address).database
    assert "secret" not in database.name
    assert "secret" not in str(database.explain(ValueError("invalid option secret")))


def test_a_schema_with_capitals(server: Any) -> None:
    """It is made, and used, under the name that the address gives."""
    store = open_sql(f"{server.get_uri()}&schema=Press_Claims")
    store.begin(run())
    with store.database.reading() as connection:
        assert connection.exec_driver_sql('SELECT count(*) FROM "Press_Claims".runs').scalar() == 1
    store.close()


def test_places_where_no_file_can_be(tmp_path: Path) -> None:
    """A folder that is not there, one that has a file's name."""
    (tmp_path / "folder.db").mkdir()
    for address, says in (
        (tmp_path / "none" / "claims.db", "there is no folder"),
        (tmp_path / "folder.db", "is a folder"),
    ):
        with pytest.raises(StoreError, match=says):
            open_sql(address).begin(run())


def test_a_server_that_is_not_there() -> None:
    """At the start of a run nobody waits for it."""
    with pytest.raises(StoreError, match="cannot be reached: .*look at the server and the address"):
        open_sql("postgresql://claims:secret@127.0.0.1:9/claims").begin(run())


def test_a_database_that_is_not_there(server: Any) -> None:
    """The server answers, and has no such database."""
    address = server.get_uri(database="nothing_of_the_kind")
    with pytest.raises(StoreError, match='cannot be reached: .*database "nothing_of_the_kind" does not exist'):
        open_sql(address).begin(run())


def test_a_wrong_password_is_not_printed(server: Any, tmp_path: Path) -> None:
    """A server that asks for passwords refuses; the message has the user and no password."""
    with open_sql(server.get_uri()).database.writing() as connection:
        connection.exec_driver_sql("CREATE ROLE reader LOGIN PASSWORD 'right-word'")
    rules = Path(server.pgdata) / "pg_hba.conf"
    before = rules.read_text()
    rules.write_text("local all reader scram-sha-256\n" + before)
    try:
        server.psql("SELECT pg_reload_conf();")
        address = server.get_uri().replace("postgres:@", "reader:wrong-word@")
        wait_until_refused(address)
        with pytest.raises(StoreError, match="does not let us in.*reader.*look at user and password") as caught:
            open_sql(address).begin(run())
        assert "wrong-word" not in str(caught.value)
        with pytest.raises(StoreError, match="is not allowed to|permission denied"):
            open_sql(address.replace("wrong-word", "right-word") + "&schema=other").begin(run())
    finally:
        rules.write_text(before)
        server.psql("SELECT pg_reload_conf(); DROP ROLE reader;")


def wait_until_refused(address: str) -> None:
    """The server reads its rules again a moment after it is told to."""
    for _ in range(100):
        try:
            psycopg.connect(address).close()
        except psycopg.OperationalError:
            return
        time.sleep(0.05)
    raise AssertionError("the server lets everybody in")


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("postgresql://me:s3/cr:et@host:5432/news?schema=a", "postgresql://me:***@host:5432/news?schema=a"),
        (
            "postgresql:///news?user=me&password=s3cret&sslmode=require",
            "postgresql:///news?user=me&password=***&sslmode=require",
        ),
        ("postgresql://me@host/news?host=/tmp/a:b@c", "postgresql://me@host/news?host=/tmp/a:b@c"),
        ("archive/a:b@c.db", "archive/a:b@c.db"),
    ],
)
def test_names_are_shown_without_passwords(address: str, said: str) -> None:
    """Whichever way an address gives them; all else stands as it was."""
    assert shown(address) == said


def test_a_missing_driver_is_named(tmp_path: Path) -> None:
    """Without psycopg everything else works, and the error says what to install."""
    (tmp_path / "psycopg.py").write_text("raise ModuleNotFoundError(\"No module named 'psycopg'\", name='psycopg')\n")
    code = (
        "from claimstake.errors import StoreError\n"
        "from claimstake.store.opening import open_store\n"
        "open_store('a.db')\n"
        "try:\n    open_store('postgresql://u:secret@h/d')\n"
        "except StoreError as error:\n    print(error)\n"
    )
    path = os.pathsep.join([str(tmp_path), *filter(None, sys.path)])
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": path}, timeout=60
    )
    assert done.stderr == ""
    assert "pip install 'claimstake[postgres]'" in done.stdout
    assert "secret" not in done.stdout


def test_addresses_are_told_apart_without_a_database_library() -> None:
    """A start of the program that opens no store imports none."""
    code = "import sys, claimstake.store.opening as o\nprint({'sqlalchemy', 'pyarrow', 'alembic'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "set()"
