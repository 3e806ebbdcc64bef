"""A document with its claims, to be judged."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, JSONResponse
from pydantic.json_schema import models_json_schema

from claimstake.ontology import EVERY_CLAIM, Ontology
from claimstake.queries.contract import InboxOrder, StoredRecord
from claimstake.readers.items import Item
from claimstake.records import DocumentInfo, Entity, Qualifiers, Time
from claimstake.service.api.answering import unless_gone
from claimstake.service.articles import text_parts, view
from claimstake.service.desk import Desk, desk
from claimstake.service.pages import render
from claimstake.service.pages.inbox import STATES
from claimstake.service.pages.inbox import address as inbox_address
from claimstake.service.pages.labels import ontology
from claimstake.service.problems import AnswerError

router = APIRouter(include_in_schema=False)

AHEAD = 100  # documents of the inbox among which the next one is looked for
CONTEXT = 24  # characters on both sides of a mention that tell it from others


@router.get("/documents/{key}", response_class=HTMLResponse)
def article(
    request: Request, key: str, of: Annotated[Desk, Depends(desk)], order: InboxOrder = "newest"
) -> HTMLResponse:
    """The page."""
    stored = of.reader.document(key)
    if stored is None:
        return render(request, "no_document.html", status=404, key=key)
    shown = view(of, stored.row.key, stored.record)
    labels = {entity.label for entity in shown.record.entities}
    known = ontology(of).labels
    return render(
        request,
        "article.html",
        row=stored.row,
        info=stored.record.doc,
        view=shown,
        parts=text_parts(shown.record) if stored.record.doc.text else [],
        labels=[known[name] for name in known if name in labels],
        state=STATES[stored.row.state],
        inbox=inbox_address(order=order),
        next=_next(of, stored.row.key, order),
    )


@router.get("/v1/documents/{key}/choices")
def choices(key: str, of: Annotated[Desk, Depends(desk)]) -> JSONResponse:
    """What a correction can be made of: predicates with their signatures, labels, qualifiers, mentions."""
    stored = of.reader.document(key)
    if stored is None:
        raise AnswerError(f"there is no document {key}", status=404)
    shown = view(of, stored.row.key, stored.record)
    return JSONResponse(
        {
            **_vocabulary(ontology(of)),
            "qualifiers": _qualifiers(),
            "mentions": [_mention(e, stored) for e in sorted(shown.record.entities, key=lambda e: (e.start, -e.end))],
            "claims": {x.id: x.claim.model_dump(mode="json", exclude_none=True) for x in shown.claims},
        }
    )


@router.get("/v1/documents/{key}/why")
async def why(request: Request, key: str, of: Annotated[Desk, Depends(desk)]) -> JSONResponse:
    """Triggers and cues of the claims, which no database keeps: the text is annotated once more."""
    stored = await asyncio.to_thread(of.reader.document, key)
    if stored is None or stored.record.doc.text is None:
        raise AnswerError(f"there is no text of document {key}", status=404)
    with of.workers.admitted():
        found = await unless_gone(request, of.workers.explain(_item(stored.record.doc)))
    shown = ("id", "trigger", "trigger_start", "trigger_end", "rule", "path", "cues", "start", "end")
    return JSONResponse({"claims": [{name: one[name] for name in shown} for one in found.reasons]})


def _item(info: DocumentInfo) -> Item:
    """A stored document as the readers take it."""
    known = {"id": info.id, "title": info.title, "published": info.published, "text": info.text}
    data = json.dumps({name: value for name, value in known.items() if value is not None}).encode()
    return Item(info.id, info.id, "record", data)


def _next(of: Desk, key: str, order: InboxOrder) -> str | None:
    """Address of the document that the inbox shows after this one; of its first where this is none of the new ones."""
    page = of.reader.inbox(order=order, state="new", limit=AHEAD)
    keys = [row.key for row in page.documents]
    at = keys.index(key) + 1 if key in keys else 0
    if at == len(keys) and page.next:
        keys += [row.key for row in of.reader.inbox(order=order, state="new", cursor=page.next, limit=1).documents]
    following = keys[at] if at < len(keys) else None
    tail = "" if order == "newest" else f"?order={order}"
    return f"/documents/{following}{tail}" if following else None


def _vocabulary(known: Ontology) -> dict[str, Any]:
    predicates = [
        {
            "name": p.name,
            "says": p.says,
            "subject": [name for name in known.labels if name in p.subject],
            "object": [name for name in known.labels if name in p.object],
            "qualifiers": [*p.qualifiers, *EVERY_CLAIM],
        }
        for p in known.predicates.values()
    ]
    return {"predicates": predicates, "labels": [{"name": x.name, "says": x.says} for x in known.labels.values()]}


def _qualifiers() -> dict[str, list[str] | None]:
    """Each qualifier's values, None where any text goes; a time's are its kinds."""
    _, schema = models_json_schema([(Qualifiers, "validation"), (Time, "validation")])
    models = cast(dict[str, Any], schema["$defs"])

    def values(field: dict[str, Any]) -> list[str] | None:
        return next((one["enum"] for one in (field, *field.get("anyOf", ())) if "enum" in one), None)

    found = {name: values(field) for name, field in models["Qualifiers"]["properties"].items()}
    return found | {"time": values(models["Time"]["properties"]["kind"])}


def _mention(entity: Entity, stored: StoredRecord) -> dict[str, Any]:
    text = stored.record.doc.text
    around = ["", ""]
    if text is not None:
        around = [text[max(entity.start - CONTEXT, 0) : entity.start], text[entity.end : entity.end + CONTEXT]]
    return {
        "id": entity.id,
        "label": entity.label,
        "text": " ".join(entity.text.split()),
        "canonical": entity.canonical,
        "start": entity.start,
        "around": [" ".join(part.split()) for part in around],
    }
