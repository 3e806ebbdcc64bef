"""Feeds into the database: each article once, whatever feeds, servers and accidents do."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

import feed_server
from claimstake.watch.traffic import Pace
from feed_server import Site, item, news, page, rss
from watching_desk import BOUNDS, QUICK, Desk


def offer(site: Site, *names: str) -> list[str]:
    """Articles of their own text; gives the items of a feed that lead to them."""
    minerals = ["gallium", "germanium", "antimony", "graphite", "tungsten", "lithium", "cobalt", "tellurium"]
    for name, mineral in zip(names, minerals, strict=False):
        site.put(f"/{name}", news("China", mineral))
    return [item(site.address(f"/{name}"), f"On {name}", f"id-{name}") for name in names]


def test_articles_of_a_feed(desk: Desk, site: Site) -> None:
    """A feed's articles are fetched, annotated and kept with their addresses; the next look asks nothing twice."""
    site.feed("/feed", *offer(site, "one", "two"), ETag='"v1"', Last_Modified="Mon, 05 Jan 2026 08:00:00 GMT")
    tally = desk.watch("/feed")
    assert (tally.documents, tally.failed, tally.refused) == (2, 0, 0)
    assert tally.claims >= 2
    assert desk.documents() == [site.address("/one"), site.address("/two")]
    assert desk.states() == {"/one": "done", "/two": "done"}
    assert {said["title"] for said in desk.told.of("document")} == {
        "China curbs gallium exports",
        "China curbs germanium exports",
    }
    assert desk.rows("SELECT state, documents FROM runs") == [("complete", 2)]
    site.routes["/feed"] = feed_server.status(304)
    asked = len(site.asked)
    assert desk.watch("/feed").documents == 0
    _, _, headers = site.asked[-1]
    assert (headers["If-None-Match"], headers["If-Modified-Since"]) == ('"v1"', "Mon, 05 Jan 2026 08:00:00 GMT")
    assert [path for path, *_ in site.asked[asked:]] == ["/robots.txt", "/feed"]
    assert desk.told.of("unchanged")


def test_day_of_the_feed(desk: Desk, site: Site) -> None:
    """A page that states no day has that of its entry."""
    offer(site, "one")
    site.feed("/feed", item(site.address("/one"), more="<pubDate>Tue, 03 Feb 2026 10:00:00 GMT</pubDate>"))
    desk.watch("/feed")
    assert desk.rows("SELECT published FROM documents") == [("2026-02-03",)]


def test_each_article_once(desk: Desk, site: Site) -> None:
    """Two feeds, changing parameters, a moved entry, a redirect, a copy of the text: one document."""
    (first,) = offer(site, "one")
    article = site.address("/one")
    site.routes["/short"] = feed_server.redirect("/one?utm_campaign=short")
    site.put("/copy", news("China", "gallium"))
    site.feed("/a", first, item(f"{article}?utm_source=a#top"), item(f"{article}?fbclid=77", guid="other"))
    site.feed("/b", item(f"{article}?gclid=1"), item(site.address("/short")), item(site.address("/copy")))
    desk.watch("/a", "/b")
    site.feed("/a", item(site.address("/one-moved"), guid="id-one"), item(f"{article}?utm_source=mail"))
    tally = desk.watch("/a", "/b")
    assert (tally.documents, tally.failed) == (0, 0)
    assert desk.rows("SELECT count(*) FROM documents") == [(1,)]
    assert set(desk.states().values()) == {"done"}
    assert site.paths().count("/one-moved") == 0


def test_hostile_links(desk: Desk, site: Site) -> None:
    """What leads to files, scripts, data, private addresses or other ports is refused, kept as such, and told."""
    links = ["file:///etc/passwd", "javascript:alert(1)", "data:text/html,hi", "http://169.254.169.254/latest"]
    links += ["http://10.0.0.1/", "http://localhost/", f"http://127.0.0.1:{site.port + 1}/", "http://u:p@news.example/"]
    site.feed("/feed", *(item(link) for link in links), *offer(site, "one"))
    tally = desk.watch("/feed", allow=[site.host])
    assert (tally.documents, tally.refused) == (1, len(links))
    states = desk.rows("SELECT state, count(*) FROM fetches GROUP BY state ORDER BY state")
    assert states == [("done", 1), ("refused", len(links))]
    assert desk.watch("/feed").refused == 0
    assert desk.watch("/feed", retry_failed=True).refused == 4  # what another --allow-host may let through
    assert desk.rows("SELECT count(*) FROM fetches WHERE state = 'refused'") == [(len(links),)]


