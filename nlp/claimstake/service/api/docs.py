"""The OpenAPI document as a page, from this process alone."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter()
