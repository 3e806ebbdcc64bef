"""GET /v1/entities/{id}, names that begin so."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter()
