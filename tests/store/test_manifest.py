"""What was done and what failed is noted once per item."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa

from claimstake.store import manifest, tables
from claimstake.store.contract import Failed, Outcome, Run

RUN = Run("run-1", "pipeline-1", "2026-01-05T08:00:00Z", "0.2", ("news/",), {"triage": True})
BROKEN = Failed("b", "news/b.pdf", "read", "is encrypted", "unlock it", "PdfError", "Traceback …", "b")


@pytest.fixture
def connection() -> Iterator[sa.Connection]:
    engine = sa.create_engine("sqlite://")
    with engine.begin() as connection:
        for table in manifest.TABLES:
            table.create(connection)
        manifest.begin(connection, RUN)
        yield connection
    engine.dispose()


def test_failed_items_are_done_until_they_are_retried(connection: sa.Connection) -> None:
    """A failed item is work again only where failed ones are retried; under another fingerprint everything is."""
    manifest.record(connection, [Outcome("a", "news/a.txt"), Outcome("b", "news/b.pdf", failures=(BROKEN,))], RUN)
    asked = ["a", "b", "c"]
    assert manifest.done(connection, asked, "pipeline-1") == {"a", "b"}
    assert manifest.done(connection, asked, "pipeline-1", retry_failed=True) == {"a"}
    assert manifest.done(connection, asked, "pipeline-2") == set()


def test_a_failure_goes_when_its_item_is_mended(connection: sa.Connection) -> None:
    """Failures come back as they were given, sorted by source, and are gone once the item is done."""
    first = replace(BROKEN, item="z", source="news/a\udcff.pdf", traceback="")
    outcomes = [Outcome("b", "news/b.pdf", failures=(BROKEN, BROKEN)), Outcome("z", "z", failures=(first,))]
    manifest.record(connection, outcomes, RUN)
    assert list(manifest.failures(connection)) == [replace(first, source="news/a\ufffd.pdf"), BROKEN, BROKEN]
    manifest.record(connection, [Outcome("b", "news/b.pdf")], RUN)
    assert [f.item for f in manifest.failures(connection)] == ["z"]


def test_a_run_counts_what_it_committed(connection: sa.Connection) -> None:
    """Counts add up over commits; the end is noted."""
    manifest.record(connection, [Outcome("a", "a", documents=(object(), object()), tokens=9, claims=4)], RUN)
    manifest.record(connection, [Outcome("b", "b", failures=(BROKEN,), tokens=1)], RUN)
    manifest.begin(connection, RUN)
    manifest.finish(connection, RUN, "complete")
    row = connection.execute(sa.select(tables.runs)).mappings().one()
    assert {row[n] for n in ("items", "documents")} == {2}
    assert (row["claims"], row["tokens"], row["failures"], row["state"]) == (4, 10, 1, "complete")
    assert json.loads(row["sources"]) == ["news/"]
    assert row["finished"] >= "2026"


def test_many_items_in_one_question(connection: sa.Connection) -> None:
    """More items than one statement takes."""
    items = [f"item-{i}" for i in range(3 * manifest.CHUNK + 1)]
    manifest.record(connection, [Outcome(i, i) for i in items[1:]], RUN)
    assert manifest.done(connection, items, "pipeline-1") == set(items[1:])
