"""Colours of labels as a stylesheet: `.l-PLACE` and the like, users' labels among them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from claimstake import extend
from claimstake.ontology import Ontology
from claimstake.service.desk import Desk, desk
from claimstake.sinks.highlights import colours

router = APIRouter(include_in_schema=False)


def ontology(of: Desk) -> Ontology:
    """Labels and predicates as the desk's configuration files leave them; files are read once."""
    return _ontology(of.settings.configs)


@cache
def _ontology(configs: tuple[Path, ...]) -> Ontology:
    return extend.read(configs).ontology


@router.get("/static/labels.css")
def stylesheet(of: Annotated[Desk, Depends(desk)]) -> Response:
    """A rule per label: `--c` is its pastel, `--s` the fuller tone for lines."""
    rules = colours((f"l-{name}", label) for name, label in sorted(ontology(of).labels.items()))
    return Response(rules + "\n", media_type="text/css", headers={"Cache-Control": "max-age=300"})