def test_redirects(desk: Desk, site: Site) -> None:
    """Redirects are followed a few times; those to private addresses and in circles are not."""
    offer(site, "one")
    site.routes["/ok"] = feed_server.redirect("/ok2", 301)
    site.routes["/ok2"] = feed_server.redirect(site.address("/one"), 307)
    site.routes["/metadata"] = feed_server.redirect("http://169.254.169.254/latest/meta-data/")
    site.routes["/private"] = feed_server.redirect("http://192.168.0.1/admin")
    site.routes["/file"] = feed_server.redirect("file:///etc/passwd")
    site.routes["/circle"] = feed_server.redirect("/circle2")
    site.routes["/circle2"] = feed_server.redirect("/circle")
    site.routes["/far"] = lambda handler: handler.give(b"", 302, Location=f"/far?{len(site.asked)}")
    paths = ["/ok", "/metadata", "/private", "/file", "/circle", "/far"]
    site.feed("/feed", *(item(site.address(path)) for path in paths))
    desk.watch("/feed")
    states = desk.states()
    assert {path: states[path] for path in paths} == {
        "/ok": "done",
        "/metadata": "refused",
        "/private": "refused",
        "/file": "refused",
        "/circle": "failed",
        "/far": "failed",
    }
    assert desk.documents() == [site.address("/one")]


def test_a_feed_that_leads_inside(desk: Desk, site: Site) -> None:
    """The feed itself is checked no less than what it leads to."""
    tally = desk.watch("/feed", "http://169.254.169.254/feed", allow=[])
    assert (tally.refused, tally.documents, site.asked) == (2, 0, [])
    assert all("--allow-host" in said["mend"] for said in desk.told.of("refused"))
    site.feed("/feed", *offer(site, "one"))
    assert desk.watch("/feed").documents == 1


def test_robots(desk: Desk, site: Site) -> None:
    """What robots.txt forbids is not asked for; an article that the feed carries whole is taken from there."""
    rules = b"User-agent: *\nDisallow: /\n\nUser-agent: claimstake\nDisallow: /closed\nCrawl-delay: 0.2\n"
    site.put("/robots.txt", rules, "text/plain")
    offer(site, "one", "closed-1")
    whole = "".join(
        f"<p>{text}</p>"
        for text in [
            "Indonesia will ban exports of bauxite from 10 June 2026, the mining ministry said on Friday.",
            "Exporters of bauxite will need to process the ore in Indonesia, and no licence will be extended.",
            "Smelters in the region have asked for more time, because their new plants are not ready before 2028.",
            "The ministry said that it had heard them, and that the day would stay as it was announced in the spring.",
        ]
    )
    more = f"<content:encoded><![CDATA[{whole}]]></content:encoded>"
    site.feed(
        "/feed",
        item(site.address("/one")),
        item(site.address("/closed-1")),
        item(site.address("/closed-2"), "Indonesia bans bauxite exports", more=more),
    )
    tally = desk.watch("/feed")
    assert (tally.documents, tally.refused, tally.failed) == (2, 1, 0)
    assert desk.states() == {"/one": "done", "/closed-1": "refused", "/closed-2": "done"}
    assert site.paths() == ["/feed", "/one"]
    assert [said["problem"] for said in desk.told.of("refused")] == ["robots.txt forbids it"]
    assert desk.rows("SELECT title FROM documents WHERE url LIKE '%closed-2'") == [("Indonesia bans bauxite exports",)]
    times = [moment for _, moment, _ in site.asked]
    assert min(later - earlier for earlier, later in zip(times[1:], times[2:], strict=False)) > 0.19


