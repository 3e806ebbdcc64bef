"""Predicted documents against gold ones: their counts, every figure of them, and the report that is written as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from typing import Any

from claimstake.errors import ConfigError
from claimstake.evaluation import counting
from claimstake.evaluation.alignment import Alignment, align
from claimstake.evaluation.annotations import Annotation
from claimstake.evaluation.bootstrap import RESAMPLES, Interval, intervals
from claimstake.evaluation.counting import DECIMALS, Counts
from claimstake.evaluation.figures import HEADLINE, Figure, catalogue, names

Report = dict[str, Any]


def evaluate(gold: Mapping[str, Annotation], predicted: Mapping[str, Annotation]) -> Scores:
    """Lay every gold document beside the predicted one of its id; what was not predicted counts as empty.

    Raises:
        CorpusError: the two annotations of a document are of different texts.
    """
    return Scores([align(one, predicted.get(id_, Annotation(id_))) for id_, one in gold.items()])


@dataclass(frozen=True)
class Scores:
    """What the documents of an evaluation come to."""

    alignments: list[Alignment]

    @cached_property
    def counts(self) -> list[Counts]:
        """Of each document."""
        return [counting.count(alignment) for alignment in self.alignments]

    @cached_property
    def sums(self) -> Counts:
        """Of all documents together."""
        return counting.total(self.counts)

    @cached_property
    def figures(self) -> dict[str, Figure]:
        """All figures by name."""
        return catalogue(self.counts)

    def named(self, wanted: Iterable[str]) -> list[Figure]:
        """Figures by their names, each once.

        Raises:
            ConfigError: no figure has such a name.
        """
        wanted = list(dict.fromkeys(wanted))
        for name in wanted:
            if name not in self.figures:
                close = get_close_matches(name, self.figures, 3) or HEADLINE[:3]
                raise ConfigError(f"there is no figure {name!r}; did you mean {' or '.join(map(repr, close))}?")
        return [self.figures[name] for name in wanted]

    def value(self, name: str) -> float:
        """One figure, not rounded.

        Raises:
            ConfigError: no figure has such a name.
        """
        return self.named([name])[0].value(self.sums)

    def intervals(self, wanted: Iterable[str] | None = None, *, resamples: int = RESAMPLES) -> dict[str, Interval]:
        """The intervals of some figures, or of all; see `bootstrap.intervals`."""
        figures = self.figures.values() if wanted is None else self.named(wanted)
        return intervals(self.counts, figures, resamples=resamples)

    @cached_property
    def report(self) -> Report:
        """Every figure over all documents together, rounded to four decimals.

        "p", "r" and "f" are precision, recall and F1, "gold" and "pred" say of how many; "claims_macro" is the mean of
        the documents' own F1, "clusters_b3" the B-cubed F1 over the mentions found.
        """
        return {
            "documents": len(self.alignments),
            "entities_strict": self._block("entities strict"),
            "entities_relaxed": self._block("entities relaxed"),
            "core_strict": self._block("core six strict"),
            "core_relaxed": self._block("core six relaxed"),
            "by_label": {x: self._label(x) for x in self.labels},
            "date_values": self._block("date values"),
            "measure_values": self._block("measure values"),
            "clusters_b3": self._rounded("clusters B-cubed F1"),
            "claims": self._block("claims"),
            "claims_macro": self._rounded("claims macro F1"),
            "claim_pairs": self._block("claim pairs"),
            "by_predicate": {x: self._block(x) for x in self.predicates},
            "qualifiers": {x: self._accuracy(x) for x in self.qualifiers},
        }

    @property
    def labels(self) -> list[str]:
        """The labels of the mentions counted."""
        return sorted(names(self.sums, counting.RELAXED[1:]))

    @property
    def predicates(self) -> list[str]:
        """The predicates of the claims counted."""
        return sorted(names(self.sums, counting.CLAIM[1:]))

    @property
    def qualifiers(self) -> list[str]:
        """The qualifiers scored."""
        return sorted(names(self.sums, counting.QUALIFIER[1:]))

    def _block(self, name: str) -> Report:
        figure = self.figures[f"{name} F1"]
        _, gold, predicted = figure.numbers(self.sums)
        found = {key: self._rounded(f"{name} {of}") for key, of in (("p", "precision"), ("r", "recall"), ("f", "F1"))}
        return {**found, "gold": gold, "pred": predicted}

    def _label(self, label: str) -> Report:
        strict, relaxed = (self._block(f"{label} {way}") for way in ("strict", "relaxed"))
        return {"strict": strict["f"], "relaxed": relaxed["f"], "gold": strict["gold"], "pred": strict["pred"]}

    def _accuracy(self, qualifier: str) -> Report:
        name = f"{qualifier} accuracy"
        return {"accuracy": self._rounded(name), "n": self.figures[name].numbers(self.sums)[1]}

    def _rounded(self, name: str) -> float:
        return round(self.figures[name].value(self.sums), DECIMALS)
