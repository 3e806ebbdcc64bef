"""Documents: the inbox, one of them, judgements of its claims, and new ones that are kept."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel

from claimstake.queries.contract import DocumentPage, InboxOrder, ReadingState, StoredRecord
from claimstake.readers.items import Item
from claimstake.review.contract import Judgement, Judging
from claimstake.service.api.annotate import publication
from claimstake.service.api.answering import NDJSON, Error, answered, errors, streamed, unless_gone
from claimstake.service.api.bodies import given
from claimstake.service.api.claims import Cursor
from claimstake.service.api.exporting import lines
from claimstake.service.api.schemas import BODIES
from claimstake.service.desk import Analyst, Desk, analyst, desk
from claimstake.service.problems import AnswerError

router = APIRouter(tags=["documents"])

WRITERS = 8  # requests that write judgements at a time: all threads could wait while another program holds the database
WAIT = 1.0  # seconds for one of these places
_writers = BoundedSemaphore(WRITERS)

Key = Annotated[str, Path(max_length=300, description="The document's key; its own id is taken, too.")]
TheDesk = Annotated[Desk, Depends(desk)]
Somebody = Annotated[Analyst, Depends(analyst)]


class JudgementList(BaseModel):
    """Judgements of a document."""

    judgements: list[Judgement]


class Reading(BaseModel):
    """Whether a document was read."""

    state: Literal["new", "done", "skipped"]


class Kept(BaseModel):
    """What became of a document that was to be kept.

    Attributes:
        position: in the request.
        key: in the database; None where it could not be kept.
        known: it was there before, and was not annotated again.
    """

    position: int
    key: str | None = None
    known: bool = False
    claims: int | None = None
    error: Error | None = None


class KeptList(BaseModel):
    """What became of each document, in the order of the request."""

    documents: list[Kept]


@router.get("/v1/documents", responses=errors())
def documents(
    desk: TheDesk,
    order: InboxOrder = "newest",
    state: ReadingState = "new",
    cursor: Annotated[Cursor, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> DocumentPage:
    """Documents: the last arrived, those with most claims, or those with the least certain claims first."""
    limit = min(limit, desk.settings.limits.page)
    return answered(desk.reader.inbox(order=order, state=state, cursor=cursor, limit=limit))


@router.post("/v1/documents", responses=errors(413, 415, 429, 504), response_model=KeptList, openapi_extra=BODIES)
async def keep(
    request: Request,
    desk: TheDesk,
    analyst: Somebody,
    published: Annotated[str | None, Query(max_length=60, description="Date of publication of the documents.")] = None,
) -> Response:
    """Annotate documents and keep them in the database, each once: sending one again changes nothing."""
    date = publication(published)
    found = await given(request, desk.settings.limits)
    address = request.client.host if request.client else None

    async def work() -> list[Kept]:
        kept = []
        for position, document in enumerate(found.documents):
            kept.append(await _kept(desk, position, document, date))
            if kept[-1].key and not kept[-1].known and desk.safety is not None:
                await asyncio.to_thread(desk.safety.audit, analyst.name, "kept", kept[-1].key, address=address)
        return kept

    with desk.workers.admitted():
        kept = await unless_gone(request, work())
    if not found.several and kept[0].error:
        (document,) = found.documents
        raise document if isinstance(document, AnswerError) else AnswerError(kept[0].error.what, kept[0].error.mend)
    return answered(KeptList(documents=kept))


async def _kept(desk: Desk, position: int, document: Item | AnswerError, published: str | None) -> Kept:
    try:
        if isinstance(document, AnswerError):
            raise document
        found = await desk.keeper.keep(document, published)
        return Kept(position=position, key=found.key, known=found.known, claims=found.claims)
    except AnswerError as problem:
        if problem.again is not None:
            raise
        return Kept(position=position, error=Error(what=problem.what, mend=problem.mend))


@router.get("/v1/documents/{key}", responses=errors(404))
def document(desk: TheDesk, key: Key) -> StoredRecord:
    """A document with its whole record, text and all where texts are kept."""
    return answered(_found(desk, key))


@router.get("/v1/documents/{key}/judgements", responses=errors(404))
def judgements(
    desk: TheDesk, key: Key, all_: Annotated[bool, Query(alias="all", description="Earlier ones, too.")] = False
) -> JudgementList:
    """Judgements that hold, or all of them, oldest first."""
    name = _found(desk, key).row.key
    found = desk.judgements.history(name) if all_ else desk.judgements.of(name)
    return answered(JudgementList(judgements=list(found)))


@router.post("/v1/documents/{key}/judgements", status_code=201, responses=errors(404))
def judge(request: Request, desk: TheDesk, analyst: Somebody, key: Key, judging: Judging) -> Judgement:
    """Say what is right or wrong about a claim; nothing said before is lost."""
    name = _found(desk, key).row.key
    with _writing():
        kept = desk.judgements.judge(name, judging, by=analyst.name)
        detail = {"verdict": kept.verdict, "claim": kept.claim, "judgement": kept.id}
        _audit(request, desk, analyst, "judgement", name, detail)
    return answered(kept, 201)


@router.put("/v1/documents/{key}/reading", responses=errors(404))
def read(request: Request, desk: TheDesk, analyst: Somebody, key: Key, reading: Reading) -> Reading:
    """Say that a document was read, passed over, or is to be read again."""
    name = _found(desk, key).row.key
    with _writing():
        desk.judgements.read(name, reading.state, by=analyst.name)
        _audit(request, desk, analyst, "reading", name, {"state": reading.state})
    return answered(reading)


@router.get(
    "/v1/judgements",
    tags=["judgements"],
    response_class=Response,
    responses={200: {"content": {NDJSON: {"schema": {"type": "string"}}}, "description": "A judgement a line."}}
    | errors(),
)
def all_judgements(
    desk: TheDesk,
    since: Annotated[
        str | None, Query(max_length=30, pattern=r"^[0-9TZ:+.-]*$", description="UTC: 2026-11, 2026-11-20T08:00:00Z.")
    ] = None,
    by: Annotated[str | None, Query(max_length=200, description="Name of an analyst.")] = None,
) -> Response:
    """All judgements, oldest first, as NDJSON."""
    return streamed(lines(desk.judgements.stream(since=since, by=by)), NDJSON)


@contextmanager
def _writing() -> Iterator[None]:
    """A place among those who write.

    Raises:
        AnswerError: all are taken (503).
    """
    if not _writers.acquire(timeout=WAIT):
        raise AnswerError("too many judgements wait to be written", "try again in a moment", status=503, again=2)
    try:
        yield
    finally:
        _writers.release()


def _found(desk: Desk, key: str) -> StoredRecord:
    found = desk.reader.document(key)
    if found is None:
        raise AnswerError("there is no such document", "see GET /v1/documents for those there are", status=404)
    return found


def _audit(request: Request, desk: Desk, analyst: Analyst, action: str, what: str, detail: dict[str, Any]) -> None:
    if desk.safety is not None:
        desk.safety.audit(analyst.name, action, what, detail, request.client.host if request.client else None)
