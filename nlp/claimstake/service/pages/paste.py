"""A text or file in, its claims out."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.datastructures import FormData, UploadFile

from claimstake.readers.items import Item
from claimstake.records import AnnotatedDocument
from claimstake.service.annotating import Annotated as Answer
from claimstake.service.annotating import Wanted
from claimstake.service.api import bodies
from claimstake.service.api.annotate import publication
from claimstake.service.api.answering import told, unless_gone
from claimstake.service.articles import text_parts, viewed
from claimstake.service.desk import Analyst, Desk, analyst, desk
from claimstake.service.pages import render, templates
from claimstake.service.problems import AnswerError
from claimstake.service.settings import Limits

router = APIRouter(include_in_schema=False)

PATH = "/paste"
TYPES = ".txt,.md,.html,.htm,.pdf,.docx,.json"
FIELDS = 8  # of the form
GONE = 499

TheDesk = Annotated[Desk, Depends(desk)]


@router.get(PATH)
def page(request: Request, of: TheDesk) -> HTMLResponse:
    """The empty form."""
    return _page(request, of)


@router.post(PATH)
async def read(request: Request, of: TheDesk, by: Annotated[Analyst, Depends(analyst)]) -> Response:
    """The claims of what was pasted or chosen, as the page or (`?part`) as the part of it that a script shows.

    With the button "Keep" the document goes into the database, and the answer leads to its page.
    """
    part = "part" in request.query_params
    given: dict[str, str] = {}
    try:
        form = await _form(request, of.settings.limits)
        given = {name: value for name, value in form.multi_items() if isinstance(value, str)}
        item = await _item(form, of.settings.limits)
        published = publication(given.get("published", "").strip() or None)
        if "keep" in given:
            return await _kept(request, of, by, item, published)
        with of.workers.admitted():
            found = await unless_gone(request, of.workers.annotate(item, Wanted(published, text=True)))
        values = await asyncio.to_thread(_shown, of, found)
    except AnswerError as problem:
        if part:
            return told(problem)
        status = problem.status if problem.status != GONE else 400
        answer = _page(request, of, status=status, problem=problem, given=given)
        if problem.again is not None:
            answer.headers["Retry-After"] = str(problem.again)
        return answer
    if part:
        return HTMLResponse(await asyncio.to_thread(templates.get_template("pasted.html").render, **values))
    return await asyncio.to_thread(_page, request, of, given=given, **values)


def _page(request: Request, of: Desk, *, status: int = 200, **values: Any) -> HTMLResponse:
    known = {"problem": None, "given": {}, "view": None, "types": TYPES, "limits": of.settings.limits}
    return render(request, "paste.html", status=status, **(known | values))


def _shown(of: Desk, found: Answer) -> dict[str, Any]:
    """Values of the part of the page that shows claims."""
    record = AnnotatedDocument.model_validate_json(found.body)
    view = viewed(record, (), of.judgements)
    return {"view": view, "info": record.doc, "parts": text_parts(view.record), "notes": found.notes}


async def _form(request: Request, limits: Limits) -> FormData:
    """The form's fields.

    Raises:
        AnswerError: it cannot be parsed.
    """
    try:
        return await request.form(max_files=1, max_fields=FIELDS, max_part_size=limits.body)
    except Exception as error:  # noqa: BLE001 - the parser raises what HTTP frameworks raise
        what = getattr(error, "detail", str(error))
        raise AnswerError(f"the form cannot be read: {what}", "one file at a time", status=400) from None


async def _item(form: FormData, limits: Limits) -> Item:
    """What is to be read: the file where one was chosen, else the text.

    Raises:
        AnswerError: there is neither, it is too long, or no document.
    """
    file = form.get("file")
    if isinstance(file, UploadFile) and (file.filename or file.size):
        data = await file.read()
        if (file.filename or "").lower().endswith(".json"):
            return _only(bodies.json_items(data, limits))
        return bodies.file_item(file.filename or "", data, limits)
    text = form.get("text")
    if not isinstance(text, str) or not text.strip():
        raise AnswerError("there is nothing to read", "paste a text, or choose a file")
    if len(text) > limits.characters:
        raise AnswerError(f"the text is longer than {limits.characters:,} characters", "split it", status=413)
    return bodies.Document(text=text.replace("\r\n", "\n")).item()  # browsers send line ends of their own


def _only(given: bodies.Given) -> Item:
    if len(given.documents) > 1:
        mend = "send them to POST /v1/annotate, or archive the file"
        raise AnswerError(f"the file holds {len(given.documents)} documents", mend)
    (document,) = given.documents
    if isinstance(document, AnswerError):
        raise document
    return document


async def _kept(request: Request, of: Desk, by: Analyst, item: Item, published: str | None) -> Response:
    """Keep a document, and lead to its page."""
    with of.workers.admitted():
        kept = await unless_gone(request, of.keeper.keep(item, published))
    if not kept.known and of.safety is not None:
        address = request.client.host if request.client else None
        await asyncio.to_thread(of.safety.audit, by.name, "kept", kept.key, address=address)
    return RedirectResponse(f"/documents/{kept.key}", 303)
