"""Paste: a text or file in, its claims out, by script and without; what is wrong is told; kept only on demand."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

import browsing
from browsing import PHONE, Troubles, View
from desk_server import DeskServer

pytestmark = pytest.mark.browser
EXAMPLES = Path(__file__).resolve().parents[2] / "corpus" / "examples"
BAUXITE = "Indonesia banned exports of bauxite on 10 June 2023."
HOSTILE = f"{BAUXITE} <script>document.title = 'owned'</script><b id=owned>x</b> {{{{ 7*7 }}}} &lt;i&gt;"


@pytest.fixture(scope="module")
def desk_server(own_server: DeskServer) -> DeskServer:
    """A database that may be written to."""
    return own_server


def documents(server: DeskServer) -> int:
    with closing(sqlite3.connect(server.database)) as connection:
        return connection.execute("SELECT count(*) FROM documents").fetchone()[0]


@pytest.mark.parametrize("page", [PHONE, View(1600, 1000, dark=True)], indirect=True, ids=["phone", "desktop"])
def test_a_text_shows_its_claims(
    page: Page, shot: Callable[[Page, str], Path], axe: Callable[[Page], list[str]], request: pytest.FixtureRequest
) -> None:
    """Claims stand beside the text, a claim lights what it rests on, and the text is never markup."""
    page.goto("/paste")
    page.get_by_label("Text").fill(HOSTILE)
    page.get_by_label("Published").fill("2023-06-12")
    page.get_by_role("button", name="Show claims").click()
    card = page.locator("article.claim")
    expect(card).to_have_count(1)
    expect(page.locator("#found")).to_have_text(re.compile(r"1 claim in \d+ ms"))
    assert page.locator("#text").inner_text() == HOSTILE
    assert page.locator("#owned, #result script").count() == 0
    card.focus()
    expect(page.locator("#text mark.subject")).to_have_text("Indonesia")
    expect(page.locator("#text mark.object")).to_have_text("bauxite")
    expect(page.locator("#text .ev.lit").first).to_be_visible()
    shot(page, f"paste-{request.node.callspec.id}")
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    assert axe(page) == []


def test_files_are_read_and_problems_named(page: Page, troubles: Troubles) -> None:
    """A page and a JSON document are read as soon as they are chosen; what is no document says so."""
    page.goto("/paste")
    chosen, found = page.locator("#p-file"), page.locator("#found")
    chosen.set_input_files(EXAMPLES / "dutch-lithography-licence.html")
    expect(found).to_have_text(re.compile(r"^[1-9]\d* claims in"))
    record = {"name": "a.json", "mimeType": "application/json", "buffer": f'{{"text": "{BAUXITE}"}}'.encode()}
    chosen.set_input_files(record)
    expect(found).to_have_text(re.compile("^1 claim in"))
    chosen.set_input_files({"name": "a.zip", "mimeType": "application/zip", "buffer": b"PK\x03\x04" + b"x" * 40})
    expect(page.get_by_role("alert").first).to_contain_text("a.zip")
    troubles.forgive("status of 415")
    chosen.set_input_files({"name": "big.txt", "mimeType": "text/plain", "buffer": b"a" * 10_000_001})
    expect(page.get_by_role("alert").first).to_contain_text("The file is too large (10,000,000 bytes at most)")


def test_a_busy_server_is_asked_again(page: Page, troubles: Troubles) -> None:
    """What a busy server answers is waited for, as long as it says."""
    answers = [429]

    def busy_once(route: Route) -> None:
        if answers:
            route.fulfill(status=answers.pop(), headers={"Retry-After": "1"}, body="")
        else:
            route.continue_()

    page.route("**/paste?part=1", busy_once)
    page.goto("/paste")
    page.get_by_label("Text").fill(BAUXITE)
    page.get_by_label("Text").press("Control+Enter")
    expect(page.locator("#state")).to_contain_text("trying again in 1 s")
    expect(page.locator("article.claim")).to_have_count(1)
    troubles.forgive("status of 429")


def test_keep_stores_it_once(page: Page, desk_server: DeskServer) -> None:
    """Showing stores nothing; Keep stores it and leads to its page, twice to the same."""
    before, leads = documents(desk_server), []
    for _ in range(2):
        page.goto("/paste")
        page.get_by_label("Text").fill(BAUXITE)
        page.get_by_role("button", name="Show claims").click()
        expect(page.locator("article.claim")).to_have_count(1)
        assert documents(desk_server) == before + len(leads)
        page.get_by_role("button", name="Keep").click()
        page.wait_for_url("**/documents/*")
        leads = [*leads, page.url][:1]
        assert page.url == leads[0]
        expect(page.locator("article.claim")).to_have_count(1)
    assert documents(desk_server) == before + 1


def test_it_works_without_script(browser: Browser, desk_server: DeskServer) -> None:
    """The same form shows claims, names what is wrong with the text still there, and keeps."""
    with browser.new_context(base_url=desk_server.address, java_script_enabled=False) as context:
        context.set_default_timeout(browsing.WAIT)
        page = context.new_page()
        page.goto("/paste")
        text = f"{BAUXITE}\n\nChile produces lithium."
        page.get_by_label("Text").fill(text)
        page.get_by_label("Published").fill("20x")
        page.get_by_role("button", name="Show claims").click()
        expect(page.get_by_role("alert")).to_contain_text("'20x' is no date")
        expect(page.get_by_label("Text")).to_have_value(text)
        page.get_by_label("Published").fill("2023-06")
        page.get_by_role("button", name="Show claims").click()
        expect(page.locator("article.claim")).to_have_count(2)
        page.get_by_role("button", name="Keep").click()
        page.wait_for_url("**/documents/*")
        expect(page.locator("article.claim")).to_have_count(2)
