"""Annotated Docs made by hand: mentions and claims are given by the words they stand on."""

from __future__ import annotations

from typing import Any

import spacy
from spacy.tokens import Doc

from claimstake import attributes
from claimstake.attributes import BODY, MENTIONS

BLANK = spacy.blank("en")


def make_doc(text: str, *, id: str | None = "d1", **article: Any) -> Doc:  # noqa: A002
    """A tokenized doc with an article and empty claims; without an id it has no article either."""
    doc = BLANK.make_doc(text)
    doc._.article = None if id is None else {"id": id, **article}
    doc._.claims = []
    attributes.new_group(doc, MENTIONS)
    return doc


def place(doc: Doc, words: str, occurrence: int = 1) -> tuple[int, int]:
    """Character offsets of the nth occurrence of some words; raises where there is none."""
    start = -1
    for _ in range(occurrence):
        start = doc.text.index(words, start + 1)
    return start, start + len(words)


def mention(doc: Doc, words: str, label: str, *, occurrence: int = 1, **attrs: Any) -> None:
    """Add a mention on some words of the text."""
    span = doc.char_span(*place(doc, words, occurrence))
    assert span is not None, f"{words!r} is not on token bounds"
    attributes.add_mention(doc.spans[MENTIONS], span.start, span.end, label, **attrs)


def body(doc: Doc, words: str) -> None:
    """Make some words the article proper."""
    attributes.new_group(doc, BODY).append(doc.char_span(*place(doc, words), label="BODY"))


def end(doc: Doc, words: str, label: str, canonical: str, *, occurrence: int = 1, kind: str = "name") -> dict[str, Any]:
    """A claim's subject or object."""
    start, stop = place(doc, words, occurrence)
    return {"start": start, "end": stop, "label": label, "canonical": canonical, "mention": kind}


def claim(
    doc: Doc, predicate: str, subject: dict[str, Any], object_: dict[str, Any], evidence: str, trigger: str, **more: Any
) -> dict[str, Any]:
    """Add a claim record of the form that claims/assemble.py makes; `more` replaces its values."""
    start, stop = place(doc, evidence)
    at, until = place(doc, trigger)
    record = {
        "predicate": predicate,
        "subject": subject,
        "object": object_,
        "qualifiers": {},
        "evidence": {"start": start, "end": stop, "text": evidence},
        "confidence": 0.8,
        "extractor": "ban-exports-verb@rules-1",
        "trigger": {"start": at, "end": until, "text": trigger},
        "cues": [],
        "path": "lsubj ← banned → via",
        **more,
    }
    doc._.claims = [*doc._.claims, record]
    return record


BAN = "China banned exports of gallium. It named the United States."


def ban(text: str = BAN) -> Doc:
    """ "China banned exports of gallium." with its two mentions and its claim."""
    doc = make_doc(text)
    mention(doc, "China", "PLACE", canonical="China", kb_id="china", confidence=0.9, extractor="gazetteer")
    mention(doc, "gallium", "MINERAL", canonical="gallium", kb_id="gallium", confidence=0.95, extractor="gazetteer")
    subject, object_ = end(doc, "China", "PLACE", "China"), end(doc, "gallium", "MINERAL", "gallium")
    qualifiers = {"measure": "ban", "status": "in_force"}
    claim(
        doc,
        "restricts_export_of",
        subject,
        object_,
        "China banned exports of gallium.",
        "banned",
        qualifiers=qualifiers,
    )
    return doc
