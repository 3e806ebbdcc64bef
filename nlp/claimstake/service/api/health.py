"""Whether it works (/healthz), and figures for Prometheus (/metrics)."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BaseModel

from claimstake.errors import ClaimstakeError
from claimstake.queries.contract import ClaimFilter
from claimstake.service.api.answering import answered, errors
from claimstake.service.desk import Desk, desk

router = APIRouter(tags=["operation"])

NEVER = "0" * 20  # no document's key
SECONDS = 5.0  # that the database may take


class WorkerHealth(BaseModel):
    """Worker processes: how many can work, of how many."""

    ready: int
    of: int


class Health(BaseModel):
    """Whether documents can be annotated, and the database answers."""

    status: str
    workers: WorkerHealth
    database: str


@router.get(
    "/healthz",
    response_model=Health,
    responses={**errors(), 503: {"model": Health, "description": "It does not work."}},
)
async def healthz(desk: Annotated[Desk, Depends(desk)]) -> Response:
    """Whether it works: 200, else 503."""
    ready, answers = desk.workers.ready, await _answers(desk)
    good = bool(ready) and answers
    health = Health(
        status="ok" if good else "unavailable",
        workers=WorkerHealth(ready=ready, of=desk.workers.size),
        database="ok" if answers else "unavailable",
    )
    return answered(health, 200 if good else 503)


async def _answers(desk: Desk) -> bool:
    """Whether the database does."""
    question = ClaimFilter(document=NEVER)
    try:
        await asyncio.wait_for(asyncio.to_thread(desk.reader.claims, question, limit=1), SECONDS)
    except (ClaimstakeError, TimeoutError):
        return False
    return True


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}, **errors()},
)
async def metrics(request: Request) -> Response:
    """Requests, seconds, queue and workers, as Prometheus reads them."""
    return Response(request.app.state.metrics.text(), media_type=CONTENT_TYPE_LATEST)
