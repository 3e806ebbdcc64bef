"""The ledger as people see it: in a terminal, as JSON, as a page."""

from __future__ import annotations

import html
import io
import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from claimstake import cli
from claimstake.ledger import drawing, knowing, plain
from claimstake.ledger.asking import Answer, Question
from claimstake.ledger.model import Document, Statement
from claimstake.ledger.moving import moves
from claimstake.ledger.page import page
from claimstake.ledger.telling import Ledger, gather
from claimstake.ledger.timeline import print_ledger
from claimstake.ledger.writing import Links, body
from claimstake.records import AnnotatedDocument
from ledger_statements import CHINA, USA, document, limit, mineral, say

BAN, TARIFF = "restricts_export_of", "imposes_tariff_on"
ONE = document(
    "one", "2025-01-03", publisher="Harbour Wire", title="Draft <b>rules</b>", url="https://example.org/?a=1&b=2"
)
TWO = document("two", "2025-07-16", publisher="Pacific Ledger", url="javascript:alert(1)")
COPY = document("copy", "2025-07-17", publisher="Pier Nine", story="two")
GALLIUM, TIN = mineral("gallium"), mineral("tin")


def ledger(*said: Statement) -> Ledger:
    return gather(list(said), [], Answer(Question(), knowing.default()))


SAID = (
    say(ONE, CHINA, BAN, GALLIUM, "proposed", announced="2025-01-02", deadline="2025-02-01", measure="licence"),
    say(TWO, CHINA, BAN, GALLIUM, effective="2025-07-15", measure="licence", evidence="It <i>holds</i> & binds."),
    say(COPY, CHINA, BAN, GALLIUM, "in_force", effective="2025-07-15", measure="licence"),
    say(ONE, CHINA, BAN, GALLIUM, "in_force", event="2024-12", target="United States", measure="ban"),
    say(TWO, CHINA, BAN, GALLIUM, "in_force", polarity="negated"),
    limit(ONE, GALLIUM, "300 MPa", "proposed", parameter="pressure", announced="2025-01-02"),
    limit(TWO, GALLIUM, "220 MPa", "in_force", parameter="pressure", effective="2025-07-15"),
    say(ONE, USA, TARIFF, TIN, "in_force", rate="25%", effective="2025-01-01"),
    say(TWO, USA, TARIFF, TIN, "in_force", rate="30%", effective="2025-01-01"),
    say(ONE, CHINA, "produces", TIN, None),
)  # fmt: skip


def text(found: Ledger, **more: Any) -> str:
    stream = io.StringIO()
    print_ledger(found, stream, **{"most": 50, "facts": False, "sentences": False} | more)
    return stream.getvalue()


def test_a_block_tells_who_what_and_when() -> None:
    """Title, standing, steps with their sources, limits and contradictions; no line ends in blanks."""
    told = text(ledger(*SAID))
    assert "China restricts exports of gallium\n" in told
    assert "in force since 2025-07-15; to United States: in force since 2024-12 · 3 sources of 2 stories" in told
    assert re.search(r"2025-01-02 +proposed +licence +Harbour Wire\n", told)
    assert re.search(r"2025-02-01 +comment until +licence +Harbour Wire\n", told)
    assert re.search(r"2025-07-15 +in force +licence +Pacific Ledger \(\+1 copy\)\n", told)
    assert re.search(r"2024-12 +in force +ban; to United States +Harbour Wire\n", told)
    assert "gallium, pressure: 300 MPa (proposed 2025-01-02) → 220 MPa (in force 2025-07-15)" in told
    assert "! affirmed and denied: Pacific Ledger (+1 copy) against Pacific Ledger" in told
    assert "! 25% or 30%: Harbour Wire against Pacific Ledger" in told
    assert "not shown: 1 other claim (--facts)" in told
    assert not re.search(r" +$", told, re.MULTILINE)


def test_facts_sentences_and_the_most() -> None:
    """Facts and sentences on demand; of many measures those of the most stories, and how many are left out."""
    found = ledger(*SAID)
    assert "China produces tin" in text(found, facts=True)
    assert "Pacific Ledger: It <i>holds</i> & binds." in text(found, sentences=True)
    shown = text(found, most=1)
    assert "United States" not in shown.replace("to United States", "")
    assert "1 measure of fewer sources (--most)" in shown


def test_nothing_drives_the_terminal() -> None:
    """Control characters of documents are not printed."""
    bad = document("x\x1b[2J", "2025-01-03")
    assert "\x1b" not in text(ledger(say(bad, CHINA, BAN, mineral("t\x1b]0;x"), evidence="\x1b[31m")), sentences=True)


