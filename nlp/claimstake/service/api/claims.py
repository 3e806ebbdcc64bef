"""GET /v1/claims: filters, cursor paging, NDJSON; and downloads."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from pydantic import Field

from claimstake.queries.contract import ClaimFilter, ClaimPage, Order
from claimstake.service.api.answering import NDJSON, answered, errors, streamed, wants_lines
from claimstake.service.api.exporting import EXAMPLE, FORMATS
from claimstake.service.desk import Desk, desk

router = APIRouter(tags=["claims"])

Cursor = Annotated[str | None, Field(max_length=2_000, description="`next` of the page before.")]
TEXTS = {"text/csv": "claim,subject,…", NDJSON: EXAMPLE.model_dump_json(exclude_none=True) + "\n…"}
FILES: dict[str, Any] = {
    **{media: {"schema": {"type": "string"}, "example": text} for media, text in TEXTS.items()},
    "application/vnd.apache.parquet": {"schema": {"type": "string", "format": "binary"}},
}


class ClaimQuestion(ClaimFilter):
    """A filter, and how its claims are to be given."""

    order: Order = "newest"
    cursor: Cursor = None
    limit: int = Field(default=50, ge=1, le=500)
    format: Literal["json", "ndjson", "csv", "parquet"] | None = Field(
        default=None, description="All but `json` give all claims that answer, not a page of them."
    )

    def filter(self) -> ClaimFilter:
        """The filter alone."""
        return ClaimFilter(**{name: getattr(self, name) for name in ClaimFilter.model_fields})


@router.get(
    "/v1/claims",
    response_model=ClaimPage,
    responses={200: {"content": FILES, "description": "A page of claims, or a file of all of them."}, **errors()},
)
def claims(
    request: Request, desk: Annotated[Desk, Depends(desk)], asked: Annotated[ClaimQuestion, Query()]
) -> Response:
    """Claims that answer a filter, as pages (JSON) or all of them (NDJSON, CSV, Parquet)."""
    form = asked.format or ("ndjson" if wants_lines(request) else "json")
    if form == "json":
        limit = min(asked.limit, desk.settings.limits.page)
        return answered(desk.reader.claims(asked.filter(), order=asked.order, cursor=asked.cursor, limit=limit))
    media, write = FORMATS[form]
    rows = desk.reader.stream(asked.filter(), order=asked.order)
    return streamed(write(rows), media, None if form == "ndjson" and not asked.format else f"claims.{form}")
