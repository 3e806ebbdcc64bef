"""HTML pages."""

from __future__ import annotations

import gzip
import time

import pytest

from claimstake.readers import Limits

PARAGRAPHS = [
    "China's Ministry of Commerce said on Wednesday that exporters of gallium and germanium will need licences.",
    "The rule covers metal, oxides and wafers, and it takes effect on August 1, according to the notice.",
    "Prices of gallium in Rotterdam rose by 27% within a week, traders said, because buyers built up stocks.",
]
PAGE = """<!DOCTYPE html><html lang="en-GB"><head><title>China licenses gallium exports | The Metal Post</title>
<meta property="og:site_name" content="The Metal Post"><meta name="author" content="Ann Lee">
<link rel="canonical" href="https://metalpost.example/gallium">
<meta property="article:published_time" content="2023-07-05T08:00:00Z">
<meta property="article:modified_time" content="2023-09-01T08:00:00Z"></head><body>
<nav><ul><li><a href="/">Home</a></li><li><a href="/m">Mining</a></li><li><a href="/e">Energy</a></li></ul></nav>
<header class="cookie">We use cookies to improve your experience.</header>
<article><h1>China licenses gallium exports</h1><div class="share">Share this</div>
<figure><img src="a.jpg" alt="x"><figcaption>A smelter. Photo: Agency</figcaption></figure>
{paragraphs}
<h2>What is listed</h2><ul><li>Gallium arsenide</li><li>Germanium dioxide</li></ul>
<table><tr><th>Metal</th><th>Chinese share</th></tr><tr><td>Gallium</td><td>98%</td></tr></table></article>
<aside class="related"><h3>Most popular</h3><ul><li><a href="/1">Silver price today</a></li></ul></aside>
<div id="comments"><p>Great article, thank you for it, I had no idea.</p></div>
<footer>Copyright 2023 The Metal Post. All rights reserved.</footer><script>if (a<b) {{ c("<div><div>") }}</script>
</body></html>"""


def page(paragraphs: list[str] = PARAGRAPHS) -> str:
    return PAGE.format(paragraphs="".join(f"<p>{p}</p>" for p in paragraphs))


def test_article_without_its_furniture(write, article) -> None:
    """Headline, paragraphs, list and table stay; menus, captions, comments and footers do not."""
    got = article(write("gallium.html", page()))
    assert got.text.split("\n") == [
        "China licenses gallium exports",
        *PARAGRAPHS,
        "What is listed",
        "- Gallium arsenide",
        "- Germanium dioxide",
        "| Metal | Chinese share | ",
        "| Gallium | 98% |",
    ]
    assert got.body == [(0, len(got.text))]


def test_metadata(write, article) -> None:
    """Title, author, site, address and the day of first publication."""
    got = article(write("gallium.html", page()))
    assert (got.id, got.title, got.author, got.publisher) == (
        "gallium", "China licenses gallium exports", "Ann Lee", "The Metal Post",
    )  # fmt: skip
    assert (got.published, got.url, got.language) == ("2023-07-05", "https://metalpost.example/gallium", "en")


def test_title_goes_first_where_the_body_lacks_it(write, article) -> None:
    """A headline that stands only in the head of the page opens the text."""
    content = page().replace("<h1>China licenses gallium exports</h1>", "")
    got = article(write("a.html", content))
    assert got.text.startswith(f"{got.title}\n")
    assert got.text.count("licenses gallium exports") == 1


def test_date_in_prose_is_not_the_publication(write, article) -> None:
    """Where no mark-up states the day, none is guessed from the prose."""
    content = page(["On March 3, 2021 the firm said that it would mine gallium in Montana by 2024.", *PARAGRAPHS])
    for stated in ("2023-07-05T08:00:00Z", "2023-09-01T08:00:00Z", "Copyright 2023"):
        content = content.replace(stated, "")
    assert article(write("a.html", content)).published is None


