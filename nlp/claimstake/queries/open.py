"""A reader by the address of its database."""

from __future__ import annotations

from claimstake.queries import changes
from claimstake.queries.connecting import Source
from claimstake.queries.loading import Progress, quiet
from claimstake.queries.memory import Memory
from claimstake.queries.reading import DatabaseReader


def reader(address: str, *, progress: Progress = quiet) -> DatabaseReader:
    """Open a database for the desk: make it where it is missing, bring it up to date, and read its claims.

    Args:
        address: a .db or .sqlite file, or postgresql://user@host/name.
        progress: is told how many claims of how many were read; a million take some seconds.

    Raises:
        StoreError: it is no database, cannot be reached or written, or is not ours.
    """
    source = Source(address)
    source.prepare()
    with source.writing() as connection:
        changes.watch(connection)
    return DatabaseReader(source, Memory(source, progress), address)
