"""What was done and what failed, one row per work item: the same in a database and in the journal beside files.

Every function works in the caller's transaction.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from claimstake.store import tables
from claimstake.store.contract import Failed, Outcome, Run

TABLES = (tables.runs, tables.manifest, tables.failures)
DONE, FAILED, MENDED, RUNNING = "done", "failed", "mended", "running"
REFUSED = re.compile("[\0\ud800-\udfff]")  # by databases; names of files and tracebacks hold it
CHUNK = 500  # values in one IN (...)
INSERT = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def now() -> str:
    """UTC, ISO 8601, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def upsert(connection: sa.Connection, table: sa.Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows; where one with the same primary key stands, its other columns are replaced."""
    if not rows:
        return
    write = INSERT[connection.dialect.name](table)
    others = {c.name: write.excluded[c.name] for c in table.columns if not c.primary_key}
    keys = list(table.primary_key)
    write = write.on_conflict_do_update(index_elements=keys, set_=others) if others else write.on_conflict_do_nothing()
    connection.execute(write, rows)


def portions(values: Collection[str]) -> Iterator[list[str]]:
    """Values in portions that one statement takes."""
    ordered = list(values)
    return (ordered[start : start + CHUNK] for start in range(0, len(ordered), CHUNK))


def begin(connection: sa.Connection, run: Run) -> None:
    """Note a run as running; beginning it again changes nothing."""
    row = {
        "id": run.id,
        "fingerprint": run.fingerprint,
        "started": run.started,
        "finished": None,
        "state": RUNNING,
        "version": run.version,
        "sources": json.dumps(run.sources, ensure_ascii=False),
        "configuration": json.dumps(run.configuration, ensure_ascii=False, sort_keys=True),
        **dict.fromkeys(("items", "documents", "claims", "tokens", "failures"), 0),
    }
    write = INSERT[connection.dialect.name](tables.runs)
    connection.execute(write.on_conflict_do_nothing(), [row])


def done(connection: sa.Connection, items: Sequence[str], fingerprint: str, *, retry_failed: bool = False) -> set[str]:
    """Which of the items need no work; see `contract.Store.done`."""
    manifest = tables.manifest.c
    found: set[str] = set()
    for portion in portions(items):
        query = sa.select(manifest.item).where(manifest.item.in_(portion), manifest.fingerprint == fingerprint)
        states = (DONE,) if retry_failed else (DONE, FAILED)
        found.update(connection.scalars(query.where(manifest.state.in_(states))))
    return found


def record(connection: sa.Connection, outcomes: Sequence[Outcome], run: Run) -> None:
    """Write manifest rows and failures of outcomes, each item once; what the items had before is replaced."""
    upsert(connection, tables.manifest, [_row(outcome, run) for outcome in outcomes])
    for portion in portions([outcome.item for outcome in outcomes]):
        connection.execute(sa.delete(tables.failures).where(tables.failures.c.item.in_(portion)))
    failed = [_failure(f, i, o, run) for o in outcomes for i, f in enumerate(o.failures)]
    if failed:
        connection.execute(sa.insert(tables.failures), failed)
    runs = tables.runs.c
    counts = {
        "items": len(outcomes),
        "documents": sum(len(o.documents) for o in outcomes),
        "claims": sum(o.claims for o in outcomes),
        "tokens": sum(o.tokens for o in outcomes),
        "failures": len(failed),
    }
    values = {name: runs[name] + count for name, count in counts.items()}
    connection.execute(sa.update(tables.runs).where(runs.id == run.id).values(values))


def failures(connection: sa.Connection, start: int = 0, most: int | None = None) -> Iterator[Failed]:
    """What is in quarantine, in the order of sources: from the one at `start` on, `most` of them at most."""
    failed = tables.failures.c
    columns = (failed[name] for name in Failed.__dataclass_fields__)
    query = sa.select(*columns).order_by(failed.source, failed.item, failed.position)
    query = query.offset(start).limit(most)
    return (Failed(**row._mapping) for row in connection.execute(query))


def finish(connection: sa.Connection, run: Run, state: str) -> None:
    """Note how a run ended, and when."""
    runs = sa.update(tables.runs).where(tables.runs.c.id == run.id)
    connection.execute(runs.values(state=state, finished=now()))


def _row(outcome: Outcome, run: Run) -> dict[str, Any]:
    return {
        "item": outcome.item,
        "fingerprint": run.fingerprint,
        "state": FAILED if outcome.failures else MENDED if outcome.mended else DONE,
        "source": _clean(outcome.source),
        "documents": len(outcome.documents),
        "relevant": outcome.relevant,
        "claims": outcome.claims,
        "tokens": outcome.tokens,
        "run": run.id,
    }


def _failure(failed: Failed, position: int, outcome: Outcome, run: Run) -> dict[str, Any]:
    told = {name: _clean(value) for name, value in vars(failed).items()}
    return {**told, "item": outcome.item, "position": position, "run": run.id}


def _clean(text: str | None) -> str | None:
    return text if text is None else REFUSED.sub("\ufffd", text)
