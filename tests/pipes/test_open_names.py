"""Names and goods that no list has: what stands beside them, their lists, titles and brackets decide."""

from __future__ import annotations

import time

import pytest
from spacy.language import Language
from spacy.tokens import Doc

from claimstake.attributes import MENTIONS


def read(nlp: Language, text: str) -> Doc:
    return nlp(text, disable=["claimstake_claims"])


def found(nlp: Language, text: str) -> set[tuple[str, str]]:
    doc = read(nlp, text)
    return {(s.text, s.label_) for s in doc.spans[MENTIONS]}


def labels_of(nlp: Language, text: str, name: str) -> list[str]:
    doc = read(nlp, text)
    return [s.label_ for s in doc.spans[MENTIONS] if s.text == name]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Quorvane is a maker of anodes. Later Quorvane hired two people.", "Quorvane"),
        ("VoltaZinc unveiled a cell. VoltaZinc's customers are hospitals.", "VoltaZinc"),
        ("The mine was bought by Tarnwick Ores (TSXV: TRN) in spring.", "Tarnwick Ores"),
        ("Brindlow announced a plan. Brindlow offers credit. See www.brindlow.com for more.", "Brindlow"),
        ("Hestrovan Lodes (“Hestrovan” or the “Company”) found tin in the hills.", "Hestrovan Lodes"),
        ("Quernstone plc said it had found tin.", "Quernstone plc"),
        (
            "Officials asked Karakum Profil San. ve Tic. Ltd. Sti. for its books.",
            "Karakum Profil San. ve Tic. Ltd. Sti.",
        ),
        ("It bought steel from Ferrovento S.p.A. of Italy.", "Ferrovento S.p.A."),
        ("A parcel went to Polmet Sp. z o.o. by rail.", "Polmet Sp. z o.o."),
        ("The order went to OOO Tekhnoprom last year.", "OOO Tekhnoprom"),
        ("The study is by Orrelund Design Institute Co., Ltd. of Malmö.", "Orrelund Design Institute Co., Ltd."),
        ("Palladium Group Metals (NYSE American: PGM) drilled in Finland.", "Palladium Group Metals"),
        ("Orrelund Critical Minerals, based in Utah, is developing a mine.", "Orrelund Critical Minerals"),
        ("Glencore, Trafigura and Orbenmark agreed to buy ore.", "Orbenmark"),
    ],
)
def test_firms_by_what_stands_beside_them(nlp: Language, text: str, name: str) -> None:
    """Verbs, possessions, tickers, web addresses, definitions, legal forms and lists make a firm of an unknown name."""
    assert (name, "COMPANY") in found(nlp, text)


@pytest.mark.parametrize(
    "text", ["The Beginner announced it.", "In Karabolka they announced a plan.", "Working Group members met."]
)
def test_little_evidence_makes_no_firm(nlp: Language, text: str) -> None:
    """One verb alone, or a place's preposition, is too little."""
    assert not {label for _, label in found(nlp, text)} & {"COMPANY"}


def test_people_of_the_text_are_no_firms(nlp: Language) -> None:
    """A surname stands for the person named in full, whatever stands beside it; a post's department is no firm."""
    text = "Hanna Brekke runs the mine. Then Brekke shares her plans. He is Vice President of Exploration there."
    assert labels_of(nlp, text, "Brekke") == ["PERSON"]
    assert not labels_of(nlp, text, "Exploration")


def test_short_form_goes_before_a_place_of_that_name(nlp: Language) -> None:
    """The first word of a firm's long name stands for the firm, under one canonical name."""
    doc = read(nlp, "Commerce asked Karakum Profil San. ve Tic. Ltd. Sti. twice. Sales by Karakum of pipes grew.")
    group = doc.spans[MENTIONS]
    names = {group.attrs[s.id_]["canonical"] for s in group if s.label_ == "COMPANY"}
    assert labels_of(nlp, doc.text, "Karakum") == ["COMPANY"]
    assert names == {"Karakum Profil"}


def test_mentions_keep_the_rule_that_found_them(nlp: Language) -> None:
    """What was found directly is credited to its rule; what recurrence or the recogniser added, to them."""
    doc = read(nlp, "Kivikoski Mining Corp. rose. The owner of Kivikoski is glad.")
    group = doc.spans[MENTIONS]
    rules = [group.attrs[s.id_]["extractor"] for s in group if s.label_ == "COMPANY"]
    assert rules[0].startswith(("name.", "ner."))
    assert set(rules[1:]) <= {"propagated", "recognised"}
    assert len(rules) == 2


