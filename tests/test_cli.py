"""The command line, inside this process and as users start it."""

from __future__ import annotations

import csv
import gzip
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from typer.testing import CliRunner

from claimstake import __version__, cli, settings
from claimstake.ontology import default
from claimstake.schema import json_schema

TEXT = "China banned exports of gallium and germanium on December 3, 2024.\n"
WITH = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
HEAVY = {"spacy", "trafilatura", "numpy", "sqlalchemy", "fastapi", "uvicorn", "jinja2", "pebble", "feedparser", "httpx"}
COMMANDS = [
    "annotate",
    "explain",
    "show",
    "ontology",
    "schema",
    "build-model",
    "evaluate",
    "promote",
    "archive",
    "archive failures",
    "ledger",
    "bench",
    "convert",
    "train",
    "retrain",
    "improve",
    "corpus check",
    "corpus split",
    "corpus agreement",
]


def run(*args: str | Path, stdin: str | None = None) -> Any:
    """Invoke a command in this process."""
    return CliRunner().invoke(cli.app, [str(a) for a in args], input=stdin, env={"COLUMNS": "200", "NO_COLOR": "1"})


def start(*args: str | Path, **more: Any) -> subprocess.CompletedProcess[str]:
    """Start the program as users do."""
    command = [sys.executable, "-m", "claimstake", *map(str, args)]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", env=WITH, timeout=120, **more)


def documents(lines: str) -> list[dict[str, Any]]:
    """The records of JSON Lines, each checked against the schema."""
    found = [json.loads(line) for line in lines.splitlines()]
    for item in found:
        jsonschema.validate(item, json_schema())
    return found


@pytest.fixture
def article(tmp_path: Path) -> Path:
    path = tmp_path / "gallium.txt"
    path.write_text(TEXT, encoding="utf-8")
    return path


class TestAnnotate:
    """Articles in, claims out."""

    def test_a_pipe_gets_json_lines(self, article: Path) -> None:
        """One valid document a line on standard output, the summary on standard error, exit code 0."""
        result = run("annotate", article)
        (found,) = documents(result.stdout)
        assert found["doc"]["id"] == "gallium"
        assert "text" not in found["doc"]
        objects = {e["canonical"] for e in found["entities"] if e["id"] in {c["object"] for c in found["claims"]}}
        assert objects == {"gallium", "germanium"}
        assert result.stderr.startswith("1 document, 2 claims in ")
        assert result.exit_code == 0

    def test_the_text_is_written_on_demand(self, article: Path) -> None:
        """--text puts the text that the offsets point into."""
        (found,) = documents(run("annotate", article, "--text").stdout)
        text = found["doc"]["text"]
        assert all(text[e["start"] : e["end"]] == e["text"] for e in found["entities"])

    @pytest.mark.parametrize("name", ["out.jsonl", "new/out.jsonl.gz", "out.json"])
    def test_the_name_of_the_file_says_the_format(self, article: Path, tmp_path: Path, name: str) -> None:
        """.jsonl is lines, .gz is packed, .json is an array; nothing goes to standard output."""
        out = tmp_path / name
        result = run("annotate", article, "-o", out)
        raw = gzip.decompress(out.read_bytes()) if name.endswith("gz") else out.read_bytes()
        value = json.loads(raw)
        assert (value[0] if name.endswith("json") else value)["doc"]["id"] == "gallium"
        assert result.stdout == ""
        assert f"written to {out}" in result.stderr

    def test_json_is_one_array(self, article: Path) -> None:
        """--json and --format json are the same."""
        first, second = run("annotate", article, "--json"), run("annotate", article, "--format", "json")
        assert json.loads(first.stdout) == json.loads(second.stdout)
        assert len(json.loads(first.stdout)) == 1

    def test_a_table_for_people(self, article: Path) -> None:
        """Subject, predicate, object, qualifiers and confidence in one row."""
        lines = run("annotate", article, "-f", "table").stdout.splitlines()
        row = next(line for line in lines if "gallium " in line and "restricts_export_of" in line)
        assert row.split()[:3] == ["China", "restricts_export_of", "gallium"]
        assert "ban" in row

    def test_brat_writes_a_folder(self, article: Path, tmp_path: Path) -> None:
        """Text, annotations and settings, with the text as it was read."""
        run("annotate", article, "-f", "brat", "-o", tmp_path / "brat")
        names = {p.name for p in (tmp_path / "brat").iterdir()}
        assert names == {"gallium.txt", "gallium.ann", "annotation.conf", "visual.conf", "documents.jsonl"}
        assert (tmp_path / "brat" / "gallium.txt").read_text(encoding="utf-8") == TEXT

    def test_standard_input_and_a_date(self) -> None:
        """- reads standard input; relative dates are counted from --published."""
        (found,) = documents(run("annotate", "-", "--published", "2025-02-04", stdin="China acted last month.").stdout)
        assert found["doc"]["published"] == "2025-02-04"
        assert [e["value"] for e in found["entities"] if e["label"] == "DATE"] == ["2025-01"]

    def test_a_column_of_a_table(self, tmp_path: Path) -> None:
        """--text-column names it; every row with an id is a document of that id."""
        with (tmp_path / "news.csv").open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([["id", "story"], ["n1", TEXT], ["n2", "Nothing."]])
        found = documents(run("annotate", tmp_path / "news.csv", "--text-column", "story").stdout)
        assert [d["doc"]["id"] for d in found] == ["n1", "n2"]

    def test_unsure_claims_are_left_out(self, article: Path, tmp_path: Path) -> None:
        """--min-confidence, else the configuration's min_confidence, decides."""
        config = tmp_path / "mine.toml"
        config.write_text("min_confidence = 1.0\n", encoding="utf-8")
        assert documents(run("annotate", article, "-c", config).stdout)[0]["claims"] == []
        assert documents(run("annotate", article, "--min-confidence", "1").stdout)[0]["claims"] == []
        found = documents(run("annotate", article, "-c", config, "--min-confidence", "0").stdout)
        assert len(found[0]["claims"]) == 2

    def test_an_output_among_the_sources_is_no_source(self, article: Path, tmp_path: Path) -> None:
        """Annotating a folder into a file of that folder twice gives the same twice."""
        out = tmp_path / "out.jsonl"
        first = run("annotate", tmp_path, "-o", out)
        lines = out.read_text(encoding="utf-8")
        second = run("annotate", tmp_path, "-o", out)
        assert (first.exit_code, second.exit_code) == (0, 0)
        assert out.read_text(encoding="utf-8") == lines

    def test_the_examples_are_there(self) -> None:
        """--examples annotates the bundled articles and shows their claims as a table."""
        result = run("annotate", "--examples")
        assert result.exit_code == 0
        assert "restricts_export_of" in result.stdout
        assert {p.suffix for p in settings.examples_folder().iterdir()} == {".txt", ".md", ".html"}
        assert result.stderr.startswith("4 documents")


