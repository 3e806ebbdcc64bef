"""Which document's output counts, where several items, runs or pipelines made some: bookkeeping of a journal.

A document that several items contain is written once, for the first of them that is met; another pipeline's output
supersedes it. Once no item contains it any more, its output is superseded, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from claimstake.store import manifest
from claimstake.store.contract import Outcome
from claimstake.store.journal import HELD, SUPERSEDED
from claimstake.store.tables import appearances


class Written(NamedTuple):
    """A document to be written: its key, the item it is written for, and what `Store.encode` made of it."""

    key: str
    item: str
    content: Any


def latest(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """Each item's last outcome, in order."""
    found: dict[str, Outcome] = {}
    for outcome in outcomes:
        found.pop(outcome.item, None)
        found[outcome.item] = outcome
    return list(found.values())


def choose(connection: sa.Connection, outcomes: Sequence[Outcome], fingerprint: str) -> list[Written]:
    """The documents of outcomes that are to be written, in order.

    Args:
        outcomes: each item once; what `Store.encode` made of a document has a `key`.
        fingerprint: of the run.
    """
    offered = [Written(content.key, o.item, content) for o in outcomes for content in o.documents]
    held = HELD.c
    holders: dict[str, tuple[str, str]] = {}
    for portion in manifest.portions({w.key for w in offered}):
        query = sa.select(held.document, held.fingerprint, held.item).where(held.document.in_(portion))
        holders.update((document, (f, item)) for document, f, item in connection.execute(query))
    chosen: dict[str, Written] = {}
    for written in offered:
        holder, item = holders.get(written.key, ("", ""))
        if holder == fingerprint and item != written.item:
            continue
        chosen[written.key] = written
        holders[written.key] = fingerprint, written.item
    return list(chosen.values())


def hold(
    connection: sa.Connection,
    outcomes: Sequence[Outcome],
    written: Sequence[Written],
    places: Iterable[int],
    fingerprint: str,
    seen: Sequence[dict[str, Any]],
) -> set[str]:
    """Note where the output of documents now stands; what was there before is superseded.

    Args:
        outcomes: each item once.
        written: see `choose`.
        places: of what was written.
        seen: rows of `appearances` of the outcomes.
    Returns:
        Documents whose first item, in the order of keys, may not be the one that they are written for.
    """
    left = _replace_appearances(connection, [o.item for o in outcomes], seen)
    gone = _without_item(connection, left)
    _supersede(connection, [w.key for w in written])
    _supersede(connection, gone)
    rows = [
        {"document": w.key, "item": w.item, "fingerprint": fingerprint, "place": place}
        for w, place in zip(written, places, strict=True)
    ]
    if rows:
        connection.execute(HELD.insert(), rows)
    owned = {(w.key, w.item) for w in written}
    return (left - gone) | {row["document"] for row in seen if (row["document"], row["item"]) not in owned}


def _replace_appearances(connection: sa.Connection, items: Sequence[str], rows: Sequence[dict[str, Any]]) -> set[str]:
    """Returns the documents that the items contained before and contain no more."""
    before: set[str] = set()
    for portion in manifest.portions(items):
        those = appearances.c.item.in_(portion)
        before.update(connection.scalars(sa.select(appearances.c.document).where(those)))
        if before:
            connection.execute(appearances.delete().where(those))
    manifest.upsert(connection, appearances, rows)
    return before - {row["document"] for row in rows}


def _without_item(connection: sa.Connection, documents: set[str]) -> set[str]:
    left = set(documents)
    for portion in manifest.portions(documents):
        left.difference_update(
            connection.scalars(sa.select(appearances.c.document).where(appearances.c.document.in_(portion)))
        )
    return left


def _supersede(connection: sa.Connection, documents: Iterable[str]) -> None:
    for portion in manifest.portions(set(documents)):
        those = HELD.c.document.in_(portion)
        old = sa.select(HELD.c.place, HELD.c.document).where(those)
        if connection.execute(SUPERSEDED.insert().from_select(["place", "document"], old)).rowcount:
            connection.execute(HELD.delete().where(those))
