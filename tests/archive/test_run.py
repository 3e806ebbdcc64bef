"""Runs over real sources into real stores, with the pipeline in this process where processes are not the point."""

from __future__ import annotations

import json
import signal
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import psutil
import pytest
from sqlalchemy.exc import SQLAlchemyError

import archive_sources
from claimstake.archive.job import Job
from claimstake.archive.pool import Bounds, Pool
from claimstake.archive.run import Options, Summary, archive
from claimstake.archive.work import Worker, give_up
from claimstake.errors import StoreError
from claimstake.readers.items import Item
from claimstake.store.contract import Failed, Outcome
from claimstake.store.opening import open_sql, open_store
from pool_work import Deadly
from small_disk import FULL, SmallDisk
from store_runs import contents

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]
JOB = Job(triage=False)


class Here:
    """An engine without processes: the pipeline is loaded once for all tests."""

    def __init__(self) -> None:
        self._steps: dict[str, Any] = {}

    def __call__(self, worker: Worker, batches: Iterable[Sequence[Item]]) -> Iterator[list[Outcome]]:
        for batch in batches:
            yield self._loaded(worker)(batch)

    def _loaded(self, worker: Worker) -> Worker:
        key = f"{worker._job} {worker._encode}"
        if key not in self._steps:
            worker.load()
            self._steps[key] = worker._steps
        worker._steps = self._steps[key]
        return worker


class Watching:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.found: list[Failed] = []
        self.ticks = 0

    def tick(self, summary: Summary) -> None:
        self.ticks += 1

    def failed(self, failed: Failed) -> None:
        self.found.append(failed)


@pytest.fixture(scope="module")
def here() -> Here:
    return Here()


def go(here: Any, path: object, *sources: Path, job: Job = JOB, **more: Any) -> Summary:
    """One run into a store, from opening to closing."""
    options = {name: more.pop(name) for name in ("retry_failed", "workers", "bounds") if name in more}
    store = open_store(str(path), text=job.text)
    try:
        return archive(sources, store, Options(job, **options), engine=here, **more)
    finally:
        store.close()


def rows(path: object) -> dict[str, list[dict[str, Any]]]:
    store = open_sql(str(path))
    try:
        return contents(store)
    finally:
        store.close()


def quarantine(path: object) -> list[Failed]:
    store = open_store(str(path))
    try:
        return list(store.failures())
    finally:
        store.close()