BAD = {
    "empty.txt": (b"", "holds no text"),
    "picture.txt": (b"\x89PNG\r\n\x1a\n" + bytes(200), "picture.txt: "),
    "cut.pdf": (b"%PDF-1.7 not really", "cut.pdf: "),
    "no-text.json": (b'{"id": "x", "title": "y"}', "no-text.json: "),
    "cut.jsonl.gz": (gzip.compress(b"{}" * 999)[:30], "damaged"),
    "deep.html": (b"<html><body>" + b"<div>" * 5000 + b"x", "deep.html: "),
    "twice.jsonl": (b'{"id": "t", "text": "One."}\n{"id": "t", "text": "Two."}\n', "document t: duplicate id"),
}


class TestBadInput:
    """What cannot be done is named, what can be done is done."""

    def test_every_other_document_is_done(self, article: Path, tmp_path: Path) -> None:
        """Each bad file gives one line "file: problem (mend)" on standard error, and the exit code is 1 at the end."""
        for name, (data, _) in BAD.items():
            (tmp_path / name).write_bytes(data)
        result = run("annotate", tmp_path, tmp_path / "missing.txt")
        assert {d["doc"]["id"] for d in documents(result.stdout)} == {"gallium", "t"}
        assert result.exit_code == 1
        lines = result.stderr.splitlines()
        assert len(lines) == len(BAD) + 2
        for name, (_, said) in BAD.items():
            (line,) = [line for line in lines if name in line]
            assert said in line
            assert line.endswith(")"), line
        assert any(line.startswith(f"{tmp_path / 'missing.txt'}: does not exist (") for line in lines)
        assert lines[-1].startswith(f"2 documents, 2 claims, {len(BAD) + 1} failed")

    def test_a_future_date_is_noted(self, tmp_path: Path) -> None:
        """The document is done without the date, and a note says so; the exit code stays 0."""
        (tmp_path / "a.json").write_text(
            '{"id": "a", "text": "China acted.", "published": "2090-01-01"}', encoding="utf-8"
        )
        result = run("annotate", tmp_path / "a.json")
        assert "published" not in documents(result.stdout)[0]["doc"]
        assert "note: published 2090-01-01 lies in the future, ignored" in result.stderr
        assert result.exit_code == 0

    def test_a_text_that_is_too_long_is_named(self, article: Path) -> None:
        """--max-chars is the limit, and the message says how to raise it."""
        result = run("annotate", article, "--max-chars", "10")
        assert result.exit_code == 1
        assert "text is longer than 10 characters (split it, or raise --max-chars)" in result.stderr

    def test_quiet_still_names_failures(self, article: Path, tmp_path: Path) -> None:
        """--quiet leaves out the summary only."""
        result = run("annotate", article, tmp_path / "none.txt", "--quiet")
        assert result.stderr.count("\n") == 1
        assert result.exit_code == 1

    @pytest.mark.parametrize(
        ("args", "message"),
        [
            (["annotate"], "nothing to read"),
            (["explain"], "nothing to explain"),
            (["show"], "nothing to show"),
            (["annotate", "x", "--published", "soon"], "--published 'soon' is no date; write it as 2025-02-04"),
            (["annotate", "x", "--published", "2090-01-01"], "lies in the future"),
            (["annotate", "x", "-f", "brat"], "name a folder with --out"),
            (["annotate", "x", "--json", "-f", "table"], "contradict each other"),
            (["annotate", "x", "--input-format", "word"], "unknown input format 'word'"),
            (["annotate", "x", "-c", "none.toml"], "none.toml: does not exist"),
            (["annotate", "x", "--min-confidence", "2"], "--min-confidence"),
            (["annotate", "x", "--colour"], "No such option"),
            (["frobnicate"], "No such command"),
        ],
    )
    def test_wrong_use_is_exit_code_2(self, args: list[str], message: str) -> None:
        """A mistake in the command itself is told on standard error before anything is read."""
        result = run(*args)
        assert result.exit_code == 2
        assert message in result.stderr
        assert result.stdout == ""

    def test_a_folder_as_file_is_refused(self, article: Path, tmp_path: Path) -> None:
        """Only brat writes into a folder."""
        result = run("annotate", article, "-o", tmp_path)
        assert (result.exit_code, "is a folder; name a file" in result.stderr) == (2, True)


