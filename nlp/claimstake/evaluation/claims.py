"""Gold and predicted claims on common ground: triples of predicate and gold clusters, and their qualifiers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from claimstake import ontology
from claimstake.evaluation.annotations import Annotation, Mention, Statement
from claimstake.evaluation.matching import Places

Triple = tuple[str, str, str]  # predicate, subject, object
NOWHERE = "?"  # in place of the predicate of a claim whose ends are in no gold cluster
SCORED_QUALIFIERS = (
    "status",
    "polarity",
    "certainty",
    "attribution",
    "measure",
    "target",
    "time",
    "parameter",
    "role",
)
DEFAULTS = {"polarity": "affirmed", "certainty": "asserted"}  # what the absence of a qualifier says
FREE_WORDS = ("parameter", "role", "attribution", "target")  # right too where one contains the other


def gold_claims(gold: Annotation) -> dict[Triple, Statement]:
    """The gold claims by triple of canonical names; of two with one triple the later counts."""
    names = {id_: m.canonical for id_, m in gold.by_id.items()}
    return {
        _triple(c.predicate, names.get(c.subject, c.subject), names.get(c.object, c.object)): c for c in gold.claims
    }


def predicted_claims(gold: Annotation, predicted: Annotation) -> dict[Triple, Statement]:
    """The predicted claims by triple of gold clusters; of several with one triple the first counts.

    A claim with an end that is in no gold cluster stands under (NOWHERE, document, claim id).
    """
    cluster = Clusters(gold, predicted).of
    claims: dict[Triple, Statement] = {}
    for claim in predicted.claims:
        subject, object_ = cluster(claim.subject), cluster(claim.object)
        if subject is None or object_ is None:
            claims.setdefault((NOWHERE, gold.id, claim.id), claim)
        else:
            claims.setdefault(_triple(claim.predicate, subject, object_), claim)
    return claims


def _triple(predicate: str, subject: str, object_: str) -> Triple:
    known = ontology.default().predicates.get(predicate)
    if known is not None and known.symmetric and object_ < subject:
        subject, object_ = object_, subject
    return predicate, subject, object_


class Clusters:
    """Which gold cluster an end of a predicted claim is about.

    The first of its mentions that overlaps a gold mention of the same label decides, the named mention before the
    others of its cluster; else the gold cluster of the same name.
    """

    def __init__(self, gold: Annotation, predicted: Annotation) -> None:
        self._gold, self._predicted = gold.mentions, predicted
        self._places = Places(gold.mentions)
        self._names = {m.canonical.casefold(): m.canonical for m in gold.mentions}
        self._together: dict[str, list[Mention]] = defaultdict(list)
        for mention in predicted.mentions:
            self._together[mention.canonical].append(mention)
        self._known: dict[str, str | None] = {}

    def of(self, end: str) -> str | None:
        """Canonical name of the gold cluster, or None; `end` is a mention's id or a canonical name."""
        if end not in self._known:
            self._known[end] = self._find(end)
        return self._known[end]

    def _find(self, end: str) -> str | None:
        mention = self._predicted.by_id.get(end)
        if mention is None:
            return self._names.get(str(end).casefold())
        others = [m for m in self._together[mention.canonical] if m.id != mention.id]
        for one in (mention, *others):
            hits = (self._gold[i] for i in sorted(self._places.overlapping(one)))
            if found := [g for g in hits if g.label == one.label]:
                return max(found, key=one.shared).canonical
        return self._names.get(mention.canonical.casefold())


def scored_qualifiers(gold: Statement, predicted: Statement) -> list[tuple[str, bool]]:
    """The qualifiers that either claim has, and the two that every claim has, with whether they agree."""
    return [
        (name, same_qualifier(name, gold.qualifiers, predicted.qualifiers))
        for name in SCORED_QUALIFIERS
        if name in DEFAULTS or name in gold.qualifiers or name in predicted.qualifiers
    ]


def same_qualifier(name: str, gold: Mapping[str, Any], predicted: Mapping[str, Any]) -> bool:
    """Whether two claims agree in a qualifier; free wording agrees where one contains the other."""
    ours, theirs = gold.get(name), predicted.get(name)
    if name in DEFAULTS:
        ours, theirs = ours or DEFAULTS[name], theirs or DEFAULTS[name]
    if name == "time":
        return _times(ours) == _times(theirs)
    if isinstance(ours, str) and isinstance(theirs, str):
        a, b = ours.casefold().strip(), theirs.casefold().strip()
        return a == b or (name in FREE_WORDS and (a in b or b in a))
    return (ours or None) == (theirs or None)


def _times(value: Any) -> set[tuple[str, str]]:
    return {(t["kind"], t["value"]) for t in value or ()}


def undirected(claims: Mapping[Triple, Statement]) -> set[frozenset[str]]:
    """The pairs of clusters that the claims connect, whichever way and predicate."""
    return {frozenset(key[1:]) for key in claims if key[0] != NOWHERE}
