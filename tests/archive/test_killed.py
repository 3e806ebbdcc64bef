"""Runs that are killed at random moments, and started again until they end."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

import archive_sources
from claimstake.store.opening import open_sql
from store_runs import contents

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]
KILLS = 20
WORKERS = 10  # killed one by one
SPOILT = 6  # of them before the first document is done


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Articles in files and lines, and what cannot be read."""
    folder = tmp_path_factory.mktemp("archive")
    archive_sources.folder(folder / "news", range(150))
    archive_sources.lines(folder / "more.jsonl", range(150, 300))
    archive_sources.bad_documents(folder / "bad")
    return folder


@pytest.fixture(scope="module")
def undisturbed(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of a run that nobody disturbed."""
    path = tmp_path_factory.mktemp("undisturbed") / "claims.db"
    assert archive_sources.run(source, "--to", path, "--quiet").returncode == 1  # some documents are bad
    return path


def rows(path: Path) -> dict[str, list[dict[str, Any]]]:
    store = open_sql(path)
    try:
        return contents(store)
    finally:
        store.close()


def done(path: Path) -> int:
    """Work items in a database, whoever writes it meanwhile."""
    try:
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
            return int(connection.execute("SELECT count(*) FROM manifest").fetchone()[0])
    except sqlite3.Error:
        return 0


def killed(started: subprocess.Popen[str], when: Callable[[], bool]) -> bool:
    """Kill a run at a moment; False where it ended before."""
    if not _waited(started, when):
        return False
    os.kill(started.pid, signal.SIGKILL)
    started.communicate()
    return started.returncode == -signal.SIGKILL


def _waited(started: subprocess.Popen[str], when: Callable[[], bool]) -> bool:
    """Wait for a moment; False where the run ends before."""
    while not when():
        if started.poll() is not None:
            return False
        time.sleep(0.01)
    return True


def after(seconds: float) -> Callable[[], bool]:
    end = time.monotonic() + seconds
    return lambda: time.monotonic() > end


def after_progress(path: Path, seconds: float) -> Callable[[], bool]:
    """Some time after the next commit."""
    before, end = done(path), 0.0

    def when() -> bool:
        nonlocal end
        if not end and done(path) > before:
            end = time.monotonic() + seconds
        return bool(end) and time.monotonic() > end

    return when


def test_a_run_killed_at_random_moments(source: Path, undisturbed: Path, tmp_path: Path) -> None:
    """However often the whole run is killed, in the end the database is that of a run that nobody disturbed."""
    chance = random.Random(11)
    expected = rows(undisturbed)
    assert len(expected["documents"]) == 306
    assert len(expected["claims"]) > 300
    kills, ended, path = 0, 0, tmp_path / "0.db"
    while kills < KILLS:
        started = archive_sources.start(source, "--to", path, "--quiet", "-j", 1 + kills % 2)
        early = kills * SPOILT // KILLS != (kills + 1) * SPOILT // KILLS
        when = after(2 * chance.random()) if early else after_progress(path, 0.3 * chance.random())
        if killed(started, when):
            kills += 1
        else:
            assert rows(path) == expected
            ended += 1
            path = tmp_path / f"{ended}.db"
    assert archive_sources.run(source, "--to", path, "--quiet").returncode == 1
    assert rows(path) == expected
    with sqlite3.connect(path) as connection:
        states = [state for (state,) in connection.execute("SELECT state FROM runs ORDER BY id")]
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert states[-1] == "complete"
    assert set(states[:-1]) <= {"running"}


def test_workers_killed_at_random_moments(source: Path, undisturbed: Path, tmp_path: Path) -> None:
    """Workers that are killed while they load or work are replaced, and no document is lost or given up."""
    chance, kills, expected = random.Random(5), 0, rows(undisturbed)
    path = tmp_path / "claims.db"
    while kills < WORKERS:
        path.unlink(missing_ok=True)
        started = archive_sources.start(source, "--to", path, "--quiet", "-j", 2)
        main = psutil.Process(started.pid)
        while kills < WORKERS and _waited(started, after_progress(path, 0.5 * chance.random())):
            if workers := _loading(main):
                chance.choice(workers).kill()
                kills += 1
        _, told = started.communicate(timeout=200)
        assert started.returncode == 1
        assert rows(path) == expected, told


def test_json_lines_of_a_killed_run(source: Path, tmp_path: Path) -> None:
    """The file of a run that was killed again and again is, byte for byte, that of one run."""
    whole, broken, chance = tmp_path / "whole.jsonl", tmp_path / "broken.jsonl", random.Random(2)
    assert archive_sources.run(source, "--to", whole, "--quiet").returncode == 1

    def grown(size: int, seconds: float) -> Callable[[], bool]:
        late: Callable[[], bool] | None = None

        def when() -> bool:
            nonlocal late
            if late is None and broken.exists() and broken.stat().st_size > size:
                late = after(seconds)
            return late is not None and late()

        return when

    for _ in range(3):
        size = broken.stat().st_size if broken.exists() else 0
        killed(archive_sources.start(source, "--to", broken, "--quiet"), grown(size, 0.3 * chance.random()))
    archive_sources.run(source, "--to", broken, "--quiet")
    assert broken.read_bytes() == whole.read_bytes()


def _loading(main: psutil.Process) -> list[psutil.Process]:
    """Workers of a run that hold some of the pipeline, or all of it."""
    found = []
    for child in main.children():
        try:
            if child.memory_info().rss > 50_000_000:
                found.append(child)
        except psutil.NoSuchProcess:
            continue
    return found
