"""Simulated annotation: the loop with a learner that can be seen through, then a little of the recogniser itself."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from claimstake.annotation import gain, order
from claimstake.annotation.order import Signals
from claimstake.annotation.simulation import RANDOM, UNCERTAINTY, Curve, Point, Setting, simulate
from claimstake.cli import app
from claimstake.errors import ConfigError, ModelError
from claimstake.pipeline import base_path
from claimstake.records import AnnotatedDocument, DocumentInfo, Entity
from claimstake.training import plots

PLACES = [f"Port{letter}" for letter in "abcdefghijklmnopqrst"]
SMALL = Setting(seeds=4, rounds=3, words=60)


def document(number: int, names: Sequence[str]) -> AnnotatedDocument:
    """Twenty words, some of them places; the number makes each text its own."""
    words = [*names, *(f"word{number}n{i}" for i in range(20 - len(names)))]
    text, entities, start = " ".join(words), [], 0
    for i, word in enumerate(words):
        if i < len(names):
            end = start + len(word)
            one = Entity(id=f"e{i + 1}", label="PLACE", text=word, start=start, end=end, canonical=word)
            entities.append(one)
        start += len(word) + 1
    info = DocumentInfo(id=f"d{number:03}", sha256=f"{number:064x}", text=text)
    return AnnotatedDocument(doc=info, entities=entities, claims=[])


class Memory:
    """Learns names by heart: a name that was seen is sure, any other as good as a coin."""

    def __init__(self) -> None:
        usual = [document(i, PLACES[:3]) for i in range(40)]
        rare = [document(100 + i, PLACES[3 + i : 6 + i]) for i in range(12)]
        self.pool = {d.doc.id: d for d in (*usual, *rare)}
        self.looked: list[set[str]] = []

    def start(self) -> frozenset[str]:
        return frozenset()

    def learn(self, model: frozenset[str], ids: Sequence[str], seed: int) -> frozenset[str]:
        return model | {e.text for name in ids for e in self.pool[name].entities}

    def look(self, model: frozenset[str], ids: Sequence[str]) -> tuple[list[AnnotatedDocument], dict[str, Signals]]:
        self.looked.append(set(ids))
        records = []
        for name in ids:
            gold = self.pool[name]
            seen = [e.model_copy(update={"confidence": 0.99 if e.text in model else 0.5}) for e in gold.entities]
            records.append(gold.model_copy(update={"entities": seen}))
        return records, {}

    def measure(self, model: frozenset[str]) -> dict[str, float]:
        recall = len(model & set(PLACES)) / len(PLACES)
        return {"precision": 1.0, "recall": recall, "f1": 2 * recall / (1 + recall)}


def test_every_order_of_a_repetition_begins_with_the_same_seed_set() -> None:
    curves = simulate(Memory(), SMALL)
    assert len(curves) == SMALL.seeds * len(SMALL.orders)
    for seed in range(1, SMALL.seeds + 1):
        begins = {curve.points[0] for curve in curves if curve.seed == seed}
        assert len(begins) == 1
    assert len({curve.points[0].f1 for curve in curves}) > 1


def test_rounds_cost_what_the_setting_says() -> None:
    for curve in simulate(Memory(), SMALL):
        assert [p.words for p in curve.points] == [60, 120, 180, 240]
        assert [p.documents for p in curve.points] == [3, 6, 9, 12]
        assert curve.points[-1].mentions == 36


def test_what_was_revealed_is_not_looked_at_again() -> None:
    learner = Memory()
    simulate(learner, replace(SMALL, seeds=1, orders=(UNCERTAINTY,)))
    first, *_, last = learner.looked
    assert last < first
    assert len(first) == len(learner.pool) - 3


def test_a_learner_of_rare_names_gains_from_the_order_and_equal_seeds_give_equal_curves() -> None:
    curves = simulate(Memory(), SMALL)
    assert simulate(Memory(), SMALL) == curves
    found = gain.report(curves, SMALL, {"measured on": "test"})
    told = found["summary"]["words"]
    assert told["area"][UNCERTAINTY] > told["area"][RANDOM] + 0.05
    assert told["against random"][UNCERTAINTY]["better"] == 4
    assert told["against random"][UNCERTAINTY]["p"] == 0.125
    assert told["reached"][-1][UNCERTAINTY] < told["reached"][-1][RANDOM]


def test_a_small_pool_is_used_up_and_no_more() -> None:
    curves = simulate(Memory(), Setting(seeds=1, rounds=3, words=600))
    assert [p.documents for p in curves[0].points] == [30, 52, 52, 52]


def test_whoever_watches_is_told_after_every_model() -> None:
    events: list[dict] = []
    simulate(Memory(), SMALL, events.append)
    assert [e["at"] for e in events] == list(range(1, 29))
    assert {e["of"] for e in events} == {28}


def curve(name: str, seed: int, f1: Sequence[float], step: int = 100) -> Curve:
    points = (Point(i + 1, step * (i + 1), 10 * (i + 1), f, f, f) for i, f in enumerate(f1))
    return Curve(name, seed, tuple(points))


def test_cost_of_a_level_is_read_off_between_points() -> None:
    curves = [curve(UNCERTAINTY, 1, (0.5, 0.7, 0.8)), curve(RANDOM, 1, (0.5, 0.6, 0.7))]
    told = gain.summary(curves, (UNCERTAINTY, RANDOM), "words")
    assert [level["f1"] for level in told["reached"]] == [0.6, 0.65, 0.7]
    assert [level[UNCERTAINTY] for level in told["reached"]] == [150, 175, 200]
    assert [level[RANDOM] for level in told["reached"]] == [200, 250, 300]
    assert told["area"][UNCERTAINTY] == pytest.approx(0.675, abs=2e-3)


def test_a_level_that_is_never_reached_is_none() -> None:
    curves = [curve(UNCERTAINTY, 1, (0.5, 0.5, 0.5)), curve(RANDOM, 1, (0.5, 0.6, 0.7))]
    told = gain.summary(curves, (UNCERTAINTY, RANDOM), "words")
    assert [level[UNCERTAINTY] for level in told["reached"]] == [None, None, None]


@pytest.mark.parametrize(
    ("gaps", "p"), [([0.1, 0.2, 0.3], 0.25), ([0.0, 0.0], 1.0), ([0.1, -0.1], 1.0), ([1.0] * 8, 2 / 256)]
)
def test_sign_flips(gaps: list[float], p: float) -> None:
    assert gain.sign_flip(np.array(gaps)) == pytest.approx(p)


def test_the_recogniser_learns_in_a_simulation(tmp_path: Path) -> None:
    """From the packaged base, which knows these articles: that it runs, not what it gains."""
    plot, out = tmp_path / "gain.svg", tmp_path / "gain.json"
    chart = ("--plot", str(plot)) if find_spec("matplotlib") else ()
    arguments = [
        "doccano",
        "simulate",
        "--student",
        str(base_path()),
        "--work",
        str(tmp_path / "none"),
        "--quick",
        "--order",
        "tokens",
        "--order",
        "random",
    ]
    result = CliRunner().invoke(app, [*arguments, "--seeds", "1", *chart, "-o", str(out), "--json"])
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found == json.loads(out.read_text(encoding="utf-8"))
    assert found["pool known before"] is True
    assert "has learned these articles before" in result.stderr
    assert [c["order"] for c in found["curves"]] == ["tokens", RANDOM]
    figures = [point["f1"] for c in found["curves"] for point in c["points"]]
    assert min(figures) > 0.5
    assert len(set(figures)) > 1
    assert all(c["points"][-1]["words"] >= 900 for c in found["curves"])
    if chart:
        drawn = plot.read_text(encoding="utf-8")
        assert drawn.startswith("<?xml")
        assert "<!--" in drawn


@pytest.mark.parametrize(
    ("change", "error", "says"),
    [
        ({"setting": Setting(orders=("alphabet",))}, ConfigError, "no such order: alphabet"),
        ({"part": "train"}, ConfigError, "dev or test"),
        ({"most": 1}, ModelError, "only student"),
    ],
)
def test_what_cannot_be_simulated_is_said(tmp_path: Path, change: dict, error: type[Exception], says: str) -> None:
    study = gain.Study(tmp_path / "no-student", most=1, setting=Setting(orders=(RANDOM,)))
    with pytest.raises(error, match=says):
        gain.run(replace(study, **change))


def test_a_chart_is_an_svg_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"\.svg"):
        plots.check(tmp_path / "gain.png")


def test_words_are_those_of_the_body() -> None:
    one = document(1, PLACES[:2])
    assert order.words_of(one) == 20
