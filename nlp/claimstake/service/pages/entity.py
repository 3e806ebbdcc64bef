"""A thing, its claims and its timeline."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from claimstake.queries.contract import ClaimFilter, Count, Moment
from claimstake.service.desk import Desk, desk
from claimstake.service.pages import filters, render, timeline

router = APIRouter(include_in_schema=False)

OPEN = 40  # moments that show at once; the others are folded away
ROWS = 20


@router.get("/entities/{id_:path}")
def page(request: Request, id_: str, of: Annotated[Desk, Depends(desk)]) -> HTMLResponse:
    """What is known of a thing."""
    found = of.reader.entity(id_)
    if found is None:
        return render(request, "no_entity.html", status=404, id=id_)
    moments = of.reader.timeline(id_)
    newest = list(reversed(moments))
    wanted = ClaimFilter(entity=id_)
    return render(
        request,
        "entity.html",
        found=found,
        counts=_counts(found.counts, id_),
        total=sum(count.claims for count in found.counts),
        picture=timeline.picture(moments, found.thing.name, datetime.now(UTC).date().isoformat()),
        years=_years(newest[:OPEN]),
        older=_years(newest[OPEN:]),
        folded=len(newest[OPEN:]),
        claims=of.reader.claims(wanted, limit=ROWS),
        every=filters.address("/claims", wanted),
    )


def _counts(counts: Sequence[Count], id_: str) -> list[tuple[str, list[tuple[str, int, str]]]]:
    """By predicate, the most claimed first: role, number of claims, and where they are listed."""
    rows: dict[str, list[tuple[str, int, str]]] = {}
    for count in sorted(counts, key=lambda c: -c.claims):
        end = {"actor": id_} if count.role == "subject" else {"object": id_}
        wanted = ClaimFilter(predicate=(count.predicate,), **end)
        rows.setdefault(count.predicate, []).append((count.role, count.claims, filters.address("/claims", wanted)))
    return list(rows.items())


def _years(moments: Iterable[Moment]) -> list[tuple[str, list[Moment]]]:
    return [(year, list(held)) for year, held in groupby(moments, key=lambda moment: moment.date[:4])]
