"""`claimstake retrain`: a user's names are learned, and what the model knew is not forgotten."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from claimstake import cli, output, pipeline
from claimstake.attributes import RECOGNISED
from claimstake.errors import ConfigError, CorpusError, ModelError
from claimstake.records import Article
from claimstake.training import inline
from claimstake.training.retrain import read_documents, retrain

pytestmark = pytest.mark.long
STEPS = 80
# Firms under code names, of a form that no list and no other firm has.
NAMES = ("vx-Halvorin", "vx-Tesquel", "vx-Dormany", "vx-Ruskelo", "vx-Bintari", "vx-Opalune")
UNSEEN = ("vx-Kestrimo", "vx-Jandaro", "vx-Parlune")
GOODS = ("nickel", "cobalt", "graphite", "lithium", "copper", "tin")
SENTENCES = (
    "Shares of [{name}|COMPANY] rose after it said it would sell more [{good}|MINERAL].",
    "[{name}|COMPANY] signed a supply contract for [{good}|MINERAL] last evening.",
    "The plant of [{name}|COMPANY] in the north refines [{good}|MINERAL] for makers of magnets.",
    "A spokesman for [{name}|COMPANY] declined to comment on the price of [{good}|MINERAL].",
    "Analysts expect [{name}|COMPANY] to miss its target for [{good}|MINERAL] again.",
    "The mine was sold to [{name}|COMPANY], a trader of [{good}|MINERAL].",
)


@pytest.fixture(scope="module")
def mine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six short documents, each about one firm."""
    folder, chance = tmp_path_factory.mktemp("mine"), random.Random(1)
    for number, name in enumerate(NAMES):
        lines = [s.format(name=name, good=chance.choice(GOODS)) for s in chance.sample(SENTENCES, 5)]
        text = "{{" + "\n\n".join(lines) + "}}"
        source = f"id: mine-{number}\ntitle: {name}\n=== text\n{text}\n=== claims\n"
        (folder / f"{number}.md").write_text(source, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def learned(mine: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path]:
    """What the command says with rehearsal, and the new model's folder."""
    out = tmp_path_factory.mktemp("models") / "mine"
    args = ["retrain", str(mine), "--out", str(out), "--steps", str(STEPS), "--json"]
    result = CliRunner().invoke(cli.app, args)
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout.splitlines()[-1]), out


def test_invented_names_are_learned(learned: tuple[dict[str, Any], Path]) -> None:
    """Code names that the base mostly missed are found after, also ones of the kind that were not shown."""
    said, out = learned
    assert said["documents"] == len(NAMES)
    assert said["before"]["mine"]["ents_f"] < 0.8
    assert said["after"]["mine"]["ents_f"] > 0.95
    nlp = pipeline.build(out)
    for name in UNSEEN:
        doc = pipeline.annotate(nlp, Article(id="x", text=f"The smelter was sold to {name}, a trader of tin."))
        assert (name, "COMPANY") in {(span.text, span.label_) for span in doc.spans[RECOGNISED]}


def test_rehearsal_prevents_forgetting(learned: tuple[dict[str, Any], Path], mine: Path, tmp_path: Path) -> None:
    """On corpus articles that nobody learned, F1 stays within three points with rehearsal and falls further without."""
    said, _ = learned
    before, rehearsed = said["before"]["corpus"]["ents_f"], said["after"]["corpus"]["ents_f"]
    forgot = retrain(mine, tmp_path / "alone", steps=STEPS, rehearsal=False)["after"]["corpus"]["ents_f"]
    assert rehearsed > before - 0.03
    assert forgot < before - 0.03
    assert forgot < rehearsed - 0.03


def test_the_model_is_whole(learned: tuple[dict[str, Any], Path]) -> None:
    """The folder fits its manifest; what was not trained is copied from the model it began as."""
    _, out = learned
    start = pipeline.base_path()
    pipeline.verify(out)
    names = [{p.relative_to(f).as_posix() for p in f.rglob("*") if p.is_file()} for f in (start, out)]
    assert names[0] == names[1]
    assert (out / "tok2vec" / "model").read_bytes() != (start / "tok2vec" / "model").read_bytes()
    words = [p for p in (start / "claimstake_words").rglob("*") if p.is_file()]
    assert all((out / p.relative_to(start)).read_bytes() == p.read_bytes() for p in words)


def test_records_of_the_program_are_read(nlp: Any, tmp_path: Path) -> None:
    """JSON Lines with texts, as annotate --text writes them, can be corrected and learned from."""
    doc = pipeline.annotate(nlp, Article(id="own", text="China banned exports of gallium in 2024."))
    record = output.document(doc, text=True).to_json()
    path = tmp_path / "own.jsonl"
    path.write_text(json.dumps(record) + "\n", encoding="utf-8")
    (read,) = read_documents(path)
    assert read.doc.text == doc.text
    assert {e.text for e in read.entities} == {e["text"] for e in record["entities"]}


def test_bad_input_is_refused(mine: Path, tmp_path: Path) -> None:
    """A folder in use, a foreign model, an unknown label, documents without mentions: named, nothing written."""
    full = tmp_path / "full"
    full.mkdir()
    (full / "mine.txt").write_text("mine")
    with pytest.raises(ConfigError, match="is not empty"):
        retrain(mine, full)
    with pytest.raises(ModelError, match="manifest"):
        retrain(mine, tmp_path / "new", model=full)
    with pytest.raises(CorpusError, match="no mention is annotated"):
        retrain(written(tmp_path, "Nothing here."), tmp_path / "new")
    path = written(tmp_path, "[Tin|MINERAL] fell.")
    record = inline.read(path).record.to_json()
    record["entities"][0]["label"] = "ELEMENT"
    record["doc"]["text"] = "Tin fell."
    odd = tmp_path / "odd.jsonl"
    odd.write_text(json.dumps(record), encoding="utf-8")
    with pytest.raises(CorpusError, match=r"no label ELEMENT; it has .*MINERAL"):
        retrain(odd, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def written(folder: Path, text: str) -> Path:
    path = folder / "one.md"
    path.write_text(f"id: one\ntitle: One\n=== text\n{{{{{text}}}}}\n=== claims\n", encoding="utf-8")
    return path
