"""Every difference between gold and predicted annotations, one by one, for people to look at."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from claimstake.evaluation.alignment import Alignment
from claimstake.evaluation.annotations import Mention, Statement
from claimstake.evaluation.claims import NOWHERE, Triple, scored_qualifiers
from claimstake.evaluation.matching import left_over, paired


@dataclass(frozen=True)
class Difference:
    """One difference.

    Attributes:
        document: its id.
        kind: "missed", "spurious", "label", "span", "value", "claim missed", "claim spurious" or "qualifier <name>".
        what: the mention's text or the claim's triple.
        gold, predicted: what either says; empty where it says nothing.
        start: offset of the mention in the document's text; None of a claim.
    """

    document: str
    kind: str
    what: str
    gold: str
    predicted: str
    start: int | None = None

    def to_json(self) -> dict[str, Any]:
        return {key: value for key, value in asdict(self).items() if value is not None}

    def __str__(self) -> str:
        said = [f"gold {self.gold}" if self.gold else "", f"got {self.predicted}" if self.predicted else ""]
        return "\t".join([self.document, self.kind, self.what, ", ".join(filter(None, said))])


def differences(alignments: Iterable[Alignment]) -> Iterator[Difference]:
    """All differences, document by document: mentions and their values in text order, then claims."""
    for alignment in alignments:
        mentions = [*_mentions(alignment), *_spans(alignment), *_values(alignment)]
        yield from sorted(mentions, key=lambda d: d.start or 0)
        yield from _claims(alignment)
        yield from _qualifiers(alignment)


def _mentions(alignment: Alignment) -> Iterator[Difference]:
    id_ = alignment.gold.id
    gold, predicted = left_over(alignment.gold.named, alignment.predicted.named, alignment.relaxed)
    pairs = paired(gold, predicted)
    for g, p in pairs:
        yield Difference(id_, "label", g.text, g.label, _labelled(p, g), g.start)
    missed, spurious = left_over(gold, predicted, pairs)
    for m in missed:
        yield Difference(id_, "missed", m.text, m.label, "", m.start)
    for m in spurious:
        yield Difference(id_, "spurious", m.text, "", m.label, m.start)


def _labelled(mention: Mention, other: Mention) -> str:
    return mention.label if mention.text == other.text else f"{mention.label} {mention.text!r}"


def _spans(alignment: Alignment) -> Iterator[Difference]:
    for g, p in alignment.relaxed:
        if g.core != p.core:
            yield Difference(alignment.gold.id, "span", g.text, g.label, repr(p.text), g.start)


def _values(alignment: Alignment) -> Iterator[Difference]:
    for values in alignment.values.values():
        for g, p, right in values.pairs:
            if not right:
                yield Difference(alignment.gold.id, "value", g.text, _written(g.value), _written(p.value), g.start)


def _claims(alignment: Alignment) -> Iterator[Difference]:
    id_, ours, theirs = alignment.gold.id, alignment.gold_claims, alignment.predicted_claims
    for key in ours:
        if key not in theirs:
            yield Difference(id_, "claim missed", " | ".join(key), key[0], "")
    for key, claim in theirs.items():
        if key not in ours:
            yield Difference(id_, "claim spurious", _triple(alignment, key, claim), "", claim.predicate)


def _triple(alignment: Alignment, key: Triple, claim: Statement) -> str:
    """A predicted claim in gold names; an end that is in no gold cluster has the predicted name."""
    if key[0] != NOWHERE:
        return " | ".join(key)
    mentions = alignment.predicted.by_id
    ends = (mentions[end].canonical if end in mentions else end for end in (claim.subject, claim.object))
    return " | ".join((claim.predicate, *ends))


def _qualifiers(alignment: Alignment) -> Iterator[Difference]:
    for key, gold, predicted in alignment.claims_found:
        for name, right in scored_qualifiers(gold, predicted):
            if not right:
                said = (_written(claim.qualifiers.get(name)) for claim in (gold, predicted))
                yield Difference(alignment.gold.id, f"qualifier {name}", " | ".join(key), *said)


def _written(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "nothing" if value is None else json.dumps(value, ensure_ascii=False, default=list)
