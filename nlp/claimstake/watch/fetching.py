"""One request: no redirect is followed here, and no more is read than may be."""

from __future__ import annotations

import email.utils
import time
import zlib
from collections.abc import Iterator, Mapping

import httpcore
import httpx

from claimstake import __version__
from claimstake.watch.addresses import parsed
from claimstake.watch.contract import FAILED, LATER, Answer, Bounds, UnfetchedError
from claimstake.watch.guard import Guard
from claimstake.watch.transport import Budget, CheckedTransport, too_long

ACCEPTED = "text/html,application/xhtml+xml,application/pdf,text/plain;q=0.9,application/rss+xml,application/atom+xml"
CODINGS = "gzip, deflate"  # what we can unpack step by step, and ask for
PIECE = 65_536  # bytes that are unpacked at a time
LONGEST_WAIT = 7 * 86_400.0  # seconds of a Retry-After that are taken at its word
PASSING = {408, 425, 429, 500, 502, 503, 504}
OK, UNCHANGED = 200, 304
GONE = {404, 410}
REDIRECTS = {301, 302, 303, 307, 308}


class Fetcher:
    """Makes requests.

    Args:
        guard: lets them out.
        contact: an address for operators of servers, part of the name by which we go.
        bounds: of each request.
    """

    def __init__(self, guard: Guard, *, contact: str = "", bounds: Bounds | None = None) -> None:
        self.guard, self.bounds = guard, bounds or Bounds()
        self.agent = f"claimstake/{__version__}" + (f" (+{contact})" if contact else "")
        self._tls = httpx.create_ssl_context()  # SSL_CERT_FILE may name a company's own authority

    def get(
        self, address: str, headers: Mapping[str, str] | None = None, *, login: tuple[str, str] | None = None
    ) -> Answer:
        """Ask for an address.

        Args:
            address: http or https.
            headers: further ones.
            login: name and password, for HTTP's basic authentication.

        Raises:
            UnfetchedError: it may not be asked, cannot be, or answers too much or too slowly.
        """
        url = parsed(address)
        self.guard.check(url)
        budget = Budget(self.bounds)
        try:
            with self._client(budget) as client, client.stream("GET", url, headers=headers, auth=login) as answer:
                body = b"".join(_unpacked(answer, self.bounds)) if answer.status_code == OK else b""
                return Answer(str(url), answer.status_code, answer.headers, body, budget.wire)
        except (httpx.TimeoutException, httpcore.TimeoutException):
            raise UnfetchedError("does not answer in time", LATER) from None
        except (httpx.HTTPError, httpcore.NetworkError, httpcore.ProtocolError, httpx.InvalidURL, OSError) as error:
            raise UnfetchedError(f"cannot be fetched: {_said(error)}", LATER) from None

    def _client(self, budget: Budget) -> httpx.Client:
        b = self.bounds
        return httpx.Client(
            transport=CheckedTransport(self.guard, budget, self._tls),
            headers={"User-Agent": self.agent, "Accept": f"{ACCEPTED},*/*;q=0.1", "Accept-Encoding": CODINGS},
            timeout=httpx.Timeout(b.read, connect=b.connect),
            trust_env=False,
            follow_redirects=False,
        )


def told(answer: Answer) -> Answer:
    """An answer that holds what was asked for, or says that nothing changed.

    Raises:
        UnfetchedError: it holds neither.
    """
    if answer.status in (OK, UNCHANGED):
        return answer
    after = retry_after(answer.headers.get("Retry-After"))
    kind = LATER if answer.status in PASSING else FAILED
    mend = "check the address" if answer.status in GONE else ""
    raise UnfetchedError(f"the server answers {answer.status}", kind, mend=mend, after=after if kind == LATER else None)


def retry_after(stated: str | None) -> float | None:
    """Seconds that a server asks us to stay away; None where it says nothing that can be read."""
    if not stated:
        return None
    if stated.strip().isdigit():
        return min(float(stated.strip()[:9]), LONGEST_WAIT)
    try:
        moment = email.utils.parsedate_to_datetime(stated).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None
    return min(max(moment - time.time(), 0.0), LONGEST_WAIT)


def _unpacked(answer: httpx.Response, bounds: Bounds) -> Iterator[bytes]:
    """The body without its content encoding; never more than may be, however small it is packed."""
    coding = answer.headers.get("Content-Encoding", "identity").strip().lower()
    total = 0
    for piece in _decoded(coding, answer.iter_raw(PIECE)):
        total += len(piece)
        if total > bounds.size:
            raise too_long(bounds)
        yield piece


def _decoded(coding: str, raw: Iterator[bytes]) -> Iterator[bytes]:
    if coding in ("identity", ""):
        yield from raw
    elif coding in ("gzip", "x-gzip", "deflate"):
        yield from _inflated(raw)
    else:  # we asked for none of these; unpacking them cannot be bounded
        raise UnfetchedError(f"sends content encoding {coding[:40]!r}, which was not asked for", FAILED)


def _inflated(raw: Iterator[bytes]) -> Iterator[bytes]:
    """Step by step: at most PIECE bytes come out at a time."""
    inflate = None
    for packed in raw:
        if inflate is None:
            inflate = zlib.decompressobj(_window(packed))
        try:
            while packed and not inflate.eof:
                yield inflate.decompress(packed, PIECE)
                packed = inflate.unconsumed_tail
        except zlib.error as error:
            raise UnfetchedError(f"sends damaged compression: {error}", LATER) from None
    while inflate is not None and (rest := inflate.decompress(b"", PIECE)):
        yield rest
    if inflate is not None and not inflate.eof:
        raise UnfetchedError("breaks off in the middle of what it sends", LATER)


def _window(packed: bytes) -> int:
    """How zlib is to read it: gzip and zlib are told by their heads; what has neither is bare deflate."""
    has_head = packed[:2] == b"\x1f\x8b" or packed[:1] == b"\x78"
    return zlib.MAX_WBITS | 32 if has_head else -zlib.MAX_WBITS


def _said(error: Exception) -> str:
    return (str(error) or type(error).__name__)[:160]
