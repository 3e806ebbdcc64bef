"""The work of a run, small enough to be made and sent anywhere: the pipeline is loaded where it arrives."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from claimstake.archive.fingerprint import fingerprint
from claimstake.archive.job import Job
from claimstake.errors import WorkerError
from claimstake.readers.items import Item
from claimstake.store.contract import Failed, Outcome, StoredDocument

if TYPE_CHECKING:
    from claimstake.archive.steps import Steps

MESSAGE = 300  # characters of another library's message that a failure repeats
TRACEBACK = 6_000  # characters, the last ones
REPORT = "please report it together with the document"
MENDS = {
    "timeout": "leave it out, split it, or raise --timeout",
    "worker": "leave it out, or see whether the machine ran out of memory",
}


class Worker:
    """Takes work items to outcomes.

    Args:
        job: what is done with every document.
        encode: of the store, see `Store.encode`.
        fingerprint: of the run; whoever loads another one must not work for it. None: whatever is there.
    """

    def __init__(self, job: Job, encode: Callable[[StoredDocument], Any], *, fingerprint: str | None = None) -> None:
        self._job, self._encode, self._fingerprint = job, encode, fingerprint
        self._steps: Steps | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_steps": None}

    def load(self) -> None:
        """Build the pipeline; takes a second or two, and some hundred megabytes.

        Raises:
            ConfigError, KnowledgeError, ModelError: it cannot be built, or not as the job's files ask.
            WorkerError: program or files are not those that the run began with.
        """
        from claimstake.archive.steps import Steps

        if self._fingerprint not in (None, fingerprint(self._job)):
            raise WorkerError("the program, its models or a --config file changed while it ran; start it again")
        self._steps = Steps(self._job, self._encode)

    def __call__(self, items: Sequence[Item]) -> list[Outcome]:
        """What becomes of each item, in their order; whatever its documents set off is in `Outcome.failures`."""
        if self._steps is None:
            self.load()
        assert self._steps is not None
        return self._steps(items)


def give_up(item: Item, stage: str, problem: str) -> Outcome:
    """The outcome of an item that no worker could get through."""
    key = item.key
    failed = Failed(key, item.source, stage, problem, MENDS.get(stage, REPORT))
    return Outcome(key, item.source, failures=(failed,))


def broken(item: str, source: str, stage: str, what: str, error: BaseException, document: str | None = None) -> Failed:
    """What goes into quarantine when an error that nobody foresaw stops an item or a document.

    Args:
        item: its key.
        source, stage, document: as in `Failed`.
        what: what could not be done, in one clause.
        error: told with its traceback.
    """
    return Failed(
        item=item,
        source=source,
        stage=stage,
        problem=f"{what}: {type(error).__name__}: {str(error)[:MESSAGE]}",
        mend=REPORT,
        error=type(error).__name__,
        traceback="".join(traceback.format_exception(error))[-TRACEBACK:],
        document=document,
    )
