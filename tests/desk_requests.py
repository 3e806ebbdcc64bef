"""The desk's application in this process, asked by httpx: what a browser or a program sends, header by header."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from typing import Annotated, Any

import httpx
from fastapi import Depends, Request

from claimstake.service.app import create_app
from claimstake.service.desk import Analyst, Desk, analyst
from claimstake.service.safety.safety import Safety
from claimstake.service.settings import Settings

PASSWORD = "seven grey herons wade"  # of the accounts of these tests
CSRF = re.compile(r'name="csrf" (?:content|value)="([0-9a-f]{64})"')


def application(settings: Settings) -> tuple[Any, Safety]:
    """The real application, with routes beside its own that tell who asks and what arrived."""
    safety = Safety(settings)
    app = create_app(Desk(settings, None, None, None, safety))  # type: ignore[arg-type]

    @app.get("/v1/tests/who")
    @app.get("/tests/who")
    def who(asker: Annotated[Analyst, Depends(analyst)]) -> dict:
        return {"name": asker.name, "csrf": asker.csrf}

    @app.post("/v1/tests/change")
    @app.put("/v1/tests/change")
    @app.delete("/v1/tests/change")
    @app.post("/tests/change")
    async def change(request: Request, asker: Annotated[Analyst, Depends(analyst)]) -> dict:
        return {"by": asker.name, "bytes": len(await request.body()), "from": request.client.host}

    @app.post("/v1/tests/form")
    async def form(request: Request) -> dict:
        fields = await request.form()
        return {
            name: value if isinstance(value, str) else (await value.read()).decode() for name, value in fields.items()
        }

    @app.get("/v1/tests/broken")
    def broken() -> None:
        raise RuntimeError("a fault of ours")

    return app, safety


@dataclass
class Client:
    """A browser's jar of cookies, or a program, before an application; each request runs in a loop of its own.

    Args:
        base: what it believes to talk to.
        address: of the client.
    """

    app: Any
    base: str = "http://127.0.0.1:8321"
    address: str = "127.0.0.1"
    jar: httpx.Cookies = field(default_factory=httpx.Cookies)

    def __call__(self, method: str, path: str, **more: Any) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, raise_app_exceptions=False, client=(self.address, 5))
            async with httpx.AsyncClient(transport=transport, base_url=self.base, cookies=self.jar) as client:
                answer = await client.request(method, path, **more)
                self.jar = client.cookies
                return answer

        return asyncio.run(asyncio.wait_for(ask(), 30))

    def csrf(self, path: str = "/login") -> str:
        """The token that a page of ours bears."""
        return CSRF.search(self("GET", path).text)[1]

    def log_in(self, name: str, password: str = PASSWORD, *, then: str = "/") -> httpx.Response:
        """Fill in the form."""
        form = {"csrf": self.csrf(), "name": name, "password": password, "next": then}
        return self("POST", "/login", data=form)