class TestExplain:
    """Why each claim was made."""

    def test_every_claim_is_explained(self, article: Path) -> None:
        """Triple, sentence, trigger with rule, subject, object, path and confidence."""
        shown = run("explain", article).stdout
        assert "China restricts_export_of gallium" in shown
        for part in ("sentence", "trigger", "subject", "object", "path", "confidence", "qualifiers"):
            assert f"  {part} " in shown
        assert '"banned" at 6, rule ban-exports-verb' in shown

    def test_one_claim_as_json(self, article: Path) -> None:
        """--claim takes the beginning of an id; --json gives offsets."""
        (document,) = documents(run("annotate", article).stdout)
        wanted = document["claims"][1]["id"]
        (found,) = json.loads(run("explain", article, "--json", "--claim", wanted[:7]).stdout)
        assert found["id"] == wanted
        assert found["document"] == "gallium"
        assert TEXT[found["trigger_start"] : found["trigger_end"]] == found["trigger"]

    def test_an_unknown_claim_is_exit_code_1(self, article: Path) -> None:
        """An id that no claim has is told."""
        result = run("explain", article, "--claim", "zzz")
        assert result.exit_code == 1
        assert "no claim has the id zzz" in result.stderr


class TestShow:
    """Pages."""

    def test_one_article_one_page(self, article: Path, tmp_path: Path) -> None:
        """The page holds the article and its claims, trigger included."""
        result = run("show", article, "-o", tmp_path / "page.html")
        html = (tmp_path / "page.html").read_text(encoding="utf-8")
        assert "2 claims" in html
        assert 'class="trigger"' in html
        assert result.exit_code == 0

    @pytest.mark.parametrize(
        ("out", "index", "pages"),
        [("pages", "pages/index.html", "pages"), ("all.html", "all.html", "all_pages")],
    )
    def test_several_articles_get_an_index(
        self, article: Path, tmp_path: Path, out: str, index: str, pages: str
    ) -> None:
        """A folder, or a page with a folder beside it; the links between them lead somewhere."""
        (tmp_path / "other.txt").write_text(
            "The EU plans a tariff of up to 25% on electric vehicles.", encoding="utf-8"
        )
        run("show", article, tmp_path / "other.txt", "-o", tmp_path / out)
        for name in ("gallium", "other"):
            page = tmp_path / pages / f"{name}.html"
            link = page.relative_to((tmp_path / index).parent).as_posix()
            assert f'href="{link}"' in (tmp_path / index).read_text(encoding="utf-8")
            back = "index.html" if pages == out else f"../{out}"
            assert f'href="{back}"' in page.read_text(encoding="utf-8")

    def test_a_record_is_shown_as_it_is(self, article: Path, tmp_path: Path) -> None:
        """What annotate --text wrote is shown without annotating again; without the text there is nothing to show."""
        with_text, without = tmp_path / "with.jsonl", tmp_path / "without.jsonl"
        run("annotate", article, "--text", "-o", with_text)
        with_text.write_text(with_text.read_text(encoding="utf-8").replace('"ban"', '"quota"'), encoding="utf-8")
        run("show", with_text, "-o", tmp_path / "page.html")
        assert "quota" in (tmp_path / "page.html").read_text(encoding="utf-8")
        run("annotate", article, "-o", without)
        result = run("show", without, "-o", tmp_path / "none.html")
        assert "the record does not carry its text (write it with claimstake annotate --text)" in result.stderr
        assert result.exit_code == 1
        assert not (tmp_path / "none.html").exists()


