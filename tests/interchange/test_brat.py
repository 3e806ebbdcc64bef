"""brat folders of others, corrections made in brat, and what brat can say that a record cannot."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings

from claimstake.interchange.brat import Brat
from claimstake.interchange.contract import Losses
from claimstake.records import AnnotatedDocument, Entity, Measure, Qualifiers, Time
from claimstake.sinks import brat_notes
from claimstake.sinks.brat import standoff
from conversions import corpus, documents

TEXT = "Norway halted exports of nickel.\nThe halt hits nickel plants 😀 in Kokkola, says Oslo.\n"


def folder(tmp_path: Path, ann: str, text: str = TEXT) -> Path:
    """A brat folder with one document, as others write it."""
    (tmp_path / "notes.txt").write_text(text, encoding="utf-8", newline="")
    (tmp_path / "notes.ann").write_text(ann, encoding="utf-8", newline="")
    return tmp_path


def read(path: Path) -> tuple[list[AnnotatedDocument], Losses]:
    """What is in a folder, and what was left out."""
    losses = Losses()
    return list(Brat().read(path, losses)), losses


def one(path: Path) -> tuple[AnnotatedDocument, Losses]:
    """The only document of a folder."""
    (found,), losses = read(path)
    assert not losses.failures
    return found, losses


def test_a_folder_of_others(tmp_path: Path) -> None:
    """Any types; a relation is a claim whose evidence is the sentence; the id is the path in the folder."""
    ann = "T1\tCountry 0 6\tNorway\nT2\tMetal 25 31\tnickel\nR1\thalts Arg1:T1 Arg2:T2\n"
    (tmp_path / "sub").mkdir()
    folder(tmp_path / "sub", ann)
    found, losses = one(tmp_path)
    assert found.doc.id == "sub/notes"
    assert [(e.label, e.text, e.canonical) for e in found.entities] == [
        ("Country", "Norway", "Norway"),
        ("Metal", "nickel", "nickel"),
    ]
    (claim,) = found.claims
    assert (claim.predicate, claim.subject, claim.object) == ("halts", "e1", "e2")
    assert claim.evidence.text == "Norway halted exports of nickel."
    assert not losses.counts


def test_the_direction_of_a_relation_is_that_of_its_arguments(tmp_path: Path) -> None:
    """Arg2 may stand first."""
    ann = "T1\tPLACE 0 6\tNorway\nT2\tMINERAL 25 31\tnickel\nR1\tproduces Arg2:T2 Arg1:T1\n"
    found, _ = one(folder(tmp_path, ann))
    assert (found.claims[0].subject, found.claims[0].object) == ("e1", "e2")


def test_what_brat_knows_and_a_record_does_not_is_counted(tmp_path: Path) -> None:
    """Events with their triggers, attributes of others, gaps, notes and references that have no place."""
    ann = "\n".join(
        [
            "T1\tPLACE 0 6\tNorway",
            "T2\tHalt 7 13\thalted",
            "T3\tMINERAL 25 31;47 53\tnickel nickel",
            "E1\tHalt:T2 Agent:T1",
            "A1\tNegation E1",
            "A2\tStatus T1 proposed",
            "M1\tSpeculation T3",
            "R1\tcauses Arg1:E1 Arg2:T3",
            "N1\tReference T1 Wikidata:Q20\tNorway",
            "N2\tReference T1 GeoNames:3144096\tNorway",
            "#1\tAnnotatorNotes T1\tplease check",
            "#2\tAnnotatorNotes E1\twhen?",
            "",
        ]
    )
    found, losses = one(folder(tmp_path, ann))
    assert [(e.start, e.end, e.kb_id) for e in found.entities] == [(0, 6, "Wikidata:Q20"), (25, 53, None)]
    assert losses.counts == {
        "event": 1,
        "event trigger": 1,
        "attribute Negation": 1,
        "attribute Status": 1,
        "attribute Speculation": 1,
        "gap in a mention": 1,
        "relation": 1,
        "reference": 1,
        "note": 2,
    }
    assert losses.examples["note"] == ["notes: T1 please check", "notes: E1 when?"]


def test_equivalent_mentions_share_a_name(tmp_path: Path) -> None:
    """An equivalence is one thing: the name that one of them has, else the text of the first."""
    marks = enumerate(("Norway", "Oslo", "Kokkola"), 1)
    places = [f"T{n}\tPLACE {TEXT.index(name)} {TEXT.index(name) + len(name)}\t{name}\n" for n, name in marks]
    ann = "".join([*places, "*\tEquiv T1 T2\n"])
    found, _ = one(folder(tmp_path, ann, TEXT))
    assert {e.text: e.canonical for e in found.entities} == {"Norway": "Norway", "Oslo": "Norway", "Kokkola": "Kokkola"}


def test_corrections_made_in_brat_are_taken(tmp_path: Path) -> None:
    """A note may be edited, an attribute changed, a mention drawn or deleted; the rest stays as it was written."""
    before = corpus()[0]
    Brat().write([before], tmp_path / "b", Losses())
    (ann,) = (tmp_path / "b").glob("*.ann")
    lines = ann.read_text(encoding="utf-8").splitlines()
    first = next(e for e in before.entities if e.canonical == "Turkey")
    text = before.doc.text or ""
    start = text.index("reserves")
    changed = [line.replace("canonical: Turkey", "canonical: Türkiye") for line in lines]
    changed += [f"T900\tPRODUCT {start} {start + 8}\treserves"]
    ann.write_text("\n".join(changed) + "\n", encoding="utf-8", newline="")
    found, losses = one(tmp_path / "b")
    names = {(e.start, e.end): e.canonical for e in found.entities}
    assert names[first.start, first.end] == "Türkiye"
    assert names[start, start + 8] == "reserves"
    assert (found.doc, len(found.claims)) == (before.doc, len(before.claims))
    assert not losses.counts


def test_a_new_mention_has_the_name_of_one_that_reads_the_same(tmp_path: Path) -> None:
    """Whoever draws "nickel" again need not say again what it is called."""
    ann = "T1\tMINERAL 25 31\tnickel\nT2\tMINERAL 47 53\tnickel\n#1\tAnnotatorNotes T1\tcanonical: nickel ore\n"
    found, _ = one(folder(tmp_path, ann))
    assert [e.canonical for e in found.entities] == ["nickel ore", "nickel ore"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("T2\tMINERAL 25 310\tnickel", "T2 is not within the text, which has 86 characters"),
        ("T2\tMINERAL 24 30\tnickel", "T2 says 'nickel', but the text has ' nicke' there"),
        ("T2 MINERAL 25 31 nickel", "is no brat annotation"),
        ("R1\tproduces Arg1:T1", "is no brat annotation"),
        ("?", "is no brat annotation"),
    ],
)
def test_a_document_with_a_bad_line_fails_and_others_go_on(line: str, reason: str, tmp_path: Path) -> None:
    """The failure names file and line; the documents around it are read."""
    for name in ("a", "m", "z"):
        (tmp_path / f"{name}.txt").write_text(TEXT, encoding="utf-8", newline="")
        bad = f"{line}\n" if name == "m" else ""
        (tmp_path / f"{name}.ann").write_text(f"T1\tPLACE 0 6\tNorway\n{bad}", encoding="utf-8")
    found, losses = read(tmp_path)
    assert [d.doc.id for d in found] == ["a", "z"]
    ((where, why),) = losses.failures.items()
    assert where == f"{tmp_path / 'm.ann'}:2"
    assert reason in why


def test_an_annotation_without_its_text(tmp_path: Path) -> None:
    """The failure says what is lacking."""
    (tmp_path / "a.ann").write_text("", encoding="utf-8")
    _, losses = read(tmp_path)
    assert losses.failures == {str(tmp_path / "a.ann"): "there is no a.txt beside it"}


def test_offsets_are_code_points_and_line_ends_stay(tmp_path: Path) -> None:
    """An emoji counts once, a CR LF twice, a byte order mark once."""
    text = "\ufeffA 😀 in\r\nOslo"
    found, _ = one(folder(tmp_path, f"T1\tPLACE {text.index('Oslo')} {len(text)}\tOslo\n", text))
    assert found.doc.text == text
    assert found.entities[0].text == "Oslo"


def test_a_text_that_was_edited_keeps_its_metadata_only(tmp_path: Path) -> None:
    """The ranges of the body belong to the old text; that they are gone is said."""
    before = corpus()[0]
    Brat().write([before], tmp_path / "b", Losses())
    (path,) = (tmp_path / "b").glob("*.txt")
    path.write_text((before.doc.text or "") + " More.", encoding="utf-8", newline="")
    found, losses = one(tmp_path / "b")
    assert (found.doc.title, found.doc.body) == (before.doc.title, None)
    assert losses.counts == {"body": 1}


def test_a_line_about_documents_that_is_damaged(tmp_path: Path) -> None:
    """The document is read without it, and the damage is named."""
    before = corpus()[0]
    Brat().write([before], tmp_path / "b", Losses())
    (tmp_path / "b" / "documents.jsonl").write_text('{"file": "bank', encoding="utf-8")
    (found,), losses = read(tmp_path / "b")
    assert found.doc.title is None
    assert [where.rpartition("/")[2] for where in losses.failures] == ["documents.jsonl:1"]


def test_a_document_that_cannot_be_written_leaves_no_file(tmp_path: Path) -> None:
    """Half a surrogate pair is no UTF-8; a record without its text has no offsets."""
    good = corpus()[0]
    bad = good.model_copy(update={"doc": good.doc.model_copy(update={"id": "bad", "text": "\ud800", "title": None})})
    bad = bad.model_copy(update={"entities": [], "claims": []})
    bare = good.model_copy(update={"doc": good.doc.model_copy(update={"id": "bare", "text": None})})
    losses = Losses()
    assert Brat().write([bad, bare, good], tmp_path / "b", losses) == 1
    assert losses.failures["bad"] == "has half a surrogate pair in it"
    assert "has no text" in losses.failures["bare"]
    assert len(list((tmp_path / "b").glob("*.txt"))) == 1


def test_a_folder_in_use_is_not_written_to(tmp_path: Path) -> None:
    """What is there would mix with what is written."""
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(ValueError, match="is there already and not empty"):
        Brat().write(corpus(100), tmp_path, Losses())


class TestNotes:
    """Notes say in words what words can say, and come back as they were."""

    def test_words_where_they_suffice(self) -> None:
        """Nobody has to read JSON who corrects a name or a measure."""
        measure = Measure(comparator="..", value=(1200.0, 2500.5), unit="t/a")
        entity = Entity(id="e1", label="QUANTITY", text="x", start=0, end=1, canonical="x", value=measure)
        note = brat_notes.of_mention(entity, 1, {})
        assert note == "canonical: x; value: 1,200–2,500.5 t/a"
        assert brat_notes.read_mention(note)["value"] == {"comparator": "..", "value": [1200.0, 2500.5], "unit": "t/a"}

    def test_json_for_what_words_do_not_bring_back(self) -> None:
        """Two blanks in a name, a number of many digits."""
        measure = Measure(comparator="=", value=0.12345678901234, unit="g")
        entity = Entity(id="e1", label="QUANTITY", text="x", start=0, end=1, canonical="a  b", value=measure)
        note = brat_notes.of_mention(entity, 1, {})
        words, _, exact = note.partition("; json: ")
        assert words == "canonical: a b; value: 0.123456789 g"
        assert json.loads(exact)["canonical"] == "a  b"
        assert brat_notes.read_mention(note)["value"]["value"] == 0.12345678901234

    @settings(max_examples=150, deadline=None)
    @given(documents())
    def test_every_note_comes_back(self, document: AnnotatedDocument) -> None:
        """Each field of each mention and claim, whatever its text, and on one line."""
        text = document.doc.text or ""
        for entity in document.entities:
            note = brat_notes.of_mention(entity, 1, {})
            assert "\n" not in note
            wanted = entity.model_dump(mode="json", exclude_none=True, include={*brat_notes.OF_MENTIONS, "mention"})
            assert brat_notes.read_mention(note) == wanted
        for claim in document.claims:
            facts = brat_notes.read_claim(brat_notes.of_claim(claim, text, {}))
            assert facts.pop("evidence") == [claim.evidence.start, claim.evidence.end]
            assert (facts.pop("id"), facts.pop("confidence", None)) == (claim.id, claim.confidence)
            assert facts.pop("extractor", None) == claim.extractor
            free = claim.qualifiers.model_copy(update=dict.fromkeys(brat_notes.ATTRIBUTES))
            assert Qualifiers(**facts) == free

    def test_a_time_that_somebody_mistyped_is_left_out_and_said(self, tmp_path: Path) -> None:
        """A date that is no EDTF would make the record invalid."""
        ann = (
            "T1\tPLACE 0 6\tNorway\nT2\tMINERAL 25 31\tnickel\nR1\tproduces Arg1:T1 Arg2:T2\n"
            "#1\tAnnotatorNotes R1\tevent: 2025-02; deadline: soon\n"
        )
        found, losses = one(folder(tmp_path, ann))
        assert found.claims[0].qualifiers.time == [Time(kind="event", value="2025-02")]
        assert losses.examples == {"qualifier time": ["notes: R1 soon"]}


def test_types_that_brat_does_not_take_are_spelled_for_it(tmp_path: Path) -> None:
    """A label with a blank in it would end brat's line early; it comes back as it was."""
    entity = Entity(id="e1", label="raw material", text="nickel", start=25, end=31, canonical="nickel")
    base = corpus()[0]
    info = base.doc.model_copy(update={"text": TEXT, "body": None})
    document = base.model_copy(update={"doc": info, "entities": [entity], "claims": []})
    assert standoff(document).startswith("T1\traw_material 25 31\tnickel\n")
    Brat().write([document], tmp_path / "b", Losses())
    assert one(tmp_path / "b")[0].entities == [entity]
