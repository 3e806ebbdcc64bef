"""Short forms in brackets and what they stand for."""

from __future__ import annotations

import pytest
from spacy.language import Language

from claimstake.attributes import MENTIONS


def pairs(nlp: Language, text: str) -> list[tuple[str, str]]:
    doc = nlp(text, disable=["claimstake_claims"])
    return [(doc[a:b].text, doc[c:d].text) for a, b, c, d in doc._.abbreviations]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Demand for lithium manganese oxide (LMO) grew.", [("LMO", "lithium manganese oxide")]),
        ("The Fair Quarry Trade Act (FQTA or the Act) applies.", [("FQTA", "Fair Quarry Trade Act")]),
        ("Kivikoski Mining Corp. (“Kivikoski” or the “Company”) said so.", [("Kivikoski", "Kivikoski Mining Corp.")]),
        (
            "It names lithium iron phosphate (LFP), lithium manganese iron phosphate (LMFP) and others.",
            [],  # their F is no letter of the words; "LMFP" is not what begins before "(LFP)"
        ),
        ("Prices rose (see below) in May (2024).", []),
        ("Kivikoski Mining (NYSE: KVM) fell.", []),
    ],
)
def test_pairs(nlp: Language, text: str, expected: list[tuple[str, str]]) -> None:
    """Letters must stand in the long form in order; asides, years and tickers are no short forms."""
    assert pairs(nlp, text) == expected


def test_both_share_label_and_canonical(nlp: Language) -> None:
    """A short form gets label and canonical name of its long form, here and later in the text."""
    doc = nlp(
        "The Harbour Ore Inspection Agency (HOIA) fined it. The HOIA refused to comment.", disable=["claimstake_claims"]
    )
    group = doc.spans[MENTIONS]
    names = {(s.text, s.label_, group.attrs[s.id_]["canonical"]) for s in group}
    assert names == {
        ("Harbour Ore Inspection Agency", "MINISTRY", "Harbour Ore Inspection Agency"),
        ("HOIA", "MINISTRY", "Harbour Ore Inspection Agency"),
    }
    assert [s.text for s in group].count("HOIA") == 2


def test_one_long_line(nlp: Language) -> None:
    """Brackets without end cost no more than their number."""
    finder = nlp.get_pipe("claimstake_abbreviations")
    doc = nlp.make_doc("( " * 40_000)
    for token in doc:
        token.is_sent_start = token.i == 0
    assert finder.find(doc) == []
