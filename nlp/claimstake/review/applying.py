"""A record as people corrected it.

A judgement hangs on a document's key, which is a hash of its text, and on a claim's id, which is a hash of the
document's id, the triple and the polarity. So it outlives a newer pipeline, which annotates the same text anew:

- a claim that the newer pipeline says, too, has the same id: its verdict holds, what was rejected stays rejected;
- what people corrected or added stands at its offsets, whatever numbers the newer mentions have; where the newer
  pipeline says the same triple by itself, there is one claim, with the qualifiers that people gave it, until somebody
  judges that one;
- a claim that the newer pipeline does not say any more is gone, and so is its acceptance or rejection;
- a claim that it says for the first time is one that nobody judged.

A corrected claim keeps its place, and has the id that `records.claim_id` gives what is right.
"""

from __future__ import annotations

from collections.abc import Iterable

from claimstake.records import AnnotatedDocument, Claim, DocumentInfo, Entity
from claimstake.review.contract import Ends, Judgement
from claimstake.training.check import overlapping

NOWHERE = DocumentInfo(id="-", sha256="0" * 64)


def holding(judgements: Iterable[Judgement]) -> tuple[Judgement, ...]:
    """The last judgement of each claim, in the order in which claims were first judged; undone ones left out."""
    last: dict[tuple[str, str], Judgement] = {}
    for one in sorted(judgements, key=lambda j: j.id):
        last[one.document, one.claim] = one
    return tuple(one for one in last.values() if one.verdict != "undone")


def overruled(held: Iterable[Judgement]) -> set[int]:
    """Ids of corrections that made a claim what another one is, which was judged by itself afterwards."""
    found = tuple(held)
    judged = {one.claim: one.id for one in found}
    return {
        one.id for one in found if one.record and one.record.id != one.claim and judged.get(one.record.id, 0) > one.id
    }


def reviewed(record: AnnotatedDocument, judgements: Iterable[Judgement]) -> AnnotatedDocument:
    """See `contract.Judgements.reviewed`; of several judgements of a claim the last counts."""
    held = {one.claim: one for one in holding(judgements)}
    void = overruled(held.values())
    mentions = Mentions(record.entities)
    claims: dict[str, Claim] = {}
    said = {claim.id for claim in record.claims}
    for claim in record.claims:
        one = held.get(claim.id)
        if one is None or (one.verdict == "accepted" and one.record is None):
            claims.setdefault(claim.id, claim)
        elif one.record is not None and one.ends is not None and one.id not in void:
            _put(claims, mentions.anchored(one.record, one.ends))
    for one in held.values():
        if one.claim not in said and one.record is not None and one.ends is not None and one.id not in void:
            _put(claims, mentions.anchored(one.record, one.ends))
    kept = list(claims.values())
    return record.model_copy(update={"entities": mentions.left(kept), "claims": kept})


def _put(claims: dict[str, Claim], claim: Claim) -> None:
    """What a person says takes the place of the same claim by the program."""
    claims[claim.id] = claim


class Mentions:
    """Mentions of a document, and those that people add.

    Args:
        entities: the program's.
    """

    def __init__(self, entities: Iterable[Entity]) -> None:
        self._all = list(entities)
        self._added: list[Entity] = []
        self._next = max((int(e.id[1:]) for e in self._all), default=0) + 1

    def placed(self, wanted: Entity) -> Entity:
        """The mention at these offsets with this label and name; a new one where there is none."""
        found = next((e for e in self._all if _place(e) == _place(wanted)), None)
        if found is None:
            found = wanted.model_copy(update={"id": f"e{self._next}"})
            self._next += 1
            self._all.append(found)
            self._added.append(found)
        return found

    def anchored(self, claim: Claim, ends: Ends) -> Claim:
        """A claim with the numbers that its mentions have here."""
        subject, object_ = (self.placed(end) for end in ends)
        return claim.model_copy(update={"subject": subject.id, "object": object_.id})

    def left(self, claims: Iterable[Claim]) -> list[Entity]:
        """All but those that were in the way of what people marked, and that nothing is said of."""
        used = {end for claim in claims for end in (claim.subject, claim.object)}
        whole = AnnotatedDocument(doc=NOWHERE, entities=self._all, claims=[])
        added = {entity.id for entity in self._added}
        out: set[str] = set()
        for pair in overlapping(whole) if added else ():
            ids = {entity.id for entity in pair}
            if ids & added:
                out |= ids - added - used
        return [entity for entity in self._all if entity.id not in out]


def _place(entity: Entity) -> tuple[int, int, str, str]:
    return entity.start, entity.end, entity.label, entity.canonical
