"""The application: routes of the API and of the pages, and what surrounds them."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.types import ASGIApp

from claimstake import __version__
from claimstake.service import mistakes
from claimstake.service.api.schemas import openapi
from claimstake.service.desk import Desk
from claimstake.service.metrics import Metrics
from claimstake.service.pages import STATIC
from claimstake.service.safety.safety import Safety
from claimstake.service.safety.stack import guard

# Each module has a `router`.
ROUTES = (
    "api.health",
    "api.annotate",
    "api.claims",
    "api.documents",
    "api.entities",
    "api.ledger",
    "api.docs",
    "pages.labels",
    "pages.login",
    "pages.inbox",
    "pages.article",
    "pages.claims",
    "pages.entity",
    "pages.ledger",
    "pages.graph",
    "pages.paste",
)


class Service(FastAPI):
    """An application of which even the answer to an error passes the guard, and what the guard refuses is counted."""

    def build_middleware_stack(self) -> ASGIApp:
        return self.state.metrics.around(guard(super().build_middleware_stack(), self.state.desk))

    def openapi(self) -> dict[str, Any]:
        return openapi(self)


def create_app(desk: Desk) -> FastAPI:
    """The application over an open desk; whoever made the desk closes it.

    Raises:
        ConfigError: clients could not log in, or passwords would go about in the clear; see `safety.listening`.
    """
    desk.safety = desk.safety or Safety(desk.settings)
    app = Service(title="Claimstake", version=__version__, docs_url=None, redoc_url=None, openapi_url=None)
    app.state.desk, app.state.metrics = desk, Metrics(desk.workers)
    for name in ROUTES:
        app.include_router(import_module(f"claimstake.service.{name}").router)
    mistakes.handle(app)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    return app
