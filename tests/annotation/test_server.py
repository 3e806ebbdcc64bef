"""`claimstake doccano up`, `down`, `status`, `user`: with a real doccano."""

from __future__ import annotations

import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from annotation.doccano_server import Credentials, DoccanoServer, shared_environment, stopped_at_the_end, with_sources
from claimstake.annotation.server import Server, environment, processes

pytestmark = [pytest.mark.doccano, pytest.mark.timeout(300)]

PASSWORD = "Lignite-barge-" + os.urandom(6).hex()
LIMIT = 180  # seconds for one command


class Command:
    """`claimstake doccano` with a home folder of its own."""

    def __init__(self, home: Path) -> None:
        self.home, self.server = home, Server(home, shared_environment())

    def begin(self, *words: str, password: str = PASSWORD, **variables: str) -> subprocess.Popen[str]:
        given = {
            **with_sources(),
            "CLAIMSTAKE_DOCCANO_HOME": str(self.home),
            "CLAIMSTAKE_DOCCANO_ENVIRONMENT": str(shared_environment()),
            "CLAIMSTAKE_DOCCANO_PASSWORD": password,
            **variables,
        }
        command = [sys.executable, "-m", "claimstake", "doccano", *words]
        return subprocess.Popen(
            command, env=given, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def run(self, *words: str, **given: str) -> tuple[int, str, str]:
        """Exit code, standard output and standard error."""
        with self.begin(*words, **given) as process:
            out, error = process.communicate(timeout=LIMIT)
        return process.returncode, out, error

    def left(self) -> list[str]:
        """Commands of the processes that work for this home."""
        marked = f"CLAIMSTAKE_DOCCANO_HOME={self.home}".encode()
        return [p.command for p in processes.running() if marked in environ(p.pid) and "gunicorn" in p.command]


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Command]:
    """One home for the module, as its tables take some seconds to make; nothing runs at the end."""
    made = Command(tmp_path_factory.mktemp("doccano") / "home")
    with stopped_at_the_end(made.home):
        yield made


def environ(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return b""


def log_in(url: str, who: Credentials) -> requests.Session:
    session = requests.Session()
    answer = session.post(f"{url}/v1/auth/login/", {"username": who.name, "password": who.password}, timeout=30)
    answer.raise_for_status()
    session.headers["X-CSRFToken"] = session.cookies["csrftoken"]
    return session


def project(session: requests.Session, url: str, name: str) -> str:
    """Address of a new project."""
    kind = {"project_type": "SequenceLabeling", "resourcetype": "SequenceLabelingProject", "use_relation": True}
    asked = {"name": name, "description": "-", "collaborative_annotation": True, "allow_overlapping": True, **kind}
    answer = session.post(f"{url}/v1/projects", json=asked, timeout=30)
    answer.raise_for_status()
    return f"{url}/v1/projects/{answer.json()['id']}"


# --- by the command line -------------------------------------------------------------------------------------------


def test_nothing_there(command: Command) -> None:
    """Before the first start there is nothing to stop, nothing to add to, and no folder is made."""
    assert command.run("down") == (0, "", f"no doccano runs from {command.home}\n")
    code, out, _ = command.run("status", "--json")
    assert (code, json.loads(out)["running"], json.loads(out)["url"]) == (1, False, None)
    code, _, error = command.run("user", "mei", CLAIMSTAKE_DOCCANO_PASSWORD_MEI=PASSWORD)
    assert code == 1
    assert "claimstake doccano up" in error
    assert not command.home.exists()


def test_no_password(command: Command) -> None:
    """Neither variable nor terminal: said before anything is installed."""
    code, _, error = command.run("up", password="")
    assert code == 2
    assert "CLAIMSTAKE_DOCCANO_PASSWORD" in error
    code, _, error = command.run("up", "--annotator", "mei")
    assert code == 2
    assert "CLAIMSTAKE_DOCCANO_PASSWORD_MEI" in error
    assert not command.home.exists()


def test_unsuitable_python(command: Command, tmp_path: Path) -> None:
    """Says what it needs, and which option names it."""
    old = tmp_path / "python"
    old.write_text("#!/bin/sh\necho 3.8\n")
    old.chmod(0o755)
    elsewhere = {"CLAIMSTAKE_DOCCANO_ENVIRONMENT": str(tmp_path / "environment")}
    code, _, error = command.run("up", "--port", "0", "--python", str(old), **elsewhere)
    assert code == 2
    assert "Python 3.8" in error
    assert "3.11" in error


def test_port_taken(command: Command) -> None:
    """Said at once, with the way out."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        began = time.monotonic()
        code, _, error = command.run("up", "--port", str(taken.getsockname()[1]))
    assert code == 1
    assert "--port 0" in error
    assert time.monotonic() - began < 20
    assert not command.left()


def test_weak_password(command: Command, doccano_server: DoccanoServer) -> None:
    """Refused with the reason, and not told; nothing is started."""
    code, out, error = command.run("up", "--port", "0", password="21436587")
    assert code == 1
    assert "entirely numeric" in error
    assert "21436587" not in out + error
    assert not command.left()


def test_too_slow(command: Command, doccano_server: DoccanoServer) -> None:
    """Not healthy in time: what was started is stopped, the log's place is told."""
    code, _, error = command.run("up", "--port", "0", "--timeout", "1")
    assert code == 1
    assert "not healthy after 1 s" in error
    assert str(command.home / "logs") in error
    assert not command.left()
    assert command.server.home.state() is None


def test_interrupted(command: Command, doccano_server: DoccanoServer) -> None:
    """Ctrl-C while it starts leaves nothing running."""
    with command.begin("up", "--port", "0") as process:
        assert any("waiting until it is healthy" in line for line in process.stderr or ())
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=LIMIT)
    assert process.returncode == 130
    assert not command.left()


