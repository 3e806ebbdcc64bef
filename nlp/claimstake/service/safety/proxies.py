"""What a proxy of ours says of a request that it passes on."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import Scope


def believe(scope: Scope) -> None:
    """Take client, scheme and host from the last X-Forwarded-* values, which the proxy itself added.

    Earlier values are the client's own words.
    """
    headers = Headers(scope=scope)
    if client := _last(headers, "x-forwarded-for"):
        scope["client"] = (client, 0)
    if (scheme := _last(headers, "x-forwarded-proto")) in ("http", "https"):
        scope["scheme"] = scheme
    if host := _last(headers, "x-forwarded-host"):
        kept = [(name, value) for name, value in scope["headers"] if name != b"host"]
        scope["headers"] = [(b"host", host.encode("latin-1")), *kept]


def _last(headers: Headers, name: str) -> str:
    found = headers.getlist(name)
    return found[-1].rpartition(",")[2].strip() if found else ""
