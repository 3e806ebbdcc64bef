"""Requests: none to closed addresses, and none that takes more time or bytes than it may."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import brotli
import pytest

import feed_server
from claimstake.watch import addresses
from claimstake.watch.contract import FAILED, LATER, REFUSED, Bounds, UnfetchedError
from claimstake.watch.fetching import Fetcher, retry_after, told
from claimstake.watch.guard import Guard, is_open
from feed_server import Site

CLOSED = """
    0.0.0.0 10.1.2.3 100.64.0.1 127.0.0.1 127.8.9.1 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.8 192.0.2.1
    192.88.99.1 192.168.1.1 198.18.0.1 198.51.100.7 203.0.113.9 224.0.0.1 239.1.1.1 240.0.0.1 255.255.255.255 :: ::1
    ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 64:ff9b::7f00:1 64:ff9b:1::1 100::1 2001::1 2001:db8::1 2002:7f00:1::1
    3fff::1 5f00::1 fc00::1 fd12::1 fe80::1 fe80::1%eth0 fec0::1 ff02::1 nonsense"""
REFUSED_ADDRESSES = """http://169.254.169.254/latest/meta-data/ http://127.0.0.1/ http://localhost/ http://2130706433/ http://0x7f.1/
    http://127.1/ http://[::1]/ http://[::ffff:127.0.0.1]/ http://[fe80::1]/ http://[fec0::7]/ http://0/ http://10.0.0.1/
    file:///etc/passwd ftp://example.org/ javascript:alert(1) data:text/html,x gopher://127.0.0.1:70/ //example.org/
    http:// http://user:pass@example.org/ http://example.org:22/ https://example.org:6379/ http://[::1 http://a:b/
    http://127.0.0.1:1@169.254.169.254/"""
OPEN = "1.1.1.1 8.8.8.8 93.184.215.14 172.32.0.1 100.128.0.1 2606:4700::1111"
SMALL = Bounds(connect=1, read=0.5, total=1.0, size=200_000)


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with feed_server.serving() as site:
        yield site


@pytest.fixture
def fetcher(site: Site) -> Fetcher:
    return Fetcher(Guard([site.host]), contact="ops@example.org", bounds=SMALL)


def problem(fetcher: Fetcher, address: str) -> UnfetchedError:
    with pytest.raises(UnfetchedError) as caught:
        told(fetcher.get(address))
    return caught.value


@pytest.mark.parametrize(
    "address",
    CLOSED.split(),
)
def test_closed_addresses(address: str) -> None:
    """Nothing that leads into a private net, or into none."""
    assert not is_open(address)


@pytest.mark.parametrize("address", OPEN.split())
def test_open_addresses(address: str) -> None:
    """Servers of the open net."""
    assert is_open(address)


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Every connection that is tried."""
    tried: list[object] = []
    connect = socket.create_connection
    monkeypatch.setattr(
        socket, "create_connection", lambda to, *args, **kw: (tried.append(to), connect(to, *args, **kw))[1]
    )
    return tried


@pytest.mark.parametrize(
    "address",
    REFUSED_ADDRESSES.split(),
)
def test_nothing_is_tried(address: str, connections: list[object]) -> None:
    """A closed address, another scheme, another port: refused, and no connection is opened."""
    assert problem(Fetcher(Guard(), bounds=SMALL), address).kind == REFUSED
    assert connections == []


def test_names_that_are_none_are_refused() -> None:
    """One link of a feed must not end the watch."""
    for name in ("xn--", "xn--a-.example", "xn--\u202e.example"):
        with pytest.raises(UnfetchedError, match="is no address"):
            addresses.parsed(f"http://{name}/")


def test_a_name_that_turns_private(site: Site, connections: list[object]) -> None:
    """A name is checked for the very connection: what it answered before helps nobody."""
    answers = [["93.184.215.14"], ["127.0.0.1"]]
    guard = Guard(ports=[("turns.example", site.port)], resolve=lambda name, port: answers.pop(0))
    assert guard.addresses("turns.example", site.port) == ["93.184.215.14"]
    site.put("/inside", "secret")
    refused = problem(Fetcher(guard, bounds=SMALL), f"http://turns.example:{site.port}/inside")
    assert (refused.kind, answers, connections) == (REFUSED, [], [])
    assert "127.0.0.1" in refused.problem
    assert "/inside" not in site.paths()


def test_one_closed_address_among_open_ones(connections: list[object]) -> None:
    """A name with an open and a closed address is refused whole."""
    guard = Guard(resolve=lambda name, port: ["93.184.215.14", "10.0.0.1"])
    assert problem(Fetcher(guard, bounds=SMALL), "http://both.example/").kind == REFUSED
    assert connections == []


def test_connects_to_what_was_checked(site: Site, connections: list[object]) -> None:
    """The name is resolved once, and the connection goes to the address that came."""
    asked = []
    guard = Guard([f"named.example:{site.port}"], resolve=lambda name, port: asked.append(name) or ["127.0.0.1"])
    site.put("/hello", "hello")
    assert Fetcher(guard, bounds=SMALL).get(f"http://named.example:{site.port}/hello").body == b"hello"
    assert (asked, connections) == (["named.example"], [("127.0.0.1", site.port)])
    assert site.asked[-1][2]["Host"] == f"named.example:{site.port}"


def test_no_proxy_of_the_environment(site: Site, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that the environment names is not asked."""
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1/")
    monkeypatch.delenv("NO_PROXY", raising=False)
    site.put("/direct", "direct")
    assert fetcher.get(site.address("/direct")).body == b"direct"