def test_round_trip(command: Command, doccano_server: DoccanoServer) -> None:
    """Two at once start one server; a killed worker is noticed and started again; down stops it all."""
    both = [command.begin("up", "--port", "0", "--json") for _ in range(2)]
    said = [json.loads(process.communicate(timeout=LIMIT)[0]) for process in both]
    assert sorted(answer["already"] for answer in said) == [False, True]
    assert said[0]["url"] == said[1]["url"]

    code, out, _ = command.run("status", "--json")
    found = json.loads(out)
    assert (code, found["running"], found["healthy"], found["version"]) == (0, True, True, "1.8.4")
    assert found["url"] == said[0]["url"]

    assert command.run("user", "mei", CLAIMSTAKE_DOCCANO_PASSWORD_MEI=PASSWORD[::-1])[0] == 0
    log_in(found["url"], Credentials("mei", PASSWORD[::-1]))
    code, _, error = command.run("user", "mei", CLAIMSTAKE_DOCCANO_PASSWORD_MEI="another-Pass-word-1")
    assert (code, "nothing was changed" in error) == (0, True)
    log_in(found["url"], Credentials("mei", PASSWORD[::-1]))

    state = command.server.home.state()
    assert state
    for process in processes.members(state.worker, state.environment):
        os.kill(process.pid, signal.SIGKILL)
    code, out, _ = command.run("status", "--json")
    assert (code, json.loads(out)["parts"]) == (1, {"task worker": "not running"})
    code, out, error = command.run("up", "--json")
    assert (code, json.loads(out)["already"]) == (0, False), error
    assert json.loads(out)["url"].endswith(f":{state.port}")  # where it was
    assert log_in(json.loads(out)["url"], Credentials("admin", PASSWORD))

    assert command.run("down")[0] == 0
    assert not command.left()
    assert command.run("down") == (0, "", f"no doccano runs from {command.home}\n")
    assert command.run("status")[0] == 1
    assert_nowhere(PASSWORD, command.home)
    assert_nowhere(PASSWORD[::-1], command.home)


def assert_nowhere(password: str, home: Path) -> None:
    """No file of the home has it, and no running process shows it, but this one and its kind."""
    files = [path for path in home.rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if password.encode() in path.read_bytes()]
    assert not [path for path in (home, *home.iterdir()) if path.is_dir() and path.stat().st_mode & 0o077]
    assert not [path for path in files if path.stat().st_mode & 0o077]


def test_half_built_environment(tmp_path: Path) -> None:
    """An installation that was killed counts for nothing: the next one begins anew, and alone."""
    command = Command(tmp_path / "home")
    folder = tmp_path / "environment"
    elsewhere = {"CLAIMSTAKE_DOCCANO_ENVIRONMENT": str(folder)}
    with command.begin("up", "--port", "0", **elsewhere) as first:
        installing = await_packages(folder)
        first.kill()
    assert (folder / "bin" / "python").exists()
    assert environment.found(folder) is None
    (folder / "left-over").touch()
    with command.begin("up", "--port", "0", **elsewhere) as second:
        await_packages(folder, installing)
        second.send_signal(signal.SIGINT)
        second.communicate(timeout=LIMIT)
    assert second.returncode == 130
    assert not (folder / "left-over").exists()
    assert environment.found(folder) is None
    assert not command.left()


