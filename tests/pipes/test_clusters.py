"""Canonical names."""

from __future__ import annotations

import pytest
from spacy.language import Language

from claimstake.attributes import MENTIONS
from claimstake.pipes import canonical


def names(nlp: Language, text: str) -> list[tuple[str, str]]:
    doc = nlp(text, disable=["claimstake_claims"])
    group = doc.spans[MENTIONS]
    return [(s.text, group.attrs[s.id_]["canonical"]) for s in group]


@pytest.mark.parametrize(
    ("text", "mention", "name"),
    [
        ("Beijing banned exports of gallium.", "Beijing", "China"),
        ("The talks in Beijing went on.", "Beijing", "Beijing"),
        ("Washington answered with tariffs.", "Washington", "United States"),
        ("China's Ministry of Commerce spoke.", "Ministry of Commerce", "Ministry of Commerce (China)"),
        ("The U.S. Commerce Department spoke.", "U.S. Commerce Department", "United States Department of Commerce"),
        ("Demand for EVs grew.", "EVs", "electric vehicle"),
        ("It sold advanced memory chips.", "advanced memory chips", "advanced memory chip"),
    ],
)
def test_canonical_names(nlp: Language, text: str, mention: str, name: str) -> None:
    """Rows give their name, a capital that acts its country, a body its country's row, a common noun its singular."""
    assert (mention, name) in names(nlp, text)


def test_row_ids(nlp: Language) -> None:
    """A mention that a row names carries the row's id."""
    doc = nlp("Gallium is dear.", disable=["claimstake_claims"])
    group = doc.spans[MENTIONS]
    assert [group.attrs[s.id_]["kb_id"] for s in group] == ["gallium"]


def test_surname_joins_the_full_name(nlp: Language) -> None:
    """A later surname clusters with the person named in full."""
    found = names(nlp, "Helena Brandt, the firm's chief executive, left. Brandt said so.")
    assert [name for _, name in found] == ["Helena Brandt", "Helena Brandt"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("technologies for extracting lithium and gallium", "lithium and gallium extraction technology"),
        ("technologies to process them", "processing technology"),
        ("processing of critical minerals", "critical mineral processing"),
        ("Resin Methods", "resin method"),
    ],
)
def test_technology_normal_form(text: str, name: str) -> None:
    """A tail with a verb or a noun of action is turned into a compound."""
    assert canonical.technology(text) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Kivikoski Mining Corp.", "Kivikoski Mining"),
        ("Orrelund Materials Co., Ltd.", "Orrelund Materials"),
        ("Ltd", "Ltd"),
    ],
)
def test_legal_forms_are_dropped(text: str, name: str) -> None:
    """A firm's canonical name has no legal form."""
    assert canonical.company(text) == name
