"""One worker process: batches go in and results come out through a pipe of its own, so that a kill harms nobody else.

Both ends of the pipe have threads for it: a worker that hangs, in a regular expression say, neither reads nor writes,
and the process that feeds it must not hang with it.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import pickle
import queue
import signal
import sys
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, Protocol

from claimstake.threads import numeric_threads

SIGNALS = {signal.SIGINT, signal.SIGTERM}  # the main process decides what they mean for its workers
PATIENCE = 5.0  # seconds for a worker to end by itself
_PR_SET_PDEATHSIG = 1


class Work(Protocol):
    """What workers do: picklable, it is loaded and called where it arrives."""

    def load(self) -> None:
        """Get ready; may take seconds and memory."""

    def __call__(self, items: Sequence[Any]) -> list[Any]:
        """A result per item, in their order."""


@dataclass(frozen=True)
class Ready:
    """The work is loaded."""


@dataclass(frozen=True)
class Done:
    """The oldest batch is done.

    Args:
        results: one per item; None where the call itself failed.
        memory: bytes that the process holds now; 0 where the operating system does not tell.
    """

    results: list[Any] | None
    memory: int = 0


@dataclass(frozen=True)
class Unable:
    """The work cannot be loaded, in this process or any other."""

    error: BaseException


@dataclass(frozen=True)
class Ended:
    """The process is gone; `exitcode` as `multiprocessing.Process` has it."""

    exitcode: int | None


Event = tuple["WorkerProcess", Ready | Done | Unable | Ended]


class Events(Protocol):
    """Where events go; called from threads."""

    def put(self, event: Event) -> None:
        """Take an event; returns at once."""


class WorkerProcess:
    """The near end of a worker.

    Args:
        work: sent to the new process.
        events: where `Ready`, `Done`, `Unable` and at last `Ended` are put, each with this worker.
        room: of the pool, for what it knows of this worker's batches.

    Attributes:
        tasks: what was sent and is not done, the oldest is being worked on.
        ready: whether the work is loaded.
        since: when the oldest batch was begun, by `time.monotonic`.
        leaving: whether it gets no further batches.
        expired: whether it was killed because its batch took too long.
    """

    def __init__(self, work: Work, events: Events) -> None:
        self.tasks: deque[Any] = deque()
        self.ready = self.leaving = self.expired = False
        self.since = 0.0
        self._events = events
        self._outbox: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        context = multiprocessing.get_context("spawn")
        near, far = context.Pipe()
        self._pipe = near
        self._process = context.Process(target=_serve, args=(work, far), daemon=True)
        with _signals_held(), numeric_threads(1):
            self._process.start()
        far.close()
        for task in (self._write, self._read):
            threading.Thread(target=task, daemon=True).start()

    @property
    def pid(self) -> int | None:
        """Of the process."""
        return self._process.pid

    def send(self, items: Sequence[Any]) -> None:
        """Send a batch; returns at once."""
        self._outbox.put(pickle.dumps(list(items), pickle.HIGHEST_PROTOCOL))

    def leave(self) -> None:
        """Let it end when it is done with what was sent."""
        self.leaving = True
        self._outbox.put(pickle.dumps(None))

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()

    def join(self) -> None:
        """Wait for its end, and see to it."""
        self._process.join(PATIENCE)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()

    def _write(self) -> None:
        while (payload := self._outbox.get()) is not None:
            try:
                self._pipe.send_bytes(payload)
            except OSError:  # it is gone, as the reading thread will find
                return

    def _read(self) -> None:
        try:
            while True:
                self._events.put((self, pickle.loads(self._pipe.recv_bytes())))
        except (EOFError, OSError):
            pass
        except Exception:  # noqa: BLE001 - what it sent cannot be understood: as good as gone
            self._process.kill()
        self._outbox.put(None)
        self._process.join(PATIENCE)
        self._events.put((self, Ended(self._process.exitcode)))


# --- in the worker ----------------------------------------------------------------------------------------------------


def _serve(work: Work, pipe: Connection) -> None:
    """Body of the worker process."""
    _die_with_parent()
    inbox: queue.SimpleQueue[list[Any] | None] = queue.SimpleQueue()
    outbox: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
    threading.Thread(target=_receive, args=(pipe, inbox), daemon=True).start()
    try:
        work.load()
    except Exception as error:  # noqa: BLE001 - whatever it is, the main process tells the user
        pipe.send_bytes(_portable(error))
        return
    pipe.send_bytes(pickle.dumps(Ready()))  # before a thread may send: the first item may be one that kills at once
    sender = threading.Thread(target=_send, args=(pipe, outbox), daemon=True)
    sender.start()
    while (items := inbox.get()) is not None:
        outbox.put(pickle.dumps(_done(work, items), pickle.HIGHEST_PROTOCOL))
        del items
    outbox.put(None)
    sender.join()


def _done(work: Work, items: list[Any]) -> Done:
    try:
        return Done(work(items), resident())
    except Exception:  # noqa: BLE001 - work that cannot hold its items apart: the pool tries them one by one
        return Done(None, resident())


def _portable(error: BaseException) -> bytes:
    """An `Unable` with the error; where that does not survive the way, one that reads alike."""
    try:
        payload = pickle.dumps(Unable(error))
        pickle.loads(payload)
    except Exception:  # noqa: BLE001 - exceptions of others pickle or not
        return pickle.dumps(Unable(RuntimeError(f"{type(error).__name__}: {error}")))
    return payload


def _receive(pipe: Connection, inbox: queue.SimpleQueue[list[Any] | None]) -> None:
    """Take batches in; where the main process is gone, nobody waits for results any more."""
    try:
        while True:
            inbox.put(pickle.loads(pipe.recv_bytes()))
    except (EOFError, OSError):
        os._exit(1)


def _send(pipe: Connection, outbox: queue.SimpleQueue[bytes | None]) -> None:
    try:
        while (payload := outbox.get()) is not None:
            pipe.send_bytes(payload)
    except OSError:
        os._exit(1)


def _die_with_parent() -> None:
    """On Linux the kernel sees to it, even where a hanging call lets no thread run."""
    if sys.platform == "linux":
        parent = os.getppid()
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it went before the kernel was told
            os._exit(1)


def resident() -> int:
    """Bytes of memory that this process holds; 0 where the operating system does not tell cheaply."""
    try:
        with open("/proc/self/statm", "rb") as file:  # noqa: PTH123 - read after every batch
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return 0


# --- around the start -------------------------------------------------------------------------------------------------


@contextmanager
def _signals_held() -> Iterator[None]:
    """A process that starts now never sees Ctrl-C, which a terminal sends to all, nor SIGTERM."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
