"""Stores of annotated documents for tests, written as an archive run writes them."""

from __future__ import annotations

from collections.abc import Iterable

from claimstake.records import AnnotatedDocument
from claimstake.store.contract import KEY_LENGTH, Outcome, Run, StoredDocument
from claimstake.store.opening import open_store

RUN = Run("r1", "f1", "2026-01-01T00:00:00Z", "0", ("tests",))
AT_ONCE = 500


def fill(address: str, records: Iterable[AnnotatedDocument]) -> None:
    """Write documents to a store, an item each."""
    store = open_store(address)
    store.begin(RUN)
    held: list[Outcome] = []
    for number, record in enumerate(records):
        key = record.doc.sha256[:KEY_LENGTH]
        stored = store.encode(StoredDocument(key, f"i{number}", record, 0))
        held.append(Outcome(f"i{number}", record.doc.id, (stored,), claims=len(record.claims)))
        if len(held) >= AT_ONCE:
            store.commit(held)
            held = []
    store.commit(held)
    store.finish("complete")
    store.close()
