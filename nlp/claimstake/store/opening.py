"""A store by its address: a file's suffix or a URL decides. Drivers and formats are imported only when asked for."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from claimstake.errors import StoreError
from claimstake.store.contract import Store

if TYPE_CHECKING:
    import sqlalchemy as sa

    from claimstake.store.sql import SqlStore

SQLITE = (".db", ".sqlite", ".sqlite3")
POSTGRES = ("postgresql", "postgres", "postgresql+psycopg")
FORMS = "name a .db or .sqlite file, postgresql://user@host/name, a .parquet folder, or a .jsonl file"
PASSWORD = re.compile(r"(?<=://)([^:/?@]*):[^@]*@|(?<=[?&]password=)[^&]*")
SCHEMA = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def open_store(target: str | Path, *, text: bool = True) -> Store:
    """The store at a target; nothing is written before its `begin`.

    Args:
        target: "claims.db", "claims.sqlite", "sqlite:///path", "postgresql://user@host/name?schema=claims",
            "claims.parquet" or an existing folder (Parquet), "claims.jsonl".
        text: keep the texts of documents.
    Raises:
        StoreError: no store goes by such a name, or its driver is not installed.
    """
    address = str(target)
    if "://" in address:
        return _by_url(address, text=text)
    path = Path(target)
    suffix = path.suffix.lower()
    if suffix in SQLITE:
        return _sqlite(path, text=text)
    if address.lower().removesuffix(".gz").endswith((".jsonl", ".ndjson")):
        from claimstake.store.jsonl import JsonLinesStore

        return JsonLinesStore(path, text=text)
    if suffix == ".parquet" or path.is_dir() or address.endswith(("/", "\\")):
        from claimstake.store.parquet import ParquetStore

        return ParquetStore(path, text=text)
    raise StoreError(address, "is no store that claimstake knows", FORMS)


def shown(target: str) -> str:
    """The name of a store as it may be printed: a password in an address is three stars."""
    return PASSWORD.sub(lambda found: "***" if found[1] is None else f"{found[1]}:***@", target)


def open_sql(target: str | Path, *, text: bool = True) -> SqlStore:
    """Like `open_store`, for databases alone.

    Raises:
        StoreError: it is no SQLite file and no PostgreSQL address.
    """
    from claimstake.store.sql import SqlStore

    path = Path(target)
    store = open_store(target, text=text) if "://" in str(target) or path.suffix.lower() in SQLITE else None
    if not isinstance(store, SqlStore):
        raise StoreError(str(target), "is no database", "name a .db or .sqlite file, or postgresql://user@host/name")
    return store


def _by_url(address: str, *, text: bool) -> Store:
    scheme, _, rest = address.partition("://")
    if scheme == "sqlite":
        path = unquote(rest.partition("?")[0]).removeprefix("/")
        if not path or path == ":memory:":
            raise StoreError(address, "names no file", "write sqlite:///claims.db")
        return _sqlite(Path(path), text=text)
    if scheme in POSTGRES:
        return _postgres(address, text=text)
    raise StoreError(f"{scheme}://…", "is no store that claimstake knows", FORMS)


def _sqlite(path: Path, *, text: bool) -> SqlStore:
    from claimstake.store.databases import Sqlite
    from claimstake.store.sql import SqlStore

    return SqlStore(Sqlite(path), text=text)


def _password_apart(url: sa.URL) -> sa.URL:
    """With the password where messages leave it out, if it was given as ?password=."""
    password = url.query.get("password")
    return url.set(password=password).difference_update_query(["password"]) if isinstance(password, str) else url


def _postgres(address: str, *, text: bool) -> SqlStore:
    import sqlalchemy as sa

    from claimstake.store.databases import Postgres
    from claimstake.store.sql import SqlStore

    try:
        url = sa.make_url(address).set(drivername="postgresql+psycopg")
        url = _password_apart(url)
    except (sa.exc.ArgumentError, ValueError):
        problem = "is no address of a database"
        raise StoreError("postgresql://…", problem, "write postgresql://user:password@host:5432/name") from None
    schema = url.query.get("schema")
    if schema is not None and not (isinstance(schema, str) and SCHEMA.fullmatch(schema)):
        raise StoreError("postgresql://…", f"{schema!r} is no name of a schema", "letters, digits and _ alone")
    try:
        database = Postgres(url.difference_update_query(["schema"]), schema=schema)
    except ModuleNotFoundError as error:
        problem = f"needs the Python package {error.name}"
        raise StoreError("postgresql://…", problem, "pip install 'claimstake[postgres]'") from error
    return SqlStore(database, text=text)
