"""Documents as rows: what analysts filter by, ids that hold across documents, texts that databases refuse."""

from __future__ import annotations

import pickle

from claimstake.records import Entity, Measure
from claimstake.store import tables
from claimstake.store.contract import Run, StoredDocument
from claimstake.store.rows import LONGEST_NAME, encode, entity_id, stamp
from stored_documents import record, stored

RUN = Run(id="r1", fingerprint="f1", started="2026-01-01T00:00:00Z", version="1", sources=("a",))


def as_dicts(document: StoredDocument, *, text: bool = True) -> dict[str, list[dict]]:
    rows = stamp(encode(document, text=text), RUN, "2026-01-02T00:00:00Z")
    columns = {name: tables.metadata.tables[name].columns.keys() for name in rows}
    return {name: [dict(zip(columns[name], row, strict=True)) for row in found] for name, found in rows.items()}


def test_rows_have_every_column_in_order() -> None:
    """A ban with its evidence, times, mentions and entities."""
    rows = as_dicts(stored("d1", tokens=9, signature=b"\x01\x02"))
    (document,) = rows["documents"]
    assert (document["doc_id"], document["published"], document["tokens"]) == ("d1", "2025-07-16", 9)
    assert (document["run"], document["fingerprint"], document["annotated"]) == ("r1", "f1", "2026-01-02T00:00:00Z")
    assert document["text"].startswith("China banned")
    assert document["story"] == document["key"]
    (ban, limit) = rows["claims"]
    assert (ban["subject_entity"], ban["object_entity"]) == ("china", "MINERAL:gallium")
    assert (ban["status"], ban["measure"], ban["target"], ban["date"]) == (
        "in_force",
        "ban",
        "United States",
        "2025-07-16",
    )
    assert (limit["polarity"], limit["certainty"]) == ("affirmed", "asserted")  # the record leaves both open
    qualifiers = [(q["claim"], q["name"], q["position"], q["kind"], q["value"]) for q in rows["claim_qualifiers"]]
    assert qualifiers == [
        (ban["id"], "time", 0, "announced", "2025-07-15"),
        (ban["id"], "time", 1, "effective", "2025-08-01"),
        (limit["id"], "parameter", 0, None, "purity"),
    ]
    assert [e["text"] for e in rows["evidence"]] == ["China banned exports of gallium.", "The limit is 99.9%."]
    assert rows["signatures"] == [{"document": document["key"], "signature": b"\x01\x02"}]
    assert {e["id"] for e in rows["entities"]} >= {"china", "MINERAL:gallium"}
    assert {e["fingerprint"] for e in rows["entities"]} == {"f1"}


def test_measures_are_columns() -> None:
    """Comparator, number, unit, and a text for the reader; a range has two numbers."""
    rows = as_dicts(stored("d1"))
    limit = next(m for m in rows["mentions"] if m["label"] == "THRESHOLD")
    assert [limit[c] for c in ("value", "comparator", "number", "number_high", "unit")] == [
        ">= 99.9 %",
        ">=",
        99.9,
        None,
        "%",
    ]
    ranged = record("d2", measure=Measure(comparator="..", value=(3.0, 4.5), unit="V"))
    rows = as_dicts(StoredDocument("k", "i", ranged, 3))
    limit = next(m for m in rows["mentions"] if m["label"] == "THRESHOLD")
    assert (limit["value"], limit["number"], limit["number_high"]) == ("3..4.5 V", 3.0, 4.5)


def test_text_is_kept_only_on_request() -> None:
    """The evidence stays whatever becomes of the text."""
    rows = as_dicts(stored("d1"), text=False)
    assert rows["documents"][0]["text"] is None
    assert rows["evidence"][0]["text"] == "China banned exports of gallium."


def test_nul_is_replaced_one_for_one() -> None:
    """PostgreSQL does not take it; offsets stay right."""
    rows = as_dicts(stored("d\x001", text="China banned exports of gallium.\0 The limit is 99.9%."))
    (document,) = rows["documents"]
    assert document["doc_id"] == "d\ufffd1"
    limit = rows["evidence"][1]
    assert document["text"][limit["start_char"] : limit["end_char"]] == limit["text"]


def test_entity_ids_hold_across_documents() -> None:
    """The same thing has the same id; a very long name is cut and told apart by a hash."""
    long, longer = ("x" * LONGEST_NAME + tail for tail in "ab")
    ids = {
        entity_id(Entity(id="e1", label="PRODUCT", text="x", start=0, end=1, canonical=name)) for name in (long, longer)
    }
    assert len(ids) == 2
    assert max(map(len, ids)) < LONGEST_NAME + 40


def test_names_do_not_depend_on_the_order_of_mentions() -> None:
    """Two mentions of one id with different names make the first in alphabetical order."""
    found = record("d1")
    other = found.entities[0].model_copy(update={"id": "e9", "canonical": "Cathay"})
    for entities in ([*found.entities, other], [other, *found.entities]):
        rows = as_dicts(StoredDocument("k", "i", found.model_copy(update={"entities": entities}), 3))
        assert [e["canonical"] for e in rows["entities"] if e["id"] == "china"] == ["Cathay"]


def test_rows_travel_between_processes() -> None:
    """What a worker makes arrives unchanged."""
    rows = encode(stored("d1", signature=b"x"))
    assert pickle.loads(pickle.dumps(rows)) == rows
