"""`claimstake bench`: what it prints is what was measured, each system by itself, and what is lacking is said."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from spacy.language import Language
from typer.testing import CliRunner

import claimstake
from claimstake import cli
from claimstake.benchmark import report, systems, texts
from claimstake.benchmark.measuring import Benchmark, Measured, Worker
from claimstake.benchmark.systems import LOADERS, NER, OURS, REFERENCE, TOKENIZER, Turn
from claimstake.errors import ClaimstakeError
from claimstake.records import Article
from claimstake.training.base import SOURCE
from claimstake.training.retrain import corpus_path

pytestmark = pytest.mark.long
TEXTS = (
    "China banned exports of gallium and germanium to the United States on December 3, 2024.",
    "Albemarle produces lithium at Silver Peak in Nevada. The plant makes 5,000 tonnes a year.",
    "The Council adopted Regulation (EU) 2023/1542 on batteries. It applies from 18 February 2024.",
)
PASTIME = (
    "Der Chor traf sich am Mittag im Saal der Gemeinde, trank dort Tee und erzählte alte Geschichten. "
    "Danach ging er an den Fluss, sang noch einmal die schönsten Lieder und war zu Hause, bevor der Regen kam. "
)
BALLAST = 300 << 20  # bytes; more than any of the systems takes


def run(*args: str | Path) -> Any:
    return CliRunner().invoke(cli.app, ["bench", *map(str, args)], env={"COLUMNS": "200", "NO_COLOR": "1"})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three documents and a file that holds none."""
    found = tmp_path_factory.mktemp("news")
    for number, text in enumerate(TEXTS):
        (found / f"{number}.txt").write_text(text, encoding="utf-8")
    (found / "empty.txt").write_text("", encoding="utf-8")
    return found


@pytest.fixture(scope="module")
def measured(folder: Path) -> tuple[Any, dict[str, Any], Path]:
    """The command's result, its JSON, and the chart; the process that starts the systems holds much memory itself."""
    ballast = bytearray(b"x") * BALLAST
    chart = folder.parent / "charts" / "speed.svg"
    plot = ("--plot", chart) if find_spec("matplotlib") else ()
    result = run(folder, "--rounds", 1, "--components", "--json", *plot)
    assert len(ballast) == BALLAST
    return result, json.loads(result.stdout), chart


def test_every_system_is_measured(measured: tuple[Any, dict[str, Any], Path]) -> None:
    """All count the same tokens, speed is tokens by seconds, and the multiple is that of en_core_web_sm's row."""
    _, found, _ = measured
    rows = {row["system"]: row for row in found["systems"]}
    assert list(rows) == list(LOADERS)
    assert (found["documents"], found["threads"]) == (3, 1)
    reference = rows[REFERENCE]["tokens_per_second"]
    for row in rows.values():
        assert row["tokens"] == found["tokens"] > 40
        assert row["seconds"] == min(row["rounds"])
        assert row["tokens_per_second"] == pytest.approx(row["tokens"] / row["seconds"], rel=0.02)  # of rounded seconds
        assert row["times_en_core_web_sm"] == pytest.approx(row["tokens_per_second"] / reference, rel=0.01)
        assert row["loading_seconds"] > 0
    assert found["first_claim"]["seconds"] == min(found["first_claim"]["rounds"]) > 0


@pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="tells memory another way")
def test_memory_is_a_systems_own(measured: tuple[Any, dict[str, Any], Path]) -> None:
    """What the others hold, and what the process that starts them holds, does not count."""
    memory = {row["system"]: row["peak_memory_mb"] for row in measured[1]["systems"]}
    assert 0 < memory[TOKENIZER] < memory[NER] < memory[REFERENCE]
    assert memory[TOKENIZER] < memory[OURS]
    assert memory[TOKENIZER] * systems.MEGABYTE < BALLAST


def test_components_share_the_time(measured: tuple[Any, dict[str, Any], Path], nlp: Language) -> None:
    """Every component of the pipeline in its order, after the tokenizer; together they are all of the time."""
    shares = measured[1]["components"]
    assert list(shares) == ["tokenizer", *nlp.pipe_names]
    assert sum(shares.values()) == pytest.approx(1, abs=0.01)
    assert all(0 <= share < 1 for share in shares.values())


