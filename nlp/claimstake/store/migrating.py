"""Schema versions: alembic's revisions in `migrations/`, run inside the program."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from claimstake.errors import StoreError
from claimstake.store.tables import VERSION_TABLE, metadata

REVISIONS = Path(__file__).parent / "migrations"


def upgrade(connection: sa.Connection, name: str, revision: str = "head") -> None:
    """Bring a database to a revision, in the caller's transaction, which keeps other starters out.

    Args:
        connection: in a transaction that holds the database's lock for starters.
        name: of the database, for messages.
        revision: the newest, but for tests.
    Raises:
        StoreError: the database is of a newer program, or of something else.
    """
    if _version(connection, name) is None:
        _ensure_free(connection, name)
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def check(connection: sa.Connection, name: str) -> None:
    """See that a database can be read.

    Raises:
        StoreError: its schema is not this program's.
    """
    version, newest = _version(connection, name), head()
    if version is None:
        raise StoreError(name, "is no claimstake database", "name the output of an archive run")
    if version != newest:
        problem = f"has schema version {version}, and this program reads {newest}"
        raise StoreError(name, problem, "start an archive run into it, which brings it up to date")


def head() -> str:
    """The newest revision."""
    newest = ScriptDirectory.from_config(_config()).get_current_head()
    assert newest is not None, "there are revisions"
    return newest


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(REVISIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _version(connection: sa.Connection, name: str) -> str | None:
    """The revision of a database, None where there is none.

    Raises:
        StoreError: it is not known here.
    """
    if not sa.inspect(connection).has_table(VERSION_TABLE):
        return None
    found = connection.exec_driver_sql(f"SELECT version_num FROM {VERSION_TABLE}").scalar()
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if found is not None and found not in known:
        problem = f"has schema version {found}, which is newer than this program's ({max(known)})"
        raise StoreError(name, problem, "upgrade claimstake")
    return found


def _ensure_free(connection: sa.Connection, name: str) -> None:
    """A SQLite file of something else is left alone; in PostgreSQL others may have tables beside ours."""
    found = set(sa.inspect(connection).get_table_names()) - {VERSION_TABLE}
    if connection.dialect.name == "postgresql":
        found &= set(metadata.tables)
    if found:
        problem = f"belongs to something else: it has a table {min(found)!r} that claimstake did not make"
        postgresql = connection.dialect.name == "postgresql"
        mend = "name another database, or add ?schema=claims to the address" if postgresql else "name another file"
        raise StoreError(name, problem, mend)
