"""Texts in, claims out: POST /v1/annotate."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter()
