"""Worker processes for an event loop: one document at a time each, with a time limit, a bounded queue, and successors.

Each process has a pipe of its own (`archive.worker_process`), so that one that is killed in the middle of a message
harms nobody else.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any

from claimstake.archive.worker_process import Done, Ended, Event, Ready, Unable, Work, WorkerProcess
from claimstake.errors import WorkerError
from claimstake.readers import Failure
from claimstake.readers.items import Item
from claimstake.service.annotating import Annotate, Annotated, Explain, Explained, Keep, Result, Task, Wanted
from claimstake.service.problems import AnswerError
from claimstake.service.settings import Limits
from claimstake.store.contract import Outcome

logger = logging.getLogger("claimstake.service")

MEMORY = 1_100_000_000  # bytes that a process may hold between two documents; one that holds more is replaced
STRIKES = 2  # processes that may die of a document before it is given up
FALSE_STARTS = 4  # processes in a row that end before they are ready; later ones are started with pauses
PAUSE = 5.0  # seconds between two of these
STARTING = 120.0  # seconds for all processes to get ready
LONGEST_WAIT = 60  # seconds that a client is told to wait, at most
AS_IT_IS = Wanted()
NEWER = 0.05  # weight of a document in the mean
USUAL = 0.1  # seconds for a document, as long as nobody knows better


@dataclass(eq=False)
class _Job:
    task: Task
    result: asyncio.Future[Result]
    strikes: int = 0


@dataclass
class Tally:
    """What happened so far, for those who watch.

    Attributes:
        seconds: mean of a document's, the newer ones weighing more.
        documents, tokens, claims: annotated.
        spent: seconds on them.
        replaced: processes that ended, by why: "late", "died", "memory".
    """

    seconds: float = USUAL
    documents: int = 0
    tokens: int = 0
    claims: int = 0
    spent: float = 0.0
    replaced: dict[str, int] = field(default_factory=lambda: {"late": 0, "died": 0, "memory": 0})

    def add(self, result: Annotated | Explained | Outcome, took: float) -> None:
        """Count a document."""
        self.documents += 1
        self.tokens += result.tokens
        self.claims += result.claims
        self.spent += took
        self.seconds += NEWER * (took - self.seconds)


class Workers:
    """Processes that hold the pipeline; to be used in one event loop.

    Args:
        work: what each of them loads and calls.
        size: how many.
        limits: what is refused.
        memory: bytes that one may hold between two documents.
    """

    def __init__(self, work: Work, size: int, limits: Limits, *, memory: int = MEMORY) -> None:
        self.size, self.limits, self.tally = size, limits, Tally()
        self._work, self._memory = work, memory
        self._processes: list[WorkerProcess] = []
        self._waiting: deque[_Job] = deque()
        self._admitted = self._false_starts = 0
        self._closed = False
        self._changed = asyncio.Event()
        self._problem: BaseException | None = None

    # --- for the service ----------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Start the processes and wait until each has loaded its work.

        Raises:
            WorkerError: they end before that, or take far too long.
            ClaimstakeError: what `work.load` raised.
        """
        self._loop = asyncio.get_running_loop()
        for _ in range(self.size):
            self._start_one()
        try:
            async with asyncio.timeout(STARTING):
                while self.ready < self.size:
                    await self._changed.wait()
                    self._changed.clear()
                    if self._problem:
                        raise self._problem
        except TimeoutError:
            raise WorkerError(f"worker processes were not ready after {STARTING:g} s") from None

    async def close(self) -> None:
        """End the processes; whoever waits for a document is told."""
        self._closed = True
        processes = self._processes
        for process in processes:
            process.kill()
        for job in (*self._waiting, *(job for process in processes for job in process.tasks)):
            _fail(job, AnswerError("the service ends", "try again later", status=503, again=5))
        await asyncio.to_thread(lambda: [process.join() for process in processes])

    @property
    def ready(self) -> int:
        """Processes that can work."""
        return sum(process.ready for process in self._processes)

    @property
    def waiting(self) -> int:
        """Requests that have been admitted and have no process of their own."""
        return max(0, self._admitted - self.size)

    @property
    def pids(self) -> list[int]:
        """Of the processes that there are now."""
        return [process.pid for process in self._processes if process.pid]

    @contextmanager
    def admitted(self) -> Iterator[None]:
        """A place for a request, however many documents it has; those are to be given to us `size` at a time.

        Raises:
            AnswerError: as many as allowed wait already (429).
        """
        if self.waiting >= self.limits.waiting:
            again = math.ceil(self._admitted * self.tally.seconds / self.size)
            again = min(max(1, again), LONGEST_WAIT)
            raise AnswerError(
                "too many requests wait for annotation", f"try again in {again} s", status=429, again=again
            )
        self._admitted += 1
        try:
            yield
        finally:
            self._admitted -= 1

    async def annotate(self, item: Item, wanted: Wanted = AS_IT_IS) -> Annotated:
        """Read a document and annotate it; its id is as short as may be, as in `claimstake annotate`.

        Raises:
            AnswerError: it cannot be read (422), takes too long (504), or ends its process again and again (503).
        """
        found = await self._do(Annotate(replace(item, id=item.stem or item.id), wanted))
        assert isinstance(found, Annotated)
        return found

    async def explain(self, item: Item) -> Explained:
        """Read a document and tell why its claims are made; see `annotate`."""
        found = await self._do(Explain(item))
        assert isinstance(found, Explained)
        return found

    async def keep(self, item: Item, published: str | None = None) -> Outcome:
        """Read a document and annotate it for the database, with an id as in an archive run; see `annotate`."""
        found = await self._do(Keep(item, published))
        assert isinstance(found, Outcome)
        return found

    # --- documents ----------------------------------------------------------------------------------------------------

    async def _do(self, task: Task) -> Result:
        """What a process makes of a task; who is cancelled meanwhile leaves the queue."""
        if self._closed:
            raise AnswerError("the service ends", "try again later", status=503, again=5)
        job = _Job(task, self._loop.create_future())
        self._waiting.append(job)
        self._hand_out()
        try:
            found = await job.result
        finally:
            if not job.result.done() or job.result.cancelled():
                with suppress(ValueError):
                    self._waiting.remove(job)
        if isinstance(found, Failure):
            raise AnswerError(found.problem, found.mend)
        return found

    def _hand_out(self) -> None:
        """Give idle processes what waits."""
        for process in self._processes:
            if not self._waiting:
                return
            if process.ready and not (process.tasks or process.leaving or process.expired):
                job = self._waiting.popleft()
                process.tasks.append(job)
                process.since = self._loop.time()
                process.send([job.task])
                self._loop.call_later(self.limits.annotating, self._expire, process, job)

    def _expire(self, process: WorkerProcess, job: _Job) -> None:
        if job in process.tasks and not process.expired:
            process.expired = True
            process.kill()

    # --- processes ----------------------------------------------------------------------------------------------------

    def _start_one(self) -> None:
        if not self._closed:
            self._processes.append(WorkerProcess(self._work, _Inbox(self._loop, self._take)))

    def _take(self, process: WorkerProcess, event: Ready | Done | Unable | Ended) -> None:
        """Something happened to a process."""
        match event:
            case Ready():
                process.ready, self._false_starts = True, 0
            case Done():
                self._done(process, event)
            case Unable():
                self._problem = event.error
                logger.error("a worker process cannot load: %s", event.error)
            case Ended():
                self._ended(process, event.exitcode)
        self._changed.set()
        self._hand_out()

    def _done(self, process: WorkerProcess, done: Done) -> None:
        job = process.tasks.popleft()
        (result,) = done.results or (Failure(job.task.item.source, "the work on it failed as a whole"),)
        if not isinstance(result, Failure):
            self.tally.add(result, self._loop.time() - process.since)
        if not job.result.done():
            job.result.set_result(result)
        if done.memory > self._memory and not process.leaving:
            self.tally.replaced["memory"] += 1
            process.leave()

    def _ended(self, process: WorkerProcess, exitcode: int | None) -> None:
        """Put another process in the place of one that is gone; its document is tried once more, unless it was late."""
        self._processes.remove(process)
        for job in process.tasks:
            self._lost(process, job, exitcode)
        self._false_starts += not process.ready
        pause = 0.0 if self._false_starts < FALSE_STARTS else PAUSE
        if self._closed:
            return
        if pause and not self._problem:
            self._problem = WorkerError(f"worker processes end before they are ready (exit code {exitcode})")
        self._loop.call_later(pause, self._start_one)

    def _lost(self, process: WorkerProcess, job: _Job, exitcode: int | None) -> None:
        self.tally.replaced["late" if process.expired else "died"] += 1
        if process.expired:
            most = self.limits.annotating
            _fail(
                job, AnswerError(f"the document takes longer than {most:g} s", "split it or leave it out", status=504)
            )
            return
        logger.error("a worker process ended with exit code %s in the middle of a document", exitcode)
        job.strikes += 1
        if job.strikes < STRIKES and not job.result.done():
            self._waiting.appendleft(job)
            return
        what = "the process that read the document ended"
        _fail(job, AnswerError(what, "leave it out, or see whether the machine ran out of memory", status=503, again=5))


@dataclass(frozen=True)
class _Inbox:
    """Where threads put events, to be taken in the event loop."""

    loop: asyncio.AbstractEventLoop
    take: Callable[[WorkerProcess, Any], None]

    def put(self, event: Event) -> None:
        with suppress(RuntimeError):  # the loop has ended, and nobody asks any more
            self.loop.call_soon_threadsafe(self.take, *event)


def _fail(job: _Job, problem: AnswerError) -> None:
    if not job.result.done():
        job.result.set_exception(problem)
