"""Indexes that are made once a first run has written its rows: sorting them all is quicker than one by one."""

from __future__ import annotations

import sqlalchemy as sa

from claimstake.store import tables


def put_off(connection: sa.Connection) -> bool:
    """Drop `tables.LATER` where there is no document yet; else make what a killed run has left without.

    Returns:
        Whether they are dropped.
    """
    empty = connection.scalar(sa.select(tables.documents.c.key).limit(1)) is None
    if empty:
        for index in tables.LATER:
            index.drop(connection, checkfirst=True)
    else:
        make(connection)
    return empty


def make(connection: sa.Connection) -> None:
    """Make what is missing of `tables.LATER`, in the caller's transaction."""
    for index in tables.LATER:
        index.create(connection, checkfirst=True)
