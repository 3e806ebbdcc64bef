"""A desk that asks for a log-in: a process on IPv6, in a real browser and on the wire; and its accounts' commands."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from click.testing import Result
from playwright.sync_api import Browser, Page
from typer.testing import CliRunner

import archive_sources
import browsing
import desk_database as databases
from browsing import PHONE, Troubles
from claimstake import cli
from desk_server import DeskServer, serving

pytestmark = pytest.mark.browser
PASSWORD = "seven grey herons wade"
OTHER = "nine late trains depart"
SLOW = 15.0  # seconds for an answer on a busy machine


def account(database: Path, *words: str, **variables: str) -> Result:
    """`claimstake account`, in this process."""
    environment = {"CLAIMSTAKE_PASSWORD": "", **variables}
    return CliRunner().invoke(cli.app, ["account", *words, "--db", str(database)], env=environment)


def account_process(database: Path, *words: str, password: str) -> subprocess.CompletedProcess[bytes]:
    """`claimstake account`, as users call it."""
    command = [sys.executable, "-m", "claimstake", "account", *words, "--db", str(database)]
    environment = {**archive_sources.WITH, "CLAIMSTAKE_PASSWORD": password}
    return subprocess.run(
        command, env=environment, capture_output=True, timeout=90, stdin=subprocess.DEVNULL, check=False
    )


@pytest.fixture(scope="module")
def desk_server(desk_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskServer]:
    """A desk of mei's and tom's, on IPv6 where the machine has it."""
    database = databases.copied(desk_database, tmp_path_factory.mktemp("desk") / "desk.db")
    assert account_process(database, "add", "mei", password=PASSWORD).returncode == 0
    assert account(database, "add", "tom", CLAIMSTAKE_PASSWORD=PASSWORD).exit_code == 0
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
        host = "::1"
    except OSError:
        host = "127.0.0.1"
    with serving(database, "--accounts", "--host", host) as server:
        yield server


def log_in(page: Page, name: str = "mei", password: str = PASSWORD) -> None:
    """Fill in the form that stands there, by keys alone."""
    page.get_by_label("Account").fill(name)
    page.keyboard.press("Tab")
    page.keyboard.type(password)
    page.keyboard.press("Enter")


def ask(server: DeskServer, path: str, **headers: str) -> httpx.Response:
    return httpx.get(server.url(path), headers=headers, trust_env=False, timeout=SLOW)


@pytest.mark.parametrize("page", [PHONE], indirect=True)
def test_the_log_in_in_a_browser(
    page: Page, troubles: Troubles, shot: Callable[[Page, str], Path], axe: Callable[[Page], list[str]]
) -> None:
    """On a phone: led to the form, told what is wrong, led back; out again, and nothing is left."""
    page.goto("/claims?text=gallium")
    assert "/login?next=" in page.url
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE.width
    shot(page, "login-phone")
    log_in(page, password=OTHER)
    page.get_by_role("alert").get_by_text("Account or password is wrong.").wait_for()
    troubles.forgive("403")
    assert page.get_by_label("Account").input_value() == "mei"
    assert page.get_by_label("Password").input_value() == ""
    assert axe(page) == []
    log_in(page)
    page.wait_for_url("**/claims?text=gallium")
    (cookie,) = page.context.cookies()
    assert (cookie["name"], cookie["httpOnly"], cookie["sameSite"]) == ("claimstake", True, "Strict")
    assert len(cookie["value"]) == 43
    assert page.evaluate("document.cookie") == ""
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url("**/login")
    assert {c["name"] for c in page.context.cookies()} == {"claimstake-login"}
    page.go_back()
    page.reload()
    assert "/login" in page.url


def test_the_log_in_without_script(browser: Browser, desk_server: DeskServer) -> None:
    """Nothing of it is a script's."""
    context = browser.new_context(base_url=desk_server.address, java_script_enabled=False)
    page = context.new_page()
    page.goto("/login?next=/claims")
    log_in(page, "tom")
    page.wait_for_url("**/claims")
    context.close()


