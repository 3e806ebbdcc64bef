"""`claimstake improve`: corrected documents make a better model, wrong ones are refused, and nothing is done twice."""

from __future__ import annotations

import dataclasses
import json
import random
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import desk_articles
from claimstake import cli, extend, pipeline
from claimstake.annotation import folder, improve, weighing
from claimstake.annotation.contract import Pulled
from claimstake.annotation.pull import Result
from claimstake.errors import ConfigError
from claimstake.evaluation import gate
from claimstake.training import inline, retrain, splits

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
STEPS = 60


def run(*args: str | Path) -> Any:
    return CliRunner().invoke(cli.app, ["improve", *map(str, args)], env={"COLUMNS": "160", "NO_COLOR": "1"})


def contents(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fifth of the corpus's train articles and some dev articles, so that rehearsal is quick."""
    whole, folder = retrain.corpus_path(), tmp_path_factory.mktemp("corpus")
    parts = splits.read(whole / "splits.tsv")
    ids = [sorted(i for i, part in parts.items() if part == wanted) for wanted in ("train", "dev")]
    chosen = [*random.Random(1).sample(ids[0], 40), *ids[1][:4]]
    for file in (whole / "articles").rglob("*.md"):
        if file.read_text(encoding="utf-8").partition("\n")[0].removeprefix("id: ") in chosen:
            (folder / "articles").mkdir(exist_ok=True)
            shutil.copy(file, folder / "articles" / file.name)
    splits.write(folder / "splits.tsv", {id_: parts[id_] for id_ in chosen})
    return folder


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory, corpus: Path) -> improve.Settings:
    """A round over the desk's articles, with a model of its own."""
    folder = tmp_path_factory.mktemp("round")
    current = shutil.copytree(pipeline.base_path(), folder / "models" / "current")
    source = desk_articles.write(folder / "desk", 24)
    (source / "torn.md").write_text("id: torn\ntitle: T\n=== text\n{{[Tin|METAL] fell.}}\n=== claims\n")
    return improve.Settings(folder / "work", source, current, GOLDEN, corpus, steps=STEPS, resamples=300)


@pytest.fixture(scope="module")
def rounds(settings: improve.Settings) -> dict[str, Any]:
    """Reports of the same round, one after the other: below a floor, judged, promoted, and once more."""
    packaged = contents(settings.current)
    told: dict[str, Any] = {"packaged": packaged}
    changed = {
        **{"floored": {"floors": {"claims F1": 0.99}}, "judged": {"promote": False}, "promoted": {}},
        **{"checked": {"dry_run": True}, "again": {}},
    }
    for name, values in changed.items():
        events: list[dict[str, Any]] = []
        told[name] = improve.improve(dataclasses.replace(settings, **values), events.append)
        told[f"{name} did"] = {e["step"]: e["state"] for e in events if "state" in e}
        told[f"{name} left"] = contents(settings.current)
    return told


def figure(report: dict[str, Any], part: str, name: str) -> tuple[float, float, str]:
    (row,) = (r for r in report["figures"][part] if r["name"] == name)
    return row["before"], row["after"], row["says"]


def test_a_floor_that_is_missed_refuses(rounds: dict[str, Any]) -> None:
    """The reason is told, and every byte of the model is as it was."""
    report = rounds["floored"]
    assert report["verdict"] == "refused"
    assert len(report["refusals"]) == 1
    assert "claims F1" in report["refusals"][0]
    assert "below its floor" in report["refusals"][0]
    assert {row["name"] for row in report["figures"]["gold"]} >= set(gate.GATED)  # a floor takes no guard away
    assert rounds["floored left"] == rounds["packaged"]


def test_what_has_not_changed_is_not_done_again(rounds: dict[str, Any]) -> None:
    """With other floors the candidate is weighed anew, not trained anew; with nothing changed not even that."""
    assert rounds["floored did"]["retrain"] == "done"
    assert (rounds["judged did"]["retrain"], rounds["judged did"]["evaluate"]) == ("unchanged", "done")
    assert (rounds["promoted did"]["retrain"], rounds["promoted did"]["evaluate"]) == ("unchanged", "unchanged")
    assert set(rounds["again did"]) == {"check"}


def test_documents_that_nobody_learned_get_better(rounds: dict[str, Any]) -> None:
    """Mentions of firms that no list has are found in learned documents and in those kept apart; gold is not worse."""
    report = rounds["promoted"]
    before, after, says = figure(report, "learned", "entities strict F1")
    assert (after > before + 0.1, says) == (True, "gained")
    before, after, _ = figure(report, "held_out", "entities strict F1")
    assert after > before + 0.02
    before, after, _ = figure(report, "learned", "claims F1")
    assert after > before
    for row in report["figures"]["gold"]:
        assert row["gain"]["value"] > -weighing.TOLERATED or "lost" not in row["says"], row


def test_a_better_model_is_promoted(settings: improve.Settings, rounds: dict[str, Any]) -> None:
    """It takes the place of the old one, which is kept; the same documents are not learned a second time."""
    assert rounds["judged"]["verdict"] == "would be promoted"
    assert rounds["judged left"] == rounds["packaged"]
    assert rounds["promoted"]["verdict"] == "promoted"
    assert rounds["promoted left"] == contents(settings.path(improve.CANDIDATE)) != rounds["packaged"]
    assert contents(Path(rounds["promoted"]["previous"])) == rounds["packaged"]
    assert rounds["again"]["verdict"] == "unchanged"
    assert rounds["again left"] == rounds["promoted left"]
    pipeline.verify(settings.current)


