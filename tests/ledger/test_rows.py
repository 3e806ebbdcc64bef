"""Claims of many documents become rows: who is one actor, what is one thing, what contradicts what."""

from __future__ import annotations

import pytest

from claimstake.ledger.model import Thing
from claimstake.ledger.rows import consolidate
from ledger_statements import CHINA, USA, document, limit, mineral, say

REUTERS, XINHUA = document("reuters", "2023-07-04"), document("xinhua", "2023-08-02")
GALLIUM = mineral("gallium")
BAN, TARIFF = "restricts_export_of", "imposes_tariff_on"


@pytest.mark.parametrize(
    "speaker",
    [
        Thing("Ministry of Commerce (China)", "MINISTRY", "ministry-of-commerce-china"),
        Thing("Beijing", "PLACE", "beijing"),
        Thing("Ministry of Rare Metals (China)", "MINISTRY"),
        Thing("Chinese government", "MINISTRY"),
        Thing("Export Control Law", "INSTRUMENT", "catalogue-of-technologies-prohibited-or-restricted-from-export"),
    ],
    ids=lambda thing: thing.name,
)
def test_a_measure_is_its_country_s(speaker: Thing) -> None:
    """Ministry, capital and law act for their country, those of the gazetteers and those that no list has."""
    (row,) = consolidate([say(REUTERS, CHINA, BAN, GALLIUM), say(XINHUA, speaker, BAN, GALLIUM)])
    assert row.actor == CHINA
    assert [s.document for s in row.statements] == [REUTERS, XINHUA]


@pytest.mark.parametrize(
    "speaker",
    [
        Thing("Montana", "PLACE", "montana"),
        Thing("Catalonia Ministry", "MINISTRY"),
        Thing("Contemporary Amperex Technology", "COMPANY", "contemporary-amperex-technology"),
    ],
    ids=lambda thing: thing.name,
)
def test_others_act_for_themselves(speaker: Thing) -> None:
    """Neither a state of a country, nor a body of nobody knows where, nor a firm is its country."""
    (row,) = consolidate([say(REUTERS, speaker, BAN, GALLIUM)])
    assert row.actor == speaker


def test_facts_keep_their_subject() -> None:
    """Only measures are a country's: what a ministry invests in, the ministry invests in."""
    ministry = Thing("Ministry of Commerce (China)", "MINISTRY", "ministry-of-commerce-china")
    (row,) = consolidate([say(REUTERS, ministry, "invests_in", GALLIUM, None)])
    assert row.actor == ministry
    assert row.life == []


def test_names_without_an_id_fit_whatever_their_case_and_number() -> None:
    """Things without an id are one by their names; things with different ids are not."""
    one, other = Thing("Cathode precursors", "MINERAL"), Thing("cathode precursor", "MINERAL")
    assert len(consolidate([say(REUTERS, CHINA, BAN, one), say(XINHUA, CHINA, BAN, other)])) == 1
    assert len(consolidate([say(REUTERS, CHINA, BAN, GALLIUM), say(XINHUA, CHINA, BAN, mineral("germanium"))])) == 2


def test_a_target_makes_another_row() -> None:
    """What is kept from one country is another claim than what is kept from all."""
    said = [say(REUTERS, CHINA, BAN, GALLIUM), say(REUTERS, CHINA, BAN, GALLIUM, target="United States")]
    assert [row.target for row in consolidate(said)] == [None, "United States"]


def test_partners_in_either_order() -> None:
    """A symmetric predicate has one row for both orders."""
    rows = consolidate(
        [say(REUTERS, CHINA, "partners_with", USA, None), say(XINHUA, USA, "partners_with", CHINA, None)]
    )
    assert len(rows) == 1


def test_ids_are_the_same_in_every_run() -> None:
    """A row's id depends on what it says, not on who says it, nor on the order."""
    said = [say(REUTERS, CHINA, BAN, GALLIUM), say(REUTERS, CHINA, BAN, mineral("graphite"))]
    again = [say(XINHUA, CHINA, BAN, mineral("graphite")), say(XINHUA, CHINA, BAN, GALLIUM)]
    assert {row.id for row in consolidate(said)} == {row.id for row in consolidate(again)}


def test_affirmed_and_denied() -> None:
    """A flat denial of what another says flatly is a contradiction; a doubtful one is none."""
    said = [say(REUTERS, CHINA, BAN, GALLIUM), say(XINHUA, CHINA, BAN, GALLIUM, polarity="negated")]
    (row,) = consolidate(said)
    (found,) = row.contradictions
    assert found.kind == "polarity"
    assert [side[0].document for side in found.sides] == [REUTERS, XINHUA]
    doubted = [said[0], say(XINHUA, CHINA, BAN, GALLIUM, polarity="negated", certainty="hedged")]
    assert consolidate(doubted)[0].contradictions == []


