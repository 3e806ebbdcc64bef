"""The command convert: what it writes, what it says, and how it ends."""

from __future__ import annotations

import gzip
import json
import os
import stat
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from claimstake import cli
from claimstake.interchange import formats
from claimstake.interchange.contract import Losses
from claimstake.interchange.own import Records
from conversions import ROOT, corpus, difference, target

ARTICLES = ROOT / "corpus" / "articles" / "off-topic"
ENV = {"COLUMNS": "200", "NO_COLOR": "1"}


def run(*args: str | Path) -> Any:
    """Invoke the command in this process."""
    return CliRunner().invoke(cli.app, ["convert", *map(str, args)], env=ENV)


@pytest.fixture
def records(tmp_path: Path) -> Path:
    """Some articles of the corpus as records."""
    path = tmp_path / "in" / "records.jsonl"
    Records().write(corpus(40), path, Losses())
    return path


def test_there_and_back_over_every_format(records: Path, tmp_path: Path) -> None:
    """From records into each format, and from there, recognised by name and content, into records."""
    before = corpus(40)
    for one in formats.every():
        path = target(one, tmp_path / one.name)
        assert run(records, "--to", one.name, "--out", path).exit_code == 0
        back = tmp_path / f"{one.name}.back.jsonl"
        result = run(path, "--to", "records", "--out", back)
        assert result.exit_code == 0, result.stderr
        assert f"{len(before)} documents from {one.name} to records" in result.stderr
        after = {d.doc.id: d for d in Records().read(back, Losses())}
        for document in before:
            lost = difference(document, after[document.doc.id])
            assert not lost or one.name == "conll"


def test_what_was_left_out_is_said_as_a_table(records: Path, tmp_path: Path) -> None:
    """On standard error: what, how many, examples; the exit code stays 0."""
    result = run(records, "--to", "conll", "--out", tmp_path / "x.conll")
    assert (result.exit_code, result.stdout) == (0, "")
    row = next(line for line in result.stderr.splitlines() if line.startswith("writing conll") and " claim " in line)
    claims = sum(len(d.claims) for d in corpus(40))
    assert f"  {claims:,}  " in row
    assert "; " in row
    assert "things left out" in result.stderr.splitlines()[-1]


def test_what_was_left_out_as_json(records: Path, tmp_path: Path) -> None:
    """On standard output, machine readable, with counts that fit the difference."""
    result = run(records, "--to", "conll", "--out", tmp_path / "x.conll", "--json", "--quiet")
    said = json.loads(result.stdout)
    assert (said["from"], said["to"], said["documents"], said["failures"]) == ("records", "conll", len(corpus(40)), {})
    counts = {row["what"]: row["count"] for row in said["left_out"]}
    assert {row["while"] for row in said["left_out"]} == {"writing conll"}
    found = {d.doc.id: d for d in formats.named("conll").read(tmp_path / "x.conll", Losses())}
    assert counts == sum((difference(document, found[document.doc.id]) for document in corpus(40)), Counter())
    assert result.stderr == ""


def test_strict_makes_a_loss_an_error(records: Path, tmp_path: Path) -> None:
    """The file is there all the same; without a loss the exit code is 0."""
    assert run(records, "--to", "conll", "--out", tmp_path / "x.conll", "--strict").exit_code == 1
    assert (tmp_path / "x.conll").is_file()
    assert run(records, "--to", "doccano", "--out", tmp_path / "x.jsonl", "--strict").exit_code == 0


def test_what_a_record_cannot_hold_of_the_source_is_said_too(tmp_path: Path) -> None:
    """A header of the corpus says of what kind an article is, a record does not."""
    result = run(ARTICLES, "--to", "records", "--out", tmp_path / "x.jsonl")
    assert result.exit_code == 0
    number = len(list(ARTICLES.glob("*.md")))
    assert any(
        line.split()[:5] == ["reading", "corpus", "header", "genre", str(number)] for line in result.stderr.splitlines()
    )


def test_a_document_that_fails_is_named_and_the_others_are_done(records: Path, tmp_path: Path) -> None:
    """Damage in the middle: file and line are named, exit code 1, the rest is written."""
    lines = records.read_text(encoding="utf-8").splitlines()
    first = json.loads(lines[1])
    first["entities"][0]["start"] += 1
    lines[1] = json.dumps(first)
    lines[3] = lines[3][:500]
    records.write_text("\n".join(lines) + "\n", encoding="utf-8")
    result = run(records, "--to", "brat", "--out", tmp_path / "b", "--quiet")
    assert result.exit_code == 1
    assert f"{records}:2: {first['doc']['id']}: mention e1 says" in result.stderr
    assert f"{records}:4: is not JSON" in result.stderr
    assert len(list((tmp_path / "b").glob("*.ann"))) == len(lines) - 2
    assert f"{len(lines) - 2} documents from records to brat" in result.stderr
    assert "2 failed" in result.stderr