def test_the_ontology_is_printed() -> None:
    """Every label and predicate, as a table and as JSON in the form of a configuration."""
    shown = run("ontology").stdout
    found = json.loads(run("ontology", "--json").stdout)
    assert [row["name"] for row in found["label"]] == list(default().labels)
    assert [row["name"] for row in found["predicate"]] == list(default().predicates)
    assert all(name in shown for name in (*default().labels, *default().predicates))


def test_the_schema_is_printed(tmp_path: Path) -> None:
    """The schema of the package, or with a user's labels."""
    assert json.loads(run("schema").stdout) == json_schema()
    (tmp_path / "mine.toml").write_text("[[label]]\nname = 'SHIP'\n", encoding="utf-8")
    assert '"SHIP"' in run("schema", "-c", tmp_path / "mine.toml").stdout


def test_a_configuration_reaches_the_output(article: Path, tmp_path: Path) -> None:
    """--config changes what is found, and the record stays valid."""
    (tmp_path / "mine.toml").write_text("off = ['gallium']\n", encoding="utf-8")
    (found,) = documents(run("annotate", article, "--config", tmp_path / "mine.toml").stdout)
    assert "gallium" not in {e.get("kb_id") for e in found["entities"]}


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_an_example(command: str) -> None:
    """Each command's help shows it at work."""
    shown = run(*command.split(), "--help")
    assert shown.exit_code == 0
    assert f"claimstake {command}" in shown.stdout.split("Options")[0].partition("Usage")[2].partition("\n")[2]


class TestProcess:
    """As a process: exit codes, streams, signals."""

    def test_the_module_is_the_command(self) -> None:
        """python -m claimstake answers with the version, and loads nothing heavy for it."""
        code = "import sys; sys.argv = ['claimstake', '--help']\nfrom claimstake.cli import main\n"
        check = f"try:\n main()\nexcept SystemExit:\n pass\nassert not {HEAVY} & set(sys.modules)"
        assert start("--version").stdout == f"claimstake {__version__}\n"
        assert subprocess.run([sys.executable, "-c", code + check], capture_output=True, check=False).returncode == 0

    def test_exit_codes(self, article: Path) -> None:
        """0 where all is done, 1 where something failed, 2 for wrong use."""
        good = start("annotate", article)
        assert (good.returncode, len(documents(good.stdout))) == (0, 1)
        assert start("annotate", article.with_name("none.txt")).returncode == 1
        assert start("annotate", "--nonsense").returncode == 2

    @pytest.mark.skipif(sys.platform == "win32", reason="no such signals")
    def test_a_reader_that_has_enough(self, article: Path) -> None:
        """A closed pipe ends the program without a traceback."""
        command = [sys.executable, "-m", "claimstake", "annotate", "-f", "jsonl", "--text", str(article)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=WITH, text=True) as process:
            process.stdout.close()
            errors = process.stderr.read()
        assert process.returncode == cli.BROKEN_PIPE
        assert errors == ""

    @pytest.mark.skipif(sys.platform == "win32", reason="no such signals")
    def test_an_interrupt_is_clean(self, tmp_path: Path) -> None:
        """Ctrl-C ends with 130 and one line, without a traceback; what was written stays."""
        command = [sys.executable, "-m", "claimstake", "annotate", "-", "-o", str(tmp_path / "out.jsonl")]
        streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        # A shell that runs this in the background ignores SIGINT, and children inherit that.
        default = {"preexec_fn": lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)}
        with subprocess.Popen(command, env=WITH, text=True, **streams, **default) as process:
            while not (tmp_path / "out.jsonl").exists():  # it waits for standard input now
                assert process.poll() is None
            for _ in range(12):  # a library's bare except can swallow the first one while it is being imported
                process.send_signal(signal.SIGINT)
                try:
                    process.wait(5)
                except subprocess.TimeoutExpired:
                    continue
                break
            assert process.poll() is not None
            errors = process.stderr.read()
        assert process.returncode == cli.INTERRUPTED
        assert errors.endswith("claimstake: interrupted\n")
        assert "Traceback" not in errors
