"""JSON Lines with a journal: the lines of `claimstake annotate`, each document once, whatever is killed when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa

from claimstake.errors import StoreError
from claimstake.sinks.jsonl import to_line
from claimstake.store import holding, manifest
from claimstake.store.contract import Outcome, Run, StoredDocument
from claimstake.store.files import FileStore, appearances
from claimstake.store.journal import HELD, SUPERSEDED, Journal
from claimstake.store.lines import LineFile

KIND = "JSON Lines"
REWRITTEN = "rewritten"  # the staged file
FETCHED = 10_000  # rows of the journal in memory at a time


class Line(NamedTuple):
    """A document as it is written: its key, where it was read, and its line with the line end."""

    key: str
    source: str | None
    line: bytes


def encode(document: StoredDocument, *, text: bool = True) -> Line:
    """The line of a document.

    Args:
        document: as it leaves a worker.
        text: keep its text, where the record has one.
    """
    record = document.record
    if not text and record.doc.text is not None:
        record = record.model_copy(update={"doc": record.doc.model_copy(update={"text": None})})
    return Line(document.key, record.doc.source, (to_line(record) + "\n").encode())


class JsonLinesStore(FileStore):
    """A file of documents (".gz" is packed), one a line, in the order in which they were done.

    The journal stands in the folder `<file>.journal`. Lines are brought to the disk before the journal tells of
    them; what stands behind the bytes that it tells of is what a crash left, and is cut off. Lines that a newer
    pipeline superseded stay until `finish`, which puts a file without them in the place of the old one.

    Args:
        path: a file that does not exist, that is empty, or that a store of this class wrote.
        text: keep the texts of documents.
    """

    def __init__(self, path: str | Path, *, text: bool = True) -> None:
        path = Path(path)
        super().__init__(path, Journal(path.with_name(path.name + ".journal"), path, KIND))
        self.encode = partial(encode, text=text)
        self._file = LineFile(path)
        self._size = self._lines = 0

    def begin(self, run: Run) -> None:
        """Mend what a crash left, and note the run.

        Raises:
            StoreError: the file is somebody else's or was changed, another run writes it, or it cannot be written.
        """
        with self._closed_on_error(), self._named():
            self._journal.claim(taken=self.path.exists() and self.path.stat().st_size > 0)
            with self._journal.begin() as connection:
                self._size, self._lines = self._kept(connection)
                self._check(closed=self._journal.facts(connection).get("closed") == "1")
                manifest.begin(connection, run)
                self._note(connection, self._size, self._lines, closed=False)
            self._file.open(self._size)
        self._run = run

    def done(self, items: Sequence[str], fingerprint: str, *, retry_failed: bool = False) -> set[str]:
        """See `contract.Store`."""
        with self._journal.begin() as connection:
            return manifest.done(connection, items, fingerprint, retry_failed=retry_failed)

    def commit(self, outcomes: Sequence[Outcome]) -> None:
        """Append the lines of outcomes, then tell the journal of them; all or nothing.

        Raises:
            StoreError: disk full, for one.
        """
        run, outcomes = self._running(), holding.latest(outcomes)
        size = self._size
        with self._named(), self._cut_on_error(), self._journal.begin() as connection:
            written = holding.choose(connection, outcomes, run.fingerprint)
            if written:
                size = self._file.append(w.content.line for w in written)
            lines = range(self._lines, self._lines + len(written))
            manifest.record(connection, outcomes, run)
            holding.hold(connection, outcomes, written, lines, run.fingerprint, appearances(outcomes))
            self._note(connection, size, lines.stop, closed=False)
        self._size, self._lines = size, lines.stop

    def finish(self, state: str) -> None:
        """Leave superseded lines out of the file, and note how the run ended."""
        run = self._running()
        with self._named():
            self._drop_superseded()
            with self._journal.begin() as connection:
                manifest.finish(connection, run, state)
                self._note(connection, self._size, self._lines, closed=True)

    def close(self) -> None:
        """Let go of file and journal."""
        self._file.close()
        super().close()

    def _drop_superseded(self) -> None:
        """Write a file without superseded lines, tell the journal where lines now stand, and move it into place."""
        with self._journal.mended_on_error(), self._journal.begin() as connection:
            dropped = connection.scalar(sa.select(sa.func.count()).select_from(SUPERSEDED))
            if not dropped:
                return
            places = sa.select(SUPERSEDED.c.place).order_by(SUPERSEDED.c.place).execution_options(yield_per=FETCHED)
            without = iter(connection.scalars(places))
            size = self._file.rewrite(self._journal.staging / REWRITTEN, without)
        with self._journal.begin() as connection:
            connection.execute(SUPERSEDED.delete())
            _number_anew(connection)
            self._journal.follow(connection, {REWRITTEN: ""})
            self._note(connection, size, self._lines - dropped, closed=False)
        self._size, self._lines = size, self._lines - dropped
        self._file.close()
        self._journal.settle()
        self._file.open(self._size)

    def _check(self, *, closed: bool) -> None:
        """That the file is the one the journal tells of."""
        size = self.path.stat().st_size if self.path.exists() else None
        mend = f"put the file back as it was, or start anew: remove it and {self._journal.folder.name}"
        if size is None and self._size:
            raise StoreError(self.path, "is missing, and its journal tells of its lines", mend)
        if (size or 0) < self._size:
            raise StoreError(self.path, f"has {size} bytes where its journal tells of {self._size}", mend)
        if closed and size is not None and size > self._size:
            raise StoreError(self.path, f"has {size - self._size} bytes more than were written to it", mend)

    def _kept(self, connection: sa.Connection) -> tuple[int, int]:
        """Bytes and lines that the journal tells of."""
        facts = self._journal.facts(connection)
        return int(facts.get("size", 0)), int(facts.get("lines", 0))

    def _note(self, connection: sa.Connection, size: int, lines: int, *, closed: bool) -> None:
        self._journal.note(connection, {"size": size, "lines": lines, "closed": int(closed)})

    @contextmanager
    def _cut_on_error(self) -> Iterator[None]:
        """What the journal does not tell of goes."""
        try:
            yield
        except BaseException:
            with suppress(OSError, StoreError):  # the next run does it then
                with self._journal.begin() as connection:
                    self._size, self._lines = self._kept(connection)
                self._file.cut(self._size)
            raise


def _number_anew(connection: sa.Connection) -> None:
    """Lines without gaps, in their order."""
    ranked = sa.select(
        HELD.c.document, (sa.func.row_number().over(order_by=HELD.c.place) - 1).label("place")
    ).subquery()
    connection.execute(HELD.update().where(HELD.c.document == ranked.c.document).values(place=ranked.c.place))
