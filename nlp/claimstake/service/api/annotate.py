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
from claimstake.service.api.answering import NDJSON, unless_gone, wants_lines
from claimstake.service.api.bodies import given
from claimstake.service.desk import Desk, desk
from claimstake.service.problems import AnswerError
from claimstake.service.workers import Workers

router = APIRouter()


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


@router.post("/v1/annotate")
async def annotate(
    request: Request, desk: Annotated[Desk, Depends(desk)], wanted: Annotated[Wanted, Depends(wanted)]
) -> Response:
    """Annotate a document, or several."""
    found = await given(request, desk.settings.limits)
    place = desk.workers.admitted()
    if wants_lines(request):
        place.__enter__()
        lines = _lines(desk.workers, found.documents, wanted)
        return StreamingResponse(lines, media_type=NDJSON)
    with place:
        if found.several:
            work = _all(desk.workers, found.documents, wanted)
            return Response(await unless_gone(request, work), media_type="application/json")
        (document,) = found.documents
        if isinstance(document, AnswerError):
            raise document
        answer = await unless_gone(request, desk.workers.annotate(document, wanted))
    return Response(answer.body, media_type="application/json")


async def _entries(workers: Workers, documents: list[Item | AnswerError], wanted: Wanted) -> AsyncIterator[bytes]:
    """What becomes of each document, as they are done; a few at a time, so that others have their turn."""
    room = asyncio.Semaphore(workers.size)

    async def one(position: int, document: Item | AnswerError) -> bytes:
        async with room:
            return await _entry(workers, position, document, wanted)

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


async def _lines(workers: Workers, documents: list[Item | AnswerError], wanted: Wanted) -> AsyncIterator[bytes]:
    async for entry in _entries(workers, documents, wanted):
        yield entry + b"\n"


async def _all(workers: Workers, documents: list[Item | AnswerError], wanted: Wanted) -> bytes:
    entries = [entry async for entry in _entries(workers, documents, wanted)]
    entries.sort(key=lambda entry: int(entry[12:].partition(b",")[0]))
    return b'{"documents":[' + b",".join(entries) + b"]}"
