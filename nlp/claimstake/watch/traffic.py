"""Requests to many hosts, one at a time to each, with a pause between: redirects and robots.txt wait in line too.

What is sent is done in threads of its own; whoever takes the results needs no thought for that.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from claimstake.watch.addresses import host_of, joined, origin, parsed
from claimstake.watch.contract import FAILED, LATER, Answer, UnfetchedError
from claimstake.watch.fetching import REDIRECTS, Fetcher, told
from claimstake.watch.robots import Robots, asked_at

BUSY = {429, 503}  # with these a server asks us to leave it alone altogether
REMEMBERED = 2_000  # hosts, beyond which those that nothing waits for are forgotten
HELD = 16  # results that nobody has taken yet, beyond which nothing more is asked


@dataclass(frozen=True)
class Pace:
    """How requests follow each other.

    Args:
        pause: seconds between two requests to one host; Crawl-delay makes it longer.
        patience: seconds that something waits in line for one host; what would wait longer comes back as "later".
            A longer Crawl-delay counts as so much.
        busy: seconds to leave a host alone that says 429 or 503 without Retry-After.
        hosts: that are asked at the same time.
        hops: redirects that are followed.
    """

    pause: float = 1.0
    patience: float = 600.0
    busy: float = 300.0
    hosts: int = 8
    hops: int = 5


@dataclass(eq=False)
class Errand:
    """Something to be fetched.

    Args:
        address: where; without login.
        subject: what it is for, for whoever sent it.
        headers: of the request.
        login: name and password for the origin of `address`.

    Attributes:
        at: where it is by now.
        passed: where it has been.
    """

    address: str
    subject: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    login: tuple[str, str] | None = field(default=None, repr=False)
    at: str = ""
    passed: list[str] = field(default_factory=list)
    is_robots: bool = False

    def __post_init__(self) -> None:
        self.at = self.at or self.address


@dataclass
class _Line:
    """Errands that wait for one host."""

    errands: deque[Errand] = field(default_factory=deque)
    busy: bool = False
    free: float = 0.0  # time.monotonic from which it may be asked


Result = tuple[Errand, Answer | UnfetchedError]


class Traffic:
    """Sends errands.

    Args:
        fetcher: makes the requests.
        robots: is asked before each, and told what robots.txt says.
    """

    def __init__(self, fetcher: Fetcher, robots: Robots | None = None, pace: Pace | None = None) -> None:
        self._fetcher, self._robots, self._pace = fetcher, robots or Robots(), pace or Pace()
        self._lines: dict[str, _Line] = {}
        self._asking: set[str] = set()  # origins whose robots.txt is on its way
        self._results: queue.SimpleQueue[Result] = queue.SimpleQueue()
        self._changed = threading.Condition()
        self._closed = False
        self._open = self.pending = 0
        threading.Thread(target=self._serve, name="traffic", daemon=True).start()

    def send(self, errand: Errand) -> None:
        """Put an errand in line; its result comes out of `take` in time."""
        with self._changed:
            self.pending += 1
            self._wait_in_line(errand)
            self._changed.notify()

    def take(self, seconds: float) -> Result | None:
        """A result, None where there is none within so many seconds."""
        try:
            result = self._results.get(timeout=max(seconds, 0.001))
        except queue.Empty:
            return None
        with self._changed:
            self.pending -= 1
            self._changed.notify()
        return result

    def drop(self) -> list[Errand]:
        """Take back what waits in line; what is on its way still comes."""
        with self._changed:
            dropped = [errand for line in self._lines.values() for errand in line.errands if not errand.is_robots]
            for line in self._lines.values():
                line.errands.clear()
            self._asking.clear()
            self.pending -= len(dropped)
            return dropped

    def close(self) -> None:
        """Send nothing more."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    # --- in line ------------------------------------------------------------------------------------------------------

    def _serve(self) -> None:
        """Body of the thread: whoever's turn it is goes; then wait for a turn to come, or for news."""
        with self._changed:
            while not self._closed:
                wait = self._go_round()
                self._changed.wait(wait)

    def _go_round(self) -> float | None:
        """Send what may go now; seconds until more may, None where only news can tell."""
        now, waits = time.monotonic(), []
        for line in list(self._lines.values()):
            while line.errands and not line.busy:
                if self._open >= self._pace.hosts or self._results.qsize() >= HELD:
                    return None
                if line.free - now > self._pace.patience:
                    self._put_off(line, "the host asks us to stay away for a while", line.free - now)
                elif line.free > now:
                    waits.append(line.free - now)
                    break
                elif not self._step(line):
                    break
        return min(waits, default=None)

    def _step(self, line: _Line) -> bool:
        """Deal with the first in line: send it, refuse it, or send for robots.txt; False where that is on its way."""
        errand = line.errands[0]
        if not errand.is_robots:
            where = origin(errand.at)
            if where in self._asking:
                return False
            if not self._robots.knows(errand.at):
                self._asking.add(where)
                errand = Errand(asked_at(errand.at), is_robots=True)
                line.errands.appendleft(errand)
        line.errands.popleft()
        try:
            if not errand.is_robots:
                self._robots.check(errand.at)
        except UnfetchedError as error:
            self._results.put((errand, error))
            return True
        except Exception as error:  # noqa: BLE001 - the thread of all hosts must not end for one of them
            self._results.put((errand, _unforeseen(error)))
            return True
        line.busy = True
        self._open += 1
        threading.Thread(target=self._fetch, args=(line, errand), name="fetch", daemon=True).start()
        return True

    def _put_off(self, line: _Line, problem: str, after: float) -> None:
        """Give back all that waits for a host."""
        while line.errands:
            errand = line.errands.popleft()
            self._end(errand, UnfetchedError(problem, LATER, after=after))

    def _wait_in_line(self, errand: Errand) -> None:
        if len(self._lines) > REMEMBERED:
            now = time.monotonic()
            self._lines = {h: one for h, one in self._lines.items() if one.busy or one.errands or one.free > now}
        line = self._lines.setdefault(host_of(errand.at), _Line())
        (line.errands.appendleft if errand.is_robots else line.errands.append)(errand)

    # --- on its way ---------------------------------------------------------------------------------------------------

    def _fetch(self, line: _Line, errand: Errand) -> None:
        """Body of a request's thread."""
        answer: Answer | UnfetchedError
        try:
            login = errand.login if origin(errand.at) == origin(errand.address) else None
            answer = self._fetcher.get(errand.at, errand.headers, login=login)
        except UnfetchedError as error:
            answer = error
        except Exception as error:  # noqa: BLE001 - whatever one server sets off must not stop the others
            answer = _unforeseen(error)
        with self._changed:
            line.busy = False
            self._open -= 1
            wanted = max(self._pace.pause, self._robots.pause(errand.at))
            line.free = time.monotonic() + min(wanted, self._pace.patience)
            try:
                self._arrived(line, errand, answer)
            except Exception as error:  # noqa: BLE001
                self._end(errand, _unforeseen(error))
            self._changed.notify()

    def _arrived(self, line: _Line, errand: Errand, answer: Answer | UnfetchedError) -> None:
        """Go on where an answer leads, or end."""
        if isinstance(answer, UnfetchedError):
            return self._end(errand, answer)
        try:
            if answer.status in REDIRECTS and answer.headers.get("Location"):
                return self._go_on(errand, answer)
            self._end(errand, told(answer))
        except UnfetchedError as error:
            if answer.status in BUSY:
                after = self._pace.busy if error.after is None else error.after
                line.free = max(line.free, time.monotonic() + after)
                error.after = after
                self._put_off(line, error.problem, after)
            self._end(errand, error)

    def _go_on(self, errand: Errand, answer: Answer) -> None:
        """Follow a redirect: in the line of the host that it leads to.

        Raises:
            UnfetchedError: it leads where nobody may go, or nowhere.
        """
        url = parsed(joined(errand.at, answer.headers["Location"]))
        self._fetcher.guard.check(url)
        errand.passed.append(errand.at)
        errand.at = str(url)
        if errand.at in errand.passed or len(errand.passed) > self._pace.hops:
            raise UnfetchedError(f"is redirected in circles, or more than {self._pace.hops} times", FAILED)
        self._wait_in_line(errand)

    def _end(self, errand: Errand, answer: Answer | UnfetchedError) -> None:
        if errand.is_robots:
            self._robots.learn(errand.address, answer)
            self._asking.discard(origin(errand.address))
        else:
            self._results.put((errand, answer))


def _unforeseen(error: Exception) -> UnfetchedError:
    return UnfetchedError(f"cannot be fetched: {type(error).__name__}: {str(error)[:160]}", LATER)