def test_the_chart_is_drawn(measured: tuple[Any, dict[str, Any], Path]) -> None:
    """--plot writes a whole SVG file, in a new folder if need be."""
    pytest.importorskip("matplotlib", reason="charts need matplotlib (claimstake[build])")
    assert ElementTree.parse(measured[2]).getroot().tag == "{http://www.w3.org/2000/svg}svg"


def test_a_bad_document_is_named(measured: tuple[Any, dict[str, Any], Path], folder: Path) -> None:
    """The others are measured, and the exit code is 1."""
    result = measured[0]
    assert result.stderr.startswith(f"{folder / 'empty.txt'}: holds no text")
    assert result.exit_code == 1


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (["none.txt"], 1, "none.txt: does not exist ("),
        (["none.txt"], 1, "nothing to measure: no document could be read"),
        (["--json", "--markdown"], 2, "--json and --markdown contradict each other"),
        (["--plot", "speed.png"], 2, "give it a name that ends in .svg"),
        (["--rounds", "0"], 2, "--rounds"),
    ],
)
def test_what_cannot_be_measured(args: list[str], code: int, said: str) -> None:
    """It is told before anything runs."""
    result = run(*args)
    assert (result.exit_code, result.stdout) == (code, "")
    assert said in result.stderr


class TestWithoutTheBuildExtra:
    """An installation as a user has it: neither en_core_web_sm nor matplotlib."""

    @pytest.fixture
    def start(self, tmp_path: Path) -> Any:
        """Starts the command where everything but these packages is installed."""
        site = tmp_path / "site"
        site.mkdir()
        for installed in {Path(sysconfig.get_path(kind)) for kind in ("purelib", "platlib")}:
            for path in installed.iterdir():
                if path.name != "claimstake" and not path.name.startswith((SOURCE, "matplotlib")):
                    (site / path.name).symlink_to(path)
        (site / "claimstake").symlink_to(Path(claimstake.__file__).parent)
        env = {**os.environ, "PYTHONPATH": str(site), "COLUMNS": "200"}

        def start(*args: str) -> subprocess.CompletedProcess[str]:
            command = [sys.executable, "-S", "-m", "claimstake", "bench", *args]
            return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", env=env, timeout=120)

        return start

    def test_the_rest_is_measured(self, start: Any) -> None:
        """Its rows say so, and below the table it says what to install; the articles are those of the package."""
        result = start("--documents", "3", "--rounds", "1", "--markdown")
        assert result.returncode == 0, result.stderr
        table, below = result.stdout.strip().split("\n\n")
        rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]
        assert rows[0] == list(report.HEAD)
        found = {row[0]: row[1:] for row in rows[2:]}
        assert set(found) == {OURS, TOKENIZER, f"{REFERENCE} (not installed)", f"{NER} (not installed)"}
        assert [name for name, cells in found.items() if not any(cells)] == [name for name in found if "not" in name]
        assert [found[OURS][2], found[TOKENIZER][2]] == ["", ""]
        first, second = below.splitlines()
        assert first.startswith("3 documents, ")
        assert ", 1 round, 1 thread, first claim " in first
        assert second == f"{SOURCE} 3.8.0 is not installed; install claimstake[build]"

    def test_a_chart_needs_matplotlib(self, start: Any) -> None:
        """It is told at once, with what to install."""
        result = start("--plot", "speed.svg")
        assert (result.returncode, result.stdout) == (2, "")
        assert "--plot needs matplotlib, which is not installed; install claimstake[build]" in result.stderr


def test_the_table_shows_the_best_round() -> None:
    """The best round counts, the slowest stands beside it; multiples are those of the best rounds."""

    def system(name: str, *seconds: float, memory: float | None = 171.5) -> Measured:
        return Measured(name, tuple(Turn(s, 2, 9000) for s in seconds), 1.25, memory)

    rows = (system(OURS, 1.0, 0.5, 2.0), system(REFERENCE, 1.5, 1.0), system(TOKENIZER, 0.01, memory=None))
    found = Benchmark(2, 9000, 1, rows, (2.0, 1.96))
    assert report.systems(found).rows == [
        (OURS, "18,000", "4,500", "2.00", "172", "1.2"),
        (REFERENCE, "9,000", "6,000", "1.00", "172", "1.2"),
        (TOKENIZER, "900,000", "900,000", "100.00", "", "1.2"),
    ]
    assert report.components(found).rows == []
    (said,) = report.summary(found)
    parts = ("2 documents", "9,000 tokens", "best of 3 rounds", "1 thread", "first claim 2.0 s after the start")
    assert all(part in said for part in parts)


