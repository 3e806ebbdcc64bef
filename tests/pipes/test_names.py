"""Names without a list: own words of the name, context, and the NER as the last resort."""

from __future__ import annotations

import pytest
from spacy.language import Language

from claimstake.attributes import MENTIONS, NAMES


def found(nlp: Language, text: str, key: str = MENTIONS) -> set[tuple[str, str]]:
    doc = nlp(text, disable=["claimstake_claims"])
    return {(s.text, s.label_) for s in doc.spans[key]}


@pytest.mark.parametrize(
    ("text", "name", "label"),
    [
        ("Shares of Kivikoski Mining Corp. rose on Monday.", "Kivikoski Mining Corp.", "COMPANY"),
        ("Orrelund Materials Co., Ltd. sells powder.", "Orrelund Materials Co., Ltd.", "COMPANY"),
        (
            "The Ministry of Quarries and Harbours declined.",
            "Ministry of Quarries and Harbours",
            "MINISTRY",
        ),
        ("She studied at the University of Orrelund for years.", "University of Orrelund", "ORGANIZATION"),
        ("It was a plan of the Trump administration, he wrote.", "Trump administration", "MINISTRY"),
        ("The Dutch government refused the licence.", "Dutch government", "MINISTRY"),
        ("The mayor thanked chief executive Helena Brandt for coming.", "Helena Brandt", "PERSON"),
    ],
)
def test_names_by_words_and_role(nlp: Language, text: str, name: str, label: str) -> None:
    """Legal form, opener, demonym or role decides the label of a name that stands in no list."""
    assert (name, label) in found(nlp, text)


def test_possessor_is_no_part_of_the_body(nlp: Language) -> None:
    """A nationality adjective belongs to a body's name, a possessive does not."""
    assert ("Ministry of Commerce", "MINISTRY") in found(nlp, "China's Ministry of Commerce spoke.")
    assert ("Chinese Ministry of Commerce", "MINISTRY") in found(nlp, "The Chinese Ministry of Commerce spoke.")


@pytest.mark.parametrize(
    "text",
    ["Chief Executive Officer", "The Company said so.", "Section 5 and Annex II apply.", "The Board of Directors met."],
)
def test_titles_and_furniture_are_no_names(nlp: Language, text: str) -> None:
    """Job titles, "the Company" and cross-references are not marked."""
    assert found(nlp, text) == set()


def test_two_bodies_joined_by_and(nlp: Language) -> None:
    """ "Ministry of X and Ministry of Y" are two bodies."""
    names = found(nlp, "The Ministry of Quarries and Ministry of Harbours met.")
    assert {("Ministry of Quarries", "MINISTRY"), ("Ministry of Harbours", "MINISTRY")} <= names


def test_short_body_needs_its_union(nlp: Language) -> None:
    """ "the Commission" is the European one only where the text speaks of the Union."""

    def rules(text: str) -> set[str]:
        group = nlp(text).spans[NAMES]
        return {group.attrs[s.id_]["extractor"] for s in group if s.text == "Commission"}

    assert "name.short" in rules("Each Member State shall inform the Commission.")
    assert "name.short" not in rules("The parish shall inform the Commission.")
