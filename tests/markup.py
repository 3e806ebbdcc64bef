"""Inline markup of mentions for tests: "[Beijing|PLACE|China] banned exports of [gallium|MINERAL]".

A mention is `[text|LABEL]`, `[text|LABEL|canonical]` or, with a value, `[July 15|DATE|=2025-07-15]`. Mentions nest:
`[extraction of [lithium|MINERAL]|TECHNOLOGY]`. A backslash makes `[`, `]` and `|` plain text. Anything else that does
not
parse raises: a test whose markup is wrong must fail, not pass with fewer mentions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from spacy.language import Language
from spacy.tokens import Doc

from claimstake import attributes, ontology
from claimstake.pipes.measures import MeasureFinder

MEASURED = ("THRESHOLD", "QUANTITY")


class MarkupError(ValueError):
    """The markup is unbalanced, names an unknown label, or cuts through a token."""


@dataclass(frozen=True)
class Marked:
    """One mention: character offsets into the plain text, label, canonical name and value."""

    start: int
    end: int
    label: str
    canonical: str
    value: str | None = None


def parse(markup: str, aliases: Mapping[str, str] | None = None) -> tuple[str, list[Marked]]:
    """Plain text and its mentions, in text order, outer before inner.

    Args:
        markup: the marked text.
        aliases: canonical names of surfaces that are written without one.

    Raises:
        MarkupError: see there.
    """
    plain: list[str] = []
    length = 0
    stack: list[tuple[int, int, list[str]]] = []  # start in the plain text, in the markup, fields after the first bar
    found: list[Marked] = []
    i = 0
    while i < len(markup):
        char = markup[i]
        if char == "\\" and markup[i + 1 : i + 2] in ("[", "]", "|"):
            char, i = markup[i + 1], i + 1
        elif char == "[":
            stack.append((length, i, []))
            i += 1
            continue
        elif char == "|":
            if not stack:
                raise MarkupError(f"a bar outside a mention at {i}: {markup[max(0, i - 20) : i + 20]!r}")
            stack[-1][2].append("")
            i += 1
            continue
        elif char == "]":
            if not stack:
                raise MarkupError(f"a closing bracket without its opening at {i}: {markup[max(0, i - 20) : i + 20]!r}")
            start, at, fields = stack.pop()
            if stack and stack[-1][2]:
                raise MarkupError(f"a mention inside a label at {at}: {markup[at : at + 40]!r}")
            found.append(_marked("".join(plain)[start:length], start, fields, aliases or {}, markup[at : i + 1]))
            i += 1
            continue
        if stack and stack[-1][2]:
            stack[-1][2][-1] += char
        else:
            plain.append(char)
            length += 1
        i += 1
    if stack:
        raise MarkupError(f"a mention is never closed: {markup[stack[-1][1] : stack[-1][1] + 40]!r}")
    return "".join(plain), sorted(found, key=lambda m: (m.start, -m.end))


def _marked(text: str, start: int, fields: list[str], aliases: Mapping[str, str], source: str) -> Marked:
    if not fields or len(fields) > 2:
        raise MarkupError(f"a mention is [text|LABEL] or [text|LABEL|canonical], not {source!r}")
    label = fields[0]
    known = ontology.default().labels.get(label)
    if known is None:
        raise MarkupError(f"unknown label {label!r} in {source!r}")
    if not text or text != text.strip():
        raise MarkupError(f"a mention is empty or begins or ends with a blank: {source!r}")
    name, value = (fields[1], None) if len(fields) == 2 else ("", None)
    if name.startswith("="):
        name, value = "", name[1:]
    name = name or aliases.get(text) or (text.lower() if known.common_noun else text)
    return Marked(start, start + len(text), label, name, value)


def make_doc(nlp: Language, markup: str, aliases: Mapping[str, str] | None = None) -> Doc:
    """A Doc that the base pipeline has read, with doc.spans["mentions"] as marked.

    A measure gets the attributes (value, parameter, condition) that `claimstake_measures` finds there.

    Raises:
        MarkupError: as `parse`, or a mention's bounds are no token bounds.
    """
    text, marked = parse(markup, aliases)
    doc = nlp(text)
    measures = MeasureFinder(spans_key=attributes.MEASURES).find(doc)
    group = attributes.new_group(doc, attributes.MENTIONS)
    for m in marked:
        span = doc.char_span(m.start, m.end)
        if span is None:
            raise MarkupError(f"a mention cuts through a token: {text[m.start : m.end]!r} in {text!r}")
        same = [a for s, a in measures if s.start < span.end and span.start < s.end] if m.label in MEASURED else []
        attrs = dict(same[0]) if same else {}
        attrs |= {"canonical": m.canonical} | ({"value": m.value} if m.value is not None else {})
        attributes.add_mention(group, span.start, span.end, m.label, **attrs)
    return doc
