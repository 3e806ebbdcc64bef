"""What an order of annotation gains over another: mean curves, areas, and whether chance would do as much.

Curves of repetitions have their points at slightly different places, so they are read off by linear interpolation.
Repetitions share seed set and random numbers between orders, so that differences are taken in pairs.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from claimstake.annotation.learning import Lesson, RecogniserLearner, rules_in
from claimstake.annotation.simulation import ORDERS, RANDOM, Curve, Setting, Watch, simulate
from claimstake.errors import ConfigError
from claimstake.evaluation.tables import Sheet
from claimstake.training import retrain

COSTS = ("words", "documents", "mentions")
GRID = 41  # places at which mean curves are read off
LEVELS = (0.5, 0.75, 1.0)  # of the way from the seed set's F1 to where random order ends
MOST_SIGNS = 14  # repetitions up to which all signs are tried
DRAWN = 20_000


PARTS = ("dev", "test")


@dataclass(frozen=True)
class Study:
    """What is simulated, with what, and where it is measured.

    Attributes:
        student: folder of a model that has learned no annotated article.
        silver: folder of silver annotations to rehearse, where there are any.
        corpus: folder with articles and splits.tsv; None takes the one that comes with claimstake.
        part: split that is measured on; what is chosen is chosen on dev.
        setting: see `Setting`.
        steps: updates of a round; None takes those of `learning.Lesson`.
        most: documents of the pool, and of those measured on; None takes all.
    """

    student: Path
    silver: Path | None = None
    corpus: Path | None = None
    part: str = "test"
    setting: Setting = field(default_factory=Setting)
    steps: int | None = None
    most: int | None = None

    @property
    def is_base(self) -> bool:
        """Whether the student is a run-time base, which has learned the pool before: its figures say nothing."""
        return (self.student / "manifest.json").is_file()

    def quick(self) -> Study:
        """Some seconds of it, to see that it runs."""
        setting = replace(self.setting, seeds=min(2, self.setting.seeds), rounds=2, words=300)
        return replace(self, setting=setting, steps=2, most=12)


def run(study: Study, watch: Watch | None = None) -> dict[str, Any]:
    """Simulate, and report.

    Raises:
        ConfigError: there is no such order, split or student.
        CorpusError: the corpus is not there, or does not parse.
    """
    if unknown := set(study.setting.orders) - set(ORDERS):
        raise ConfigError(f"no such order: {', '.join(sorted(unknown))}; there are {', '.join(ORDERS)}")
    if study.part not in PARTS:
        raise ConfigError(f"measured is on {' or '.join(PARTS)}, not on {study.part!r}: train is what is annotated")
    learner = _learner(study)
    start = learner.measure(learner.start())
    curves = simulate(learner, study.setting, watch)
    about = {"measured on": study.part, "pool": len(learner.pool), "start": start, "pool known before": study.is_base}
    return report(curves, study.setting, about)


def _learner(study: Study) -> RecogniserLearner:
    folder = study.corpus or retrain.corpus_path()
    pool, held_out = (retrain.corpus_documents(folder, part)[: study.most] for part in ("train", study.part))
    lesson = Lesson() if study.steps is None else Lesson(steps=study.steps)
    silver = study.silver if study.silver is not None and study.silver.is_dir() else None
    rules = dict(rules_in(pool)) if _asks_rules(study.setting.orders) else None
    return RecogniserLearner(study.student, pool, held_out, rehearsed=silver, lesson=lesson, rules=rules)


def _asks_rules(orders: Sequence[str]) -> bool:
    return any(weights is not None and weights.disagreement for weights in (ORDERS[name] for name in orders))


def report(curves: Sequence[Curve], setting: Setting, about: dict[str, Any]) -> dict[str, Any]:
    """Everything that was found, as JSON values.

    Args:
        about: what else should stand there: what was measured on, the start.
    """
    return {
        **about,
        "setting": asdict(setting),
        "curves": [asdict(curve) for curve in curves],
        "mean": {cost: {name: mean_curve(_of(curves, name), cost) for name in setting.orders} for cost in COSTS},
        "summary": {cost: summary(curves, setting.orders, cost) for cost in COSTS},
    }


def mean_curve(curves: Sequence[Curve], cost: str) -> dict[str, list[float]]:
    """Mean and standard deviation of F1 over repetitions, where all of them have points.

    Args:
        cost: words, documents or mentions.
    """
    at = np.linspace(*_common(curves, cost), GRID)
    rows = np.array([_read_off(curve, cost, at) for curve in curves])
    spread = rows.std(axis=0, ddof=1) if len(rows) > 1 else np.zeros(len(at))
    return {"at": _rounded(at, 1), "f1": _rounded(rows.mean(axis=0)), "deviation": _rounded(spread)}


def summary(curves: Sequence[Curve], orders: Sequence[str], cost: str) -> dict[str, Any]:
    """Areas under the curves, the cost of reaching levels of F1, and how each order differs from random order.

    An area is the mean F1 over the cost that all curves cover. The p-value is of a sign-flip test over pairs.
    """
    low, high = _common(curves, cost)
    at = np.linspace(low, high, GRID)
    rows = {name: np.array([_read_off(curve, cost, at) for curve in _of(curves, name)]) for name in orders}
    areas = {name: found.mean(axis=1) for name, found in rows.items()}
    out: dict[str, Any] = {"from": round(low), "to": round(high)}
    out["area"] = {name: round(float(found.mean()), 4) for name, found in areas.items()}
    out["end"] = {name: round(float(found[:, -1].mean()), 4) for name, found in rows.items()}
    if RANDOM not in orders:
        return out
    begin, end = (float(rows[RANDOM][:, place].mean()) for place in (0, -1))
    out["reached"] = [_reached(rows, at, begin + share * (end - begin)) for share in LEVELS]
    others = [name for name in orders if name != RANDOM]
    out["against random"] = {name: difference(areas[name], areas[RANDOM]) for name in others}
    return out


def difference(ones: np.ndarray, others: np.ndarray) -> dict[str, Any]:
    """How paired figures differ.

    Args:
        ones, others: (repetitions,).

    Returns:
        Their mean difference, its standard error, in how many pairs it is positive, and the p-value.
    """
    gaps = np.asarray(ones) - np.asarray(others)
    number = len(gaps)
    error = float(gaps.std(ddof=1) / np.sqrt(number)) if number > 1 else 0.0
    return {
        "mean": round(float(gaps.mean()), 4),
        "standard error": round(error, 4),
        "better": int((gaps > 0).sum()),
        "of": number,
        "p": round(sign_flip(gaps), 4),
    }


def sign_flip(gaps: np.ndarray) -> float:
    """Two-sided p-value of a mean difference: how often random signs give one as large; exact for few pairs."""
    number = len(gaps)
    if number <= MOST_SIGNS:
        signs = np.array(list(itertools.product((-1, 1), repeat=number)))
    else:
        signs = np.random.default_rng(0).choice((-1, 1), size=(DRAWN, number))
    means = np.abs((signs * gaps).mean(axis=1))
    return float((means >= abs(gaps.mean()) - 1e-12).mean())


def _reached(rows: dict[str, np.ndarray], at: np.ndarray, level: float) -> dict[str, Any]:
    """Where each order's mean curve first has an F1; None where it never does."""
    found: dict[str, Any] = {"f1": round(level, 4)}
    for name, values in rows.items():
        mean = values.mean(axis=0)
        places = np.flatnonzero(mean >= level - 1e-9)
        if not len(places):
            found[name] = None
        elif not (i := int(places[0])):
            found[name] = round(float(at[0]))
        else:
            share = (level - mean[i - 1]) / (mean[i] - mean[i - 1])
            found[name] = round(float(at[i - 1] + share * (at[i] - at[i - 1])))
    return found


