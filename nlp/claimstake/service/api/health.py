"""Whether it works (/healthz), and figures for Prometheus (/metrics)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse

from claimstake.service.desk import Desk, desk

router = APIRouter()


@router.get("/healthz")
async def healthz(desk: Annotated[Desk, Depends(desk)]) -> JSONResponse:
    """Whether documents can be annotated and the database answers."""
    ready = desk.workers.ready
    body = {"status": "ok" if ready else "unavailable", "workers": {"ready": ready, "of": desk.workers.size}}
    return JSONResponse(body, 200 if ready else 503)
