"""The table of claims and the page of a thing: filters in the address, paging, keys, downloads, pictures."""

from __future__ import annotations

import csv
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from html import unescape
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest
from playwright.sync_api import Page, expect
from starlette.datastructures import QueryParams

from browsing import DESKTOP, PHONE, View
from claimstake.queries.contract import ClaimFilter
from claimstake.service.pages import filters
from desk_server import DeskServer

Shot = Callable[[Page, str], Path]
Axe = Callable[[Page], list[str]]


def counted(server: DeskServer, where: str = "1", *values: object) -> int:
    """How many claims the database holds."""
    with closing(sqlite3.connect(server.database)) as connection:
        return connection.execute(f"SELECT count(*) FROM claims WHERE {where}", values).fetchone()[0]


def get(server: DeskServer, path: str, **params: Any) -> str:
    answer = httpx.get(server.url(path), params=params or None, timeout=60, trust_env=False)
    assert answer.status_code == 200, answer.text
    return answer.text


def linked(html: str, name: str) -> str | None:
    """Address of a link by what it says of its relation."""
    found = re.search(rf'rel="{name}"[^>]*href="([^"]+)"', html)
    return unescape(found[1]) if found else None


def wide(page: Page) -> int:
    """Pixels that a page is wider than its window."""
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


def test_an_address_says_what_is_asked() -> None:
    """Empty fields ask for nothing, lists are kept, wrong values are named and left out; chips take one away each."""
    asked = filters.read(
        QueryParams("actor=China&object=&predicate=sanctions&predicate=issues&since=20x&min_confidence=2")
    )
    assert asked.wanted == ClaimFilter(actor="China", predicate=("sanctions", "issues"))
    assert set(asked.problems) == {"since", "min_confidence"}
    without = [chip.without for chip in filters.chips("/claims", asked.wanted, ("order", "surest"))]
    assert without[0] == "/claims?predicate=sanctions&predicate=issues&order=surest"
    assert without[2] == "/claims?actor=China&predicate=sanctions&order=surest"


def test_filters_work_without_script(desk_server: DeskServer) -> None:
    """What is asked for is counted, shown in the form and as chips; what is written is never markup."""
    html = get(desk_server, "/claims", predicate="produces", text="</ul><b>x")
    assert "No claim answers that" in html
    assert "<b>x" not in html
    html = get(desk_server, "/claims", predicate=["produces"], min_confidence="0.5")
    number = counted(desk_server, "predicate = 'produces' AND confidence >= 0.5")
    assert number > 5
    assert f"<p>{number} claims</p>" in html
    assert 'value="produces" checked' in html
    assert 'aria-label="Remove filter predicate: produces"' in html
    assert "A filter is left out: &#39;20x&#39;" in get(desk_server, "/claims", since="20x")
    wrong = httpx.get(desk_server.url("/claims?predicate=bans"), timeout=60, trust_env=False)
    assert wrong.status_code == 400
    assert "no predicate is called" in unescape(wrong.text)


def test_pages_follow_each_other(desk_server: DeskServer) -> None:
    """Older leads to every claim once, Back to where one came from."""
    address, seen, pages = "/claims", [], []
    while address and len(pages) < 100:
        pages.append(get(desk_server, address))
        seen += re.findall(r'<tr data-open="\s*([^"\s]+)', pages[-1])
        address = linked(pages[-1], "next")
    assert len(pages) > 2
    assert len(set(seen)) == len(seen) == counted(desk_server)
    back = get(desk_server, linked(get(desk_server, linked(pages[1], "next")), "prev"))
    assert re.findall("data-open[^>]+", back) == re.findall("data-open[^>]+", pages[1])


@pytest.mark.browser
@pytest.mark.parametrize("page", [PHONE, View(1600, 1000, dark=True)], indirect=True, ids=["phone", "desktop"])
def test_the_table_is_readable(page: Page, shot: Shot, axe: Axe, request: pytest.FixtureRequest) -> None:
    """Nothing hangs over the window's edge, axe-core finds nothing; the page of a thing, too."""
    for name, path in (("claims", "/claims?status=in_force"), ("entity", "/entities/china")):
        page.goto(path)
        shot(page, f"{name}-{request.node.callspec.id}")
        assert wide(page) <= 0, path
        assert axe(page) == []


@pytest.mark.browser
@pytest.mark.parametrize("page", [DESKTOP], indirect=True)
def test_an_analyst_asks_by_keys(page: Page, desk_server: DeskServer, tmp_path: Path) -> None:
    """/ searches, names are suggested, j and Enter open a claim in its text, d downloads what is shown."""
    page.goto("/claims")
    page.keyboard.press("/")
    expect(page.get_by_label("Words in the evidence")).to_be_focused()
    actor = page.get_by_label("Actor")
    actor.press_sequentially("Chin")
    option = page.get_by_role("option", name=re.compile("^China"))
    expect(option.first).to_be_visible()
    actor.press("ArrowDown")
    expect(actor).to_have_attribute("aria-activedescendant", re.compile("names-"))
    actor.press("Enter")
    expect(actor).to_have_value("China")
    expect(page.get_by_role("listbox")).to_be_hidden()
    actor.press("Enter")
    expect(page).to_have_url(re.compile(r"/claims\?actor=China$"))
    page.wait_for_load_state()
    rows = page.locator("table.claims tbody tr")
    number = int(page.locator(".page-head p").inner_text().split()[0])
    page.keyboard.press("d")
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    download.value.save_as(tmp_path / "claims.csv")
    assert len(list(csv.reader((tmp_path / "claims.csv").open(encoding="utf-8")))) == number + 1
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(rows.nth(1)).to_be_focused()
    claim = rows.nth(1).get_attribute("data-open").strip()
    page.keyboard.press("Enter")
    expect(page).to_have_url(desk_server.url(claim))
    expect(page.locator(f"#{claim.partition('#')[2]}")).to_be_visible()


def test_a_thing_is_told(desk_server: DeskServer) -> None:
    """Counts lead to their claims; the timeline is a picture with a name, and a list that says the same."""
    html = get(desk_server, "/entities/china")
    number = counted(desk_server, "'china' IN (subject_entity, object_entity)")
    assert f"<li>{number} claims</li>" in html
    told = {
        (unescape(link)): int(text)
        for link, text in re.findall(r'<td class="number"><a href="([^"]+)"[^>]*>(\d+)<', html)
    }
    assert sum(told.values()) >= number
    link, claims = max(told.items(), key=lambda one: one[1])
    shown = re.search(r"<p>([\d,]+) claims?</p>", get(desk_server, link))
    assert int(shown[1]) >= claims  # a country's ministries count as it
    picture = ElementTree.fromstring(re.search(r"<svg class=\"timeline.*?</svg>", html, re.S)[0])
    assert picture.get("role") == "img"
    assert picture.find("title").text == "Timeline of China"
    assert html.count('<li>\n<span class="when">') >= len(picture.findall("circle")) > 3
    assert httpx.get(desk_server.url("/entities/PLACE:%3Cb%3E"), timeout=60, trust_env=False).status_code == 404
