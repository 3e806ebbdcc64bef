"""Work items through the real pipeline, in this process: what comes out, and what goes into quarantine."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import archive_sources
from claimstake.archive.job import Job
from claimstake.archive.work import Worker, give_up
from claimstake.errors import WorkerError
from claimstake.readers import Limits
from claimstake.readers.items import Item
from claimstake.store.contract import Outcome, StoredDocument

BAN = "China banned exports of gallium to the United States on December 3, 2024."
GARDEN = archive_sources.OFF_TOPIC
TOO_LONG = "China banned exports of gallium. " * 160_000  # characters beyond what the tokenizer takes


def same(document: StoredDocument) -> StoredDocument:
    """What a store would make of it: nothing."""
    return document


def refusing(document: StoredDocument) -> StoredDocument:
    """A store that cannot encode one document."""
    if document.record.doc.id == "second":
        raise ValueError("of no use")
    return document


def item(name: str, text: str, format_: str = "text") -> Item:
    return Item(f"in/{name}", name, format_, text.encode())


def worker(encode: Any = same, **job: Any) -> Worker:
    made = Worker(Job(**job), encode)
    made.load()
    return made


@pytest.fixture(scope="module")
def plain() -> Worker:
    return worker(triage=False, limits=Limits(max_chars=10_000_000))


@pytest.fixture(scope="module")
def gated() -> Worker:
    return worker()


def claims(outcome: Outcome) -> list[str]:
    return [claim.predicate for document in outcome.documents for claim in document.record.claims]


def test_an_item_becomes_a_document(plain: Worker) -> None:
    """With its text, claims, tokens and key."""
    (outcome,) = plain([item("a", BAN)])
    (document,) = outcome.documents
    assert outcome.item == document.item == item("a", BAN).key
    assert (outcome.claims, outcome.relevant, outcome.tokens) == (1, 1, 15)
    assert claims(outcome) == ["restricts_export_of"]
    assert document.record.doc.text == BAN
    assert document.record.doc.id == "a"
    assert not outcome.failures


def test_batches_change_nothing(plain: Worker) -> None:
    """An item alone and in company comes out the same."""
    items = [item(f"a{n}", archive_sources.text(n)) for n in range(40)]
    assert plain(items) == [outcome for one in items for outcome in plain([one])]


def test_one_bad_document_costs_only_itself(plain: Worker) -> None:
    """What cannot be read, and what the pipeline chokes on, is told with stage, error and traceback."""
    found = plain([item("a", BAN), item("empty", ""), item("long", TOO_LONG), item("b", BAN)])
    assert [claims(outcome) for outcome in found] == [["restricts_export_of"], [], [], ["restricts_export_of"]]
    assert [len(outcome.documents) for outcome in found] == [1, 0, 0, 1]
    (unread,), (choked,) = found[1].failures, found[2].failures
    assert (unread.stage, unread.source, unread.problem) == ("read", "in/empty", "holds no text")
    assert (choked.stage, choked.error, choked.document) == ("annotate", "ValueError", "long")
    assert "Text of length 5280000 exceeds maximum" in choked.problem
    assert choked.traceback.startswith("Traceback") or "annotate" in choked.traceback


def test_a_record_keeps_its_own_id(plain: Worker) -> None:
    """And its metadata."""
    record = {"id": "own", "text": BAN, "title": "Export ban", "published": "2024-12-03"}
    (outcome,) = plain([item("x-1", json.dumps(record), "record")])
    doc = outcome.documents[0].record.doc
    assert (doc.id, doc.title, doc.published) == ("own", "Export ban", "2024-12-03")


def test_what_a_store_cannot_encode_is_quarantined() -> None:
    """The neighbours are encoded."""
    found = worker(refusing, triage=False)([item("first", BAN), item("second", BAN)])
    assert [len(outcome.documents) for outcome in found] == [1, 0]
    assert [f.problem for f in found[1].failures] == ["could not be annotated: ValueError: of no use"]
    assert found[1].claims == found[1].tokens == 0


def test_off_topic_documents_pass_unread(gated: Worker) -> None:
    """They have a document with its text and neither tokens nor claims."""
    read, passed = gated([item("a", BAN * 3), item("b", GARDEN)])
    assert (read.relevant, passed.relevant) == (1, 0)
    (document,) = passed.documents
    assert not document.relevant
    assert document.record.doc.text == GARDEN
    assert (passed.tokens, document.record.entities, document.record.claims) == (0, [], [])


def test_off_topic_pages_are_not_even_opened(gated: Worker) -> None:
    """Their document has a name, the hash of its bytes, and no text."""
    page = f"<html><head><title>Roses</title></head><body><article><p>{GARDEN * 2}</p></article></body></html>"
    one = replace(item("roses.html", page, "html"), url="https://example.org/roses")
    (outcome,) = gated([one])
    (document,) = outcome.documents
    assert document.record.doc.text is None
    assert (document.record.doc.source, document.url) == ("in/roses.html", "https://example.org/roses")
    assert document.key == one.key[:20]
    assert not outcome.failures


def test_options_reach_the_record() -> None:
    """A date in place of the documents' own, no texts, claims above a level."""
    (outcome,) = worker(triage=False, published="2023-05-01", text=False, min_confidence=1.0)([item("a", BAN)])
    (document,) = outcome.documents
    assert document.record.doc.published == "2023-05-01"
    assert document.record.doc.text is None
    assert document.record.claims == []
    assert document.key == worker(triage=False)([item("a", BAN)])[0].documents[0].key


def test_a_configuration_reaches_the_pipeline(tmp_path: Path) -> None:
    """A user's own names are found."""
    file = tmp_path / "mine.toml"
    file.write_text('[[entity]]\nid = "lithonex"\nlabel = "COMPANY"\nname = "Lithonex"\n', encoding="utf-8")
    (outcome,) = worker(triage=False, configs=(file,))([item("a", "Lithonex makes cells.")])
    assert "lithonex" in {entity.kb_id for entity in outcome.documents[0].record.entities}


def test_a_worker_travels_without_its_pipeline(plain: Worker) -> None:
    """What is sent to another process is small, and loads there."""
    sent = pickle.dumps(plain)
    assert len(sent) < 2_000
    assert claims(pickle.loads(sent)([item("a", BAN)])[0]) == ["restricts_export_of"]


def test_a_worker_of_another_program_refuses() -> None:
    """Where code, models or files changed since the run began, its outcomes would be of two kinds."""
    with pytest.raises(WorkerError, match="changed while it ran"):
        Worker(Job(), same, fingerprint="0" * 16).load()


def test_what_no_worker_gets_through() -> None:
    """The outcome of an item that was given up names it, and what to do."""
    outcome = give_up(item("a", BAN), "timeout", "takes longer than 3 s")
    (failed,) = outcome.failures
    assert (outcome.item, outcome.source) == (item("a", BAN).key, "in/a")
    assert (failed.stage, failed.problem) == ("timeout", "takes longer than 3 s")
    assert "--timeout" in failed.mend
