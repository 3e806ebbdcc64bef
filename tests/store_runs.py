"""Runs of stores: outcomes made by hand, and what a database holds afterwards."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from claimstake.store.contract import Failed, Outcome, Run, StoredDocument
from claimstake.store.sql import SqlStore
from claimstake.store.tables import DESK, metadata

PASSING = {"run", "started", "finished", "annotated"}  # columns that differ from run to run
WRITTEN = {name: table for name, table in metadata.tables.items() if table not in DESK}  # by runs


def run(name: str = "r1", fingerprint: str = "f1") -> Run:
    return Run(name, fingerprint, "2026-01-01T00:00:00Z", "0.1.0", ("news/",), {"text": True})


def outcome(store: SqlStore, item: str, *documents: StoredDocument, failures: int = 0) -> Outcome:
    """What became of an item; its documents get its key."""
    failed = tuple(
        Failed(item, f"{item}.txt", "annotate", f"problem {n}", "mend", "ValueError", "Traceback")
        for n in range(failures)
    )
    rows = tuple(store.encode(StoredDocument(**{**vars(d), "item": item})) for d in documents)
    claims = sum(len(d.record.claims) for d in documents)
    return Outcome(item, f"{item}.txt", rows, failed, sum(d.tokens for d in documents), claims, len(documents))


def contents(store: SqlStore) -> dict[str, list[dict[str, Any]]]:
    """All rows of all tables but runs, sorted, without what differs from run to run."""
    found: dict[str, list[dict[str, Any]]] = {}
    with store.database.reading() as connection:
        for name, table in WRITTEN.items():
            columns = [c for c in table.columns if c.name not in PASSING]
            rows = [dict(row._mapping) for row in connection.execute(sa.select(*columns))]
            found[name] = sorted(rows, key=lambda row: [str(value) for value in row.values()])
    del found["runs"]
    return found


def counts(store: SqlStore) -> dict[str, int]:
    """Rows of each table."""
    with store.database.reading() as connection:
        return {
            name: connection.scalar(sa.select(sa.func.count()).select_from(table)) for name, table in WRITTEN.items()
        }


def dangling(store: SqlStore) -> list[str]:
    """Foreign keys, enforced or not, that some row breaks."""
    broken = []
    with store.database.reading() as connection:
        for table in WRITTEN.values():
            for key in table.foreign_key_constraints:
                other = sa.alias(key.referred_table)
                pairs = [
                    own == other.c[element.column.name] for own, element in zip(key.columns, key.elements, strict=True)
                ]
                missing = sa.select(sa.func.count()).select_from(table).where(~sa.exists().where(*pairs))
                if connection.scalar(missing):
                    broken.append(f"{table.name} to {key.referred_table.name}")
    return broken
