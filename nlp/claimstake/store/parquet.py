"""A Parquet dataset with a journal: a folder of parts for each table of the schema, each document once."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from claimstake.store import batches, durable, holding, manifest, parts, settling, tables
from claimstake.store.contract import Failed, Outcome, Run
from claimstake.store.files import FileStore, appearances
from claimstake.store.journal import SHARED, Journal
from claimstake.store.rows import Row, encode, stamp

KIND = "Parquet"
DOCUMENTS = tables.documents.name
JOURNAL = "_claimstake"  # readers of datasets pass over names that begin with an underscore
COPIED = (*SHARED, tables.entities)  # tables that the journal keeps, and `finish` copies into the dataset
OWN = (tables.entities, batches.BATCHES, batches.RESTATED, settling.UNSETTLED)  # besides what every journal has
FETCHED = 50_000  # rows of the journal in memory at a time
WAITING_ROWS = 100_000  # of all tables, before a batch is written
WAITING_DOCUMENTS = 5_000
WAITING_SECONDS = 20.0
WAITING_CHARACTERS = 64_000_000  # of texts
WAITING_BATCHES = 16  # small ones, before they are merged


class ParquetStore(FileStore):
    """A folder with one folder of Parquet files for each table, and the journal in `_claimstake`.

    What is committed waits until it is worth a batch of files (some thousands of documents, or some seconds); a crash
    forgets what waits, and the next run does it again. A batch is brought to the disk, then the journal tells of it,
    then it is moved into place; documents come last, so that a reader who sees one sees all of its rows. `finish`
    merges small batches, drops superseded rows, and copies tables of single rows (runs, manifest, failures,
    appearances, entities) out of the journal; until then readers see these as the last `finish` left them.

    Args:
        path: a folder that does not exist, that is empty, or that a store of this class wrote.
        text: keep the texts of documents.
        documents, rows, seconds: how many of them wait, at most, before a batch is written; rows are those of all
            tables together.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        text: bool = True,
        documents: int = WAITING_DOCUMENTS,
        rows: int = WAITING_ROWS,
        seconds: float = WAITING_SECONDS,
    ) -> None:
        path = Path(path)
        super().__init__(path, Journal(path / JOURNAL, path, KIND, OWN))
        self.encode = partial(encode, text=text)
        self._limits = documents, rows, seconds
        self._empty()

    def begin(self, run: Run) -> None:
        """Mend what a crash left, and note the run.

        Raises:
            StoreError: the folder is somebody else's or was changed, another run writes it, or it cannot be written.
        """
        with self._closed_on_error(), self._named():
            self._journal.claim(taken=self._taken())
            for table in (*batches.WRITTEN, *COPIED):
                durable.make_folder(self.path / table.name)
            with self._journal.begin() as connection:
                batches.check(self._journal, connection)
                manifest.begin(connection, run)
                first = "batch" not in self._journal.facts(connection)
            self._empty()
            self._run = run
            if first:
                self._write_batch()  # an empty one, that readers of an empty dataset find the columns in
                self._copy_tables()

    def done(self, items: Sequence[str], fingerprint: str, *, retry_failed: bool = False) -> set[str]:
        """See `contract.Store`; counts what waits to be written."""
        with self._journal.begin() as connection:
            found = manifest.done(connection, items, fingerprint, retry_failed=retry_failed)
        if fingerprint == self._running().fingerprint:
            waiting = ((item, self._waiting.get(item)) for item in items)
            found |= {item for item, o in waiting if o is not None and not (retry_failed and o.failures)}
        return found

    def commit(self, outcomes: Sequence[Outcome]) -> None:
        """Let outcomes wait until there are enough of them, then write them; all or nothing.

        Raises:
            StoreError: disk full, for one.
        """
        self._running()
        for outcome in outcomes:
            self._waiting.pop(outcome.item, None)
            self._waiting[outcome.item] = outcome
            self._waiting_documents += len(outcome.documents)
            self._waiting_rows += sum(len(rows) for d in outcome.documents for rows in d.tables.values())
            texts = (row[-1] for document in outcome.documents for row in document.tables[DOCUMENTS])
            self._waiting_characters += sum(len(text or "") for text in texts)
        waiting = self._waiting_documents, self._waiting_rows, time.monotonic() - self._since
        full = self._waiting_characters >= WAITING_CHARACTERS
        if full or any(found >= limit for found, limit in zip(waiting, self._limits, strict=True)):
            self.flush()

    def flush(self) -> None:
        """Write what waits."""
        with self._named():
            if self._waiting:
                self._write_batch()
            with self._journal.begin() as connection:
                small = batches.small(connection)
            if small >= WAITING_BATCHES:
                batches.merge(self._journal)

    def failures(self) -> Iterator[Failed]:
        """See `contract.Store`; needs no run."""
        if self._run is not None:
            self.flush()
        yield from super().failures()

    def replace(self, contents: Mapping[sa.Table, Callable[[sa.Connection], Iterable[Sequence[Row]]]]) -> None:
        """Write whole tables of single rows anew, in one file each, in the place of what their folders had.

        Args:
            contents: by table, what reads rows, in the order of columns and in portions, from the journal or elsewhere.
        """
        staged = {f"{table.name}-whole": table for table in contents}
        with self._named(), self._journal.mended_on_error():
            with self._journal.begin() as connection:
                for name, table in staged.items():
                    durable.make_folder(self.path / table.name)
                    with parts.Part(self._journal.staging / name, table) as part:
                        for portion in contents[table](connection):
                            part.add(portion)
                durable.sync(self._journal.staging)
                self._journal.follow(connection, {name: batches.place(table, 0) for name, table in staged.items()})
            self._journal.settle()

    def finish(self, state: str) -> None:
        """Write what waits, merge small parts, drop superseded rows, and note how the run ended."""
        run = self._running()
        self.flush()
        with self._named():
            batches.merge(self._journal)
            self._settle()
            with self._journal.begin() as connection:
                manifest.finish(connection, run, state)
            self._copy_tables()

    def close(self) -> None:
        """Let go of the journal; what waits is forgotten."""
        self._empty()
        super().close()

    def _empty(self) -> None:
        """Nothing waits."""
        self._waiting: dict[str, Outcome] = {}
        self._waiting_documents = self._waiting_rows = self._waiting_characters = 0
        self._since = time.monotonic()

    def _write_batch(self) -> None:
        run, outcomes, annotated = self._running(), list(self._waiting.values()), manifest.now()
        with self._journal.mended_on_error(), self._journal.begin() as connection:
            number = int(self._journal.facts(connection).get("batch", 0))
            written = holding.choose(connection, outcomes, run.fingerprint)
            rows = _gathered(stamp(w.content, run, annotated) for w in written)
            batches.write(self._journal, connection, number, rows)
            _note_entities(connection, rows[tables.entities.name])
            manifest.record(connection, outcomes, run)
            places = [number] * len(written)
            seen = appearances(outcomes)
            unsettled = holding.hold(connection, outcomes, written, places, run.fingerprint, seen)
            manifest.upsert(connection, settling.UNSETTLED, [{"document": key} for key in sorted(unsettled)])
            self._journal.note(connection, {"batch": number + 1, "settled": 0})
        self._empty()
        self._journal.settle()

    def _settle(self) -> None:
        """Owners and stories of documents, and the entities that are left, where anything was written."""
        with self._journal.mended_on_error(), self._journal.begin() as connection:
            if self._journal.facts(connection).get("settled") == "1":
                return
            settling.forget_entities(connection, self.path)
            settling.restate_owners(connection)
            settling.restate_stories(connection, self._journal)
        batches.merge(self._journal, restated=True)
        with self._journal.begin() as connection:
            connection.execute(settling.UNSETTLED.delete())
            connection.execute(batches.RESTATED.delete())
            self._journal.note(connection, {"settled": 1})

    def _copy_tables(self) -> None:
        """Bring tables of single rows from the journal into the dataset."""
        self.replace({table: partial(_portions, table) for table in COPIED})

    def _taken(self) -> bool:
        """Whether something stands in the folder that the journal does not tell of, where there is no journal."""
        return self.path.exists() and any(path.name != JOURNAL for path in self.path.iterdir())


