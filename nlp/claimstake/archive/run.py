"""A run: sources through worker processes into a store, every document exactly once, however often it is started."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

from claimstake import __version__
from claimstake.archive.committing import Committer, Counts
from claimstake.archive.fingerprint import fingerprint
from claimstake.archive.job import Job
from claimstake.archive.mending import Mending
from claimstake.archive.pool import Bounds, Pool
from claimstake.archive.work import Worker, give_up
from claimstake.archive.worklist import WorkList
from claimstake.errors import StoreError
from claimstake.readers.items import Item
from claimstake.readers.position import Position
from claimstake.readers.streaming import items
from claimstake.store.contract import Failed, Outcome, Run, Store

COMPLETE, INTERRUPTED, STOPPED = "complete", "interrupted", "stopped"

# Takes batches of items through a worker: outcomes of each batch in the order of the batches, and an empty list now and
# then while there are none, so that whoever goes through them sees the time pass.
Engine = Callable[[Worker, Iterable[Sequence[Item]]], Iterator[list[Outcome]]]


@dataclass(frozen=True)
class Options:
    """How a run works.

    Args:
        job: what is done with every document.
        input_format: one of `readers.registry.FORMATS` to use whatever the suffixes say.
        retry_failed: do what is in quarantine again.
        workers: processes.
        bounds: what they may take.
    """

    job: Job = field(default_factory=Job)
    input_format: str | None = None
    retry_failed: bool = False
    workers: int = field(default_factory=lambda: cores())
    bounds: Bounds = field(default_factory=Bounds)


@dataclass
class Summary(Counts):
    """What a run has committed so far, or did.

    Attributes:
        seconds: since it was begun.
        state: "running", "complete", "interrupted" (asked to stop) or "stopped" (the store went away, or worse).
        begun: the store could be opened; what it holds is in order.
        quarantined: of what was done before, failed and not tried again.
        position: how far the sources are listed.
    """

    seconds: float = 0.0
    state: str = "running"
    begun: bool = False
    quarantined: int = 0
    position: Position = field(default_factory=Position)


class Watch(Protocol):
    """Who looks on."""

    def tick(self, summary: Summary) -> None:
        """Some time has passed, a quarter of a second at most."""

    def failed(self, failed: Failed) -> None:
        """Something went into quarantine."""


class Unwatched:
    """Nobody looks on."""

    def tick(self, summary: Summary) -> None:
        """Nothing."""

    def failed(self, failed: Failed) -> None:
        """Nothing."""


def archive(
    sources: Sequence[str | Path],
    store: Store,
    options: Options | None = None,
    *,
    engine: Engine | None = None,
    watch: Watch | None = None,
    stopped: Callable[[], bool] = lambda: False,
    summary: Summary | None = None,
) -> Summary:
    """Annotate every document of the sources that the store does not have, and commit in the order of the sources.

    Killed at any moment and called again it goes on where it was.

    Args:
        sources: as `readers.streaming.items` takes them; what the store itself writes is none of them.
        store: open; is left open.
        options: how to work.
        engine: what takes batches through workers; processes on this machine where None.
        watch: who looks on.
        stopped: whether to finish what is in flight and end; asked often.
        summary: is kept up to date and returned, so that it tells how far a run came that raises.

    Raises:
        StoreError: the store cannot be read or written any more; what was committed is whole.
        WorkerError: workers die again and again before they are ready.
        ConfigError, KnowledgeError, ModelError: the pipeline cannot be built.
    """
    options, watch = options or Options(), watch or Unwatched()
    run = new_run(sources, options)
    one = _Archiving(store, run, options, watch, stopped, summary or Summary())
    try:
        store.begin(run)
        one.summary.begun = True
        one.go(sources, engine or partial(on_this_machine, options))
    except BaseException as error:
        one.summary.state = STOPPED
        if isinstance(error, Exception) and not isinstance(error, StoreError):
            with suppress(Exception):
                store.finish(STOPPED)
        raise
    return one.summary


def on_this_machine(options: Options, worker: Worker, batches: Iterable[Sequence[Item]]) -> Iterator[list[Outcome]]:
    """The engine of worker processes."""
    pool: Pool[Item, Outcome] = Pool(
        worker, give_up, workers=options.workers, bounds=options.bounds, weigh=lambda item: len(item.data)
    )
    return pool.run(batches)


def new_run(sources: Sequence[str | Path], options: Options) -> Run:
    """A run that starts now."""
    now = datetime.now(UTC)
    plain: dict[str, Any] = {**options.job.plain(), "input_format": options.input_format, "workers": options.workers}
    return Run(
        id=f"{now:%Y%m%dT%H%M%S.%fZ}-{uuid4().hex[:6]}",
        fingerprint=fingerprint(options.job),
        started=f"{now:%Y-%m-%dT%H:%M:%SZ}",
        version=__version__,
        sources=tuple(str(source) for source in sources),
        configuration=plain,
    )


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass
class _Archiving:
    """One call of `archive`."""

    store: Store
    run: Run
    options: Options
    watch: Watch
    stopped: Callable[[], bool]
    summary: Summary = field(default_factory=Summary)
    began: float = field(default_factory=time.monotonic)

    def go(self, sources: Sequence[str | Path], engine: Engine) -> None:
        """From the first item to the last commit."""
        job = self.options.job
        committer = Committer(self.store, self.watch.failed, self.summary)
        mending = Mending(self.store.failures())
        found = items(
            sources,
            limits=job.limits,
            input_format=self.options.input_format,
            watch=self.summary.position,
            without=self.store.outputs,
        )
        work = WorkList(
            found,
            lambda keys: self._done(work, keys, mending),
            lambda outcome: work.waiting.difference_update(committer.add([outcome])),
            stopped=self.stopped,
            meet=mending.meet,
        )
        for outcomes in engine(Worker(job, self.store.encode, fingerprint=self.run.fingerprint), work):
            work.waiting.difference_update(committer.add(outcomes))
            self._tick(work)
        self.summary.state = INTERRUPTED if self.stopped() else COMPLETE
        if self.summary.state == COMPLETE:
            committer.add(list(mending.mended()))
        committer.flush()
        self.store.finish(self.summary.state)
        self._tick(work)

    def _done(self, work: WorkList, keys: Sequence[str], mending: Mending) -> set[str]:
        """Which items need no work; where most are done, this is all that happens for a while."""
        self._tick(work)
        done = self.store.done(keys, self.run.fingerprint, retry_failed=self.options.retry_failed)
        self.summary.quarantined += len(mending.items & done)
        return done

    def _tick(self, work: WorkList) -> None:
        self.summary.known = work.known
        self.summary.seconds = time.monotonic() - self.began
        self.watch.tick(self.summary)
