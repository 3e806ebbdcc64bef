"""The engine of Ray: batches through Ray Data and a pool of actors that hold the pipeline, on one machine or many.

Items go out in windows, so that memory here stays flat however large the archive. A batch that comes back is handed on
in its place; one whose actor died twice never comes back, and its items are then tried one by one. Listing and
committing stay where the run was started, so what makes a run resumable is the same as without Ray.
"""

from __future__ import annotations

import logging
import os
import pickle
import re
import signal
import socket
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import chain
from typing import Any

from claimstake.archive.pool import STRIKES
from claimstake.archive.work import Worker, give_up
from claimstake.errors import ClaimstakeError, ConfigError, WorkerError
from claimstake.readers.items import Item
from claimstake.store.contract import Outcome

WINDOW_BYTES = 128_000_000  # of items that are with Ray at a time, about
WINDOW = 4_000  # batches of them, at most
OBJECT_STORE = 512_000_000  # bytes of shared memory of a Ray that is started here
HOST = re.compile(r"(ray://)?(?P<host>[^:/]+):(?P<port>\d+)")  # of an address
PATIENCE = 10.0  # seconds for it to answer
RETRIES = 1  # further tries of a batch whose actor died
# Nothing leaves the machine unasked, and what Ray notes about itself stays in its own log.
QUIET = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_BACKEND_LOG_LEVEL": "fatal", "RAY_DATA_DISABLE_PROGRESS_BARS": "1"}
LOST = "the actor that worked on it ended, or took longer than {:g} s"

Batch = Sequence[Item]


class RayEngine:
    """Takes batches of items through actors of a Ray cluster; see `run.Engine`.

    Args:
        address: of a cluster ("auto", "ray://head:10001"); None takes the one that RAY_ADDRESS names, else starts one
            on this machine that ends with the run.
        workers: actors, a core each.
        timeout: seconds for a batch; its actor is ended and replaced after that.
        stopped: whether to leave the rest for another time; asked often.
        window: bytes of items that are with Ray at a time, about.

    Raises:
        ConfigError: ray is not installed, or there is no cluster at the address.
    """

    def __init__(
        self,
        address: str | None = None,
        *,
        workers: int = 2,
        timeout: float = 300.0,
        stopped: Callable[[], bool] = lambda: False,
        window: int = WINDOW_BYTES,
    ) -> None:
        self._address, self._workers, self._timeout = address, workers, timeout
        self._stopped, self._window = stopped, window

    def __call__(self, worker: Worker, batches: Iterable[Batch]) -> Iterator[list[Outcome]]:
        """Outcomes of each batch, in the order of the batches.

        Raises:
            WorkerError: the pipeline cannot be loaded on the cluster.
        """
        windows = _windows(batches, self._window)
        first = next(windows, None)
        if first is None:
            return
        with _connected(self._address, self._workers), _streaming():
            _probe(worker)
            for window in chain([first], windows):
                yield from self._through(worker, window)
                if self._stopped():
                    return

    def _through(self, worker: Worker, window: list[Batch]) -> Iterator[list[Outcome]]:
        """A window's outcomes; nothing more once somebody asked to stop."""
        waiting: dict[int, list[Outcome]] = {}
        place = 0
        for index, outcomes in self._mapped(worker, window):
            waiting[index] = outcomes
            while place in waiting:
                yield waiting.pop(place)
                place += 1
            if self._stopped():
                return
        lost = [index for index in range(place, len(window)) if index not in waiting]
        waiting.update(self._one_by_one(worker, window, lost))
        for index in range(place, len(window)):
            yield waiting.pop(index)

    def _one_by_one(self, worker: Worker, window: list[Batch], lost: list[int]) -> dict[int, list[Outcome]]:
        """Outcomes of batches that were lost; an item that is lost again is given up."""
        if not lost:
            return {}
        singles = [(index, item) for index in lost for item in window[index]]
        found: dict[int, list[Outcome]] = {}
        for _ in range(STRIKES):
            left = {number: item for number, (_, item) in enumerate(singles) if number not in found}
            found.update(self._alone(worker, left))
        outcomes: dict[int, list[Outcome]] = {index: [] for index in lost}
        for number, (index, item) in enumerate(singles):
            outcomes[index] += found.get(number) or [give_up(item, "worker", LOST.format(self._timeout))]
        return outcomes

    def _alone(self, worker: Worker, items: dict[int, Item]) -> Iterator[tuple[int, list[Outcome]]]:
        """Outcomes of items by number, each in a process of its own; those that end it are left out."""
        import ray

        single = ray.remote(num_cpus=0, max_retries=0, max_calls=1)(_single)  # the actors have the cores
        left = dict(items)
        running: dict[Any, int] = {}
        while left or running:
            while left and len(running) < self._workers:
                number, item = left.popitem()
                running[single.remote(worker, item, self._timeout)] = number
            (done,), _ = ray.wait(list(running), num_returns=1)
            number = running.pop(done)
            with suppress(ray.exceptions.WorkerCrashedError):
                yield number, pickle.loads(ray.get(done))

    def _mapped(self, worker: Worker, batches: Sequence[Batch]) -> Iterator[tuple[int, list[Outcome]]]:
        """Outcomes by the index of their batch, those of lost batches left out."""
        import pyarrow
        import ray.data

        tables = [pyarrow.table({"index": [i], "items": [pickle.dumps(list(b))]}) for i, b in enumerate(batches)]
        with warnings.catch_warnings():
            # Ray before 2.64, which the extra asks for, knows no other way to bound how often a batch is tried.
            warnings.filterwarnings("ignore", message=".*ray_remote_args.*")
            found = ray.data.from_blocks(tables).map_batches(
                Annotator,
                fn_constructor_args=(worker, self._timeout),
                batch_size=1,
                batch_format="pyarrow",
                compute=ray.data.ActorPoolStrategy(size=min(self._workers, len(tables))),
                num_cpus=1,
                max_restarts=-1,
                max_task_retries=RETRIES,
            )
        for row in found.iter_rows():
            yield row["index"], pickle.loads(row["outcomes"])


