"""The record that is assembled from an annotated Doc."""

from __future__ import annotations

import hashlib
import math
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.tokens import Doc

from claimstake import __version__
from claimstake.attributes import MENTIONS, add_mention
from claimstake.ontology import default
from claimstake.output import document
from claimstake.records import claim_id
from claimstake.schema import json_schema
from docs import BAN, BLANK, ban, body, claim, end, make_doc, mention

SCHEMA = json_schema()
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def record(doc: Doc, **options: Any) -> dict[str, Any]:
    """The record as JSON values; fails where it does not fit the schema."""
    found = document(doc, **options).to_json()
    VALIDATOR.validate(found)
    return found


def test_entities_are_numbered_in_text_order() -> None:
    """e1, e2 … by start, the outer mention before the one nested in it, whatever order they were found in."""
    doc = make_doc("Refining of lithium is done in China.")
    mention(doc, "China", "PLACE", canonical="China")
    mention(doc, "lithium", "MINERAL", canonical="lithium")
    mention(doc, "Refining of lithium", "TECHNOLOGY", canonical="lithium refining")
    found = [(e["id"], e["label"], e["text"]) for e in record(doc)["entities"]]
    assert found == [
        ("e1", "TECHNOLOGY", "Refining of lithium"),
        ("e2", "MINERAL", "lithium"),
        ("e3", "PLACE", "China"),
    ]


def test_an_entity_carries_what_is_known_of_it() -> None:
    """Canonical name, knowledge base id, confidence and extractor come from the span group's attributes."""
    assert record(ban())["entities"][0] == {
        "id": "e1",
        "label": "PLACE",
        "text": "China",
        "start": 0,
        "end": 5,
        "canonical": "China",
        "kb_id": "china",
        "mention": "name",
        "confidence": 0.9,
        "extractor": "gazetteer",
    }


def test_a_mention_without_canonical_name_is_called_by_its_text() -> None:
    """The canonical name falls back to the words, line ends evened out."""
    doc = make_doc("made by United\nStates firms")
    mention(doc, "United\nStates", "PLACE")
    assert record(doc)["entities"][0]["canonical"] == "United States"


def test_a_claim_points_at_its_mentions() -> None:
    """Subject and object are entity ids; evidence is the sentence with its text."""
    found = record(ban())["claims"]
    assert [(c["subject"], c["predicate"], c["object"]) for c in found] == [("e1", "restricts_export_of", "e2")]
    assert found[0]["evidence"] == {"start": 0, "end": 32, "text": "China banned exports of gallium."}
    assert found[0]["qualifiers"] == {"measure": "ban", "status": "in_force"}
    assert (found[0]["confidence"], found[0]["extractor"]) == (0.8, "ban-exports-verb@rules-1")


def test_a_nominal_argument_becomes_an_entity_once() -> None:
    """Two claims about "It" share one nominal entity, which has the id of what it stands for."""
    doc = ban("China banned exports of gallium. It named the United States and Japan.")
    for target in ("United States", "Japan"):
        mention(doc, target, "PLACE", canonical=target)
        subject = end(doc, "It", "PLACE", "China", kind="nominal")
        second = "It named the United States and Japan."
        claim(doc, "responds_to", subject, end(doc, target, "PLACE", target), second, "named")
    found = record(doc)
    nominals = [e for e in found["entities"] if e["mention"] == "nominal"]
    assert [(e["text"], e["canonical"], e["kb_id"]) for e in nominals] == [("It", "China", "china")]
    assert [c["subject"] for c in found["claims"] if c["predicate"] == "responds_to"] == [nominals[0]["id"]] * 2


def test_a_nominal_at_a_name_stays_apart() -> None:
    """A name that stands for something else where a claim uses it gives a second, nominal entity."""
    doc = ban()
    mention(doc, "United States", "PLACE", canonical="United States")
    subject = end(doc, "United States", "PLACE", "China", kind="nominal")
    claim(doc, "covers", subject, end(doc, "gallium", "MINERAL", "gallium"), BAN, "named")
    both = [(e["canonical"], e["mention"]) for e in record(doc)["entities"] if e["text"] == "United States"]
    assert both == [("United States", "name"), ("China", "nominal")]


def test_a_reference_prefers_the_mention_in_the_evidence() -> None:
    """A subject carried over from elsewhere points at its mention in the evidence, where the evidence has one."""
    doc = make_doc("China acted. China banned exports of gallium.")
    for n in (1, 2):
        mention(doc, "China", "PLACE", occurrence=n, canonical="China")
    mention(doc, "gallium", "MINERAL", canonical="gallium")
    subject, object_ = end(doc, "China", "PLACE", "China"), end(doc, "gallium", "MINERAL", "gallium")
    claim(doc, "restricts_export_of", subject, object_, "China banned exports of gallium.", "banned")
    found = record(doc)
    assert found["entities"][1]["start"] == 13
    assert found["claims"][0]["subject"] == "e2"


def test_a_reference_outside_the_evidence_stays_where_it_is_alone() -> None:
    """Where the evidence does not name the subject, the claim points at the mention before it."""
    doc = make_doc("China acted. Exports of gallium were banned.")
    mention(doc, "China", "PLACE", canonical="China")
    mention(doc, "gallium", "MINERAL", canonical="gallium")
    subject, object_ = end(doc, "China", "PLACE", "China"), end(doc, "gallium", "MINERAL", "gallium")
    claim(doc, "restricts_export_of", subject, object_, "Exports of gallium were banned.", "banned")
    assert record(doc)["claims"][0]["subject"] == "e1"


