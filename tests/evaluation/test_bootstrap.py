"""Intervals and the gate: what chance explains, and what it does not."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from claimstake.errors import ConfigError
from claimstake.evaluation import gate
from claimstake.evaluation.annotations import Annotation
from claimstake.evaluation.bootstrap import Interval, differences, intervals
from claimstake.evaluation.counting import Counts
from claimstake.evaluation.figures import Figure, catalogue
from claimstake.evaluation.scores import Scores, evaluate
from small_annotations import BAN, MAKES, document

CLAIMS = ("claim right", "claim gold", "claim predicted")


def counted(right: Sequence[int]) -> list[Counts]:
    """Documents with one gold claim and one predicted claim each, which is right (1) or not (0)."""
    return [Counter(dict(zip(((kind, "produces") for kind in CLAIMS), (n, 1, 1), strict=True))) for n in right]


def figure(counts: Sequence[Counts], name: str = "claims F1") -> Figure:
    return catalogue(counts)[name]


def test_an_interval_as_statistics_has_it() -> None:
    """Of 400 documents, half of them right, the interval is 0.5 ± 1.96 · sqrt(0.25 / 400)."""
    counts = counted([0, 1] * 200)
    found = intervals(counts, [figure(counts)])["claims F1"]
    assert found.value == 0.5
    assert (found.low, found.high) == (pytest.approx(0.451, abs=0.008), pytest.approx(0.549, abs=0.008))


def test_more_documents_more_certainty() -> None:
    """Sixteen times the documents, a quarter of the width."""
    widths = []
    for times in (10, 160):
        counts = counted([0, 1, 1] * times)
        found = intervals(counts, [figure(counts)])["claims F1"]
        widths.append(found.high - found.low)
    assert widths[0] / widths[1] == pytest.approx(4, rel=0.2)


def test_the_same_seed_gives_the_same_interval() -> None:
    """An interval can be computed again; another seed gives another one near it."""
    counts = counted([0, 1, 1, 0, 1, 0, 0] * 5)
    first, again = (intervals(counts, [figure(counts)])["claims F1"] for _ in range(2))
    other = intervals(counts, [figure(counts)], seed=1)["claims F1"]
    assert first == again
    assert first != other
    assert first.low == pytest.approx(other.low, abs=0.05)


def test_figures_are_drawn_together() -> None:
    """Precision and recall of documents that have one gold and one predicted claim each have one interval."""
    counts = counted([0, 1, 1, 0, 1])
    found = intervals(counts, [figure(counts, f"claims {side}") for side in ("precision", "recall")])
    assert found["claims precision"] == found["claims recall"]


def test_what_is_undefined_in_a_draw_does_not_count() -> None:
    """One document of ten has the predicate: draws without it say nothing about the predicate's figure."""
    counts = [*counted([1]), *([Counter()] * 9)]
    assert intervals(counts, [figure(counts)])["claims F1"] == Interval(1.0, 1.0, 1.0)


@pytest.mark.parametrize("counts", [[], [Counter()]], ids=["no documents", "an empty document"])
def test_nothing_to_count(counts: list[Counts]) -> None:
    """Without anything to count every figure is 0, and so are its bounds."""
    found = intervals(counts, catalogue(counts).values())
    assert set(found.values()) == {Interval(0.0, 0.0, 0.0)}


def test_without_resamples_there_are_only_figures() -> None:
    """0 resamples give the figure as its own bounds."""
    counts = counted([1, 0])
    assert intervals(counts, [figure(counts)], resamples=0)["claims F1"] == Interval(0.5, 0.5, 0.5)


def test_identical_systems_do_not_differ() -> None:
    """The paired difference of a system to itself is 0, with certainty."""
    counts = counted([0, 1, 1, 0, 1, 1])
    found = differences(counts, list(counts), catalogue(counts).values())
    assert set(found.values()) == {Interval(0.0, 0.0, 0.0)}


@pytest.mark.parametrize(
    ("lost", "is_loss"),
    [(30, True), (12, True), (1, False), (0, False)],
    ids=["half of all", "a fifth", "one of sixty", "none"],
)
def test_a_loss_is_what_chance_does_not_explain(lost: int, is_loss: bool) -> None:
    """A system that loses a claim in many of sixty documents is worse; one lost claim may be chance."""
    before, after = counted([1] * 60), counted([0] * lost + [1] * (60 - lost))
    found = differences(before, after, [figure(before)])["claims F1"]
    assert found.is_loss is is_loss
    assert found.value == pytest.approx(-lost / 60)
    assert found.low <= found.value <= found.high
    assert not differences(after, before, [figure(before)])["claims F1"].is_loss


