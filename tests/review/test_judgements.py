"""Judgements are kept, the last of a claim holds, and a newer pipeline does not take them away."""

from __future__ import annotations

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from claimstake.errors import ConfigError, StoreError
from claimstake.records import Qualifiers, claim_id
from claimstake.review.contract import Judging
from claimstake.review.judgements import Judgements, open_judgements
from reviewing import (
    BAN,
    DOMINATES,
    MINES,
    ONE,
    QUOTA,
    TWO,
    accept,
    add,
    correct,
    gallium,
    key,
    mark,
    newer,
    reject,
    store,
    tungsten,
    undo,
)


def test_the_last_judgement_of_a_claim_holds_and_all_are_history(judgements: Judgements) -> None:
    judgements.judge(key(ONE), accept(), by="ada")
    judgements.judge(key(ONE), accept(QUOTA), by="ada")
    last = judgements.judge(key(ONE), Judging(verdict="rejected", claim=BAN, note="a draft"), by="ben")
    assert [(j.claim, j.verdict, j.by) for j in judgements.of(key(ONE))] == [
        (BAN, "rejected", "ben"),
        (QUOTA, "accepted", "ada"),
    ]
    assert [j.verdict for j in judgements.history(key(ONE))] == ["accepted", "accepted", "rejected"]
    assert judgements.history(key(ONE))[-1] == last
    assert (last.note, last.before, last.gone) == ("a draft", gallium().claims[0], False)
    assert judgements.of(key(TWO)) == ()


def test_undone_is_as_if_nobody_had_judged(judgements: Judgements) -> None:
    judgements.judge(key(ONE), reject(), by="ada")
    judgements.judge(key(ONE), undo(), by="ada")
    assert judgements.of(key(ONE)) == ()
    assert judgements.reviewed(gallium(), judgements.history(key(ONE))) == gallium()
    with pytest.raises(ConfigError, match="nothing to undo"):
        judgements.judge(key(ONE), undo(), by="ada")


def test_a_corrected_claim_keeps_its_place_and_gets_the_id_of_what_is_right(judgements: Judgements) -> None:
    about = Qualifiers(status="proposed", measure="ban", target="the United states", attribution=" ")
    said = judgements.judge(key(ONE), correct(object=mark("exports", "PRODUCT"), qualifiers=about), by="ada")
    right = claim_id(ONE, "restricts_export_of", "China", "export", "affirmed")
    assert (said.claim, said.record.id, said.before.id) == (BAN, right, BAN)
    found = judgements.reviewed(gallium(), judgements.of(key(ONE)))
    assert [claim.id for claim in found.claims] == [right, QUOTA, DOMINATES]
    assert found.entities[:-1] == gallium().entities
    assert (found.entities[-1].id, found.entities[-1].text) == ("e6", "exports") == (found.claims[0].object, "exports")
    assert found.claims[0].qualifiers == Qualifiers(status="proposed", measure="ban", target="the United states")
    assert found.claims[0].evidence == gallium().claims[0].evidence
    again = judgements.judge(key(ONE), reject(right), by="ben")
    assert again.claim == BAN, "it may be called by its new id"


def test_read_done_and_new_again(judgements: Judgements) -> None:
    with pytest.raises(ConfigError, match="document: there is none with the key 'x'"):
        judgements.read("x", "done", by="ada")
    judgements.read(key(ONE), "skipped", by="ada")
    judgements.read(key(ONE), "done", by="ben")
    judgements.read(key(TWO), "done", by="ben")
    judgements.read(key(TWO), "new", by="ben")
    with judgements.database.reading() as connection:
        rows = connection.exec_driver_sql("SELECT document, state, by FROM readings").fetchall()
    assert [tuple(row) for row in rows] == [(key(ONE), "done", "ben")]


def test_what_databases_refuse_in_a_note_is_replaced(judgements: Judgements) -> None:
    noted = Judging(verdict="rejected", claim=BAN, note=" a\0b ")
    named = mark("exports", "PRODUCT", canonical="ex\0port")
    assert judgements.judge(key(ONE), noted, by="ada").note == "a\ufffdb"
    said = judgements.judge(key(ONE), correct(QUOTA, object=named), by="ada")
    assert judgements.of(key(ONE))[1] == said


