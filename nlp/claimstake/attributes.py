"""Every attribute and span group that claimstake keeps on a spaCy Doc, in one table.

Values are plain JSON so that DocBin and `to_bytes` round-trip. What belongs to one mention is kept in
`SpanGroup.attrs[span.id_]`, never in `Span._`, because two mentions can share their bounds.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from spacy.tokens import Doc, Span, SpanGroup

# doc.spans keys
BODY = "body"  # the article proper; the rest of the text is page furniture
MEASURES = "measures"  # numbers with units, attrs: value, comparator, ...
DATES = "dates"  # calendar expressions, attrs: value (EDTF)
GAZETTEER = "gazetteer"  # names that the lists know, attrs: entries (candidate ids)
TERMS = "terms"  # open-class mentions found by grammar (technologies, materials, products, instruments)
NAMES = "names"  # names found by the statistical NER and by name patterns
RECOGNISED = "recognised"  # what the trained NER found, attrs: probability
MENTIONS = "mentions"  # what the arbiter kept: all labels, nested ones and nominals too
SPAN_KEYS = (BODY, MEASURES, DATES, GAZETTEER, RECOGNISED, TERMS, NAMES, MENTIONS)

# doc.user_data keys of what one component leaves for another, which takes it away
PROBABILITIES = "claimstake_probabilities"  # (tokens, tags) of the recogniser

# doc._ attributes and their defaults
DOC_ATTRIBUTES: dict[str, Any] = {
    "article": None,  # dict: id, title, published, source, ... (records.Article without its text)
    "claims": None,  # list of dicts, see claims/
    "abbreviations": None,  # list of [short_start, short_end, long_start, long_end] token offsets
}


def register() -> None:
    """Declare the Doc attributes once; a second call changes nothing."""
    for name, default in DOC_ATTRIBUTES.items():
        if not Doc.has_extension(name):
            Doc.set_extension(name, default=default)


def new_group(doc: Doc, key: str) -> SpanGroup:
    """Start an empty span group under `key`, replacing what was there."""
    doc.spans[key] = SpanGroup(doc, name=key, attrs={})
    return doc.spans[key]


def add_mention(group: SpanGroup, start: int, end: int, label: str, **attrs: Any) -> Span:
    """Append a mention to a group.

    Args:
        group: made by `new_group`.
        start, end: token offsets, half open.
        label: entity label.
        attrs: plain JSON values kept under the span's id (canonical, value, kb_id, confidence, extractor, ...).

    Returns:
        The span; its `id_` is the key into `group.attrs`.
    """
    name = group.name
    key = f"{name[0]}{name[-2:]}{len(group)}"
    span = Span(group.doc, start, end, label=label, span_id=key)
    group.append(span)
    group.attrs[key] = attrs
    return span


def attrs_of(doc: Doc, key: str, span: Span) -> dict[str, Any]:
    """The record kept for one span of the group `key`."""
    return doc.spans[key].attrs.get(span.id_, {})


def body_mask(doc: Doc) -> np.ndarray:
    """(tokens,) of booleans: which tokens lie in the body; all do where no body was set."""
    inside = np.full(len(doc), BODY not in doc.spans)
    for span in doc.spans.get(BODY, ()):
        inside[span.start : span.end] = True
    return inside


def in_order(spans: Iterable[Span]) -> list[Span]:
    """Spans by start, outermost first."""
    return sorted(spans, key=lambda s: (s.start, -s.end))


register()
