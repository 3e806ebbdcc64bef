"""The application: routes of the API and of the pages, and what surrounds them."""

from __future__ import annotations

from importlib import import_module

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.types import ASGIApp

from claimstake import __version__
from claimstake.service.api.answering import told
from claimstake.service.desk import Desk
from claimstake.service.pages import STATIC
from claimstake.service.problems import AnswerError
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
    """An application of which even the answer to an error passes the guard."""

    def build_middleware_stack(self) -> ASGIApp:
        return guard(super().build_middleware_stack(), self.state.desk)


def create_app(desk: Desk) -> FastAPI:
    """The application over an open desk; whoever made the desk closes it.

    Raises:
        ConfigError: clients could not log in, or passwords would go about in the clear; see `safety.listening`.
    """
    desk.safety = desk.safety or Safety(desk.settings)
    app = Service(title="Claimstake", version=__version__, docs_url=None, redoc_url=None)
    app.state.desk = desk
    for name in ROUTES:
        app.include_router(import_module(f"claimstake.service.{name}").router)
    app.add_exception_handler(AnswerError, lambda _, problem: told(problem))
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    return app
