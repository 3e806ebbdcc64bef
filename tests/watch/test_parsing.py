"""Feeds into entries, whatever stands in them."""

from __future__ import annotations

import pytest

from claimstake.watch.contract import Entry, UnfetchedError
from claimstake.watch.parsing import MOST, Parser, parse
from feed_server import item, rss

BASE = "https://news.example/feeds/all.xml"


def test_atom() -> None:
    """Ids, days, authors, titles without mark-up, relative links, and whole articles; summaries are none."""
    whole = "<p>" + "Indonesia will ban exports of bauxite. " * 12 + "</p>"
    atom = f"""<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>All</title>
    <entry><id>tag:news.example,2026:1</id><title type="html">A &lt;b&gt;bold&lt;/b&gt; step</title>
    <author><name>A. Writer</name></author><link rel="alternate" href="/news/1?a=1&amp;b=2"/>
    <published>2026-02-03T23:30:00-05:00</published><content type="html"><![CDATA[{whole}]]></content></entry>
    <entry><id>https://news.example/2</id><summary>{whole.replace("<", "&lt;")}</summary></entry></feed>"""
    feed = parse(atom.encode(), BASE)
    first, second = feed.entries
    assert (first.address, first.id) == ("https://news.example/news/1?a=1&b=2", "tag:news.example,2026:1")
    assert (first.title, first.author, first.published) == ("A bold step", "A. Writer", "2026-02-04")
    assert first.content is not None
    assert "ban exports of bauxite" in first.content
    assert second == Entry("https://news.example/2", "https://news.example/2")


def test_odd_feeds() -> None:
    """A feed under a false type, one without items, one that ends early, one with very many items."""
    one = rss(item("https://news.example/1"))
    assert len(parse(one.encode(), BASE, "text/html").entries) == 1
    assert parse(rss().encode(), BASE, None).entries == ()
    assert len(parse((one[: one.index("</channel>")]).encode(), BASE).entries) == 1
    many = parse(rss(*(item(f"https://news.example/{n}") for n in range(MOST + 5))).encode(), BASE)
    assert (len(many.entries), many.total) == (MOST, MOST + 5)


@pytest.mark.parametrize("data", [b"", b"\0\1\2", b"<html><body><p>no feed", b"/etc/passwd", BASE.encode()])
def test_no_feeds(data: bytes) -> None:
    """What is no feed is said to be none; the name of a file, or an address, is opened by nobody."""
    with pytest.raises(UnfetchedError, match="is no feed that can be read"):
        parse(data, BASE)


def test_a_feed_that_takes_too_long() -> None:
    """A feed made to keep its reader busy is given up, and the next one is read."""
    parser = Parser(seconds=2)
    try:
        with pytest.raises(UnfetchedError, match="takes longer than 2 s"):
            parser.parse(b"<rss version='2.0'><channel><item><description>" + b"<a>" * 1_000_000, BASE)
        assert parser.parse(rss(title="Next").encode(), BASE).title == "Next"
    finally:
        parser.close()
