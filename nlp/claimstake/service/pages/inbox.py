"""New documents, those first that are worth a look."""

from __future__ import annotations

from typing import Annotated, get_args
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from claimstake.queries.contract import InboxOrder, ReadingState
from claimstake.service.desk import Desk, desk
from claimstake.service.pages import render
from claimstake.store.opening import shown

router = APIRouter(include_in_schema=False)

PAGE = 50  # documents
STATES: dict[ReadingState, str] = {"new": "New", "done": "Done", "skipped": "Skipped"}
ORDERS: dict[InboxOrder, str] = {"newest": "Newest", "most": "Most claims", "doubtful": "Least certain"}
assert (set(STATES), set(ORDERS)) == (set(get_args(ReadingState)), set(get_args(InboxOrder)))


def address(state: str = "new", order: str = "newest", cursor: str | None = None) -> str:
    """Of a list of documents; what goes without saying is left out."""
    said = {"state": state if state != "new" else None, "order": order if order != "newest" else None, "cursor": cursor}
    query = urlencode({name: value for name, value in said.items() if value})
    return f"/?{query}" if query else "/"


@router.get("/", response_class=HTMLResponse)
def inbox(
    request: Request,
    of: Annotated[Desk, Depends(desk)],
    state: ReadingState = "new",
    order: InboxOrder = "newest",
    cursor: Annotated[str | None, Query(max_length=400)] = None,
) -> HTMLResponse:
    """A page of the list."""
    found = of.reader.inbox(order=order, state=state, cursor=cursor, limit=PAGE)
    newest = of.reader.inbox(order="newest", state="new", limit=1).documents
    return render(
        request,
        "inbox.html",
        documents=found.documents,
        state=state,
        order=order,
        cursor=cursor,
        address=address,
        states=STATES,
        orders=ORDERS,
        next=address(state, order, found.next) if found.next else None,
        newest=newest[0].arrived if newest else "",
        anything=bool(newest or found.documents or cursor),
        database=shown(of.settings.database),
    )