def test_robots_that_cannot_be_had(desk: Desk, site: Site) -> None:
    """Where nobody knows the rules, nothing is asked yet."""
    site.routes["/robots.txt"] = feed_server.status(503)
    site.feed("/feed", *offer(site, "one"))
    assert desk.watch("/feed").failed == 1
    assert site.paths() == []


def test_one_request_at_a_time(desk: Desk, site: Site) -> None:
    """A host is asked one thing at a time, with a pause between, however many feeds lead there."""
    items = offer(site, *"abcdef")
    for n in range(3):
        site.feed(f"/feed{n}", *items[2 * n : 2 * n + 2])
    desk.watch("/feed0", "/feed1", "/feed2", habits=replace(QUICK, pace=replace(QUICK.pace, pause=0.05, patience=20)))
    times = [moment for _, moment, _ in site.asked]
    assert (len(times), site.most_open) == (10, 1)
    assert min(later - earlier for earlier, later in zip(times, times[1:], strict=False)) > 0.049


def test_busy_hosts_are_left_alone(desk: Desk, site: Site) -> None:
    """After 429 with Retry-After a host is asked nothing more until then; what waits is kept."""
    items = offer(site, *"abc")
    site.feed("/feed", *items)
    site.routes["/a"] = feed_server.status(429, Retry_After="3600")
    assert desk.watch("/feed").documents == 0
    assert site.paths() == ["/feed", "/a"]
    assert set(desk.states().values()) == {"waiting"}
    desk.watch("/feed")
    assert site.paths() == ["/feed", "/a", "/feed"]
    assert {next_ > "2026" for (next_,) in desk.rows("SELECT next FROM fetches")} == {True}


def test_errors_that_pass(desk: Desk, site: Site) -> None:
    """500 and silence are tried again; an article that stays away is given up and put into quarantine."""
    (first,) = offer(site, "one")
    ok = site.routes["/one"]
    site.routes["/one"] = feed_server.in_turn(feed_server.status(500), feed_server.stall, ok)
    site.routes["/gone"] = feed_server.status(502)
    site.feed("/feed", first, item(site.address("/gone")), item(site.address("/never")))
    until = time.monotonic() + 10
    desk.watch(
        "/feed",
        once=False,
        stopped=lambda: len(desk.told.of("failed")) == 2 and desk.told.of("document") != [] or time.monotonic() > until,
    )
    assert desk.states() == {"/one": "done", "/gone": "failed", "/never": "failed"}
    assert (site.paths().count("/one"), site.paths().count("/gone"), site.paths().count("/never")) == (3, 3, 1)
    quarantine = desk.rows("SELECT stage, source, problem FROM failures ORDER BY source")
    assert quarantine == [
        ("fetch", site.address("/gone"), "the server answers 502"),
        ("fetch", site.address("/never"), "the server answers 404"),
    ]
    site.put("/gone", news("Chile", "lithium"))
    desk.watch("/feed", retry_failed=True)
    assert desk.states()["/gone"] == "done"
    assert [source for _, source, _ in desk.rows("SELECT stage, source, 1 FROM failures")] == [site.address("/never")]


def test_feeds_that_fail(desk: Desk, site: Site) -> None:
    """A feed that is broken, missing, no feed or a bomb is noted; the others go on."""
    lol = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    bomb = f'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY l0 "lol">{lol}]>'
    site.put("/broken", rss(item("/x"))[:40], "application/rss+xml")
    site.put("/page", page("No feed", "This is a page."))
    site.put("/laughs", bomb + "<rss version='2.0'><channel><title>&l11;</title></channel></rss>", "text/xml")
    outside = '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd"><!ENTITY % p SYSTEM "'
    outside += f'{site.address("/dtd")}"> %p;]>' + rss(item(site.address("/one"), "T &x; end")).partition("?>")[
        2
    ].replace("&amp;x;", "&x;")
    site.put("/outside", outside, "text/xml")
    site.routes["/big"] = feed_server.flood(1_000_000_000)
    site.routes["/pack"] = feed_server.bomb(50_000_000)
    site.feed("/good", *offer(site, "one"))
    feeds = ["/broken", "/page", "/missing", "/laughs", "/outside", "/big", "/pack", "/good"]
    tally = desk.watch(*feeds)
    assert tally.documents == 1
    assert {said["source"].rpartition("/")[2] for said in desk.told.of("failed")} == {
        "broken",
        "page",
        "missing",
        "laughs",
        "big",
        "pack",
    }
    assert "/dtd" not in site.paths()
    assert "root:" not in str(desk.rows("SELECT * FROM fetches") + desk.rows("SELECT * FROM documents"))
    assert site.sent["/big"] < 30_000_000
    failed = dict(desk.rows("SELECT address, failed FROM feeds"))
    assert failed[site.address("/broken")] == 1
    assert failed[site.address("/good")] == 0


