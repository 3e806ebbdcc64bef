"""Headers of every answer: nothing runs, loads or frames but what comes from here."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import Message, Scope, Send

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
ALWAYS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",  # with no-referrer, browsers would send forms of our own with Origin: null
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}
HSTS = "max-age=31536000"


def secured(send: Send, scope: Scope, *, secure: bool) -> Send:
    """A `send` that adds the headers.

    Args:
        secure: the desk is reached by https.
    """

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.append("content-security-policy", POLICY)  # beside a route's own, both hold
            for name, value in ALWAYS.items():
                headers[name] = value
            static = scope["path"].startswith("/static/")
            headers.setdefault("cache-control", "no-cache" if static else "no-store")
            if secure:
                headers["strict-transport-security"] = HSTS
        await send(message)

    return sending
