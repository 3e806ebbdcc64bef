"""Decides with a trained model which lines are the article, where the rules leave doubt.

The model gives each line a probability from its features and from what the line above is likely to be. What a rule
calls furniture stays furniture; a line that no rule speaks of is furniture where its probability is below the model's
threshold, but for a few forms that articles cannot do without.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from claimstake.knowledge.body_features import BEFORE, page_features
from claimstake.knowledge.body_lines import Features
from claimstake.knowledge.body_rules import packaged_rules
from claimstake.linear import LinearModel

OUTCOME = "BODY"
JUDGED = "judged"  # label of furniture that no rule has named
_BARE = 2  # words of an enumerator that stands alone
_COUNTER = re.compile(r"\([a-z0-9]{1,4}\)")
_FARTHEST = 30.0  # log-odds beyond which a probability is 0 or 1
FEWEST_LINES = 5  # filled lines of a text that the model is asked about


class LineJudge:
    """A model's weights, ready to be asked for the lines of many texts.

    Args:
        model: of the outcome OUTCOME.
        fewest: filled lines from which a text counts as a page; then, too, something of it has to stay.
    """

    def __init__(self, model: LinearModel, fewest: int = 0) -> None:
        self.fewest = fewest
        column = model.column[OUTCOME]
        self.threshold = model.threshold(OUTCOME)
        self.slope, self.shift = (float(number) for number in model.calibration[column])
        self.bias = float(model.bias[column])
        self.weights = dict(zip(model.features, model.weights[:, column].tolist(), strict=True))

    def labels(self, lines: Sequence[Features], ruled: Sequence[str | None], title: str = "") -> list[str | None]:
        """Name the furniture among lines; None is body.

        Args:
            lines: as `body_lines.line_features` describes them.
            ruled: what `body_lines.label_lines` says of them.
            title: of the article, "" where it is not known.
        """
        filled = [i for i, line in enumerate(lines) if not line["blank"]]
        if len(filled) < self.fewest:
            return list(ruled)  # a line or two that somebody typed have no page around them
        features = page_features([lines[i] for i in filled], [ruled[i] for i in filled], title)
        labels = list(ruled)
        above = ""
        for i, probability in zip(filled, self.probabilities(features), strict=True):
            counted = _COUNTER.fullmatch(above) is not None  # "(b)" and below it what it counts: law
            if ruled[i] is None and probability < self.threshold and not counted and not _kept(lines[i]):
                labels[i] = JUDGED
            above = lines[i]["text"].strip()
        nothing_left = self.fewest and all(labels[i] is not None for i in filled)
        return list(ruled) if nothing_left else labels

    def probabilities(self, features: Sequence[Sequence[str]]) -> list[float]:
        """Of each line of a page being body, from the top: whether the line above is counts as far as it is likely."""
        start, body, furniture = (self.weights.get(name, 0.0) for name in BEFORE)
        out: list[float] = []
        for found in features:
            score = self.bias + sum(self.weights.get(name, 0.0) for name in found)
            if out:
                above = out[-1]
                out.append(above * self._probability(score + body) + (1 - above) * self._probability(score + furniture))
            else:
                out.append(self._probability(score + start))
        return out

    def _probability(self, score: float) -> float:
        score = score * self.slope + self.shift
        return 1 / (1 + math.exp(-max(-_FARTHEST, min(_FARTHEST, score))))


def _kept(line: Features) -> bool:
    """Whether a line stays, whatever the model says: Markdown's headline, a table's ruling, a bare enumerator.

    Nothing in "Article 13" or "(b)" tells a law from a table of contents, and sentences of the law hang on them.
    """
    enumerator = line["words"] <= _BARE and bool(packaged_rules().protected.match(line["text"]))
    return enumerator or line["heading"] == 1 or not line["words"]
