"""GET /v1/ledger."""

from __future__ import annotations

import json
import re
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from pydantic import BaseModel, Field

from claimstake.errors import ConfigError
from claimstake.ledger import plain
from claimstake.ledger.asking import Question
from claimstake.service import ledgers
from claimstake.service.api.answering import JSON, errors
from claimstake.service.desk import Desk, desk

router = APIRouter(tags=["ledger"])

OPTION = re.compile(r"--(about|actor|predicate|since|until)\b")  # as the command's messages name parameters


class LedgerAnswer(BaseModel):
    """Lives of measures across documents; `claimstake ledger --json` gives the same.

    Attributes:
        claims: how many were put together.
        documents: sources, oldest first; measures name them by key.
        measures: of governments, in order of time: title, actor, predicate, objects, status, life, rows, limits,
            contradictions.
        facts: what else is claimed.
    """

    claims: int
    documents: list[dict[str, Any]] = Field(default_factory=list)
    measures: list[dict[str, Any]] = Field(default_factory=list)
    facts: list[dict[str, Any]] = Field(default_factory=list)


Name = Annotated[str, Field(min_length=1, max_length=200)]
Date = Annotated[str | None, Query(max_length=30, description="EDTF: 2025, 2025-07, 2025-07-15.")]


@router.get("/v1/ledger", response_model=LedgerAnswer, responses=errors(429))
def ledger(
    desk: Annotated[Desk, Depends(desk)],
    about: Annotated[
        list[Name], Query(max_length=10, description="A mineral, product, firm …; kinds of it, too.")
    ] = [],  # noqa: B006
    actor: Annotated[str | None, Query(min_length=1, max_length=200, description="Who acts.")] = None,
    predicate: Annotated[list[Name], Query(max_length=40)] = [],  # noqa: B006
    since: Date = None,
    until: Date = None,
) -> Response:
    """What became of each measure: proposed, announced, in force, suspended, lifted; limits that moved."""
    question = Question(tuple(about), actor, tuple(predicate), since, until)
    try:
        found = plain.ledger(ledgers.told(desk.settings.database, question))
    except ConfigError as error:
        raise ConfigError(OPTION.sub(r"\1", str(error))) from None
    return Response(json.dumps(found, ensure_ascii=False).encode("utf-8", "replace"), media_type=JSON)
