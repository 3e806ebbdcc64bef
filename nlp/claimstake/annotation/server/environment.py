"""A virtual environment with doccano in it, and nothing of ours: doccano cannot be installed beside spaCy.

What goes into it stands in data/doccano.lock with its hashes, and what builds packages there in
data/doccano-build.lock; nothing else is fetched, not even to build with. The .in files beside them are what they were
made from, in data/, by

    uv pip compile $FLAGS doccano-build.in -o doccano-build.lock
    uv pip compile $FLAGS doccano.in -c doccano-build.lock --override doccano-overrides.in -o doccano.lock

where FLAGS is --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header. The
overrides let it run on Python 3.12 and 3.13, for which there are no wheels of the pandas that doccano asks for.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from claimstake.annotation.server.home import LOGS, OWN, locked, write_private
from claimstake.errors import ConfigError, ServerError

DATA = Path(__file__).parent / "data"
LOCKS = (DATA / "doccano-build.lock", DATA / "doccano.lock")  # in this order: the second is built with the first
PYTHONS = ("3.11", "3.12", "3.13")  # what the lock has wheels for
WHOLE = "claimstake.json"  # written last into an environment; without it, it is half built
LEADING_ASTRAY = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "PIP_USER", "PIP_TARGET", "PIP_PREFIX"}
SECRET = "CLAIMSTAKE_DOCCANO_PASSWORD"  # how the names of variables begin that no installer needs
LIMIT = 1800.0  # seconds for all of it
Told = Callable[[str], None]


@dataclass(frozen=True)
class Environment:
    """A whole environment.

    Attributes:
        folder: of the virtual environment.
        site_packages: where its packages are.
    """

    folder: Path
    site_packages: Path

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / "bin" / "python"

    @property
    def backend(self) -> Path:
        """doccano's Django project."""
        return self.site_packages / "backend"

    def variables(self, home: Path, site: Path) -> dict[str, str]:
        """The whole environment of the server's processes: settings of the user's shell do not reach them.

        Args:
            home: folder of the server.
            site: folder of its settings.
        """
        passed = {name: os.environ[name] for name in ("TMPDIR", "TZ") if name in os.environ}
        return {
            **passed,
            "PATH": f"{self.folder / 'bin'}:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(home),
            "LC_ALL": "C.UTF-8",
            "PYTHONPATH": f"{site}{os.pathsep}{self.backend}",
            "PYTHONNOUSERSITE": "1",
            "PYTHONUNBUFFERED": "1",
            "DJANGO_SETTINGS_MODULE": "claimstake_settings",
            "CLAIMSTAKE_DOCCANO_HOME": str(home),
            # doccano's own settings, which ours begin with, must not fall back on what is unsafe
            "DEBUG": "False",
            "SECRET_KEY": "replaced",
        }


def fingerprint() -> str:
    """Names what an environment is made of; another one is built where it differs."""
    return hashlib.sha256(b"".join(lock.read_bytes() for lock in LOCKS)).hexdigest()[:16]


