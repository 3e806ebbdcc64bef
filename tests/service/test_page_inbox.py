"""The inbox in a real browser: reading down the list by key, undo, saves that fail, new documents, an empty desk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

import browsing
from browsing import DESKTOP, PHONE, Troubles, View
from desk_server import DeskServer, serving

DARK = View(1280, 800, dark=True)
ROWS = "#inbox > li:visible"


@pytest.fixture(scope="module")
def desk_server(own_server: DeskServer) -> DeskServer:
    return own_server


def state_of(server: DeskServer, key: str) -> str:
    return httpx.get(server.url(f"/v1/documents/{key}"), trust_env=False).json()["row"]["state"]


def test_marked_done_by_key_and_taken_back(page: Page, desk_server: DeskServer) -> None:
    """`e` files the document under the cursor, the next one takes its place, `u` brings it back."""
    page.goto("/")
    rows = page.locator(ROWS)
    count = rows.count()
    page.keyboard.press("j")
    page.keyboard.press("j")
    second, third = (rows.nth(n).get_attribute("data-document") for n in (1, 2))
    expect(rows.nth(1).locator(".open")).to_be_focused()
    page.keyboard.press("e")
    expect(rows).to_have_count(count - 1)
    expect(page.locator(f"li[data-document='{third}'] .open")).to_be_focused()
    assert state_of(desk_server, second) == "done"
    page.keyboard.press("u")
    expect(rows).to_have_count(count)
    assert state_of(desk_server, second) == "new"
    page.keyboard.press("s")
    expect(rows).to_have_count(count - 1)
    page.goto("/?state=skipped")
    expect(page.locator(ROWS)).to_have_count(1)
    page.get_by_role("button", name="Back to new").click()
    expect(page.get_by_role("heading", name="This page is done")).to_be_visible()
    assert state_of(desk_server, second) == "new"


def test_a_save_that_fails_says_so(page: Page, desk_server: DeskServer, troubles: Troubles) -> None:
    """A document whose state could not be kept stays where it was."""
    page.goto("/")
    rows = page.locator(ROWS)
    count, first = rows.count(), rows.first.get_attribute("data-document")
    page.context.set_offline(True)
    page.keyboard.press("e")
    expect(page.locator(".toast.bad")).to_contain_text("is not saved")
    expect(page.get_by_role("alert")).to_contain_text("cannot be reached")
    expect(rows).to_have_count(count)
    page.context.set_offline(False)
    assert state_of(desk_server, first) == "new"
    troubles.forgive("ERR_INTERNET_DISCONNECTED")


def test_orders(page: Page) -> None:
    """Most claims and least certain first are what they say; Enter opens the document."""
    page.goto("/")
    page.get_by_role("link", name="Most claims").click()
    counts = [int(text) for text in page.locator(".counts > div:first-child dd").all_inner_texts()]
    assert counts == sorted(counts, reverse=True)
    assert len(set(counts)) > 1
    page.get_by_role("link", name="Least certain").click()
    levels = [float(text) for text in page.locator(".counts .conf").all_inner_texts()]
    assert levels == sorted(levels)
    page.keyboard.press("j")
    key = page.locator(ROWS).first.get_attribute("data-document")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/documents/{key}?order=doubtful")


@pytest.mark.parametrize("page", [PHONE, DESKTOP, DARK], indirect=True, ids=["phone", "desktop", "dark"])
def test_looks(page: Page, shot: Callable[[Page, str], Path], axe: Callable[[Page], list[str]]) -> None:
    """It fits, and axe-core finds nothing serious; nor in the dialog of keys."""
    page.goto("/?order=most")
    width = page.viewport_size["width"]
    shot(page, f"inbox-{width}")
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    assert axe(page) == []


def test_empty_desk_and_what_comes_then(browser: Browser, tmp_path: Path) -> None:
    """An empty desk tells how to fill it; a document that comes is announced, the page does not move by itself."""
    with serving(tmp_path / "empty.db") as server:
        context = browsing.opened(browser, server.address, View())
        page = context.new_page()
        page.goto("/")
        expect(page.get_by_role("heading", name="No document has come in yet")).to_be_visible()
        expect(page.locator(".empty")).to_contain_text(
            f"claimstake watch https://example.org/feed.xml news/ --to {server.database}"
        )
        text = "Kelmark said on 4 July 2025 that it will ban exports of gallium from 1 August 2025."
        assert httpx.post(server.url("/v1/documents"), json={"text": text}, trust_env=False).is_success
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        expect(page.locator("#arrived")).to_contain_text("1 new document has come")
        expect(page.locator(".empty")).to_be_visible()
        page.keyboard.press(".")
        expect(page.locator(ROWS)).to_have_count(1)
        context.close()
