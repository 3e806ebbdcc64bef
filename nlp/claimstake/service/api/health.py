"""Whether it works (/healthz), and figures for Prometheus (/metrics)."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter()