def await_packages(folder: Path, others: Collection[int] = ()) -> set[int]:
    """Until an installer, whichever it is, is at work on the second lock, beside those others; its process."""
    lock, until = str(environment.LOCKS[-1]), time.monotonic() + 90
    while True:
        found = {p.pid for p in processes.running() if lock in p.command and str(folder) in p.command}
        if own := found.difference(others):
            return own
        assert time.monotonic() < until, "the installation does not begin"
        time.sleep(0.02)


# --- what runs -----------------------------------------------------------------------------------------------------


def test_passwords_stay_out_of_sight(doccano_server: DoccanoServer) -> None:
    """Neither files nor arguments nor environments of the server have one."""
    annotator = doccano_server.account("server_anna")
    for who in (doccano_server.admin, annotator):
        log_in(doccano_server.url, who)
        assert_nowhere(who.password, doccano_server.server.home.folder)
        shown = [p.command for p in processes.running() if who.password in p.command]
        assert not shown
        assert not [p.pid for p in processes.running() if who.password.encode() in environ(p.pid)]
    with pytest.raises(requests.HTTPError):
        log_in(doccano_server.url, Credentials("admin", annotator.password))


def test_only_this_machine(doccano_server: DoccanoServer) -> None:
    """Its processes listen on one port of 127.0.0.1 and nowhere else."""
    state = doccano_server.server.home.state()
    assert state
    pids = [p.pid for handle in state.processes.values() for p in processes.members(handle, state.environment)]
    sockets = {link for pid in pids for link in open_files(pid) if link.startswith("socket:")}
    listening = {
        fields[1]
        for table in ("tcp", "tcp6", "udp", "udp6")
        for fields in map(str.split, Path(f"/proc/net/{table}").read_text().splitlines()[1:])
        if f"socket:[{fields[9]}]" in sockets and fields[3] in ("0A", "07")
    }
    assert listening == {f"0100007F:{state.port:04X}"}


def open_files(pid: int) -> list[str]:
    return [str(path.readlink()) for path in Path(f"/proc/{pid}/fd").iterdir() if path.is_symlink()]


def test_unknown_hosts_and_sites(doccano_server: DoccanoServer) -> None:
    """A name that leads here by trick is refused, another site's page may not read, nothing is loaded from outside."""
    url = doccano_server.url
    for host in ("evil.example", "127.0.0.1.evil.example", ""):
        assert requests.get(f"{url}/v1/health/", headers={"Host": host}, timeout=30).status_code == 400
    answer = requests.get(f"{url}/", headers={"Origin": "http://evil.example"}, timeout=30)
    assert answer.status_code == 200
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Frame-Options"] == "DENY"
    who = {"username": doccano_server.admin.name, "password": doccano_server.admin.password}
    cookies = requests.post(f"{url}/v1/auth/login/", who, timeout=30).raw.headers.getlist("Set-Cookie")
    assert len(cookies) == 2
    assert all("SameSite=Strict" in cookie for cookie in cookies)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "admin/"),
        ("GET", "swagger/"),
        ("POST", "social/complete/okta-oauth2/"),
        ("POST", "v1/auth/password/reset/"),
        ("GET", "v1/fp/fetch/?target=http://127.0.0.1/"),
        ("GET", "v1/projects/1/auto-labeling/templates"),
        ("POST", "v1/projects/1/auto-labeling/label-mapper-testing"),
    ],
)
def test_closed(doccano_server: DoccanoServer, method: str, path: str) -> None:
    """Closed even to the superuser; the page for it tells nothing."""
    session = log_in(doccano_server.url, doccano_server.admin)
    answer = session.request(method, f"{doccano_server.url}/{path}", timeout=30)
    assert (answer.status_code, answer.text) == (404, "Not found\n")


def test_nothing_without_an_account(doccano_server: DoccanoServer) -> None:
    """Strangers may not upload, sign up, or name themselves in a header; annotators may not add accounts."""
    url, stranger = doccano_server.url, requests.Session()
    upload = {"filepond": ("a.txt", b"text")}
    assert stranger.post(f"{url}/v1/fp/process/", files=upload, timeout=30).status_code in (401, 403)
    new = {"username": "intruder", "password1": PASSWORD, "password2": PASSWORD}
    assert stranger.post(f"{url}/v1/users/create", json=new, timeout=30).status_code in (401, 403)
    assert stranger.post(f"{url}/v1/auth/registration/", json=new, timeout=30).status_code in (403, 404, 405)
    (doccano_server.server.home.folder / "media" / "kept.txt").write_text("texts of a project")
    assert "texts of a project" not in stranger.get(f"{url}/media/kept.txt", timeout=30).text
    header = {"Remote-User": "admin", "X-Remote-User": "admin"}
    for path in ("me", "projects", "users"):
        assert stranger.get(f"{url}/v1/{path}", headers=header, timeout=30).status_code in (401, 403)
    annotator = log_in(url, doccano_server.account("server_anna"))
    assert annotator.post(f"{url}/v1/users/create", json=new, timeout=30).status_code == 403
    assert log_in(url, doccano_server.admin).get(f"{url}/v1/me", timeout=30).json()["username"] == "admin"