def test_says_who_we_are(site: Site, fetcher: Fetcher) -> None:
    """Name, version and the address of whoever runs us."""
    site.put("/who", "x")
    fetcher.get(site.address("/who"))
    agent = site.asked[-1][2]["User-Agent"]
    assert agent.startswith("claimstake/")
    assert agent.endswith("(+ops@example.org)")


def test_name_and_password(site: Site, fetcher: Fetcher) -> None:
    """What the user's own address carries goes into a header and into no message."""
    site.put("/mine", "mine")
    address, login = addresses.without_login(f"http://me:sesame@{site.host}/mine")
    answer = fetcher.get(address, login=login)
    assert site.asked[-1][2]["Authorization"].startswith("Basic ")
    assert "sesame" not in answer.address
    assert addresses.shown("https://me:sesame@h.example/f?token=abc&page=2") == "https://h.example/f?token=***&page=2"


@pytest.mark.parametrize("manner", [feed_server.stall, feed_server.drip], ids=["stalls", "drips"])
def test_slow_servers_are_given_up(site: Site, fetcher: Fetcher, manner: feed_server.Give) -> None:
    """A server that is silent, or sends a byte now and then, costs as much time as it may."""
    site.routes["/slow"] = manner
    began = time.monotonic()
    assert problem(fetcher, site.address("/slow")).kind == LATER
    assert time.monotonic() - began < 2.5


def test_a_gigabyte_is_not_read(site: Site, fetcher: Fetcher) -> None:
    """An endless answer is left at the limit; what the server could send lies in the buffers of the network."""
    site.routes["/flood"] = feed_server.flood(1_000_000_000)
    assert "more than 200,000 bytes" in problem(fetcher, site.address("/flood")).problem
    time.sleep(0.1)
    assert site.sent["/flood"] < 20_000_000


def test_long_answers_are_counted_as_they_come(site: Site, fetcher: Fetcher) -> None:
    """An answer within the limit comes whole, and its bytes are told."""
    site.put("/long", b"a" * 190_000)
    answer = fetcher.get(site.address("/long"))
    assert len(answer.body) == 190_000
    assert 190_000 < answer.wire < 195_000


def test_bombs(site: Site, fetcher: Fetcher) -> None:
    """What unpacks to far more than it was is left at the limit; what cannot be bounded is not unpacked."""
    site.routes["/bomb"] = feed_server.bomb(100_000_000)
    found = problem(fetcher, site.address("/bomb"))
    assert (found.kind, "more than 200,000 bytes" in found.problem) == (FAILED, True)
    site.put("/br", brotli.compress(b"\0" * 10_000_000), Content_Encoding="br")
    assert "not asked for" in problem(fetcher, site.address("/br")).problem


def test_packed_answers(site: Site, fetcher: Fetcher) -> None:
    """gzip and both kinds of deflate are unpacked; what breaks off is no answer."""
    import gzip
    import zlib

    text = b"".join(b"line %d\n" % n for n in range(9_000))
    bare = zlib.compressobj(wbits=-15)
    packed = {
        "gzip": gzip.compress(text),
        "deflate": zlib.compress(text),
        "x-gzip": gzip.compress(text),
    }
    for coding, data in packed.items():
        site.put("/packed", data, Content_Encoding=coding)
        assert fetcher.get(site.address("/packed")).body == text
    site.put("/packed", bare.compress(text) + bare.flush(), Content_Encoding="deflate")
    assert fetcher.get(site.address("/packed")).body == text
    site.put("/packed", gzip.compress(text)[:-200], Content_Encoding="gzip")
    assert problem(fetcher, site.address("/packed")).kind == LATER
    site.put("/packed", b"no gzip", Content_Encoding="gzip")
    assert problem(fetcher, site.address("/packed")).kind == LATER


def test_what_servers_say(site: Site, fetcher: Fetcher) -> None:
    """Errors that may pass, errors that do not, and how long to stay away."""
    site.routes["/busy"] = feed_server.status(429, Retry_After="120")
    site.routes["/broken"] = feed_server.status(500)
    busy, broken = problem(fetcher, site.address("/busy")), problem(fetcher, site.address("/broken"))
    assert (busy.kind, busy.after, broken.kind, broken.after) == (LATER, 120.0, LATER, None)
    assert problem(fetcher, site.address("/nowhere")).kind == FAILED
    assert retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0.0
    assert retry_after("soon") is None
    assert retry_after("9" * 30) == 7 * 86_400


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://n.example/a?utm_source=x&id=7#top", "https://n.example/a?id=7"),
        ("https://N.example:443/a?fbclid=1", "https://n.example/a"),
        ("http://n.example:80/a/../b", "http://n.example/b"),
        ("https://n.example/a?q=r%C3%A9sum%C3%A9&x=&gclid=2", "https://n.example/a?q=r%C3%A9sum%C3%A9&x="),
    ],
)
def test_two_addresses_of_one_article(one: str, other: str) -> None:
    """Parameters that only track, the fragment and the usual port make no other article."""
    assert addresses.normalised(one) == addresses.normalised(other)
    assert addresses.digest(addresses.normalised(one)) == addresses.digest(addresses.normalised(other))


def test_other_parameters_are_kept() -> None:
    """What may choose the article stays as it is written."""
    address = "https://n.example/a?id=7&b=%2f&empty"
    assert addresses.normalised(address) == address
    assert addresses.digest("http://n.example/a") == addresses.digest("https://n.example/a")
