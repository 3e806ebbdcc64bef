"""Who asks: the user of this machine, a session, or an API token."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

import anyio
from anyio.to_thread import run_sync
from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.types import Scope

from claimstake.service.desk import Analyst
from claimstake.service.safety.forgery import token_of
from claimstake.service.safety.refusals import LogInFirst, Refused
from claimstake.service.safety.safety import Safety
from claimstake.service.safety.tokens import FORM, PREFIX
from claimstake.service.settings import Settings

OPEN = ("/healthz", "/login")  # what nobody has to log in for, beside /static/
FORWARDED = ("x-forwarded-for", "x-forwarded-host", "forwarded")
LOOKUPS = 4  # threads that look sessions and tokens up at a time


def cookie(settings: Settings) -> str:
    """Name of the cookie that holds a session's secret."""
    return ("__Host-" if settings.secure else "") + "claimstake"


def early_cookie(settings: Settings) -> str:
    """Name of the cookie that binds the log-in form to the browser that got it."""
    return cookie(settings) + "-login"


def cookies(scope: Scope) -> dict[str, str]:
    """The cookies of a request."""
    return cookie_parser(Headers(scope=scope).get("cookie", ""))


@dataclass(frozen=True)
class Asker:
    """Who asks, and what a change has to show.

    Attributes:
        analyst: None where nobody is known, which a few addresses allow.
        ambient: the browser says by itself who asks, so that other sites can abuse it.
        csrf: token that a change must bear.
    """

    analyst: Analyst | None
    ambient: bool
    csrf: str = ""


class Asking:
    """Finds who asks."""

    def __init__(self, safety: Safety) -> None:
        self._safety = safety
        self._user = Analyst(safety.settings.user, secrets.token_hex(32))
        self._limiter = anyio.CapacityLimiter(LOOKUPS)

    async def who(self, scope: Scope) -> Asker:
        """Who sends a request.

        Raises:
            Refused: 401 where somebody has to be known; 400 for a token in the address; 403 where a proxy is between
                that nobody told us of.
        """
        headers = Headers(scope=scope)
        self._check_address(scope)
        if (said := headers.get("authorization")) is not None:
            return Asker(Analyst(await self._bearer(said)), ambient=False)
        if not self._safety.accounts_needed:
            self._check_direct(headers)
            return Asker(self._user, ambient=True, csrf=self._user.csrf)
        return await self._session(scope)

    async def _bearer(self, said: str) -> str:
        kind, _, token = said.partition(" ")
        found = None
        if kind.lower() == "bearer":
            found = await run_sync(self._safety.tokens.account, token.strip(), limiter=self._limiter)
        if found is None:
            challenge = {"www-authenticate": 'Bearer realm="claimstake", error="invalid_token"'}
            raise Refused(401, "the token is not known, or no longer", "make one: claimstake account token", challenge)
        return found

    async def _session(self, scope: Scope) -> Asker:
        sent, settings = cookies(scope), self._safety.settings
        if secret := sent.get(cookie(settings)):
            name = await run_sync(self._safety.sessions.account, secret, limiter=self._limiter)
            if name is not None:
                analyst = Analyst(name, token_of(secret), session=True)
                return Asker(analyst, ambient=True, csrf=analyst.csrf)
        if scope["path"] not in OPEN and not scope["path"].startswith("/static/"):
            raise LogInFirst
        early = sent.get(early_cookie(settings))
        return Asker(None, ambient=False, csrf=token_of(early) if early else "")

    def _check_address(self, scope: Scope) -> None:
        """A token in an address ends up in logs and histories; so that it is no use there, it is of none here."""
        if FORM.search(scope["query_string"].decode("latin-1")) or FORM.search(scope["path"]):
            scope["query_string"] = b""  # what the server writes into its log
            scope["path"] = FORM.sub(PREFIX, scope["path"])
            scope["raw_path"] = scope["path"].encode("utf-8", "replace")
            mend = "send it as 'Authorization: Bearer TOKEN'; revoke this one, for it may stand in logs now"
            raise Refused(400, "a token does not belong into an address", mend)

    @staticmethod
    def _check_direct(headers: Headers) -> None:
        if any(name in headers for name in FORWARDED):
            mend = "start it with --behind-proxy, so that everybody has to log in"
            raise Refused(403, "the request came through a proxy, and this desk is for its own machine alone", mend)
