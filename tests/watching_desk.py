"""A watcher over a site of our own and a database, for tests."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from claimstake.archive.job import Job
from claimstake.archive.run import Options
from claimstake.archive.work import Worker
from claimstake.readers.items import Item
from claimstake.store.contract import Outcome
from claimstake.store.opening import open_sql
from claimstake.store.rows import encode
from claimstake.watch import naming
from claimstake.watch.contract import Bounds
from claimstake.watch.fetching import Fetcher
from claimstake.watch.folders import Folders
from claimstake.watch.guard import Guard
from claimstake.watch.parsing import Parser
from claimstake.watch.traffic import Pace
from claimstake.watch.watching import Habits, Tally, Watcher
from feed_server import Site

QUICK = Habits(retry=0.05, look=0.05, tries=3, settle=0.2, once=15, pace=Pace(pause=0.0, patience=0.5, busy=60))
BOUNDS = Bounds(connect=1, read=0.5, total=1.0, size=300_000)


class Engine:
    """The pipeline in this process: loading one for each test would take minutes."""

    def __init__(self) -> None:
        self._worker = Worker(Job(), partial(encode, text=True))

    def __call__(self, batches: Iterable[Sequence[Item]]) -> Iterator[list[Outcome]]:
        for batch in batches:
            yield self._worker(batch)

    def close(self) -> None:
        """Nothing to end."""


@dataclass
class Told:
    """What a watcher said."""

    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def event(self, name: str, **said: Any) -> None:
        self.events.append((name, said))

    def tick(self, state: str) -> None:
        """Nothing."""

    def of(self, name: str) -> list[dict[str, Any]]:
        return [said for event, said in self.events if event == name]


@dataclass
class Desk:
    """A database, and ways to watch into it and to look at it."""

    path: Path
    engine: Engine
    parser: Parser
    site: Site
    told: Told = field(default_factory=Told)
    habits: Habits = QUICK

    def watch(
        self,
        *sources: str,
        once: bool = True,
        allow: Sequence[str] | None = None,
        stopped: Callable[[], bool] = lambda: False,
        retry_failed: bool = False,
        habits: Habits | None = None,
        quiet: float = 0.1,
        resolve: Any = None,
    ) -> Tally:
        """Watch feeds of the site (paths or addresses) and folders."""
        self.told = Told()
        whole = [
            self.site.address(name) if name.startswith("/") and not Path(name).is_dir() else name for name in sources
        ]
        feeds = naming.feeds(name for name in whole if naming.is_address(name))
        folders = [name for name in whole if not naming.is_address(name)]
        guard = Guard([self.site.host] if allow is None else allow, resolve=resolve)
        store = open_sql(self.path)
        try:
            store.open()
            watcher = Watcher(
                store,
                Fetcher(guard, bounds=BOUNDS),
                feeds,
                Folders(folders, without=store.outputs, quiet=quiet),
                options=replace(Options(), retry_failed=retry_failed),
                teller=self.told,
                habits=habits or self.habits,
                engine=self.engine,  # type: ignore[arg-type]
                parser=self.parser,
                stopped=stopped,
                names=folders,
            )
            return watcher.run(once=once)
        finally:
            store.close()

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.path)) as connection:
            return connection.execute(query).fetchall()

    def documents(self) -> list[str]:
        """Addresses, or places of files, of the documents."""
        return [place for (place,) in self.rows("SELECT coalesce(url, source) FROM documents ORDER BY 1")]

    def states(self) -> dict[str, str]:
        """What became of each address, by its path on the site."""
        found = self.rows("SELECT address, state FROM fetches")
        return {address.removeprefix(f"http://{self.site.host}"): state for address, state in found}
