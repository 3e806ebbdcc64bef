"""The folder of a doccano server of one's own: where what is, who may write there, what runs."""

from __future__ import annotations

import json
import os
import secrets
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from claimstake.annotation.server.processes import Handle
from claimstake.errors import ServerError

SITE = Path(__file__).parent / "doccano_site"
PRIVATE, OWN = 0o700, 0o600  # modes of folders and files
LOGS = {"web": "web.log", "worker": "worker.log", "install": "install.log"}


def default_home() -> Path:
    """Where a user's data belong on this platform, or what CLAIMSTAKE_DOCCANO_HOME says."""
    if named := os.environ.get("CLAIMSTAKE_DOCCANO_HOME"):
        return Path(named)
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "claimstake" / "doccano"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "claimstake" / "doccano"


@dataclass(frozen=True)
class State:
    """What was started.

    Attributes:
        port: of the web server, on 127.0.0.1.
        web: the web server's leading process.
        worker: the task worker's leading process.
        environment: folder of the virtual environment that they run in.
    """

    port: int
    web: Handle
    worker: Handle
    environment: str

    @property
    def processes(self) -> dict[str, Handle]:
        """Both, by what they are called."""
        return {"web server": self.web, "task worker": self.worker}


@dataclass(frozen=True)
class Home:
    """Paths inside the folder; nothing is made before `prepare`."""

    folder: Path

    @property
    def environment(self) -> Path:
        """The virtual environment; CLAIMSTAKE_DOCCANO_ENVIRONMENT names one that several homes share."""
        return Path(os.environ.get("CLAIMSTAKE_DOCCANO_ENVIRONMENT") or self.folder / "environment").absolute()

    @property
    def database(self) -> Path:
        """Projects, texts, annotations, accounts."""
        return self.folder / "database.sqlite3"

    @property
    def site(self) -> Path:
        """Settings that the server runs with."""
        return self.folder / "site"

    def log(self, name: str) -> Path:
        """Of "web", "worker" or "install"."""
        return self.folder / "logs" / LOGS[name]

    def prepare(self) -> None:
        """Make the folders, the secret key, and the settings anew; only the user may look inside.

        Raises:
            ServerError: if the folder belongs to somebody else.
        """
        self.folder.mkdir(parents=True, exist_ok=True, mode=PRIVATE)
        if self.folder.stat().st_uid != os.getuid():
            raise ServerError(f"{self.folder} belongs to another user", "name a folder of your own: --home DIR")
        self.folder.chmod(PRIVATE)
        for name in ("logs", "media", "uploads", "site"):
            (self.folder / name).mkdir(exist_ok=True, mode=PRIVATE)
        key = self.folder / "secret.key"
        if not key.exists():
            write_private(key, secrets.token_urlsafe(64))
        for file in SITE.rglob("*.py"):
            target = self.site / file.relative_to(SITE)
            target.parent.mkdir(exist_ok=True, mode=PRIVATE)
            write_private(target, file.read_text(encoding="utf-8"))

    def state(self) -> State | None:
        """What was started last and not stopped; None also where the note of it cannot be read."""
        try:
            kept: dict[str, Any] = json.loads((self.folder / "state.json").read_text(encoding="utf-8"))
            web, worker = Handle(**kept["web"]), Handle(**kept["worker"])
            return State(int(kept["port"]), web, worker, str(kept["environment"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def keep(self, state: State | None) -> None:
        """Write down what runs; None forgets it."""
        path = self.folder / "state.json"
        if state is None:
            path.unlink(missing_ok=True)
        else:
            write_private(path, json.dumps(asdict(state), indent=1))
            write_private(self.folder / "port", str(state.port))

    def last_port(self) -> int | None:
        """The port of the last start, so that addresses people know stay good; None before the first."""
        try:
            return int((self.folder / "port").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None

    @contextmanager
    def locked(self, timeout: float) -> Iterator[IO[str]]:
        """Alone in the folder; the open file keeps the lock for children that inherit it.

        Args:
            timeout: seconds to wait for another command.

        Raises:
            ServerError: if another command is at work for longer.
        """
        with locked(self.folder / "lock", timeout, f"another command is at work in {self.folder}") as file:
            yield file


@contextmanager
def locked(path: Path, timeout: float, busy: str, told: Callable[[str], None] | None = None) -> Iterator[IO[str]]:
    """Hold the lock of a file.

    Args:
        path: made where it is missing.
        timeout: seconds to wait for it.
        busy: who holds it.
        told: hears `busy` when it has to wait.

    Raises:
        ServerError: with what `busy` says, if somebody else holds it for longer than `timeout` seconds.
    """
    import fcntl

    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, OWN), "r+", encoding="utf-8") as file:
        until = time.monotonic() + timeout
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= until:
                    raise ServerError(busy, "wait until it has ended, then try again") from None
                if told:
                    told(busy)
                time.sleep(0.1)
        yield file


def write_private(path: Path, text: str) -> None:
    """Put a file that only the user reads in its place, whole or not at all."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWN), "w", encoding="utf-8") as file:
        file.write(text)
    beside.replace(path)
