"""The HTML page: complete, escaped, and alone."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claimstake.explain import triggers
from claimstake.ontology import default
from claimstake.output import document
from claimstake.sinks.highlights import Layer, strong, wrapped
from claimstake.sinks.page import index_page, page
from docs import BAN, ban, body, claim, end, make_doc, mention

VOID = {"meta", "input", "br"}


class Parser(HTMLParser):
    """A parser that insists on balanced tags, and keeps the article's text and the elements' attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.stack: list[str] = []
        self.text = ""
        self.elements: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.stack.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.stack.pop() == tag

    def handle_data(self, data: str) -> None:
        if "article" in self.stack:
            self.text += data

    def having(self, **attrs: str) -> list[dict[str, str | None]]:
        """Attributes of the elements that have these."""
        wanted = {name.replace("_", "-").rstrip("-"): value for name, value in attrs.items()}
        return [a for _, a in self.elements if wanted.items() <= a.items()]


def parse(html: str) -> Parser:
    """Parse a page; fails where tags do not balance."""
    parser = Parser()
    parser.feed(html)
    parser.close()
    assert parser.stack == []
    return parser


def test_the_page_holds_text_mentions_and_claims() -> None:
    """The text is whole; each mention is a mark; each claim a row that names its subject, object, trigger, evidence."""
    doc = ban()
    record = document(doc, text=True)
    found = parse(page(record, triggers=triggers(doc)))
    claim_id = record.claims[0].id
    assert found.text == BAN
    assert [m["title"] for m in found.having(data_n="1")] == ["PLACE · China", "MINERAL · gallium"]
    assert found.having(id=claim_id)[0] | {"data-s": "e1", "data-o": "e2"} == found.having(id=claim_id)[0]
    assert {a["class"] for a in found.having(data_c=claim_id)} == {"ev", "trigger"}


def test_nothing_is_loaded_from_elsewhere() -> None:
    """No link, image, font or address: the file works alone, and a policy in it forbids the rest."""
    html = page(document(ban(), text=True))
    assert not re.search(r"(?:src|href)\s*=|url\(|@import|https?://", html)
    assert "default-src 'none'" in html


@pytest.mark.parametrize(
    "evil", ["<script>alert(1)</script>", "</article><b>", '"><img src=x>', "{{css}}", "&lt;", "\\1 \\g<0>"]
)
def test_what_comes_from_the_document_is_escaped(evil: str) -> None:
    """Text, title, id, publisher, canonical names and values are text and never markup, nor slots of the template."""
    doc = make_doc(f"China said {evil} today", id=evil, title=evil, publisher=evil, language=evil, source=evil)
    mention(doc, "China", "PLACE", canonical=evil)
    mention(doc, "today", "DATE", canonical="today")
    subject, object_ = end(doc, "China", "PLACE", evil), end(doc, "today", "DATE", "today")
    more = {"qualifiers": {"role": evil, "target": evil}}
    claim(doc, "affiliated_with", subject, object_, f"China said {evil} today", "said", **more)
    html = page(document(doc, text=True), index=evil)
    found = parse(html)
    assert found.text == doc.text
    assert [tag for tag, _ in found.elements].count("script") == 1
    assert not {"img", "b"} & {tag for tag, _ in found.elements}
    parse(index_page([(document(doc, text=True), evil)]))


def test_furniture_is_set_apart() -> None:
    """What lies outside the body is marked as furniture; the text stays whole."""
    doc = make_doc("Menu China acts Share")
    body(doc, "China acts")
    html = page(document(doc, text=True))
    assert '<span class="furniture">Menu </span>China acts<span class="furniture"> Share</span>' in html
    assert "furniture" not in parse(page(document(make_doc("China acts"), text=True))).text


def test_nested_and_new_labels_have_colours() -> None:
    """A mention in a mention is a mark in a mark; a label that the ontology lacks gets the default colour."""
    doc = make_doc("Refining of lithium by Ever Given")
    mention(doc, "lithium", "MINERAL")
    mention(doc, "Refining of lithium", "TECHNOLOGY")
    mention(doc, "Ever Given", "SHIP")
    html = page(document(doc, text=True))
    outer = re.search(
        r"<mark[^>]*data-l=\"TECHNOLOGY\"[^>]*>Refining of <mark[^>]*data-l=\"MINERAL\"[^>]*>lithium</mark></mark>",
        html,
    )
    assert outer
    assert default().labels["MINERAL"].colour in html
    assert html.count("#e0e0e0") == 1


def test_crossing_layers_are_cut() -> None:
    """Layers that cross are closed and opened again, so that the markup stays balanced."""
    found = wrapped("abcdef", [Layer(0, 4, "<i>", "i"), Layer(2, 6, "<b>", "b")])
    assert found == "<i>ab<b>cd</b></i><b>ef</b>"


@settings(max_examples=150, deadline=None)
@given(text=st.text(max_size=30), spans=st.lists(st.tuples(st.integers(0, 30), st.integers(1, 12)), max_size=8))
def test_any_layers_keep_the_text_and_the_balance(text: str, spans: list[tuple[int, int]]) -> None:
    """Whatever overlaps, tags balance, the text is unchanged, and each layer covers exactly its stretch."""
    layers = [
        Layer(s, min(s + n, len(text)), f'<i data-k="{k}">', "i") for k, (s, n) in enumerate(spans) if s < len(text)
    ]
    parser = Parser()
    parser.feed("<article>" + wrapped(text, layers) + "</article>")
    parser.close()
    assert parser.stack == []
    assert parser.text.replace("\r", "\n") == text.replace("\r", "\n")
    for layer in layers:
        (piece,) = re.findall(r"(?s)<i[^>]*>(.*?)</i>", wrapped(text, [layer]))
        assert unescape(piece) == text[layer.start : layer.end]


def test_line_colours_are_darker_than_their_pastels() -> None:
    """The line under a mention keeps the hue and is dark enough to be told apart; grey stays grey."""
    assert strong("#dddddd") == "#737373"
    red, green, blue = (int(strong("#b5d6f2")[i : i + 2], 16) for i in (1, 3, 5))
    assert blue > green > red
    assert strong("red; } body { display: none") == strong("#e0e0e0")


def test_no_claims_is_said() -> None:
    """A document without claims says so instead of showing an empty table."""
    html = page(document(make_doc("Nothing here."), text=True))
    assert "No claim was found" in html
    assert "<table>" not in html


def test_a_record_without_text_is_refused() -> None:
    """A page without the text would show nothing."""
    with pytest.raises(ValueError, match="d1: a page needs the text"):
        page(document(ban()))
