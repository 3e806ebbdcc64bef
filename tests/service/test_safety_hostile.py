"""Articles that try to be more than text: every page and every answer of the API shows them as what they are."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import quote

import httpx
import lxml.html
import pytest
from playwright.sync_api import Page

import hostile_articles as hostile
from browsing import Troubles
from desk_server import DeskServer, serving
from made_once import made_once

pytestmark = pytest.mark.browser
SLOW = 30.0  # seconds for an answer on a busy machine
# Elements that no page of ours has: what is found of them is an article's.
NEVER = (
    *("style", "iframe", "object", "embed", "base", "math", "foreignobject", "mglyph", "frame", "applet", "audio"),
    *("video", "img"),
)
LINK = re.compile(r"(https?://[^/]|/(?!/)|\?|#|$)")
FILE = re.compile(r"/(static|docs|ledger)/[\w./-]+(\?[\w.=-]*)?")


@pytest.fixture(scope="module")
def desk_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskServer]:
    """A desk of such articles alone."""
    made = made_once(tmp_path_factory, "hostile.db", hostile.add)
    database = tmp_path_factory.mktemp("hostile") / "desk.db"
    with closing(sqlite3.connect(made)) as source, closing(sqlite3.connect(database)) as target:
        source.backup(target)
    with serving(database) as server:
        judge(server)
        yield server


def ask(server: DeskServer, path: str) -> httpx.Response:
    return httpx.get(server.url(path), trust_env=False, timeout=SLOW)


def keys(server: DeskServer) -> list[str]:
    with closing(sqlite3.connect(server.database)) as connection:
        return [key for (key,) in connection.execute("SELECT key FROM documents ORDER BY key")]


def judge(server: DeskServer) -> None:
    """What analysts write may be hostile too: a note on a claim of each document."""
    for number, key in enumerate(keys(server)):
        record = ask(server, f"/v1/documents/{key}").json()["record"]
        said = {"verdict": "rejected", "claim": record["claims"][0]["id"]}
        said["note"] = hostile.PAYLOADS[number % len(hostile.PAYLOADS)]
        address = server.url(f"/v1/documents/{key}/judgements")
        assert httpx.post(address, json=said, trust_env=False, timeout=SLOW).status_code == 201


def paths(server: DeskServer) -> list[str]:
    """Pages as an analyst meets them, and with payloads in their addresses."""
    found = [
        "/",
        "/?state=done",
        "/claims",
        "/claims?verdict=rejected",
        "/ledger",
        "/graph",
        "/paste",
        "/docs",
        "/login",
    ]
    found += [f"/documents/{key}" for key in keys(server)]
    found += [f"/entities/{quote(f'COMPANY:{payload}', safe='')}" for payload in hostile.PAYLOADS]
    for payload in (hostile.PAYLOADS[number] for number in (0, 3, 4, 12, 15)):
        word = quote(payload[:190], safe="")
        found += [f"/entities/{word}", f"/documents/{word}", f"/{word}", f"/login?next={word}", f"/?order={word}"]
        found += [f"/claims?text={word}", f"/claims?actor={word}&predicate={word}", f"/claims?cursor={word}"]
        found += [f"/ledger?about={word}&actor={word}", f"/graph?actor={word}&entity={word}", f"/claims?since={word}"]
    return found


def faults(text: str) -> list[str]:
    """What stands in a page that no page of ours has."""
    tree = lxml.html.document_fromstring(text)
    found = [f"<{one.tag}>" for one in tree.iter(*NEVER)]
    for one in tree.iter(lxml.etree.Element):
        for name, value in one.attrib.items():
            if name.startswith("on") or name in ("style", "srcdoc", "formaction", "ping", "background", "http-equiv"):
                found.append(f"{one.tag} {name}={value!r}")
            if name in ("href", "action", "xlink:href") and not LINK.match(value):
                found.append(f"{one.tag} {name}={value!r}")
            if name == "href" and value.startswith("http") and "noreferrer" not in one.get("rel", ""):
                found.append(f"without rel: {value!r}")
        if one.tag == "script" and (one.text or not FILE.fullmatch(one.get("src", ""))):
            found.append(f"script {one.get('src')!r} {one.text!r}")
        if one.tag == "link" and not FILE.fullmatch(one.get("href", "")):
            found.append(f"link {one.get('href')!r}")
    if hostile.TOTAL in text:
        found.append("a template was evaluated")
    if "Settings(" in text or "__globals__" in text.replace("self.__init__.__globals__", ""):
        found.append("a template gave away what it can reach")
    return found


def test_pages_show_it_as_text(desk_server: DeskServer) -> None:
    """Parsed as a browser would, they hold no element, handler or address that is not ours; none breaks."""
    wrong: list[str] = []
    with httpx.Client(base_url=desk_server.address, trust_env=False, timeout=SLOW) as client:
        for path in paths(desk_server):
            answer = client.get(path)
            if answer.status_code >= 500:
                wrong.append(f"{path[:120]}: {answer.status_code}")
            if "html" in answer.headers.get("content-type", ""):
                wrong += [f"{path[:120]}: {fault[:200]}" for fault in faults(answer.text)]
            else:
                assert answer.headers["x-content-type-options"] == "nosniff"
    assert wrong == []


def test_answers_of_the_api_are_data(desk_server: DeskServer) -> None:
    """JSON, lines and CSV, never HTML; a spreadsheet finds no formula in them."""
    things = [f"/v1/entities/{quote(f'COMPANY:{payload}', safe='')}" for payload in hostile.PAYLOADS]
    found = [f"/v1/documents/{key}" for key in keys(desk_server)]
    found += [
        "/v1/claims",
        "/v1/claims?format=ndjson",
        "/v1/documents",
        "/v1/ledger",
        "/v1/judgements",
        "/openapi.json",
    ]
    found += [*things, *(f"{thing}/timeline" for thing in things), "/metrics"]
    found += [f"/v1/entities?begins={quote(payload[:50])}" for payload in hostile.PAYLOADS]
    for path in found:
        answer = ask(desk_server, path)
        assert answer.status_code < 500, path
        assert "html" not in answer.headers["content-type"], path
        assert answer.headers["x-content-type-options"] == "nosniff"
    table = ask(desk_server, "/v1/claims?format=csv")
    assert table.headers["content-disposition"].startswith("attachment")
    assert "HYPERLINK" in table.text
    assert not re.search(r'(^|,)"?[=+@]', table.text, re.MULTILINE)


def test_titles_come_out_as_they_went_in(desk_server: DeskServer) -> None:
    """Escaping takes nothing away: the API gives each payload back, and a page shows it."""
    rows = ask(desk_server, "/v1/documents?limit=100").json()["documents"]
    titles = {row["title"] for row in rows}
    plain = [payload for payload in hostile.PAYLOADS if payload.isprintable()]
    assert set(plain) <= titles
    (key,) = [row["key"] for row in rows if row["title"] == hostile.PAYLOADS[0]]
    page = lxml.html.document_fromstring(ask(desk_server, f"/documents/{key}").text)
    assert hostile.PAYLOADS[0] in page.text_content()


def test_nothing_of_it_runs_in_a_browser(page: Page, troubles: Troubles, desk_server: DeskServer) -> None:
    """Scripts set nothing, nothing is fetched or followed, and no policy had to step in."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: pytest.fail(f"a dialog: {dialog.message}"))
    shown = ["/", "/claims?limit=100", "/ledger", "/graph", *(f"/documents/{key}" for key in keys(desk_server))]
    shown += [f"/entities/{quote(f'COMPANY:{payload}', safe='')}" for payload in hostile.PAYLOADS[:4]]
    for path in shown:
        answer = page.goto(path, wait_until="load")
        assert answer is not None
        assert answer.ok, (path, answer.status)
        assert page.evaluate(f"window.{hostile.OWNED} === undefined"), path
        assert httpx.URL(page.url).raw_path == httpx.URL(desk_server.url(path)).raw_path
        page.keyboard.press("Tab")
        page.mouse.move(300, 300)
    files = [url for url in asked if hostile.OWNED in httpx.URL(url).path and "/entities/" not in url]
    assert files == []
    assert troubles.found == []


