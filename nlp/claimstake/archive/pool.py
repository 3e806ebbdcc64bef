"""Worker processes over a stream of batches: results in the order of the batches, whatever becomes of a worker.

A worker that dies is replaced. Its batch is tried again item by item, each alone in a worker, so that the one that
kills is found; the others cost a second try and nothing else.
"""

from __future__ import annotations

import queue
import signal
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Generic, TypeVar

from claimstake.archive.worker_process import Done, Ended, Event, Ready, Unable, Work, WorkerProcess
from claimstake.errors import WorkerError

AHEAD = 2  # batches that a worker has at a time: one to work on, one to go on with
WINDOW = 8  # batches for each worker that are taken and not yet given back; a slow one holds up those behind it
STRIKES = 2  # deaths of a worker with an item alone in it, after which the item is given up
FALSE_STARTS = 4  # workers that die before they are ready, with no work done meanwhile: the run is given up
TICK = 0.25  # seconds, at most, between two looks at the clock

Thing = TypeVar("Thing")
Result = TypeVar("Result")
GiveUp = Callable[[Any, str, str], Any]


@dataclass(frozen=True)
class Bounds:
    """What workers may take.

    Args:
        timeout: seconds for a batch, and then for each of its items alone.
        memory: bytes that a worker may hold between two batches; one that holds more is replaced.
        waiting: weight of the items that are taken and not yet given back, as `weigh` of the pool tells it.
    """

    timeout: float = 300.0
    memory: int = 1_100_000_000
    waiting: int = 64_000_000


@dataclass(eq=False)
class _Batch(Generic[Thing]):
    items: Sequence[Thing]
    weight: int
    results: list[Any] = field(default_factory=list)
    missing: int = 0

    def __post_init__(self) -> None:
        self.results, self.missing = [None] * len(self.items), len(self.items)

    def take(self, place: int, result: Any) -> None:
        self.results[place] = result
        self.missing -= 1


@dataclass(eq=False)
class _Task(Generic[Thing]):
    """A batch, or one item of it alone in a worker."""

    batch: _Batch[Thing]
    places: Sequence[int]
    alone: bool = False
    strikes: int = 0

    @property
    def items(self) -> list[Thing]:
        return [self.batch.items[place] for place in self.places]

    def apart(self) -> list[_Task[Thing]]:
        return [_Task(self.batch, (place,), alone=True) for place in self.places]