def found(folder: Path) -> Environment | None:
    """The environment in a folder; None where there is none, or one that is half built, outdated or moved."""
    try:
        note = json.loads((folder / WHOLE).read_text(encoding="utf-8"))
        whole = note["fingerprint"] == fingerprint() and note["folder"] == str(folder)
        environment = Environment(folder, Path(note["site_packages"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return environment if whole and environment.python.exists() and environment.backend.is_dir() else None


def prepare(folder: Path, logs: Path, python: Path | None = None, told: Told = lambda _: None) -> Environment:
    """The environment in a folder, built where it is missing, half built or outdated.

    Args:
        folder: of the virtual environment; its parent must exist.
        logs: folder that the installer's words are kept in.
        python: interpreter to build with; None looks for one.
        told: hears how it goes on.

    Raises:
        ConfigError: if there is no suitable Python.
        ServerError: if something cannot be installed, or not within half an hour.
    """
    if there := found(folder):
        return there
    chosen = _suitable(python)
    beside = folder.with_name(f"{folder.name}.lock")
    with locked(beside, LIMIT, f"{folder} is being built by another process", told) as lock:
        if there := found(folder):
            return there
        (logs / LOGS["install"]).touch(OWN)
        with (logs / LOGS["install"]).open("w", encoding="utf-8") as log:
            _build(folder, chosen, _Installing(log, lock, told))
    if there := found(folder):
        return there
    raise ServerError(f"{folder} has no doccano in it", f"see {logs / LOGS['install']}")


def _suitable(python: Path | None) -> Path:
    """Path of an interpreter of a release that it takes."""
    if python is not None:
        version = _version(python)
        if version not in PYTHONS:
            what = f"is Python {version}" if version else "is no Python that runs"
            raise ConfigError(f"--python {python}: {what}; doccano 1.8.4 runs on {', '.join(PYTHONS)}")
        return python
    here = f"{sys.version_info[0]}.{sys.version_info[1]}"
    if here in PYTHONS:
        return Path(sys.executable)
    there = (shutil.which(f"python{version}") for version in PYTHONS)
    if there := next((Path(path) for path in there if path and _version(Path(path)) in PYTHONS), None):
        return there
    raise ConfigError(
        f"doccano 1.8.4 runs on Python {', '.join(PYTHONS)}, and this is {here}; install one of them beside it and "
        "name it: --python PATH"
    )


def _version(python: Path) -> str:
    command = [python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return ""


class _Installing:
    """Runs one step after another, writes what they say into a log, and counts packages."""

    def __init__(self, log: IO[str], lock: IO[str], told: Told) -> None:
        self._log, self._lock, self._told = log, lock, told
        self._until = time.monotonic() + LIMIT
        self._packages = sum(line[:1].isalpha() for line in LOCKS[1].read_text(encoding="utf-8").splitlines())
        self._seen: set[str] = set()

    def run(self, command: Sequence[str | Path]) -> str:
        """Run a step.

        Returns:
            Its last lines, empty when it went well.
        """
        said: list[str] = []
        # a step that goes on when this process is killed keeps others out of the folder
        with subprocess.Popen(
            list(map(str, command)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env={k: v for k, v in os.environ.items() if k not in LEADING_ASTRAY and not k.startswith(SECRET)},
            pass_fds=[self._lock.fileno()],
        ) as step:
            late = threading.Timer(max(0.0, self._until - time.monotonic()), step.kill)
            late.start()
            try:
                for line in step.stdout or ():
                    self._heard(line)
                    said.append(line)
            except BaseException:
                step.kill()
                raise
            finally:
                late.cancel()
        return "" if step.returncode == 0 else "".join(said[-12:]) or f"exit code {step.returncode}"

    def _heard(self, line: str) -> None:
        self._log.write(line)
        self._log.flush()
        words = line.split()
        if words[:1] in (["Collecting"], ["Processing"], ["Requirement"]):
            self._seen.add(line)
            self._told(f"building doccano's environment: {len(self._seen)} of {self._packages} packages")

    def told(self, what: str) -> None:
        """Say what begins."""
        self._told(what)


def _build(folder: Path, python: Path, steps: _Installing) -> None:
    steps.told("building doccano's environment")
    problem = "there is no uv"
    uv = shutil.which("uv")
    if uv:
        problem = _with_uv(uv, folder, python, steps)
    if problem:
        # pip knows of settings, such as a mirror, that uv does not read
        problem = _with_pip(folder, python, steps)
    if problem:
        raise ServerError(f"doccano's environment cannot be built:\n{problem.rstrip()}", "try again once it is mended")
    inside = folder / "bin" / "python"
    asked = [inside, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    packages = subprocess.run(asked, capture_output=True, text=True, check=True, timeout=60).stdout.strip()
    note: dict[str, Any] = {"fingerprint": fingerprint(), "folder": str(folder), "site_packages": packages}
    write_private(folder / WHOLE, json.dumps(note))


def _with_uv(uv: str, folder: Path, python: Path, steps: _Installing) -> str:
    shutil.rmtree(folder, ignore_errors=True)
    problem = steps.run([uv, "venv", "--no-config", "--python", python, folder])
    for lock in LOCKS:
        flags = ["--require-hashes", "--no-deps", "--no-build-isolation", "--python", folder / "bin" / "python"]
        problem = problem or steps.run([uv, "pip", "install", *flags, "-r", lock])
    return problem


def _with_pip(folder: Path, python: Path, steps: _Installing) -> str:
    shutil.rmtree(folder, ignore_errors=True)
    problem = steps.run([python, "-m", "venv", folder])
    for lock in LOCKS:
        flags = ["--require-hashes", "--no-deps", "--no-build-isolation", "--use-pep517"]
        pip = [folder / "bin" / "python", "-m", "pip", "install", "--disable-pip-version-check", *flags]
        problem = problem or steps.run([*pip, "-r", lock])
    return problem
