"""A text with its mentions, evidence and triggers wrapped in tags, and the colours of labels, for every page of a text.

What comes from the document is always escaped; who draws a page says with which tag a mention opens.
"""

from __future__ import annotations

import colorsys
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from html import escape

from claimstake.ontology import DEFAULT_COLOUR, Label
from claimstake.records import AnnotatedDocument, Entity
from claimstake.sinks.wording import value_text

COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


@dataclass(frozen=True)
class Layer:
    """A stretch of text to be wrapped in a tag: half-open offsets and the opening tag."""

    start: int
    end: int
    tag: str
    name: str


def layers(
    document: AnnotatedDocument, mark: Callable[[Entity], str], triggers: Mapping[str, tuple[int, int]]
) -> list[Layer]:
    """Furniture, evidence, mentions and triggers of a document, outermost kinds first.

    Args:
        mark: the opening <mark> of a mention, from escaped parts.
        triggers: claim id to the offsets of its trigger words, where they are known.
    """
    size = len(document.doc.text or "")
    found = [Layer(start, end, '<span class="furniture">', "span") for start, end in furniture(document)]
    for (start, end), ids in _grouped((c.evidence.start, c.evidence.end, c.id) for c in document.claims).items():
        found.append(Layer(start, end, f'<span class="ev" data-c="{escape(" ".join(ids))}">', "span"))
    found += [Layer(e.start, e.end, mark(e), "mark") for e in document.entities]
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


def furniture(document: AnnotatedDocument) -> Iterator[tuple[int, int]]:
    """What lies outside the article proper, where that is known."""
    if document.doc.body is None:
        return
    last = 0
    for span in document.doc.body:
        yield last, span.start
        last = span.end
    yield last, len(document.doc.text or "")


def mention_says(entity: Entity) -> str:
    """What a mention is, in a line: label, canonical name, value."""
    return " · ".join(filter(None, (entity.label, entity.canonical, value_text(entity.value))))


def end_name(entity: Entity) -> tuple[str, str]:
    """An end of a claim as it is called, and in a line what the text says there."""
    value = value_text(entity.value) if not isinstance(entity.value, str) else ""
    said = entity.text if entity.canonical in ("", value) else entity.canonical
    return said, f"{entity.label}, in the text: {' '.join(entity.text.split())}" + (f" ({value})" if value else "")


def colours(labels: Iterable[tuple[str, Label]]) -> str:
    """CSS rules that give a class the colours of its label: `--c` its pastel, `--s` a fuller tone."""
    return "\n".join(f".{name} {{ --c: {_safe(row.colour)}; --s: {strong(row.colour)}; }}" for name, row in labels)


def strong(colour: str) -> str:
    """A darker, fuller tone of a pastel, for the line under a mention: pastels alone are hard to tell apart."""
    red, green, blue = (int(_safe(colour)[i : i + 2], 16) / 255 for i in (1, 3, 5))
    hue, _, saturation = colorsys.rgb_to_hls(red, green, blue)
    tone = colorsys.hls_to_rgb(hue, 0.45, 0.65 if saturation > 0.1 else 0.0)
    return "#" + "".join(f"{round(255 * part):02x}" for part in tone)


def _grouped(spans: Iterable[tuple[int, int, str]]) -> dict[tuple[int, int], list[str]]:
    groups: dict[tuple[int, int], list[str]] = {}
    for start, end, key in spans:
        groups.setdefault((start, end), []).append(key)
    return groups


def _safe(colour: str) -> str:
    return colour if COLOUR.fullmatch(colour) else DEFAULT_COLOUR