def test_an_accepted_correction_is_what_was_corrected(judgements: Judgements) -> None:
    first = judgements.judge(key(ONE), correct(qualifiers=Qualifiers(status="lifted", measure="ban")), by="ada")
    second = judgements.judge(key(ONE), accept(), by="ben")
    assert (second.record, second.ends) == (first.record, first.ends)
    found = judgements.reviewed(gallium(), judgements.of(key(ONE)))
    assert found.claims[0].qualifiers.status == "lifted"
    judgements.judge(key(ONE), undo(), by="ben")
    assert judgements.judge(key(ONE), accept(), by="ben").record is None


def test_a_claim_that_was_added_can_be_judged_like_any_other(judgements: Judgements) -> None:
    text = tungsten().doc.text or ""
    about = {"subject": "e1", "object": mark("germanium", "MINERAL", text), "predicate": "produces"}
    added = judgements.judge(key(TWO), add(**about), by="ada")
    assert (added.claim, added.before) == (claim_id(TWO, "produces", "Rock Tech", "germanium", "affirmed"), None)
    assert added.ends[1].kb_id == "germanium", "the knowledge base knows it"
    assert added.record.evidence.text == text, "the firm is named in the one sentence, what it sells in the other"
    changed = correct(added.claim, qualifiers=Qualifiers(amount="20 tonnes"))
    judgements.judge(key(TWO), changed, by="ben")
    assert judgements.judge(key(TWO), accept(added.claim), by="eva").record.qualifiers.amount == "20 tonnes"
    found = judgements.reviewed(tungsten(), judgements.of(key(TWO)))
    assert [claim.id for claim in found.claims] == [MINES, added.claim]
    assert (found.entities[-1].id, found.claims[-1].object) == ("e4", "e4")
    with pytest.raises(ConfigError, match="says this already; correct that one instead"):
        judgements.judge(key(TWO), add(**about), by="eva")
    judgements.judge(key(TWO), reject(added.claim), by="eva")
    assert judgements.reviewed(tungsten(), judgements.of(key(TWO))) == tungsten()


def test_what_was_marked_takes_the_place_of_a_mention_of_another_label(judgements: Judgements) -> None:
    text = tungsten().doc.text or ""
    place = mark(" Almonda", "PLACE", text)
    said = judgements.judge(key(TWO), add(predicate="located_in", subject="e1", object=place), by="ada")
    found = judgements.reviewed(tungsten(), judgements.of(key(TWO)))
    assert [(e.id, e.text, e.label) for e in found.entities[2:]] == [("e4", "Almonda", "PLACE")], "e3 was a person"
    assert found.claims[-1] == said.record


def test_two_analysts_at_once_are_both_kept_and_the_last_holds(judgements: Judgements, address: str) -> None:
    other = open_judgements(address)
    start = threading.Barrier(8)

    def judge(number: int) -> int:
        start.wait(timeout=20)
        verdict, where = (accept(), judgements) if number % 2 else (reject(), other)
        return where.judge(key(ONE), verdict, by=f"analyst {number}").id

    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(judge, range(8), timeout=60))
    history = judgements.history(key(ONE))
    assert sorted(ids) == [j.id for j in history]
    assert {j.by for j in history} == {f"analyst {n}" for n in range(8)}
    assert judgements.of(key(ONE)) == (history[-1],) == other.of(key(ONE))
    other.close()


