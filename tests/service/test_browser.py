"""What the other tests of pages rest on: a real browser, under our policy, in which what goes wrong is noticed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

import browsing
from browsing import PHONE, Troubles

pytestmark = pytest.mark.browser
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'self'"
PAGES = {
    "/good": '<html lang="en"><title>A page</title><main><h1>Gallium</h1><label>Who <input></label></main></html>',
    "/unnamed": '<html lang="en"><title>A page</title><main><h1>Gallium</h1><input></main></html>',
    "/inline": "<html><title>A page</title><script>document.title = 'changed'</script></html>",
    "/styled": '<html><title>A page</title><p style="color: red">Gallium</p></html>',
    "/thrown": '<html><title>A page</title><script src="/throws.js"></script></html>',
    "/away": '<html><title>A page</title><a href="http://[::1]:9/">elsewhere</a></html>',
    "/missing": '<html><title>A page</title><script src="/not-there.js"></script></html>',
    "/throws.js": "throw new Error('no gallium')",
}


class _Pages(BaseHTTPRequestHandler):
    def do_GET(self) -> None:  # noqa: N802
        found = PAGES.get(self.path)
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", "text/javascript" if self.path.endswith(".js") else "text/html")
        self.send_header("Content-Security-Policy", POLICY)
        self.end_headers()
        self.wfile.write((found or "nothing").encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Of a server with pages that are good and bad."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Pages) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def watched(browser: Browser, address: str) -> Iterator[tuple[Page, Troubles]]:
    """A page as a phone shows it, and what goes wrong on it."""
    context = browsing.opened(browser, address, PHONE)
    page, troubles = context.new_page(), Troubles(address)
    troubles.watch(page)
    yield page, troubles
    context.close()


def test_accessibility_is_checked_under_our_policy(
    watched: tuple[Page, Troubles], axe: Callable[[Page], list[str]]
) -> None:
    """axe-core runs where neither inline scripts nor inline styles do, and finds a field without a name."""
    page, troubles = watched
    page.goto("/good")
    assert axe(page) == []
    page.goto("/unnamed")
    assert [line.split()[0] for line in axe(page)] == ["label"]
    assert troubles.found == []


@pytest.mark.parametrize(
    ("path", "noticed"),
    [
        ("/inline", "Content Security Policy"),
        ("/styled", "Content Security Policy"),
        ("/thrown", "no gallium"),
        ("/away", "asked another server"),
        ("/missing", "404"),
    ],
)
def test_what_goes_wrong_is_noticed(watched: tuple[Page, Troubles], path: str, noticed: str) -> None:
    """Scripts and styles that the policy forbids, errors, requests elsewhere and missing files do not go by."""
    page, troubles = watched
    page.goto(path)
    if path == "/away":
        page.click("a", no_wait_after=True)
    page.wait_for_timeout(100)
    assert any(noticed in line for line in troubles.found), troubles.found
    assert page.title() != "changed"


def test_pictures_are_of_the_size_asked(
    watched: tuple[Page, Troubles], shot: Callable[[Page, str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A picture has the width of the view, and stands where CLAIMSTAKE_TEST_ARTEFACTS says."""
    monkeypatch.setenv("CLAIMSTAKE_TEST_ARTEFACTS", str(tmp_path / "kept"))
    page, _ = watched
    page.goto("/good")
    data = shot(page, "gallium").read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(data[16:20]) == PHONE.width
    assert [path.name for path in (tmp_path / "kept").iterdir()] == ["gallium.png"]
