"""Processes that outlive the command that started them: told from others that got their number, and stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
STEP = 0.1  # seconds between two looks


@dataclass(frozen=True)
class Handle:
    """A process that was started, leader of a group of its own.

    Attributes:
        pid: its number, which the system may give away again.
        started: when, in the words of the system; tells it from a later one of the same number.
    """

    pid: int
    started: str


@dataclass(frozen=True)
class Process:
    """A process that runs.

    Attributes:
        pid: its number.
        group: number of its group's leader.
        started: as in `Handle`.
        command: program and arguments.
    """

    pid: int
    group: int
    started: str
    command: str


def running() -> list[Process]:
    """All processes of this machine, without those that have ended and were not collected yet."""
    if _has_proc():
        return [p for path in PROC.iterdir() if path.name.isdigit() and (p := _of_proc(path.name))]
    return _of_ps()


def _has_proc() -> bool:
    return (PROC / "self" / "stat").exists()


def _of_proc(number: str) -> Process | None:
    try:
        # the name in brackets may hold blanks and brackets itself
        fields = (PROC / number / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        command = (PROC / number / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
    except OSError:
        return None
    if fields[0] in "ZX":
        return None
    return Process(int(number), int(fields[2]), f"{_boot()} {fields[19]}", command)


def _boot() -> str:
    """Names this start of the machine, as times of processes count from it."""
    try:
        return (PROC / "sys" / "kernel" / "random" / "boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _of_ps() -> list[Process]:
    listed = subprocess.run(
        ["ps", "-A", "-ww", "-o", "pid=,pgid=,stat=,lstart=,command="],  # -ww: whole commands whatever COLUMNS says
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "LC_ALL": "C"},
        timeout=30,
    )
    found = []
    for line in listed.stdout.splitlines():
        pid, group, state, *rest = line.split(None, 8)
        if len(rest) == 6 and not state.startswith("Z"):
            found.append(Process(int(pid), int(group), " ".join(rest[:5]), rest[5]))
    return found


def start(
    command: Sequence[str], *, log: Path, folder: Path, variables: Mapping[str, str], keep: Sequence[int] = ()
) -> Handle:
    """Start a process that the end of this one, or of the terminal, does not stop.

    Args:
        command: program and arguments.
        log: file that its output is appended to; only the user may read it.
        folder: that it works in.
        variables: its whole environment.
        keep: open file descriptors that it inherits.

    Raises:
        OSError: if the program cannot be started.
    """
    out = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            cwd=folder,
            env=dict(variables),
            start_new_session=True,
            pass_fds=keep,
            umask=0o077,
        )
    finally:
        os.close(out)
    child.returncode = 0  # it is meant to outlive this object, which else would warn
    found = next((p.started for p in running() if p.pid == child.pid), "")
    return Handle(child.pid, found)


def alive(handle: Handle) -> bool:
    """Whether the very process that was started runs."""
    found = _of_proc(str(handle.pid)) if _has_proc() else next((p for p in _of_ps() if p.pid == handle.pid), None)
    return found is not None and found.started == handle.started


def members(handle: Handle, ours: str) -> list[Process]:
    """The process and those it started, also where it itself is gone.

    Args:
        handle: the leader.
        ours: stands in the command of the leader's children; without a leader its number may be somebody else's.
    """
    found = running()
    led = any(p.pid == handle.pid and p.started == handle.started for p in found)
    return [p for p in found if p.group == handle.pid and (led or (p.pid != handle.pid and ours in p.command))]


def stop(handles: Sequence[Handle], ours: str, grace: float, *, told: Callable[[str], None] | None = None) -> bool:
    """End processes and their children: ask first, then force.

    Args:
        handles: leaders.
        ours: see `members`.
        grace: seconds between asking and forcing.
        told: hears when force is needed.

    Returns:
        Whether anything ran.
    """
    left = [p for handle in handles for p in members(handle, ours)]
    if not left:
        return False
    leaders = {handle.pid for handle in handles}
    # leaders end their children in order; children without one are asked themselves
    asked = [p for p in left if p.pid in leaders] + [p for p in left if not any(q.pid == p.group for q in left)]
    _send(asked, signal.SIGTERM)
    if not _gone(handles, ours, grace):
        if told:
            told("it does not end by itself: forced")
        _send([p for handle in handles for p in members(handle, ours)], signal.SIGKILL)
        _gone(handles, ours, grace)
    return True


def _gone(handles: Sequence[Handle], ours: str, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while any(members(handle, ours) for handle in handles):
        if time.monotonic() >= until:
            return False
        time.sleep(STEP)
    return True


def _send(processes: Sequence[Process], number: signal.Signals) -> None:
    for process in processes:
        try:
            os.kill(process.pid, number)
        except ProcessLookupError:
            continue
