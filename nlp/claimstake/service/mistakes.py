"""What went wrong, as an answer: JSON to programs, a page to people."""

from __future__ import annotations

import logging

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import Match, Route

from claimstake.errors import ClaimstakeError, ConfigError, ReadError, StoreError
from claimstake.service.api.answering import GONE, told
from claimstake.service.pages import render
from claimstake.service.problems import AnswerError
from claimstake.service.safety.refusals import is_for_programs

logger = logging.getLogger("claimstake.service")

SAYS = {404: "there is nothing at this address", 405: "this address does not take such a request"}
FIELDS = 20  # that an answer names, though more be wrong
OUTSIDE = ("body", "query", "path", "header")  # where FastAPI found a field


def handle(app: FastAPI) -> None:
    """Let an application answer errors of ours, of its framework, and of nobody."""
    app.add_exception_handler(ClaimstakeError, _ours)
    app.add_exception_handler(HTTPException, _of_framework)
    app.add_exception_handler(RequestValidationError, _of_fields)
    app.add_exception_handler(ClientDisconnect, _for_nobody)
    app.add_exception_handler(Exception, _of_nobody)


def problem_of(error: ClaimstakeError) -> AnswerError:
    """An error of ours as a client is told of it; where the database stands is none of its business."""
    match error:
        case AnswerError():
            return error
        case StoreError():
            logger.error("%s", error)
            return AnswerError(f"the database {error.problem}", "try again in a moment", status=503, again=5)
        case ReadError():
            return AnswerError(error.problem, error.mend)
        case ConfigError():
            return AnswerError(str(error))
    logger.error("%s", error)
    return AnswerError(str(error), status=500)


def _ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, ClaimstakeError)
    return _answer(request, problem_of(error))


def _of_framework(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    said = SAYS.get(error.status_code, str(error.detail))
    answer = _answer(request, AnswerError(said, status=error.status_code))
    answer.headers.update(error.headers or {})
    if error.status_code == 405:
        answer.headers["Allow"] = ", ".join(sorted(_methods(request)))
    return answer


def _methods(request: Request) -> set[str]:
    """What an address takes; several routes may share it."""
    found = (route for route in request.app.routes if isinstance(route, Route))
    at = [route.methods or set() for route in found if route.matches(request.scope)[0] is not Match.NONE]
    return set().union(*at)


def _for_nobody(request: Request, error: Exception) -> Response:
    """Whoever went away in the middle of a request reads no answer, and made no mistake of ours."""
    return Response(status_code=GONE)


def _of_fields(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    fields = [{"field": _place(found["loc"]), "what": found["msg"]} for found in error.errors()[:FIELDS]]
    if any(found["type"] == "json_invalid" for found in error.errors()):
        return _answer(request, AnswerError("the body is no JSON", "mend it", status=400))
    first = f"{fields[0]['field']}: {fields[0]['what']}" if fields else "a value is wrong"
    return _answer(request, AnswerError(first, "see /docs for what is taken"), fields)


def _place(found: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in (found[1:] if found and found[0] in OUTSIDE else found))


def _of_nobody(request: Request, error: Exception) -> Response:
    logger.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return _answer(request, AnswerError("the service made a mistake", "see its log, and report it", status=500))


def _answer(request: Request, problem: AnswerError, fields: list[dict[str, str]] | None = None) -> Response:
    if is_for_programs(request.scope):
        return told(problem, fields)
    return render(
        request, "refused.html", status=problem.status, code=problem.status, what=problem.what, mend=problem.mend
    )
