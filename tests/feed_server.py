"""A server of feeds and articles for tests: real HTTP on loopback, with all the bad manners that servers have."""

from __future__ import annotations

import gzip
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from xml.sax.saxutils import escape

Give = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """Answers by the routes of its server."""

    server: _Server

    def do_GET(self) -> None:
        site, path = self.server.site, self.path.partition("?")[0]
        with site.lock:
            site.asked.append((self.path, time.monotonic(), dict(self.headers)))
            site.open += 1
            site.most_open = max(site.most_open, site.open)
        try:
            with suppress(ConnectionError):
                site.routes.get(path, missing)(self)
        finally:
            with site.lock:
                site.open -= 1
        self.close_connection = True

    def give(self, body: bytes = b"", status: int = 200, **headers: str) -> None:
        """An answer with headers, whose names are written with _ for -."""
        self.send_response(status)
        for name, value in {"Content_Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing on standard error."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, site: Site) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.site = site


@dataclass
class Site:
    """What a server offers, and what it was asked.

    Attributes:
        routes: path to what is given there.
        asked: path with its query, time, and headers of every request.
        most_open: the largest number of requests that were open at a time.
        sent: bytes by path, for routes that count them.
    """

    routes: dict[str, Give] = field(default_factory=dict)
    asked: list[tuple[str, float, dict[str, str]]] = field(default_factory=list)
    open: int = 0
    most_open: int = 0
    sent: Counter[str] = field(default_factory=Counter)
    port: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def address(self, path: str) -> str:
        return f"http://{self.host}{path}"

    def paths(self) -> list[str]:
        """What was asked, without robots.txt."""
        return [path for path, *_ in self.asked if path != "/robots.txt"]

    def put(self, path: str, body: str | bytes, kind: str = "text/html; charset=utf-8", **headers: str) -> None:
        """Offer something."""
        data = body.encode() if isinstance(body, str) else body
        self.routes[path] = lambda handler: handler.give(data, Content_Type=kind, **headers)

    def feed(self, path: str, *items: str, **headers: str) -> None:
        """Offer an RSS feed."""
        self.put(path, rss(*items), "application/rss+xml", **headers)


@contextmanager
def serving() -> Iterator[Site]:
    """A site on a free port of loopback."""
    site = Site()
    server = _Server(site)
    site.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()


# --- feeds and articles -----------------------------------------------------------------------------------------------


def rss(*items: str, title: str = "Minerals") -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/">'
        f"<channel><title>{title}</title>{''.join(items)}</channel></rss>"
    )


def item(link: str, title: str = "News", guid: str = "", more: str = "") -> str:
    """An item of an RSS feed."""
    own = f"<guid isPermaLink='false'>{escape(guid)}</guid>" if guid else ""
    return f"<item><title>{escape(title)}</title><link>{escape(link)}</link>{own}{more}</item>"


def page(title: str, *paragraphs: str, head: str = "") -> str:
    """A page with an article."""
    told = "".join(f"<p>{text}</p>" for text in paragraphs)
    return (
        f"<!doctype html><html lang='en'><head><title>{title}</title>{head}</head><body><nav>Home Markets</nav>"
        f"<article><h1>{title}</h1>{told}</article></body></html>"
    )


def news(country: str, mineral: str) -> str:
    """A page that makes claims."""
    return page(
        f"{country} curbs {mineral} exports",
        f"{country} will restrict exports of {mineral} from 1 March 2027, the trade ministry said on Monday.",
        f"The ministry of {country} said that exporters of {mineral} need a licence for every shipment abroad.",
        "Buyers abroad had expected the step for months, and several of them had filled their stores in autumn.",
    )


# --- bad manners ------------------------------------------------------------------------------------------------------


def missing(handler: Handler) -> None:
    handler.give(b"nothing here", 404)


def stall(handler: Handler) -> None:
    """Says nothing for longer than anybody waits."""
    time.sleep(30)


def drip(handler: Handler) -> None:
    """A byte now and then: never silent, never done."""
    handler.send_response(200)
    handler.end_headers()
    for _ in range(300):
        handler.wfile.write(b"x")
        time.sleep(0.1)


def redirect(to: str, status: int = 302) -> Give:
    return lambda handler: handler.give(b"", status, Location=to)


def flood(size: int) -> Give:
    """So many bytes, as fast as they are taken; `Site.sent` counts them."""

    def give(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/html")
        handler.end_headers()
        piece, site = b"a" * 65_536, handler.server.site
        while site.sent[handler.path] < size:
            handler.wfile.write(piece)
            site.sent[handler.path] += len(piece)

    return give


def bomb(size: int) -> Give:
    """So many bytes as gzip packs them."""
    packed = gzip.compress(b"\0" * size)
    return lambda handler: handler.give(packed, Content_Encoding="gzip", Content_Type="text/html")


def in_turn(*gives: Give) -> Give:
    """Each answer once, the last one from then on."""
    waiting = list(gives)
    return lambda handler: (waiting.pop(0) if len(waiting) > 1 else waiting[0])(handler)


def status(code: int, **headers: str) -> Give:
    return lambda handler: handler.give(b"", code, **headers)
