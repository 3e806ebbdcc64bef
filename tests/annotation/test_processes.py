"""Processes that outlive a command: told apart from later ones of the same number, and stopped with their children."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from claimstake.annotation.server import processes
from claimstake.annotation.server.processes import Handle

SLEEPING = "import time; time.sleep(300)"
PARENT = "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', sys.argv[1]]); time.sleep(300)"
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(300)"
HERE = sys.executable


@pytest.fixture
def started(tmp_path: Path) -> Iterator[list[Handle]]:
    """Handles of what a test starts; killed at its end."""
    handles: list[Handle] = []
    yield handles
    for handle in handles:
        for process in processes.members(handle, HERE):
            os.kill(process.pid, signal.SIGKILL)


def start(started: list[Handle], folder: Path, *words: str) -> Handle:
    variables = {"PATH": os.environ["PATH"]}
    handle = processes.start([HERE, "-c", *words], log=folder / "log", folder=folder, variables=variables)
    started.append(handle)
    return handle


def eventually(holds: object, seconds: float = 20.0) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if holds():  # type: ignore[operator]
            return True
        time.sleep(0.05)
    return False


def test_leads_a_session_of_its_own(started: list[Handle], tmp_path: Path) -> None:
    """Closing the terminal does not reach it, and only the user reads its log."""
    handle = start(started, tmp_path, SLEEPING)
    assert os.getsid(handle.pid) == handle.pid
    assert (tmp_path / "log").stat().st_mode & 0o077 == 0
    assert processes.alive(handle)


def test_stops_children_too(started: list[Handle], tmp_path: Path) -> None:
    """Those of a leader that was killed are found by their command."""
    handle = start(started, tmp_path, PARENT, SLEEPING)
    assert eventually(lambda: len(processes.members(handle, HERE)) == 2)
    os.kill(handle.pid, signal.SIGKILL)
    assert eventually(lambda: not processes.alive(handle))
    assert len(processes.members(handle, HERE)) == 1
    assert not processes.members(handle, "/somebody/else's/python")
    assert processes.stop([handle], HERE, 10)
    assert not processes.members(handle, HERE)


def test_forces_what_does_not_end(started: list[Handle], tmp_path: Path) -> None:
    """After the time it was given, and says so."""
    handle = start(started, tmp_path, DEAF)
    assert eventually(lambda: "deaf" in (tmp_path / "log").read_text())
    said: list[str] = []
    began = time.monotonic()
    assert processes.stop([handle], HERE, 1.0, told=said.append)
    assert 1.0 <= time.monotonic() - began < 10
    assert said
    assert not processes.alive(handle)


def test_never_stops_a_later_process_of_the_same_number(started: list[Handle], tmp_path: Path) -> None:
    """Numbers are given away again; the time of the start tells them apart."""
    handle = start(started, tmp_path, SLEEPING)
    earlier = Handle(handle.pid, "another start")
    assert not processes.alive(earlier)
    assert not processes.stop([earlier], HERE, 1.0)
    assert processes.alive(handle)


@pytest.mark.skipif(not shutil.which("ps") or not Path("/proc/self").exists(), reason="needs /proc and ps")
def test_both_ways_of_listing_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    """/proc and ps name the same processes and groups, and the whole commands in a narrow terminal too."""
    monkeypatch.setenv("COLUMNS", "60")
    with subprocess.Popen([HERE, "-c", SLEEPING], start_new_session=True) as child:
        try:
            by_proc = {p.pid: p for p in processes.running()}[child.pid]
            by_ps = {p.pid: p for p in processes._of_ps()}[child.pid]
        finally:
            child.kill()
    assert (by_proc.group, by_ps.group) == (child.pid, child.pid)
    assert SLEEPING in by_proc.command
    assert SLEEPING in by_ps.command
