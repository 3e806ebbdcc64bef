"""All of it in order, around an application."""

from __future__ import annotations

import logging

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from claimstake.errors import StoreError
from claimstake.service.desk import Desk
from claimstake.service.safety import forgery, proxies
from claimstake.service.safety.asking import Asking
from claimstake.service.safety.bodies import Body
from claimstake.service.safety.headers import secured
from claimstake.service.safety.hosts import Hosts
from claimstake.service.safety.refusals import Refused
from claimstake.service.safety.safety import Safety

log = logging.getLogger(__name__)


def guard(app: ASGIApp, desk: Desk) -> ASGIApp:
    """The application, reached only by requests that may reach it; sets `request.state.analyst`."""
    return Guard(app, desk.safety)


class Guard:
    """Checks a request, cheapest first, and lets it through."""

    def __init__(self, app: ASGIApp, safety: Safety) -> None:
        self._app, self._settings = app, safety.settings
        self._safety, self._hosts, self._asking = safety, Hosts(safety.settings), Asking(safety)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await self._answer(scope, receive, secured(send, scope, secure=self._settings.secure))

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = Body(receive, scope["path"], self._settings.limits)
        scope.setdefault("state", {})["analyst"] = None
        try:
            await self._check(scope, body)
        except Refused as refused:
            await self._refuse(refused, scope, body, send)
        except StoreError as error:
            log.error("who asks cannot be looked up: %s", error)
            refused = Refused(503, "the database cannot be read", "try again in a moment", {"retry-after": "5"})
            await self._refuse(refused, scope, body, send)
        except HTTPException:
            assert body.refused is not None, "only the body raises it here"
            await self._refuse(body.refused, scope, body, send)
        else:
            await self._pass_on(scope, body, send)

    async def _check(self, scope: Scope, body: Body) -> None:
        if self._settings.proxied:
            proxies.believe(scope)
        self._hosts.check(scope)
        body.check(scope)
        asker = await self._asking.who(scope)
        scope["state"]["analyst"] = asker.analyst
        forgery.check_site(scope, ambient=asker.ambient, secure=self._settings.secure)
        changes = scope["method"] not in forgery.SAFE
        by_token = asker.analyst is not None and not asker.ambient
        if changes and not by_token and not self._is_program(scope):
            await forgery.check_token(scope, body, asker.csrf)

    def _is_program(self, scope: Scope) -> bool:
        """A program on this machine, where no log-in is needed, may call the API as it is."""
        api = scope["path"].startswith("/v1/")
        return api and not self._safety.accounts_needed and forgery.is_program(scope)

    async def _pass_on(self, scope: Scope, body: Body, send: Send) -> None:
        begun = False

        async def sending(message: Message) -> None:
            nonlocal begun
            if body.refused is None or begun:
                begun = True
                await send(message)

        try:
            await self._app(scope, body.receive, sending)
        except Exception:
            if body.refused is None or begun:
                raise
        if body.refused is not None and not begun:
            await self._refuse(body.refused, scope, body, send)

    async def _refuse(self, refused: Refused, scope: Scope, body: Body, send: Send) -> None:
        answer = refused.answer(scope)
        await send({"type": "http.response.start", "status": answer.status_code, "headers": answer.raw_headers})
        await send({"type": "http.response.body", "body": answer.body, "more_body": True})
        if not any(name == b"expect" for name, _ in scope["headers"]):
            await body.linger()
        await send({"type": "http.response.body", "body": b"", "more_body": False})
