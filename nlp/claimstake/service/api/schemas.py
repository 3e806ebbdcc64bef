"""The OpenAPI document: what routes cannot say by types alone."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel, Field
from pydantic.json_schema import models_json_schema

from claimstake.records import AnnotatedDocument
from claimstake.service.api.answering import NDJSON, Error
from claimstake.service.api.bodies import MEDIA, Document

SAYS = """Claims of news and regulatory articles: annotate texts, search what was claimed, judge it.

Errors are `{"error": {"what": …, "mend": …}}`. On this machine nothing else is needed; elsewhere send a token of
`claimstake account token` as `Authorization: Bearer …`."""
TEXT = "China suspended exports of gallium to the United States on 4 December 2024."
REF = "#/components/schemas/{model}"


class Batch(BaseModel):
    """Several documents at once."""

    documents: list[Document] = Field(min_length=1, max_length=64)


class Entry(BaseModel):
    """What became of a document of a batch: its record, or an error."""

    position: int = Field(description="In the request.")
    record: AnnotatedDocument | None = None
    error: Error | None = None


class BatchAnswer(BaseModel):
    """What became of each document, in the order of the request."""

    documents: list[Entry]


MODELS = (Document, Batch, Entry, BatchAnswer, AnnotatedDocument, Error)
TEXTS = {"text": TEXT, "html": f"<article><h1>Gallium</h1><p>{TEXT}</p></article>"}


def _ref(*models: type[BaseModel]) -> dict[str, Any]:
    found = [{"$ref": REF.format(model=model.__name__)} for model in models]
    return found[0] if len(found) == 1 else {"oneOf": found}


def _bodies() -> dict[str, Any]:
    examples = {
        "one": {"summary": "A document", "value": {"text": TEXT, "published": "2024-12-05"}},
        "several": {"summary": "Several", "value": {"documents": [{"id": "a", "text": TEXT}, {"html": TEXTS["html"]}]}},
    }
    content: dict[str, Any] = {"application/json": {"schema": _ref(Document, Batch), "examples": examples}}
    for media, kind in MEDIA.items():
        plain = {"schema": {"type": "string"}, "example": TEXTS.get(kind)}
        content[media] = plain if kind in TEXTS else {"schema": {"type": "string", "format": "binary"}}
    file = {"type": "array", "items": {"type": "string", "format": "binary"}, "minItems": 1, "maxItems": 64}
    form = {"type": "object", "properties": {"file": file}, "required": ["file"]}
    content["multipart/form-data"] = {"schema": form}
    return {"requestBody": {"required": True, "content": content}}


BODIES = _bodies()
ANNOTATED: dict[str, Any] = {
    "description": "A record; for several documents a list; as NDJSON an entry a line, as they are done.",
    "content": {
        "application/json": {"schema": _ref(AnnotatedDocument, BatchAnswer)},
        NDJSON: {"schema": {"type": "string"}},
    },
}


def openapi(app: FastAPI) -> dict[str, Any]:
    """The document of an application, made once."""
    if app.openapi_schema is None:
        made = get_openapi(
            title=app.title,
            version=app.version,
            description=SAYS,
            routes=app.routes,
            tags=[{"name": name} for name in ("annotation", "claims", "documents", "entities", "ledger", "operation")],
            separate_input_output_schemas=False,
        )
        _, extra = models_json_schema([(model, "validation") for model in MODELS], ref_template=REF)
        schemas = made.setdefault("components", {}).setdefault("schemas", {})
        for name, schema in extra["$defs"].items():
            schemas.setdefault(name, schema)
        made["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        made["security"] = [{}, {"token": []}]
        app.openapi_schema = made
    return app.openapi_schema