def test_exchange_before_a_ticker(nlp: Language) -> None:
    """A city before a ticker is its exchange, and the ticker is unmarked."""
    marked = found(nlp, "Tarnwick Ores Corp. (TSXV: TRN) (FRANKFURT: 7RV) found tin.")
    assert ("FRANKFURT", "ORGANIZATION") in marked
    assert not {"TRN", "7RV"} & {text for text, _ in marked}


def test_events_are_no_bodies(nlp: Language) -> None:
    """An administrative review is no organisation, a technology review may be one."""
    assert not found(nlp, "It published the Antidumping Duty Administrative Review.")
    assert ("Orrelund Technology Review", "ORGANIZATION") in found(
        nlp, "She wrote for Orrelund Technology Review then."
    )


@pytest.mark.parametrize(
    ("text", "name", "label"),
    [
        ("They ship electric vehicle (EV) batteries to Oslo.", "electric vehicle (EV) batteries", "PRODUCT"),
        ("Miners use ASIC and GPU devices at home.", "ASIC and GPU devices", "PRODUCT"),
        ("It revoked the countervailing duty (CVD) order on rails.", "countervailing duty (CVD) order", "INSTRUMENT"),
        ("Banks count on the investment tax credit for wafers.", "investment tax credit", "INSTRUMENT"),
        ("He earns a living with Bitcoin mining in Iceland.", "Bitcoin mining", "TECHNOLOGY"),
        ("Log in with two-factor authentication every time.", "two-factor authentication", "TECHNOLOGY"),
        ("Drilling began along the Torvan Trend in May.", "Torvan Trend", "PLACE"),
        ("It built a hall in the Tresk High-Tech Industrial Park then.", "Tresk High-Tech Industrial Park", "PLACE"),
        ("Exports of gallium, germanium, ferrovexium and antimony fell.", "ferrovexium", "MINERAL"),
        ("The list names batteries, brumvalves and semiconductors.", "brumvalves", "PRODUCT"),
        ("They sell solar-grade tellurium to labs.", "solar-grade tellurium", "MINERAL"),
        ("The plant turns out valves and oscillators for export.", "oscillators", "PRODUCT"),
        ("She has spent her life in mineral exploration abroad.", "mineral", "MINERAL"),
        (
            "They license technology for the production of tungsten carbide.",
            "technology for the production of tungsten carbide",
            "TECHNOLOGY",
        ),
    ],
)
def test_open_terms(nlp: Language, text: str, name: str, label: str) -> None:
    """Brackets, shared heads, kinds of credit and order, sites and list members are whole mentions."""
    assert (name, label) in found(nlp, text)


def test_mining_of_a_mineral_is_no_virtual_mining(nlp: Language) -> None:
    """Only mining that says how, not of what, is a technology by itself."""
    assert ("copper mining", "TECHNOLOGY") not in found(nlp, "The region lives on copper mining.")


def test_titles_of_articles_are_no_instruments(nlp: Language) -> None:
    """A quoted title after "article" is no instrument, after "rule" it is one."""
    title = "Changes to the Control of Quarry Goods"
    assert (title, "INSTRUMENT") not in found(nlp, f"An article on the rule, “{title}”, was read.")
    assert (title, "INSTRUMENT") in found(nlp, f"It published a rule, “{title}”, today.")


def test_goods_of_a_trade_title(nlp: Language) -> None:
    """What stands between "Certain" and "From" a country is one product, in the text too."""
    text = (
        "Certain Pleated Brumblewares and Lids From Thailand: Antidumping Duty Order\n\n"
        "Commerce found that pleated brumblewares and lids from Thailand were sold below value.\n"
    )
    marked = found(nlp, text)
    assert ("Pleated Brumblewares and Lids", "PRODUCT") in marked
    assert ("pleated brumblewares and lids", "PRODUCT") in marked


def test_elliptical_compound_has_its_full_name(nlp: Language) -> None:
    """In "lithium carbonate and hydroxide" the second is lithium hydroxide."""
    doc = read(nlp, "The plant makes lithium carbonate and hydroxide.")
    group = doc.spans[MENTIONS]
    assert {s.text: group.attrs[s.id_]["canonical"] for s in group}["hydroxide"] == "lithium hydroxide"


