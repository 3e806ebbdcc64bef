"""Databases of annotated documents for tests, filled through the store's own rows and tables."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Engine

from claimstake.records import AnnotatedDocument
from claimstake.store import tables
from claimstake.store.contract import KEY_LENGTH, Run, StoredDocument
from claimstake.store.rows import encode, stamp

RUN = Run("r1", "f1", "2026-01-01T00:00:00Z", "0", ("tests",))


def fill(engine: Engine, records: Iterable[AnnotatedDocument]) -> None:
    """Create the schema and write the documents."""
    tables.metadata.create_all(engine)
    known: set[str] = set()
    counts = dict.fromkeys(("items", "documents", "claims", "tokens", "failures"), 0)
    plain = {"id": RUN.id, "fingerprint": "f1", "started": RUN.started, "state": "complete", "version": "0"}
    with engine.begin() as connection:
        connection.execute(tables.runs.insert(), {**plain, "sources": "[]", "configuration": "{}", **counts})
        for record in records:
            rows = stamp(encode(StoredDocument(key_of(record), "i1", record, 0)), RUN, RUN.started)
            rows["entities"] = [row for row in rows["entities"] if row[0] not in known]
            known.update(row[0] for row in rows["entities"])
            for name, found in rows.items():
                if found:
                    connection.execute(tables.metadata.tables[name].insert().values(found))


def key_of(record: AnnotatedDocument) -> str:
    return record.doc.sha256[:KEY_LENGTH]
