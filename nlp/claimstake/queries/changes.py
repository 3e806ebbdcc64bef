"""Which documents were written, deleted, judged or read since: a small table that triggers of the database keep.

The desk makes table and triggers when it first opens a database, so that an archive which never meets one pays nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import sqlalchemy as sa

TABLES = {"documents": "key", "judgements": "document", "readings": "document"}

SQLITE_TABLE = """
CREATE TABLE IF NOT EXISTS desk_changes (seq INTEGER PRIMARY KEY AUTOINCREMENT, document TEXT NOT NULL UNIQUE)
"""
# Deleted first: a conflict clause of the statement that fired a trigger would overrule one in here.
SQLITE_TRIGGER = """
CREATE TRIGGER IF NOT EXISTS desk_{table}_{event} AFTER {event} ON {table} BEGIN
    DELETE FROM desk_changes WHERE document = {row}.{key};
    INSERT INTO desk_changes (document) VALUES ({row}.{key});
END
"""
EVENTS = {"INSERT": "new", "UPDATE": "new", "DELETE": "old"}

# Transactions end in another order than they begin, so that a number from a sequence could be passed by.
POSTGRES = """
CREATE TABLE IF NOT EXISTS desk_changes (document text COLLATE "C" PRIMARY KEY, xid xid8 NOT NULL);
CREATE INDEX IF NOT EXISTS desk_changes_xid ON desk_changes (xid);
CREATE OR REPLACE FUNCTION desk_changed() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO desk_changes VALUES (to_jsonb(coalesce(NEW, OLD)) ->> TG_ARGV[0], pg_current_xact_id())
    ON CONFLICT (document) DO UPDATE SET xid = excluded.xid WHERE desk_changes.xid <> excluded.xid;
    RETURN NULL;
END $$;
"""
POSTGRES_TRIGGER = """
CREATE OR REPLACE TRIGGER desk_{table} AFTER INSERT OR UPDATE OR DELETE ON {table}
FOR EACH ROW EXECUTE FUNCTION desk_changed('{key}')
"""


@dataclass(frozen=True)
class Mark:
    """Up to where changes are known.

    Attributes:
        at: number of the last change; in PostgreSQL of the first transaction that may not have ended.
        seen: there, changes from `at` on that are known: document and transaction.
    """

    at: int
    seen: frozenset[tuple[str, int]] = field(default=frozenset())


def watch(connection: sa.Connection) -> None:
    """Make table and triggers where they are missing, in the caller's transaction."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(POSTGRES)
        for table, key in TABLES.items():
            connection.exec_driver_sql(POSTGRES_TRIGGER.format(table=table, key=key))
        return
    connection.exec_driver_sql(SQLITE_TABLE)
    for table, key in TABLES.items():
        for event, row in EVENTS.items():
            connection.exec_driver_sql(SQLITE_TRIGGER.format(table=table, key=key, event=event, row=row))


def mark(connection: sa.Connection) -> Mark:
    """Where changes stand in what the connection sees."""
    if connection.dialect.name == "postgresql":
        at = connection.exec_driver_sql("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint").scalar_one()
        return Mark(at, frozenset(_pairs(connection, at)))
    return Mark(connection.exec_driver_sql("SELECT coalesce(max(seq), 0) FROM desk_changes").scalar_one())


def since(connection: sa.Connection, before: Mark, most: int) -> tuple[frozenset[str], Mark, bool]:
    """What changed since.

    Args:
        connection: sees one state of the database.
        before: of the last question.
        most: documents at most, those that changed first.

    Returns:
        Keys of documents, the mark from which to ask the next time, and whether there are more.
    """
    if connection.dialect.name == "postgresql":
        return _since_in_postgresql(connection, before, most)
    query = "SELECT seq, document FROM desk_changes WHERE seq > ? ORDER BY seq LIMIT ?"
    rows = connection.exec_driver_sql(query, (before.at, most + 1)).all()
    taken = rows[:most]
    at = taken[-1].seq if taken else before.at
    return frozenset(row.document for row in taken), Mark(at), len(rows) > most


def _since_in_postgresql(connection: sa.Connection, before: Mark, most: int) -> tuple[frozenset[str], Mark, bool]:
    after = mark(connection)
    fresh = sorted(set(_pairs(connection, before.at)) - before.seen, key=lambda pair: pair[1])
    taken = fresh[:most]
    more = len(fresh) > most
    return frozenset(key for key, _ in taken), Mark(before.at, before.seen.union(taken)) if more else after, more


def _pairs(connection: sa.Connection, at: int) -> list[tuple[str, int]]:
    query = "SELECT document, xid::text::bigint FROM desk_changes WHERE xid >= %s::text::xid8"
    return [(row[0], row[1]) for row in connection.exec_driver_sql(query, (str(at),))]
