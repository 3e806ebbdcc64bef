"""How answers are given: JSON or lines, errors, and nothing to those who have gone."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from fastapi import Request
from fastapi.responses import JSONResponse

from claimstake.service.problems import AnswerError

NDJSON = "application/x-ndjson"
GONE = 499  # the client closed the connection; nobody reads it

T = TypeVar("T")


def wants_lines(request: Request) -> bool:
    """Whether a client asks for NDJSON."""
    return NDJSON in request.headers.get("accept", "")


def told(problem: AnswerError) -> JSONResponse:
    """A problem as an answer."""
    headers = {"Retry-After": str(problem.again)} if problem.again is not None else None
    return JSONResponse({"error": {"what": problem.what, "mend": problem.mend}}, problem.status, headers)


async def unless_gone(request: Request, work: Awaitable[T]) -> T:
    """The result of some work, which is given up where the client goes away; the body has to be read before.

    Raises:
        AnswerError: the client has gone.
    """
    task, gone = asyncio.ensure_future(work), asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise AnswerError("the client has gone", status=GONE)
        return task.result()
    finally:
        task.cancel()
        gone.cancel()


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
