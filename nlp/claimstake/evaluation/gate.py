"""Whether a model may take the place of another: no floor missed, nothing lost beyond chance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from claimstake.evaluation.bootstrap import Interval
from claimstake.evaluation.counting import Counts
from claimstake.evaluation.figures import Figure

Floors = Mapping[str, float]


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
    first: Sequence[Counts],
    second: Sequence[Counts],
    names: Iterable[str] = HEADLINE,
    floors: Floors | None = None,
    *,
    resamples: int = RESAMPLES,
) -> list[Verdict]:
    """Weigh two systems against each other on the same documents.

    Args:
        first, second: the counts of each document, in the same order.
        names: of the figures to compare; those with a floor are added.
        floors: what the second must reach, by the figure's name.
        resamples: for the intervals; 0 takes every difference as it is.

    Raises:
        ConfigError: no figure has such a name.
        ValueError: the two are not of equally many documents.
    """
    floors = floors or {}
    figures = named([*first, *second], [*names, *floors])
    gains = differences(first, second, figures, resamples=resamples)
    before, after = total(first), total(second)
    return [Verdict(f.name, f.value(before), f.value(after), gains[f.name], floors.get(f.name)) for f in figures]


def below(counts: Sequence[Counts], floors: Floors) -> dict[str, float]:
    """The figures that miss their floor, by name.

    Raises:
        ConfigError: a floor is set for a figure that does not exist.
    """
    sums = total(counts)
    values = {figure.name: figure.value(sums) for figure in named(counts, floors)}
    return {name: value for name, value in values.items() if value < floors[name]}


def named(counts: Iterable[Counts], names: Iterable[str]) -> list[Figure]:
    """Figures by their names, each once.

    Raises:
        ConfigError: no figure has such a name.
    """
    known, wanted = catalogue(counts), list(dict.fromkeys(names))
    for name in wanted:
        if name not in known:
            close = get_close_matches(name, known, 3) or HEADLINE[:3]
            raise ConfigError(f"there is no figure {name!r}; did you mean {' or '.join(map(repr, close))}?")
    return [known[name] for name in wanted]


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
