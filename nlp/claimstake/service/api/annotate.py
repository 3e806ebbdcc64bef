"""Texts in, claims out: POST /v1/annotate."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response, StreamingResponse

from claimstake.readers import metadata
from claimstake.readers.items import Item
from claimstake.service.annotating import Wanted
from claimstake.service.api.answering import JSON, NDJSON, errors, unless_gone, wants_lines
from claimstake.service.api.bodies import given
from claimstake.service.api.schemas import ANNOTATED, BODIES
from claimstake.service.desk import Desk, desk
from claimstake.service.problems import AnswerError
from claimstake.service.workers import Workers

router = APIRouter(tags=["annotation"])


def wanted(
    published: Annotated[
        str | None, Query(max_length=60, description="Date of publication, in place of what the documents say.")
    ] = None,
    min_confidence: Annotated[
        float | None, Query(ge=0, le=1, description="Leave out claims that are less sure than this.")
    ] = None,
    text: Annotated[bool, Query(description="Put the text into the record.")] = False,
) -> Wanted:
    """Options of a request."""
    return Wanted(publication(published), min_confidence, text)


def publication(published: str | None) -> str | None:
    """A date as EDTF.

    Raises:
        AnswerError: it is none, or lies in the future.
    """
    if published is None:
        return None
    found = metadata.parse_date(published)
    if found is None or metadata.is_future(found):
        what = "is no date" if found is None else "lies in the future"
        raise AnswerError(f"published: {published!r} {what}", "write it as 2025-02-04")
    return found


@router.post(
    "/v1/annotate",
    response_class=Response,
    responses={200: ANNOTATED, **errors(408, 413, 415, 429, 504)},
    openapi_extra=BODIES,
)
async def annotate(
    request: Request, desk: Annotated[Desk, Depends(desk)], wanted: Annotated[Wanted, Depends(wanted)]
) -> Response:
    """Annotate a document, or several: text, HTML, PDF, Word; nothing is kept.

    A bad document of several has an error of its own, and the others are done.
    """
    found = await given(request, desk.settings.limits)
    entries = _entries(desk.workers, found.documents, wanted)
    if wants_lines(request):
        _, first = await unless_gone(request, anext(entries))
        return StreamingResponse(_lines(entries, first), media_type=NDJSON)
    if found.several:
        return Response(await unless_gone(request, _all(entries)), media_type=JSON)
    (document,) = found.documents
    if isinstance(document, AnswerError):
        raise document
    with desk.workers.admitted():
        answer = await unless_gone(request, desk.workers.annotate(document, wanted))
    return Response(answer.body, media_type=JSON)


async def _entries(
    workers: Workers, documents: list[Item | AnswerError], wanted: Wanted
) -> AsyncIterator[tuple[int, bytes]]:
    """What becomes of each document, with its place, as they are done; a few at a time, so that others have a turn."""
    room = asyncio.Semaphore(workers.size)

    async def one(position: int, document: Item | AnswerError) -> tuple[int, bytes]:
        async with room:
            return position, await _entry(workers, position, document, wanted)

    with workers.admitted():
        tasks = [asyncio.create_task(one(*numbered)) for numbered in enumerate(documents)]
        try:
            for task in asyncio.as_completed(tasks):
                yield await task
        finally:
            for task in tasks:
                task.cancel()


async def _entry(workers: Workers, position: int, document: Item | AnswerError, wanted: Wanted) -> bytes:
    try:
        if isinstance(document, AnswerError):
            raise document
        found = await workers.annotate(document, wanted)
    except AnswerError as problem:
        return json.dumps({"position": position, "error": {"what": problem.what, "mend": problem.mend}}).encode()
    return b'{"position":%d,"record":%s}' % (position, found.body)


async def _lines(entries: AsyncIterator[tuple[int, bytes]], first: bytes) -> AsyncIterator[bytes]:
    yield first + b"\n"
    async for _, entry in entries:
        yield entry + b"\n"


async def _all(entries: AsyncIterator[tuple[int, bytes]]) -> bytes:
    found = sorted([entry async for entry in entries])
    return b'{"documents":[' + b",".join(entry for _, entry in found) + b"]}"