@contextmanager
def another_site(pages: dict[str, str]) -> Iterator[str]:
    """A server of somebody else's; gives its address, under a name that is another site than the desk's."""

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # noqa: N802
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(pages.get(self.path, "").encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()


def test_another_site_gets_nothing_done_and_may_link(browser: Browser, desk_server: DeskServer) -> None:
    """Its forms, frames, pictures and scripts get nowhere with a logged-in analyst's browser; its links work."""
    desk = desk_server.address
    pages = {
        "/link": f'<a href="{desk}/claims?text=tin">Look</a>',
        "/form": f'<form method="post" action="{desk}/logout" id="f"><input name="csrf" value="x"></form>'
        "<script>document.getElementById('f').submit()</script>",
        "/plain": f'<form method="post" action="{desk}/v1/annotate" enctype="text/plain" id="f"><input name="{{a" '
        "value='b}'></form><script>document.getElementById('f').submit()</script>",
        "/rest": f'<iframe src="{desk}/claims"></iframe><img src="{desk}/v1/claims"><script>'
        f"fetch('{desk}/logout', {{method: 'POST', mode: 'no-cors', credentials: 'include'}}).catch(() => 0);"
        f"fetch('{desk}/v1/claims', {{credentials: 'include'}}).then(() => document.title = 'read').catch(() => 0);"
        "</script>",
    }
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{desk}/login")
    log_in(page)
    page.wait_for_url(f"{desk}/")
    answers: list[tuple[str, str, int]] = []
    page.on("response", lambda r: answers.append((r.request.method, r.url.removeprefix(desk), r.status)))
    with another_site(pages) as site:
        for path in ("/form", "/plain"):
            page.goto(site + path)
            page.wait_for_url(f"{desk}/**")
        page.goto(f"{site}/rest", wait_until="networkidle")
        assert page.title() == ""
        assert page.frames[1].url.startswith(("chrome-error:", desk))
        assert "Claims" not in page.frames[1].content()
        page.goto(f"{site}/link")
        page.get_by_text("Look").click()
        page.wait_for_url(f"{desk}/claims?text=tin")
    changes = {(path, status) for method, path, status in answers if method == "POST"}
    assert changes <= {("/logout", 401), ("/logout", 403), ("/v1/annotate", 401), ("/v1/annotate", 403)}
    assert {path for path, _ in changes} == {"/logout", "/v1/annotate"}
    page.get_by_role("button", name="Log out").wait_for()
    context.close()


def test_a_name_that_was_made_to_lead_here_is_refused(browser: Browser, desk_server: DeskServer) -> None:
    """DNS rebinding: the browser believes that evil.example is the desk."""
    url = httpx.URL(desk_server.address)
    arguments = [*browsing.ARGUMENTS, f"--host-resolver-rules=MAP evil.example [{url.host}]"]
    if ":" not in url.host:
        arguments[-1] = f"--host-resolver-rules=MAP evil.example {url.host}"
    fooled = browser.browser_type.launch(executable_path=browsing.executable(), args=arguments)
    page = fooled.new_page()
    answer = page.goto(f"http://evil.example:{url.port}/login")
    assert answer is not None
    assert answer.status == 421
    assert page.locator("form").count() == 0
    fooled.close()


def test_commands_take_hold_at_once(desk_server: DeskServer) -> None:
    """A running desk knows of a new token, a revoked one, a disabled account, a new password."""
    database = desk_server.database
    made = account(database, "token", "tom", "--for", "tests", "--json")
    token, id_ = (json.loads(made.stdout)[name] for name in ("token", "id"))
    bearer = {"Authorization": f"Bearer {token}"}
    assert ask(desk_server, "/openapi.json", **bearer).status_code == 200
    assert account(database, "disable", "tom").exit_code == 0
    assert ask(desk_server, "/openapi.json", **bearer).status_code == 401
    assert account(database, "enable", "tom").exit_code == 0
    assert ask(desk_server, "/openapi.json", **bearer).status_code == 200
    listed = account(database, "list").stdout
    assert id_ in listed
    assert token not in listed
    assert account(database, "revoke", id_).exit_code == 0
    assert ask(desk_server, "/openapi.json", **bearer).status_code == 401
    told = account(database, "audit", "--json", "--last", "4").stdout.splitlines()
    entries = [json.loads(line) for line in told]
    assert [entry["action"] for entry in entries] == [
        "token made",
        "account disabled",
        "account enabled",
        "token revoked",
    ]
    assert {entry["what"] for entry in entries} == {"tom"}


def test_commands_name_what_is_wrong(tmp_path: Path) -> None:
    """With exit code 2, and without a word of a password."""
    database = tmp_path / "desk.db"
    done = account(database, "list")
    assert (done.exit_code, database.exists()) == (1, False)
    done = account(database, "add", "ann")
    assert done.exit_code == 2
    assert "set CLAIMSTAKE_PASSWORD" in done.stderr
    done = account(database, "add", "ann", CLAIMSTAKE_PASSWORD="sesame")
    assert done.exit_code == 2
    assert "sesame" not in done.stdout + done.stderr


def test_nothing_secret_is_written_down(desk_server: DeskServer) -> None:
    """Neither passwords nor tokens stand in the log or in the database's files, whatever was tried."""
    made = json.loads(account(desk_server.database, "token", "mei", "--json").stdout)["token"]
    assert ask(desk_server, f"/v1/claims?token={made}").status_code == 400
    assert ask(desk_server, "/openapi.json", Authorization=f"Bearer {made}").status_code == 200
    form = {"name": "mei", "password": OTHER, "csrf": "x"}
    assert httpx.post(desk_server.url("/login"), data=form, trust_env=False, timeout=SLOW).status_code == 403
    assert ask(desk_server, "/openapi.json", Authorization=f"Bearer {made}x", Cookie=f"claimstake={OTHER}").is_error
    held = desk_server.told().encode()
    for path in desk_server.database.parent.glob("desk.db*"):
        held += path.read_bytes()
    assert b"scrypt$15$8$3$" in held
    for secret in (PASSWORD, OTHER, made, made.removeprefix("csk_")):
        assert secret.encode() not in held


def raw(server: DeskServer, sent: bytes, *, then: bytes = b"") -> bytes:
    """What comes back on a connection; what it does not take any more is let go."""
    url = httpx.URL(server.address)
    with socket.create_connection((url.host, url.port), SLOW) as connection:
        connection.sendall(sent)
        try:
            for _ in range(200 if then else 0):
                connection.sendall(then)
        except OSError:
            pass
        found = b""
        try:
            while part := connection.recv(65536):
                found += part
        except ConnectionResetError:
            pass
        return found


def test_requests_that_are_too_long_are_answered_and_let_go(desk_server: DeskServer) -> None:
    """The sender reads why, though it was still sending; a gigabyte that is announced is not waited for."""
    token = json.loads(account(desk_server.database, "token", "mei", "--json").stdout)["token"]
    head = f"POST /v1/annotate HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n".encode()
    kind = b"Content-Type: text/plain\r\n"
    chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    answer = raw(desk_server, head + kind + b"Transfer-Encoding: chunked\r\n\r\n", then=chunk)
    assert answer.startswith(b"HTTP/1.1 413")
    assert b"10,000,000 bytes" in answer
    answer = raw(desk_server, head + kind + b"Content-Length: 1000000000\r\n\r\nx")
    assert answer.startswith(b"HTTP/1.1 413")
    for wrong in (b"GET / HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n"):
        assert raw(desk_server, wrong).startswith(b"HTTP/1.1 400")
    assert raw(desk_server, b"GET / HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.1 400")


def test_names_in_headers_make_no_lines(desk_server: DeskServer) -> None:
    """No answer repeats a line break of the request in a header."""
    for path in ("/claims%0d%0aSet-Cookie:x=y", "/claims?a=%0d%0aSet-Cookie:x=y"):
        answer = ask(desk_server, path)
        assert answer.status_code == 303
        assert "x" not in answer.cookies
        assert "\n" not in answer.headers["location"]
