"""Log in and out."""

from __future__ import annotations

import re
import secrets
from typing import Annotated
from urllib.parse import urlsplit

from anyio.to_thread import run_sync
from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from claimstake.service.desk import Desk
from claimstake.service.desk import desk as desk_of
from claimstake.service.pages import render
from claimstake.service.safety import asking, passwords
from claimstake.service.safety.forgery import token_of
from claimstake.service.safety.refusals import Refused
from claimstake.service.safety.sessions import LONGEST

router = APIRouter(include_in_schema=False)

FORM_AGE = 3600  # seconds for which a log-in form can be sent
LONGEST_PATH, LONGEST_NAME = 2_000, 64  # characters
ODD = re.compile(r"[\x00-\x20\x7f\\]")


def own_path(wanted: str) -> str:
    """Where to go after the log-in: an address of this desk, whatever was asked for."""
    if len(wanted) > LONGEST_PATH or ODD.search(wanted) or not wanted.startswith("/") or wanted.startswith("//"):
        return "/"
    try:
        found = urlsplit(wanted)
    except ValueError:
        return "/"
    outside = found.scheme or found.netloc or found.path in ("/login", "/logout")
    return "/" if outside else wanted


@router.get("/login")
def ask(request: Request, next: str = "/") -> Response:  # noqa: A002 (name of the field)
    """The form; whoever is logged in, or need not be, goes on."""
    if request.state.analyst is not None:
        return RedirectResponse(own_path(next), 303)
    return _form(request, own_path(next))


@router.post("/login")
async def log_in(
    request: Request,
    name: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/",  # noqa: A002
) -> Response:
    """Begin a session, in place of the one that there was."""
    desk, address = desk_of(request), _address(request)
    if not desk.safety.accounts_needed:
        return RedirectResponse("/", 303)
    try:
        short = len(name) <= LONGEST_NAME and len(password) <= passwords.LONGEST
        secret = await run_sync(desk.safety.log_in, name if short else "", password if short else "", address)
    except Refused as refused:
        said = f"{refused.what[0].upper()}{refused.what[1:]}: {refused.mend}."
        return _form(request, own_path(next), name[:LONGEST_NAME], said, refused.status, refused.headers)
    if secret is None:
        return _form(request, own_path(next), name[:LONGEST_NAME], "Account or password is wrong.", 403)
    before = request.cookies.get(asking.cookie(desk.settings))
    if before:
        await run_sync(desk.safety.sessions.end, before)
    answer = RedirectResponse(own_path(next), 303)
    _set(answer, desk, asking.cookie(desk.settings), secret, int(LONGEST.total_seconds()))
    _forget(answer, desk, asking.early_cookie(desk.settings))
    return answer


@router.post("/logout")
def log_out(request: Request) -> Response:
    """End the session."""
    desk, analyst = desk_of(request), request.state.analyst
    answer = RedirectResponse("/login", 303)
    if analyst.session:
        secret = request.cookies[asking.cookie(desk.settings)]
        desk.safety.log_out(analyst.name, secret, _address(request))
        _forget(answer, desk, asking.cookie(desk.settings))
    return answer


def _form(
    request: Request,
    then: str,
    name: str = "",
    problem: str = "",
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> Response:
    """The form, bound to a cookie of its own: nobody else can log a browser in."""
    desk = desk_of(request)
    key = asking.early_cookie(desk.settings)
    early = request.cookies.get(key) or secrets.token_urlsafe(32)
    values = {"csrf": token_of(early), "next": then, "name": name, "problem": problem}
    answer = render(request, "login.html", status=status, **values)
    answer.headers.update(headers or {})
    _set(answer, desk, key, early, FORM_AGE)
    return answer


def _set(answer: Response, desk: Desk, key: str, value: str, age: int) -> None:
    answer.set_cookie(key, value, age, path="/", secure=desk.settings.secure, httponly=True, samesite="strict")


def _forget(answer: Response, desk: Desk, key: str) -> None:
    answer.delete_cookie(key, path="/", secure=desk.settings.secure, httponly=True, samesite="strict")


def _address(request: Request) -> str:
    return request.client.host if request.client else ""
