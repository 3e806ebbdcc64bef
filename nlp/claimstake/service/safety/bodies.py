"""Bodies of requests: no larger and no slower than allowed, whether or not they say their length."""

from __future__ import annotations

import anyio
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope

from claimstake.service.safety.refusals import Refused
from claimstake.service.settings import Limits

PACE = 64_000  # bytes that earn a second more
DOCUMENTS = ("/v1/annotate", "/v1/documents", "/paste")  # addresses that documents are sent to
LINGER = 2.0  # seconds for which a refused body is read on, so that its sender gets to read the answer


class Body:
    """A request's body on its way.

    Args:
        receive: of the server.
        path: that it is sent to.
        limits: `body` or `words` bytes, `request` seconds and one more for every `PACE` bytes that came.
    """

    def __init__(self, receive: Receive, path: str, limits: Limits) -> None:
        self.refused: Refused | None = None
        self._most = limits.body if path in DOCUMENTS else min(limits.words, limits.body)
        self._receive, self._limits = receive, limits
        self._came, self._whole = 0, False
        self._began = anyio.current_time()
        self._back: list[Message] = []

    def check(self, scope: Scope) -> None:
        """See that a body does not say that it is too long, and says in one way where it ends.

        Raises:
            Refused: 413; 400 where it says no number, or may end elsewhere for a proxy (request smuggling).
        """
        names = {name for name, _ in scope["headers"]}
        if names >= {b"content-length", b"transfer-encoding"}:
            told = "send one of Content-Length and Transfer-Encoding"
            raise Refused(400, "two headers tell where the request ends, so that nobody knows", told, _CLOSE)
        for name, value in scope["headers"]:
            if name == b"content-length":
                if not value.isdigit():
                    raise Refused(400, "Content-Length is no number", "send the number of bytes", _CLOSE)
                if len(value) > 18 or int(value) > self._most:
                    raise self._too_long()

    async def receive(self) -> Message:
        """The next part.

        Raises:
            HTTPException: the body is refused; `refused` has why, whatever the application makes of it.
        """
        if self._back:
            return self._back.pop(0)
        message = await (self._receive() if self._whole else self._in_time())
        if message["type"] == "http.request":
            self._came += len(message.get("body", b""))
            self._whole = not message.get("more_body", False)
            if self._came > self._most:
                self._refuse(self._too_long())
        return message

    async def peek(self, enough: int) -> bytes:
        """The beginning, of so many bytes at least where there are so many; it is received again later."""
        kept, beginning = [], b""
        while not self._whole and len(beginning) < enough:
            message = await self.receive()
            kept.append(message)
            if message["type"] != "http.request":
                break
            beginning += message.get("body", b"")
        self._back = kept
        return beginning

    async def linger(self) -> None:
        """Read on for a while and forget what comes: a client that still sends does not read."""
        with anyio.move_on_after(LINGER):
            came = 0
            while not self._whole and came < self._limits.body:
                message = await self._receive()
                came += len(message.get("body", b""))
                self._whole = message["type"] != "http.request" or not message.get("more_body", False)

    async def _in_time(self) -> Message:
        left = self._began + self._limits.request + self._came / PACE - anyio.current_time()
        with anyio.move_on_after(max(left, 0)):
            return await self._receive()
        self._refuse(Refused(408, "the body of the request came too slowly", "send it again, in one go", _CLOSE))
        raise AssertionError("refusing raises")

    def _refuse(self, refused: Refused) -> None:
        self.refused = refused
        raise HTTPException(refused.status, refused.what)

    def _too_long(self) -> Refused:
        higher = ", or start the server with a higher limit" if self._most == self._limits.body else ""
        mend = f"send it in parts{higher}"
        return Refused(413, f"the request is longer than {self._most:,} bytes", mend, _CLOSE)


_CLOSE = {"connection": "close"}
