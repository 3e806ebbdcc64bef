"""Schema versions: old databases are brought up to date with their data, newer and foreign ones are left alone."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from claimstake.errors import StoreError
from claimstake.store import manifest, migrating, tables
from claimstake.store.sql import SqlStore
from store_runs import contents, outcome, run
from stored_documents import stored

Open = Callable[..., SqlStore]
CATALOGUES = {
    "sqlite": ("SELECT type, name, tbl_name, sql FROM sqlite_master WHERE type IN ('table', 'index')",),
    "postgresql": (
        "SELECT table_name, column_name, data_type, is_nullable, collation_name, ordinal_position"
        " FROM information_schema.columns WHERE table_schema = current_schema()"
        " AND table_name NOT IN ('claims_flat', 'timeline', 'stories', 'corroboration')",
        "SELECT tablename, regexp_replace(indexdef, ' ON [^ ]+ ', ' ON ') FROM pg_indexes"
        " WHERE schemaname = current_schema()",
        "SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE connamespace = current_schema()::regnamespace",
    ),
}


def catalogue(connection: sa.Connection) -> set[tuple[Any, ...]]:
    """What the database itself says of its tables, indexes and constraints; SQL without regard to spaces and quotes."""
    rows: set[tuple[Any, ...]] = set()
    for query in CATALOGUES[connection.dialect.name]:
        for row in connection.exec_driver_sql(query):
            plain = ("".join(str(v).replace('"', "").split()) for v in row)
            rows.add(tuple(plain))
    return {row for row in rows if not any(tables.VERSION_TABLE in value for value in row)}


def differences(connection: sa.Connection) -> list[Any]:
    options = {"compare_type": True, "version_table": tables.VERSION_TABLE}
    found = compare_metadata(MigrationContext.configure(connection, opts=options), tables.metadata)
    if connection.dialect.name == "sqlite":
        return found
    elsewhere = {  # foreign keys of many rows are SQLite's alone
        (table.name, *key.column_keys)
        for table in tables.metadata.tables.values()
        for key in table.foreign_key_constraints
        if key._ddl_if is not None
    }
    return [d for d in found if d[0] != "add_fk" or (d[1].table.name, *d[1].column_keys) not in elsewhere]


def test_migrations_make_what_the_tables_say(opened: Open, address: str) -> None:
    """By alembic's comparison, and by the database's own catalogue."""
    store = opened(address)
    store.begin(run())
    store.finish("complete")  # with the indexes that a first run puts off
    with store.database.writing() as connection:
        assert differences(connection) == []
        migrated = catalogue(connection)
        for view in ("claims_flat", "timeline", "stories", "corroboration"):
            connection.exec_driver_sql(f"DROP VIEW {view}")
        tables.metadata.drop_all(connection)
        tables.metadata.create_all(connection)
        assert catalogue(connection) == migrated
        assert len(migrated) > 25
        connection.exec_driver_sql("DROP INDEX ix_claims_date")
        assert differences(connection) != []


def test_an_older_schema_is_migrated_with_its_data(opened: Open, address: str) -> None:
    """From revision 0001, written as it was then, to the newest."""
    new = opened(address)
    old = opened(address)
    old.database.prepare()
    with old.database.writing() as connection:
        migrating.upgrade(connection, "old", "0001")
        manifest.begin(connection, run("r0"))
    with pytest.raises(StoreError, match="has schema version 0001, and this program reads"):
        list(new.failures())
    old._run = run("r0")
    old.commit([outcome(old, "i1", stored("d1")), outcome(old, "i2", failures=1)])
    before = contents(old)
    new.begin(run("r1"))
    assert contents(new) == before
    assert new.done(["i1", "i2"], "f1") == {"i1", "i2"}
    with new.database.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM claims_flat").scalar() == 2
        assert {"claims_flat", "timeline", "stories", "corroboration"} == set(sa.inspect(connection).get_view_names())


def test_starters_at_the_same_moment(opened: Open, address: str) -> None:
    """Eight threads begin on nothing; all of them find one schema."""
    stores = [opened(address) for _ in range(8)]
    gate, errors = threading.Barrier(len(stores)), []

    def start(number: int, store: SqlStore) -> None:
        gate.wait()
        try:
            store.begin(run(f"r{number}"))
            store.commit([outcome(store, f"i{number}", stored(f"d{number}"))])
        except Exception as error:  # noqa: BLE001 - whatever it is, the test is to show it
            errors.append(error)

    threads = [threading.Thread(target=start, args=pair) for pair in enumerate(stores)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []
    assert stores[0].done([f"i{n}" for n in range(8)], "f1") == {f"i{n}" for n in range(8)}


def test_a_newer_schema_is_left_alone(opened: Open, address: str) -> None:
    """The message names both versions and says what to do."""
    store = opened(address)
    store.begin(run())
    with store.database.writing() as connection:
        connection.exec_driver_sql(f"UPDATE {tables.VERSION_TABLE} SET version_num = '9999'")
    again = opened(address)
    with pytest.raises(StoreError, match="9999, which is newer .*upgrade claimstake"):
        again.begin(run("r2"))
    with pytest.raises(StoreError, match="newer"):
        list(again.failures())


def test_a_database_of_something_else_is_left_alone(opened: Open, address: str) -> None:
    """A table of the same name stops it; nothing is made."""
    store = opened(address)
    store.database.prepare()
    with store.database.writing() as connection:
        connection.exec_driver_sql("CREATE TABLE documents (id INTEGER PRIMARY KEY)")
    with pytest.raises(StoreError, match="belongs to something else: it has a table 'documents'"):
        store.begin(run())
    with store.database.reading() as connection:
        assert sa.inspect(connection).get_table_names() == ["documents"]


def test_files_that_are_no_database(opened: Open, tmp_path: Path) -> None:
    """Text, and a database with other tables."""
    text, other = tmp_path / "text.db", tmp_path / "other.db"
    text.write_text("China banned exports of gallium.\n" * 100, encoding="utf-8")
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE birds (name TEXT)")
    connection.close()
    for path, says in ((text, "is no SQLite database"), (other, "has a table 'birds'")):
        before = path.read_bytes()
        with pytest.raises(StoreError, match=says):
            opened(str(path)).begin(run())
        with pytest.raises(StoreError):
            list(opened(str(path)).failures())
        if path is text:
            assert path.read_bytes() == before
