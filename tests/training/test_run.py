"""`claimstake train` on a handful of articles: a loadable base, steps skipped, the same weights for the same seed."""

from __future__ import annotations

import importlib
import json
import shutil
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import srsly
from typer.testing import CliRunner

from claimstake import cli, pipeline
from claimstake.attributes import MENTIONS
from claimstake.errors import ConfigError, CorpusError
from claimstake.records import Article
from claimstake.training import run as runs
from claimstake.training import silver
from claimstake.training.neural import Plan
from claimstake.training.retrain import corpus_path
from claimstake.training.run import Context

pytestmark = pytest.mark.long
ROOT = Path(__file__).resolve().parents[2]
NEURAL = ("silver", "student", "recogniser")
SMALL = {"train 0": 1, "train 1": 1, "train 2": 2, "dev": 1, "test": 1}  # articles, those of train by fold


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first articles of each split, shortest files first."""
    folder = tmp_path_factory.mktemp("corpus")
    (folder / "articles").mkdir()
    whole, left = corpus_path(), dict(SMALL)
    parts = dict(line.split("\t") for line in (whole / "splits.tsv").read_text().splitlines() if line[:1] != "#")
    lines = []
    for file in sorted((whole / "articles").rglob("*.md"), key=lambda f: (f.stat().st_size, f.name)):
        id_ = file.read_text(encoding="utf-8").split("\n", 1)[0].removeprefix("id: ")
        part = parts.get(id_, "")
        kind = f"train {zlib.crc32(id_.encode()) % 3}" if part == "train" else part
        if left.get(kind, 0):
            left[kind] -= 1
            shutil.copy(file, folder / "articles")
            lines.append(f"{id_}\t{part}\n")
    (folder / "splits.tsv").write_text("".join(lines))
    assert not any(left.values())
    return folder


@pytest.fixture(scope="module")
def trained(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Context:
    """A whole quick run of the neural steps, through the command line."""
    folder = tmp_path_factory.mktemp("trained")
    context = Context(corpus, folder / "work", folder / "models", quick=True)
    result = command(context)
    assert result.exit_code == 0, result.stderr
    events = [json.loads(line) for line in result.stdout.splitlines()]
    assert [e["step"] for e in events if e.get("state") == "done"] == list(NEURAL)
    return context


def command(context: Context) -> Any:
    options = {"--corpus": context.corpus, "--work": context.work, "--out": context.out}
    args = ["train", "--quick", "--json", *(str(x) for pair in options.items() for x in pair)]
    return CliRunner().invoke(cli.app, [*args, *(x for name in NEURAL for x in ("--only", name))])


def weights(folder: Path) -> dict[str, bytes]:
    """Files of the trained components, by name."""
    found = [
        p
        for name in ("tok2vec", "tagger", "claimstake_parser", "claimstake_recognizer")
        for p in (folder / name).rglob("*")
    ]
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in found if p.is_file()}


def test_the_bases_run(trained: Context) -> None:
    """What comes out is a base with a manifest that the pipeline stands on; the folds' are such, too."""
    for path in (trained.base, trained.folds[0][1]):
        nlp = pipeline.build(path)
        doc = pipeline.annotate(nlp, Article(id="x", text="China banned exports of gallium on December 3, 2024."))
        assert "gallium" in {span.text for span in doc.spans[MENTIONS]}


def test_the_base_keeps_no_words(trained: Context) -> None:
    """What a base knows by name are labels and spaCy's own words, not those of the texts it learned from."""
    kept = set(json.loads((trained.base / "vocab" / "strings.json").read_text(encoding="utf-8")))
    assert "MINERAL" in kept
    assert len(kept) < 3000
    assert "gallium" not in kept


def test_nobody_reads_test_articles(trained: Context) -> None:
    """Gold is made of train and dev only, silver of train only."""
    vocab = silver.teacher().vocab
    parts = {
        name: {trained.splits[silver.id_of(doc)] for doc in silver.load(trained.silver / f"{name}.spacy", vocab)}
        for name in ("gold", "corpus")
    }
    assert parts == {"gold": {"train", "dev"}, "corpus": {"train"}}


def test_unchanged_steps_are_skipped(trained: Context) -> None:
    """A second run does nothing, and says so."""
    assert runs.run(trained, NEURAL) == dict.fromkeys(NEURAL, "unchanged")