def test_paste_shows_it_as_text(page: Page, troubles: Troubles) -> None:
    """What is drawn by script from the API's answer is drawn as text, too."""
    page.goto("/paste")
    text = " ".join(hostile.SAYS.format("gallium", payload, "tin") for payload in hostile.PAYLOADS[:12])
    page.locator("textarea").first.fill(text)
    page.keyboard.press("Control+Enter")
    page.locator("#result mark").first.wait_for()
    assert hostile.PAYLOADS[0] in page.locator("#result").inner_text()
    assert page.evaluate(f"window.{hostile.OWNED} === undefined")
    assert troubles.found == []


def test_a_form_that_is_shown_again_shows_it_as_text(desk_server: DeskServer) -> None:
    """Without script: what was sent stands in the form and in the answer, escaped."""
    csrf = re.search(r'name="csrf" value="(\w+)"', ask(desk_server, "/paste").text)[1]
    for number, payload in enumerate(hostile.PAYLOADS[:6]):
        text = hostile.SAYS.format("gallium", payload, "tin")
        form = {"csrf": csrf, "text": text, "published": payload if number % 2 else ""}
        answer = httpx.post(desk_server.url("/paste"), files={n: (None, v) for n, v in form.items()}, timeout=SLOW)
        assert answer.status_code == (422 if number % 2 else 200)
        assert faults(answer.text) == []


def test_records_of_it_can_be_kept(desk_server: DeskServer) -> None:
    """By the API, where addresses that are no pages' are refused."""
    for address in hostile.ADDRESSES:
        body = {"text": hostile.SAYS.format("gallium", "It said so.", "tin"), "url": address}
        answer = httpx.post(desk_server.url("/v1/documents"), json=body, trust_env=False, timeout=SLOW)
        kept = answer.status_code < 300
        assert kept == bool(re.fullmatch(r"https?://[^\s]+", address)), (address, answer.text)
        assert kept or json.loads(answer.text)["error"]["what"]
