"""Odd records: any text, mentions anywhere in it, claims with any qualifiers, and metadata or none."""

from __future__ import annotations

import hashlib
from typing import Any

from hypothesis import strategies as st

from claimstake import ontology
from claimstake.records import AnnotatedDocument, Claim, DocumentInfo, Entity, Measure, Qualifiers, Span, Time

PIECES = (
    *("gallium", "Beijing", "U.S.–made", "≥160 mAh/g", "e\u0301", "\U0001f600", "\U0001f44d\U0001f3fd", "中国", "\r\n"),
    *(
        "\n",
        "\n\n",
        "\r",
        " ",
        "  ",
        "\t",
        "\u00a0",
        "\u2028",
        "\x85",
        ".",
        '"',
        "<&>",
        "]]>",
        "\\n",
        "{{",
        "🇨🇳",
        "\ufeff",
    ),
)
WORDS = st.text(min_size=1, max_size=12)
EDTF = st.sampled_from(["2025", "2025-07", "2025-07-15", "2025-07-15/2025-08", "XXXX-07-15", "199X", "2025~"])
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
PROBABILITY = st.none() | st.floats(0, 1)
MEASURES = st.one_of(
    st.builds(Measure, comparator=st.sampled_from(["=", "<=", "~"]), value=NUMBERS, unit=WORDS),
    st.builds(Measure, comparator=st.just(".."), value=st.tuples(NUMBERS, NUMBERS), unit=WORDS),
)
TIMES = st.lists(st.builds(Time, kind=st.sampled_from(["event", "deadline"]), value=EDTF), min_size=1, max_size=3)


def texts(exotic: bool = True) -> st.SearchStrategy[str]:
    """Texts of odd pieces; `exotic` ones have any character, control characters too."""
    pieces = st.sampled_from(PIECES)
    return st.lists(pieces | st.text(max_size=5) if exotic else pieces, max_size=25).map("".join)


def qualifiers() -> st.SearchStrategy[Qualifiers]:
    """Any of them."""
    free = ("attribution", "target", "parameter", "condition", "supersedes", "rate", "share", "amount", "role")
    return st.builds(
        Qualifiers,
        status=st.sampled_from([None, "proposed", "in_force", "lifted"]),
        polarity=st.sampled_from([None, "affirmed", "negated"]),
        certainty=st.sampled_from([None, "asserted", "hedged"]),
        measure=st.sampled_from([None, "ban", "restriction"]),
        time=st.none() | TIMES,
        **{name: st.none() | WORDS for name in free},
    )


@st.composite
def documents(draw: Any, text: st.SearchStrategy[str] | None = None) -> AnnotatedDocument:
    """A record that carries its text."""
    content = draw(texts() if text is None else text)
    places = st.tuples(st.integers(0, max(0, len(content) - 1)), st.integers(1, 12))
    drawn = draw(st.lists(places, max_size=8, unique=True)) if content else []
    bounds = list(dict.fromkeys((start, min(start + length, len(content))) for start, length in drawn))
    entities = [draw(_entity(f"e{n}", content, *place)) for n, place in enumerate(sorted(bounds), 1)]
    claims = draw(st.lists(_claim(len(content), entities), max_size=4)) if entities else []
    unique = {(c.predicate, c.subject, c.object): c for c in claims}.values()
    info = DocumentInfo(
        id=draw(WORDS),
        sha256=hashlib.sha256(content.encode()).hexdigest(),
        text=content,
        title=draw(st.none() | WORDS),
        published=draw(st.none() | EDTF),
        body=draw(st.none() | st.just([Span(start=0, end=len(content))])),
    )
    numbered = [claim.model_copy(update={"id": f"c{n}"}) for n, claim in enumerate(unique, 1)]
    pipeline = draw(st.none() | st.just({"name": "claimstake", "models": {"claims": "1"}}))
    return AnnotatedDocument(doc=info, entities=entities, claims=numbered, pipeline=pipeline)


def _entity(id_: str, text: str, start: int, end: int) -> st.SearchStrategy[Entity]:
    return st.builds(
        Entity,
        id=st.just(id_),
        label=st.sampled_from(list(ontology.default().labels)),
        text=st.just(text[start:end]),
        start=st.just(start),
        end=st.just(end),
        canonical=WORDS,
        kb_id=st.none() | WORDS,
        mention=st.sampled_from(["name", "nominal"]),
        value=st.none() | EDTF | MEASURES,
        confidence=PROBABILITY,
        extractor=st.none() | WORDS,
    )


def _claim(length: int, entities: list[Entity]) -> st.SearchStrategy[Claim]:
    ids = st.sampled_from([entity.id for entity in entities])
    evidence = st.tuples(st.integers(0, length), st.integers(0, length)).map(
        lambda pair: Span(start=min(pair), end=max(pair))
    )
    return st.builds(
        Claim,
        id=st.just("c0"),
        predicate=st.sampled_from(list(ontology.default().predicates)),
        subject=ids,
        object=ids,
        qualifiers=qualifiers(),
        evidence=evidence,
        confidence=PROBABILITY,
        extractor=st.none() | WORDS,
    )
