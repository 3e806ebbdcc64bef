"""GET /v1/entities/{id}, its timeline, and names that begin so."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import Response
from pydantic import BaseModel

from claimstake.queries.contract import EntityView, Moment, Thing
from claimstake.service.api.answering import answered, errors
from claimstake.service.desk import Desk, desk
from claimstake.service.problems import AnswerError

router = APIRouter(tags=["entities"])

Id = Annotated[str, Path(max_length=400, description="Of the knowledge base (china), else LABEL:name.")]
TheDesk = Annotated[Desk, Depends(desk)]


class ThingList(BaseModel):
    """Things, the most claimed first."""

    entities: list[Thing]


class Timeline(BaseModel):
    """What happened to a thing, oldest first."""

    moments: list[Moment]


@router.get("/v1/entities", response_model=ThingList, responses=errors())
def entities(
    desk: TheDesk,
    begins: Annotated[str, Query(min_length=1, max_length=200, description="How the name begins.")],
    limit: Annotated[int, Query(ge=1, le=50)] = 10,
) -> Response:
    """Things whose name begins so."""
    return answered(ThingList(entities=list(desk.reader.suggest(begins, limit=limit))))


@router.get("/v1/entities/{id:path}/timeline", response_model=Timeline, responses=errors(404))
def timeline(desk: TheDesk, id: Id, limit: Annotated[int, Query(ge=1, le=500)] = 500) -> Response:  # noqa: A002
    """What happened to a thing, oldest first; of more than `limit` moments the newest."""
    found = desk.reader.timeline(id, limit=limit)
    if not found:
        _entity(desk, id)
    return answered(Timeline(moments=list(found)))


@router.get("/v1/entities/{id:path}", response_model=EntityView, responses=errors(404))
def entity(desk: TheDesk, id: Id) -> Response:  # noqa: A002
    """A thing, the names it goes by, and how often which claims are made of it."""
    return answered(_entity(desk, id))


def _entity(desk: Desk, name: str) -> EntityView:
    found = desk.reader.entity(name)
    if found is None:
        raise AnswerError("there is no such thing", "see GET /v1/entities?begins=… for those there are", status=404)
    return found
