"""The promotion of a model: what is worse stays out, what is not takes the current one's place and leaves it behind."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import spacy
from typer.testing import CliRunner

from claimstake import cli, pipeline, promotion
from claimstake.errors import ConfigError, ModelError
from claimstake.training.base import write_manifest
from small_annotations import BAN, MAKES, source

GOLDEN = Path(__file__).resolve().parents[1] / "golden"


def run(*args: str | Path) -> Any:
    return CliRunner().invoke(cli.app, ["promote", *map(str, args)], env={"COLUMNS": "160", "NO_COLOR": "1"})


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the packaged base."""
    return shutil.copytree(pipeline.base_path(), tmp_path_factory.mktemp("good") / "base")


@pytest.fixture(scope="module")
def emptied(good: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The base with all weights of its token vectors zero: whole by its manifest, but blind."""
    nlp, path = spacy.load(good), tmp_path_factory.mktemp("emptied") / "base"
    for node in nlp.get_pipe("tok2vec").model.walk():
        for name in node.param_names:
            if node.has_param(name):
                node.set_param(name, node.get_param(name) * 0)
    nlp.to_disk(path)
    write_manifest(path)
    return path


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    """One small document, enough where it is not about the figures."""
    path = tmp_path / "one.md"
    path.write_text(source(BAN, MAKES), encoding="utf-8")
    return path


def contents(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_worse_model_is_refused(good: Path, emptied: Path, tmp_path: Path) -> None:
    """Exit code 1, a table of what was lost, and the current model is as it was."""
    current = shutil.copytree(good, tmp_path / "current")
    result = run(emptied, "--gold", GOLDEN, "--current", current)
    assert result.exit_code == 1
    assert f"{emptied} is refused: entities relaxed F1 lost" in result.stderr
    rows = [line.split() for line in result.stdout.splitlines() if line.rstrip().endswith("lost")]
    assert ["claims", "F1"] in [row[:2] for row in rows]
    assert contents(current) == contents(good)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["current"]


def test_a_better_model_takes_the_place(good: Path, emptied: Path, tmp_path: Path) -> None:
    """The figures say what it gains; it is copied over, the old model is beside it, and the candidate stays."""
    current = shutil.copytree(emptied, tmp_path / "new" / "current")
    floors = tmp_path / "floors.json"
    floors.write_text('{"claims F1": 0, "entities strict F1": 0}', encoding="utf-8")
    result = run(good, "--gold", GOLDEN, "--current", current, "--floors", floors)
    assert result.exit_code == 0, result.stderr
    assert result.stdout.count("gained") == 2
    assert f"{good} replaces {current}; the old model is {current}.previous" in result.stderr
    assert contents(current) == contents(good)
    assert contents(current.with_name("current.previous")) == contents(emptied)
    assert sorted(p.name for p in current.parent.iterdir()) == ["current", "current.previous"]


def test_a_dry_run_moves_nothing(good: Path, gold: Path, tmp_path: Path) -> None:
    """It judges, says what it would do, and leaves everything where it is."""
    current = shutil.copytree(good, tmp_path / "current")
    result = run(good, "--gold", gold, "--current", current, "--dry-run", "--quiet")
    assert (result.exit_code, result.stdout) == (0, "")
    assert f"{good} would replace {current}" in result.stderr
    assert not (tmp_path / "current.previous").exists()


def test_a_floor_holds_for_the_candidate(good: Path, gold: Path, tmp_path: Path) -> None:
    """A model that loses nothing but is below a floor is refused; with floors only their figures are asked."""
    current = shutil.copytree(good, tmp_path / "current")
    floors = tmp_path / "floors.json"
    floors.write_text('{"TECHNOLOGY relaxed F1": 0.5, "claims precision": 0}', encoding="utf-8")
    result = run(good, "--gold", gold, "--current", current, "--floors", floors)
    assert result.exit_code == 1
    assert "TECHNOLOGY relaxed F1 below its floor" in result.stderr
    assert "claims precision" not in result.stdout
    assert not (tmp_path / "current.previous").exists()


def test_a_damaged_candidate_is_refused_unseen(good: Path, gold: Path, tmp_path: Path) -> None:
    """A file that is not the manifest's ends the matter before anything is run."""
    damaged = shutil.copytree(good, tmp_path / "damaged")
    with (damaged / "tok2vec" / "model").open("ab") as stream:
        stream.write(b"x")
    result = run(damaged, "--gold", gold, "--current", good)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "is damaged or was changed" in result.stderr


def test_a_model_cannot_replace_itself(good: Path, gold: Path) -> None:
    """The same folder, or one inside the other, is wrong use."""
    result = run(good, "--gold", gold, "--current", good / ".." / good.name)
    assert result.exit_code == 2
    assert "name two separate folders" in result.stderr


def test_an_older_previous_goes(tmp_path: Path) -> None:
    """One old model is kept: the one that was in use last."""
    folders = {}
    for name in ("current", "first", "second"):
        folders[name] = tmp_path / name
        folders[name].mkdir()
        (folders[name] / "weights").write_text(name, encoding="utf-8")
        write_manifest(folders[name])
    for name in ("first", "second"):
        previous = promotion.replace(folders[name], folders["current"])
    assert (folders["current"] / "weights").read_text(encoding="utf-8") == "second"
    assert (previous / "weights").read_text(encoding="utf-8") == "first"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["current", "current.previous", "first", "second"]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    """Where the current model is a link, the folder that it points to is replaced."""
    for name in ("store", "new"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "weights").write_text(name, encoding="utf-8")
        write_manifest(tmp_path / name)
    (tmp_path / "current").symlink_to(tmp_path / "store", target_is_directory=True)
    assert promotion.replace(tmp_path / "new", tmp_path / "current") == tmp_path / "store.previous"
    assert (tmp_path / "current").is_symlink()
    assert (tmp_path / "current" / "weights").read_text(encoding="utf-8") == "new"


def test_a_folder_without_manifest_replaces_nothing(tmp_path: Path) -> None:
    """What is no model folder is refused, and so are folders within each other."""
    (tmp_path / "current" / "inner").mkdir(parents=True)
    (tmp_path / "new").mkdir()
    with pytest.raises(ModelError, match=r"manifest\.json is missing"):
        promotion.replace(tmp_path / "new", tmp_path / "current")
    with pytest.raises(ConfigError, match="name two separate folders"):
        promotion.replace(tmp_path / "current" / "inner", tmp_path / "current")