def _of(curves: Sequence[Curve], name: str) -> list[Curve]:
    return [curve for curve in curves if curve.order == name]


def _common(curves: Sequence[Curve], cost: str) -> tuple[float, float]:
    """The stretch of a cost that all curves cover."""
    low = max(getattr(curve.points[0], cost) for curve in curves)
    return low, max(low, min(getattr(curve.points[-1], cost) for curve in curves))


def _read_off(curve: Curve, cost: str, at: np.ndarray) -> np.ndarray:
    return np.interp(at, [getattr(p, cost) for p in curve.points], [p.f1 for p in curve.points])


def _rounded(values: np.ndarray, digits: int = 4) -> list[float]:
    return [round(float(value), digits) for value in values]


def sheets(found: dict[str, Any]) -> list[Sheet]:
    """The summaries of a report as tables, one for each cost."""
    return [_sheet(found, cost) for cost in COSTS]


def _sheet(found: dict[str, Any], cost: str) -> Sheet:
    told = found["summary"][cost]
    levels = told.get("reached", [])
    head = (
        "order",
        "area",
        "F1 at the end",
        *(f"{cost} to {level['f1']:.3f}" for level in levels),
        "area against random",
    )
    rows = []
    for name in found["setting"]["orders"]:
        reached = ("–" if level[name] is None else f"{level[name]:,}" for level in levels)
        gap = told.get("against random", {}).get(name)
        against = f"{gap['mean']:+.4f} ± {gap['standard error']:.4f}, p {gap['p']:.3f}" if gap else ""
        rows.append((name, f"{told['area'][name]:.4f}", f"{told['end'][name]:.4f}", *reached, against))
    title = f"mentions F1 on {found['measured on']} articles, by {cost} from {told['from']:,} to {told['to']:,}"
    return Sheet(title, head, rows)
