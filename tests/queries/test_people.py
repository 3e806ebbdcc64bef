"""What people corrected and added is what questions are answered with; what they undo goes back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from claimstake.queries.contract import ClaimFilter, ClaimRow
from claimstake.queries.open import reader
from claimstake.queries.reading import DatabaseReader
from claimstake.records import Qualifiers, Time
from claimstake.review.judgements import Judgements, open_judgements
from reviewing import BAN, DOMINATES, MINES, ONE, QUOTA, TWO, accept, add, correct, fill, key, mark, newer, reject, undo
from reviewing import store as annotate


@pytest.fixture
def desk(address: str) -> Iterator[DatabaseReader]:
    """A reader of the documents of `reviewing`."""
    fill(address)
    found = reader(address)
    yield found
    found.close()


@pytest.fixture
def judgements(desk: DatabaseReader) -> Iterator[Judgements]:
    """Of the same database."""
    found = open_judgements(desk.address)
    yield found
    found.close()


def _rows(desk: DatabaseReader, **wanted: object) -> dict[str, ClaimRow]:
    """What is answered, which is the same page by page, streamed, and by a reader that opens the database now."""
    asked = ClaimFilter(**wanted)
    page = desk.claims(asked, limit=500)
    other = reader(desk.address)
    try:
        assert list(page.claims) == list(desk.stream(asked)) == list(other.stream(asked))
    finally:
        other.close()
    assert page.found == len(page.claims) == len({(row.document, row.id) for row in page.claims})
    return {row.id: row for row in page.claims}


def test_a_corrected_claim_is_answered_as_what_is_right(desk: DatabaseReader, judgements: Judgements) -> None:
    before = _rows(desk)
    about = Qualifiers(status="lifted", attribution="Almonda", time=[Time(kind="effective", value="2026-01-02")])
    correction = correct(object=mark("exports", "PRODUCT", canonical="Fine Exports"), qualifiers=about)
    said = judgements.judge(key(ONE), correction, by="ada")
    row = _rows(desk)[BAN]
    assert (row.predicate, row.subject, row.object.id) == (
        *("restricts_export_of", before[BAN].subject),
        "PRODUCT:Fine Exports",
    )
    assert (row.object.name, row.object.label, row.object.kb_id) == ("Fine Exports", "PRODUCT", None)
    assert (row.status, row.measure, row.attribution, row.verdict) == ("lifted", None, "Almonda", "corrected")
    assert (row.evidence, row.confidence, row.extractor) == (said.record.evidence, None, "analyst")
    assert (row.date, row.doc_id, row.title) == (before[BAN].date, ONE, before[BAN].title)
    assert _rows(desk, status=("lifted",), object="fine exports", text="exports of gall") == {BAN: row}
    assert BAN not in _rows(desk, object="gallium")
    assert BAN not in _rows(desk, measure=("ban",))
    assert [moment.date for moment in desk.timeline("PRODUCT:Fine Exports")] == ["2026-01-02"]
    assert [thing.name for thing in desk.suggest("fine")] == ["Fine Exports"]
    assert [edge.status for edge in desk.graph(ClaimFilter(entity="PRODUCT:Fine Exports"))] == ["lifted"]
    judgements.judge(key(ONE), accept(said.record.id), by="ben")
    assert _rows(desk)[BAN] == row.model_copy(update={"verdict": "accepted"})
    judgements.judge(key(ONE), undo(BAN), by="ben")
    assert _rows(desk) == before


def test_an_added_claim_is_answered(desk: DatabaseReader, judgements: Judgements) -> None:
    before = _rows(desk)
    made = add(predicate="produces", subject="e1", object="e2", qualifiers=Qualifiers(amount="9 t"))
    added = judgements.judge(key(ONE), made, by="ada").claim
    found = _rows(desk)
    assert {id_: row for id_, row in found.items() if id_ != added} == before
    row = found[added]
    assert (row.verdict, row.confidence, row.amount, row.subject.id) == ("added", None, "9 t", "china")
    assert _rows(desk, verdict="added") == _rows(desk, predicate=("produces",), document=key(ONE)) == {added: row}
    assert added not in _rows(desk, min_confidence=0.0)
    counts = {(count.predicate, count.role): count.claims for count in desk.entity("gallium").counts}
    assert counts["produces", "object"] == 1
    assert {row.key: (row.claims, row.judged) for row in desk.inbox().documents}[key(ONE)] == (4, 1)
    judgements.judge(key(ONE), correct(added, qualifiers=Qualifiers(amount="8 t")), by="ben")
    assert (_rows(desk)[added].amount, _rows(desk)[added].verdict) == ("8 t", "corrected")
    judgements.judge(key(ONE), reject(added), by="ben")
    assert _rows(desk) == before


def test_rejected_claims_are_shown_as_such_and_told_nowhere(desk: DatabaseReader, judgements: Judgements) -> None:
    told = desk.timeline("gallium")
    assert {edge.object.id for edge in desk.graph(ClaimFilter())} == {"gallium", "antimony"}
    judgements.judge(key(ONE), reject(BAN), by="ada")
    assert _rows(desk)[BAN].verdict == "rejected"
    assert set(_rows(desk, verdict="rejected")) == {BAN}
    assert desk.timeline("gallium") == tuple(moment for moment in told if moment.claim.id != BAN) != told
    assert [edge.object.id for edge in desk.graph(ClaimFilter())] == ["antimony"]
    assert [edge.object.id for edge in desk.graph(ClaimFilter(verdict="rejected"))] == ["gallium"]
    assert [count.predicate for count in desk.entity("gallium").counts] == ["dominates"]


def test_what_people_said_outlives_a_newer_pipeline(desk: DatabaseReader, judgements: Judgements) -> None:
    """One claim where the newer one says what was corrected, until that is judged by itself."""
    made = correct(DOMINATES, predicate="produces", qualifiers=Qualifiers(amount="80%"))
    right = judgements.judge(key(ONE), made, by="ada").record.id
    fixed = correct(QUOTA, object=mark("shipments", "PRODUCT"))
    judgements.judge(key(ONE), fixed, by="ada")
    assert (_rows(desk)[DOMINATES].amount, right in _rows(desk)) == ("80%", False)
    annotate(desk.address, newer(), fingerprint="f2", name="r2")
    found = _rows(desk, document=key(ONE))
    assert set(found) == {right, BAN, QUOTA}
    assert (found[right].amount, found[right].verdict) == ("80%", "corrected")
    assert (found[QUOTA].object.name, found[QUOTA].verdict) == ("shipment", "corrected")
    judgements.judge(key(ONE), reject(right), by="ben")
    assert (_rows(desk)[right].amount, _rows(desk)[right].verdict) == (None, "rejected")
    annotate(desk.address, fingerprint="f3", name="r3")
    assert MINES in _rows(desk, document=key(TWO))
