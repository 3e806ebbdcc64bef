"""What a push decides without a server: what is drawn and in which units, what is somebody's work, whose turn it is."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from annotation.pushed_documents import ban, document
from claimstake import ontology
from claimstake.annotation.example import Drawing, There, drawing, untouched
from claimstake.annotation.push import unfit
from claimstake.annotation.pushing import Task, Turns, described
from claimstake.annotation.session import AwayError
from claimstake.annotation.sources import gather
from claimstake.cli.doccano_login import password_variable
from claimstake.interchange.drawing import EVIDENCE
from claimstake.interchange.snapshot import Snapshot, trimmed
from claimstake.records import AnnotatedDocument

ONTOLOGY = ontology.default()
SPANS = (("PLACE", 0, 5), ("MINERAL", 9, 16))
DRAWN = Drawing("text", SPANS, (("covers", 0, 1), ("produces", 0, 1)), (0.5,) * 4, "")


def drawn(found: AnnotatedDocument, *, evidence: bool = True) -> Drawing:
    return drawing(Snapshot(found, trimmed(found.doc.text or "")[1], evidence=evidence), ONTOLOGY)


def there(spans: int, arcs: int, confirmed: bool = False) -> There:
    """What a push of DRAWN wrote up to a point."""
    numbered = tuple((10 + i, key) for i, key in enumerate(SPANS[:spans]))
    ends = tuple((20 + i, (name, 10 + a, 10 + b)) for i, (name, a, b) in enumerate(DRAWN.arcs[:arcs]))
    return There(numbered, ends, confirmed)


def test_spans_are_counted_as_the_page_counts() -> None:
    """White space at the front is cut off by doccano; a character beyond U+FFFF is two units."""
    text = " \n😀 北京 bars ga\u0301llium 𝛼 and germanium.\n"
    found = drawn(document("a", text, [("北京", "PLACE"), ("ga\u0301llium 𝛼", "MINERAL"), ("germanium", "MINERAL")]))
    units = found.text.encode("utf-16-le")
    words = [units[2 * start : 2 * end].decode("utf-16-le") for _, start, end in found.spans]
    assert words == ["北京", "ga\u0301llium 𝛼", "germanium"]
    assert found.text == text.strip()
    assert found.spans[0][1:] == (3, 5)


def test_evidence_comes_last_and_can_be_left_out() -> None:
    """A sentence that claims rest on is drawn once; without it the sheet says where it is."""
    found = drawn(ban(1))
    assert [span[0] for span in found.spans] == ["PLACE", "MINERAL", EVIDENCE]
    assert found.arcs == (("proposed ban restricts_export_of", 0, 1),)
    assert found.types == {"proposed ban restricts_export_of"}
    assert [span[0] for span in drawn(ban(1), evidence=False).spans] == ["PLACE", "MINERAL"]


@pytest.mark.parametrize(("spans", "arcs"), [(0, 0), (1, 0), (2, 0), (2, 1), (2, 2)])
def test_a_beginning_is_nobody_s_work(spans: int, arcs: int) -> None:
    """What a push wrote up to any point can be gone on with; whole it is only at the end."""
    assert untouched(DRAWN, there(spans, arcs))
    assert untouched(DRAWN, there(spans, arcs), whole=True) is ((spans, arcs) == (2, 2))


@pytest.mark.parametrize(
    "found",
    [
        there(2, 2, confirmed=True),
        There(((11, SPANS[1]),)),  # the first was deleted
        There(((10, ("PLACE", 0, 6)), (11, SPANS[1]))),  # moved
        There(((10, ("COMPANY", 0, 5)),)),  # another label
        There((*there(2, 0).spans, (12, ("DATE", 20, 24)))),  # one more
        There(there(1, 0).spans, ((20, ("covers", 10, 10)),)),  # an arc before all spans were there
        There(there(2, 0).spans, ((20, ("produces", 10, 11)),)),  # the first arc was deleted
        There(there(2, 0).spans, ((20, ("covers", 11, 10)),)),  # turned round
        There(there(2, 0).spans, ((20, ("", 10, 11)),)),  # of a type of their own
    ],
)
def test_anything_else_is_somebody_s(found: There) -> None:
    """One change is enough."""
    assert not untouched(DRAWN, found)


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("", "empty"),
        (" \n\t", "empty"),
        ("a\0b", "NUL character at 1"),
        ("a\ud83d", "surrogate"),
        (None, "carry its text"),
    ],
)
def test_what_doccano_refuses_is_known_before(text: str | None, match: str) -> None:
    """With the reason."""
    found = document("a", "x.", [])
    found.doc.text = text
    assert match in (unfit(found) or "")


def test_what_doccano_takes_is_fine() -> None:
    """Emoji, marks and control characters other than NUL."""
    assert unfit(document("a", "😀 a\u0301 \x01 \u200d.", [])) is None


def test_metadata_are_lines_that_every_database_takes() -> None:
    """A title loses what would be refused; what is not known is left out."""
    found = document("a", "x.", [])
    found.doc.title = "Metals\0 and\n\ud800 more " + "x" * 300
    told = described(Task("pushed", found, None, 0.5, "two claims"))
    assert told["title"].startswith("Metals and more xxx")
    assert len(told["title"]) == 200
    assert told["uncertainty"] == "0.50 (two claims)"
    assert "published" not in told


@pytest.mark.timeout(20)
def test_turns_come_in_order() -> None:
    """Whatever order threads come in; one that has nothing to do holds up nobody."""
    turns, seen = Turns(), list[int]()

    def take(number: int) -> None:
        with turns.turn(number):
            seen.append(number)

    threads = [threading.Thread(target=take, args=(number,)) for number in (4, 2, 0, 3)]
    for thread in threads:
        thread.start()
    time.sleep(0.05)
    assert seen == [0]
    turns.skip(1)
    for thread in threads:
        thread.join(10)
    assert seen == [0, 2, 3, 4]


@pytest.mark.timeout(20)
def test_nobody_waits_for_a_turn_that_never_comes() -> None:
    """When a run is stopped, those who wait are told."""
    turns, told = Turns(), list[str]()

    def take() -> None:
        try:
            with turns.turn(3):
                told.append("turn")
        except AwayError:
            told.append("stopped")

    thread = threading.Thread(target=take)
    thread.start()
    turns.stop()
    thread.join(10)
    assert told == ["stopped"]


def test_sources_of_every_kind(tmp_path: Path) -> None:
    """Records keep their annotations, inline articles too; an id that comes again is taken once, or is an error."""
    from claimstake.batch import Options

    records, other = tmp_path / "found.jsonl", tmp_path / "other.jsonl"
    records.write_text(f"{ban(1).model_dump_json()}\n{ban(2).model_dump_json()}\nnonsense\n", encoding="utf-8")
    changed = ban(2, "germanium").model_dump_json()
    other.write_text(f"{ban(1).model_dump_json()}\n{changed}\n", encoding="utf-8")
    inline = tmp_path / "inline.md"
    inline.write_text(
        "id: inline\ntitle: T\n=== text\n{{[Peru|PLACE] mines [copper|MINERAL].}}\n=== claims\n"
        'produces | Peru | copper | - | "Peru mines"\n',
        encoding="utf-8",
    )

    def load() -> None:
        raise AssertionError("nothing is to be annotated")

    found = gather(map(str, (records, other, inline)), Options(text=True), load)
    assert [d.doc.id for d in found.documents] == ["ban-001", "ban-002", "inline"]
    assert found.documents[0] == ban(1)
    assert [(c.predicate, len(d.entities)) for d in found.documents[2:] for c in d.claims] == [("produces", 2)]
    assert set(found.failures) == {"ban-002 (again)", f"{records}:3"}


def test_a_source_that_is_not_there_is_a_failure(tmp_path: Path) -> None:
    """The others go on."""
    from claimstake.batch import Options

    records = tmp_path / "found.jsonl"
    records.write_text(f"{ban(1).model_dump_json()}\n", encoding="utf-8")
    found = gather([str(tmp_path / "none.txt"), str(records)], Options(text=True), lambda: None)
    assert [d.doc.id for d in found.documents] == ["ban-001"]
    assert list(found.failures) == [str(tmp_path / "none.txt")]


@pytest.mark.parametrize(("name", "variable"), [("anna", "ANNA"), ("Ben.K@x-1", "BEN_K_X_1"), ("zoë", "ZO_")])
def test_the_variable_of_a_password(name: str, variable: str) -> None:
    """Names that no shell takes are written with _."""
    assert password_variable(name) == f"CLAIMSTAKE_DOCCANO_PASSWORD_{variable}"
