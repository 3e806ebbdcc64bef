"""What stores that keep files beside a journal have in common."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from claimstake.errors import StoreError
from claimstake.store import manifest
from claimstake.store.contract import Failed, Outcome, Run
from claimstake.store.journal import Journal


class FileStore:
    """A path, its journal, and the run that is going on."""

    def __init__(self, path: Path, journal: Journal) -> None:
        self.path = path
        self.outputs = (path, journal.folder)
        self._journal = journal
        self._run: Run | None = None

    def failures(self) -> Iterator[Failed]:
        """See `contract.Store`; needs no run."""
        self._journal.open()
        with self._journal.begin() as connection:
            yield from manifest.failures(connection)

    def close(self) -> None:
        """Let go of the journal."""
        self._journal.close()
        self._run = None

    def _running(self) -> Run:
        if self._run is None:
            raise StoreError(self.path, "is not open", "begin a run first")
        return self._run

    @contextmanager
    def _closed_on_error(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self.close()
            raise

    @contextmanager
    def _named(self) -> Iterator[None]:
        """Errors of the file system name the output and what to do."""
        try:
            yield
        except OSError as error:
            mend = "look at free space and permissions there, then start the run again: it goes on where it was"
            raise StoreError(self.path, f"cannot be written: {error.strerror or error}", mend) from error


def appearances(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """Rows of the table of that name; what `encode` made of a document has a `key` and a `source`."""
    return [{"item": o.item, "document": d.key, "source": d.source} for o in outcomes for d in o.documents]
