"""Server-rendered pages: templates fill themselves with escaped values, scripts and styles are files of ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from claimstake.queries.contract import ClaimRow
from claimstake.records import Qualifiers
from claimstake.sinks.wording import qualifier_items

FOLDER = Path(__file__).parent.parent
STATIC = FOLDER / "static"

templates = Environment(
    loader=FileSystemLoader(FOLDER / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def pairs(row: ClaimRow) -> list[tuple[str, str]]:
    """Name and text of a row's qualifiers, without its status and what goes without saying."""
    given = {name: value for name, value in row if name in Qualifiers.model_fields and name != "status" and value}
    return qualifier_items(Qualifiers.model_validate({**given, "time": list(row.time) or None}))


def after(text: str, title: str) -> str:
    """The beginning of a text without the title that it repeats, on one line."""
    plain, head = " ".join(text.split()), " ".join(title.split())
    return plain[len(head) :].lstrip(" .:-–—|") if plain.casefold().startswith(head.casefold()) else plain


templates.filters["after"] = after
templates.filters["words"] = lambda name: str(name).replace("_", " ")
templates.filters["qualifier_pairs"] = pairs


def render(request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """A page: the template's values beside `request` and `analyst`, which `base.html` reads."""
    known = {"request": request, "analyst": getattr(request.state, "analyst", None)}
    return HTMLResponse(templates.get_template(template).render(**known, **values), status_code=status)
