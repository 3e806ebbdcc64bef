"""GET /v1/documents/{key}, and judgements of its claims."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter()
