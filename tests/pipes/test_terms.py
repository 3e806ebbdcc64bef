"""Open-class mentions: what the grammar of terms makes of own sentences."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis.strategies import from_regex
from spacy.language import Language

from claimstake.attributes import MENTIONS, in_order
from claimstake.knowledge.tables import toml
from markup import parse


def labelled(nlp: Language, text: str) -> list[tuple[str, str]]:
    """Mentions of a text in order, outer before inner: words and label."""
    doc = nlp(text, disable=["claimstake_claims"])
    return [(s.text, s.label_) for s in in_order(doc.spans[MENTIONS])]


def wanted(markup: str) -> tuple[str, list[tuple[str, str]]]:
    """Plain text of a marked sentence, and its mentions."""
    text, marked = parse(markup)
    return text, [(text[m.start : m.end], m.label) for m in marked]


@pytest.mark.parametrize(
    "markup",
    [
        "The agency added [technologies for extracting [metallic lithium|MINERAL] and [gallium|MINERAL]|TECHNOLOGY].",
        "It bought [technology used to make [battery cathodes|PRODUCT]|TECHNOLOGY].",
        "The firm dominates the [processing of [rare earths|MINERAL]|TECHNOLOGY].",
        "Engineers improved the [[tungsten|MINERAL] smelting|TECHNOLOGY] line.",
        "The rule covers [[semiconductor|PRODUCT] and AI technologies|TECHNOLOGY].",
    ],
)
def test_technologies(nlp: Language, markup: str) -> None:
    """A technology takes its modifiers and the tail that says which it is; minerals and products nest in it."""
    text, expected = wanted(markup)
    assert labelled(nlp, text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "The technologies are new.",
        "They sold equipment and machinery.",
        "Such materials and products matter.",
        "It is a key process.",
        "The company improved its management system.",
    ],
)
def test_bare_heads_are_no_mention(nlp: Language, text: str) -> None:
    """A head that says nothing alone is not marked."""
    assert labelled(nlp, text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("They need the most powerful chips.", "chips"),
        ("They need critical rare earth magnets.", "rare earth magnets"),
        ("They need advanced memory chips.", "advanced memory chips"),
        ("They need Chinese lithium-ion batteries.", "lithium-ion batteries"),
        ("They need high-efficiency optical sensors.", "high-efficiency optical sensors"),
    ],
)
def test_what_opens_a_product(nlp: Language, text: str, expected: str) -> None:
    """Praise, superlatives and nationality stay out at the front; words that narrow stay in."""
    assert labelled(nlp, text) == [(expected, "PRODUCT")]


def test_coordinated_products_are_apart(nlp: Language) -> None:
    """Two products that share no head are two mentions."""
    assert labelled(nlp, "It makes batteries and electric vehicles.") == [
        ("batteries", "PRODUCT"),
        ("electric vehicles", "PRODUCT"),
    ]


@pytest.mark.parametrize(
    "name",
    [
        "Fair Quarry Trade Act of 2021",
        "Executive Order 13953",
        "Regulation (EU) 2021/821",
        "Announcement No. 46 of 2024",
        "Strategic Quarry Goods Control Law",
    ],
)
def test_instruments_by_name_and_number(nlp: Language, name: str) -> None:
    """Laws and orders are found by capitalised heads and by their numbers, whole."""
    assert (name, "INSTRUMENT") in labelled(nlp, f"Exports are governed by the {name}, officials said.")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Exports to Country Group D:5 need a licence.", "Country Group D:5"),
        ("The rule adds ECCN 9B777 to the list.", "ECCN 9B777"),
        ("It puts torvexin in schedule II of the Controlled Substances Act now.",
         "schedule II of the Controlled Substances Act"),
        ("The agency delays the June 4, 2031, final rule that set limits.", "final rule"),
        ("It bound them under the 1974 Convention on Torvan Waters.", "1974 Convention on Torvan Waters"),
        ("The law has a title, \"Building Torvan Cells at Home,\" with grants.", "Building Torvan Cells at Home"),
        ("It renewed Facility Operating License No. DPR-777 in May.", "Facility Operating License No. DPR-777"),
        ("9B777 Torvan mixers and parts for them.\n\nControls: AT", "9B777"),
    ],
)  # fmt: skip
def test_instruments_with_codes_and_dates(nlp: Language, text: str, name: str) -> None:
    """Codes, dates and quoted titles make an instrument of what says little alone."""
    assert (name, "INSTRUMENT") in labelled(nlp, text)


@pytest.mark.parametrize("text", ["This final rule retitles the part.", "See ECCN 9B777 for mixers."])
def test_nominal_rules_and_references(nlp: Language, text: str) -> None:
    """A rule that is only pointed to, and a reference from one entry to another, are unmarked."""
    assert "INSTRUMENT" not in {label for _, label in labelled(nlp, text)}


def test_short_form_of_an_instrument(nlp: Language) -> None:
    """ "the Act" is a mention, "the act" is not."""
    found = labelled(
        nlp, "The Fair Quarry Trade Act of 2021 bans it. Under the Act, fines apply. In the act, he smiled."
    )
    assert [m for m in found if m[1] == "INSTRUMENT"] == [
        ("Fair Quarry Trade Act of 2021", "INSTRUMENT"),
        ("Act", "INSTRUMENT"),
    ]


@pytest.mark.parametrize("name", ["Kallioluoto mine", "Sierra Parda Basin", "Ormsby County"])
def test_sites_by_their_heads(nlp: Language, name: str) -> None:
    """A capitalised name before mine, basin, county is a place that no list needs to know."""
    assert (name, "PLACE") in labelled(nlp, f"Drilling began near the {name} in spring.")


@pytest.mark.parametrize(
    "markup",
    [
        "[2B977|INSTRUMENT] [Rolling mills|PRODUCT] for foil, as follows.\n\nItems:\n\n"
        "a. [Rollers|PRODUCT] having a diameter of [3 m or more|THRESHOLD];\n"
        "b. [Clamps|PRODUCT] and [saddles|PRODUCT] designed for the mills;\n"
        "c. An accuracy that is better than usual;\n"
        'd. Other parts and "components" for the mills.\n',
        "[1C977|INSTRUMENT] [Binders|MINERAL], as follows.\n\nItems:\n\n"
        "a. [Hydroxy-terminated polyester|MINERAL];\n"
        "b. Reserved.\n",
    ],
)
def test_entries_name_their_items(nlp: Language, markup: str) -> None:
    """What opens an item of a control list is named there, known or not; bare heads and what is measured are not."""
    text, expected = wanted(markup)
    assert labelled(nlp, text) == expected


def test_items_of_other_lists_are_not_entries(nlp: Language) -> None:
    """Only texts that begin with an entry's code are read so."""
    assert labelled(nlp, "What to bring:\n\na. Rollers having a diameter;\nb. Saddles designed for it.\n") == []


def test_licence_in_a_heading_begins_with_its_word(nlp: Language) -> None:
    """White space between a section's number and its heading is no part of the name."""
    found = labelled(nlp, "§ 811.23   General license for the export of deuterium oxide.\n\n(a) See below.\n")
    assert ("General license", "INSTRUMENT") in found


@pytest.mark.parametrize("pattern", toml("terms.toml")["INSTRUMENT"]["patterns"])
def test_what_a_code_pattern_fits_holds_a_cue(pattern: str) -> None:
    cues = toml("terms.toml")["INSTRUMENT"]["pattern_cues"]

    @given(from_regex(re.compile(pattern, re.MULTILINE)))
    def check(text: str) -> None:
        assert any(cue in text for cue in cues)

    check()
