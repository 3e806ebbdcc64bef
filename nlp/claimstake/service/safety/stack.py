"""All of it in order, around an application."""

from __future__ import annotations

import secrets

from starlette.types import ASGIApp, Receive, Scope, Send

from claimstake.service.desk import Analyst, Desk


def guard(app: ASGIApp, desk: Desk) -> ASGIApp:
    """The application, reached only by requests that may reach it; sets `request.state.analyst`."""
    user = Analyst(desk.settings.user, secrets.token_hex(32))

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope.setdefault("state", {})["analyst"] = user
        await app(scope, receive, send)

    return guarded
