"""What was judged becomes training data that the other commands take."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from claimstake.cli import app
from claimstake.interchange import formats
from claimstake.interchange.contract import Losses
from claimstake.review.exporting import PARTLY, WAS_SKIPPED, Told, Wanted, export
from claimstake.review.judgements import Judgements
from reviewing import (
    BAN,
    DOMINATES,
    MINES,
    ONE,
    QUOTA,
    TUNGSTEN,
    TWO,
    accept,
    add,
    correct,
    key,
    mark,
    record,
    reject,
    store,
)


def exported(judgements: Judgements, **wanted: object) -> tuple[list[str], Told]:
    told = Told()
    return [record.doc.id for record in export(judgements, Wanted(**wanted), told)], told


def test_documents_that_are_done_or_judged_to_the_end(judgements: Judgements) -> None:
    assert exported(judgements) == ([], Told())
    judgements.judge(key(TWO), accept(MINES), by="ada")
    judgements.judge(key(ONE), accept(BAN), by="ben")
    names, told = exported(judgements)
    assert (names, told.left_out) == ([TWO], {PARTLY: 1})
    judgements.read(key(ONE), "done", by="ben")
    judgements.judge(key(ONE), reject(DOMINATES), by="ben")
    names, told = exported(judgements)
    assert (names, told.exported, told.claims, told.judged) == ([ONE, TWO], 2, 3, 2)
    judgements.read(key(TWO), "skipped", by="ada")
    names, told = exported(judgements)
    assert (names, told.left_out) == ([ONE], {WAS_SKIPPED: 1})


def test_all_that_was_judged_since_a_time_or_by_one_analyst(judgements: Judgements) -> None:
    judgements.judge(key(ONE), reject(BAN), by="ada")
    judgements.judge(key(ONE), accept(BAN), by="ben")
    judgements.judge(key(TWO), accept(MINES), by="ben")
    assert exported(judgements, everything=True)[0] == [ONE, TWO]
    assert exported(judgements, everything=True, since="2999")[0] == []
    assert exported(judgements, everything=True, since="2000", by="ada")[0] == [ONE]
    for name, kept in (("ada", False), ("ben", True)):
        records = {r.doc.id: r for r in export(judgements, Wanted(everything=True, by=name), Told())}
        assert (BAN in [claim.id for claim in records[ONE].claims]) is kept
        assert records[ONE].pipeline["review"] == {"by": [name], "state": "new"}


@pytest.fixture
def reviewed(kept: Judgements) -> Judgements:
    """Both documents, judged to the end."""
    kept.judge(key(ONE), accept(BAN), by="ada")
    kept.judge(key(ONE), correct(QUOTA, object=mark("shipments of antimony", "PRODUCT")), by="ada")
    kept.judge(key(ONE), reject(DOMINATES), by="ada")
    kept.judge(key(TWO), accept(MINES), by="ada")
    place = mark("Almonda", "PLACE", TUNGSTEN)
    kept.judge(key(TWO), add(predicate="located_in", subject="e1", object=place), by="ada")
    return kept


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def test_improve_and_convert_take_what_was_exported(reviewed: Judgements, tmp_path: Path) -> None:
    out = tmp_path / "reviewed.jsonl"
    done = run("review", "export", "--db", tmp_path / "news.db", "-o", out, "--json", "-q")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout) == {"exported": 2, "claims": 4, "judged": 4, "left_out": {}, "out": str(out)}
    ones, twos = formats.recognised(out).read(out, Losses())
    assert [(e.text, e.label) for e in ones.entities[3:]] == [
        ("Beijing", "PLACE"),
        ("shipments of antimony", "PRODUCT"),
    ]
    assert [(c.predicate, c.extractor) for c in twos.claims][-1] == ("located_in", "analyst")
    checked = run("improve", "--from", out, "--out", tmp_path / "improved", "--dry-run", "--json", "-q")
    assert checked.exit_code == 0, checked.output
    told = json.loads(checked.stdout)
    assert (told["verdict"], told["documents"]["learned"], told["documents"]["left_out"]) == ("checked", [ONE, TWO], {})
    converted = run("convert", out, "--to", "brat", "-o", tmp_path / "brat")
    assert converted.exit_code == 0, converted.output
    assert "located_in" in (tmp_path / "brat" / f"{TWO}.ann").read_text(encoding="utf-8")


def test_export_to_standard_output_and_what_was_left_out(kept: Judgements, tmp_path: Path) -> None:
    kept.judge(key(ONE), accept(BAN), by="ada")
    kept.judge(key(TWO), accept(MINES), by="ada")
    done = run("review", "export", "--db", tmp_path / "news.db")
    assert [json.loads(line)["doc"]["id"] for line in done.stdout.splitlines()] == [TWO]
    assert "left out: 1 document not judged to the end; mark them done, or take them with --all" in done.stderr
    assert run("review", "export", "--db", tmp_path / "news.db", "--json").exit_code == 2
    assert run("review", "export", "--db", tmp_path / "other.db", "-q").exit_code == 1
    assert run("review", "list", "--db", tmp_path / "news.db", "--since", "yesterday").exit_code == 2


def test_the_list_of_judgements(reviewed: Judgements, tmp_path: Path) -> None:
    reviewed.judge(key(ONE), reject(BAN), by="ben\x1b[31m")
    lines = run("review", "list", "--db", tmp_path / "news.db").stdout.splitlines()
    assert [line.split(" ", 1)[1].split("  ")[0] for line in lines] == [
        "ada accepted: China restricts_export_of gallium",
        "ada corrected: China restricts_export_of shipments of antimony",
        "ada rejected: China dominates gallium",
        "ada accepted: Rock Tech produces tungsten",
        "ada added: Rock Tech located_in Almonda",
        "ben [31m rejected: China restricts_export_of gallium",
    ]
    rows = run("review", "list", "--db", tmp_path / "news.db", "--json", "--by", "ada", "--document", key(TWO)).stdout
    assert [json.loads(row)["verdict"] for row in rows.splitlines()] == ["accepted", "added"]


def test_what_was_marked_once_is_marked_wherever_it_stands(kept: Judgements, tmp_path: Path) -> None:
    text = "Almonda mines tin. The Almonda shaft is deep; Almondas are nuts. Rock Tech is at home in Almonda."
    things = [
        ("Almonda", 0, "PERSON", "Almonda", None),
        ("tin", 0, "MINERAL", "tin", "tin"),
        ("Almonda shaft", 0, "PLACE", "Almonda shaft", None),
        ("Almonda", 3, "PERSON", "Almonda", None),
    ]
    store(str(tmp_path / "news.db"), record("third", text, things, []))
    place = mark("Almonda", "PLACE", text)
    kept.judge(key("third"), add(predicate="produces", subject=place, object="e2"), by="ada")
    kept.read(key("third"), "done", by="ada")
    (found,) = export(kept, Wanted(), Told())
    named = [(e.start, e.text, e.label) for e in sorted(found.entities, key=lambda e: e.start)]
    assert named == [
        (0, "Almonda", "PLACE"),
        (text.index("tin"), "tin", "MINERAL"),
        (text.index("Almonda shaft"), "Almonda shaft", "PLACE"),
        (text.rindex("Almonda"), "Almonda", "PLACE"),
    ], "neither in a longer name nor in another word"
