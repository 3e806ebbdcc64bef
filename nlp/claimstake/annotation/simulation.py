"""Simulated annotation: how fast a model learns when documents come in one order or another, our corpus the analyst.

A student that has learned no annotated article gets a seed set, then round after round the next documents from the
train articles: those that `order.rank` puts first with what the model knows by then, or any. What was revealed is
learned (all of it, with silver rehearsed beside it), and the model measured on articles that it never learns.

Orders are compared at equal cost: a round is so many words, as long documents take longer to annotate. All orders of
one repetition share their seed set, so that they can be compared in pairs.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from claimstake.annotation import order
from claimstake.annotation.order import WEIGHTS, Signals, Weights
from claimstake.records import AnnotatedDocument

RANDOM, UNCERTAINTY = "random", "uncertainty"
ALONE = ("found", "mentions", "tokens", "disagreement", "diversity")  # parts of the order that can stand by themselves
NOTHING = dict.fromkeys((*ALONE, "claims"), 0.0)
ORDERS: dict[str, Weights | None] = {  # None draws lots
    UNCERTAINTY: WEIGHTS,
    RANDOM: None,
    **{name: Weights(**{**NOTHING, name: 1.0}) for name in ALONE},
}
Watch = Callable[[dict[str, Any]], None]
Model = Any  # whatever a learner makes of documents; never changed, so that it can be kept


class Learner(Protocol):
    """What learns; see `annotation.learning`.

    Attributes:
        pool: gold of the documents that can be revealed, by id.
    """

    pool: Mapping[str, AnnotatedDocument]

    def start(self) -> Model:
        """The model that has learned no annotated document."""
        ...

    def learn(self, model: Model, ids: Sequence[str], seed: int) -> Model:
        """A model that went on learning from the gold of those documents."""
        ...

    def look(self, model: Model, ids: Sequence[str]) -> tuple[list[AnnotatedDocument], dict[str, Signals]]:
        """What a model finds in documents, and its signals, as `order.rank` takes them."""
        ...

    def measure(self, model: Model) -> dict[str, float]:
        """precision, recall and f1 on the documents that are measured on."""
        ...


@dataclass(frozen=True)
class Setting:
    """How much is simulated.

    Attributes:
        orders: of `ORDERS`.
        seeds: repetitions, each with another seed set.
        rounds: after the seed set.
        words: of the seed set, and of each round.
    """

    orders: tuple[str, ...] = (UNCERTAINTY, RANDOM)
    seeds: int = 8
    rounds: int = 5
    words: int = 2000


@dataclass(frozen=True)
class Point:
    """A model after some annotation.

    Attributes:
        documents, words, mentions: annotated so far; words of the body.
        precision, recall, f1: of mentions, bounds and label exact, where it was measured.
    """

    documents: int
    words: int
    mentions: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True)
class Curve:
    """One repetition with one order; the first point is the seed set's."""

    order: str
    seed: int
    points: tuple[Point, ...]


def simulate(learner: Learner, setting: Setting, watch: Watch | None = None) -> list[Curve]:
    """All orders, as often as the setting says.

    Args:
        watch: told after every model: step, at, of.
    """
    told = _Told(watch, setting)
    curves = []
    for seed in range(1, setting.seeds + 1):
        chance = random.Random(seed)
        first = _until(_shuffled(learner.pool, chance), [], setting.words, learner)
        model = learner.learn(learner.start(), first, seed)
        begin = _point(learner, model, first)
        told.once()
        for name in setting.orders:
            curves.append(Curve(name, seed, (begin, *_rounds(learner, setting, name, seed, (model, first), told))))
    return curves


def _rounds(
    learner: Learner, setting: Setting, name: str, seed: int, begin: tuple[Model, list[str]], told: _Told
) -> list[Point]:
    model, revealed = begin
    chance = random.Random(f"{seed} {name}")
    points = []
    for number in range(1, setting.rounds + 1):
        left = sorted(set(learner.pool) - set(revealed))
        coming = next_documents(learner, model, left, name, chance)
        revealed = _until(coming, revealed, setting.words * (number + 1), learner)
        model = learner.learn(model, revealed, 1000 * seed + number)
        points.append(_point(learner, model, revealed))
        told.once()
    return points


def next_documents(learner: Learner, model: Model, left: Sequence[str], name: str, chance: random.Random) -> list[str]:
    """The ids of the documents that are left, in the order in which they would be annotated."""
    weights = ORDERS[name]
    if weights is None or not left:
        return _shuffled(left, chance)
    records, signals = learner.look(model, left)
    return [one.document.doc.id for one in order.rank(records, signals, weights)]


def _shuffled(ids: Mapping[str, Any] | Sequence[str], chance: random.Random) -> list[str]:
    return chance.sample(sorted(ids), len(ids))


def _until(coming: Sequence[str], revealed: Sequence[str], words: int, learner: Learner) -> list[str]:
    """What was revealed and the next documents, until that many words are annotated."""
    out, size = list(revealed), _words(learner, revealed)
    for name in coming:
        if size >= words:
            break
        out.append(name)
        size += order.words_of(learner.pool[name])
    return out


def _words(learner: Learner, ids: Sequence[str]) -> int:
    return sum(order.words_of(learner.pool[name]) for name in ids)


def _point(learner: Learner, model: Model, revealed: Sequence[str]) -> Point:
    mentions = sum(len(learner.pool[name].entities) for name in revealed)
    return Point(len(revealed), _words(learner, revealed), mentions, **learner.measure(model))


class _Told:
    """Counts models for whoever watches."""

    def __init__(self, watch: Watch | None, setting: Setting) -> None:
        self._watch, self._at = watch, 0
        self._of = setting.seeds * (1 + setting.rounds * len(setting.orders))

    def once(self) -> None:
        self._at += 1
        if self._watch is not None:
            self._watch({"step": "simulate", "at": self._at, "of": self._of})
