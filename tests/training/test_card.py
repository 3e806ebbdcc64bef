"""The models' card says what was measured, and says it the same way each time."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from spacy.language import Language

from claimstake import pipeline
from claimstake.errors import CorpusError
from claimstake.training import card, claims, measuring, plots
from claimstake.training.inline import Annotated, parse
from claimstake.training.measuring import Level
from claimstake.training.run import Context

ARTICLE = """id: {id}
published: 2025-03-04
title: Gallium
=== text
{{{{[Indonesia|PLACE] banned exports of [bauxite|MINERAL] on [Monday|DATE|2025-03-03].}}}}

{{{{[Chile|PLACE] is the largest producer of [copper|MINERAL] in the world.}}}}
=== claims
restricts_export_of | Indonesia | bauxite | status=in_force; measure=ban; time=event:2025-03-03 | "Indonesia banned"
"""
BINS = [{"from": 0.8, "to": 0.9, "number": 3, "confidence": 0.85, "right": 0.667}]


def documents() -> list[Annotated]:
    return [parse(ARTICLE.format(id=id_), f"{id_}.md") for id_ in ("one", "two")]


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Context:
    """Two small articles, one of them for tests, and the packaged base."""
    root = tmp_path_factory.mktemp("project")
    (root / "corpus" / "articles").mkdir(parents=True)
    for id_ in ("one", "two"):
        (root / "corpus" / "articles" / f"{id_}.md").write_text(ARTICLE.format(id=id_), encoding="utf-8")
    (root / "corpus" / "splits.tsv").write_text("one\ttest\ntwo\tdev\n", encoding="utf-8")
    (root / "work").mkdir()
    steps = {"claims": {"key": "", "outputs": {}, "result": {"estimators": {"logistic": {"F1": 0.4213}}}}}
    (root / "work" / "steps.json").write_text(json.dumps(steps), encoding="utf-8")
    shutil.copytree(pipeline.base_path(), root / "models" / "en_base")
    return Context(root / "corpus", root / "work", root / "models")


@pytest.fixture(scope="module")
def written(context: Context) -> dict[str, Any]:
    return card.write(context)


def test_the_card_says_what_was_measured(context: Context, written: dict[str, Any]) -> None:
    """Scores, data, estimators and size of the card are those of scores.json."""
    text = (context.out / "README.md").read_text(encoding="utf-8")
    scores = json.loads((context.out / "scores.json").read_text(encoding="utf-8"))
    assert scores["data"] in text
    assert "| logistic | 0.421 |" in text
    assert f"| {scores['size']} MB of at most {card.MOST} |" in text.replace("| size ", "")
    (found,) = scores["scores"].values()
    assert found["documents"] == 1
    assert f"| restricts_export_of | {found['by_predicate']['restricts_export_of']['p']:.3f} |" in text
    assert written["claims F1, corpus, test"] == found["claims"]["f"]
    assert "$" not in text


def test_everything_written_is_named(context: Context, written: dict[str, Any]) -> None:
    """The card names its files, so that a training step knows when they are gone."""
    assert {"README.md", "scores.json"} <= {Path(name).name for name in written["files"]}
    assert all(Path(name).is_file() for name in written["files"])


def test_no_test_articles_is_an_error(context: Context, tmp_path: Path) -> None:
    """Without test articles there is nothing to say about the models."""
    shutil.copytree(context.corpus, tmp_path / "corpus")
    (tmp_path / "corpus" / "splits.tsv").write_text("one\ttrain\ntwo\tdev\n", encoding="utf-8")
    with pytest.raises(CorpusError, match="no test articles"):
        card.write(Context(tmp_path / "corpus", context.work, context.out))


def test_the_data_hash_sees_every_article(context: Context, tmp_path: Path) -> None:
    """Another word in an article is another hash; another file beside the corpus is not."""
    patterns = ("articles/**/*.md", "splits.tsv")
    shutil.copytree(context.corpus, tmp_path / "corpus")
    before = measuring.digest(tmp_path / "corpus", patterns)
    assert before == measuring.digest(context.corpus, patterns)
    (tmp_path / "corpus" / "README.md").write_text("A card", encoding="utf-8")
    assert measuring.digest(tmp_path / "corpus", patterns) == before
    article = tmp_path / "corpus" / "articles" / "one.md"
    article.write_text(article.read_text(encoding="utf-8").replace("largest", "biggest"), encoding="utf-8")
    assert measuring.digest(tmp_path / "corpus", patterns) != before


def test_claims_are_judged_as_in_training(nlp: Language) -> None:
    """The card's reliability is of the same judgements that the calibration was fitted to."""
    gold = measuring.corpus(documents())
    here = measuring.judged(gold, measuring.annotate(nlp, gold))
    there = claims.judged(nlp, iter(documents()))
    assert len(here[0]) > 0
    for one, other in zip(here, there, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_least_confidence_never_adds_claims(nlp: Language) -> None:
    """Recall falls or stays as the least confidence rises; the first level is the whole output."""
    gold = measuring.corpus(documents())
    found = measuring.annotate(nlp, gold)
    levels = measuring.levels(gold, found)
    assert levels[0].level == 0.0
    assert levels[0].precision == measuring.scores(gold, found).value("claims precision")
    recalls = [level.recall for level in levels]
    assert recalls == sorted(recalls, reverse=True)


def test_reliability() -> None:
    """A bin has its number, mean confidence and share right; the error weighs the gaps by number."""
    found = card.reliability(np.array([0.95, 0.85, 0.87, 1.0]), np.array([True, False, True, True]))
    assert [b["number"] for b in found["bins"]] == [2, 2]
    assert [b["right"] for b in found["bins"]] == [0.5, 1.0]
    assert found["ece"] == pytest.approx(0.5 * 0.36 + 0.5 * 0.025, abs=1e-4)


def test_nothing_found_has_no_bins() -> None:
    """A pipeline that finds nothing is neither well nor badly calibrated."""
    assert card.reliability(np.array([]), np.array([], dtype=bool)) == {"ece": 0.0, "number": 0, "bins": []}


def test_results_as_tables() -> None:
    """Rows of one shape become one table, single values another, deeper objects tables of their own."""
    found = {"claims": {"pairs": 1200, "estimators": {"a": {"F1": 0.5}, "b": {"F1": 0.25}}}}
    tables = {sheet.title: sheet.rows for sheet in card.tabled(found)}
    assert tables == {"claims": [("pairs", "1,200")], "claims, estimators": [("a", "0.500"), ("b", "0.250")]}


def test_courses_of_training_are_left_out(tmp_path: Path) -> None:
    """Of the work folder, steps and single results are told, the course of a training and the card itself are not."""
    steps = {"card": {"result": {"size": 1}}, "body": {"result": {"F1": 0.9}}, "silver": {"result": {}}}
    for name, value in (("steps", steps), ("ablations", {"no rules": {"F1": 0.1}}), ("student.scores", {"a": 1})):
        (tmp_path / f"{name}.json").write_text(json.dumps(value), encoding="utf-8")
    assert card.results(tmp_path) == {"ablations": {"no rules": {"F1": 0.1}}, "body": {"F1": 0.9}}


def test_charts_are_the_same_each_time(tmp_path: Path) -> None:
    """Equal figures give equal SVG files, without a date."""
    pytest.importorskip("matplotlib", reason="charts need matplotlib (claimstake[build])")
    calibration = {"claims": {"ece": 0.183, "bins": BINS}}
    curves = {"test": [Level(0.0, 0.5, 0.5, 0.5), Level(0.5, 0.75, 0.25, 0.375)]}
    once, again = (plots.draw(calibration, curves, tmp_path / name) for name in ("once", "again"))
    assert [p.name for p in once] == [plots.RELIABILITY, plots.PRECISION_RECALL]
    assert [p.read_bytes() for p in once] == [p.read_bytes() for p in again]
    assert b"<dc:date>" not in once[0].read_bytes()
