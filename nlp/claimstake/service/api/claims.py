"""GET /v1/claims: filters, cursor paging, NDJSON; and downloads."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter()
