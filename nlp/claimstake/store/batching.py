"""Outcomes of work items as one batch of rows: each item, document and entity once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain

from claimstake.store import tables
from claimstake.store.contract import Outcome, Run
from claimstake.store.rows import DocumentRows, Row, stamp_document


@dataclass
class Batch:
    """What one transaction writes.

    Attributes:
        outcomes: the last one of each item.
        appearances: item, document, source.
        entities: one row an id.
        keys: of the documents, sorted; a document of two items is there once.
        tables: rows of the documents and of what hangs on them, by table, in the order of `keys`.
        shared: keys of documents that two of the items have.
    """

    outcomes: list[Outcome]
    appearances: list[Row]
    entities: dict[str, Row]
    keys: list[str]
    tables: dict[str, list[Row]]
    shared: set[str] = field(default_factory=set)

    @property
    def items(self) -> list[str]:
        return [outcome.item for outcome in self.outcomes]


def batch(outcomes: Sequence[Outcome], run: Run, time: str) -> Batch:
    """One batch of outcomes; where an item comes twice the later one counts.

    Args:
        outcomes: their documents are `DocumentRows`.
        run: stamped on documents and entities.
        time: stamped on documents, UTC in ISO 8601.
    """
    last = list({outcome.item: outcome for outcome in outcomes}.values())
    appearances: dict[tuple[str, str], Row] = {}
    owners: dict[str, DocumentRows] = {}
    shared: set[str] = set()
    for rows in (rows for outcome in last for rows in outcome.documents):
        appearances[rows.item, rows.key] = (rows.item, rows.key, rows.source)
        other = owners.get(rows.key)
        if other is not None and other.item != rows.item:
            shared.add(rows.key)
        if other is None or rows.item <= other.item:
            owners[rows.key] = rows
    keys = sorted(owners)
    found = [owners[key] for key in keys]
    together = {part.name: list(chain.from_iterable(one.tables[part.name] for one in found)) for part in tables.PARTS}
    together["documents"] = [stamp_document(one, run, time) for one in found]
    return Batch(last, sorted(appearances.values()), _entities(found, run), keys, together, shared)


def _entities(found: Sequence[DocumentRows], run: Run) -> dict[str, Row]:
    """Each entity once, by id; where documents disagree, the first label and name in the order of code points."""
    named = set(chain.from_iterable(one.tables["entities"] for one in found))
    unique = sorted(named, key=lambda row: row[:3], reverse=True)
    return {row[0]: (*row, run.fingerprint) for row in unique}