class Annotator:
    """An actor's callable: a worker, and a timer that ends the actor where a batch takes too long."""

    def __init__(self, worker: Worker, timeout: float) -> None:
        self._worker, self._timeout = worker, timeout
        worker.load()

    def __call__(self, batch: Any) -> Any:
        """One row in, one row out: index and pickled items, index and pickled outcomes."""
        import pyarrow

        (row,) = batch.to_pylist()
        with _timed(self._timeout):
            outcomes = self._worker(pickle.loads(row["items"]))
        return pyarrow.table({"index": [row["index"]], "outcomes": [pickle.dumps(outcomes)]})


def _single(worker: Worker, item: Item, timeout: float) -> bytes:
    """Pickled outcomes of one item, in a process that has loaded the pipeline for it alone."""
    worker.load()
    with _timed(timeout):
        return pickle.dumps(worker([item]))


@contextmanager
def _timed(seconds: float) -> Iterator[None]:
    """End this process where the block takes longer.

    Not by a thread: what hangs in a regular expression lets none run. Unhandled, the signal ends the process.
    """
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _windows(batches: Iterable[Batch], most: int) -> Iterator[list[Batch]]:
    window: list[Batch] = []
    size = 0
    for batch in batches:
        window.append(batch)
        size += sum(len(item.data) for item in batch)
        if size >= most or len(window) == WINDOW:
            yield window
            window, size = [], 0
    if window:
        yield window


def _probe(worker: Worker) -> None:
    """Load the pipeline once on the cluster, so that what is wrong with it is told before any item is lost to it."""
    import ray

    @ray.remote(num_cpus=1, max_retries=0)
    def load() -> None:
        worker.load()

    try:
        ray.get(load.remote())
    except ray.exceptions.RayTaskError as error:
        cause = error.cause
        if isinstance(cause, ClaimstakeError):
            raise cause from None
        mend = "install the same claimstake, with the same files, on every node"
        raise WorkerError(f"the pipeline cannot be loaded on the Ray cluster: {cause} ({mend})") from error
    except ray.exceptions.RayError as error:
        raise WorkerError(f"the Ray cluster cannot run the pipeline: {error}") from error


def _reach(address: str, host: str, port: int) -> None:
    """See that somebody answers there: Ray itself tries for minutes.

    Raises:
        ConfigError: nobody does.
    """
    try:
        socket.create_connection((host, port), PATIENCE).close()
    except OSError as error:
        raise ConfigError(f"no Ray cluster answers at {address}: {error}; check the address") from error


@contextmanager
def _connected(address: str | None, workers: int) -> Iterator[None]:
    """A connection to a cluster: the one that there is, or one of its own for as long as it takes."""
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise ConfigError("--engine ray needs ray, which is not installed; install claimstake[ray]") from error
    if ray.is_initialized():
        yield
        return
    settings: dict[str, Any] = {"logging_level": "ERROR", "log_to_driver": False}
    if address:
        settings["address"] = address
    elif not os.environ.get("RAY_ADDRESS"):
        # a core beside the actors for what Ray itself does
        settings |= {
            "address": "local",
            "num_cpus": workers + 1,
            "include_dashboard": False,
            "object_store_memory": OBJECT_STORE,
        }
    if address and (found := HOST.fullmatch(address)):
        _reach(address, found["host"], int(found["port"]))
    try:
        ray.init(**settings)
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise ConfigError(f"no Ray cluster answers at {address or os.environ.get('RAY_ADDRESS')}: {error}") from error
    try:
        yield
    finally:
        ray.shutdown()


@contextmanager
def _streaming() -> Iterator[None]:
    """Ray Data as it is needed here: in order, block for block, past blocks that are lost, and quiet."""
    from ray.data import DataContext

    context = DataContext.get_current()
    ours = {
        "target_min_block_size": 1,
        "max_errored_blocks": -1,
        "enable_progress_bars": False,
        "verbose_stats_logs": False,
    }
    before = {name: getattr(context, name) for name in ours}
    ordered = context.execution_options.preserve_order
    for name, value in ours.items():
        setattr(context, name, value)
    context.execution_options.preserve_order = True
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(context, name, value)
        context.execution_options.preserve_order = ordered
