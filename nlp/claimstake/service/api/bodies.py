"""Bodies of requests into documents: JSON, plain text, HTML, uploaded files; one or several."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterable
from dataclasses import dataclass
from email.message import Message
from typing import Annotated, Any, Self

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import from_json
from starlette.datastructures import UploadFile

from claimstake.readers.items import Item
from claimstake.readers.registry import READERS, SUFFIXES, magic, sniff
from claimstake.records import text_sha256
from claimstake.service.problems import AnswerError
from claimstake.service.settings import Limits

HEAD = 4_096  # bytes looked at to tell a format
MEDIA = {
    "text/plain": "text",
    "text/markdown": "text",
    "text/html": "html",
    "application/xhtml+xml": "html",
    "application/pdf": "pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
}
KNOWN = f"send application/json, multipart/form-data, {', '.join(MEDIA)}"
FIELDS = 100  # of a document; an error for each of a million takes seconds
ID_LENGTH = 16  # hexadecimal digits

Line = Annotated[str, Field(max_length=1_000, pattern=r"^[^\x00-\x1f\x7f]*$")]


class Document(BaseModel):
    """A document to be annotated: its text or its HTML, and what is known about it."""

    model_config = ConfigDict(extra="forbid")

    id: Annotated[str, Field(min_length=1, max_length=300, pattern=r"^[^\x00-\x1f\x7f]*$")] | None = Field(
        default=None, description="Your own id; a hash of the text where there is none."
    )
    text: str | None = Field(default=None, description="The text; offsets in the answer are code points of it.")
    html: str | None = Field(default=None, description="A page, in place of the text; its article is looked for.")
    title: Line | None = None
    author: Line | None = None
    publisher: Line | None = None
    published: Line | None = Field(default=None, description="Date of publication: 2025, 2025-07 or 2025-07-16.")
    url: Annotated[str, Field(max_length=2_000, pattern=r"^https?://[^\s\x00-\x1f\x7f]+$")] | None = None
    language: Annotated[str, Field(max_length=35, pattern=r"^[A-Za-z0-9-]*$")] | None = None

    @model_validator(mode="after")
    def _one_text(self) -> Self:
        if (self.text is None) == (self.html is None):
            raise ValueError("needs either text or html")
        return self

    def item(self) -> Item:
        """As readers take it."""
        values = self.model_dump(exclude_none=True)
        name = text_sha256(self.text or self.html or "")[:ID_LENGTH]
        return Item(self.id or name, name, "record", json.dumps(values).encode(), url=self.url)


@dataclass(frozen=True)
class Given:
    """What a request holds.

    Args:
        documents: each one, or what is wrong with it.
        several: whether the client expects a list, be it of one.
    """

    documents: list[Item | AnswerError]
    several: bool = False


async def given(request: Request, limits: Limits) -> Given:
    """The documents of a request.

    Raises:
        AnswerError: the body is too large (413), of no known type (415), or not what its type says (400, 422).
    """
    kind, charset = _content_type(request)
    if kind == "multipart/form-data":
        return await _uploaded(request, limits)
    body = await whole(request, limits.body)
    if kind == "application/json" or not kind:
        return json_items(body, limits)
    if kind not in MEDIA:
        raise AnswerError(f"cannot read a body of type {kind}", KNOWN, status=415)
    name = request.query_params.get("name", "")
    return Given([file_item(name, body, limits, kind=MEDIA[kind], charset=charset)])


async def whole(request: Request, most: int) -> bytes:
    """The body of a request.

    Raises:
        AnswerError: it has more than `most` bytes.
    """
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > most:
            raise AnswerError(f"the request has more than {most:,} bytes", "send less at a time", status=413)
        parts.append(part)
    return b"".join(parts)


def parsed(body: bytes) -> Any:
    """JSON.

    Raises:
        AnswerError: it is none; numbers that are none, lone surrogates and deep nesting are none either.
    """
    try:
        return from_json(body, allow_inf_nan=False)
    except ValueError as error:
        said = str(error).replace("unexpected end of hex escape", "cut escape, or half of a surrogate pair,")
        raise AnswerError(f"the body is no JSON: {said}", "mend it", status=400) from None


def first_error(error: ValidationError) -> str:
    """What is wrong with which field, in one clause."""
    (found, *_) = error.errors(include_url=False, include_context=False, include_input=False)
    place = ".".join(map(str, found["loc"]))
    said = found["msg"].removeprefix("Value error, ")
    return f"{place}: {said}" if place else said


def _content_type(request: Request) -> tuple[str, str | None]:
    message = Message()
    message["content-type"] = request.headers.get("content-type", "")
    kind = message.get_content_type() if "content-type" in request.headers else ""
    return kind, message.get_content_charset()


def json_items(body: bytes, limits: Limits) -> Given:
    """The documents of a JSON body.

    Raises:
        AnswerError: it is no JSON (400), or holds no documents as they are described (422).
    """
    value = parsed(body)
    if not isinstance(value, dict):
        raise AnswerError(f"the body is a JSON {_kind(value)}", 'send {"text": …} or {"documents": [{"text": …}, …]}')
    if "documents" not in value:
        found = _document(value, limits)
        if isinstance(found, AnswerError):
            raise found
        return Given([found])
    documents, more = value["documents"], value.keys() - {"documents"}
    if more or not isinstance(documents, list) or not documents:
        raise AnswerError(
            "documents is no list with documents, or does not stand alone", 'send {"documents": [{"text": …}]}'
        )
    _check_number(documents, limits)
    return Given([_document(document, limits) for document in documents], several=True)


def _document(value: Any, limits: Limits) -> Item | AnswerError:
    if isinstance(value, dict) and len(value) > FIELDS:
        return AnswerError(f"a document has more than {FIELDS} fields", "see /docs for what a document has")
    try:
        document = Document.model_validate(value)
    except ValidationError as error:
        return AnswerError(first_error(error), "see /docs for what a document has")
    if len(document.text or "") > limits.characters:
        return AnswerError(f"text is longer than {limits.characters:,} characters", "split it", status=413)
    return document.item()


async def _uploaded(request: Request, limits: Limits) -> Given:
    """Each file of a form is a document; other fields are none."""
    request._body = await whole(request, limits.body)
    try:
        form = await request.form(max_files=limits.batch, max_fields=limits.batch)
    except Exception as error:  # noqa: BLE001 - the parser raises what HTTP frameworks raise
        raise AnswerError(
            f"the form cannot be read: {getattr(error, 'detail', error)}", "send it again", status=400
        ) from None
    files = [part for _, part in form.multi_items() if isinstance(part, UploadFile)]
    if not files:
        raise AnswerError("the form holds no file", "add one, with its file name")
    _check_number(files, limits)
    found: list[Item | AnswerError] = []
    for part in files:
        try:
            found.append(file_item(part.filename or "", await part.read(), limits))
        except AnswerError as problem:
            found.append(problem)
    await form.close()
    if len(found) == 1 and isinstance(found[0], AnswerError):
        raise found[0]
    return Given(found, several=len(found) > 1)


def _check_number(documents: Iterable[Any], limits: Limits) -> None:
    if len(list(documents)) > limits.batch:
        raise AnswerError(f"there are more than {limits.batch} documents", "send fewer at a time", status=413)


def file_item(name: str, data: bytes, limits: Limits, *, kind: str | None = None, charset: str | None = None) -> Item:
    """A file as a work item, named by the last part of its name.

    Raises:
        AnswerError: it is empty (422), or of a format that is no document (415).
    """
    clean = "".join(c for c in posixpath.basename(name.replace("\\", "/")) if c.isprintable())[:200]
    stem, suffix = posixpath.splitext(clean)
    if not data:
        raise AnswerError("the document is empty", "send its bytes")
    found = magic(data[:HEAD]) or kind or SUFFIXES.get(suffix.lower()) or sniff(data[:HEAD])
    if found not in READERS:
        what = "holds several documents" if found in SUFFIXES.values() else "is of no format that can be read"
        raise AnswerError(f"{clean or 'the body'} {what}", "send text, HTML, PDF or Word documents", status=415)
    name = clean.strip() or text_sha256(data.decode("latin-1"))[:ID_LENGTH]
    return Item(name, name, found, data, stem=stem.strip(), encoding=charset)


def _kind(value: Any) -> str:
    names = {list: "array", str: "string", bool: "boolean", int: "number", float: "number"}
    return names.get(type(value), "null")
