"""brat standoff: what is written can be read back by brat's rules."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.tokens import Doc

from claimstake.attributes import MENTIONS, add_mention
from claimstake.ontology import default
from claimstake.output import document
from claimstake.sinks.brat import Brat, standoff
from claimstake.sinks.brat import settings as brat_settings
from docs import BAN, ban, claim, end, make_doc, mention


def parsed(doc: Doc) -> dict[str, list[list[str]]]:
    """Lines of the .ann file by kind, split at tabs; every text-bound annotation is checked against the text."""
    found: dict[str, list[list[str]]] = {kind: [] for kind in "TRAN#"}
    for line in standoff(document(doc, text=True)).splitlines():
        mark, *rest = line.split("\t")
        found[mark[0]].append([mark, *rest])
        if mark[0] == "T":
            assert len(rest) == 2, line
            _, _, places = rest[0].partition(" ")
            pieces = [tuple(map(int, place.split())) for place in places.split(";")]
            assert rest[1] == " ".join(doc.text[start:stop] for start, stop in pieces)
    return found


def test_mentions_claims_qualifiers_and_ids() -> None:
    """T for mentions, R for claims, A for qualifiers with fixed values, N for knowledge base ids."""
    doc = ban()
    doc._.claims[0]["qualifiers"] |= {"polarity": "negated", "target": "United States"}
    found = parsed(doc)
    assert found["T"] == [["T1", "PLACE 0 5", "China"], ["T2", "MINERAL 24 31", "gallium"]]
    assert found["R"] == [["R1", "restricts_export_of Arg1:T1 Arg2:T2"]]
    assert [a[1] for a in found["A"]] == ["Status R1 in_force", "Polarity R1 negated", "Measure R1 ban"]
    expected = [["N1", "Reference T1 claimstake:china", "China"], ["N2", "Reference T2 claimstake:gallium", "gallium"]]
    assert found["N"] == expected


def test_notes_hold_the_rest() -> None:
    """Values, free qualifiers, confidence and evidence stand in notes on their annotation."""
    doc = ban(f"{BAN} It may cut them by up to 60%.")
    mention(doc, "up to 60%", "THRESHOLD", value={"comparator": "<=", "value": 60, "unit": "%"})
    doc._.claims[0]["qualifiers"] |= {"target": "Japan", "time": [{"kind": "effective", "value": "2024-12"}]}
    notes = {note[1]: note[2] for note in parsed(doc)["#"]}
    assert notes["AnnotatorNotes T3"] == "canonical: up to 60%; value: ≤ 60 %"
    said = notes["AnnotatorNotes R1"]
    assert "target: Japan; effective: 2024-12; confidence: 0.8; evidence 0-32: China banned" in said


def test_a_mention_over_a_line_end_is_cut_into_fragments() -> None:
    """brat knows no mention with a line end in it: one mention of two fragments, and a note that says so."""
    doc = make_doc("the Ministry of\n  Commerce said")
    mention(doc, "Ministry of\n  Commerce", "MINISTRY", canonical="Ministry of Commerce (China)")
    found = parsed(doc)
    assert found["T"] == [["T1", "MINISTRY 4 15;16 26", "Ministry of   Commerce"]]
    assert found["#"][0][2].endswith("one mention over a line end")


def test_nominals_are_marked_as_such() -> None:
    """A nominal is text-bound like a name; its note tells them apart."""
    doc = ban()
    subject, object_ = end(doc, "It", "PLACE", "China", kind="nominal"), end(doc, "gallium", "MINERAL", "gallium")
    claim(doc, "dominates", subject, object_, BAN, "named")
    assert "nominal mention" in {note[1]: note[2] for note in parsed(doc)["#"]}["AnnotatorNotes T3"]


@settings(max_examples=100, deadline=None)
@given(
    words=st.lists(
        st.text(min_size=1, max_size=5) | st.sampled_from(["\n", "\r\n", "\t", "\u2028"]), min_size=1, max_size=10
    ),
    data=st.data(),
)
def test_every_annotation_is_one_line_on_the_text(words: list[str], data: st.DataObject) -> None:
    """Whatever the text, each mention is one line whose fragments spell the text at their offsets."""
    doc = make_doc(" ".join(words))
    for start, length in data.draw(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 5)), max_size=6)):
        if start < len(doc):
            add_mention(doc.spans[MENTIONS], start, min(start + length, len(doc)), "PLACE")
    found = parsed(doc)
    visible = {(s.start, s.end) for s in doc.spans[MENTIONS] if s.text.strip()}
    assert len(found["T"]) >= len(visible)


def test_a_folder_holds_texts_annotations_and_settings(tmp_path: Path) -> None:
    """The text is written byte for byte, names are safe and unique, and the settings name every label and predicate."""
    sink = Brat(tmp_path / "brat")
    for name in ("../a/b", "../A/b", "line\r\nend"):
        sink.write(document(make_doc("one\r\ntwo", id=name), text=True))
    files = sorted(p.name for p in (tmp_path / "brat").iterdir())
    assert [f for f in files if f.endswith(".ann")] == ["A_b-2.ann", "a_b.ann", "line_end.ann"]
    assert (tmp_path / "brat" / "a_b.txt").read_bytes() == b"one\r\ntwo"
    assert {"annotation.conf", "visual.conf"} <= set(files)
    assert not list(tmp_path.glob("*.ann"))


def test_the_settings_are_the_ontology() -> None:
    """annotation.conf names every label, every predicate with its signature, and the values of each attribute."""
    lines = brat_settings(default())["annotation.conf"].splitlines()
    assert set(default().labels) <= set(lines)
    assert "issues\tArg1:MINISTRY|ORGANIZATION|PERSON|PLACE, Arg2:INSTRUMENT" in lines
    assert "Polarity\tArg:<RELATION>, Value:affirmed|negated" in lines


def test_a_record_without_text_is_refused() -> None:
    """Offsets without a text mean nothing to brat."""
    with pytest.raises(ValueError, match="d1: brat needs the text"):
        standoff(document(ban()))
