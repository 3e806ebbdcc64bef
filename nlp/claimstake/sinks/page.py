"""One self-contained HTML page per document: the text with its mentions, the claims table beside it; and an index.

Nothing is loaded from elsewhere: style and script stand in the page. What comes from the document is always escaped.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from html import escape
from importlib.resources import files
from pathlib import PurePath

from claimstake import __version__
from claimstake import ontology as ontology_module
from claimstake.ontology import Label, Ontology
from claimstake.records import AnnotatedDocument, Claim, Entity
from claimstake.sinks.highlights import colours, end_name, furniture, layers, mention_says, wrapped
from claimstake.sinks.wording import qualifier_items

SLOT = re.compile(r"\{\{(\w+)\}\}")
WARNED = {"polarity", "certainty"}


def page(
    document: AnnotatedDocument,
    *,
    triggers: Mapping[str, tuple[int, int]] | None = None,
    ontology: Ontology | None = None,
    index: str | None = None,
) -> str:
    """The page of a document whose record carries its text.

    Args:
        document: assembled with its text.
        triggers: claim id to the offsets of its trigger words, where they are known.
        ontology: labels with their colours; None takes the packaged one.
        index: address of the page that lists this one.

    Raises:
        ValueError: the record does not carry its text.
    """
    if document.doc.text is None:
        raise ValueError(f"{document.doc.id}: a page needs the text; assemble the record with text=True")
    labels = _labels(document, ontology or ontology_module.default())
    return _fill(
        "page.html",
        title=escape(document.doc.title or document.doc.id),
        generator=f"claimstake {__version__}",
        meta=_meta(document),
        lang=f' lang="{escape(document.doc.language)}"' if document.doc.language else "",
        css=_template("page.css"),
        colours=colours((f"l{number}", label) for number, label in labels.values()),
        back=f'<p class="meta"><a href="{escape(index)}">All documents</a></p>' if index else "",
        legend=_legend(document, labels),
        text=wrapped(document.doc.text, layers(document, _marks(document, labels), triggers or {})),
        counted=f"{len(document.claims)} claim{'' if len(document.claims) == 1 else 's'}",
        claims=_table(document, labels),
        script=_template("page.js"),
    )


def index_page(documents: Iterable[tuple[AnnotatedDocument, str]]) -> str:
    """A page that lists documents, each with the address of its own page."""
    rows = [
        f'<tr><td><a href="{escape(address)}">{escape(d.doc.title or d.doc.id)}</a></td>'
        f'<td class="date">{escape(d.doc.published or "")}</td>'
        f'<td class="conf">{len(d.entities)}</td><td class="conf">{len(d.claims)}</td></tr>'
        for d, address in documents
    ]
    return _fill(
        "index.html",
        title=f"{len(rows)} document{'' if len(rows) == 1 else 's'}",
        generator=f"claimstake {__version__}",
        css=_template("page.css"),
        rows="\n".join(rows),
    )


def _marks(document: AnnotatedDocument, labels: Mapping[str, tuple[int, Label]]) -> Callable[[Entity], str]:
    """Opens the <mark> of a mention; those that claims are about can be clicked."""
    used = {ref for claim in document.claims for ref in (claim.subject, claim.object)}

    def mark(entity: Entity) -> str:
        kind = " nominal" if entity.mention == "nominal" else ""
        data = f'data-e="{entity.id}" data-l="{escape(entity.label)}"' + (' data-n="1"' if entity.id in used else "")
        return f'<mark class="l{labels[entity.label][0]}{kind}" {data} title="{escape(mention_says(entity))}">'

    return mark


def _labels(document: AnnotatedDocument, ontology: Ontology) -> dict[str, tuple[int, Label]]:
    """Number and label by name: those of the ontology that the document has, and any that only the document has."""
    names = {e.label: None for e in document.entities}
    known = [label for label in ontology.labels.values() if label.name in names]
    known += [Label(name, "") for name in names if name not in ontology.labels]
    return {label.name: (number, label) for number, label in enumerate(known)}


def _meta(document: AnnotatedDocument) -> str:
    info = document.doc
    source = info.source if info.source is None or "://" in info.source else PurePath(info.source).name
    facts = [info.publisher, info.author, info.published, source, info.id if info.title else None]
    return escape(" · ".join(dict.fromkeys(fact for fact in facts if fact)))


def _legend(document: AnnotatedDocument, labels: Mapping[str, tuple[int, Label]]) -> str:
    counts = dict.fromkeys(labels, 0)
    for entity in document.entities:
        counts[entity.label] += 1
    boxes = [
        f'<label class="l{i}" title="{escape(label.says)}"><input type="checkbox" data-l="{escape(name)}" checked>'
        f"{escape(name)} <small>{counts[name]}</small></label>"
        for name, (i, label) in labels.items()
    ]
    boxes.append('<label><input type="checkbox" data-body="names" data-when="on">label names</label>')
    text = document.doc.text or ""
    if any(text[start:end].strip() for start, end in furniture(document)):
        box = '<input type="checkbox" data-body="no-furniture" data-when="off" checked>'
        boxes.append(f"<label>{box}page furniture</label>")
    if document.claims:
        boxes.append(
            '<span class="key">Of the claim chosen: '
            '<span class="subject">subject</span> <span class="object">object</span> '
            '<span class="trigger">trigger</span> <span class="ev">evidence</span></span>'
        )
    return "\n".join(boxes)


def _table(document: AnnotatedDocument, labels: Mapping[str, tuple[int, Label]]) -> str:
    if not document.claims:
        return '<p class="empty">No claim was found in this text.</p>'
    entities = {e.id: e for e in document.entities}
    rows = "\n".join(_row(claim, entities, labels) for claim in document.claims)
    head = '<thead><tr><th>Claim</th><th>Qualifiers</th><th class="conf">Confidence</th></tr></thead>'
    return f"<table>\n{head}\n<tbody>\n{rows}\n</tbody>\n</table>"


def _row(claim: Claim, entities: Mapping[str, Entity], labels: Mapping[str, tuple[int, Label]]) -> str:
    subject, object_ = _chip(entities[claim.subject], labels), _chip(entities[claim.object], labels)
    triple = f'{subject} <span class="pred">{escape(claim.predicate.replace("_", " "))}</span> {object_}'
    items = "".join(
        f"<div{' class=warn' if name in WARNED else ''}><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>"
        for name, value in qualifier_items(claim.qualifiers)
    )
    return (
        f'<tr id="{escape(claim.id)}" data-s="{claim.subject}" data-o="{claim.object}">'
        f'<td><button type="button" aria-pressed="false">{triple}</button></td>'
        f'<td><dl class="quals">{items}</dl></td><td class="conf">{_level(claim.confidence)}</td></tr>'
    )


def _chip(entity: Entity, labels: Mapping[str, tuple[int, Label]]) -> str:
    said, title = end_name(entity)
    return f'<span class="chip l{labels[entity.label][0]}" title="{escape(title)}">{escape(said)}</span>'


def _level(confidence: float | None) -> str:
    if confidence is None:
        return ""
    return f'<span class="level" aria-hidden="true"><i style="width:{confidence:.0%}"></i></span>{confidence:.2f}'


def _fill(template: str, **slots: str) -> str:
    """The template with its slots filled in one pass, so that no filling is read as a slot."""
    return SLOT.sub(lambda slot: slots[slot[1]], _template(template))


@cache
def _template(name: str) -> str:
    return (files("claimstake") / "sinks" / "templates" / name).read_text(encoding="utf-8").rstrip("\n")
