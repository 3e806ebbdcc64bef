"""The table of claims."""

from __future__ import annotations

from typing import Annotated, Any, get_args

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from claimstake.errors import ConfigError
from claimstake.queries.contract import ClaimFilter, ClaimPage, Order
from claimstake.service.desk import Desk, desk
from claimstake.service.pages import filters, render
from claimstake.service.pages.labels import ontology

router = APIRouter(include_in_schema=False)

PATH = "/claims"
ROWS = 50
TRAIL = 40  # pages that "Back" remembers
ORDERS: tuple[tuple[Order, str], ...] = (("newest", "Newest"), ("surest", "Surest"), ("doubtful", "Least certain"))
FORMATS = (("CSV", "csv"), ("JSON Lines", "ndjson"), ("Parquet", "parquet"))
BESIDE = frozenset({"text", "actor", "object", "entity", "document"})  # fields that always show


@router.get(PATH)
def page(request: Request, of: Annotated[Desk, Depends(desk)]) -> HTMLResponse:
    """Claims that answer the filter in the address."""
    asked = filters.read(request.query_params)
    order = _order(request.query_params.get("order"))
    cursor, trail = request.query_params.get("cursor") or None, request.query_params.getlist("back")[-TRAIL:]
    found, problem = _found(of, asked.wanted, order, cursor)
    known = ontology(of)
    narrowed = [name for name in asked.given if name not in BESIDE]
    return render(
        request,
        "claims.html",
        status=400 if problem else 200,
        page=found,
        problem=problem,
        asked=asked,
        order=order,
        orders=[(name, says, _address(asked.wanted, name)) for name, says in ORDERS],
        chips=filters.chips(PATH, asked.wanted, ("order", _unusual(order))),
        counted=_counted(found, problem),
        short=found.next is not None and len(found.claims) < ROWS,
        older=_older(asked.wanted, order, found, cursor, trail),
        newer=_newer(asked.wanted, order, cursor, trail),
        downloads=[(says, _download(asked.wanted, order, form)) for says, form in FORMATS],
        narrowed=len(narrowed),
        wide=any(name in asked.problems for name in narrowed),
        predicates=tuple(known.predicates),
        statuses=filters.choices("status"),
        measures=filters.choices("measure"),
    )


def _found(of: Desk, wanted: ClaimFilter, order: Order, cursor: str | None) -> tuple[ClaimPage, str]:
    """A page of claims; an empty one, and why, where the question is wrong."""
    try:
        return of.reader.claims(wanted, order=order, cursor=cursor, limit=ROWS), ""
    except ConfigError as error:
        return ClaimPage(claims=()), str(error)


def _order(name: str | None) -> Order:
    return name if name in get_args(Order) else "newest"


def _unusual(order: Order) -> str | None:
    return None if order == "newest" else order


def _address(wanted: ClaimFilter, order: Order, *more: tuple[str, str | None]) -> str:
    return filters.address(PATH, wanted, ("order", _unusual(order)), *more)


def _older(wanted: ClaimFilter, order: Order, found: ClaimPage, cursor: str | None, trail: list[str]) -> str | None:
    """Address of the next page, which remembers those before it: cursors only lead on."""
    if found.next is None:
        return None
    back: list[Any] = [("back", one) for one in [*trail, *filter(None, [cursor])]]
    return _address(wanted, order, *back[-TRAIL:], ("cursor", found.next))


def _newer(wanted: ClaimFilter, order: Order, cursor: str | None, trail: list[str]) -> str | None:
    if cursor is None:
        return None
    back = [("back", one) for one in trail[:-1]]
    return _address(wanted, order, *back, ("cursor", trail[-1] if trail else None))


def _download(wanted: ClaimFilter, order: Order, form: str) -> str:
    return filters.address("/v1/claims", wanted, ("order", _unusual(order)), ("format", form))


def _counted(found: ClaimPage, problem: str) -> str:
    if problem:
        return ""
    if found.found is None:
        return "More than can be counted quickly"
    noun = "claim" if found.found == 1 and not found.ceiling else "claims"
    return f"{'more than ' if found.ceiling else ''}{found.found:,} {noun}"
