"""https: the certificate is that of the name, whatever address the name was resolved to."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest

from claimstake.watch.contract import Bounds, UnfetchedError
from claimstake.watch.fetching import Fetcher
from claimstake.watch.guard import Guard
from feed_server import Handler, Site

CERTIFICATE = Path(__file__).parent / "data" / "watched.example.pem"  # with its key; made for this test
BOUNDS = Bounds(connect=2, read=2, total=4, size=100_000)


@pytest.fixture
def port() -> Iterator[int]:
    """A server of https that has a certificate for watched.example."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.site = Site()  # type: ignore[attr-defined]
    server.site.put("/page", "x" * 50_000)  # type: ignore[attr-defined]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


def fetcher(*names: str) -> Fetcher:
    return Fetcher(Guard(names, resolve=lambda name, port: ["127.0.0.1"]), bounds=BOUNDS)


def test_certificates(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A certificate of an unknown authority, or of another name, is none; one that we know is."""
    with pytest.raises(UnfetchedError, match="CERTIFICATE_VERIFY_FAILED"):
        fetcher(f"watched.example:{port}").get(f"https://watched.example:{port}/page")
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    answer = fetcher(f"watched.example:{port}").get(f"https://watched.example:{port}/page")
    assert (len(answer.body), answer.wire > 50_000) == (50_000, True)
    with pytest.raises(UnfetchedError, match="CERTIFICATE_VERIFY_FAILED"):
        fetcher(f"other.example:{port}").get(f"https://other.example:{port}/page")