def test_the_bare_tokenizer_is_ours(nlp: Language) -> None:
    """It divides articles as the pipeline does, so that its tokens are the pipeline's."""
    articles = texts.packaged(8)
    found = systems.turn(LOADERS[TOKENIZER](), articles)
    assert (found.documents, found.tokens) == (8, sum(len(nlp.make_doc(article.text)) for article in articles))


def test_packaged_articles_are_of_all_kinds() -> None:
    """The first few come from every folder of the corpus, the same each time; there are no more than there are."""
    kinds = {path.stem: path.parent.name for path in (corpus_path() / "articles").rglob("*.md")}
    found = texts.packaged(len(set(kinds.values())))
    assert {kinds[article.id] for article in found} == set(kinds.values())
    assert texts.packaged(len(found)) == found


def test_a_process_that_dies_is_told() -> None:
    """A system that the operating system ends does not leave the command waiting."""
    with Worker(TOKENIZER, [Article(id="one", text=TEXTS[0])]) as worker:
        worker.process.kill()
        with pytest.raises(ClaimstakeError, match="tokenizer alone: its process ended with code -9"):
            worker.turn()


@pytest.fixture(scope="module")
def extended(folder: Path) -> dict[str, Any]:
    """Archives and stores, in JSON."""
    general = folder.parent / "general.jsonl"
    lines = [{"id": f"g{n}", "text": f"{n} Leute hörten zu. {PASTIME * 4}"} for n in range(30)]
    general.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    more = ("--off-topic", general, "--archives", "40,60", "--workers", "1,2", "--stores", 60)
    result = run(folder, "--rounds", 1, "--json", *more)
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_archives_of_all_sizes_are_run(extended: dict[str, Any]) -> None:
    """The smallest with nothing but relevant documents, and mixtures of every size; all with one and two workers."""
    rows = extended["archives"]
    assert [(row["mixture"], row["documents"], row["workers"]) for row in rows] == [
        ("all relevant", 40, 1),
        ("all relevant", 40, 2),
        *(("5% relevant", number, workers) for number in (40, 60) for workers in (1, 2)),
    ]
    for row in rows:
        assert row["tokens_per_second"] == pytest.approx(row["tokens"] / row["seconds"], rel=0.01)
        assert row["times_reference"] > 0
    full, mixed = rows[0], rows[2]
    assert full["read"] == 40
    assert full["claims"] > 40
    assert 2 <= mixed["read"] < 40
    assert 0 < mixed["claims"] < full["claims"]
    assert rows[4]["tokens"] == pytest.approx(1.5 * mixed["tokens"], rel=0.02)


@pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="tells memory another way")
def test_memory_of_workers_and_of_what_feeds_them(extended: dict[str, Any]) -> None:
    for row in extended["archives"]:
        assert 50 < row["main_memory"] < row["worker_memory"] < 1200


def test_every_kind_of_store_is_filled(extended: dict[str, Any]) -> None:
    found = {row["store"]: row for row in extended["stores"]}
    assert list(found) == ["SQLite", "PostgreSQL", "Parquet", "JSON Lines"]
    for row in found.values():
        assert row["documents"] == 60
        assert row["rows"] > row["claims"] > 60
        assert row["rows_per_second"] > row["claims_per_second"] > 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--off-topic", "x.jsonl"), "--archives"),
        (("--archives", "many"), "no list of numbers"),
        (("--archives", "10", "--workers", "0"), "no list of numbers"),
    ],
)
def test_options_that_make_no_sense(folder: Path, options: tuple[str, ...], said: str) -> None:
    result = run(folder, *options)
    assert result.exit_code == 2
    assert said in result.stderr
