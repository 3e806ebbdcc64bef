"""Judgements are kept, the last of a claim holds, and a newer pipeline does not take them away."""

from __future__ import annotations

import pytest

from claimstake.errors import ConfigError
from claimstake.records import Qualifiers, claim_id
from claimstake.review.contract import Correction, Judging, Mark
from claimstake.review.judgements import Judgements
from claimstake.store.opening import open_sql
from claimstake.store.restoring import restored
from reviewing import GALLIUM, ONE, TWO, gallium, key, tungsten

BAN, QUOTA, DOMINATES = (claim.id for claim in gallium().claims)
MINES = tungsten().claims[0].id


def accept(claim: str = BAN) -> Judging:
    return Judging(verdict="accepted", claim=claim)


def reject(claim: str = BAN) -> Judging:
    return Judging(verdict="rejected", claim=claim)


def correct(claim: str = BAN, **what: object) -> Judging:
    return Judging(verdict="corrected", claim=claim, correction=Correction(**what))


def add(**what: object) -> Judging:
    return Judging(verdict="added", correction=Correction(**what))


def mark(words: str, label: str, text: str = GALLIUM, **more: str) -> Mark:
    return Mark(start=text.index(words), end=text.index(words) + len(words), label=label, **more)


def test_a_record_comes_back_from_the_database_as_it_was_written(address: str) -> None:
    opened = open_sql(address)
    with opened.database.reading() as connection:
        found = restored(connection, key(ONE))
        assert found is not None
        assert (found.doc, found.entities) == (gallium().doc, gallium().entities)
        assert sorted(found.claims, key=lambda c: c.id) == sorted(gallium().claims, key=lambda c: c.id)
        assert restored(connection, "nothing") is None
    opened.close()


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
    judgements.judge(key(ONE), Judging(verdict="undone", claim=BAN), by="ada")
    assert judgements.of(key(ONE)) == ()
    assert judgements.reviewed(gallium(), judgements.history(key(ONE))) == gallium()
    with pytest.raises(ConfigError, match="nothing to undo"):
        judgements.judge(key(ONE), Judging(verdict="undone", claim=BAN), by="ada")


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
