"""One self-contained HTML page per document: the text with its mentions, the claims table beside it; and an index.

Nothing is loaded from elsewhere: style and script stand in the page. What comes from the document is always escaped.
"""

from __future__ import annotations

import colorsys
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib.resources import files
from pathlib import PurePath

from claimstake import __version__
from claimstake import ontology as ontology_module
from claimstake.ontology import DEFAULT_COLOUR, Label, Ontology
from claimstake.records import AnnotatedDocument, Claim, Entity
from claimstake.sinks.wording import qualifier_items, value_text

SLOT = re.compile(r"\{\{(\w+)\}\}")
COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
WARNED = {"polarity", "certainty"}


@dataclass(frozen=True)
class Layer:
    """A stretch of text to be wrapped in a tag: half-open offsets and the opening tag."""

    start: int
    end: int
    tag: str
    name: str


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
        text=wrapped(document.doc.text, layers(document, labels, triggers or {})),
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


def layers(
    document: AnnotatedDocument, labels: Mapping[str, tuple[int, Label]], triggers: Mapping[str, tuple[int, int]]
) -> list[Layer]:
    """Furniture, evidence, mentions and triggers of a document, outermost kinds first."""
    size = len(document.doc.text or "")
    found = [Layer(start, end, '<span class="furniture">', "span") for start, end in _furniture(document, size)]
    for (start, end), ids in _grouped((c.evidence.start, c.evidence.end, c.id) for c in document.claims).items():
        found.append(Layer(start, end, f'<span class="ev" data-c="{escape(" ".join(ids))}">', "span"))
    used = {ref for claim in document.claims for ref in (claim.subject, claim.object)}
    found += [Layer(e.start, e.end, _mark(e, labels, e.id in used), "mark") for e in document.entities]
    for (start, end), ids in _grouped((*span, key) for key, span in triggers.items()).items():
        found.append(Layer(start, end, f'<span class="trigger" data-c="{escape(" ".join(ids))}">', "span"))
    return [layer for layer in found if 0 <= layer.start < layer.end <= size]


def wrapped(text: str, found: Iterable[Layer]) -> str:
    """Escaped text with every layer's tag around it; layers that cross are cut where they must be."""
    opening: dict[int, list[Layer]] = {}
    for layer in found:
        opening.setdefault(layer.start, []).append(layer)
    cuts = sorted({*opening, *(layer.end for group in opening.values() for layer in group)})
    out: list[str] = []
    stack: list[Layer] = []
    last = 0
    for cut in cuts:
        out.append(escape(text[last:cut]))
        last = cut
        keep = next((i for i, layer in enumerate(stack) if layer.end <= cut), len(stack))
        out += [f"</{layer.name}>" for layer in reversed(stack[keep:])]
        reopened = [layer for layer in stack[keep:] if layer.end > cut]
        fresh = reopened + sorted(opening.get(cut, ()), key=lambda layer: -layer.end)
        out += [layer.tag for layer in fresh]
        stack[keep:] = fresh
    out.append(escape(text[last:]))
    return "".join(out)


def _furniture(document: AnnotatedDocument, size: int) -> Iterator[tuple[int, int]]:
    if document.doc.body is None:
        return
    last = 0
    for span in document.doc.body:
        yield last, span.start
        last = span.end
    yield last, size


def _grouped(spans: Iterable[tuple[int, int, str]]) -> dict[tuple[int, int], list[str]]:
    groups: dict[tuple[int, int], list[str]] = {}
    for start, end, key in spans:
        groups.setdefault((start, end), []).append(key)
    return groups


def _mark(entity: Entity, labels: Mapping[str, tuple[int, Label]], used: bool) -> str:
    kind = " nominal" if entity.mention == "nominal" else ""
    says = " · ".join(filter(None, (entity.label, entity.canonical, value_text(entity.value))))
    data = f'data-e="{entity.id}" data-l="{escape(entity.label)}"' + (' data-n="1"' if used else "")
    return f'<mark class="l{labels[entity.label][0]}{kind}" {data} title="{escape(says)}">'


def _labels(document: AnnotatedDocument, ontology: Ontology) -> dict[str, tuple[int, Label]]:
    """Number and label by name: those of the ontology that the document has, and any that only the document has."""
    names = {e.label: None for e in document.entities}
    known = [label for label in ontology.labels.values() if label.name in names]
    known += [Label(name, "") for name in names if name not in ontology.labels]
    return {label.name: (number, label) for number, label in enumerate(known)}


def colours(labels: Iterable[tuple[str, Label]]) -> str:
    """CSS rules that give a class the colours of its label: `--c` its pastel, `--s` a fuller tone."""
    return "\n".join(f".{name} {{ --c: {_safe(row.colour)}; --s: {strong(row.colour)}; }}" for name, row in labels)


def _safe(colour: str) -> str:
    return colour if COLOUR.fullmatch(colour) else DEFAULT_COLOUR


def strong(colour: str) -> str:
    """A darker, fuller tone of a pastel, for the line under a mention: pastels alone are hard to tell apart."""
    red, green, blue = (int(_safe(colour)[i : i + 2], 16) / 255 for i in (1, 3, 5))
    hue, _, saturation = colorsys.rgb_to_hls(red, green, blue)
    tone = colorsys.hls_to_rgb(hue, 0.45, 0.65 if saturation > 0.1 else 0.0)
    return "#" + "".join(f"{round(255 * part):02x}" for part in tone)


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
    if any(text[start:end].strip() for start, end in _furniture(document, len(text))):
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
    value = value_text(entity.value) if not isinstance(entity.value, str) else ""
    said = entity.text if entity.canonical in ("", value) else entity.canonical
    title = f"{entity.label}, in the text: {' '.join(entity.text.split())}" + (f" ({value})" if value else "")
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