def test_json_is_whole() -> None:
    """Everything is there, points to documents by key, and is JSON."""
    found = json.loads(json.dumps(plain.ledger(ledger(*SAID))))
    (gallium,) = (m for m in found["measures"] if m["objects"] == ["gallium"])
    keys = {d["key"] for d in found["documents"]}
    assert keys == {"one", "two", "copy"}
    assert gallium["stories"] == 2
    assert gallium["status"] == "in_force"
    assert (gallium["first_seen"], gallium["last_seen"]) == ("2025-01-03", "2025-07-17")
    steps = {(s["step"], s["date"]): s for s in gallium["life"]}
    assert steps["comment_until", "2025-02-01"]["sources"] == ["one"]
    assert steps["in_force", "2025-07-15"]["dated_by"] == "effective"
    assert [v["text"] for v in gallium["limits"][0]["values"]] == ["300 MPa", "220 MPa"]
    assert {c["kind"] for m in found["measures"] for c in m["contradictions"]} == {"polarity", "value"}
    claims = {c["id"] for row in gallium["rows"] for c in row["claims"]}
    assert {c for step in gallium["life"] for c in step["claims"]} <= claims


def drawn(found: Ledger, **more: Any) -> str:
    return page(found, Question(actor="<China>"), **{"most": 50, "facts": False} | more)


def test_the_page_stands_alone() -> None:
    """No script, nothing from elsewhere but links of sources; what documents say is escaped; every part is there."""
    whole = drawn(ledger(*SAID))
    assert "<script" not in whole
    assert not re.search(r"""(?:src|srcset|@import|url\()""", whole)
    assert set(re.findall(r'href="([^#"][^"]*)"', whole)) == {"https://example.org/?a=1&amp;b=2"}
    assert "<h1>Ledger · &lt;China&gt;</h1>" in whole
    assert "It &lt;i&gt;holds&lt;/i&gt; &amp; binds." in whole
    assert "Draft &lt;b&gt;rules&lt;/b&gt;" in whole
    assert html.unescape(whole).count("Contradiction:") == 2
    assert "same story as" in whole


def test_every_reference_has_its_place() -> None:
    """Links within the page lead somewhere, and only sources that are named are listed."""
    found = ledger(*SAID)
    whole = drawn(found, most=1)
    ids = re.findall(r'id="([^"]+)"', whole)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', whole)) <= set(ids)
    assert sum(id_.startswith("m") for id_ in ids) == 1


def test_drawings_are_well_formed() -> None:
    """Each SVG is XML, and nothing lies outside of it."""
    whole = drawn(ledger(*SAID))
    found = [ElementTree.fromstring(svg) for svg in re.findall(r"<svg.*?</svg>", whole)]
    assert len(found) > 5
    names = [(name, value) for svg in found for e in svg.iter() for name, value in e.attrib.items()]
    places = [float(value[:-1]) for name, value in names if name in ("x", "cx") and value.endswith("%")]
    assert min(places) >= 0
    assert max(places) <= 100


class _Desk(Links):
    def source(self, found: Document) -> str:
        return f"/documents/{found.key}"

    def claim(self, statement: Statement) -> str:
        return f"/documents/{statement.document.key}#{statement.id}"


def test_parts_of_a_page_lead_where_they_are_told() -> None:
    """Sources and sentences link to addresses that whoever writes the page names; no part has a style of its own."""
    parts = body(ledger(*SAID), Question(), most=50, facts=True, links=_Desk())
    assert 'href="/documents/two#' in parts.measures
    assert '<a href="/documents/one">' in parts.sources
    assert "style=" not in "".join(vars(parts).values())


def test_limits_that_moved_stand_first() -> None:
    """A limit that fell is told with both values and the change; values that contradict each other did not move."""
    found = ledger(*SAID)
    (move,) = moves(found.measures)
    assert (move.row.parameter, move.old.text, move.new.text) == ("pressure", "300 MPa", "220 MPa")
    assert move.ratio == pytest.approx(-80 / 300)
    assert "▼ down 27%" in body(found, Question(), most=50, facts=False).moved


def test_two_limits_of_one_time_are_no_move() -> None:
    """A text that gives two numbers, or numbers of no named limit, tells of no change."""
    two = [limit(ONE, GALLIUM, text, "in_force", parameter="pressure") for text in ("300 MPa", "220 MPa")]
    unnamed = [limit(d, TIN, text, "in_force") for d, text in ((ONE, "3%"), (TWO, "5%"))]
    assert moves(ledger(*two).facts + ledger(*unnamed).facts + ledger(*two, *unnamed).measures) == []