def test_no_contradiction_with_what_was_before() -> None:
    """Whoever denies a rule before it was made, or in force what is only proposed, contradicts nobody."""
    early = say(document("early", "2022-01-01"), CHINA, BAN, GALLIUM, polarity="negated")
    assert consolidate([early, say(XINHUA, CHINA, BAN, GALLIUM, effective="2023-08-01")])[0].contradictions == []
    proposed = say(REUTERS, CHINA, BAN, GALLIUM, "proposed")
    assert consolidate([proposed, say(XINHUA, CHINA, BAN, GALLIUM, polarity="negated")])[0].contradictions == []
    again = say(document("late", "2023-09-01"), CHINA, BAN, GALLIUM, polarity="negated")
    found = consolidate([early, say(XINHUA, CHINA, BAN, GALLIUM, effective="2023-08-01"), again])[0].contradictions
    assert [[s.document.key for s in c.sides[1]] for c in found] == [["late"]]


def test_a_limit_keeps_its_history() -> None:
    """Limits of one parameter are one row, whatever their numbers; the superseded ones stand first."""
    lfp = mineral("lithium iron phosphate")
    pressed = {"parameter": "powder compact density"}
    said = [
        limit(XINHUA, lfp, "220 MPa", supersedes="300 MPa", effective="2025-07-15", **pressed),
        limit(REUTERS, lfp, "300 MPa", "proposed", announced="2025-01-02", **pressed),
        limit(REUTERS, lfp, "≥ 160 mAh/g"),
    ]
    pressure, capacity = consolidate(said)
    told = [(v.text, v.status, v.date, v.superseded) for v in pressure.values]
    assert told == [("300 MPa", "proposed", "2025-01-02", False), ("220 MPa", "in_force", "2025-07-15", False)]
    assert len(capacity.values) == 1
    assert not pressure.contradictions


def test_a_draft_s_limit_that_only_the_final_rule_tells() -> None:
    """The old value is told by `supersedes` alone."""
    (row,) = consolidate([limit(XINHUA, GALLIUM, "220 MPa", supersedes="300 MPa")])
    assert [(v.text, v.superseded) for v in row.values] == [("300 MPa", True), ("220 MPa", False)]


def test_two_values_at_one_time() -> None:
    """Different numbers of different stories at one time contradict each other; a copy contradicts nobody."""
    first = limit(document("a", "2025-07-16"), GALLIUM, "97%", parameter="purity", effective="2025-07-15")
    second = limit(document("b", "2025-07-17"), GALLIUM, "95%", parameter="purity", effective="2025-07-15")
    later = limit(document("c", "2026-07-17"), GALLIUM, "90%", parameter="purity", effective="2026-07-01")
    (row,) = consolidate([first, second, later])
    (found,) = row.contradictions
    assert (found.kind, found.says) == ("value", "95% or 97%")
    copies = [document("a", "2025-07-16", story="s"), document("b", "2025-07-17", story="s")]
    said = [limit(d, GALLIUM, text, parameter="purity") for d, text in zip(copies, ("97%", "95%"), strict=True)]
    assert consolidate(said)[0].contradictions == []


def test_a_tariff_s_rates() -> None:
    """A tariff keeps its rates, and what limits of its sentence say of them; those are no rows of their own."""
    cars = Thing("electric vehicle", "PRODUCT", "electric-vehicle")
    same = {"evidence": "The tariff on cars is to rise from 25% to 100%."}
    said = [
        say(REUTERS, USA, TARIFF, cars, "proposed", rate="100%", announced="2024-05-14", **same),
        limit(REUTERS, cars, "100%", "proposed", parameter="tariff", supersedes="25%", **same),
        limit(REUTERS, cars, "25%", "proposed", parameter="tariff", **same),
        say(XINHUA, USA, TARIFF, cars, rate="100%", effective="2024-09-27"),
    ]
    (row,) = consolidate(said)
    told = [(v.text, v.status, v.superseded, v.date) for v in row.values]
    assert told == [
        ("25%", "proposed", True, "2024-05-14"),
        ("100%", "proposed", False, "2024-05-14"),
        ("100%", "in_force", False, "2024-09-27"),
    ]


def test_up_to_60_percent_may_be_25() -> None:
    """A rate below a ceiling that others tell does not contradict it, one above it does."""

    def flags(rate: str) -> list[str]:
        pairs = ((REUTERS, "up to 60%"), (XINHUA, rate))
        said = [say(source, USA, TARIFF, CHINA, rate=r, effective="2018-07-06") for source, r in pairs]
        return [c.kind for c in consolidate(said)[0].contradictions]

    assert flags("25%") == []
    assert flags("145%") == ["value"]
