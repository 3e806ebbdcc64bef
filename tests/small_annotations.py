"""Small annotated documents for tests of the evaluation: written in the inline format, or random."""

from __future__ import annotations

import hashlib
from typing import Any

from hypothesis import strategies as st

from claimstake.evaluation import annotations
from claimstake.evaluation.annotations import Annotation
from claimstake.training import inline

Record = dict[str, Any]

TEXT = (
    "{{[China|PLACE] banned exports of [gallium|MINERAL] on [July 15|DATE|2025-07-15]. "
    "[Umicore|COMPANY] makes cells of [≥ 160 mAh/g|THRESHOLD|>= 160 mAh/g] from [lithium|MINERAL].}}"
)
BAN = 'restricts_export_of | China | gallium | status=in_force; measure=ban; time=event:2025-07-15 | "China banned"'
MAKES = 'produces | Umicore | lithium | - | "Umicore makes"'
WORDS = ["the", "The", "a", "“battery", "cell”", "China's", "Co.", "(II)", "lithium", "'ore'", "July", "2025,", "X"]
LABELS = ["MINERAL", "COMPANY", "PLACE", "TECHNOLOGY", "DATE", "THRESHOLD", "QUANTITY"]
NAMES = ["China", "china", "Lithium", "lithium", "Umicore", "e9"]
PREDICATES = ["produces", "partners_with", "located_in", "covers"]
UNITS = ["%", "percent", "t", "Tonnes", "tpa", "t/a", " nm", "MPa"]


def source(*claims: str, text: str = TEXT, id_: str = "one") -> str:
    """A document in the inline format."""
    return "\n".join([f"id: {id_}", "title: T", "=== text", text, "=== claims", *claims, ""])


def document(*claims: str, text: str = TEXT, id_: str = "one") -> Annotation:
    """A document as it is scored."""
    return annotations.read(inline.parse(source(*claims, text=text, id_=id_), "small.md").record)


words = st.lists(st.sampled_from(WORDS), min_size=4, max_size=14)
amounts = st.sampled_from([1, 1.0000001, 2.5, [1, 2], [1.0, 2.0], [3]])
measures = st.fixed_dictionaries(
    {"comparator": st.sampled_from(["=", ">="]), "value": amounts, "unit": st.sampled_from(UNITS)}
)
texts_of_qualifiers = st.sampled_from(["", "China", "the china", " China ", "rate", "in_force", "lifted"])
times = st.lists(st.sampled_from([{"kind": k, "value": v} for k in ("event", "deadline") for v in ("2025", "2026-01")]))
qualifiers = st.fixed_dictionaries(
    {},
    optional={
        "status": texts_of_qualifiers,
        "polarity": st.sampled_from(["affirmed", "negated", None]),
        "certainty": st.sampled_from(["asserted", "hedged", None]),
        "attribution": st.one_of(st.none(), texts_of_qualifiers),
        "target": texts_of_qualifiers,
        "parameter": texts_of_qualifiers,
        "role": texts_of_qualifiers,
        "measure": texts_of_qualifiers,
        "time": times,
        "rate": texts_of_qualifiers,
    },
)


@st.composite
def _entities(draw: st.DrawFn, tokens: list[str]) -> list[Record]:
    text, starts = " ".join(tokens), []
    for number, _ in enumerate(tokens):
        starts.append(len(" ".join(tokens[:number])) + (number > 0))
    found = []
    for number in range(draw(st.integers(0, 6))):
        first = draw(st.integers(0, len(tokens) - 1))
        last = draw(st.integers(first, min(first + 2, len(tokens) - 1)))
        start, end = starts[first], starts[last] + len(tokens[last])
        label = draw(st.sampled_from(LABELS))
        entity: Record = {"id": f"e{number + 1}", "label": label, "text": text[start:end], "start": start, "end": end}
        entity["canonical"] = draw(st.sampled_from(NAMES))
        if label == "DATE":
            entity["value"] = draw(st.sampled_from(["2025", "2025-07", None]))
        elif label in ("THRESHOLD", "QUANTITY"):
            entity["value"] = draw(st.one_of(st.none(), measures))
        if draw(st.integers(0, 5)) == 0:
            entity["mention"] = "nominal"
        found.append(entity)
    return found


@st.composite
def _claims(draw: st.DrawFn, entities: list[Record]) -> list[Record]:
    ends = st.sampled_from([e["id"] for e in entities] + NAMES)
    ids = st.sampled_from(["c1", "c2", "c3", "c4"])
    fields = {"id": ids, "predicate": st.sampled_from(PREDICATES), "subject": ends, "object": ends}
    return draw(st.lists(st.fixed_dictionaries({**fields, "qualifiers": qualifiers}), max_size=6))


@st.composite
def records(draw: st.DrawFn) -> tuple[dict[str, Record], dict[str, Record]]:
    """Gold and predicted documents by id, of the same texts; some predicted ones are lacking."""
    gold: dict[str, Record] = {}
    predicted: dict[str, Record] = {}
    for number in range(draw(st.integers(0, 3))):
        tokens = draw(words)
        info = {"id": f"d{number}", "sha256": hashlib.sha256(" ".join(tokens).encode()).hexdigest()}
        for records_ in (gold, predicted):
            entities = draw(_entities(tokens))
            records_[info["id"]] = {"doc": dict(info), "entities": entities, "claims": draw(_claims(entities))}
        if draw(st.integers(0, 9)) == 0:
            del predicted[info["id"]]
    return gold, predicted