def test_bars_change_with_the_state() -> None:
    """Proposed until in force, then in force to the end; a deadline is a sign, a month has a line below its dot."""
    found = ledger(*SAID)
    (measure,) = (m for m in found.measures if m.rows[0].object == GALLIUM)
    scale = drawing.scale_of(drawing.dates_of(measure))
    assert scale is not None
    general = next(p for p in measure.parts if p.target is None)
    root = ElementTree.fromstring(drawing.lane(general.life, scale))
    bars = [(e.get("class"), float(e.get("x", "")[:-1]), float(e.get("width", "")[:-1])) for e in root.iter("rect")]
    assert [kind for kind, _, _ in bars] == ["bar proposed", "bar in_force"]
    assert bars[0][1] + bars[0][2] == pytest.approx(bars[1][1])
    assert bars[1][1] + bars[1][2] == pytest.approx(100)
    assert [e.get("class") for e in root.iter("text")] == ["sign comment_until"]
    aimed = next(p for p in measure.parts if p.target)
    root = ElementTree.fromstring(drawing.lane(aimed.life, scale))
    assert [e.get("class") for e in root.iter("line") if "reach" in e.get("class", "")] == ["reach in_force"]


@pytest.mark.parametrize(
    ("dates", "names"),
    [
        (["2025-01-02", "2025-07-15"], ["2025-01", "2025-03", "2025-05", "2025-07"]),
        (["2014", "2025"], ["2015", "2020", "2025"]),
        (["1900", "2025"], ["1900", "1950", "2000"]),
        (["2025-07-15"], ["2025-06", "2025-07", "2025-08", "2025-09"]),
        (["9999-12-30"], ["9999-12"]),
        (["0001-01-05"], ["1-01", "1-02"]),
    ],
)
def test_ticks(dates: list[str], names: list[str]) -> None:
    """A few round names for any stretch of time."""
    scale = drawing.scale_of(dates)
    assert scale is not None
    assert [name for _, name in scale.ticks()] == names


def test_no_dates_no_drawing() -> None:
    """What nothing dates is told without a lane."""
    assert drawing.scale_of([None, "XXXX-07"]) is None
    whole = drawn(ledger(say(document("x"), CHINA, BAN, GALLIUM)))
    assert "undated" in whole
    assert "<svg" not in whole


def run(*args: str | Path) -> Any:
    return CliRunner().invoke(cli.app, [str(a) for a in args], env={"COLUMNS": "120", "NO_COLOR": "1"})


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    """One annotated document, as annotate writes it."""
    china = {"id": "e1", "label": "PLACE", "text": "China", "start": 0, "end": 5, "canonical": "China"}
    tin = {"id": "e2", "label": "MINERAL", "text": "tin", "start": 9, "end": 12, "canonical": "tin"}
    claim = {
        "id": "c1",
        "predicate": BAN,
        "subject": "e1",
        "object": "e2",
        "evidence": {"start": 0, "end": 20, "text": "So."},
        "qualifiers": {"status": "in_force", "time": [{"kind": "effective", "value": "2025-01-01"}]},
    }
    record = {
        "doc": {"id": "a", "sha256": "0" * 64, "published": "2025-01-03", "title": "On tin"},
        "entities": [china | {"kb_id": "china"}, tin | {"kb_id": "tin"}],
        "claims": [claim],
    }
    line = AnnotatedDocument.model_validate(record).model_dump_json(exclude_none=True)
    path = tmp_path / "claims.jsonl"
    path.write_text(f"{line}\n", encoding="utf-8")
    return path


def test_the_command(lines: Path, tmp_path: Path) -> None:
    """Text, JSON and page; each message says what went wrong."""
    shown = run("ledger", lines, "--about", "tin")
    assert shown.exit_code == 0
    assert "China restricts exports of tin\n  in force since 2025-01-01 · 1 source, 2025-01-03\n" in shown.stdout
    assert json.loads(run("ledger", lines, "--json").stdout)["claims"] == 1
    written = run("ledger", lines, "--html", tmp_path / "new" / "out.html")
    assert "1 measure of 1 claim" in written.stderr
    assert (tmp_path / "new" / "out.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    for args, code, message in (
        ((lines, "--about", "tinn"), 2, "no claim tells of 'tinn', did you mean 'tin'?"),
        ((lines, "--actor", "Peru"), 1, "no claim answers that"),
        ((lines, "--since", "2026"), 1, "no claim answers that"),
        ((lines, "-p", "bans"), 2, "no predicate is called 'bans'"),
        ((tmp_path / "no.db",), 1, "there is no such database"),
    ):
        failed = run("ledger", *args)
        assert (failed.exit_code, message in failed.stderr) == (code, True), failed.stderr
