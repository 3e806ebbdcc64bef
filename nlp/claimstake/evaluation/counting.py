"""Counts of one document: all that the figures need, so that documents can be added up and resampled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from claimstake.evaluation.alignment import DATE, MEASURED, Alignment
from claimstake.evaluation.claims import NOWHERE, scored_qualifiers, undirected
from claimstake.evaluation.formulas import f1
from claimstake.evaluation.matching import Pair

Cell = tuple[str, str]  # what is counted, and of which label, predicate, qualifier or kind of value
Counts = Counter[Cell]
# What an F1 is made of: the kinds of cell that count the right, the gold and the predicted ones.
STRICT = ("strict", "mention gold", "mention predicted")
RELAXED = ("relaxed", "mention gold", "mention predicted")
VALUE = ("value right", "value gold", "value predicted")
CLAIM = ("claim right", "claim gold", "claim predicted")
PAIR = ("pair right", "pair gold", "pair predicted")
QUALIFIER = ("qualifier right", "qualifier")
B_CUBED = ("cluster precision", "cluster recall", "cluster mentions")
MACRO = ("document f1", "document")
ALL = ""  # the name of a cell whose kind has no names
DECIMALS = 4  # of published figures, and of a document's F1 in the mean over documents


def count(alignment: Alignment) -> Counts:
    """All counts of one document: whole numbers, and sums of fractions for B-cubed and the mean over documents."""
    counts: Counts = Counter()
    _count_mentions(counts, alignment)
    _count_values(counts, alignment)
    _count_clusters(counts, alignment.relaxed)
    _count_claims(counts, alignment)
    _count_pairs(counts, alignment)
    _count_qualifiers(counts, alignment)
    return counts


def total(counts: Iterable[Counts]) -> Counts:
    """The counts of all documents together."""
    documents = list(counts)
    cells = {cell for one in documents for cell in one}
    return Counter({cell: sum(one[cell] for one in documents) for cell in cells})


def _count_mentions(counts: Counts, alignment: Alignment) -> None:
    for kind, mentions in (("mention gold", alignment.gold.named), ("mention predicted", alignment.predicted.named)):
        counts.update((kind, m.label) for m in mentions)
    for kind, pairs in (("strict", alignment.strict), ("relaxed", alignment.relaxed)):
        counts.update((kind, g.label) for g, _ in pairs)


def _count_values(counts: Counts, alignment: Alignment) -> None:
    right, gold, predicted = VALUE
    for kind, values in alignment.values.items():
        counts[right, kind] += sum(agree for _, _, agree in values.pairs)
        counts[gold, kind] += values.gold
        counts[predicted, kind] += values.predicted


def _count_clusters(counts: Counts, pairs: list[Pair]) -> None:
    """B-cubed: each found mention's share of right companions in its predicted and in its gold cluster."""
    found = [(g.canonical, p.canonical) for g, p in pairs if g.label not in (DATE, *MEASURED)]
    both, ours, theirs = Counter(found), Counter(g for g, _ in found), Counter(p for _, p in found)
    precision, recall, mentions = B_CUBED
    for g, p in found:
        counts[precision, ALL] += both[g, p] / theirs[p]
        counts[recall, ALL] += both[g, p] / ours[g]
    counts[mentions, ALL] += len(found)


def _count_claims(counts: Counts, alignment: Alignment) -> None:
    ours, theirs = alignment.gold_claims, alignment.predicted_claims
    both = ours.keys() & theirs.keys()
    right, gold, predicted = CLAIM
    counts.update((gold, key[0]) for key in ours)
    counts.update((predicted, claim.predicate) for claim in theirs.values())
    counts.update((right, key[0]) for key in both)
    if ours or theirs:
        sum_, documents = MACRO
        counts[sum_, ALL] += round(float(f1(len(both), len(ours), len(theirs))), DECIMALS)
        counts[documents, ALL] += 1


def _count_pairs(counts: Counts, alignment: Alignment) -> None:
    right, gold, predicted = PAIR
    ours, theirs = undirected(alignment.gold_claims), undirected(alignment.predicted_claims)
    counts[right, ALL] += len(ours & theirs)
    counts[gold, ALL] += len(ours)
    counts[predicted, ALL] += len(theirs) + sum(key[0] == NOWHERE for key in alignment.predicted_claims)


def _count_qualifiers(counts: Counts, alignment: Alignment) -> None:
    right, scored = QUALIFIER
    for _, gold, predicted in alignment.claims_found:
        for name, agree in scored_qualifiers(gold, predicted):
            counts[scored, name] += 1
            counts[right, name] += agree
