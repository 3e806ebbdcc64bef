"""The OpenAPI document, and a page that shows it, from this process alone."""

from __future__ import annotations

from importlib.resources import files

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, JSONResponse, Response

from claimstake.service.api.schemas import openapi
from claimstake.service.pages import render
from claimstake.service.problems import AnswerError

router = APIRouter(include_in_schema=False)

ASSETS = {"swagger-ui.css": "text/css", "swagger-ui-bundle.js": "text/javascript"}


@router.get("/openapi.json")
async def document(request: Request) -> JSONResponse:
    """What programs read."""
    return JSONResponse(openapi(request.app))


@router.get("/docs")
def page(request: Request) -> Response:
    """What people read."""
    return render(request, "docs.html")


@router.get("/docs/{name}")
def asset(name: str) -> FileResponse:
    """Scripts and styles of the page."""
    if name not in ASSETS:
        raise AnswerError("there is no such file", status=404)
    (folder,) = [one for one in files("swagger_ui_bundle").joinpath("vendor").iterdir() if one.is_dir()]
    return FileResponse(str(folder.joinpath(name)), media_type=ASSETS[name], headers={"Cache-Control": "max-age=86400"})
