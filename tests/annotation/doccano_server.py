"""A real doccano server for tests: `claimstake doccano up` in a folder of its own.

Tests ask for the fixture `doccano_server` and are marked with `pytest.mark.doccano`; all of a session share one
server, so names of projects come from `project_name` and nothing is counted over all projects.
"""

from __future__ import annotations

import itertools
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from claimstake.annotation.server import NewAccount, Server, environment, processes
from claimstake.errors import ServerError

TIMEOUT = 240.0  # seconds until it is healthy, on a machine that is busy with other things
GUARD = """
import sys
from pathlib import Path
from claimstake.annotation.server import Server
sys.stdin.read()
Server(Path(sys.argv[1])).down()
"""


@dataclass(frozen=True)
class Credentials:
    """Of an account of the server."""

    name: str
    password: str = field(repr=False)


class DoccanoServer:
    """A server with one superuser, `admin`; its data last when it is stopped and started again.

    Attributes:
        server: what claimstake's own commands use.
        admin: credentials of the superuser.
        url: without a slash at its end; the same after a stop and a start.
    """

    def __init__(self, home: Path, within: Path) -> None:
        self.server = Server(home, within)
        self.admin = self._credentials("admin")
        self.url = ""
        self._accounts = {"admin": self.admin}
        self._numbers = itertools.count(1)

    def start(self) -> None:
        """Start it, and wait until it is healthy; nothing happens where it runs."""
        port = int(self.url.rpartition(":")[2]) if self.url else 0
        admin = NewAccount(self.admin.name, self.admin.password, superuser=True)
        for patience in range(20, -1, -1):
            try:
                self.url = self.server.up([admin], port=port, timeout=TIMEOUT).url
                return
            except ServerError as error:
                # Between a stop and a start anybody on this machine may get the port for a moment.
                if not patience or not port or "cannot be had" not in str(error):
                    raise
                time.sleep(1)

    def stop(self) -> None:
        """Stop it in order; nothing happens where it does not run."""
        self.server.down()

    def kill(self) -> None:
        """Stop it all at once, as a power cut would: requests that are being answered are lost."""
        state = self.server.home.state()
        assert state, "it does not run"
        for handle in state.processes.values():
            for process in processes.members(handle, state.environment):
                os.kill(process.pid, signal.SIGKILL)
        self.server.down()

    def account(self, name: str) -> Credentials:
        """An ordinary account, as annotators have; made where it is not there yet."""
        if name not in self._accounts:
            made = self._credentials(name)
            self.server.add(NewAccount(made.name, made.password))
            self._accounts[name] = made
        return self._accounts[name]

    def project_name(self, prefix: str) -> str:
        """A name that no other test has."""
        return f"{prefix} {next(self._numbers)}-{secrets.token_hex(3)}"

    @staticmethod
    def _credentials(name: str) -> Credentials:
        return Credentials(name, f"{secrets.token_urlsafe(16)}-9")


def shared_environment() -> Path:
    """Folder of doccano's environment, kept from one session to the next."""
    if named := os.environ.get("CLAIMSTAKE_TEST_DOCCANO_ENV"):
        return Path(named)
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "claimstake"
    return cache / f"test-doccano-{environment.fingerprint()}"


@contextmanager
def served() -> Iterator[DoccanoServer]:
    """A server that runs; it is stopped at the end, also where this process is killed."""
    within = shared_environment()
    within.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="claimstake-doccano-", ignore_cleanup_errors=True) as folder:
        home = Path(folder) / "home"
        server = DoccanoServer(home, within)
        with stopped_at_the_end(home):
            server.start()
            yield server


@contextmanager
def stopped_at_the_end(home: Path) -> Iterator[None]:
    """Stops the server of a folder as soon as this process lets go of a pipe, whatever the reason."""
    guard = subprocess.Popen(
        [sys.executable, "-c", GUARD, str(home)], stdin=subprocess.PIPE, start_new_session=True, env=with_sources()
    )
    try:
        yield
    finally:
        guard.communicate(timeout=60)


def with_sources() -> dict[str, str]:
    """This process's environment, for children that import what it imports."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
