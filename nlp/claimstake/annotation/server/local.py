"""A doccano server of one's own: a web server and a task worker on this machine, reachable from it only."""

from __future__ import annotations

import json
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from claimstake.annotation.server import accounts, environment, processes
from claimstake.annotation.server.accounts import NewAccount
from claimstake.annotation.server.environment import Environment
from claimstake.annotation.server.home import Home, State, default_home, write_private
from claimstake.errors import ConfigError, ServerError

ADDRESS = "127.0.0.1"
PORT = 8000
TIMEOUT = 120.0  # seconds until it must be healthy
GRACE = 15.0  # seconds between asking to end and forcing
BUSY = 60.0  # seconds to wait for another command in the same folder
ANSWER = 15.0  # seconds for one answer about its health; the task worker has ten of them
SHOWN = 15  # lines of a log in an error
LOG_LIMIT = 2_000_000  # bytes after which a log is put aside at a start
Told = Callable[[str], None]


def silent(_: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Status:
    """How a server is.

    Attributes:
        home: its folder.
        running: both processes run.
        healthy: and it says of every part of itself that it works.
        url: None where nothing was started.
        parts: what each part says of itself, by name; of a server that does not run, which process is missing.
        version: of doccano; None where it is not installed.
    """

    home: Path
    running: bool = False
    healthy: bool = False
    url: str | None = None
    parts: dict[str, str] = field(default_factory=dict)
    version: str | None = None


@dataclass(frozen=True)
class Started:
    """What `Server.up` did.

    Attributes:
        url: where it is.
        already: it ran before.
        made: accounts that were added.
    """

    url: str
    already: bool
    made: Sequence[str] = ()


class Server:
    """A server and its folder; several may run, each in a folder of its own.

    Args:
        home: folder of its data; None for the usual one of this platform.
        within: folder of the virtual environment; None for one inside `home`.
    """

    def __init__(self, home: Path | None = None, within: Path | None = None) -> None:
        self.home = Home((home or default_home()).expanduser().absolute())
        self._within = within.absolute() if within else self.home.environment

    def missing(self, names: Sequence[str]) -> list[str]:
        """Those that have no account yet."""
        there = accounts.known(self.home)
        return [name for name in names if name not in there]

    def up(
        self,
        people: Sequence[NewAccount] = (),
        *,
        port: int | None = None,
        timeout: float = TIMEOUT,
        python: Path | None = None,
        told: Told = silent,
    ) -> Started:
        """Start what does not run, and wait until it is healthy.

        Args:
            people: accounts that must be there; one that is there keeps its password.
            port: on 127.0.0.1; 0 takes any that is free, None that of the last start, at first `PORT`.
            timeout: seconds until it must be healthy, once everything is installed.
            python: to build the environment with.
            told: hears how it goes on.

        Raises:
            ConfigError: on Windows, or without a suitable Python.
            ServerError: if it cannot be installed, started, or is not healthy in time; nothing is left running.
        """
        _refuse_windows()
        self.home.prepare()
        with self.home.locked(BUSY):
            state = self.home.state()
            if state and all(map(processes.alive, state.processes.values())):
                return self._already(state, people, timeout, told)
            if state:
                told("stopping what is left of the last run")
                self._end(state)
            with _bound(self.home.last_port() or PORT if port is None else port) as listener:
                built = environment.prepare(self._within, self.home.folder / "logs", python, told)
                made = self._prepare(built, people, told)
                return Started(self._start(built, listener, timeout, told), already=False, made=made)

    def down(self, told: Told = silent) -> bool:
        """Stop it.

        Returns:
            Whether anything ran.
        """
        if not self.home.folder.is_dir():
            return False
        with self.home.locked(BUSY):
            state = self.home.state()
            return bool(state) and self._end(state, told)

    def status(self) -> Status:
        """How it is; asks it where it runs."""
        version = _version(environment.found(self._within))
        state = self.home.state()
        if state is None:
            return Status(self.home.folder, version=version)
        url = f"http://{ADDRESS}:{state.port}"
        gone = {name: "not running" for name, handle in state.processes.items() if not processes.alive(handle)}
        if gone:
            return Status(self.home.folder, url=url, parts=gone, version=version)
        healthy, parts = health(url)
        return Status(self.home.folder, True, healthy, url, parts, version)

    def add(self, account: NewAccount) -> bool:
        """Add an account, whether or not the server runs.

        Returns:
            False where it is there already; its password is then what it was.

        Raises:
            ServerError: if the server was never started, or the name or the password is refused.
        """
        built = environment.found(self._within)
        if built is None or not self.home.database.exists():
            raise ServerError(f"{self.home.folder} holds no doccano server", "start one: claimstake doccano up")
        self.home.prepare()
        return bool(accounts.make(self.home, built, [account], migrate=False))

    def _already(self, state: State, people: Sequence[NewAccount], timeout: float, told: Told) -> Started:
        url = f"http://{ADDRESS}:{state.port}"
        built = environment.found(Path(state.environment))
        if built is None and self.missing([person.name for person in people]):
            old = f"doccano runs at {url} with what another version of claimstake installed; accounts cannot be added"
            raise ServerError(old, "claimstake doccano down, then up")
        made = self._prepare(built, people, told) if built else []
        told("it runs already; waiting until it is healthy")
        self._await_health(state, url, timeout)
        return Started(url, already=True, made=made)

    def _prepare(self, built: Environment, people: Sequence[NewAccount], told: Told) -> list[str]:
        """Tables and accounts; costs nothing where both are there."""
        done = self.home.folder / "tables"
        migrate = not (done.exists() and done.read_text("utf-8") == environment.fingerprint())
        wanted = [a for a in people if a.name in self.missing([a.name])]
        if not migrate and not wanted:
            return []
        told("preparing the database")
        made = accounts.make(self.home, built, wanted, migrate=migrate)
        write_private(done, environment.fingerprint())
        return made

    def _start(self, built: Environment, listener: socket.socket, timeout: float, told: Told) -> str:
        port = listener.getsockname()[1]
        url = f"http://{ADDRESS}:{port}"
        told("starting the web server and the task worker")
        state = None
        started: list[processes.Handle] = []
        try:
            for name, command, keep in _commands(built, listener.fileno()):
                started.append(self._launch(name, command, keep, built))
            state = State(port, *started, environment=str(built.folder))
            self.home.keep(state)
            listener.close()  # else the port would answer, and stay taken, when the web server has gone
            told("waiting until it is healthy")
            self._await_health(state, url, timeout)
        except BaseException:
            processes.stop(started, str(built.folder), GRACE)
            self.home.keep(None)
            raise
        return url

    def _launch(self, name: str, command: Sequence[str], keep: Sequence[int], built: Environment) -> processes.Handle:
        log = self.home.log(name)
        if log.exists() and log.stat().st_size > LOG_LIMIT:
            log.replace(log.with_suffix(".1.log"))
        variables = built.variables(self.home.folder, self.home.site) | {"CLAIMSTAKE_DOCCANO_LOG": str(log)}
        return processes.start(command, log=log, folder=built.backend, variables=variables, keep=keep)

    def _await_health(self, state: State, url: str, timeout: float) -> None:
        """Wait.

        Raises:
            ServerError: with the last lines of the log that tells why, if it takes longer or a process ends.
        """
        until = time.monotonic() + timeout
        parts: dict[str, str] = {}
        while time.monotonic() < until:
            for (name, handle), log in zip(state.processes.items(), ("web", "worker"), strict=True):
                if not processes.alive(handle):
                    raise ServerError(f"doccano's {name} has ended:\n{self._last_lines(log)}")
            healthy, parts = health(url, min(ANSWER, max(until - time.monotonic(), 0.1)))
            if healthy:
                return
            time.sleep(0.2)
        wrong = ", ".join(f"{name}: {said}" for name, said in parts.items()) or "no answer"
        said = "\n".join(f"{self.home.log(log)}:\n{self._last_lines(log)}" for log in ("web", "worker"))
        raise ServerError(
            f"doccano is not healthy after {timeout:.0f} s ({wrong})\n{said}", "or give it longer: --timeout"
        )

    def _last_lines(self, log: str) -> str:
        try:
            lines = self.home.log(log).read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return ""
        return "\n".join(f"  {line}" for line in lines[-SHOWN:])

    def _end(self, state: State, told: Told = silent) -> bool:
        ran = processes.stop(list(state.processes.values()), state.environment, GRACE, told=told)
        self.home.keep(None)
        return ran


def health(url: str, timeout: float = ANSWER) -> tuple[bool, dict[str, str]]:
    """Whether a doccano server says that all of it works, and what it says of each part.

    Args:
        url: without a path.
        timeout: seconds.
    """
    asked = urllib.request.Request(f"{url}/v1/health/", headers={"Accept": "application/json"})
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(asked, timeout=timeout) as answer:
            return True, json.load(answer)
    except urllib.error.HTTPError as error:
        try:
            return False, json.load(error)
        except ValueError:
            return False, {"web server": f"answers {error.code}"}
    except (OSError, ValueError):
        return False, {"web server": "does not answer"}


def _commands(built: Environment, listener: int) -> list[tuple[str, list[str], list[int]]]:
    """Name of the log, command and inherited descriptors of both processes."""
    python = str(built.python)
    web = [
        *(python, "-m", "gunicorn", "--bind", f"fd://{listener}", "--worker-class", "gthread", "--workers", "2"),
        *("--threads", "4", "--timeout", "120", "--graceful-timeout", "5", "--log-level", "warning"),
        *("--forwarded-allow-ips", "", "config.wsgi"),
    ]
    worker = [
        *(python, "-m", "celery", "--quiet", "--app", "config", "worker", "--concurrency", "1"),
        *("--loglevel", "WARNING", "--without-gossip", "--without-mingle", "--without-heartbeat"),
    ]
    return [("web", web, [listener]), ("worker", worker, [])]


def _bound(port: int) -> socket.socket:
    """Listens already, so that nobody else takes the port in between."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((ADDRESS, port))
        listener.listen(128)
    except (OSError, OverflowError):
        listener.close()
        raise ServerError(
            f"port {port} of {ADDRESS} cannot be had", "name another: --port 0 takes a free one"
        ) from None
    return listener


def _version(built: Environment | None) -> str | None:
    there = built.site_packages.glob("doccano-*.dist-info") if built else ()
    return next((path.name.split("-")[1].removesuffix(".dist") for path in there), None)


def _refuse_windows() -> None:
    if sys.platform == "win32":
        raise ConfigError("`claimstake doccano up` runs on Linux and macOS, as doccano's web server does; use WSL here")