def test_praise_before_minerals_stays_outside(nlp: Language) -> None:
    """ "high-value" ranks, "non-Chinese" says whence: neither belongs to the mention."""
    marked = {text for text, _ in found(nlp, "It wants high-value minerals and non-Chinese gallium.")}
    assert {"minerals", "gallium"} <= marked


def test_technology_used_in_a_process(nlp: Language) -> None:
    """ "technologies used in X refining" is "X refining technology" by its normal form."""
    doc = read(nlp, "Technologies used in tellurium refining are covered.")
    group = doc.spans[MENTIONS]
    assert "tellurium refining" in {group.attrs[s.id_]["canonical"].removesuffix(" technology") for s in group}


def test_long_lines_stay_fast(nlp: Language) -> None:
    """A long line of brackets, lists and capitals is read in time proportional to its length."""
    doc = nlp.make_doc("gallium, Abc (X) and (Y: Z) Corp " * 1500)
    names = ("claimstake_names", "claimstake_terms", "claimstake_abbreviations", "claimstake_mentions")
    doc[0].is_sent_start = True
    for token in doc[1:]:
        token.is_sent_start = False
    for token in doc:
        token.tag_, token.lemma_, token.dep_ = "NNP", token.lower_, "compound"
    begin = time.process_time()
    for name in ("claimstake_gazetteer", *names[1:2], names[0], *names[2:]):
        doc = nlp.get_pipe(name)(doc)
    assert time.process_time() - begin < 20


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("The drill plan was set by Torsten Quellbridge on site.", "Torsten Quellbridge"),
        ("OSLO - May 3, 2024 - Ingrid Marlowe-Tesk, founder of the mine, spoke.", "Ingrid Marlowe-Tesk"),
        ("They met Vice President of Exploration Megan Halsted there.", "Megan Halsted"),
        ("It was signed by Governor K.T. Brannigan in the hall.", "K.T. Brannigan"),
        ("She thanked Beatriz De La Torvel for the ore.", "Beatriz De La Torvel"),
    ],
)
def test_people_by_given_names_and_roles(nlp: Language, text: str, name: str) -> None:
    """A given name with a surname, and initials after a title, name a person wherever they stand."""
    assert (name, "PERSON") in found(nlp, text)


@pytest.mark.parametrize(
    "text",
    [
        "Most of the money goes to clinics of the Ryan Talbot HIV/AIDS Program, which began in spring.",
        "It drilled the San Martin Verlaux vein.",
        "Boats ply the Gordon River in spring.",
    ],
)
def test_given_names_inside_other_names(nlp: Language, text: str) -> None:
    """A given name that opens or ends a longer name makes no person of it."""
    assert "PERSON" not in {label for _, label in found(nlp, text)}


@pytest.mark.parametrize(
    "text",
    [
        "The agency widened its Reasonably Available Control Technology review.",
        "By this Notice, the agency asks for views.",
        "It runs the Housing Choice Voucher program.",
        "It is held by the Commonwealth of the isles.",
    ],
)
def test_ordinary_words_name_nothing(nlp: Language, text: str) -> None:
    """Capitals alone make no place, body or instrument of words that running text writes in lower case."""
    assert not {label for _, label in found(nlp, text)} & {"PLACE", "MINISTRY", "ORGANIZATION", "INSTRUMENT"}


def test_ordinary_words_before_a_listed_body(nlp: Language) -> None:
    """What narrows or dates a listed name in a title does not belong to it."""
    marked = found(nlp, "Updates Based on the Latest Nuclear Suppliers Group Plenary Meetings")
    assert ("Nuclear Suppliers Group", "ORGANIZATION") in marked
    assert "COMPANY" not in {label for _, label in marked}


def test_ticker_that_a_name_explains_is_unmarked(nlp: Language) -> None:
    """A ticker stays unmarked also where the recogniser or a recurrence takes it for the firm."""
    marked = found(nlp, "Torvan Zinc Corp. (NYSE: TVZ) (TSX: TVZ) rose. Torvan Zinc Corp. (NYSE: TVZ) then fell.")
    assert "TVZ" not in {text for text, _ in marked}
