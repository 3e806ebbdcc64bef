"""Lives of measures across documents."""

from __future__ import annotations

from functools import cache
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from claimstake.errors import ConfigError
from claimstake.ledger import asking, writing
from claimstake.ledger.asking import Question
from claimstake.ledger.model import Document, Statement
from claimstake.ledger.rows import measure_predicates
from claimstake.ledger.values import LIMIT
from claimstake.queries.contract import ClaimFilter
from claimstake.service import ledgers
from claimstake.service.desk import Desk, desk
from claimstake.service.pages import filters, render
from claimstake.service.pages.filters import Chip
from claimstake.service.pages.labels import ontology

router = APIRouter(include_in_schema=False)

PATH = "/ledger"
SHOWN = 40  # measures
THINGS = 10  # asked about at once
STYLE = f"{PATH}/drawing.css"


class _Links(writing.Links):
    """Sources and sentences are read in the desk."""

    def source(self, document: Document) -> str:
        return f"/documents/{quote(document.key, safe='')}"

    def claim(self, statement: Statement) -> str:
        return f"{self.source(statement.document)}#{quote(statement.id, safe='')}"


@router.get(PATH)
def page(request: Request, of: Annotated[Desk, Depends(desk)]) -> HTMLResponse:
    """The ledger of what the form asks."""
    asked = filters.read(request.query_params)
    about = _about(request.query_params.getlist("about"))
    facts = "facts" in request.query_params
    wanted = asked.wanted
    question = Question(about, wanted.actor, wanted.predicate, wanted.since, wanted.until)
    body, problem = _told(of.settings.database, question, facts=facts or bool(wanted.predicate))
    return render(
        request,
        "ledger.html",
        status=400 if problem and question != Question() else 200,  # who asks for nothing is asked for something
        unasked=question == Question(),
        asked=asked,
        about=", ".join(about),
        body=body,
        problem=problem,
        chips=_chips(asked.wanted, about, facts),
        facts=facts,
        predicates=[name for name in ontology(of).predicates if name in measure_predicates() or name == LIMIT],
        style=STYLE,
    )


def _about(given: list[str]) -> tuple[str, ...]:
    """Names of things, several in a field with commas between."""
    names = (name.strip()[:200] for field in given for name in field.split(","))
    return tuple(dict.fromkeys(name for name in names if name))[:THINGS]


def _chips(wanted: ClaimFilter, about: tuple[str, ...], facts: bool) -> list[Chip]:
    """What holds: things asked about, then the rest."""
    kept = [("facts", "1")] if facts else []
    things = [("about", name) for name in about]
    own = [
        Chip("about", name, filters.address(PATH, wanted, *things[:at], *things[at + 1 :], *kept))
        for at, (_, name) in enumerate(things)
    ]
    return own + filters.chips(PATH, wanted, *things, *kept)


def _told(database: str, question: Question, *, facts: bool) -> tuple[writing.Body | None, str]:
    """Parts of the page; or none, and why."""
    try:
        found = ledgers.told(database, question)
    except ConfigError as error:
        return None, str(error).replace(asking.NARROW, "narrow it: name a thing, an actor or a predicate")
    return writing.body(found, question, most=SHOWN, facts=facts, links=_Links()), ""


@router.get(STYLE)
def style() -> Response:
    """The drawing's rules, which hold inside of `.ledger` alone."""
    return Response(_scoped(), media_type="text/css", headers={"Cache-Control": "max-age=3600"})


@cache
def _scoped() -> str:
    return f".ledger {{\n{writing.style()}\n}}\n"
