"""A document's page in a real browser: judged by key, corrected, added to; what is not kept is not shown as kept."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from browsing import DESKTOP, PHONE, Troubles, View
from desk_server import DeskServer

DARK = View(1280, 800, dark=True)
CARDS = "#list .claim"
HOSTILE = (
    "Kelmark 🪨 weighs new rules\r\n\r\n<script>window.taken = 1</script> {{ 7 * 7 }} <b onclick=x>bold</b> &amp;\r\n"
    "Kelmark will ban exports of gallium from 1 August 2025. The decree on quibbleware follows in autumn.\r\n"
)


@pytest.fixture(scope="module")
def desk_server(own_server: DeskServer) -> DeskServer:
    return own_server


def asked(server: DeskServer, path: str) -> Any:
    answer = httpx.get(server.url(path), trust_env=False)
    assert answer.is_success, answer.text
    return answer.json()


def keys(server: DeskServer) -> list[str]:
    """Documents with most claims first."""
    return [row["key"] for row in asked(server, "/v1/documents?order=most")["documents"]]


def held(server: DeskServer, key: str) -> dict[str, dict[str, Any]]:
    return {one["claim"]: one for one in asked(server, f"/v1/documents/{key}/judgements")["judgements"]}


def test_judged_by_key(page: Page, desk_server: DeskServer) -> None:
    """a and r judge the claim under the cursor and go on to the next; u takes back; who and when are shown."""
    key = keys(desk_server)[0]
    page.goto(f"/documents/{key}")
    cards = page.locator(CARDS)
    ids = [cards.nth(n).get_attribute("id") for n in range(3)]
    page.keyboard.press("j")
    page.keyboard.press("a")
    expect(cards.nth(0)).to_have_attribute("data-verdict", "accepted")
    expect(cards.nth(0).locator(".who time")).to_be_visible()
    expect(cards.nth(1)).to_be_focused()
    page.keyboard.press("r")
    expect(cards.nth(1).locator(".badge.rejected")).to_be_visible()
    expect(page.get_by_role("status")).to_contain_text("Rejected")
    expect(page.locator("#judged")).to_have_text("2 judged")
    verdicts = {claim: one["verdict"] for claim, one in held(desk_server, key).items()}
    assert verdicts == {ids[0]: "accepted", ids[1]: "rejected"}
    page.keyboard.press("u")
    expect(page.locator("#judged")).to_have_text("1 judged")
    page.reload()
    expect(cards.nth(0).locator(".badge.accepted")).to_be_visible()
    assert set(held(desk_server, key)) == {ids[0]}


def test_a_judgement_that_fails_is_taken_back(page: Page, desk_server: DeskServer, troubles: Troubles) -> None:
    """Where the server is away, the claim is shown as before, and an alert says that it is not saved."""
    key = keys(desk_server)[1]
    page.goto(f"/documents/{key}")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("j")
    page.context.set_offline(True)
    page.keyboard.press("a")
    expect(page.locator(".toast.bad")).to_contain_text("Not saved")
    expect(page.locator(CARDS).first).to_have_attribute("data-verdict", "")
    page.keyboard.press("e")
    expect(page.locator(".toast.bad").last).to_contain_text("state is not saved")
    expect(page.locator("#state")).to_have_text("New")
    page.context.set_offline(False)
    assert held(desk_server, key) == {}
    troubles.forgive("ERR_INTERNET_DISCONNECTED")


def test_a_claim_lights_what_it_rests_on(page: Page, desk_server: DeskServer) -> None:
    """Evidence, subject and object of the claim under the pointer or the cursor are marked, and its trigger."""
    page.goto(f"/documents/{keys(desk_server)[0]}")
    for move in (lambda card: card.hover(), lambda card: card.focus()):
        card = page.locator(CARDS).nth(2)
        move(card)
        subject = page.locator(f"#text mark[data-e='{card.get_attribute('data-s')}']").first
        expect(subject).to_have_class(re.compile("subject"))
        expect(page.locator(f"#text .ev.lit[data-c~='{card.get_attribute('id')}']").first).to_be_visible()
        page.mouse.move(5, 5)
    page.keyboard.press("y")
    expect(card.locator(".why")).to_contain_text("rule")
    assert page.evaluate("CSS.highlights.get('trigger').size") == 1


def test_corrected(page: Page, desk_server: DeskServer, troubles: Troubles) -> None:
    """The form changes status and times; a wrong date is told at its field; what was changed is shown."""
    key = keys(desk_server)[2]
    record = asked(desk_server, f"/v1/documents/{key}")["record"]
    claim = next(c for c in record["claims"] if c["qualifiers"].get("status") == "in_force")
    page.goto(f"/documents/{key}#{claim['id']}")
    page.keyboard.press("c")
    form = page.get_by_role("dialog", name="Correct the claim")
    form.get_by_label("status").select_option("proposed")
    form.get_by_role("button", name="Add a time").click()
    form.get_by_label("Date").last.fill("2025-13-40")
    page.keyboard.press("Control+Enter")
    expect(form.get_by_label("Date").last).to_have_attribute("aria-invalid", "true")
    expect(form.locator(".time .error:visible")).to_contain_text("no EDTF date")
    troubles.forgive("422")
    form.get_by_label("Date").last.fill("2025-10")
    page.keyboard.press("Control+Enter")
    card = page.locator(CARDS).filter(has=page.locator(".badge.corrected"))
    expect(card.locator(".changes")).to_contain_text("in force → proposed")
    expect(card).to_be_focused()
    kept = held(desk_server, key)[claim["id"]]
    assert kept["record"]["qualifiers"]["status"] == "proposed"
    assert kept["record"]["qualifiers"]["time"][-1]["value"] == "2025-10"


def test_added_from_words_of_a_hostile_text(page: Page, desk_server: DeskServer) -> None:
    """Text is never markup; words that are selected become a mention at their offsets, line ends and emoji before."""
    answer = httpx.post(desk_server.url("/v1/documents"), json={"id": "hostile", "text": HOSTILE}, trust_env=False)
    key = answer.json()["documents"][0]["key"]
    page.goto(f"/documents/{key}")
    assert page.evaluate("window.taken") is None
    assert (
        page.locator("#text").evaluate("e => e.textContent")
        == asked(desk_server, f"/v1/documents/{key}")["record"]["doc"]["text"]
    )
    page.keyboard.press("n")
    form = page.get_by_role("dialog", name="Add a claim that is missing")
    form.get_by_label("Predicate").select_option("restricts_export_of")
    subject = form.get_by_role("combobox", name="Subject")
    subject.fill("kelmark")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    form.get_by_role("combobox", name="Object").focus()
    page.evaluate(
        """() => {
          const walker = document.createTreeWalker(document.getElementById("text"), NodeFilter.SHOW_TEXT);
          while (walker.nextNode()) {
            const at = walker.currentNode.data.indexOf("quibbleware");
            if (at !== -1) getSelection().setBaseAndExtent(walker.currentNode, at, walker.currentNode, at + 11);
          }
          document.dispatchEvent(new MouseEvent("mouseup"));
        }"""
    )
    expect(form.locator("#object-chosen")).to_contain_text("quibbleware")
    form.get_by_label("Label of the new mention").last.select_option("PRODUCT")
    form.get_by_role("button", name="Save").click()
    card = page.locator(CARDS).filter(has=page.locator(".badge.added"))
    expect(card).to_contain_text("quibbleware")
    (kept,) = (one for one in held(desk_server, key).values() if one["verdict"] == "added")
    mark = kept["ends"][1]
    text = asked(desk_server, f"/v1/documents/{key}")["record"]["doc"]["text"]
    assert (text[mark["start"] : mark["end"]], mark["label"]) == ("quibbleware", "PRODUCT")
    expect(page.locator(f"#text mark[data-e='{card.get_attribute('data-o')}']")).to_have_text("quibbleware")
    card.get_by_role("button", name="Undo").click()
    expect(card).to_have_count(0)


def test_document_done_and_the_next(page: Page, desk_server: DeskServer, troubles: Troubles) -> None:
    """e marks the document done, ] opens the next one of the inbox in its order."""
    first, second = keys(desk_server)[3:5]
    page.goto(f"/documents/{first}?order=most")
    page.keyboard.press("e")
    expect(page.locator("#state")).to_have_text("Done")
    assert asked(desk_server, f"/v1/documents/{first}")["row"]["state"] == "done"
    page.keyboard.press("]")
    page.wait_for_url(f"**/documents/{second}?order=most")
    assert page.goto("/documents/nowhere").status == 404
    troubles.forgive("404")


def test_without_a_text(page: Page, desk_server: DeskServer) -> None:
    """A document whose text is not kept shows its claims with the words that say them."""
    key = keys(desk_server)[6]
    with closing(sqlite3.connect(desk_server.database)) as database, database:
        database.execute("UPDATE documents SET text = NULL WHERE key = ?", (key,))
    page.goto(f"/documents/{key}")
    expect(page.locator(".notice")).to_contain_text("not kept")
    expect(page.locator(f"{CARDS} .quote").first).to_be_visible()


@pytest.mark.parametrize("page", [PHONE, DESKTOP, DARK], indirect=True, ids=["phone", "desktop", "dark"])
def test_looks(
    page: Page, desk_server: DeskServer, shot: Callable[[Page, str], Path], axe: Callable[[Page], list[str]]
) -> None:
    """It fits, and axe-core finds nothing serious, neither while reading nor while correcting."""
    page.goto(f"/documents/{keys(desk_server)[0]}")
    width = page.viewport_size["width"]
    page.keyboard.press("j")
    shot(page, f"article-{width}")
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.keyboard.press("c")
    expect(page.get_by_role("dialog", name="Correct the claim")).to_be_visible()
    page.get_by_role("combobox", name="Object").fill("a")
    shot(page, f"correcting-{width}")
    assert axe(page) == []