def test_pairing_sees_what_single_intervals_do_not() -> None:
    """Two systems whose own intervals overlap widely, one of them always a little worse on the same documents."""
    before, after = counted([1, 0] * 30), counted([1, 0, 0, 0, 1, 0, 1, 0, 1, 0] * 6)
    own = [intervals(counts, [figure(counts)])["claims F1"] for counts in (before, after)]
    assert own[1].high > own[0].low
    assert differences(before, after, [figure(before)])["claims F1"].is_loss


def test_a_comparison_needs_the_same_documents() -> None:
    """Two systems that were run on different documents are not compared."""
    with pytest.raises(ValueError, match="1 documents against 2"):
        differences(counted([1]), counted([1, 1]), [])
    first = scores([document(BAN)], [document(BAN)])
    second = scores([document(BAN, id_="two")], [document(BAN, id_="two")])
    with pytest.raises(ValueError, match="same documents"):
        gate.compare(first, second)


def scores(gold: Sequence[Annotation], predicted: Sequence[Annotation]) -> Scores:
    return evaluate({one.id: one for one in gold}, {one.id: one for one in predicted})


@pytest.fixture
def both() -> tuple[Scores, Scores]:
    """A system that finds both claims of twenty documents, and one that finds one of them in each."""
    names = [f"d{number}" for number in range(20)]
    gold = [document(BAN, MAKES, id_=name) for name in names]
    return scores(gold, gold), scores(gold, [document(BAN, id_=name) for name in names])


def test_the_gate_refuses_what_is_worse(both: tuple[Scores, Scores]) -> None:
    """What was lost is refused and says so, what is the same is not; the other way round it is a gain."""
    verdicts = {v.name: v for v in gate.compare(*both)}
    assert verdicts["claims F1"].refused
    assert verdicts["claims F1"].says == "lost"
    assert verdicts["claims F1"].gain.value == pytest.approx(2 / 3 - 1)
    assert not verdicts["claims precision"].refused
    assert verdicts["claims precision"].says == ""
    back = {v.name: v for v in gate.compare(*reversed(both))}
    assert not any(v.refused for v in back.values())
    assert back["claims F1"].says == "gained"


def test_the_gate_refuses_what_is_below_a_floor(both: tuple[Scores, Scores]) -> None:
    """A floor holds for the candidate, however bad the current model is; it adds its figure to the comparison."""
    better, worse = both
    (verdict,) = gate.compare(worse, worse, (), {"produces recall": 0.1})
    assert (verdict.refused, verdict.says, verdict.second) == (True, "below its floor", 0.0)
    (reached,) = gate.compare(worse, better, (), {"produces recall": 1.0})
    assert (reached.refused, reached.says) == (False, "gained")
    assert gate.below(worse, {"claims F1": 0.9, "claims precision": 1.0}) == {"claims F1": pytest.approx(2 / 3)}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "does not exist"),
        ("{", "is not JSON"),
        ("[0.5]", "floors are an object"),
        ('{"claims F1": "high"}', "floors are an object"),
        ('{"claims F1": 1.5}', "numbers from 0 to 1"),
        ('{"claims F1": true}', "numbers from 0 to 1"),
    ],
)
def test_floors_that_are_none(tmp_path: Path, content: str | None, message: str) -> None:
    """A floors file that does not hold floors is named with what is wrong."""
    path = tmp_path / "floors.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError, match=rf"floors\.json: .*{message}"):
        gate.read_floors(path)


def test_floors_are_read_and_known(tmp_path: Path, both: tuple[Scores, Scores]) -> None:
    """Figures by name; a name that is no figure is told with those that are near it."""
    path = tmp_path / "floors.json"
    path.write_text(json.dumps({"claim F1": 0.5}), encoding="utf-8")
    floors = gate.read_floors(path)
    assert floors == {"claim F1": 0.5}
    with pytest.raises(ConfigError, match="no figure 'claim F1'; did you mean 'claims F1'"):
        gate.below(both[0], floors)
