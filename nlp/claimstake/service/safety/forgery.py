"""Requests that another site makes a browser send: known by where they come from, and by the token they lack."""

from __future__ import annotations

import hashlib
import hmac
from urllib.parse import parse_qsl, urlsplit

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.datastructures import Headers
from starlette.types import Scope

from claimstake.service.safety.bodies import Body
from claimstake.service.safety.refusals import Refused

SAFE = ("GET", "HEAD", "OPTIONS")
FIELD, HEADER = "csrf", "x-csrf-token"
BEGINNING = 4_096  # bytes of a form in which its first field must have come
BROWSERS = ("origin", "sec-fetch-site", "sec-fetch-mode", "cookie", "referer")  # what a program has no reason to send
PORTS = {"http": 80, "https": 443}


def token_of(secret: str) -> str:
    """The token that forms and scripts send back: only who knows the session's secret can make it.

    Args:
        secret: what the session's cookie holds.
    """
    return hmac.new(secret.encode(), b"claimstake csrf", hashlib.sha256).hexdigest()


def same(one: str, other: str) -> bool:
    """Whether two secrets are alike; takes as long whether or not they begin alike."""
    return hmac.compare_digest(one.encode(), other.encode())


def check_site(scope: Scope, *, ambient: bool, secure: bool) -> None:
    """See that no other site makes the browser ask.

    Changes must come from a page of ours, or from no page. So must reading where the browser says by itself who asks,
    but for links that are followed to a page.

    Args:
        ambient: the browser says by itself who asks: by a cookie, or by being on this machine.
        secure: our pages are of https.

    Raises:
        Refused: 403.
    """
    headers, reads = Headers(scope=scope), scope["method"] in SAFE
    if reads and not ambient:
        return
    site = headers.get("sec-fetch-site", "none")
    if site not in ("same-origin", "none") and not (reads and _follows_a_link(headers)):
        raise _foreign()
    origin = headers.get("origin")
    if origin is not None and not _is_own(origin, headers.get("host", ""), secure=secure):
        raise _foreign()


async def check_token(scope: Scope, body: Body, expected: str) -> None:
    """See that a change has the session's token: in the header, or in the first field of a form.

    Args:
        expected: "" where there is no session, so that nothing is right.

    Raises:
        Refused: 403.
    """
    headers = Headers(scope=scope)
    sent = headers.get(HEADER)
    if sent is None:
        kind, options = parse_options_header(headers.get("content-type", ""))
        if kind == b"application/x-www-form-urlencoded":
            sent = _of_urlencoded(await body.peek(BEGINNING))
        elif kind == b"multipart/form-data" and options.get(b"boundary"):
            sent = _of_multipart(await body.peek(BEGINNING), options[b"boundary"])
    if not expected or sent is None or not same(sent, expected):
        mend = f"reload the page and try again; programs use a token of `claimstake account token`, or send {HEADER}"
        raise Refused(403, "the request does not show that a page of this desk made it", mend)


def is_program(scope: Scope) -> bool:
    """Whether no browser made a request: they all say where a change comes from."""
    names = {name for name, _ in scope["headers"]}
    return not names.intersection(name.encode() for name in (*BROWSERS, HEADER))


def _foreign() -> Refused:
    return Refused(403, "another site made the browser send this request", "open the desk and do it there")


def _follows_a_link(headers: Headers) -> bool:
    return headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"


def _is_own(origin: str, host: str, *, secure: bool) -> bool:
    """Whether an Origin is the very site of a Host header; "null" is nobody's."""
    try:
        told, ours = urlsplit(origin), urlsplit(f"//{host}")
        schemes = ("https",) if secure else ("http", "https")
        standard = PORTS.get(told.scheme)
        return (
            told.scheme in schemes
            and told.hostname is not None
            and ((told.hostname, told.port or standard) == (ours.hostname, ours.port or standard))
        )
    except ValueError:
        return False


def _of_urlencoded(beginning: bytes) -> str | None:
    """The token in a form's first field."""
    first = beginning.partition(b"&")[0].decode("latin-1")
    found = parse_qsl(first, max_num_fields=1)
    return found[0][1] if found and found[0][0] == FIELD else None


def _of_multipart(beginning: bytes, boundary: bytes) -> str | None:
    """The token in a form's first part."""
    part = _FirstPart()
    try:
        MultipartParser(boundary, part.callbacks()).write(beginning)
    except FormParserError:
        return None
    _, options = parse_options_header(bytes(part.disposition))
    if options.get(b"name") != FIELD.encode() or b"filename" in options or not part.ended:
        return None
    return part.data.decode("latin-1")


class _FirstPart:
    """What a parser met until the first part ended."""

    def __init__(self) -> None:
        self.ended = False
        self.data, self.disposition = bytearray(), bytearray()
        self._name, self._value = bytearray(), bytearray()

    def callbacks(self) -> dict:
        return {
            "on_header_begin": self._begin,
            "on_header_field": lambda data, start, end: self._name.extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
            "on_header_end": self._end_header,
            "on_part_data": lambda data, start, end: self.ended or self.data.extend(data[start:end]),
            "on_part_end": self._end,
        }

    def _begin(self) -> None:
        self._name, self._value = bytearray(), bytearray()

    def _end_header(self) -> None:
        if not self.ended and bytes(self._name).lower() == b"content-disposition":
            self.disposition = self._value

    def _end(self) -> None:
        self.ended = True
