"""`claimstake serve` for tests: a process as users start it, that is gone with all its workers whatever happens."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

import archive_sources

READY = 90.0  # seconds until it answers, on a machine that is busy with other things
STOPPED = 15.0
ADDRESS = re.compile(r"https?://[\w.\-\[\]:]+:\d+")
SHORT = str(Path(__file__).with_name("short_desk.py"))
# Kills a process group as soon as whoever holds the other end of its pipe is gone.
GUARD = "import os, signal, sys; sys.stdin.read(); os.killpg(int(sys.argv[1]), signal.SIGKILL)"


@dataclass
class DeskServer:
    """A running server.

    Attributes:
        address: without a slash at its end.
        database: what it serves.
        log: file with its standard output and error.
    """

    address: str
    database: Path
    log: Path
    process: subprocess.Popen[bytes]

    def url(self, path: str) -> str:
        return self.address + path

    def told(self) -> str:
        """All it has written so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def stop(self, seconds: float = STOPPED) -> int:
        """Ask it to end in order, as Ctrl-C does, and wait; returns its exit code.

        Raises:
            subprocess.TimeoutExpired: it did not end in time.
        """
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(seconds)


@contextmanager
def serving(
    database: Path, *words: object, log: Path | None = None, limits: str = "", **variables: str
) -> Iterator[DeskServer]:
    """`claimstake serve` on a free port of loopback, with one worker unless `words` ask for more; ready to answer.

    Args:
        words: further options.
        log: where it writes; beside the database otherwise.
        limits: of `service.settings`, as JSON, tighter ones than the command has.
        variables: of its environment, beside this process's own.

    Raises:
        AssertionError: it ended, or was not ready in time; with what it wrote.
    """
    log = log or database.with_suffix(".log")
    program = [SHORT, limits] if limits else ["-m", "claimstake", "serve"]
    command = [sys.executable, *program, "--db", str(database), "--port", "0"]
    command += [*([] if "--workers" in words else ["--workers", "1"]), *map(str, words)]
    environment = {**archive_sources.WITH, "PYTHONUNBUFFERED": "1", **variables}
    with log.open("wb") as out, _started(command, environment, out) as process:
        yield DeskServer(_ready(process, log), database, log, process)


@contextmanager
def _started(command: list[str], environment: dict[str, str], out: object) -> Iterator[subprocess.Popen[bytes]]:
    """A process at the head of a group of its own, which is killed at the end, or when this process is."""
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=environment, start_new_session=True
    )
    guard = subprocess.Popen(
        [sys.executable, "-S", "-c", GUARD, str(process.pid)], stdin=subprocess.PIPE, start_new_session=True
    )
    try:
        yield process
    finally:
        stop_all(process)
        guard.kill()
        guard.communicate()


def stop_all(process: subprocess.Popen[bytes]) -> None:
    """End a process in order, then whatever is left of its group."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(STOPPED)
        except subprocess.TimeoutExpired:
            process.kill()
    for one in group(process.pid):
        one.kill()
    process.wait(STOPPED)


def group(head: int) -> list[psutil.Process]:
    """Processes of a group that run."""
    found = []
    for one in psutil.process_iter():
        try:
            if os.getpgid(one.pid) == head and one.status() != psutil.STATUS_ZOMBIE:
                found.append(one)
        except (ProcessLookupError, psutil.NoSuchProcess):
            continue
    return found


def _ready(process: subprocess.Popen[bytes], log: Path) -> str:
    """Wait until it has written its address and answers; returns the address."""
    end = time.monotonic() + READY
    while time.monotonic() < end and process.poll() is None:
        named = ADDRESS.search(log.read_text(encoding="utf-8", errors="replace"))
        if named and _healthy(named[0]):
            return named[0]
        time.sleep(0.05)
    told = log.read_text(encoding="utf-8", errors="replace")
    raise AssertionError(f"claimstake serve {'ended' if process.poll() is not None else 'was not ready'}:\n{told}")


def _healthy(address: str) -> bool:
    try:
        return httpx.get(f"{address}/healthz", timeout=5, trust_env=False).is_success
    except httpx.TransportError:
        return False