def _portions(table: sa.Table, connection: sa.Connection) -> Iterator[Sequence[Row]]:
    query = sa.select(table).order_by(*table.primary_key).execution_options(yield_per=FETCHED)
    return connection.execute(query).partitions()


def _gathered(documents: Iterable[dict[str, list[Row]]]) -> dict[str, list[Row]]:
    """Rows of documents by table."""
    gathered: dict[str, list[Row]] = defaultdict(list)
    for document in documents:
        for name, rows in document.items():
            gathered[name].extend(rows)
    return gathered


def _note_entities(connection: sa.Connection, rows: Iterable[Row]) -> None:
    """Each entity once, as the newest pipeline names it; where documents disagree, the first in alphabetical order."""
    entities = tables.entities
    named: dict[str, dict[str, Any]] = {}
    for row in sorted(rows, key=_name, reverse=True):
        named[row[0]] = dict(zip(entities.columns.keys(), row, strict=True))
    if not named:
        return
    write = insert(entities)
    new = write.excluded
    other = entities.c.fingerprint != new.fingerprint
    earlier = sa.tuple_(new.label, new.canonical) < sa.tuple_(entities.c.label, entities.c.canonical)
    values = {column.name: new[column.name] for column in entities.columns if not column.primary_key}
    write = write.on_conflict_do_update(index_elements=["id"], set_=values, where=other | earlier)
    connection.execute(write, list(named.values()))


def _name(entity: Row) -> Row:
    return entity[1:3]
