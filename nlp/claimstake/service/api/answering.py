"""How answers are given: models, streams, errors, and nothing to those who have gone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Iterator
from itertools import chain
from typing import Any, TypeVar

import anyio
from fastapi import Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from claimstake.service.problems import AnswerError

JSON, NDJSON = "application/json", "application/x-ndjson"
GONE = 499  # the client closed the connection; nobody reads it
BLOCK = 64_000  # bytes that are sent at a time, about

T = TypeVar("T")


class Wrong(BaseModel):
    """A field that is wrong."""

    field: str = Field(description="Its name, with those around it: documents.0.text.")
    what: str


class Error(BaseModel):
    """What is wrong, and what to do about it."""

    what: str
    mend: str = ""
    fields: list[Wrong] = Field(default_factory=list)


class ErrorAnswer(BaseModel):
    """Every answer that is no success."""

    error: Error


SAYS = {
    400: "The body is not what its type says.",
    401: "Nobody is known to ask; log in, or send a token.",
    403: "The request comes from another site, or without its CSRF token.",
    404: "There is no such thing.",
    408: "The request came too slowly.",
    413: "The request, a text or a batch is too large.",
    415: "The body is of a type that cannot be read.",
    422: "A value is wrong; `fields` names it.",
    429: "Too many wait; `Retry-After` says when to come again.",
    503: "The database or the workers are away; try again.",
    504: "The document took too long.",
}
ALWAYS = (400, 401, 403, 422, 503)


def errors(*codes: int) -> dict[int | str, dict[str, Any]]:
    """Answers of a route beside its success, for the OpenAPI document."""
    found: dict[int | str, dict[str, Any]] = {}
    for code in sorted({*ALWAYS, *codes}):
        found[code] = {"model": ErrorAnswer, "description": SAYS[code]}
    if 429 in found:
        found[429]["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds."}}
    return found


def wants_lines(request: Request) -> bool:
    """Whether a client asks for NDJSON."""
    return NDJSON in request.headers.get("accept", "")


def answered(model: BaseModel, status: int = 200) -> Response:
    """A model as JSON, written in one go."""
    return Response(model.model_dump_json(), status, media_type=JSON)


def told(problem: AnswerError, fields: list[dict[str, str]] | None = None) -> Response:
    """A problem as an answer."""
    wrong = [Wrong(**field) for field in fields or ()]
    body = ErrorAnswer(error=Error(what=problem.what, mend=problem.mend, fields=wrong))
    answer = answered(body, problem.status)
    if problem.again is not None:
        answer.headers["Retry-After"] = str(problem.again)
    return answer


def streamed(parts: Iterator[bytes], media: str, name: str | None = None) -> StreamingResponse:
    """An answer of unknown length; what goes wrong before its first part is an error like any other.

    Args:
        parts: worked on in threads, some at a time; closed at the end, or when the client goes away.
        name: of the file that a browser makes of it.
    """
    blocks = _blocks(parts)
    begin = next(blocks, b"")
    headers = {"Content-Disposition": f'attachment; filename="{name}"'} if name else None
    return StreamingResponse(_in_threads(chain((begin,), blocks), blocks), media_type=media, headers=headers)


def _blocks(parts: Iterator[bytes]) -> Iterator[bytes]:
    held, size = [], 0
    for part in parts:
        held.append(part)
        size += len(part)
        if size >= BLOCK:
            yield b"".join(held)
            held, size = [], 0
    if held:
        yield b"".join(held)


async def _in_threads(blocks: Iterator[bytes], source: Any) -> AsyncIterator[bytes]:
    try:
        while (block := await anyio.to_thread.run_sync(next, blocks, None)) is not None:
            yield block
    finally:
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(source.close)


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
