"""New documents, those first that are worth a look."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(include_in_schema=False)
