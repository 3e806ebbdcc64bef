"""Home and environment of a doccano server, as far as no server is needed."""

from __future__ import annotations

import importlib.util
import json
import logging
import signal
import sys
import time
from pathlib import Path

import pytest

from claimstake.annotation.server import NewAccount, Server, accounts, environment, home
from claimstake.annotation.server.home import Home, State
from claimstake.annotation.server.processes import Handle
from claimstake.errors import ConfigError, ServerError


def whole(folder: Path) -> dict[str, str]:
    """Make a folder that looks like a whole environment; its note."""
    backend = folder / "lib" / "backend"
    for path in (backend, folder / "bin"):
        path.mkdir(parents=True)
    (folder / "bin" / "python").touch()
    return {"fingerprint": environment.fingerprint(), "folder": str(folder), "site_packages": str(folder / "lib")}


@pytest.mark.parametrize(
    "change", [{"fingerprint": "another"}, {"folder": "/elsewhere"}, {"site_packages": "/nowhere"}, {"folder": None}]
)
def test_half_built_outdated_moved(tmp_path: Path, change: dict[str, str | None]) -> None:
    """Only an environment whose note fits counts."""
    note = whole(tmp_path)
    assert environment.found(tmp_path) is None
    (tmp_path / environment.WHOLE).write_text(json.dumps(note))
    assert environment.found(tmp_path) == environment.Environment(tmp_path, tmp_path / "lib")
    (tmp_path / environment.WHOLE).write_text(json.dumps(note | change))
    assert environment.found(tmp_path) is None
    (tmp_path / environment.WHOLE).write_text(json.dumps(note)[:20])
    assert environment.found(tmp_path) is None


def test_locks() -> None:
    """Every package has one version and hashes, none an address; what builds is the same in both."""
    pinned = {}
    for lock in environment.LOCKS:
        text = lock.read_text(encoding="utf-8")
        assert "://" not in text
        for block in text.replace("\\\n", " ").splitlines():
            name, _, rest = block.partition("==")
            assert "--hash=sha256:" in rest, block
            pinned.setdefault(name, set()).add(rest.split()[0])
    assert pinned["doccano"] == {"1.8.4"}
    build = environment.LOCKS[0].read_text(encoding="utf-8")
    assert all(len(pinned[line.partition("==")[0]]) == 1 for line in build.splitlines() if line[0].isalpha())


def test_server_sees_nothing_of_the_shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings that would weaken it, and passwords, do not reach its processes."""
    for name in ("HEADER_AUTH_USER_NAME", "DATABASE_URL", "CLAIMSTAKE_DOCCANO_PASSWORD", "DEBUG", "STANDALONE"):
        monkeypatch.setenv(name, "True")
    found = environment.Environment(tmp_path, tmp_path / "lib").variables(tmp_path, tmp_path / "site")
    assert found["DEBUG"] == "False"
    assert not {"HEADER_AUTH_USER_NAME", "DATABASE_URL", "CLAIMSTAKE_DOCCANO_PASSWORD", "STANDALONE"} & found.keys()


def test_home_is_private_and_keeps_its_key(tmp_path: Path) -> None:
    """Only the user may look in; preparing it again changes no key; a state comes back as it was."""
    made = Home(tmp_path / "home")
    made.prepare()
    key = (made.folder / "secret.key").read_text()
    made.folder.chmod(0o755)
    made.prepare()
    assert (made.folder / "secret.key").read_text() == key
    assert len(key) > 60
    assert not [path for path in (made.folder, *made.folder.rglob("*")) if path.stat().st_mode & 0o077]
    state = State(8000, Handle(1, "a"), Handle(2, "b"), "/e")
    made.keep(state)
    assert made.state() == state
    (made.folder / "state.json").write_text('{"port": 8000}')
    assert made.state() is None
    made.keep(None)
    assert made.state() is None


def test_stale_state_stops_nobody(tmp_path: Path) -> None:
    """After a restart of the machine the numbers belong to others."""
    server = Server(tmp_path / "home")
    server.home.prepare()
    parent = Handle(1, "before the restart")
    server.home.keep(State(1, parent, parent, "/sbin"))
    found = server.status()
    assert (found.running, found.parts) == (False, {"web server": "not running", "task worker": "not running"})
    assert not server.down()
    assert server.home.state() is None


def test_one_command_at_a_time(tmp_path: Path) -> None:
    """The second waits, and gives up in time."""
    said: list[str] = []
    with (
        home.locked(tmp_path / "lock", 1, "busy"),
        pytest.raises(ServerError, match="others build"),
        home.locked(tmp_path / "lock", 0.2, "others build", said.append),
    ):
        pass
    assert said
    with home.locked(tmp_path / "lock", 0, "busy"):
        pass


def test_windows_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Said at once, with a way out."""
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(ConfigError, match="WSL"):
        Server(tmp_path / "home").up()