def test_changed_inputs_run_again(trained: Context, corpus: Path, tmp_path: Path) -> None:
    """A changed article, another seed or a changed output makes the step run again; --force always does."""
    own = replace(trained, corpus=tmp_path / "corpus", work=tmp_path / "work", out=tmp_path / "models")
    shutil.copytree(corpus, own.corpus)
    assert runs.run(own, ["silver"]) == {"silver": "done"}
    assert runs.run(own, ["silver"]) == {"silver": "unchanged"}
    assert runs.run(replace(own, seed=8), ["silver"]) == {"silver": "done"}
    (own.silver / "gold.spacy").write_bytes(b"broken")
    assert runs.run(replace(own, seed=8), ["silver"]) == {"silver": "done"}
    article = next((own.articles).glob("*.md"))
    article.write_text(article.read_text(encoding="utf-8") + "# a remark\n", encoding="utf-8")
    assert runs.run(replace(own, seed=8), ["silver"]) == {"silver": "done"}
    assert runs.run(replace(own, seed=8), ["silver"], force=True) == {"silver": "done"}


@pytest.mark.parametrize(("seed", "same"), [(7, True), (8, False)])
def test_the_seed_decides_the_weights(trained: Context, tmp_path: Path, seed: int, same: bool) -> None:
    """The same inputs and seed give the same student to the byte; another seed gives another."""
    own = replace(trained, work=tmp_path / "work", out=tmp_path / "models", seed=seed)
    runs.run(own, ["silver", "student"])
    assert (weights(own.student)["tok2vec/model"] == weights(trained.student)["tok2vec/model"]) is same


def test_folds_leave_their_articles_out(trained: Context) -> None:
    """The folds' bases differ from each other and from the full one."""
    bases = [path for _, path in trained.folds] + [trained.base]
    assert len({weights(path)["claimstake_recognizer/model"] for path in bases}) == len(bases)
    assert {trained.fold_of(f"article-{i}") for i in range(50)} == {number for number, _ in trained.folds}


def test_what_is_missing_is_named(corpus: Path, tmp_path: Path) -> None:
    """A step without what it needs, an unknown step, and a folder that holds no corpus are errors of their own."""
    context = Context(corpus, tmp_path / "work", tmp_path / "models", quick=True)
    with pytest.raises(ConfigError, match="needs silver"):
        runs.run(context, ["student"])
    with pytest.raises(ConfigError, match="no such step: studnt"):
        runs.run(context, ["studnt"])
    with pytest.raises(CorpusError, match="holds no corpus"):
        runs.run(replace(context, corpus=tmp_path))
    with pytest.raises(ConfigError, match="no raw texts"):
        runs.run(replace(context, raw=tmp_path), ["silver"])


def test_the_project_file_names_the_steps() -> None:
    """project.yml has the steps of the command, in their order, each as one call."""
    project = srsly.read_yaml(ROOT / "project.yml")
    steps = [step.name for step in runs.plan()]
    assert [command["name"] for command in project["commands"]] == steps
    assert project["workflows"]["all"] == steps
    for command_ in project["commands"]:
        assert command_["script"][0].startswith(f"claimstake train --only {command_['name']} ")


def test_a_module_without_the_function_is_left_out(
    trained: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A part that is not called with a context is absent, no error; one that is, runs and is kept."""
    context = replace(trained, work=tmp_path / "work", out=tmp_path / "models")
    shutil.copytree(trained.work, context.work)
    module, name = importlib.import_module("claimstake.training.body"), runs.FUNCTIONS.get("body", "train")
    monkeypatch.setattr(module, name, lambda paths, parts: {}, raising=False)
    assert runs.run(context, ["body"]) == {"body": "absent"}

    def train(context: Context) -> dict[str, Any]:
        path = context.base / "trained" / "claimstake_body" / "lines.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("[]")
        return {"f1": 0.9}

    monkeypatch.setattr(module, name, train)
    assert runs.run(context, ["body"]) == {"body": "done"}
    assert runs.run(context, ["body"]) == {"body": "unchanged"}
    shutil.rmtree(context.out)
    assert runs.run(context, ["body"]) == {"body": "done"}
    assert runs.read_state(context.work)["body"]["result"] == {"f1": 0.9}


def test_a_part_goes_into_the_manifest(trained: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a step saves under the base is listed, so that the base still loads, and the base itself stays unchanged."""

    def write(context: Context) -> dict[str, Any]:
        (context.base / "CARD.md").write_text("# Base\n")
        return {"files": [str(context.base / "CARD.md")]}

    monkeypatch.setattr(runs, "_function", lambda name: write)
    assert runs.run(trained, ["card"]) == {"card": "done"}
    pipeline.verify(trained.base)
    assert "CARD.md" in json.loads((trained.base / "manifest.json").read_text())["files"]
    assert runs.run(trained, NEURAL) == dict.fromkeys(NEURAL, "unchanged")


def test_rates_rise_and_fall() -> None:
    """The learning rate warms up to its height, then falls to a twentieth."""
    plan = Plan(1000, rate=0.001, warm_up=50)
    rates = [plan.rate_at(step) for step in range(1000)]
    assert rates[:50] == sorted(rates[:50])
    assert rates[50:] == sorted(rates[50:], reverse=True)
    assert max(rates) == pytest.approx(0.001)
    assert rates[-1] == pytest.approx(0.001 * 0.05)
