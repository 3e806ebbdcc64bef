"""What is wrong with a correction is said; what it leaves out is filled in."""

from __future__ import annotations

from pathlib import Path

import pytest

from claimstake.errors import ConfigError, StoreError
from claimstake.records import Qualifiers, Time
from claimstake.review.contract import Correction, Judging, Mark
from claimstake.review.judgements import Judgements, open_judgements
from reviewing import BAN, ONE, QUOTA, accept, add, correct, gallium, key, mark, store


def times(value: str) -> Qualifiers:
    return Qualifiers(time=[Time(kind="event", value=value)])


@pytest.mark.parametrize(
    ("judging", "message"),
    [
        (
            correct(predicate="forbids"),
            "predicate: 'forbids' is none of the ontology; it is one of restricts_export_of",
        ),
        (correct(subject="e9"), "subject: the document has no mention 'e9' (e1 to e5)"),
        (correct(object="e3"), "object: 'United States' is PLACE, and the object of restricts_export_of is MINERAL, "),
        (correct(predicate="partners_with", object="e4"), "object: it is 'China', as the subject is"),
        (correct(object=mark("Prices", "THING")), "object.label: 'THING' is none of the ontology"),
        (
            correct(object=Mark(start=3, end=9000, label="MINERAL")),
            "object: 3-9000 does not lie in the text of 144 char",
        ),
        (correct(object=Mark(start=9, end=9, label="MINERAL")), "start is less than end"),
        (correct(object=mark(" ", "MINERAL")), "white space alone"),
        (correct(qualifiers=Qualifiers(rate="5%")), "qualifiers.rate: restricts_export_of has none; it takes polarity"),
        (
            correct(predicate="produces", qualifiers=Qualifiers(amount="much")),
            "qualifiers.amount: 'much' holds no number",
        ),
        (correct(qualifiers=Qualifiers(target="x" * 301)), "qualifiers.target: has 301 characters; 300 are the most"),
        (
            correct(qualifiers=times("15 July 2025")),
            "qualifiers.time[0].value: '15 July 2025' is no EDTF date; write 2025",
        ),
        (correct(qualifiers=times("2025-02-29")), "no EDTF date"),
        (correct(qualifiers=times("2025-13/2026")), "no EDTF date"),
        (correct(), "correction: it changes nothing; accept the claim instead"),
        (correct(qualifiers=gallium().claims[0].qualifiers), "correction: it changes nothing"),
        (
            correct(subject="e4", object="e5"),
            f"correction: another claim ({QUOTA}) says this already; reject this one instead",
        ),
        (add(predicate="produces", subject="e1"), "correction.object: an added claim needs one"),
        (add(subject="e1", object="e2"), "correction.predicate: an added claim needs one"),
        (Judging(verdict="added", claim=BAN, correction=Correction()), "claim: leave it out where a claim is added"),
        (Judging(verdict="accepted"), "claim: name the claim that is judged"),
        (Judging(verdict="corrected", claim=BAN), "correction: say what is right"),
        (Judging(verdict="rejected", claim=BAN, correction=Correction()), "correction: 'rejected' has none"),
        (accept("c0"), "claim: the document has no claim 'c0'; the document may have been annotated anew"),
    ],
)
def test_what_is_wrong_is_named_with_what_would_be_right(kept: Judgements, judging: Judging, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        kept.judge(key(ONE), judging, by="ada")
    assert message in str(caught.value)
    assert kept.history(key(ONE)) == ()


def test_a_document_that_is_not_there(kept: Judgements, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="document: there is none with the key 'x'"):
        kept.judge("x", accept(), by="ada")
    assert kept.history("x") == ()
    missing = open_judgements(tmp_path / "missing.db")
    with pytest.raises(StoreError, match="no such database"):
        missing.judge(key(ONE), accept(), by="ada")
    assert not (tmp_path / "missing.db").exists()


@pytest.mark.parametrize(
    "value", ["2025", "2025-07", "2024-02-29", "XXXX-07-15", "199X", "2025-07/2025-09", "2025~", "2025/"]
)
def test_dates_that_are_right(kept: Judgements, value: str) -> None:
    said = kept.judge(key(ONE), correct(qualifiers=times(value)), by="ada")
    assert said.record.qualifiers.time == [Time(kind="event", value=value)]


# --- what is filled in ------------------------------------------------------------------------------------------------


def test_names_values_and_targets_are_filled_in_as_the_program_would(kept: Judgements) -> None:
    quantity = mark("500 tonnes a year", "THRESHOLD")
    said = kept.judge(key(ONE), add(predicate="has_threshold", subject="e5", object=quantity), by="ada")
    assert (said.ends[1].value.unit, said.ends[1].value.value) == ("t/a", 500)
    about = Qualifiers(target="united states", measure="quota")
    assert kept.judge(key(ONE), correct(QUOTA, qualifiers=about), by="ada").record.qualifiers.target == "United States"
    named = mark("shipments", "PRODUCT", canonical="sea freight")
    assert kept.judge(key(ONE), correct(QUOTA, object=named), by="ada").ends[1].canonical == "sea freight"


def test_a_mention_of_the_same_thing_in_one_sentence_is_taken(kept: Judgements) -> None:
    said = kept.judge(key(ONE), correct(BAN, object=mark("shipments", "PRODUCT")), by="ada")
    assert said.ends[0].text == "Beijing", "it is called China, too"
    assert said.record.evidence.text == "Beijing also caps shipments of antimony at 500 tonnes a year."


def test_a_database_without_texts_takes_verdicts_but_no_marks(tmp_path: Path) -> None:
    bare = gallium().model_copy(update={"doc": gallium().doc.model_copy(update={"text": None})})
    store(str(tmp_path / "bare.db"), bare)
    judgements = open_judgements(tmp_path / "bare.db")
    assert (
        judgements.judge(key(ONE), correct(BAN, object="e5", predicate="dominates"), by="ada").record.evidence.end > 100
    )
    with pytest.raises(ConfigError, match="holds no text"):
        judgements.judge(key(ONE), correct(BAN, object=mark("Prices", "PRODUCT")), by="ada")
    judgements.close()