def test_wrong_charset(desk: Desk, site: Site) -> None:
    """A page that states one character set and is in another is still read."""
    text = news("Peru", "copper").replace("trade ministry", "Ministerio de Energía")
    site.put("/utf8-as-latin", text.encode(), "text/html; charset=iso-8859-1")
    site.put("/latin-as-utf8", text.replace("Peru", "Bolivia").encode("latin-1"), "text/html; charset=utf-8")
    site.put(
        "/feed",
        rss(item(site.address("/utf8-as-latin"), "Energía"), item(site.address("/latin-as-utf8")))
        .replace("utf-8", "us-ascii")
        .encode(),
        "text/xml; charset=us-ascii",
    )
    assert desk.watch("/feed").documents == 2
    texts = [text for (text,) in desk.rows("SELECT text FROM documents")]
    assert all("Energía" in text for text in texts)


def test_what_is_no_article(desk: Desk, site: Site) -> None:
    """Pictures, empty pages and pages without an article fail one by one."""
    site.put("/picture", b"\x89PNG\r\n", "image/png")
    site.put("/empty", b"", "text/html")
    site.put("/menu", "<html><body><nav>Home</nav></body></html>")
    site.routes["/flood"] = feed_server.flood(1_000_000_000)
    site.put("/text", "Chile will restrict exports of lithium from 1 May 2026, the ministry said.", "text/plain")
    names = ["picture", "empty", "menu", "flood", "text"]
    site.feed("/feed", *(item(site.address(f"/{name}")) for name in names))
    tally = desk.watch("/feed")
    assert (tally.documents, tally.failed) == (1, 4)
    assert desk.states() == {f"/{name}": "failed" for name in names} | {"/text": "done"}
    assert desk.rows("SELECT count(*) FROM failures") == [(4,)]
    assert desk.watch("/feed").failed == 0


@pytest.mark.parametrize("manner", ["drip", "stall"])
def test_slow_feeds_do_not_hold_up_others(desk: Desk, site: Site, manner: str) -> None:
    """While one host is silent the others are asked."""
    with feed_server.serving() as slow:
        slow.routes["/feed"] = getattr(feed_server, manner)
        site.feed("/feed", *offer(site, "one"))
        names = {"slow.example": "127.0.0.1", "127.0.0.1": "127.0.0.1"}
        tally = desk.watch(
            "/feed",
            f"http://slow.example:{slow.port}/feed",
            allow=[site.host, f"slow.example:{slow.port}"],
            resolve=lambda name, port: [names[name]],
        )
    assert (tally.documents, tally.failed) == (1, 1)
    times = {path: moment for path, moment, _ in site.asked}
    assert times["/one"] - slow.asked[-1][1] < BOUNDS.read


def test_crawl_delay_longer_than_our_patience(desk: Desk, site: Site) -> None:
    """A host that wants years between two requests gets as much as anybody waits."""
    site.put("/robots.txt", b"User-agent: *\nCrawl-delay: 99999999\n", "text/plain")
    site.feed("/feed", *offer(site, "one"))
    assert desk.watch("/feed", habits=replace(QUICK, pace=Pace(pause=0, patience=0.3))).documents == 1
    (_, feed, _), (_, article, _) = site.asked[1:]
    assert article - feed > 0.29