def test_packed_files_and_arrays(records: Path, tmp_path: Path) -> None:
    """.gz is packed, .json is one array; a packed file that was cut gives what stands before the cut."""
    for name in ("x.jsonl.gz", "x.json", "x.json.gz"):
        assert run(records, "--to", "records", "--out", tmp_path / name, "--quiet").exit_code == 0
    array = json.loads((tmp_path / "x.json").read_text(encoding="utf-8"))
    assert array == json.loads(gzip.decompress((tmp_path / "x.json.gz").read_bytes()))
    assert len(array) == len(corpus(40))
    cut = tmp_path / "cut.jsonl.gz"
    packed = (tmp_path / "x.jsonl.gz").read_bytes()
    cut.write_bytes(packed[: len(packed) * 2 // 3])
    result = run(cut, "--to", "records", "--out", tmp_path / "y.jsonl")
    assert result.exit_code == 1
    assert "is damaged" in result.stderr
    assert 0 < len((tmp_path / "y.jsonl").read_text(encoding="utf-8").splitlines()) < len(array)


def test_texts_may_stand_beside_the_records(tmp_path: Path) -> None:
    """Gold without texts, a file a document, gets them from articles.jsonl in the same folder."""
    before = corpus(60)
    folder = tmp_path / "gold"
    folder.mkdir()
    rows = [document.to_json() for document in before]
    with (folder / "articles.jsonl").open("w", encoding="utf-8") as stream:
        for row in rows:
            stream.write(json.dumps({"id": row["doc"]["id"], "text": row["doc"].pop("text")}) + "\n")
            (folder / f"{row['doc']['id']}.gold.json").write_text(json.dumps(row), encoding="utf-8")
    result = run(folder, "--to", "brat", "--out", tmp_path / "b", "--strict")
    assert result.exit_code == 0, result.stderr
    after = {d.doc.id: d for d in formats.named("brat").read(tmp_path / "b", Losses())}
    assert all(difference(document, after[document.doc.id]) == {} for document in before)
    (folder / "articles.jsonl").unlink()
    result = run(folder, "--to", "brat", "--out", tmp_path / "c")
    assert result.exit_code == 1
    assert "the record has no text; write records with claimstake annotate --text" in result.stderr


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (["{in}", "--to", "xls", "--out", "{out}"], 2, "there is no format 'xls'; the formats are records, corpus,"),
        (["{in}", "--from", "xls", "--to", "brat", "--out", "{out}"], 2, "there is no format 'xls'"),
        (["{in}", "--to", "brat"], 2, "name what to read, --to a format and --out a file or folder"),
        (["nowhere.jsonl", "--to", "brat", "--out", "{out}"], 2, "nowhere.jsonl: there is no such file or folder"),
        (["nowhere", "--from", "brat", "--to", "records", "--out", "{out}"], 1, "nowhere: there is no such file"),
        (["{in}", "--to", "records", "--out", "{in}"], 2, "is what is read"),
        (["{folder}", "--to", "brat", "--out", "{folder}"], 2, "is what is read"),
        (["{in}", "--to", "brat", "--out", "{folder}"], 2, "is what is read, or holds it"),
        (["{in}", "--to", "records", "--out", "{other}"], 2, "is a folder, and records is written to a file"),
        (["{in}", "--to", "brat", "--out", "{other}"], 1, "is there already and not empty"),
        (
            ["{in}", "--from", "conll", "--to", "records", "--out", "{out}"],
            1,
            "the last a tag (O, B-NAME, I-NAME)",
        ),
    ],
)
def test_mistakes(args: list[str], code: int, said: str, records: Path, tmp_path: Path) -> None:
    """Each is told with what to do; nothing is written."""
    other = tmp_path / "other"
    other.mkdir()
    (other / "mine.txt").write_text("mine")
    places = {"in": records, "folder": records.parent, "out": tmp_path / "out", "other": other}
    before = records.read_bytes()
    result = run(*(arg.format(**places) for arg in args))
    assert result.exit_code == code
    assert said in result.stderr
    assert records.read_bytes() == before
    assert [p.name for p in other.iterdir()] == ["mine.txt"]


def test_nothing_is_left_of_a_file_that_could_not_be_written(tmp_path: Path) -> None:
    """A source that turns out to hold nothing leaves no output and no part of it; one that was there stays."""
    empty = tmp_path / "empty.jsonl"
    empty.write_text("\n")
    out = tmp_path / "out.jsonl"
    out.write_text("old")
    result = run(empty, "--from", "records", "--to", "records", "--out", out)
    assert result.exit_code == 1
    assert "no records in it" in result.stderr
    assert out.read_text() == "old"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["empty.jsonl", "out.jsonl"]


def test_a_device_is_written_to_and_not_replaced(records: Path, tmp_path: Path) -> None:
    """--out may be a pipe or /dev/stdout, which must stay what it is."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    short = tmp_path / "short.jsonl"
    short.write_text(records.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    assert run(short, "--to", "records", "--out", pipe, "--quiet").exit_code == 0
    assert json.loads(os.read(reader, 1 << 16))["doc"]["id"] == corpus(40)[0].doc.id
    os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_the_list_shows_what_each_format_can_hold() -> None:
    """A line a format and a table; as JSON the same."""
    lines = run("--list").stdout.splitlines()
    for name in formats.names():
        assert sum(line.startswith(f"{name} ") for line in lines) == 2
    shown = {row["name"]: row["holds"] for row in json.loads(run("--list", "--json").stdout)}
    assert list(shown) == list(formats.names())
    assert (shown["conll"]["claims"], shown["conll"]["overlapping"], shown["records"]["free"]) == (
        "no",
        "3 deep",
        "yes",
    )
