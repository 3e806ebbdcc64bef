"""One document's gold and predicted annotation, laid side by side: what every count and listing is taken from."""

from __future__ import annotations

from dataclasses import dataclass

from claimstake.errors import CorpusError
from claimstake.evaluation.annotations import Annotation, Mention, Statement
from claimstake.evaluation.claims import Triple, gold_claims, predicted_claims
from claimstake.evaluation.matching import Pair, paired, same_label, same_span
from claimstake.evaluation.values import same_value

DATE = "DATE"
MEASURED = ("THRESHOLD", "QUANTITY")
VALUED = {"date": (DATE,), "measure": MEASURED}  # an amount's value counts whichever measured label it got


@dataclass(frozen=True)
class Values:
    """The values of one kind: pairs with whether they agree, how many the gold has, how many were predicted."""

    pairs: list[tuple[Mention, Mention, bool]]
    gold: int
    predicted: int


@dataclass(frozen=True)
class Alignment:
    """What corresponds in two annotations of one text.

    Attributes:
        strict: pairs of mentions with the same label and span.
        relaxed: pairs with the same label that overlap.
        values: by kind, "date" and "measure".
        gold_claims, predicted_claims: by triple of gold clusters.
    """

    gold: Annotation
    predicted: Annotation
    strict: list[Pair]
    relaxed: list[Pair]
    values: dict[str, Values]
    gold_claims: dict[Triple, Statement]
    predicted_claims: dict[Triple, Statement]

    @property
    def claims_found(self) -> list[tuple[Triple, Statement, Statement]]:
        """Triples that both have, with the gold and the predicted claim."""
        both = self.gold_claims.items()
        return [(key, claim, self.predicted_claims[key]) for key, claim in both if key in self.predicted_claims]


def align(gold: Annotation, predicted: Annotation) -> Alignment:
    """Lay two annotations of one text side by side.

    Raises:
        CorpusError: they are of different texts, by their sha256.
    """
    if gold.sha256 and predicted.sha256 and gold.sha256 != predicted.sha256:
        raise CorpusError(f"{gold.id}: the two were annotated on different texts (sha256 differs)")
    return Alignment(
        gold,
        predicted,
        strict=paired(gold.named, predicted.named, same_span),
        relaxed=paired(gold.named, predicted.named, same_label),
        values={kind: _values(gold, predicted, labels) for kind, labels in VALUED.items()},
        gold_claims=gold_claims(gold),
        predicted_claims=predicted_claims(gold, predicted),
    )


def _values(gold: Annotation, predicted: Annotation, labels: tuple[str, ...]) -> Values:
    ours = [m for m in gold.named if m.label in labels and m.value]
    theirs = [m for m in predicted.named if m.label in labels]
    pairs = [(g, p, same_value(g.value, p.value)) for g, p in paired(ours, theirs)]
    return Values(pairs, len(ours), len(theirs))
