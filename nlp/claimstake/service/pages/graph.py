"""Who restricts what, as a picture and as a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from claimstake.errors import ConfigError
from claimstake.ledger.rows import measure_predicates
from claimstake.ontology import Ontology
from claimstake.queries.contract import ClaimFilter, Edge
from claimstake.service.desk import Desk, desk
from claimstake.service.pages import filters, network, render
from claimstake.service.pages.labels import ontology

router = APIRouter(include_in_schema=False)

PATH = "/graph"
EDGES = 60
COLOURS = 8  # of predicates, in the style sheet; those of measures come first, the last is of all others
BESIDE = frozenset({"text", "actor", "object", "since", "until", "entity", "document"})  # fields that always show


@router.get(PATH)
def page(request: Request, of: Annotated[Desk, Depends(desk)]) -> HTMLResponse:
    """Edges among the claims that answer the filter in the address."""
    asked = filters.read(request.query_params)
    edges, problem = _found(of, asked.wanted)
    known = ontology(of)
    classes = _classes(known)

    def link(edge: Edge) -> str:
        return _claims(asked.wanted, edge)

    return render(
        request,
        "graph.html",
        status=400 if problem else 200,
        asked=asked,
        problem=problem,
        chips=filters.chips(PATH, asked.wanted),
        picture=network.picture(edges, link=link, classes=classes),
        edges=[(edge, link(edge)) for edge in edges],
        most=EDGES,
        every=filters.address("/claims", asked.wanted),
        used=[(name, classes[name]) for name in known.predicates if any(e.predicate == name for e in edges)],
        told=[name for name in filters.choices("status") if any(e.status == name for e in edges)],
        wide=any(name not in BESIDE for name in asked.given),
        predicates=tuple(known.predicates),
        statuses=filters.choices("status"),
    )


def _found(of: Desk, wanted: ClaimFilter) -> tuple[Sequence[Edge], str]:
    """Edges; none, and why, where the question is wrong."""
    try:
        return of.reader.graph(wanted, limit=EDGES), ""
    except ConfigError as error:
        return (), str(error)


def _claims(wanted: ClaimFilter, edge: Edge) -> str:
    """Address of the claims that an edge stands for."""
    ends = {"actor": edge.subject.id, "object": edge.object.id, "predicate": (edge.predicate,)}
    status = {"status": (edge.status,)} if edge.status else {}
    return filters.address("/claims", wanted.model_copy(update={**ends, **status}))


def _classes(known: Ontology) -> dict[str, str]:
    """A predicate's class, the same on every page."""
    ordered = sorted(known.predicates, key=lambda name: name not in measure_predicates())
    return {name: f"p{min(number, COLOURS - 1)}" for number, name in enumerate(ordered)}