def test_other_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Python that is too new looks for another, and says how to name one where there is none."""
    monkeypatch.setattr(environment, "PYTHONS", ("9.9",))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigError, match="--python PATH"):
        environment.prepare(tmp_path / "environment", tmp_path)
    (tmp_path / "python9.9").write_text("#!/bin/sh\necho 9.9\n")
    (tmp_path / "python9.9").chmod(0o755)
    assert environment._suitable(None) == tmp_path / "python9.9"


def test_failed_installation_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last words of the installer are in the error, and what is half built does not count."""
    lock = tmp_path / "broken.lock"
    lock.write_text("claimstake-has-no-such-package==1.0 --hash=sha256:" + "0" * 64 + "\n")
    monkeypatch.setattr(environment, "LOCKS", (lock, lock))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")  # no uv
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(ServerError, match="claimstake-has-no-such-package"):
        environment.prepare(tmp_path / "environment", tmp_path)
    assert environment.found(tmp_path / "environment") is None


@pytest.mark.timeout(60)
def test_an_installer_knows_no_password_and_has_no_time_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Variables with passwords do not reach it; one that says nothing is ended."""
    monkeypatch.setenv("CLAIMSTAKE_DOCCANO_PASSWORD", "hidden-one")
    monkeypatch.setenv("CLAIMSTAKE_DOCCANO_PASSWORD_MEI", "hidden-two")
    with (tmp_path / "log").open("w+", encoding="utf-8") as log, (tmp_path / "lock").open("w") as lock:
        steps = environment._Installing(log, lock, lambda _: None)
        said = steps.run([sys.executable, "-c", "import os, sys; print(dict(os.environ)); sys.exit(1)"])
        assert "PATH" in said
        assert "hidden" not in said
        steps._until = time.monotonic() + 0.2
        assert steps.run([sys.executable, "-c", "import time; time.sleep(300)"]) == f"exit code {-signal.SIGKILL}"


def test_password_is_not_shown() -> None:
    """Not by what describes an account."""
    assert "hidden-one" not in repr(NewAccount("mei", "hidden-one"))


def test_no_accounts_before_the_first_start(tmp_path: Path) -> None:
    """Also where the database is no database."""
    made = Home(tmp_path)
    assert accounts.known(made) == set()
    made.database.write_text("nothing that SQLite knows")
    assert accounts.known(made) == set()


def test_log_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is put aside once when it has become too long, and goes on."""
    found = importlib.util.spec_from_file_location("claimstake_logging", home.SITE / "claimstake_logging.py")
    assert found
    assert found.loader
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    monkeypatch.setattr(module, "LIMIT", 10_000)
    log = tmp_path / "web.log"
    monkeypatch.setenv("CLAIMSTAKE_DOCCANO_LOG", str(log))
    with log.open("a") as stream:
        logger = logging.Logger("web")
        logger.addHandler(module.Bounded(stream))
        for number in range(3000):
            logger.warning("line %d", number)
    kept = (tmp_path / "web.1.log").read_text() + log.read_text()
    assert kept.splitlines()[-1] == "line 2999"
    assert log.stat().st_size <= 10_000
    assert len(kept) < 21_000
