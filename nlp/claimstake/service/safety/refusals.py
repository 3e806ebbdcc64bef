"""What a refused request is told: JSON to programs, a page to people."""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import Scope

PROGRAMS = ("/v1", "/metrics", "/healthz", "/openapi.json", "/static")


class Refused(Exception):  # noqa: N818 (it is an answer)
    """A request that goes no further.

    Args:
        status: of HTTP.
        what: is wrong; never words of the request, which may be an attacker's.
        mend: what the client can do about it.
        headers: more of the answer's.
    """

    def __init__(self, status: int, what: str, mend: str, headers: Mapping[str, str] | None = None) -> None:
        self.status, self.what, self.mend, self.headers = status, what, mend, dict(headers or {})
        super().__init__(what)

    def answer(self, scope: Scope) -> Response:
        """The answer, in the client's kind."""
        if is_for_programs(scope):
            said = json.dumps({"error": {"what": self.what, "mend": self.mend}})
            return Response(said, self.status, self.headers, "application/json")
        from claimstake.service.pages import render

        page = render(
            Request(scope), "refused.html", status=self.status, code=self.status, what=self.what, mend=self.mend
        )
        page.headers.update(self.headers)
        return page


class LogInFirst(Refused):
    """Nobody is known to ask: programs are told so, people are led to the page where they log in."""

    def __init__(self) -> None:
        mend = "send 'Authorization: Bearer TOKEN' with a token of `claimstake account token`, or log in at /login"
        super().__init__(401, "who asks is not known", mend, {"www-authenticate": 'Bearer realm="claimstake"'})

    def answer(self, scope: Scope) -> Response:
        if is_for_programs(scope) or scope["method"] not in ("GET", "HEAD"):
            return super().answer(scope)
        address = "/login?next=" + quote(_own_address(scope), safe="")
        if Request(scope).headers.get("sec-fetch-site") == "cross-site":
            # A link on another site was followed, so that the browser kept the cookie back; from a page of ours it
            # brings it along, and the log-in page sends whoever is logged in on.
            from claimstake.service.pages import render

            return render(Request(scope), "arriving.html", address=address)
        return RedirectResponse(address, 303)


def is_for_programs(scope: Scope) -> bool:
    """Whether an address is one that answers in JSON."""
    path = scope["path"]
    return any(path == begin or path.startswith(begin + "/") for begin in PROGRAMS)


def _own_address(scope: Scope) -> str:
    query = scope["query_string"].decode("latin-1")
    return quote(scope["path"]) + (f"?{query}" if query else "")