@pytest.mark.parametrize(("qualifiers", "polarity"), [({}, "affirmed"), ({"polarity": "negated"}, "negated")])
def test_claim_ids_are_hashes_of_document_triple_and_polarity(qualifiers: dict[str, str], polarity: str) -> None:
    """The id is that of claims.assemble; a claim without polarity is affirmed."""
    doc = ban()
    doc._.claims[0]["qualifiers"] = qualifiers
    expected = claim_id("d1", "restricts_export_of", "China", "gallium", polarity)
    assert record(doc)["claims"][0]["id"] == expected


def test_empty_qualifiers_are_left_out() -> None:
    """None, empty text and empty lists say nothing and are not written; times come once each."""
    doc = ban()
    when = {"kind": "effective", "value": "2024-12"}
    odd = {"kind": "event", "value": "last spring"}
    doc._.claims[0]["qualifiers"] = {"target": None, "rate": "", "time": [when, dict(when), odd], "certainty": "hedged"}
    assert record(doc)["claims"][0]["qualifiers"] == {"certainty": "hedged", "time": [when]}
    doc._.claims[0]["qualifiers"] = {"time": [odd]}
    assert record(doc)["claims"][0]["qualifiers"] == {}


def test_unsure_claims_are_left_out_with_their_nominals() -> None:
    """min_confidence drops claims below it; a claim at the level stays, and one without confidence too."""
    doc = ban()
    subject, object_ = end(doc, "It", "PLACE", "China", kind="nominal"), end(doc, "gallium", "MINERAL", "gallium")
    claim(doc, "dominates", subject, object_, BAN, "named", confidence=0.5)
    claim(doc, "produces", subject, object_, BAN, "named", confidence=None)
    assert [c["predicate"] for c in record(doc, min_confidence=0.8)["claims"]] == ["restricts_export_of", "produces"]
    doc._.claims = doc._.claims[:2]
    assert [e["mention"] for e in record(doc, min_confidence=0.8)["entities"]] == ["name", "name"]
    assert len(record(doc, min_confidence=0.5)["claims"]) == 2


@pytest.mark.parametrize("text", [True, False])
def test_the_text_is_written_where_it_is_asked_for(text: bool) -> None:
    """`text` decides; the hash of the text is there in any case, as UTF-8."""
    doc = make_doc("Lithium is 锂 🔋.")
    info = record(doc, text=text)["doc"]
    assert info.get("text") == ("Lithium is 锂 🔋." if text else None)
    assert info["sha256"] == hashlib.sha256("Lithium is 锂 🔋.".encode()).hexdigest()


def test_metadata_and_body_are_written() -> None:
    """The article's metadata go into `doc`, absent ones are left out, body spans without text."""
    doc = make_doc(
        "Menu China acts Share", title="China acts", published="2025-02-04", url="https://example.org/a", author=None
    )
    body(doc, "China acts")
    info = record(doc)["doc"]
    del info["sha256"]
    expected = {"id": "d1", "title": "China acts", "published": "2025-02-04", "source": "https://example.org/a"}
    assert info == {**expected, "body": [{"start": 5, "end": 15}]}


def test_a_doc_of_nobody_is_named_after_its_text() -> None:
    """A doc that no reader made, and that no component annotated, still gives a valid record with a stable id."""
    first, second = record(BLANK("China acts.")), record(BLANK("China acts."))
    assert first["doc"]["id"] == first["doc"]["sha256"][:16]
    assert first == second
    assert (first["entities"], first["claims"]) == ([], [])


def test_the_program_is_named() -> None:
    """The record says which program, version and models made it."""
    made = record(ban())["pipeline"]
    assert (made["name"], made["version"]) == ("claimstake", __version__)
    assert set(made["models"]) == {"en_base", "claims"}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2025-02-04", "2025-02-04"),
        ("XXXX-02", "XXXX-02"),
        ("2025-07/2025-09", "2025-07/2025-09"),
        ("next spring", None),
        ("2025-02-04\n", None),
        ({"comparator": "<=", "value": 60, "unit": "%"}, {"comparator": "<=", "value": 60, "unit": "%"}),
        ({"comparator": "..", "value": [1, 2], "unit": "kg"}, {"comparator": "..", "value": [1, 2], "unit": "kg"}),
        ({"comparator": "=", "value": math.inf, "unit": "kg"}, None),
        ({"comparator": "..", "value": [1, math.nan], "unit": "kg"}, None),
        (None, None),
    ],
)
def test_values_are_edtf_or_measures(value: Any, expected: Any) -> None:
    """What is neither is no value: the schema would refuse it, and JSON knows no infinity."""
    doc = make_doc("up to 60%")
    mention(doc, "up to 60%", "THRESHOLD", value=value)
    assert record(doc)["entities"][0].get("value") == expected


LABELS = st.sampled_from(list(default().labels))


@settings(max_examples=80, deadline=None)
@given(words=st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=12), data=st.data())
def test_every_mention_is_where_its_text_is(words: list[str], data: st.DataObject) -> None:
    """Whatever mentions a doc has, nested, crossing or twice, the record is valid and offsets point at the text."""
    doc = make_doc(" ".join(words))
    ends = st.tuples(st.integers(0, len(doc) - 1), st.integers(1, 4), LABELS) if len(doc) else st.nothing()
    for start, length, label in data.draw(st.lists(ends, max_size=8)) if len(doc) else []:
        add_mention(doc.spans[MENTIONS], start, min(start + length, len(doc)), label)
    found = record(doc)
    assert [e["id"] for e in found["entities"]] == [f"e{i + 1}" for i in range(len(found["entities"]))]
    assert {(e["start"], e["end"], e["label"]) for e in found["entities"]} == {
        (s.start_char, s.end_char, s.label_) for s in doc.spans[MENTIONS]
    }
    assert all(doc.text[e["start"] : e["end"]] == e["text"] for e in found["entities"])