def test_a_torn_document_stops_no_other(rounds: dict[str, Any]) -> None:
    """It is named with file and line, and the rest is learned."""
    (where, reasons), *others = rounds["promoted"]["documents"]["left_out"].items()
    assert not others
    assert "torn.md" in where
    assert "METAL" in reasons[0]
    assert len(rounds["promoted"]["documents"]["learned"]) + len(rounds["promoted"]["documents"]["held_out"]) == 24


def test_missed_names_are_proposed(settings: improve.Settings, rounds: dict[str, Any]) -> None:
    """names.toml is a configuration that reads; what it is worth on learned documents stands in the report."""
    config = extend.read([settings.path(improve.NAMES)])
    assert {row.name for row in config.rows} >= {"nordvolta", "kobaltiq"}
    assert {row.label for row in config.rows} == {"COMPANY"}
    without, with_names, _ = figure(rounds["promoted"], "learned names", "entities strict F1")
    assert with_names >= without


def test_the_report_reads(settings: improve.Settings, rounds: dict[str, Any]) -> None:
    """As Markdown with its tables, and as JSON."""
    report = json.loads(settings.path("report.json").read_text(encoding="utf-8"))
    assert report["verdict"] == rounds["again"]["verdict"]
    text = settings.path("report.md").read_text(encoding="utf-8")
    for part in ("# Improvement of", "| entities strict F1 |", "your documents that were kept apart", "torn.md"):
        assert part in text
    assert "tokens/s" in text


def test_labels_that_are_wrong_throughout_are_not_learned(tmp_path: Path) -> None:
    """Thirty documents whose places are marked as persons: each is left out, exit code 1, the model is untouched."""
    current = shutil.copytree(pipeline.base_path(), tmp_path / "current")
    source = desk_articles.write(tmp_path / "wrong", 30)
    for file in source.glob("*.md"):
        file.write_text(file.read_text(encoding="utf-8").replace("|PLACE]", "|PERSON]"), encoding="utf-8")
    result = run("--from", source, "--out", tmp_path / "work", "--model", current, "--gold", GOLDEN)
    assert result.exit_code == 1
    assert "nothing there can be learned" in result.stderr
    assert "marks what the gazetteers know as PLACE as PERSON" in result.stderr
    left_out = json.loads((tmp_path / "work" / "left-out.json").read_text(encoding="utf-8"))
    assert len(left_out) == 30
    assert contents(current) == contents(pipeline.base_path())
    assert not (tmp_path / "work" / improve.CANDIDATE).exists()


def test_a_dry_run_trains_nothing(tmp_path: Path) -> None:
    """It says what would be learned and what is wrong with the rest."""
    source = desk_articles.write(tmp_path / "desk", 6)
    (source / "odd.md").write_text("no header", encoding="utf-8")
    out = tmp_path / "work"
    result = run("--from", source, "--out", out, "--gold", GOLDEN, "--dry-run", "--json")
    assert result.exit_code == 0, result.stderr
    report = json.loads(result.stdout)
    assert report["verdict"] == "checked"
    assert len(report["documents"]["learned"]) + len(report["documents"]["held_out"]) == 6
    assert len(report["documents"]["held_out"]) >= 1
    assert sorted(p.name for p in out.iterdir() if "candidate" in p.name) == []


def test_what_nobody_ticked_is_not_learned(tmp_path: Path) -> None:
    """A folder of `pull --all` holds what the program itself found; problems in any words are read."""
    versions = [
        Pulled(inline.read(file).record, None, number != 2, None, ("a line end\u2028 in it",) if number == 1 else ())
        for number, file in enumerate(sorted(desk_articles.write(tmp_path / "desk", 4).glob("*.md")))
    ]
    source = tmp_path / "pulled"
    folder.write(Result({"address": "", "project": "", "number": 1, "user": ""}, versions), source)
    settings = improve.Settings(tmp_path / "work", source, gold=GOLDEN, dry_run=True)
    told = improve.improve(settings)["documents"]
    reasons = {id_: reason for id_, (reason,) in told["left_out"].items()}
    assert reasons == {
        versions[1].document.doc.id: "a line end\u2028 in it",
        versions[2].document.doc.id: "nobody has confirmed (ticked) it in doccano",
    }
    assert len(told["learned"]) == 2
    (source / folder.MANIFEST).rename(source / "stopped")
    (source / folder.NEW).mkdir()
    with pytest.raises(ConfigError, match="pull again"):
        improve.improve(settings)


def test_what_to_learn_must_be_named(tmp_path: Path) -> None:
    """Without a source, or with one that is not there, it is wrong use."""
    assert run("--out", tmp_path).exit_code == 2
    result = run("--from", tmp_path / "none", "--out", tmp_path / "work", "--gold", GOLDEN)
    assert result.exit_code == 2
    assert "there is no such file or folder" in result.stderr
    source = desk_articles.write(tmp_path / "desk", 2)
    assert run("--from", source, "--project", "Both", "--out", tmp_path).exit_code == 2
    result = run("--from", source, "--out", tmp_path / "work", "--gold", GOLDEN, "--model", tmp_path)
    assert result.exit_code == 1
    assert "the model folder is not complete" in result.stderr


def test_a_model_that_cannot_be_replaced_is_named(
    settings: improve.Settings, rounds: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the folder of the model cannot be written to, the candidate stays and the report says how to use it."""
    del rounds

    def refuse(candidate: Path, current: Path) -> Path:
        raise PermissionError(13, "Permission denied", str(current))

    monkeypatch.setattr(improve.promotion, "replace", refuse)
    current = shutil.copytree(pipeline.base_path(), tmp_path / "current")
    report: dict[str, Any] = {"refusals": [], "key": {}}
    improve.judged(dataclasses.replace(settings, model=current), report)
    assert report["verdict"] == "would be promoted"
    assert "cannot be written to (Permission denied)" in report["obstacle"]