def test_a_sqlite_file_that_somebody_writes_to_is_waited_for(kept: Judgements, tmp_path: Path) -> None:
    kept.patience = 20
    kept.database.engine.dispose()
    quick = open_judgements(tmp_path / "news.db")
    quick.database._pragmas["busy_timeout"] = 50  # the wait is to be ours, not SQLite's
    writer = sqlite3.connect(tmp_path / "news.db", isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    ends = threading.Timer(1.0, lambda: writer.execute("COMMIT"))
    writer.close()
    writer = sqlite3.connect(tmp_path / "news.db", isolation_level=None, check_same_thread=False)
    writer.execute("BEGIN IMMEDIATE")
    ends.start()
    assert quick.judge(key(ONE), accept(), by="ada").id == 1
    ends.join(20)
    writer.execute("BEGIN IMMEDIATE")
    quick.patience = 0.3
    with pytest.raises(StoreError, match="another program is writing to it"):
        quick.judge(key(ONE), accept(), by="ada")
    writer.close()
    quick.close()


def test_readers_do_not_wait_for_those_who_wait_to_write(kept: Judgements, tmp_path: Path) -> None:
    """However many judgements wait for an archive run, an article's page comes at once."""
    kept.judge(key(ONE), accept(), by="ada")
    writer = sqlite3.connect(tmp_path / "news.db", isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    with ThreadPoolExecutor(4) as pool:
        waiting = [pool.submit(kept.judge, key(ONE), accept(QUOTA), by=f"ada {n}") for n in range(3)]
        read = pool.submit(kept.of, key(ONE))
        try:
            assert len(read.result(5)) == 1
            assert not any(one.done() for one in waiting)
        finally:
            writer.close()
        assert sorted(one.result(30).id for one in waiting) == [2, 3, 4]


def test_all_judgements_in_portions(judgements: Judgements, monkeypatch: pytest.MonkeyPatch) -> None:
    for claim in (BAN, QUOTA, DOMINATES):
        judgements.judge(key(ONE), accept(claim), by="ada")
    judgements.judge(key(TWO), reject(MINES), by="ben")
    monkeypatch.setattr("claimstake.review.judgements.PAGE", 2)
    assert [j.id for j in judgements.stream()] == [1, 2, 3, 4]
    assert [j.document for j in judgements.stream(by="ben", since="20")] == [key(TWO)]
    assert list(judgements.stream(since="2999")) == []


# --- a newer pipeline -------------------------------------------------------------------------------------------------


def test_judgements_outlive_a_newer_pipeline(judgements: Judgements, address: str) -> None:
    judgements.judge(key(ONE), reject(BAN), by="ada")
    fixed = judgements.judge(key(ONE), correct(QUOTA, object=mark("shipments", "PRODUCT")), by="ada")
    judgements.judge(key(ONE), accept(DOMINATES), by="ada")
    about = {"predicate": "produces", "subject": "e1", "object": "e2", "qualifiers": Qualifiers(amount="9 t")}
    added = judgements.judge(key(ONE), add(**about), by="ada")
    store(address, newer(), fingerprint="f2", name="r2")
    held = judgements.of(key(ONE))
    assert [(j.claim, j.gone) for j in held] == [(BAN, False), (QUOTA, False), (DOMINATES, True), (added.claim, False)]
    found = judgements.reviewed(newer(), held)
    assert [claim.id for claim in found.claims] == [fixed.record.id, added.claim], "what was rejected stays rejected"
    assert found.claims[1].qualifiers.amount == "9 t", "the newer one says it, too, without the amount"
    named = {entity.id: entity.text for entity in found.entities}
    assert [(named[c.subject], named[c.object]) for c in found.claims] == [
        ("Beijing", "shipments"),
        ("China", "gallium"),
    ], "by their offsets: e1 is another mention now"
    with pytest.raises(ConfigError, match="nothing is known of|changes nothing"):
        judgements.judge(key(ONE), correct(DOMINATES), by="ada")
    judgements.judge(key(ONE), reject(DOMINATES), by="ben")
    assert judgements.of(key(ONE))[2].before.predicate == "dominates", "kept, though the program does not say it"
    judgements.judge(key(ONE), undo(BAN), by="ben")
    assert BAN in [claim.id for claim in judgements.reviewed(newer(), judgements.of(key(ONE))).claims]


def test_what_a_newer_pipeline_says_as_people_corrected_it_is_judged_by_itself(
    judgements: Judgements, address: str
) -> None:
    made = correct(DOMINATES, predicate="produces", qualifiers=Qualifiers(amount="80%"))
    right = judgements.judge(key(ONE), made, by="ada").record.id
    store(address, newer(), fingerprint="f2", name="r2")
    shown = judgements.reviewed(newer(), judgements.of(key(ONE)))
    assert [c.qualifiers.amount for c in shown.claims if c.id == right] == ["80%"]
    accepted = judgements.judge(key(ONE), accept(right), by="ben")
    assert (accepted.claim, accepted.record.qualifiers.amount) == (right, "80%"), "what was shown is accepted"
    judgements.judge(key(ONE), reject(right), by="ben")
    assert right not in [c.id for c in judgements.reviewed(newer(), judgements.of(key(ONE))).claims]


def test_a_rejected_claim_may_be_added_again_but_not_one_that_was_corrected(judgements: Judgements) -> None:
    judgements.judge(key(ONE), reject(BAN), by="ada")
    about = {"predicate": "restricts_export_of", "subject": "e1", "object": "e2"}
    assert judgements.judge(key(ONE), add(**about), by="ben").claim == BAN
    judgements.judge(key(ONE), correct(QUOTA, object=mark("shipments", "PRODUCT")), by="ada")
    with pytest.raises(ConfigError, match=f"claim {QUOTA} said this, and ada corrected it; undo that first"):
        judgements.judge(key(ONE), add(predicate="restricts_export_of", subject="e1", object="e5"), by="ben")