class Pool(Generic[Thing, Result]):
    """Processes that hold `work`.

    Args:
        work: what each of them loads and calls.
        give_up: makes the result of an item that is given up: item, "timeout" or "worker", what happened.
        workers: how many processes.
        weigh: how much of `Bounds.waiting` an item takes.
    """

    def __init__(
        self,
        work: Work,
        give_up: GiveUp,
        *,
        workers: int = 1,
        bounds: Bounds | None = None,
        weigh: Callable[[Thing], int] = lambda _: 1,
    ) -> None:
        self._work, self._give_up, self._weigh = work, give_up, weigh
        self._size, self._bounds = workers, bounds or Bounds()
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._workers: list[WorkerProcess] = []
        self._order: deque[_Batch[Thing]] = deque()  # taken and not given back
        self._again: deque[_Task[Thing]] = deque()  # tasks whose worker died
        self._false_starts = 0

    @property
    def pids(self) -> list[int]:
        """Of the processes that there are now."""
        return [worker.pid for worker in self._workers if worker.pid]

    def run(self, batches: Iterable[Sequence[Thing]]) -> Iterator[list[Result]]:
        """Results of each batch, in the order of the batches; an empty list now and then while none is done.

        Batches are taken as workers need them. Where nobody goes on with the iterator, the processes are killed.

        Raises:
            WorkerError: workers die again and again before they are ready.
            Exception: what `work.load` raised in a worker.
        """
        source = iter(batches)
        first = next(source, None)
        if first is None:
            return  # nothing to load anything for
        source = chain((first,), source)
        self._workers = [WorkerProcess(self._work, self._events) for _ in range(self._size)]
        try:
            while self._hand_out(source):
                self._take_events()
                yield from self._finished()
        finally:
            for worker in self._workers:
                worker.kill()
            for worker in self._workers:
                worker.join()

    # --- out ----------------------------------------------------------------------------------------------------------

    def _hand_out(self, source: Iterator[Sequence[Thing]]) -> bool:
        """Give workers what they have room for; False where nothing more comes and nothing is waited for."""
        for held in range(AHEAD):
            for worker in self._workers:
                if len(worker.tasks) == held and _takes_more(worker):
                    task = self._next(source, idle=held == 0)
                    if task is None:
                        return bool(self._order)
                    self._give(worker, task)
        return True

    def _next(self, source: Iterator[Sequence[Thing]], *, idle: bool) -> _Task[Thing] | None:
        """The next task; one that comes again only for an idle worker, so that nothing stands before it there."""
        if self._again and idle:
            return self._again.popleft()
        waiting = sum(batch.weight for batch in self._order)
        if len(self._order) >= WINDOW * self._size or (self._order and waiting > self._bounds.waiting):
            return None
        items = next(source, None)
        if items is None:
            return None
        batch = _Batch(items, sum(map(self._weigh, items)))
        self._order.append(batch)
        return _Task(batch, range(len(items)))

    def _give(self, worker: WorkerProcess, task: _Task[Thing]) -> None:
        if not worker.tasks:
            worker.since = time.monotonic()
        worker.tasks.append(task)
        worker.send(task.items)

    # --- in -----------------------------------------------------------------------------------------------------------

    def _take_events(self) -> None:
        """Wait for something to happen, take all that has, then look for batches that take too long."""
        try:
            event = self._events.get(timeout=TICK)
            while True:
                self._take(*event)
                event = self._events.get_nowait()
        except queue.Empty:
            pass
        late = time.monotonic() - self._bounds.timeout
        for worker in self._workers:
            if worker.ready and worker.tasks and worker.since < late and not worker.expired:
                worker.expired = True
                worker.kill()

    def _take(self, worker: WorkerProcess, event: Ready | Done | Unable | Ended) -> None:
        match event:
            case Ready():
                worker.ready, worker.since, self._false_starts = True, time.monotonic(), 0
            case Done():
                self._done(worker, event)
            case Unable():
                raise event.error
            case Ended():
                self._ended(worker, event.exitcode)

    def _done(self, worker: WorkerProcess, done: Done) -> None:
        task = worker.tasks.popleft()
        worker.since, self._false_starts = time.monotonic(), 0
        if done.results is None or len(done.results) != len(task.places):
            self._failed(task, "worker", "the work on it failed as a whole")
        else:
            for place, result in zip(task.places, done.results, strict=True):
                task.batch.take(place, result)
        if done.memory > self._bounds.memory and not worker.leaving:
            worker.leave()

    def _failed(self, task: _Task[Thing], stage: str, problem: str) -> None:
        """A task that went wrong: taken apart where it holds several items, tried again or given up where it is one."""
        if not task.alone:
            self._again.extendleft(reversed(task.apart()))
            return
        task.strikes += 1 if stage == "worker" else STRIKES
        if task.strikes < STRIKES:
            self._again.appendleft(task)
        else:
            (place,) = task.places
            task.batch.take(place, self._give_up(task.batch.items[place], stage, problem))

    def _ended(self, worker: WorkerProcess, exitcode: int | None) -> None:
        """Put another worker in the place of one that is gone; what it had goes to others."""
        tasks = deque(worker.tasks)
        worker.tasks.clear()
        if not worker.ready:
            self._false_starts += 1
            if self._false_starts >= FALSE_STARTS:
                raise WorkerError(f"worker processes end before they are ready ({_end(exitcode)})")
        guilty = tasks.popleft() if worker.ready and tasks else None
        self._again.extendleft(reversed(tasks))
        if guilty and worker.expired:
            self._failed(guilty, "timeout", f"takes longer than {self._bounds.timeout:g} s")
        elif guilty:
            self._failed(guilty, "worker", f"the process that worked on it ended ({_end(exitcode)})")
        self._workers[self._workers.index(worker)] = WorkerProcess(self._work, self._events)

    def _finished(self) -> Iterator[list[Result]]:
        """Results of the batches that are done and have none before them that is not."""
        if not (self._order and not self._order[0].missing):
            yield []
        while self._order and not self._order[0].missing:
            yield self._order.popleft().results


def _takes_more(worker: WorkerProcess) -> bool:
    """Whether a worker stays, and has no item that is to be alone with it."""
    return not (worker.leaving or worker.expired or any(task.alone for task in worker.tasks))


def _end(exitcode: int | None) -> str:
    """How a process ended, for the user."""
    if exitcode is None or exitcode >= 0:
        return f"exit code {exitcode}"
    try:
        return signal.Signals(-exitcode).name
    except ValueError:
        return f"signal {-exitcode}"
