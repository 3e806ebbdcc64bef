"""What people marked once holds for the same words wherever they stand in the document.

A mark comes with a claim, so only one of a thing's mentions is marked. A recogniser that learns the document would take
the others for what is no mention at all, or for what the program had wrongly made of them.
"""

from __future__ import annotations

import re

from claimstake.records import AnnotatedDocument, Entity
from claimstake.review.correcting import ANALYST
from claimstake.training.check import overlapping

SHORTEST = 3  # characters of words that are looked for elsewhere
REPEATED = "analyst-repeated"  # extractor of what is marked so


def repeated(record: AnnotatedDocument) -> AnnotatedDocument:
    """The record with the other places of what people marked: whole words, written alike, where nothing is marked that
    a claim stands on; other labels of these words give way."""
    text = record.doc.text or ""
    used = {end for claim in record.claims for end in (claim.subject, claim.object)}
    marked = [e for e in record.entities if e.extractor == ANALYST and e.value is None and len(e.text) >= SHORTEST]
    places = {(e.start, e.end, e.label) for e in record.entities}
    number = max((int(e.id[1:]) for e in record.entities), default=0)
    new: list[Entity] = []
    for one in marked:
        for found in re.finditer(rf"(?<!\w){re.escape(one.text)}(?!\w)", text):
            if (*found.span(), one.label) in places:
                continue
            places.add((*found.span(), one.label))
            number += 1
            where = {"id": f"e{number}", "start": found.start(), "end": found.end(), "extractor": REPEATED}
            new.append(one.model_copy(update=where))
    return _lawful(record, new, used) if new else record


def _lawful(record: AnnotatedDocument, new: list[Entity], used: set[str]) -> AnnotatedDocument:
    """With those of the new mentions that may stand beside the others; where only the same words in another label are
    in the way, and no claim stands on them, these go."""
    ids = {entity.id for entity in new}
    out: set[str] = set()
    for pair in overlapping(record.model_copy(update={"entities": [*record.entities, *new]})):
        fresh = next((e for e in pair if e.id in ids), None)
        if fresh is None:
            continue
        other = pair[0] if fresh is pair[1] else pair[1]
        same = (other.start, other.end) == (fresh.start, fresh.end)
        out.add(other.id if same and other.id not in used and other.id not in ids else fresh.id)
    kept = [entity for entity in (*record.entities, *new) if entity.id not in out]
    return record.model_copy(update={"entities": kept})
