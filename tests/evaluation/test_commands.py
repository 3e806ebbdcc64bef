"""The commands evaluate, corpus check and corpus agreement, as they are typed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from claimstake import cli, pipeline
from claimstake.training import inline, splits
from small_annotations import BAN, MAKES, TEXT, source

GOLDEN = Path(__file__).resolve().parents[1] / "golden"


def run(*args: str | Path | int) -> Any:
    return CliRunner().invoke(cli.app, [str(a) for a in args], env={"COLUMNS": "200", "NO_COLOR": "1"})


def written(path: Path, *claims: str, text: str = TEXT, id_: str = "one") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source(*claims, text=text, id_=id_), encoding="utf-8")
    return path


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    """Two documents with two claims each."""
    written(tmp_path / "gold" / "one.md", BAN, MAKES)
    return written(tmp_path / "gold" / "two.md", BAN, MAKES, id_="two").parent


@pytest.fixture
def found(tmp_path: Path) -> Path:
    """The first of them with one claim, as the program writes it; the second is lacking."""
    record = inline.parse(source(BAN, text=TEXT.replace("Umicore|COMPANY", "Umicore|PLACE")), "one.md").record
    path = tmp_path / "found.jsonl"
    path.write_text(json.dumps(record.to_json()) + "\n", encoding="utf-8")
    return path


class TestEvaluate:
    """Scores."""

    def test_tables(self, gold: Path, found: Path) -> None:
        """Summary, labels, predicates and qualifiers on standard output; what is lacking on standard error."""
        result = run("evaluate", gold, found)
        assert result.exit_code == 0
        row = next(line.split() for line in result.stdout.splitlines() if line.startswith(" claims F1"))
        assert row[2:5] == ["1.000", "0.250", "0.400"]
        for title in ("2 documents", "mentions by label", "claims by predicate", "qualifiers of claims found"):
            assert title in result.stdout
        assert "found.jsonl: 1 of 2 documents are not there, first two" in result.stderr

    def test_json(self, gold: Path, found: Path) -> None:
        """The scorer's keys, and intervals of every figure; --bootstrap 0 leaves those out."""
        whole = json.loads(run("evaluate", gold, found, "--json", "--errors", 3, "--confusion").stdout)
        assert whole["claims"] == {"p": 1.0, "r": 0.25, "f": 0.4, "gold": 4, "pred": 1}
        assert whole["intervals"]["claims recall"]["low"] == 0.0
        assert whole["intervals"]["claims recall"]["high"] == 0.5
        assert whole["confusion"]["labels"]["COMPANY"] == {"PLACE": 1, "(missed)": 1}
        assert [error["kind"] for error in whole["errors"]] == ["label", "claim missed", "missed"]
        assert "intervals" not in json.loads(run("evaluate", gold, found, "--json", "--bootstrap", 0).stdout)

    def test_markdown_with_details(self, gold: Path, found: Path) -> None:
        """Tables to paste, with confusion and so many differences as were asked for."""
        shown = run("evaluate", gold, found, "--markdown", "--confusion", "--errors", 2).stdout
        assert "| claims F1 | 1.000 | 0.250 | 0.400 | 0.000 – 0.667 |" in shown
        assert "**labels, gold down, predicted across**" in shown
        assert "**differences, 2 of 10**" in shown
        assert "| one | label | Umicore | COMPANY | PLACE |" in shown

    def test_the_pipeline_runs_over_the_texts(self, gold: Path) -> None:
        """Without predictions the packaged pipeline annotates; --model runs another one, here the same."""
        packaged = json.loads(run("evaluate", gold, "--json", "--bootstrap", 0).stdout)
        named = json.loads(run("evaluate", gold, "--json", "--bootstrap", 0, "--model", pipeline.base_path()).stdout)
        assert packaged == named
        assert packaged["entities_relaxed"]["f"] > 0.5

    def test_against_another(self, gold: Path, found: Path, tmp_path: Path) -> None:
        """The difference to other predictions with its interval; positive where this one is better."""
        other = written(tmp_path / "other" / "one.md", BAN, MAKES).parent
        shown = run("evaluate", gold, found, "--against", other).stdout
        assert "found.jsonl against other" in shown
        value = json.loads(run("evaluate", gold, other, "--against", found, "--json").stdout)
        assert value["comparison"]["claims F1"]["first"] == 0.4
        assert value["comparison"]["claims F1"]["second"] == pytest.approx(2 / 3, abs=1e-4)
        assert value["comparison"]["claims F1"]["difference"]["value"] == pytest.approx(0.2667, abs=1e-4)

    def test_a_split(self, gold: Path, found: Path, tmp_path: Path) -> None:
        """Only the documents of the split are scored."""
        splits = tmp_path / "splits.tsv"
        splits.write_text("one\ttest\ntwo\ttrain\nthree\tdev\n", encoding="utf-8")
        value = json.loads(run("evaluate", gold, found, "--json", "--split", "test", "--splits", splits).stdout)
        assert (value["documents"], value["claims"]["r"]) == (1, 0.5)
        result = run("evaluate", gold, found, "--split", "dev", "--splits", splits)
        assert (result.exit_code, "none of the gold documents is in the split" in result.stderr) == (2, True)

    def test_floors(self, gold: Path, found: Path, tmp_path: Path) -> None:
        """Exit code 1 where a figure is below its floor, which is named; 0 where all are reached."""
        floors = tmp_path / "floors.json"
        floors.write_text('{"claims F1": 0.4, "produces recall": 0.1}', encoding="utf-8")
        result = run("evaluate", gold, found, "--floors", floors)
        assert result.exit_code == 1
        assert "claimstake: produces recall is 0.0000, below its floor of 0.1\n" in result.stderr
        floors.write_text('{"claims F1": 0.4}', encoding="utf-8")
        assert run("evaluate", gold, found, "--floors", floors).exit_code == 0

    @pytest.mark.parametrize(
        ("args", "code", "message"),
        [
            (["none/"], 1, "none: there is no such file or folder"),
            ([GOLDEN, "none.jsonl"], 1, "none.jsonl: there is no such file or folder"),
            ([GOLDEN, "none.jsonl", "--model", "base"], 2, "contradict each other"),
            ([GOLDEN, "--split", "test"], 2, "--split test needs --splits"),
            ([GOLDEN, GOLDEN, "--floors", "none.json"], 2, "none.json: does not exist"),
            ([GOLDEN, "--model", GOLDEN.parent], 1, "holds no model"),
        ],
    )
    def test_what_cannot_be_done(self, args: list[Any], code: int, message: str) -> None:
        """One line on standard error, 2 for wrong use and 1 for what is not there."""
        result = run("evaluate", *args)
        assert (result.exit_code, result.stdout) == (code, "")
        assert message in result.stderr

    def test_scoring_needs_no_spacy(self, found: Path) -> None:
        """Written annotations are scored without loading what a pipeline needs."""
        code = (
            "import sys\nfrom pathlib import Path\nfrom claimstake import scoring\n"
            "from claimstake.evaluation import scores, tables\nfound = scoring.read(Path(sys.argv[1])).annotations\n"
            "scores.evaluate(found, found).report\nassert 'spacy' not in sys.modules"
        )
        done = subprocess.run([sys.executable, "-c", code, str(found)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


SLIPS = {
    "label": (TEXT.replace("|MINERAL", "|METAL", 1), [BAN], "label.md:4: .*unknown label"),
    "predicate": (TEXT, [BAN.replace("restricts_export_of", "forbids")], "predicate.md:6: unknown predicate"),
    "evidence": (TEXT, [BAN.replace("China banned", "China halted")], "evidence.md:6: evidence occurs 0 times"),
    "date": (TEXT.replace("|2025-07-15", "|July"), [], "date.md:4: no EDTF date"),
    "nesting": (TEXT.replace("[Umicore|", "[Umicore [cells|PRODUCT]|"), [MAKES.replace("Umicore", "x")], "nesting.md"),
}


class TestCheck:
    """The validator."""

    def test_each_slip_is_named_and_the_rest_is_counted(self, tmp_path: Path) -> None:
        """A line with file and line for every file that does not parse, counts of those that do, exit code 1."""
        for name, (text, claims, _) in SLIPS.items():
            written(tmp_path / f"{name}.md", *claims, text=text, id_=name)
        written(tmp_path / "one.md", BAN)
        written(tmp_path / "twin.md", BAN)
        nested = TEXT.replace("[Umicore|COMPANY]", "[[Umicore|COMPANY] Belgium|PLACE]")
        written(tmp_path / "within.md", text=nested, id_="within")
        result = run("corpus", "check", tmp_path)
        assert result.exit_code == 1
        for _, _, message in SLIPS.values():
            assert _matches(message, result.stdout)
        assert _matches("twin.md:1: the id 'one' is also that of one.md", result.stdout)
        assert _matches("within.md: COMPANY 'Umicore' lies inside PLACE 'Umicore Belgium'", result.stdout)
        assert f"3 documents parse, {len(SLIPS) + 2} errors" in result.stderr

    def test_a_good_corpus(self) -> None:
        """Counts by label, predicate, status and so on; exit code 0."""
        result = run("corpus", "check", GOLDEN)
        assert result.exit_code == 0
        assert [line for line in result.stdout.splitlines() if line.split() == ["documents", "12"]]
        for kind in ("label", "predicate", "status", "polarity", "certainty", "sum"):
            assert [line for line in result.stdout.splitlines() if line.split() == [kind, "number"]]
        assert result.stderr == "12 documents parse, 0 errors, 0 warnings\n"

    def test_warnings_are_asked_for(self, tmp_path: Path) -> None:
        """What an annotator should look at again is counted always, shown with --warnings, and no failure."""
        path = written(tmp_path / "one.md", text="{{[the Umicore|COMPANY] makes cells.}}")
        plain, told = run("corpus", "check", path), run("corpus", "check", path, "--warnings")
        assert plain.exit_code == told.exit_code == 0
        assert "1 warnings" in plain.stderr
        line = "one.md: COMPANY 'the Umicore' opens with an article (warning)"
        assert (line in plain.stdout, line in told.stdout) == (False, True)

    def test_json(self, tmp_path: Path) -> None:
        """Errors, warnings and counts as JSON; the exit code is the same."""
        written(tmp_path / "one.md", BAN, MAKES)
        written(tmp_path / "two.md", BAN, text=TEXT.replace("[gallium|", "[gallium|x|"), id_="two")
        result = run("corpus", "check", tmp_path, "--json")
        found = json.loads(result.stdout)
        assert result.exit_code == 1
        assert (found["documents"], len(found["errors"]), found["warnings"]) == (1, 1, [])
        assert found["counts"]["predicate"] == {"produces": 1, "restricts_export_of": 1}
        assert found["counts"]["measure"] == {"ban": 1}

    def test_nothing_to_check(self, tmp_path: Path) -> None:
        """A folder without corpus files is an error."""
        result = run("corpus", "check", tmp_path)
        assert (result.exit_code, "no corpus files" in result.stderr) == (1, True)


def _matches(message: str, lines: str) -> bool:
    import re

    return any(re.match(message, line) for line in lines.splitlines())


class TestAgreement:
    """Two annotation passes."""

    @pytest.fixture
    def second(self, tmp_path: Path) -> Path:
        """A second pass over the two documents: one claim less in each, one mention otherwise labelled."""
        text = TEXT.replace("Umicore|COMPANY", "Umicore|PLACE")
        written(tmp_path / "second" / "a.md", BAN, text=text)
        return written(tmp_path / "second" / "b.md", BAN, text=text, id_="two").parent

    def test_entities_and_claims(self, gold: Path, second: Path) -> None:
        """Strict and relaxed entity F1, claim F1, pairs and qualifiers; files are paired by id, not by name."""
        found = json.loads(run("corpus", "agreement", gold, second, "--json", "--errors", 1).stdout)
        assert found["documents"] == 2
        assert found["entities_strict"]["f"] == found["entities_relaxed"]["f"] == 0.8333
        assert found["claims"]["f"] == found["claim_pairs"]["f"] == 0.6667
        assert found["qualifiers"]["status"] == {"accuracy": 1.0, "n": 2}
        assert found["intervals"]["claims F1"]["low"] == 0.6667
        assert len(found["errors"]) == 1
        shown = run("corpus", "agreement", gold, second).stdout
        assert "entities strict F1" in shown
        assert "qualifiers of claims found" in shown

    def test_another_text_is_an_error(self, gold: Path, second: Path) -> None:
        """The document whose text was changed between the passes is named."""
        written(second / "b.md", text=TEXT.replace("banned", "halted"), id_="two")
        result = run("corpus", "agreement", gold, second)
        assert (result.exit_code, result.stdout) == (1, "")
        assert result.stderr == "claimstake: two: the two were annotated on different texts (sha256 differs)\n"

    def test_documents_of_one_pass_only(self, gold: Path, second: Path, tmp_path: Path) -> None:
        """They are named and left out; without any in common there is nothing to compare."""
        written(second / "b.md", text=TEXT, id_="three")
        result = run("corpus", "agreement", gold, second, "--json")
        assert json.loads(result.stdout)["documents"] == 1
        assert result.stderr.splitlines() == [
            f"three: only in {second}, left out",
            f"two: only in {gold}, left out",
        ]
        result = run("corpus", "agreement", gold, written(tmp_path / "else.md", id_="else"))
        assert (result.exit_code, "no document in common" in result.stderr) == (1, True)


def test_split_gives_new_articles_a_part_and_moves_none(tmp_path: Path) -> None:
    """A first split gives every article a part; one that is added later gets its own, the others stay."""
    articles = tmp_path / "articles" / "wire"
    articles.mkdir(parents=True)
    golden = sorted((Path(__file__).parents[1] / "golden").glob("*.md"))
    for path in golden[:8]:
        (articles / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    assert run("corpus", "split", tmp_path).exit_code == 0
    first = splits.read(tmp_path / "splits.tsv")
    assert len(first) == 8
    assert set(first.values()) == {"train", "dev", "test"}
    (articles / golden[8].name).write_text(golden[8].read_text(encoding="utf-8"), encoding="utf-8")
    result = run("corpus", "split", tmp_path)
    again = splits.read(tmp_path / "splits.tsv")
    assert {k: again[k] for k in first} == first
    assert len(again) == 9
    assert "1 new articles, 8 that stay" in result.stderr
