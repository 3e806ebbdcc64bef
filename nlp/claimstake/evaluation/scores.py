"""The whole report of a set of documents: every figure of their counts, in the form that is written as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from claimstake.evaluation import counting
from claimstake.evaluation.alignment import align_all
from claimstake.evaluation.annotations import Annotation
from claimstake.evaluation.counting import DECIMALS, Counts
from claimstake.evaluation.figures import Figure, catalogue, names

Report = dict[str, Any]


def score(gold: Mapping[str, Annotation], predicted: Mapping[str, Annotation]) -> Report:
    """The report of predicted documents against gold ones, paired by id.

    Raises:
        CorpusError: the two annotations of a document are of different texts.
    """
    return report(counting.count_all(align_all(gold, predicted)))


def report(counts: Iterable[Counts]) -> Report:
    """Every figure over all documents together, rounded to four decimals.

    "p", "r" and "f" are precision, recall and F1, "gold" and "pred" say of how many; "claims_macro" is the mean of the
    documents' own F1, "clusters_b3" the B-cubed F1 over the mentions found.
    """
    documents = list(counts)
    known, sums = catalogue(documents), counting.total(documents)
    return {
        "documents": len(documents),
        "entities_strict": _block(known, sums, "entities strict"),
        "entities_relaxed": _block(known, sums, "entities relaxed"),
        "core_strict": _block(known, sums, "core six strict"),
        "core_relaxed": _block(known, sums, "core six relaxed"),
        "by_label": {x: _label(known, sums, x) for x in sorted(names(sums, counting.RELAXED[1:]))},
        "date_values": _block(known, sums, "date values"),
        "measure_values": _block(known, sums, "measure values"),
        "clusters_b3": _rounded(known["clusters B-cubed F1"], sums),
        "claims": _block(known, sums, "claims"),
        "claims_macro": _rounded(known["claims macro F1"], sums),
        "claim_pairs": _block(known, sums, "claim pairs"),
        "by_predicate": {x: _block(known, sums, x) for x in sorted(names(sums, counting.CLAIM[1:]))},
        "qualifiers": {x: _accuracy(known, sums, x) for x in sorted(names(sums, counting.QUALIFIER[1:]))},
    }


def _block(known: dict[str, Figure], sums: Counts, name: str) -> Report:
    found = {key: known[f"{name} {of}"] for key, of in (("p", "precision"), ("r", "recall"), ("f", "F1"))}
    _, gold, predicted = found["f"].numbers(sums)
    return {**{key: _rounded(figure, sums) for key, figure in found.items()}, "gold": gold, "pred": predicted}


def _label(known: dict[str, Figure], sums: Counts, label: str) -> Report:
    strict, relaxed = (_block(known, sums, f"{label} {way}") for way in ("strict", "relaxed"))
    return {"strict": strict["f"], "relaxed": relaxed["f"], "gold": strict["gold"], "pred": strict["pred"]}


def _accuracy(known: dict[str, Figure], sums: Counts, qualifier: str) -> Report:
    figure = known[f"{qualifier} accuracy"]
    return {"accuracy": _rounded(figure, sums), "n": figure.numbers(sums)[1]}


def _rounded(figure: Figure, sums: Counts) -> float:
    return round(figure.value(sums), DECIMALS)
