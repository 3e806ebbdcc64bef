"""Scores annotated documents against golden ones: entities by label and overlap, claims by predicate and clusters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from claimstake import ontology
from claimstake.records import AnnotatedDocument, Entity

Triple = tuple[str, str, str]


@dataclass
class Counts:
    """Found, expected and right ones, by label or predicate."""

    right: Counter[str] = field(default_factory=Counter)
    gold: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)

    def add(self, right: Iterable[str], gold: Iterable[str], found: Iterable[str]) -> None:
        self.right.update(right)
        self.gold.update(gold)
        self.found.update(found)

    def figures(self, key: str | None = None) -> dict[str, float]:
        """Precision, recall and F1 in [0, 1], of one label or predicate or (None) of all."""
        right, gold, found = (c.total() if key is None else c[key] for c in (self.right, self.gold, self.found))
        precision, recall = right / found if found else 0.0, right / gold if gold else 0.0
        return {"precision": precision, "recall": recall, "F1": 2 * right / (gold + found) if gold + found else 0.0}


@dataclass
class Score:
    """Counts over all documents added, and what was missed (-) or found wrongly (+)."""

    entities: Counts = field(default_factory=Counts)
    claims: Counts = field(default_factory=Counts)
    errors: list[str] = field(default_factory=list)

    def add(self, gold: AnnotatedDocument, found: AnnotatedDocument) -> None:
        """Count one document; both records are of the same text."""
        self._add_entities(gold, found)
        self._add_claims(gold, found)

    def _add_entities(self, gold: AnnotatedDocument, found: AnnotatedDocument) -> None:
        ours, theirs = names(gold), names(found)
        pairs = paired(ours, theirs)
        self.entities.add((ours[g].label for g, _ in pairs), (e.label for e in ours), (e.label for e in theirs))
        missed, spurious = {g for g, _ in pairs}, {f for _, f in pairs}
        for sign, entities, hit in (("-", ours, missed), ("+", theirs, spurious)):
            self.errors += [f"{gold.doc.id}: {sign} {e.label} {e.text}" for i, e in enumerate(entities) if i not in hit]

    def _add_claims(self, gold: AnnotatedDocument, found: AnnotatedDocument) -> None:
        by_id = {e.id: e.canonical for e in gold.entities}
        ours = {triple(c.predicate, by_id[c.subject], by_id[c.object]) for c in gold.claims}
        theirs = aligned(gold, found)
        self.claims.add((t[0] for t in ours & theirs), (t[0] for t in ours), (t[0] for t in theirs))
        for sign, wrong in (("-", ours - theirs), ("+", theirs - ours)):
            self.errors += [f"{gold.doc.id}: {sign} {' | '.join(t)}" for t in sorted(wrong)]


def names(record: AnnotatedDocument) -> list[Entity]:
    """The mentions that are scored: all but nominal ones."""
    return [e for e in record.entities if e.mention == "name"]


def overlap(a: Entity, b: Entity) -> int:
    """Characters that two mentions share."""
    return max(0, min(a.end, b.end) - max(a.start, b.start))


def paired(gold: list[Entity], found: list[Entity]) -> list[tuple[int, int]]:
    """One-to-one pairs of overlapping mentions with the same label, by their numbers, largest overlap first."""
    candidates = [
        (-overlap(g, f), abs((g.end - g.start) - (f.end - f.start)), i, j)
        for i, g in enumerate(gold)
        for j, f in enumerate(found)
        if g.label == f.label and overlap(g, f)
    ]
    pairs: dict[int, int] = {}
    for _, _, i, j in sorted(candidates):
        if i not in pairs and j not in pairs.values():
            pairs[i] = j
    return sorted(pairs.items())


def triple(predicate: str, subject: str, object_: str) -> Triple:
    """A claim's triple; the sides of a symmetric predicate stand in alphabetical order."""
    if ontology.default().predicates[predicate].symmetric:
        subject, object_ = sorted((subject, object_))
    return predicate, subject, object_


def aligned(gold: AnnotatedDocument, found: AnnotatedDocument) -> set[Triple]:
    """The claims found, about gold clusters; a side that is in no gold cluster keeps its own name, marked with "?"."""
    by_id = {e.id: e for e in found.entities}
    clusters: dict[str, str] = {}
    for claim in found.claims:
        for side in (claim.subject, claim.object):
            clusters.setdefault(side, _cluster(by_id[side], gold, found))
    return {triple(c.predicate, clusters[c.subject], clusters[c.object]) for c in found.claims}


def _cluster(entity: Entity, gold: AnnotatedDocument, found: AnnotatedDocument) -> str:
    others = [e for e in found.entities if e.canonical == entity.canonical and e.id != entity.id]
    for mention in (entity, *others):
        hits = [g for g in gold.entities if g.label == mention.label and overlap(g, mention)]
        if hits:
            return max(hits, key=lambda g: overlap(g, mention)).canonical
    known = {g.canonical.casefold(): g.canonical for g in gold.entities}
    return known.get(entity.canonical.casefold(), f"?{entity.canonical}")