class TestDoingOnce:
    """What is done is not done again, and what changed is."""

    def test_all_kinds_of_sources(self, here: Here, tmp_path: Path) -> None:
        """A folder, lines and bad documents: every good one is in the database, every bad one in quarantine."""
        news = archive_sources.folder(tmp_path / "news", range(20))
        more = archive_sources.lines(tmp_path / "more.jsonl", range(20, 40))
        archive_sources.bad_documents(tmp_path / "bad")
        watch = Watching()
        summary = go(here, tmp_path / "a.db", news, more, tmp_path / "bad", watch=watch)
        assert (summary.documents, summary.failures, summary.known, summary.state) == (46, 5, 0, "complete")
        assert watch.ticks
        found = rows(tmp_path / "a.db")
        assert len(found["documents"]) == 46
        assert len(found["claims"]) == summary.claims > 46
        assert sum(row["tokens"] for row in found["documents"]) == summary.tokens
        names = {Path(failed.source.partition(": ")[0]).name for failed in quarantine(tmp_path / "a.db")}
        assert names == {"binary.txt", "cut.pdf", "cut.zip", "empty.txt", "mixed.jsonl"}
        assert {f.source for f in watch.found} == {f.source for f in quarantine(tmp_path / "a.db")}

    def test_again_changes_nothing(self, here: Here, tmp_path: Path) -> None:
        """A second run finds everything done, wherever the files lie now."""
        news = archive_sources.folder(tmp_path / "news", range(10))
        go(here, tmp_path / "a.db", news)
        before = rows(tmp_path / "a.db")
        moved = news.rename(tmp_path / "moved")
        summary = go(here, tmp_path / "a.db", moved)
        assert (summary.documents, summary.known) == (0, 10)
        assert rows(tmp_path / "a.db") == before

    def test_the_same_document_in_two_places_is_one(self, here: Here, tmp_path: Path) -> None:
        """Also within one run, before the first is committed."""
        one, two = (archive_sources.folder(tmp_path / name, range(5)) for name in ("one", "two"))
        summary = go(here, tmp_path / "a.db", one, two)
        assert (summary.documents, summary.known) == (5, 5)

    @pytest.mark.parametrize("name", ["claims.db", "claims.jsonl", "claims.jsonl.gz", "claims.parquet", "claims.bin"])
    @pytest.mark.parametrize("below", ["", "*"])
    def test_what_a_run_writes_is_no_source(self, here: Here, tmp_path: Path, name: str, below: str) -> None:
        """Claims that are kept beside the articles are never taken for articles, while they grow or afterwards."""
        more = archive_sources.lines(tmp_path / "articles.jsonl", range(3))
        sink = f"sqlite:///{tmp_path / name}" if name.endswith(".bin") else tmp_path / name
        first = go(here, sink, more, tmp_path / below)
        assert (first.documents, first.known, first.failures) == (3, 0, 0)
        for sources in ((tmp_path / below,), (more, tmp_path / below)):
            again = go(here, sink, *sources)
            assert (again.documents, again.known, again.failures) == (0, 3, 0)

    def test_another_fingerprint_does_all_again(self, here: Here, tmp_path: Path) -> None:
        """And replaces what was there: the end is that of a fresh run."""
        news = archive_sources.folder(tmp_path / "news", range(10))
        go(here, tmp_path / "a.db", news, job=Job(triage=False, min_confidence=0.99))
        few = len(rows(tmp_path / "a.db")["claims"])
        summary = go(here, tmp_path / "a.db", news)
        assert summary.documents == 10
        go(here, tmp_path / "fresh.db", news)
        assert rows(tmp_path / "a.db") == rows(tmp_path / "fresh.db")
        assert len(rows(tmp_path / "fresh.db")["claims"]) > few

    def test_documents_stand_in_the_order_of_the_sources(self, here: Here, tmp_path: Path) -> None:
        """As the lines of a file show."""
        more = archive_sources.lines(tmp_path / "more.jsonl", range(70))
        go(here, tmp_path / "out.jsonl", more)
        lines = (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()
        assert [json.loads(line)["doc"]["id"] for line in lines] == [f"r{n}" for n in range(70)]

    def test_stopped_and_gone_on(self, here: Here, tmp_path: Path) -> None:
        """Asked to stop, a run commits what is in flight and says that it was interrupted; the next does the rest."""
        more = archive_sources.lines(tmp_path / "more.jsonl", range(100))
        asked = iter([False] * 160)
        first = go(here, tmp_path / "a.db", more, stopped=lambda: next(asked, True))
        assert first.state == "interrupted"
        assert 0 < first.documents < 100
        second = go(here, tmp_path / "a.db", more)
        assert (second.state, second.known, second.documents) == ("complete", first.documents, 100 - first.documents)


class TestQuarantine:
    """What failed stays away until somebody asks for it."""

    def test_failed_documents_are_tried_again_on_demand(self, here: Here, tmp_path: Path) -> None:
        """Not by a plain run; with `retry_failed` they are, and leave quarantine where they succeed."""
        more = archive_sources.lines(tmp_path / "more.jsonl", range(6))
        store = open_store(tmp_path / "a.db")
        refused = Refusing(here, "r3")
        archive([more], store, Options(JOB), engine=refused)
        store.close()
        assert [(f.stage, f.document) for f in quarantine(tmp_path / "a.db")] == [("annotate", "r3")]
        assert go(here, tmp_path / "a.db", more).known == 6
        again = go(here, tmp_path / "a.db", more, retry_failed=True)
        assert (again.documents, again.known, again.failures) == (1, 5, 0)
        assert not quarantine(tmp_path / "a.db")
        assert len(rows(tmp_path / "a.db")["documents"]) == 6

    def test_what_is_mended_leaves_quarantine(self, here: Here, tmp_path: Path) -> None:
        """A file with other content, a packed archive that is whole, a file that was not there."""
        folder, missing = tmp_path / "bad", tmp_path / "later.txt"
        archive_sources.bad_documents(folder)
        go(here, tmp_path / "a.db", folder, missing)
        assert len(quarantine(tmp_path / "a.db")) == 6
        for name in ("empty.txt", "binary.txt"):
            (folder / name).write_text(archive_sources.text(7), encoding="utf-8")
        (folder / "whole.zip").replace(folder / "cut.zip")
        missing.write_text(archive_sources.text(8), encoding="utf-8")
        summary = go(here, tmp_path / "a.db", folder, missing)
        assert summary.failures == 0
        assert {Path(f.source.partition(": ")[0]).name for f in quarantine(tmp_path / "a.db")} == {
            "cut.pdf",
            "mixed.jsonl",
        }

    def test_items_that_end_their_worker(self, tmp_path: Path) -> None:
        """Killing or hanging, they are quarantined as such; their neighbours are in the database."""
        more = archive_sources.lines(tmp_path / "more.jsonl", range(8))
        with more.open("a", encoding="utf-8") as file:
            file.write('{"id": "x", "text": "please die now"}\n{"id": "y", "text": "please hang now"}\n')

        def engine(worker: Worker, batches: Iterable[Sequence[Item]]) -> Iterator[list[Outcome]]:
            pool: Pool[Item, Outcome] = Pool(Deadly(worker), give_up, workers=2, bounds=Bounds(timeout=8))
            return pool.run(batches)

        summary = go(engine, tmp_path / "a.db", more)
        assert (summary.documents, summary.failures) == (8, 2)
        found = {f.source.rpartition(": ")[2]: (f.stage, f.problem) for f in quarantine(tmp_path / "a.db")}
        assert found["line 9"] == ("worker", "the process that worked on it ended (SIGKILL)")
        assert found["line 10"] == ("timeout", "takes longer than 8 s")


class Refusing:
    """An engine that fails at one document, as the pipeline might."""

    def __init__(self, here: Here, name: str) -> None:
        self._here, self._name = here, name

    def __call__(self, worker: Worker, batches: Iterable[Sequence[Item]]) -> Iterator[list[Outcome]]:
        for batch in batches:
            outcomes = next(self._here(worker, [batch]))
            bad = [f'"{self._name}"'.encode() in item.data for item in batch]
            yield [self._failed(o) if b else o for o, b in zip(outcomes, bad, strict=True)]

    def _failed(self, outcome: Outcome) -> Outcome:
        failed = Failed(outcome.item, outcome.source, "annotate", "too hard", document=self._name)
        return Outcome(outcome.item, outcome.source, failures=(failed,))


class TestStoresThatGoAway:
    """Nothing is half-written, and the next run goes on."""

    def test_a_disk_fills_up(
        self, here: Here, tmp_path: Path, small_disk: SmallDisk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The run stops with what to do; with room it goes on, and the end is that of a run that had it all along."""
        monkeypatch.setattr("claimstake.archive.committing.SECONDS", 0.0)  # so that some of it is written
        job, path = Job(triage=True), small_disk.folder / "a.db"
        news = tmp_path / "news"
        news.mkdir()
        for number in range(64):
            (news / f"{number}.txt").write_text(archive_sources.off_topic(number, 21_000), encoding="utf-8")
        summary = Summary()
        with pytest.raises(StoreError, match=FULL):
            go(here, path, news, job=job, summary=summary)
        assert (summary.state, summary.documents > 0) == ("stopped", True)
        small_disk.make_room()
        second = go(here, path, news, job=job)
        assert (second.state, second.known, second.documents) == ("complete", summary.documents, 64 - summary.documents)
        go(here, tmp_path / "fresh.db", news, job=job)
        assert rows(path) == rows(tmp_path / "fresh.db")

    def test_postgresql_is_stopped_and_started(self, here: Here, tmp_path: Path, server: Any) -> None:
        """While it is away the run waits; the database holds what a run into SQLite holds."""
        more = archive_sources.lines(tmp_path / "more.jsonl", range(300))
        address = f"{server.get_uri()}&schema=news"
        away = threading.Thread(target=_restart, args=(server, address))
        away.start()
        summary = go(None, address, more, workers=2)
        away.join()
        assert (summary.documents, summary.state) == (300, "complete")
        assert go(here, tmp_path / "a.db", more).documents == 300
        assert rows(address) == rows(tmp_path / "a.db")

    def test_postgresql_stays_away(self, here: Here, tmp_path: Path, server: Any) -> None:
        """The run gives up, clean; when the server is back the next goes on."""
        more = archive_sources.lines(tmp_path / "more.jsonl", range(200))
        address = f"{server.get_uri()}&schema=news"
        store = open_sql(address)
        store.patience = 1.0
        batches = iter(range(1000))

        def engine(worker: Worker, source: Iterable[Sequence[Item]]) -> Iterator[list[Outcome]]:
            for outcomes in here(worker, source):
                if next(batches) == 3:
                    _crash(server)
                yield outcomes
                time.sleep(0.6)

        with pytest.raises(StoreError, match="(?i)postgresql|connect|server"):
            archive([more], store, Options(JOB), engine=engine)
        store.close()
        server.ensure_postgres_running()
        second = go(here, address, more)
        assert second.state == "complete"
        assert second.known + second.documents == 200
        assert 0 < second.known < 200


def _crash(server: Any) -> None:
    """End the server as a loss of power does."""
    process = psutil.Process(server.get_pid())
    process.send_signal(signal.SIGQUIT)
    process.wait(30)


def _restart(server: Any, address: str) -> None:
    """When the first documents are there: end the server, and start it again after a while."""
    while not _documents(address):
        time.sleep(0.1)
    _crash(server)
    time.sleep(2)
    server.ensure_postgres_running()


def _documents(address: str) -> int:
    try:
        return len(rows(address)["documents"])
    except (StoreError, SQLAlchemyError):  # nothing there yet, or no tables
        return 0


def test_memory_stays_flat(tmp_path: Path) -> None:
    """Neither the main process nor a worker holds more after thousands of documents than after hundreds."""
    more = archive_sources.lines(tmp_path / "more.jsonl", range(4000))
    code = (
        "import sys; from claimstake.archive.run import *; from claimstake.store.opening import open_store\n"
        "if __name__ == '__main__':\n"
        "    archive([sys.argv[1]], open_store(sys.argv[2]), Options(workers=1))\n"
    )
    script = tmp_path / "main.py"
    script.write_text(code)
    main = psutil.Popen([archive_sources.command()[0], script, more, tmp_path / "a.db"], env=archive_sources.WITH)
    seen: list[tuple[int, int, int]] = []
    while main.poll() is None:
        time.sleep(0.25)
        try:
            worker = max((child.memory_info().rss for child in main.children()), default=0)
            seen.append((_done(tmp_path / "a.db"), main.memory_info().rss, worker))
        except psutil.NoSuchProcess:
            break
    assert main.wait() == 0
    print(f"documents, main and worker: {seen[:: len(seen) // 12]}")  # noqa: T201 - shown where it fails
    early = [s for s in seen if 500 <= s[0] < 1500]
    late = [s for s in seen if s[0] >= 3000]
    assert early
    assert late
    main_grows, worker_grows = (max(s[w] for s in late) - max(s[w] for s in early) for w in (1, 2))
    assert main_grows < 100_000_000  # of names that the store remembers, which are bounded
    assert worker_grows < 150_000_000
    assert max(s[1] for s in seen) < 300_000_000
    assert max(s[2] for s in seen) < 1_200_000_000


def _done(path: Path) -> int:
    try:
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
            return int(connection.execute("SELECT count(*) FROM manifest").fetchone()[0])
    except sqlite3.Error:
        return 0
