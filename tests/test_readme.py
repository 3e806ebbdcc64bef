"""The README tells the truth: its commands exist, its code runs, its configuration works."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import typer.main
from spacy.language import Language

from claimstake import cli, extend, pipeline
from claimstake.benchmark import report, systems

README = (Path(__file__).resolve().parents[1] / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.S | re.M)


def command_names() -> list[str]:
    return sorted(typer.main.get_command(cli.app).commands)


@pytest.mark.parametrize("name", command_names())
def test_every_command_is_named(name: str) -> None:
    """A command that the README does not show is a command that nobody finds."""
    assert f"claimstake {name}" in README


def test_no_command_that_is_not_there() -> None:
    """Every command that the README's shell lines show exists."""
    shown = {m for block in blocks("sh") for m in re.findall(r"(?:^|\| |&& )claimstake ([a-z-]+)", block, re.M)}
    assert shown
    assert shown <= set(command_names())


def test_python_example_runs(capsys: pytest.CaptureFixture[str]) -> None:
    """The Python example prints mentions, claims and qualifiers."""
    (code,) = blocks("python")
    exec(compile(code, "README.md", "exec"), {})
    out = capsys.readouterr().out
    assert "('gallium', 'MINERAL')" in out
    assert "('restricts_export_of', 'germanium')" in out
    assert "'status': 'announced'" in out


def test_configuration_example_works(tmp_path: Path) -> None:
    """The TOML example adds a label, two names and a predicate, and switches a label off."""
    (text,) = blocks("toml")
    assert tomllib.loads(text)["predicate"][0]["name"] == "charters"
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    nlp: Language = pipeline.load()
    extend.apply(nlp, extend.read([path]))
    doc = nlp("Lithonex chartered the MV Northern Star for 20,000 tonnes of spodumene.")
    labels = {(s.text, s.label_) for s in doc.spans["mentions"]}
    assert ("MV Northern Star", "SHIP") in labels
    assert "QUANTITY" not in {label for _, label in labels}
    triples = {(c["predicate"], c["subject"]["canonical"], c["object"]["canonical"]) for c in doc._.claims}
    assert ("charters", "Lithonex", "MV Northern Star") in triples


def test_speed_table_is_that_of_the_command() -> None:
    """Between its markers stands what `claimstake bench --markdown` prints, with every system measured."""
    (block,) = re.findall(r"<!-- bench -->\n(.*?)<!-- /bench -->", README, re.S)
    head, _, *rows = [[c.strip() for c in line.strip("|").split("|")] for line in block.splitlines() if "|" in line]
    assert head == list(report.HEAD)
    assert [row[0] for row in rows] == list(systems.LOADERS)
    assert all(all(row) for row in rows)
    assert "first claim" in block
