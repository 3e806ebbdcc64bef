"""Whether a model may take the place of another: no floor missed, nothing lost beyond chance."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from claimstake.errors import ConfigError
from claimstake.evaluation.bootstrap import RESAMPLES, Interval, differences
from claimstake.evaluation.figures import HEADLINE
from claimstake.evaluation.scores import Scores

Floors = Mapping[str, float]
# What a model must not lose where no floors say so. The other accuracies are left out: each is of the claims found,
# so that a model which finds many more, harder claims seems to lose.
GATED = (
    "entities relaxed F1",
    "core six relaxed F1",
    "entities strict F1",
    "date values F1",
    "measure values F1",
    "clusters B-cubed F1",
    "claims F1",
    "claims precision",
    "polarity accuracy",
    "certainty accuracy",
    "status accuracy",
)


@dataclass(frozen=True)
class Verdict:
    """What the gate says of one figure.

    Attributes:
        first, second: the figure of the current and of the candidate model.
        gain: second less first, with its interval.
        floor: what the second must reach; None asks for nothing.
    """

    name: str
    first: float
    second: float
    gain: Interval
    floor: float | None = None

    @property
    def below(self) -> bool:
        return self.floor is not None and self.second < self.floor

    @property
    def refused(self) -> bool:
        return self.below or self.gain.is_loss

    @property
    def says(self) -> str:
        """The verdict in words; empty where nothing speaks for or against."""
        reasons = ["below its floor"] if self.below else []
        if self.gain.is_loss:
            reasons.append("lost")
        elif self.gain.low > 0:
            reasons.append("gained")
        return ", ".join(reasons)


def compare(
    first: Scores,
    second: Scores,
    names: Iterable[str] = HEADLINE,
    floors: Floors | None = None,
    *,
    resamples: int = RESAMPLES,
) -> list[Verdict]:
    """Weigh two systems against each other on the same documents.

    Args:
        names: of the figures to compare; those with a floor are added.
        floors: what the second must reach, by the figure's name.
        resamples: for the intervals; 0 takes every difference as it is.

    Raises:
        ConfigError: no figure has such a name.
        ValueError: the two are not of the same documents in the same order.
    """
    floors = floors or {}
    figures = second.named([*names, *floors])
    if [a.gold.id for a in first.alignments] != [a.gold.id for a in second.alignments]:
        raise ValueError("a paired comparison needs the same documents in the same order")
    gains = differences(first.counts, second.counts, figures, resamples=resamples)
    return [
        Verdict(f.name, f.value(first.sums), f.value(second.sums), gains[f.name], floors.get(f.name)) for f in figures
    ]


def below(scores: Scores, floors: Floors) -> dict[str, float]:
    """The figures that miss their floor, by name.

    Raises:
        ConfigError: a floor is set for a figure that does not exist.
    """
    values = {figure.name: figure.value(scores.sums) for figure in scores.named(floors)}
    return {name: value for name, value in values.items() if value < floors[name]}


def read_floors(path: Path) -> dict[str, float]:
    """Floors from a JSON file: an object of figure names and numbers in [0, 1].

    Raises:
        ConfigError: the file is missing or holds something else.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: does not exist") from error
    except ValueError as error:
        raise ConfigError(f"{path}: is not JSON: {error}") from error
    if not isinstance(found, dict) or not all(_is_share(value) for value in found.values()):
        raise ConfigError(f'{path}: floors are an object such as {{"claims F1": 0.5}}, numbers from 0 to 1')
    return found


def _is_share(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1
