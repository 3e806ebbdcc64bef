"""The ledger and the graph within the desk: what they tell, that they are readable, and what a wrong question gets."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from xml.etree import ElementTree

import httpx
import pytest
from playwright.sync_api import Page, expect

from browsing import PHONE, View
from claimstake.ledger.asking import Question
from claimstake.ledger.moving import moves
from claimstake.ledger.telling import tell
from claimstake.queries.contract import Edge, Thing
from claimstake.service.pages import network
from desk_server import DeskServer

BOTH = pytest.mark.parametrize("page", [PHONE, View(1600, 1000, dark=True)], indirect=True, ids=["phone", "desktop"])


def get(server: DeskServer, path: str, status: int = 200) -> str:
    answer = httpx.get(server.url(path), timeout=60, trust_env=False)
    assert answer.status_code == status, answer.text
    return answer.text


def test_the_ledger_within_the_desk(desk_server: DeskServer) -> None:
    """It tells what the command tells; sources and sentences lead to articles, limits that moved stand first."""
    found = tell(str(desk_server.database), Question())
    html = get(desk_server, "/ledger")
    assert f"{found.claims:,} claims put together" in html
    ids = set(re.findall(r'id="([^"]+)"', html))
    assert set(re.findall(r'href="#([^"]+)"', html)) <= ids
    documents = set(re.findall(r'href="/documents/([^"#]+)#', html))
    assert documents <= {document.key for document in found.documents}
    assert len(documents) > 3
    assert ('class="moved"' in html) == bool(moves(found.measures))
    assert "style=" not in html
    rules = get(desk_server, "/ledger/drawing.css")
    assert rules.startswith(".ledger {")


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/ledger?actor=Chima", 400, "no actor here is called 'Chima', did you mean"),
        ("/ledger?since=20x", 200, "'20x' is no date; write 2025"),
        ("/ledger?about=%3Cb%3Egallium", 400, "no thing here is called '<b>gallium'"),
        ("/graph?predicate=bans", 400, "no predicate is called 'bans'"),
    ],
)
def test_a_wrong_question_says_what_is_wrong(desk_server: DeskServer, path: str, status: int, said: str) -> None:
    """The message stands on the page, with the form still filled."""
    html = get(desk_server, path, status)
    assert said in unescape(html)
    assert "<b>gallium" not in html


def thing(name: str) -> Thing:
    return Thing(id=f"MINERAL:{name}", name=name, label="MINERAL")


def test_edges_do_not_cover_each_other() -> None:
    """Edges at a node lie side by side, wider for more stories; names of documents are escaped."""
    edges = [
        Edge(subject=thing("<a>"), object=thing(f"o{n % 3}"), predicate=f"p{n}", status=None, claims=n, stories=n)
        for n in range(1, 7)
    ]
    svg = network.picture(edges, link=lambda edge: f"/claims?predicate={edge.predicate}&x=1", classes={})
    root = ElementTree.fromstring(svg)
    lines = [e for e in root.iter("path") if e.get("class") == "line"]
    widths = [float(e.get("stroke-width")) for e in lines]
    assert sorted(widths)[0] == network.THIN
    starts = sorted((float(e.get("d").split()[1].split("C")[0]), w) for e, w in zip(lines, widths, strict=True))
    assert all(a + (v + w) / 2 <= b for (a, v), (b, w) in zip(starts, starts[1:], strict=False))
    assert "&lt;a&gt;" in svg


@pytest.mark.browser
@BOTH
def test_pictures_are_readable(
    page: Page, shot: Callable[[Page, str], Path], axe: Callable[[Page], list[str]], request: pytest.FixtureRequest
) -> None:
    """Only the picture scrolls sideways, in its own box; axe-core finds nothing."""
    for path in ("/ledger?actor=China", "/graph"):
        page.goto(path)
        shot(page, f"{path[1:6]}-{request.node.callspec.id}")
        assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"], path
        assert axe(page) == []


@pytest.mark.browser
def test_an_edge_leads_to_its_claims(page: Page) -> None:
    """A thing's name lights its edges, the table has a row an edge, and a row leads to the claims of its edge."""
    page.goto("/graph")
    edges = page.locator("svg.network a.edge")
    rows = page.locator("table.edges tbody tr")
    assert edges.count() == rows.count() > 3
    page.locator("svg.network a.node[data-thing] >> nth=0").focus()
    expect(page.locator("svg.network")).to_have_class(re.compile("dim"))
    lit = page.locator("svg.network .edge.lit").count()
    assert 0 < lit < edges.count()
    claims = int(rows.first.locator("td a").last.inner_text())
    rows.first.locator("td a").last.click()
    expect(page).to_have_url(re.compile("/claims\\?actor="))
    assert int(page.locator(".page-head p").inner_text().split()[0]) >= claims