def test_errors_tell_nothing(doccano_server: DoccanoServer) -> None:
    """DEBUG is off: a request that breaks doccano shows no traceback and no settings."""
    session = log_in(doccano_server.url, doccano_server.admin)
    where = project(session, doccano_server.url, doccano_server.project_name("server"))
    answer = session.post(f"{where}/download", json={}, timeout=30)
    assert answer.status_code == 500
    assert "Traceback" not in answer.text
    assert len(answer.text) < 500


def test_worker_works(doccano_server: DoccanoServer) -> None:
    """An export, which the task worker writes, comes back with its span."""
    session = log_in(doccano_server.url, doccano_server.admin)
    where = project(session, doccano_server.url, doccano_server.project_name("server"))
    asked = {"text": "Kiln", "background_color": "#ee6666"}
    kind = session.post(f"{where}/span-types", json=asked, timeout=30).json()["id"]
    text = "The kiln at Port Osk stands still."
    example = session.post(f"{where}/examples", json={"text": text, "meta": {"doc": "k"}}, timeout=30).json()["id"]
    span = {"label": kind, "start_offset": 4, "end_offset": 8, "prob": 0.5}
    assert session.post(f"{where}/examples/{example}/spans", json=span, timeout=30).status_code == 201
    task = session.post(f"{where}/download", json={"format": "JSONL", "exportApproved": False}, timeout=30).json()
    until = time.monotonic() + 60
    while not session.get(f"{doccano_server.url}/v1/tasks/status/{task['task_id']}", timeout=30).json()["ready"]:
        assert time.monotonic() < until
        time.sleep(0.1)
    packed = session.get(f"{where}/download", params={"taskId": task["task_id"]}, timeout=30).content
    with zipfile.ZipFile(io.BytesIO(packed)) as files:
        line = json.loads(files.read("all.jsonl"))
    assert (line["text"], line["doc"]) == (text, "k")
    assert [(e["label"], e["start_offset"], e["end_offset"]) for e in line["entities"]] == [("Kiln", 4, 8)]


def test_several_at_once(doccano_server: DoccanoServer) -> None:
    """Annotators who write, change and delete at the same time do not lock each other out."""
    first = log_in(doccano_server.url, doccano_server.admin)
    where = project(first, doccano_server.url, doccano_server.project_name("server"))

    def work(number: int) -> list[int]:
        session, codes = log_in(doccano_server.url, doccano_server.admin), []

        def ask(method: str, path: str, said: object = None) -> int:
            answer = session.request(method, f"{where}/{path}", json=said, timeout=60)
            codes.append(answer.status_code)
            return answer.json().get("id", 0) if answer.content else 0

        for turn in range(5):
            kind = ask("POST", "span-types", {"text": f"{number} {turn}", "background_color": "#66ee66"})
            example = ask("POST", "examples", {"text": "Ore goes up river.", "meta": {}})
            ask("POST", f"examples/{example}/spans", {"label": kind, "start_offset": 0, "end_offset": 3, "prob": 0})
            ask("PATCH", f"examples/{example}", {"meta": {"turn": turn}})
            ask("POST", f"examples/{example}/states")
            ask("DELETE", f"span-types/{kind}")
        return codes

    with ThreadPoolExecutor(6) as pool:
        codes = [code for found in pool.map(work, range(6)) for code in found]
    assert len(codes) == 6 * 5 * 6
    assert set(codes) <= {200, 201, 204}


def test_data_last(doccano_server: DoccanoServer) -> None:
    """Killed and started: address, accounts, projects and even log-ins are the same."""
    url = doccano_server.url
    session = log_in(url, doccano_server.admin)
    where = project(session, url, doccano_server.project_name("server"))
    doccano_server.kill()
    assert not doccano_server.server.status().running
    with pytest.raises(requests.ConnectionError):
        session.get(where, timeout=30)
    doccano_server.start()
    assert doccano_server.url == url
    assert session.get(where, timeout=30).status_code == 200
    log_in(url, doccano_server.admin)
