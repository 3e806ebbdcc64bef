"""An analyst's round in a real browser: paste, read, keep, accept, correct, reject, filter, download, done, export."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pyarrow.parquet as pq
import pytest
from playwright.sync_api import Locator, Page, expect
from typer.testing import CliRunner

from browsing import DESKTOP, PHONE, Troubles, View
from claimstake.cli import app
from claimstake.interchange import formats
from claimstake.interchange.contract import Losses
from claimstake.records import AnnotatedDocument
from desk_server import DeskServer

pytestmark = pytest.mark.browser

HEADLINE = "Gallium falls under licence again, the {view} desk hears"
BODY = (
    "China's Ministry of Commerce banned exports of gallium to the United States on 15 July 2025. "
    "The European Union imposed a tariff of 25% on electric vehicles from China. "
    "Norrmetall AB produces tungsten concentrate in Sweden, the company said.\n\n"
    "The United States added Rotorvik Drones to its Entity List. Gallium is used in radar chips."
)
FIRM = "Rotorvik Drones"  # the program takes the firm's name for drones
VIEWS = [pytest.param(view, id=name) for name, view in (("phone", PHONE), ("desktop", DESKTOP))]

Shot = Callable[[Page, str], Path]
Axe = Callable[[Page], list[str]]


@pytest.fixture(scope="module")
def desk_server(own_server: DeskServer) -> DeskServer:
    """The round changes what it is done in."""
    return own_server


@pytest.fixture
def named(request: pytest.FixtureRequest) -> str:
    """Of the view."""
    return request.node.callspec.id


@pytest.fixture
def looked(page: Page, shot: Shot, axe: Axe, named: str) -> Callable[[str], None]:
    """looked("inbox"): a picture is kept, nothing is hard to use, nothing sticks out to the side."""

    def look(name: str) -> None:
        shot(page, f"round-{name}-{named}")
        assert axe(page) == [], name
        wide, window = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert wide <= window, f"{name} is {wide} pixels wide in a window of {window}"

    return look


def card(page: Page, *words: str) -> Locator:
    """The card of the claim that has these words."""
    found = page.locator("#list .claim")
    for word in words:
        found = found.filter(has=page.locator(".triple", has_text=word))
    return found.first


def judge(page: Page, claim: Locator, verdict: str, view: View) -> None:
    """By key at a desk, by its button on a phone; waits until it is kept."""
    with page.expect_response(lambda answer: answer.url.endswith("/judgements")) as said:
        claim.focus()
        if view.touch:
            claim.locator(f'[data-act="{verdict}"]').tap()
        else:
            page.keyboard.press({"accepted": "a", "rejected": "r"}[verdict])
    assert said.value.status == 201, said.value.text()
    expect(claim.locator(".badge", has_text=verdict)).to_be_visible()
    expect(claim).to_have_attribute("data-verdict", verdict)


@pytest.fixture
def view(request: pytest.FixtureRequest) -> View:
    return request.node.callspec.params["page"]


@pytest.mark.parametrize("page", VIEWS, indirect=True)
def test_a_round(
    page: Page, desk_server: DeskServer, troubles: Troubles, view: View, named: str, looked: Callable[[str], None]
) -> None:
    page.goto("/")
    looked("inbox")
    page.get_by_role("link", name="Paste", exact=True).click()
    text = f"{HEADLINE.format(view=named)}\n\n{BODY}"
    paste(page, text)
    looked("pasted")
    key = keep(page)
    looked("article")
    read(page, text)
    ban, wrong, listed = card(page, "restricts export of"), card(page, "has threshold"), card(page, "covers")
    judge(page, ban, "accepted", view)
    corrected = correct(page, listed, view, looked)
    troubles.forgive("status of 422")  # of the correction that is impossible
    judge(page, wrong, "rejected", view)
    looked("judged")
    held = {one["claim"]: one for one in api(desk_server, f"/v1/documents/{key}/judgements")["judgements"]}
    assert sorted(one["verdict"] for one in held.values()) == ["accepted", "corrected", "rejected"]
    done(page, key)
    looked("done")
    filtered(page, key, looked)
    downloaded(page, desk_server, key)
    exported(desk_server, key, text, corrected)


def paste(page: Page, text: str) -> None:
    """The claims are there in a second, on a machine that has nothing else to do."""
    page.get_by_label("Text", exact=True).fill(text)
    page.get_by_label("Published").fill("2025-07-16")
    page.get_by_role("button", name="Show claims").click()
    expect(page.locator("#found")).to_contain_text("claims")
    expect(card(page, "restricts export of")).to_contain_text("gallium")
    expect(page.locator("#text mark", has_text="Ministry of Commerce").first).to_be_visible()


def keep(page: Page) -> str:
    """Into the database; the key of the document, whose page opens."""
    page.get_by_role("button", name="Keep").click()
    page.wait_for_url("**/documents/*")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Gallium falls under licence again")
    return urlsplit(page.url).path.rpartition("/")[2]


def read(page: Page, text: str) -> None:
    """What a claim rests on is lit in the text; the text is the one that was pasted."""
    shown = page.evaluate("document.getElementById('text').textContent")
    assert shown.split() == text.split()
    card(page, "restricts export of").focus()
    lit = page.locator("#text .ev.lit")
    expect(lit.first).to_be_attached()
    assert "".join(lit.all_text_contents()).startswith("China's Ministry of Commerce banned exports of gallium")
    expect(page.locator("#text mark.subject").first).to_have_text("Ministry of Commerce")
    expect(page.locator("#text mark.object").first).to_have_text("gallium")


def correct(page: Page, claim: Locator, view: View, looked: Callable[[str], None]) -> dict[str, Any]:
    """The list covers the firm, not drones: its name is typed, found in the text and marked. What is impossible is said
    at its field before."""
    claim.focus()
    if view.touch:
        claim.locator('[data-act="correct"]').tap()
    else:
        page.keyboard.press("c")
    editor = page.get_by_role("dialog")
    expect(editor).to_be_visible()
    name = editor.get_by_role("combobox", name="Object")
    name.fill(FIRM)
    editor.get_by_role("option", name=f"Mark “{FIRM}”").click()
    editor.get_by_label("Label of the new mention").select_option("PERSON")
    refused = page.expect_response(lambda answer: answer.url.endswith("/judgements"))
    with refused as said:
        editor.get_by_role("button", name="Save").click()
    assert said.value.status in (400, 422)
    expect(editor.get_by_text("the object of covers is")).to_be_visible()
    looked("editor")
    editor.get_by_label("Label of the new mention").select_option("COMPANY")
    editor.get_by_label("status").select_option("announced")
    with page.expect_response(lambda answer: answer.url.endswith("/judgements")) as said:
        editor.get_by_role("button", name="Save").click()
    assert said.value.status == 201, said.value.text()
    expect(editor).to_be_hidden()
    expect(card(page, FIRM).locator(".badge", has_text="corrected")).to_be_visible()
    expect(page.locator("#text mark", has_text=FIRM)).to_have_count(1)
    return said.value.json()


def done(page: Page, key: str) -> None:
    """The document leaves the inbox."""
    with page.expect_response(lambda answer: answer.url.endswith("/reading")) as said:
        page.get_by_role("button", name="Done").click()
    assert said.value.ok
    expect(page.locator("#state")).to_have_text("Done")
    page.goto("/")
    expect(page.locator("#inbox li").first).to_be_visible()
    expect(page.locator(f'[data-document="{key}"]')).to_have_count(0)
    page.goto("/?state=done")
    expect(page.locator(f'[data-document="{key}"]')).to_have_count(1)


def filtered(page: Page, key: str, looked: Callable[[str], None]) -> None:
    """The filter stands in the address, and the table holds what it asks for."""
    page.goto("/claims")
    looked("claims")
    page.get_by_label("Words in the evidence").fill("gallium exports")
    page.get_by_label("Actor").fill("China")
    page.get_by_text("More filters").click()
    page.get_by_label("Judged").select_option("accepted")
    page.get_by_role("button", name="Show").first.click()
    asked = parse_qs(urlsplit(page.url).query)
    assert (asked["text"], asked["actor"], asked["verdict"]) == (["gallium exports"], ["China"], ["accepted"])
    rows = page.locator("table.claims tbody tr")
    expect(rows.first).to_be_visible()
    assert any(key in (row.get_attribute("data-open") or "") for row in rows.all())
    for row in rows.all():
        expect(row).to_contain_text("accepted")
        expect(row.locator(".evidence")).to_contain_text("gallium")
    looked("filtered")


def downloaded(page: Page, server: DeskServer, key: str) -> None:
    """The same rows in each format as the API answers to the same question."""
    page.goto(f"/claims?document={key}")
    wanted = {one["id"]: one for one in api(server, f"/v1/claims?document={key}&limit=100")["claims"]}
    assert len(wanted) >= 5
    for says, read_back in (("CSV", from_csv), ("JSON Lines", from_lines), ("Parquet", from_parquet)):
        if page.locator("#downloads").get_attribute("open") is None:
            page.get_by_text("Download", exact=True).click()
        with page.expect_download() as file:
            page.get_by_role("link", name=says, exact=True).click()
        found = read_back(Path(file.value.path()).read_bytes())
        assert {id_: row["predicate"] for id_, row in found.items()} == {
            id_: row["predicate"] for id_, row in wanted.items()
        }, says
        assert {id_: row["verdict"] or None for id_, row in found.items()} == {
            id_: row.get("verdict") for id_, row in wanted.items()
        }, says


def from_csv(data: bytes) -> dict[str, Any]:
    return {row["claim"]: row for row in csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""))}


def from_lines(data: bytes) -> dict[str, Any]:
    rows = [json.loads(line) for line in data.decode("utf-8").splitlines()]
    return {row["id"]: {"verdict": None, **row} for row in rows}


def from_parquet(data: bytes) -> dict[str, Any]:
    return {row["claim"]: row for row in pq.read_table(io.BytesIO(data)).to_pylist()}


def exported(server: DeskServer, key: str, text: str, corrected: dict[str, Any]) -> None:
    """While the desk is open, what was done is exported as training data."""
    out = server.database.with_name(f"{key}.jsonl")
    exporting = CliRunner().invoke(app, ["review", "export", "--db", str(server.database), "-o", str(out), "-q"])
    assert exporting.exit_code == 0, exporting.output
    found = [
        one for one in formats.recognised(out).read(out, Losses()) if one.doc.text and one.doc.text.strip() == text
    ]
    assert len(found) == 1
    said = triples(found[0])
    assert ("Ministry of Commerce", "restricts_export_of", "gallium") in said
    assert ("Entity List", "covers", FIRM) in said
    assert not {(s, p, o) for s, p, o in said if p == "has_threshold" or (p == "covers" and o != FIRM)}
    right = next(claim for claim in found[0].claims if claim.predicate == "covers")
    assert (right.id, right.qualifiers.status) == (corrected["record"]["id"], "announced")


def triples(record: AnnotatedDocument) -> set[tuple[str, str, str]]:
    named = {entity.id: entity.text for entity in record.entities}
    return {(named[claim.subject], claim.predicate, named[claim.object]) for claim in record.claims}


def api(server: DeskServer, path: str) -> Any:
    answer = httpx.get(server.url(path), timeout=20, trust_env=False)
    assert answer.status_code == 200, answer.text
    return answer.json()


PAGES = {
    "ledger": "/ledger",
    "graph": "/graph",
    "entity": "/entities/china",
    "paste": "/paste",
    "inbox-doubtful": "/?order=doubtful",
    "claims-nothing": "/claims?text=nobodysaidthis",
    "claims-wrong": "/claims?since=yesterday",
    "no-document": "/documents/nothing",
}
STATUS = {"no-document": 404}


OTHERS = [pytest.param(PHONE, id="phone"), pytest.param(View(1600, 1000, dark=True), id="desktop-dark")]


@pytest.mark.parametrize("page", OTHERS, indirect=True)
def test_every_other_page_can_be_used_by_everybody(
    page: Page, troubles: Troubles, looked: Callable[[str], None]
) -> None:
    found = []
    for name, path in PAGES.items():
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == STATUS.get(name, 200), name
        expect(page.locator("main :is(h1, h2)").first).to_be_visible()
        try:
            looked(f"page-{name}")
        except AssertionError as error:
            found.append(f"{name}: {error}")
    for status in STATUS.values():
        troubles.forgive(f"status of {status}")
    assert found == []


def test_the_description_of_the_api_is_shown(page: Page) -> None:
    """By Swagger UI, whose own colours are not ours to judge."""
    page.goto("/docs")
    expect(page.locator(".opblock", has_text="/v1/annotate").first).to_be_visible()
