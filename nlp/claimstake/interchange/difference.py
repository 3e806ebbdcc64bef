"""What a document lacks that another one had, in the words of `interchange.losing`; for writers that read back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import TypeVar

from claimstake.interchange import losing
from claimstake.interchange.contract import Losses
from claimstake.records import AnnotatedDocument, Claim, Entity

Thing = TypeVar("Thing", Entity, Claim)


def count(losses: Losses, before: AnnotatedDocument, after: AnnotatedDocument) -> None:
    """Add to `losses` what of a document is not, or is otherwise, in what came of it.

    Ids of mentions and the text of evidence are not compared: they are numbers, and a copy of the text.
    """
    name = before.doc.id
    if before.doc.text != after.doc.text:
        losses.add(losing.TEXT, name)
    changed = {key for key in (*losing.DOCUMENT, losing.BODY) if getattr(before.doc, key) != getattr(after.doc, key)}
    for key in losing.DOCUMENT:
        if key in changed:
            losses.add(losing.DOCUMENT[key], name, getattr(before.doc, key) or "none was said")
    if losing.BODY in changed:
        losses.add(losing.BODY, name)
    if before.pipeline != after.pipeline:
        losses.add(losing.PIPELINE, name)
    for entity, same in _paired(before.entities, after.entities, _place, _place):
        if same is None:
            losing.whole_mention(losses, before, entity)
        else:
            kept = {key for key in losing.PARTS_OF_MENTION if getattr(entity, key) == getattr(same, key)}
            losing.of_mention(losses, before, entity, kept=kept, renamed="canonical" not in kept)
            for key in (key for key in losing.PARTS_OF_MENTION if key not in kept and getattr(entity, key) is None):
                said = f"{entity.text}: none was said, now {getattr(same, key)}"
                losses.add(losing.PARTS_OF_MENTION[key], name, said)
    for claim, alike, moved in _paired_claims(before, after):
        if alike is None:
            losing.whole_claim(losses, before, claim)
            continue
        if moved:
            losing.moved_claim(losses, before, claim)
        losing.of_claim(losses, before, claim, kept=set(_kept(claim, alike)))
        for key, value in alike.qualifiers.model_dump(exclude_none=True).items():
            if getattr(claim.qualifiers, key) is None:
                said = f"{losing.triple(before, claim)}: none was said, now {value}"
                losses.add(losing.QUALIFIER.format(key), name, said)
    for added in (after.entities[len(before.entities) :], after.claims[len(before.claims) :]):
        for _ in added:
            losses.add(losing.ADDED, name)


def _paired_claims(before: AnnotatedDocument, after: AnnotatedDocument) -> Iterator[tuple[Claim, Claim | None, bool]]:
    """Claims with those between the same mentions, else between others of the same names (then the last is true)."""
    pairs = list(_paired(before.claims, after.claims, _ends(before, _place), _ends(after, _place)))
    taken = {id(alike) for _, alike in pairs}
    left = [claim for claim in after.claims if id(claim) not in taken]
    lacking = [claim for claim, alike in pairs if alike is None]
    others = {id(c): found for c, found in _paired(lacking, left, _ends(before, _thing), _ends(after, _thing))}
    yield from ((claim, alike or others[id(claim)], alike is None) for claim, alike in pairs)


def _place(entity: Entity) -> Hashable:
    return entity.start, entity.end, entity.label, entity.mention


def _thing(entity: Entity) -> Hashable:
    return entity.label, entity.canonical


def _ends(document: AnnotatedDocument, what: Callable[[Entity], Hashable]) -> Callable[[Claim], Hashable]:
    ends = {entity.id: what(entity) for entity in document.entities}
    return lambda claim: (claim.predicate, ends[claim.subject], ends[claim.object])


def _paired(
    before: Iterable[Thing],
    after: Iterable[Thing],
    key: Callable[[Thing], Hashable],
    key_after: Callable[[Thing], Hashable],
) -> Iterator[tuple[Thing, Thing | None]]:
    """Things with those of the same key, in their order."""
    found: defaultdict[Hashable, list[Thing]] = defaultdict(list)
    for thing in after:
        found[key_after(thing)].append(thing)
    for thing in before:
        same = found[key(thing)]
        yield thing, same.pop(0) if same else None


def _kept(claim: Claim, alike: Claim) -> Iterator[str]:
    """Parts of a claim that are the same in another."""
    if (claim.evidence.start, claim.evidence.end) == (alike.evidence.start, alike.evidence.end):
        yield "evidence"
    yield from (key for key in ("id", "confidence", "extractor") if getattr(claim, key) == getattr(alike, key))
    for key in type(claim.qualifiers).model_fields:
        if getattr(claim.qualifiers, key) == getattr(alike.qualifiers, key):
            yield key
