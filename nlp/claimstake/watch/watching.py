"""The watcher: feeds and folders in, documents into the database; what fails is noted and the rest goes on."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from claimstake.archive.run import COMPLETE, STOPPED, Options
from claimstake.readers import Failure
from claimstake.readers.items import Item
from claimstake.readers.streaming import listed
from claimstake.store.contract import Failed, Outcome
from claimstake.store.sql import SqlStore
from claimstake.watch import articles
from claimstake.watch.addresses import digest, parsed
from claimstake.watch.contract import FAILED, LATER, REFUSED, Answer, UnfetchedError
from claimstake.watch.fetching import UNCHANGED, Fetcher
from claimstake.watch.folders import Folders
from claimstake.watch.intake import Intake, News, Ticket
from claimstake.watch.memory import Known, Memory, Waiting, moment
from claimstake.watch.naming import FeedAddress
from claimstake.watch.parsing import Parser
from claimstake.watch.standing import Standing
from claimstake.watch.telling import Teller
from claimstake.watch.traffic import Errand, Pace, Traffic

TICK = 0.25  # seconds, at most, between two looks around
LONGEST = 500  # characters of a validator
LOT = 32  # fetched articles that are taken in at a time, at most
LOT_BYTES = 30_000_000  # of them, about


@dataclass(frozen=True)
class Habits:
    """When the watcher does things, in seconds.

    Args:
        every: between two looks at a feed.
        retry: until what failed is tried again; twice as long with every failure.
        longest: that this may become.
        tries: of an article before it is given up.
        look: between two looks into the table for articles that may be fetched again.
        settle: without work, after which copies are linked to stories.
        once: that a run for once may take; what is left waits for the next.
        pace: of requests.
    """

    every: float = 900.0
    retry: float = 60.0
    longest: float = 86_400.0
    tries: int = 6
    look: float = 15.0
    settle: float = 120.0
    once: float = 1_800.0
    pace: Pace = field(default_factory=Pace)


@dataclass
class Tally:
    """What came of watching.

    Attributes:
        refused: by us or by robots.txt.
        unread: of them feeds.
        failed: articles that are given up or cannot be read, and feeds that could not be read, each time.
        waiting: articles that are put off.
    """

    documents: int = 0
    claims: int = 0
    refused: int = 0
    unread: int = 0
    failed: int = 0
    waiting: int = 0


class Watcher:
    """Watches feeds and folders.

    Args:
        store: open, with its schema.
        fetcher: makes the requests.
        feeds, folders: what to watch.
        options: how documents are annotated, as for an archive run.
        habits: when.
        teller: is told what happens.
        engine: as for `Intake`.
        parser: of feeds; is closed in the end where it is the watcher's own.
        stopped: whether to end with what is in flight; asked often.
        names: of the folders, for the table of runs.
    """

    def __init__(
        self,
        store: SqlStore,
        fetcher: Fetcher,
        feeds: Sequence[FeedAddress],
        folders: Folders,
        *,
        options: Options,
        teller: Teller,
        habits: Habits | None = None,
        engine: Standing[Item, Outcome] | None = None,
        parser: Parser | None = None,
        stopped: Callable[[], bool] = lambda: False,
        names: Sequence[str] = (),
    ) -> None:
        self._feeds = {feed.name: feed for feed in feeds}
        self._folders, self._habits, self._options = folders, habits or Habits(), options
        self._teller, self._stopped = teller, stopped
        self._memory = Memory(store)
        self._memory.prepare(retry_failed=options.retry_failed)
        self._intake = Intake(
            store,
            self._memory,
            options,
            [*self._feeds, *names],
            engine=engine,
            news=self._news,
            same=lambda source: teller.event("known", source=source),
            failed=self._quarantined,
            tick=self._tick,
            stopped=stopped,
        )
        self._traffic = Traffic(fetcher, pace=self._habits.pace)
        self._parser, self._own_parser = parser or Parser(), parser is None
        self._due = dict.fromkeys(self._feeds, 0.0)  # time.monotonic from which a feed is asked
        self._sent: set[str] = set()  # digests of articles on their way, and names of feeds
        self._looked = float("-inf")
        self._once = False
        self._lot: list[Item | Failure] = []
        self._tickets: dict[str, list[Ticket]] = {}
        self._found: dict[str, str] = {}  # digests of addresses in the lot: their item
        self.tally = Tally()

    def run(self, *, once: bool = False) -> Tally:
        """Watch until asked to stop, or for once: until nothing is left to do now.

        Raises:
            StoreError, WorkerError: as `Intake.take`; what was committed is whole, and the same command goes on.
        """
        began, state = time.monotonic(), STOPPED
        self._once = once
        self._folders.begin(once=once)
        try:
            while not self._stopped():
                self._send()
                self._receive()
                self._take_files()
                self._take_in()
                self._intake.settle(self._habits.settle)
                self._tick()
                if once and (self._idle() or time.monotonic() - began > self._habits.once):
                    break
            state = COMPLETE
        finally:
            self._close(state)
        return self.tally

    # --- out ----------------------------------------------------------------------------------------------------------

    def _send(self) -> None:
        """Feeds whose time has come, and articles that wait."""
        now = time.monotonic()
        for name, due in self._due.items():
            if due <= now and name not in self._sent:
                self._send_feed(name)
        if now - self._looked > self._habits.look:
            self._looked = now
            for one in self._memory.waiting(list(self._feeds), self._sent) if self._feeds else ():
                self._send_article(one)

    def _send_feed(self, name: str) -> None:
        feed, known = self._feeds[name], self._memory.feed(name)
        self._schedule(name, self._habits.every * random.uniform(0.95, 1.05))
        if known.next and known.next > moment(0):
            self._teller.event("put_off", source=name, problem=known.problem or "", again=known.next)
            return
        headers = {"If-None-Match": known.etag, "If-Modified-Since": known.modified}
        self._sent.add(name)
        asked = {header: value for header, value in headers.items() if value}
        self._traffic.send(Errand(feed.address, known, asked, feed.login))

    def _send_article(self, one: Waiting) -> None:
        self._sent.add(one.digest)
        try:
            address = str(parsed(one.entry.address))
        except UnfetchedError as error:  # refused before, and tried again
            self._article_failed(one, error)
            return
        self._traffic.send(Errand(address, one))

    def _schedule(self, name: str, seconds: float) -> None:
        self._due[name] = float("inf") if self._once else time.monotonic() + seconds

    # --- in -----------------------------------------------------------------------------------------------------------

    def _receive(self) -> None:
        """Take what has arrived; wait for it only where there is nothing else to do."""
        seconds = 0.0 if self._lot else TICK
        while self._has_room() and (result := self._traffic.take(seconds)):
            errand, answer = result
            seconds = 0.0
            if isinstance(errand.subject, Waiting):
                self._article(errand.subject, answer)
            else:
                self._feed(errand, answer)

    def _has_room(self) -> bool:
        size = sum(len(item.data) for item in self._lot if isinstance(item, Item))
        return len(self._lot) < LOT and size < LOT_BYTES

    def _feed(self, errand: Errand, answer: Answer | UnfetchedError) -> None:
        name = next(name for name, feed in self._feeds.items() if feed.address == errand.address)
        self._sent.discard(name)
        try:
            if isinstance(answer, UnfetchedError):
                raise answer
            if answer.status == UNCHANGED:
                self._memory.feed_read(name, replace(errand.subject, next=None, failed=0, problem=None))
                self._teller.event("unchanged", feed=name)
                return
            self._read_feed(name, answer)
        except UnfetchedError as error:
            self._feed_failed(name, errand.subject, error)

    def _read_feed(self, name: str, answer: Answer) -> None:
        """Keep what a feed leads to, and send for it.

        Raises:
            UnfetchedError: it cannot be read.
        """
        feed = self._parser.parse(answer.body, answer.address, answer.headers.get("Content-Type"))
        known = Known(_validator(answer.headers.get("ETag")), _validator(answer.headers.get("Last-Modified")))
        new = self._memory.feed_read(name, known, feed.entries)
        self._teller.event("feed", feed=name, entries=feed.total, new=len(new), title=feed.title)
        for one in new:
            if one.problem:
                self._refused(one.address, one.problem, feed=name)
            else:
                self._send_article(one)

    def _feed_failed(self, name: str, known: Known, error: UnfetchedError) -> None:
        refused = error.kind == REFUSED  # another start may allow it
        wait = self._habits.every if refused else self._backoff(known.failed + 1, error.after)
        again = None if refused else moment(wait)
        told = error.problem
        self._memory.feed_failed(name, replace(known, next=again, failed=known.failed + 1, problem=told))
        self._schedule(name, wait)
        if refused:
            self.tally.unread += 1
            self._refused(name, told, mend=error.mend)
        else:
            self.tally.failed += 1
            self._teller.event("failed", source=name, problem=told, mend=error.mend, again=again)

    def _article(self, one: Waiting, answer: Answer | UnfetchedError) -> None:
        try:
            if isinstance(answer, UnfetchedError):
                raise answer
            item, address = articles.fetched(answer, one.entry, self._options.job.limits)
        except UnfetchedError as error:
            self._article_failed(one, error)
            return
        self._add(item, one, address)

    def _add(self, item: Item, one: Waiting, address: str) -> None:
        """Put an article into the next lot, unless its page was read under another address."""
        there = digest(address)
        known = self._found.get(there) or self._memory.done([there]).get(there)
        key = known or item.key
        self._found[there] = key
        self._tickets.setdefault(key, []).append(Ticket(one, address))
        if not known:
            self._lot.append(item)

    def _article_failed(self, one: Waiting, error: UnfetchedError) -> None:
        """Try again later, give up, or take the text that the feed carries."""
        counted = error.after is None or error.kind != LATER
        one = replace(one, tries=one.tries + counted)
        whole = articles.carried(one.entry, one.address) if error.kind == REFUSED else None
        if whole is not None and error.problem.startswith("robots.txt"):
            self._add(whole, one, one.address)
            return
        self._sent.discard(one.digest)
        if error.kind == LATER and one.tries < self._habits.tries:
            wait = self._backoff(max(one.tries, 1), error.after)
            self._memory.put_off(one, error.problem, wait)
            self.tally.waiting += 1
            self._teller.event("put_off", source=one.address, problem=error.problem, again=moment(wait))
        elif error.kind == REFUSED:
            self._memory.give_up(one, REFUSED, error.problem)
            self._refused(one.address, error.problem, mend=error.mend, feed=one.feed)
        else:
            self._memory.give_up(one, FAILED, error.problem)
            self._intake.unfetched(one, error.problem, error.mend)
            self.tally.failed += 1
            self._teller.event("failed", source=one.address, problem=error.problem, mend=error.mend)

    def _backoff(self, failed: int, after: float | None) -> float:
        """Seconds until the next try: what the server says, else twice as long with every failure; never in step."""
        own = min(self._habits.retry * 2 ** min(failed - 1, 30), self._habits.longest) * random.uniform(0.8, 1.2)
        return own if after is None else max(after, 0.0) + random.uniform(0.0, self._habits.retry / 10)

    def _take_files(self) -> None:
        """Files that stand still, as many as one lot takes."""
        job = self._options.job
        self._lot.extend(listed(self._folders.ready(), job.limits, self._options.input_format))

    def _take_in(self) -> None:
        """Annotate and commit what there is."""
        if not self._lot and not self._tickets:
            return
        lot, tickets = self._lot, self._tickets
        self._lot, self._tickets, self._found = [], {}, {}
        self._intake.take(lot, tickets)
        self._sent.difference_update(t.waiting.digest for both in tickets.values() for t in both)

    # --- telling ------------------------------------------------------------------------------------------------------

    def _news(self, news: News) -> None:
        self.tally.documents += 1
        self.tally.claims += news.claims
        self._teller.event("document", **vars(news))

    def _quarantined(self, failed: Failed) -> None:
        self.tally.failed += 1
        self._teller.event("failed", source=failed.source, problem=failed.problem, mend=failed.mend)

    def _refused(self, source: str, problem: str, **said: Any) -> None:
        self.tally.refused += 1
        self._teller.event("refused", source=source, problem=problem, **said)

    def _tick(self) -> None:
        tally, traffic = self.tally, self._traffic
        told = f"{tally.documents:,} documents, {tally.claims:,} claims; {traffic.pending:,} to fetch"
        self._teller.tick(f"{told}, {self._folders.pending:,} files to settle" if self._folders.pending else told)

    # --- the end ------------------------------------------------------------------------------------------------------

    def _idle(self) -> bool:
        """Whether nothing is left that could be done now."""
        return not (self._traffic.pending or self._lot or self._tickets or self._folders.pending)

    def _close(self, state: str) -> None:
        self._traffic.close()
        self._folders.close()
        if self._own_parser:
            self._parser.close()
        self._intake.close(state)


def _validator(stated: str | None) -> str | None:
    """A validator that can be sent back as it is."""
    return stated if stated and stated.isascii() and stated.isprintable() and len(stated) <= LONGEST else None
