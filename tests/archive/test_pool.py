"""Batches through worker processes that hang, grow and die."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from claimstake.archive.pool import Bounds, Pool
from claimstake.errors import WorkerError
from pool_work import Squares, Unloadable

pytestmark = pytest.mark.timeout(120)


def given_up(item: Any, stage: str, problem: str) -> str:
    return f"{item}: {stage}: {problem}"


@pytest.fixture
def squares(tmp_path: Path) -> Squares:
    return Squares(tmp_path / "starts")


def pool(work: Any, *, workers: int = 2, **bounds: Any) -> Pool[Any, Any]:
    return Pool(work, given_up, workers=workers, bounds=Bounds(**bounds))


def batches(items: list[Any], size: int = 4) -> Iterator[list[Any]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def results(pool: Pool[Any, Any], items: list[Any], size: int = 4) -> list[Any]:
    return [result for batch in pool.run(batches(items, size)) for result in batch]


def starts(work: Squares) -> int:
    return len(work.starts.read_text().splitlines())


class TestOrder:
    """What goes in first comes out first."""

    def test_results_stand_in_the_order_of_the_items(self, squares: Squares) -> None:
        """However many workers there are, and whichever is done first."""
        assert results(pool(squares, workers=3), list(range(500))) == [n * n for n in range(500)]
        assert starts(squares) == 3

    def test_nothing_in_nothing_out(self, squares: Squares) -> None:
        """No batches, no results, no waiting."""
        assert results(pool(squares), []) == []

    def test_batches_are_taken_as_they_are_needed(self, tmp_path: Path) -> None:
        """A stream without end does not fill the memory while results wait to be taken."""
        taken = 0

        def endless() -> Iterator[list[int]]:
            nonlocal taken
            while True:
                taken += 1
                yield [taken]

        running = pool(Squares(tmp_path / "starts", pause=0.01)).run(endless())
        done = 0
        while done < 100:
            done += len(next(running))
            assert taken - done <= 2 * 8 + 1
        running.close()

    def test_heavy_items_are_not_heaped_up(self, tmp_path: Path) -> None:
        """The weight of what is taken and not given back is bounded."""
        taken = 0

        def heavy() -> Iterator[list[int]]:
            nonlocal taken
            for taken in range(1, 21):  # noqa: B007 - read outside
                yield [taken]

        work = Squares(tmp_path / "starts", pause=0.05)
        heavy_pool: Pool[int, int] = Pool(work, given_up, workers=2, bounds=Bounds(waiting=100), weigh=lambda _: 60)
        done = 0
        for batch in heavy_pool.run(heavy()):
            done += len(batch)
            assert taken - done <= 3
        assert done == 20


class TestDeath:
    """A worker that ends costs nobody but the item that ends it."""

    @pytest.mark.parametrize(("deed", "end"), [("die", "SIGKILL"), ("leave", "exit code 3")])
    def test_the_item_that_kills_is_found(self, squares: Squares, deed: str, end: str) -> None:
        """Its neighbours in the batch, and what the worker had besides, are done all the same."""
        items: list[Any] = [*range(10), deed, *range(11, 30)]
        found = results(pool(squares), items)
        assert found[10] == f"{deed}: worker: the process that worked on it ended ({end})"
        assert found[:10] + found[11:] == [n * n for n in range(30) if n != 10]
        assert 3 <= starts(squares) <= 5  # it ends three, once in company and twice alone; others may come too late

    def test_the_first_item_kills_at_once(self, squares: Squares) -> None:
        """A worker that dies with the first thing it gets was ready all the same."""
        found = results(pool(squares), ["die", "die", 3, "die", "die", 2], size=1)
        assert [r for r in found if isinstance(r, int)] == [9, 4]
        assert sum("SIGKILL" in str(r) for r in found) == 4

    def test_several_that_kill(self, squares: Squares) -> None:
        """Each is found, in one batch or in several."""
        items = [item for n in range(6) for item in (n, "die" if n % 2 else n)]
        found = results(pool(squares), items)
        assert ["die" in str(r) for r in found] == [item == "die" for item in items]

    def test_workers_are_killed_at_random(self, tmp_path: Path) -> None:
        """At least twenty are killed from outside; every result is there, in order, none given up."""
        work = Squares(tmp_path / "starts", pause=0.004)
        running = pool(work, workers=3)
        chance, killed, stop = random.Random(4), [], threading.Event()

        def kill() -> None:
            while not stop.wait(0.1 + 0.2 * chance.random()):
                ready = work.starts.read_text().split() if work.starts.exists() else []
                if pids := [pid for pid in running.pids if str(pid) in ready]:
                    killed.append(chance.choice(pids))
                    os.kill(killed[-1], signal.SIGKILL)

        killer = threading.Thread(target=kill)
        killer.start()
        found: list[int] = []
        for batch in running.run(batches(list(range(1_000_000)), 8)):
            found += batch
            if len(set(killed)) >= 20:
                break
        stop.set()
        killer.join()
        assert len(set(killed)) >= 20
        assert len(found) > 200
        assert found == [n * n for n in range(len(found))]

    def test_an_exception_is_held_to_its_item(self, squares: Squares) -> None:
        """Work that lets one escape is tried item by item; no process ends for it."""
        found = results(pool(squares), [1, "raise", 3])
        assert found == [1, "raise: worker: the work on it failed as a whole", 9]
        assert starts(squares) == 2


class TestTime:
    """A batch that takes too long is ended, even where nothing in its process can be reached."""

    def test_what_hangs_is_given_up(self, squares: Squares) -> None:
        """The neighbours of the item that hangs are done."""
        found = results(pool(squares, timeout=1.0), [1, 2, "hang", 4, 5, 6, 7, 8])
        assert found == [1, 4, "hang: timeout: takes longer than 1 s", 16, 25, 36, 49, 64]

    def test_large_batches_behind_one_that_hangs(self, squares: Squares) -> None:
        """What waits in the pipe of a hanging worker, more than a pipe holds, blocks nobody."""
        large = "x" * 3_000_000
        found = results(pool(squares, workers=1, timeout=1.0), [large, "hang", large, large], size=1)
        assert found == [large, "hang: timeout: takes longer than 1 s", large, large]

    def test_a_slow_batch_of_quick_items(self, tmp_path: Path) -> None:
        """Items that are quick enough alone are done, though together they are too slow."""
        work = Squares(tmp_path / "starts", pause=0.4)
        assert results(pool(work, timeout=1.0), [1, 2, 3, 4]) == [1, 4, 9, 16]


class TestMemory:
    """A worker that has grown too large is replaced between two batches."""

    def test_a_grown_worker_is_replaced(self, squares: Squares) -> None:
        """What it had been given is done before it goes."""
        found = results(pool(squares, workers=1, memory=200_000_000), ["pid", "grow", *["pid"] * 8], size=1)
        assert found[1] == "grow"
        pids = [pid for pid in found if isinstance(pid, int)]
        assert len(pids) == 9
        assert len(set(pids)) == 2
        assert starts(squares) == 2


class TestStartAndEnd:
    """Workers that cannot begin, and workers that must not outlive the run."""

    def test_what_cannot_be_loaded_is_said(self) -> None:
        """The exception of the worker is raised here."""
        with pytest.raises(ValueError, match="no model here"):
            results(pool(Unloadable(dies=False)), [1])

    def test_workers_that_never_get_ready(self) -> None:
        """After a few that die while they load the run is given up, and says so."""
        with pytest.raises(WorkerError, match=r"end before they are ready \(exit code 7\)"):
            results(pool(Unloadable(dies=True)), [1])

    def test_nobody_is_left_when_the_run_is_dropped(self, squares: Squares) -> None:
        """Closing the iterator ends the workers."""
        running = pool(squares)
        run = running.run(batches(list(range(1000))))
        next(run)
        pids = running.pids
        run.close()
        assert all(_gone(pid) for pid in pids)

    @pytest.mark.parametrize("busy", ["1", '"hang"'])
    def test_workers_end_with_the_main_process(self, tmp_path: Path, busy: str) -> None:
        """Though it is killed and can tell nobody, and though they hang."""
        work = tmp_path / "starts"
        code = (
            "from pathlib import Path; from pool_work import Squares; from claimstake.archive.pool import Pool\n"
            "if __name__ == '__main__':\n"
            f"    pool = Pool(Squares(Path({str(work)!r}), pause=0.05), None, workers=2)\n"
            f"    for _ in pool.run([{busy}] for _ in range(100000)): pass\n"
        )
        script = tmp_path / "main.py"
        script.write_text(code)
        paths = os.pathsep.join([str(Path(__file__).parents[1]), *sys.path])
        main = subprocess.Popen([sys.executable, script], env={**os.environ, "PYTHONPATH": paths})
        _wait(lambda: work.exists() and len(work.read_text().split()) == 2)
        pids = [int(pid) for pid in work.read_text().split()]
        time.sleep(0.3)
        main.kill()
        main.wait()
        _wait(lambda: all(_gone(pid) for pid in pids))


def _gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def _wait(condition: Any, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)
