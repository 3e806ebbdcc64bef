"""Rows become measures: families of things, lists adopted together, instruments and limits that belong to them."""

from __future__ import annotations

from itertools import permutations

from claimstake.ledger.measures import measures
from claimstake.ledger.model import Measure, Statement, Thing
from claimstake.ledger.rows import consolidate
from ledger_statements import CHINA, USA, document, limit, mineral, say, technology

BAN = "restricts_export_of"
CATALOGUE = Thing("Catalogue", "INSTRUMENT", "catalogue-of-technologies-prohibited-or-restricted-from-export")
MAKING = technology("battery cathode production technology", "battery-cathode-production-technology")
PREPARING = technology("battery cathode preparation", "battery-cathode-preparation")
JANUARY, JULY, AUGUST = document("jan", "2025-01-03"), document("jul", "2025-07-16"), document("aug", "2025-08-01")


def tell(*said: Statement) -> list[Measure]:
    return measures(consolidate(said))


def names(measure: Measure) -> set[str]:
    return {row.object.name for row in measure.rows}


def life(measure: Measure) -> list[tuple[str, str | None, list[str]]]:
    return [(s.kind, s.date, [d.key for d in s.documents]) for s in measure.life]


def test_a_kind_of_it_is_the_same_measure() -> None:
    """What the knowledge base calls a kind of another thing is one measure with it, and they have one life."""
    (found,) = tell(
        say(JANUARY, CHINA, BAN, MAKING, "proposed", announced="2025-01-02", deadline="2025-02-01"),
        say(JULY, CHINA, BAN, PREPARING, effective="2025-07-15"),
    )
    assert life(found) == [
        ("proposed", "2025-01-02", ["jan"]),
        ("comment_until", "2025-02-01", ["jan"]),
        ("in_force", "2025-07-15", ["jul"]),
    ]
    assert found.state is not None
    assert found.state.kind == "in_force"


def test_names_that_look_alike_are_no_family() -> None:
    """Only the knowledge base makes families: names that look alike, other actors, other predicates stay apart."""
    alike = technology("cathode production secrets")
    assert len(tell(say(JULY, CHINA, BAN, MAKING), say(JULY, CHINA, BAN, alike))) == 2
    assert len(tell(say(JULY, CHINA, BAN, MAKING), say(JULY, USA, BAN, MAKING))) == 2
    assert len(tell(say(JULY, CHINA, BAN, MAKING), say(JULY, CHINA, "restricts_import_of", MAKING))) == 2


def test_adopted_on_the_same_days() -> None:
    """A thing all of whose days are days of another measure was adopted with it; one with a day of its own was not."""
    gallium, germanium, antimony = (mineral(n) for n in ("gallium", "germanium", "antimony"))
    found = tell(
        say(JULY, CHINA, BAN, gallium, "announced", announced="2023-07-03", effective="2023-08-01"),
        say(AUGUST, CHINA, BAN, germanium, effective="2023-08-01"),
        say(AUGUST, CHINA, BAN, antimony, effective="2024-09-15"),
    )
    assert [names(m) for m in found] == [{"gallium", "germanium"}, {"antimony"}]


def test_said_in_one_sentence() -> None:
    """Things without a day are one measure where all that is said of the one is said of the other."""
    said = {"evidence": "Lithium, gallium and tin were put under control."}
    other = say(JULY, CHINA, BAN, mineral("cobalt"), evidence="Cobalt was spared, then not.")
    found = tell(say(JULY, CHINA, BAN, mineral("tin"), **said), say(JULY, CHINA, BAN, mineral("zinc"), **said), other)
    assert sorted(map(sorted, map(names, found))) == [["cobalt"], ["tin", "zinc"]]


def test_an_instrument_tells_of_what_it_covers() -> None:
    """Who says that the catalogue was updated and lists it is a source of the measure; other news of it are none."""
    (found,) = tell(
        say(AUGUST, CHINA, BAN, PREPARING, effective="2025-07-15"),
        say(JULY, CATALOGUE, "covers", PREPARING),
        say(JULY, CHINA, "issues", CATALOGUE, announced="2025-07-15"),
        say(document("old", "2023-12-22"), CHINA, "issues", CATALOGUE, announced="2023-12-21"),
    )
    assert {row.predicate for row in found.instruments} == {"covers", "issues"}
    assert life(found) == [("in_force", "2025-07-15", ["jul", "aug"])]


def test_another_country_s_instrument_does_not() -> None:
    """A list belongs to the measures of the country that made it."""
    found = tell(say(AUGUST, USA, BAN, PREPARING), say(JULY, CATALOGUE, "covers", PREPARING))
    assert [m.predicate for m in found] == [BAN, "covers"]


def test_limits_of_what_is_covered() -> None:
    """A limit belongs to the measure whose object covers the limited thing, if a document tells of both."""
    lfp = mineral("lithium-iron-phosphate")
    said = say(JULY, CHINA, BAN, PREPARING), say(JULY, PREPARING, "covers", lfp)
    (found,) = (m for m in tell(*said, limit(JULY, lfp, "220 MPa")) if m.predicate == BAN)
    assert [row.values[0].text for row in found.limits] == ["220 MPa"]
    apart = tell(*said, limit(document("elsewhere", "2025-07-17"), lfp, "220 MPa"))
    assert [m.limits for m in apart if m.predicate == BAN] == [[]]


def test_limits_have_one_order() -> None:
    """By what they limit and how, in whatever order a store gives the claims."""
    lfp, lmfp = mineral("lithium-iron-phosphate"), mineral("lithium-manganese-iron-phosphate")
    said = [say(JULY, CHINA, BAN, PREPARING), say(JULY, PREPARING, "covers", lfp), say(JULY, PREPARING, "covers", lmfp)]
    limits = [
        limit(JULY, lfp, "97%", parameter="efficiency"),
        limit(JULY, lfp, "220 MPa", parameter="density"),
        limit(JULY, lmfp, "155 mAh/g"),
    ]
    for order in permutations(limits):
        (found,) = (m for m in tell(*said, *order) if m.predicate == BAN)
        assert [row.values[0].text for row in found.limits] == ["220 MPa", "97%", "155 mAh/g"]


def test_copies_count_once() -> None:
    """Syndicated copies are one story."""
    copies = [document(key, "2025-07-16", story="s") for key in "abc"]
    (found,) = tell(*(say(d, CHINA, BAN, MAKING) for d in copies), say(AUGUST, CHINA, BAN, MAKING))
    assert (len(found.documents), found.stories) == (4, 2)
    assert found.seen == ("2025-07-16", "2025-08-01")


def test_in_order_of_time_and_facts_last() -> None:
    """Measures by their first day; what is no measure after them."""
    found = tell(
        say(JULY, CHINA, "produces", mineral("tin"), None),
        say(JULY, CHINA, BAN, mineral("zinc"), event="2024-05"),
        say(JULY, USA, BAN, mineral("tin"), event="2023"),
    )
    assert [(m.actor.name, m.predicate) for m in found] == [
        ("United States", BAN),
        ("China", BAN),
        ("China", "produces"),
    ]