def test_future_date_is_dropped(write, article) -> None:
    """A day that is yet to come is no publication date, and a note says so."""
    got = article(write("a.html", page().replace("2023-", "2099-")))
    assert got.published is None
    assert got.notes == ["published 2099-07-05 lies in the future, ignored"]


@pytest.mark.parametrize(("name", "packed"), [("a.htm", False), ("a.xhtml", False), ("a.html.gz", True)])
def test_suffixes(write, article, name: str, packed: bool) -> None:
    """.htm, .xhtml and packed pages are read alike."""
    data = page().encode()
    got = article(write(name, gzip.compress(data) if packed else data))
    assert got.id == "a"
    assert PARAGRAPHS[0] in got.text


@pytest.mark.parametrize(
    ("encoding", "meta"),
    [
        ("windows-1252", '<meta charset="windows-1252">'),
        ("koi8-r", "<meta http-equiv=C content='text/html; charset=koi8-r'>"),
    ],
)
def test_declared_encoding(write, article, encoding: str, meta: str) -> None:
    """The page's own declaration is taken where it is not UTF-8."""
    word = "Société" if encoding == "windows-1252" else "Министерство"
    content = page([f"The firm {word} needs a licence for its exports of gallium.", *PARAGRAPHS])
    got = article(write("a.html", content.replace("<head>", f"<head>{meta}").encode(encoding)))
    assert word in got.text
    assert got.notes


def test_fragment_without_head(write, article) -> None:
    """A bare fragment is a page too."""
    got = article(write("a.html", "".join(f"<p>{p}</p>" for p in PARAGRAPHS)))
    assert all(p in got.text for p in PARAGRAPHS)


@pytest.mark.parametrize(
    "content",
    [
        "<html><body><nav><a href='/'>Home</a><a href='/m'>Mining</a></nav></body></html>",
        "<html><head><title>Gallium</title></head><body></body></html>",
        "<html><body><script>var a = 1;</script></body></html>",
        "<!-- nothing -->",
    ],
)
def test_page_without_article(write, failure, content: str) -> None:
    """A menu is no article."""
    assert "no article text" in failure(write("a.html", content)).problem


BOMBS = {
    "nested": ("<div>" * 100_000 + "gallium", "nested more than 200 deep"),
    "nested and closed": ("<span>" * 100_000 + "gallium" + "</span>" * 100_000, "nested more than 200 deep"),
    "long attribute": (f"<p title='{'a' * 5_000_000}'>gallium</p>", "tag is longer"),
    "many attributes": ("<p " + " ".join(f"a{i}='b'" for i in range(50_000)) + ">gallium</p>", "tag is longer"),
    "unclosed tags": ("<p" * 1_000_000, "tag is longer"),
    "many elements": ("<h2>a</h2>" * 300_000, "more than 60,000 elements"),
    "endless": ("<p>gallium</p>\n" * 2_000_000, "longer than"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_fail_at_once(write, failure, name: str) -> None:
    """Pages that would drown the parser are refused before it sees them."""
    content, problem = BOMBS[name]
    start = time.perf_counter()
    assert problem in failure(write("a.html", f"<html><body>{content}")).problem
    assert time.perf_counter() - start < 20


def test_thousands_of_inline_tags_are_flattened(write, article) -> None:
    """Emphasis around every word costs no quadratic time and changes no word."""
    content = page(["<b>China</b> bans <i>gallium</i> exports. " * 20_000])
    start = time.perf_counter()
    assert "China bans gallium exports. China bans" in article(write("a.html", content)).text
    assert time.perf_counter() - start < 30


def test_embedded_images_do_not_count(write, article) -> None:
    """Saved pages hold their images as data: addresses."""
    content = page().replace("a.jpg", "data:image/png;base64," + "iVBORw0KGgo" * 50_000)
    assert PARAGRAPHS[0] in article(write("a.html", content)).text


def test_depth_can_be_raised(write, article) -> None:
    """The limit is the user's to set."""
    content = page().replace("<article>", "<div>" * 60 + "<article>")
    assert article(write("a.html", content), limits=Limits(max_depth=100)).title
