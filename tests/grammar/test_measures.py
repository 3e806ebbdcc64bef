"""The measure grammar: span, comparator, value and unit of every measure of a text, and nothing else."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claimstake.grammar.measure_context import act_of, condition_of, parameter_in_lead, parameter_of
from claimstake.grammar.measures import MeasureMatch, find_measures

MARK = re.compile(r"\[\[(.*?)\]\]")


def marked(markup: str) -> tuple[str, list[tuple[int, int]]]:
    """The text of "a [[5 kg]] bag" and where its marks stand; raises on marks that do not close."""
    spans, text, last = [], "", 0
    for found in MARK.finditer(markup):
        text += markup[last : found.start()]
        spans.append((len(text), len(text) + len(found[1])))
        text += found[1]
        last = found.end()
    text += markup[last:]
    if "[[" in text or "]]" in text:
        raise ValueError(f"unbalanced marks: {markup}")
    return text, spans


def row(measure: MeasureMatch) -> tuple[str, object, str]:
    return measure.comparator, measure.value, measure.unit


SINGLE = [
    # comparators in words and signs
    ("A yield of [[at least 97%]] is needed.", ">=", 97, "%"),
    ("Levies of [[up to 60%]] are planned.", "<=", 60, "%"),
    ("voltage [[≥3.85V]]", ">=", 3.85, "V"),
    ("density [[> 1.2 g/cc]]", ">", 1.2, "g/cm3"),
    ("purity [[>= 99.9 %]]", ">=", 99.9, "%"),
    ("a capacity of [[no less than 160 mAh/g]]", ">=", 160, "mAh/g"),
    ("They spent [[more than $2 billion]] there.", ">", 2e9, "USD"),
    ("a duty [[as high as 145 percent]]", "<=", 145, "%"),
    ("It refines [[nearly 80%]] of the ore.", "~", 80, "%"),
    ("Output was [[about 20,000 tonnes]].", "~", 20000, "t"),
    ("an [[estimated 500 kg]] of dust", "~", 500, "kg"),
    ("[[over $439 million]] in grants", ">", 439e6, "USD"),
    ("[[just over $15,000 a ton]] in London", ">", 15000, "USD/t"),
    ("[[well below 10 ppm]]", "<", 10, "ppm"),
    ("parcels of [[10 kilograms or less]] by post", "<=", 10, "kg"),
    ("batteries of [[2 kWh or more]]", ">=", 2, "kWh"),
    ("packs [[greater than 2kWh]]", ">", 2, "kWh"),
    ("shipments [[not to exceed 1,000 kilograms per calendar year]]", "<=", 1000, "kg/a"),
    ("must [[not exceed 0,1 %]]", "<=", 0.1, "%"),
    ("volumes [[exceeding 500 litres]]", ">", 500, "L"),
    ("a cut of [[5%]]", "=", 5, "%"),
    ("[[5,000+ tonnes]] of scrap", ">=", 5000, "t"),
    ("The fund has [[$5 million+]].", ">=", 5e6, "USD"),
    ("[[less than or equal to 26.7 kilonewtons]] of thrust", "<=", 26.7, "kN"),
    ("[[more than 5 kg or equal]]", ">=", 5, "kg"),
    ("[[at least another 5%]]", ">=", 5, "%"),
    ("[[up to about 5%]] of it", "<=", 5, "%"),
    ("[[maximum of 5 kg]] per bag", "<=", 5, "kg"),
    ("a rate capped at [[15%]]", "<=", 15, "%"),
    ("a maximum size of [[5 × 5 cm]].", "<=", 5, "cm"),
    ("a minimum purity of [[99.5%]]", ">=", 99.5, "%"),
    ("[[roughly 3 km]] away", "~", 3, "km"),
    ("[[within 60 days]] of signing", "<=", 60, "d"),
    ("[[no later than 30 days]] before export", "<=", 30, "d"),
    # percentages and fractions
    ("[[8.5 per cent]] of GDP", "=", 8.5, "%"),
    ("[[five percent]] more", "=", 5, "%"),
    ("up [[25 basis points]]", "=", 25, "bp"),
    ("lost [[1.5 percentage points]]", "=", 1.5, "pp"),
    ("[[less than 0.05 percent by weight]] of uranium", "<", 0.05, "%"),
    ("[[0.1% or more by value]] of it", ">=", 0.1, "%"),
    ("ore with [[1.5 wt%]] oxide", "=", 1.5, "%"),
    ("[[at least one-quarter]] of the label", ">=", 25, "%"),
    ("[[two-thirds]] of supply", "=", 66.67, "%"),
    ("[[half]] of all cells", "=", 50, "%"),
    ("[[more than a third]] of the world's cobalt", ">", 33.33, "%"),
    ("[[1,5 %]] of the surface", "=", 1.5, "%"),
    ("[[more than 0,002 %]] cadmium", ">", 0.002, "%"),
    ("prices fell [[-3.2%]]", "=", -3.2, "%"),
    ("a tolerance of [[±5%]]", "=", 5, "%"),
    # money
    ("a [[$16.7 Million]] grant", "=", 16.7e6, "USD"),
    ("a [[$225M]] award", "=", 225e6, "USD"),
    ("a [[$1.5bn]] plant", "=", 1.5e9, "USD"),
    ("a [[US$15+ million]] package", ">=", 15e6, "USD"),
    ("[[CA$4.9 million]] from Ottawa", "=", 4.9e6, "CAD"),
    ("[[A$200 million]] in debt", "=", 200e6, "AUD"),
    ("[[€5 million]] from Brussels", "=", 5e6, "EUR"),
    ("[[£7 billion]] of assets", "=", 7e9, "GBP"),
    ("a [[¥5 billion]] plant near Wuhan", "=", 5e9, "CNY"),
    ("a [[¥5 billion]] plant in Japan", "=", 5e9, "JPY"),
    ("[[1.2-trillion-yuan]] dam", "=", 1.2e12, "CNY"),
    ("[[RMB 96.2 million]] of fees", "=", 96.2e6, "CNY"),
    ("[[450 million Australian dollars]]", "=", 450e6, "AUD"),
    ("[[3 crore rupees]]", "=", 3e7, "INR"),
    ("[[5 trillion won]] in Seoul", "=", 5e12, "KRW"),
    ("[[EUR 28 million]]", "=", 28e6, "EUR"),
    ("[[half a billion dollars]]", "=", 5e8, "USD"),
    ("[[50 cents]]", "=", 0.5, "USD"),
    ("[[$575,000 CAD]] a piece", "=", 575000, "CAD"),
    ("[[1,000 pounds]] of ore", "=", 1000, "lb"),
    ("[[$18.90 per kilogram]]", "=", 18.9, "USD/kg"),
    ("[[$3.00/lb]] copper", "=", 3, "USD/lb"),
    ("[[$1,200/t]]", "=", 1200, "USD/t"),
    ("[[$2 million per year]]", "=", 2e6, "USD/a"),
    ("lost [[$2.5 million]] a year ago", "=", 2.5e6, "USD"),
    ("[[$70]] a share", "=", 70, "USD"),
    # mass, rates and compound units
    ("[[130 kilotons]] in storage", "=", 130000, "t"),
    ("[[5 Mt]] of ore", "=", 5e6, "t"),
    ("[[816 000 t]] of steel", "=", 816000, "t"),
    ("[[25 lakh tonnes]]", "=", 2.5e6, "t"),
    ("[[a million tonnes]] of brine", "=", 1e6, "t"),
    ("[[213million tons]] of sand", "=", 213e6, "t"),
    ("[[5m tonnes]] of coal", "=", 5e6, "t"),
    ("[[20,000 tonnes per year]]", "=", 20000, "t/a"),
    ("[[20,000 tonnes annually]]", "=", 20000, "t/a"),
    ("[[13,000 tpa]] of carbonate", "=", 13000, "t/a"),
    ("[[50 ktpa]]", "=", 50000, "t/a"),
    ("[[12 mtpa]] of LNG", "=", 12e6, "t/a"),
    ("[[600 tonne-per-day]] mill", "=", 600, "t/d"),
    ("[[500 koz]] of gold", "=", 500000, "oz"),
    ("[[2-million-ounce]] resource", "=", 2e6, "oz"),
    ("[[9.32 grams per tonne]]", "=", 9.32, "g/t"),
    ("[[160 mAh g⁻¹]]", "=", 160, "mAh/g"),
    ("[[300 Wh·kg-1]]", "=", 300, "Wh/kg"),
    ("[[2.5 g/cm³]]", "=", 2.5, "g/cm3"),
    ("[[1 g cm −3]] of dust", "=", 1, "g/cm3"),
    ("[[0.1 g/cm 3]]", "=", 0.1, "g/cm3"),
    ("[[50 miles an hour]]", "=", 50, "mi/h"),
    ("[[3 W/m·K]]", "=", 3, "W/(m.K)"),
    ("[[100 millicuries]]", "=", 100, "mCi"),
    ("[[3.12 micrograms]] of thorium", "=", 3.12, "ug"),
    ("[[3.7 × 10-3 TBq]]", "=", 0.0037, "TBq"),
    ("[[190 SWU]]", "=", 190, "SWU"),
    # electricity, computing, lengths, areas, temperatures
    ("a [[7-nm]] process", "=", 7, "nm"),
    ("[[3nm]] chips", "=", 3, "nm"),
    ("[[600 gigabytes per second]]", "=", 600, "GB/s"),
    ("[[4800 TPP]]", "=", 4800, "TPP"),
    ("[[100 TOPS]]", "=", 100, "TOPS"),
    ("[[10^26 FLOP]] of training", "=", 1e26, "FLOP"),
    ("[[200 Gbps]] lanes", "=", 200, "Gbit/s"),
    ("from [[below −40 °C to above +90 °C]]", "..", (-40, 90), "°C"),
    ("Iron oxide: [[1.2 per cent max.]]", "<=", 1.2, "%"),
    ("APT at [[$400 per mtu]]", "=", 400, "USD/mtu"),
    ("only [[50 MW]] of load", "=", 50, "MW"),
    ("only [[50 mW]] of heat", "=", 50, "mW"),
    ("[[12 V]] starter batteries", "=", 12, "V"),
    ("[[167 km²]] of claims", "=", 167, "km2"),
    ("[[167KM²]] OF CLAIMS", "=", 167, "km2"),
    ("a [[21,000-square-foot]] hall", "=", 21000, "ft2"),
    ("[[30,000 sq ft]] of floor", "=", 30000, "ft2"),
    ("[[80,000 hectares]]", "=", 80000, "ha"),
    ("[[851 billion cubic feet]] of gas", "=", 851e9, "ft3"),
    ("[[10 1/2 miles]] of cable", "=", 10.5, "mi"),
    ("[[5 feet 3 inches]] tall", "=", 5.25, "ft"),
    ("[[1100 degrees centigrade]]", "=", 1100, "°C"),
    ("[[−5 °C]] outside", "=", -5, "°C"),
    ("a shaft [[12m]] deep", "=", 12, "m"),
    ("[[600 dpi]] scanner", "=", 600, "dpi"),
    ("[[5 ± 0.1 mm]]", "=", 5, "mm"),
    # durations
    ("a [[90-day]] pause", "=", 90, "d"),
    ("over a period of [[five years]]", "=", 5, "a"),
    ("spread over [[five years]]", "=", 5, "a"),
    ("[[five business days]]", "=", 5, "d"),
    ("[[thirty (30) days]] after receipt", "=", 30, "d"),
    ("[[18 months]] after that", "=", 18, "mo"),
    ("[[four and a half years]] of work", "=", 4.5, "a"),
    ("[[more than $2,500 a ton]] earlier", ">", 2500, "USD/t"),
    ("a rig at [[$2,000 daily]]", "=", 2000, "USD/d"),
    ("a TPP of [[4,800 or more]]", ">=", 4800, "TPP"),
    ("a total processing performance (TPP) of [[at least 4,800]]", ">=", 4800, "TPP"),
    ("reviewed [[at least every 3 years]]", "<=", 3, "a"),
    ("a [[124-mile]]-long belt", "=", 124, "mi"),
    ("put the density limit at [[2.4 g/cm³]]", "=", 2.4, "g/cm3"),
    # ranges
    ("cobalt at [[$22.50–24.00 a pound]]", "..", (22.5, 24), "USD/lb"),
    ("steel at [[€700-720 a tonne]]", "..", (700, 720), "EUR/t"),
    ("[[14-19%]]", "..", (14, 19), "%"),
    ("[[5% to 6%]] of supply", "..", (5, 6), "%"),
    ("[[5 to 6 percent]]", "..", (5, 6), "%"),
    ("[[between $39,500 and $40,000 per metric ton]] in port", "..", (39500, 40000), "USD/t"),
    ("[[$5-6 million]]", "..", (5e6, 6e6), "USD"),
    ("[[5 million to 6 million tonnes]]", "..", (5e6, 6e6), "t"),
    ("grades ranging from [[5% to 10%]]", "..", (5, 10), "%"),
    ("[[30 – 50 g]] samples", "..", (30, 50), "g"),
    ("[[400-500koz a year]] mine", "..", (400000, 500000), "oz/a"),
    ("[[between −28° and −6°]] of tilt", "..", (-28, -6), "deg"),
]


@pytest.mark.parametrize(("markup", "comparator", "value", "unit"), SINGLE, ids=[case[0][:40] for case in SINGLE])
def test_one_measure(markup: str, comparator: str, value: object, unit: str) -> None:
    """The marked span, and only it, is a measure of this value."""
    text, spans = marked(markup)
    found = find_measures(text)
    assert [(m.start, m.end) for m in found] == spans
    assert [row(m) for m in found] == [(comparator, value, unit)]


@pytest.mark.parametrize(
    ("markup", "rows"),
    [
        ("raised from [[10%]] to [[25%]]", [("=", 10, "%"), ("=", 25, "%")]),
        ("rates of [[5]], [[10]] and [[15%]]", [("=", 5, "%"), ("=", 10, "%"), ("=", 15, "%")]),
        ("rates of [[5]], [[10]], and [[15%]]", [("=", 5, "%"), ("=", 10, "%"), ("=", 15, "%")]),
        ("by [[10]] and [[20 percent]]", [("=", 10, "%"), ("=", 20, "%")]),
        ("bags of [[5]] or [[10 kg]]", [("=", 5, "kg"), ("=", 10, "kg")]),
        ("[[70,000 yuan]] ([[$9,770]]) a tonne", [("=", 70000, "CNY/t"), ("=", 9770, "USD/t")]),
        ("to [[$47.6 a barrel]] from [[$60]]", [("=", 47.6, "USD/bbl"), ("=", 60, "USD")]),
        ("in 2024 and [[20%]] more", [("=", 20, "%")]),
        ("Nos. 3, 4 and [[5 kg]]", [("=", 5, "kg")]),
        ("[[750 MW]]/[[3,000 MWh]] of storage", [("=", 750, "MW"), ("=", 3000, "MWh")]),
        ("[[about 30GW]]/[[111GWh]]", [("~", 30, "GW"), ("~", 111, "GWh")]),
        ("[[not over 5 kg]] to one or [[2 kg]] to another", [("<=", 5, "kg"), ("<=", 2, "kg")]),
        ("[[less than 3.7 × 10 TBq]] ([[100 millicuries]])", [("<", 0.0037, "TBq"), ("=", 100, "mCi")]),
        ("rose [[5%]] to [[$3 billion]]", [("=", 5, "%"), ("=", 3e9, "USD")]),
        ("fined [[1,000 pounds]] ([[$1,300]])", [("=", 1000, "GBP"), ("=", 1300, "USD")]),
        ("in 2019 to [[$46,000]] in 2023 from [[$12,000]]", [("=", 46000, "USD"), ("=", 12000, "USD")]),
        ("[[0.25%]] over [[6 metres]]", [("=", 0.25, "%"), ("=", 6, "m")]),
        ("[[> 5 GHz]] but [[not exceeding 9 GHz]]", [(">", 5, "GHz"), ("<=", 9, "GHz")]),
    ],
)
def test_several_measures(markup: str, rows: list[tuple[str, object, str]]) -> None:
    """Neighbours keep apart, and share a comparator only where the words say so."""
    text, spans = marked(markup)
    found = find_measures(text)
    assert [(m.start, m.end) for m in found] == spans
    assert [row(m) for m in found] == rows


@pytest.mark.parametrize(
    "text",
    [
        "31 minerals in two categories",
        "10 U.S. companies and 5m people",
        "several million tonnes, hundreds of kilograms, billions of dollars",
        "the 2012-13 budget and fiscal 2024–25",
        "in 2015 dollars, since the 1990s",
        "Article 7, Section 301, No. 23, Category 5 A, part 762",
        "Romney Road, London SE10 0TW",
        "write to P.O. Box 5 A",
        "5G phones, 3D prints, COP28, Euro 6, NIS 2, 10-K",
        "at 2.15pm, at 5 in the morning, by 10:30 h",
        "a 62-year-old, children 6 years old, aged 21 years, 3 days ago",
        "call +1 604-688-8158 or 888-902-4192",
        "400 N. Aberdeen St., 1681 N Military Trl",
        "NPF-41 m, EB-5 t, scp-173m",
        "https://example.org/news/5-tonnes-of-gold-10-kg",
        "the third quarter of 2025, the first half of 2024, a quarter ago",
        "Three Mile Island, version 1.2.3 m",
        "carbon per one kWh",
        "two Teslas won 5 won games",
        "12,5",
        "",
    ],
)
def test_no_measure(text: str) -> None:
    """Counts, years, references, clock times, ages, identifiers and addresses are no measures."""
    assert find_measures(text) == []


def test_bare_numbers_on_request() -> None:
    """With `bare`, numbers without a unit come too, and say that they have none."""
    found = find_measures("up to 700 jobs at 5 plants", bare=True)
    assert [(m.comparator, m.value, m.unit, m.has_unit) for m in found] == [("<=", 700, "", False), ("=", 5, "", False)]


@pytest.mark.parametrize(
    ("text", "kind"),
    [("$5", "money"), ("5%", "percent"), ("5 days", "duration"), ("5 kg", "amount"), ("$5/t", "amount")],
)
def test_kind(text: str, kind: str) -> None:
    """The kind of a measure follows the dimension of its unit."""
    assert [m.kind for m in find_measures(text)] == [kind]


@pytest.mark.parametrize(
    ("text", "parameter", "condition"),
    [
        ("≥97% initial coulombic efficiency", "initial coulombic efficiency", None),
        ("a tap density >1.2 g/cc", "tap density", None),
        ("average voltage ≥3.85V in the cell", "average voltage", None),
        ("packs with a capacity greater than 2 kWh", "capacity", None),
        ("import tariffs of up to 60% on cars", "import tariffs", None),
        ("in concentrations of less than 0.05 percent by weight", "concentrations", None),
        ("held at a state of charge not exceeding 30 percent of rated capacity", "state of charge", None),
        ("Lima raises duties to 5%", "duties", None),
        ("in individual shipments of 10 kilograms or less", "individual shipments", None),
        ("at least 3 % of the area of the side", "area", None),
        ("batteries containing more than 0.004 % lead", "lead", None),
        ("LFP (≥160 mAh/g at 0.1C)", None, "0.1C"),
        ("100 mCi per device or source", None, "per device or source"),
        ("filed within 60 days of contract signing.", None, "of contract signing"),
        ("a 90-day halt", "halt", None),
        ("worth $5 million", None, None),
    ],
)
def test_parameter_and_condition(text: str, parameter: str | None, condition: str | None) -> None:
    """The quantity named beside a measure and its condition are ranges of the text."""
    measure = find_measures(text)[0]
    sentence = (0, len(text))
    named, tied = parameter_of(text, measure, sentence), condition_of(text, measure, sentence)
    assert (text[slice(*named)] if named else None) == parameter
    assert (text[slice(*tied)] if tied else None) == condition


@pytest.mark.parametrize(
    ("text", "act"),
    [
        ("The office shall decide within 45 days.", "decision"),
        ("uranium enriched to less than 20 percent", "enrichment"),
        ("Each side will invest at least $1 billion.", "investment"),
        ("It enriched the ore at a plant of 5 MW.", None),
    ],
)
def test_act(text: str, act: str | None) -> None:
    """A verb names what a time limit, or a number right behind it, is on."""
    assert act_of(text, find_measures(text)[0], (0, len(text))) == act


@pytest.mark.parametrize(
    ("text", "parameter"),
    [
        ("They shall reach these recycling efficiencies:\n(a) 75 % for lead;", "recycling efficiency"),
        ("Of the waste shall be recovered:\n- 90 % for cobalt;", "recovery"),
        ("Cells are barred if:\n- 90 % is cobalt;", None),
    ],
)
def test_parameter_in_lead(text: str, parameter: str | None) -> None:
    """The lead of a list names the quantity of its items, in the singular."""
    assert parameter_in_lead(text, find_measures(text)[0]) == parameter


WORDS = st.sampled_from(
    [*"0123456789.,%$€-–/×()~<>≥+ \n", "10", "2024", " kg", " to ", "between ", " and ", "up to ", "US$", "million",
     "half a ", "one", "-day", " per ", "year", "°C", "10^", "⁻¹", " by weight", "or less", "No. ", "¥", "yen", "m"]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=80), st.lists(WORDS, max_size=30).map("".join)))
def test_any_string_gives_ordered_spans(text: str) -> None:
    """No string raises; spans lie inside the text, in order, without overlap, and are the same every time."""
    found = find_measures(text)
    assert found == find_measures(text)
    last = 0
    for measure in found:
        assert last <= measure.start <= measure.core_start < measure.core_end <= measure.end <= len(text)
        assert (measure.comparator == "..") == isinstance(measure.value, tuple)
        last = measure.end


@pytest.mark.parametrize(
    "unit",
    ["1,000 ", "9", "1 000 ", "5-", "five ", "one hundred and ", "$ ", "5 to ", "5 W\n", "3 × ", "at least ", "1/2 "],
)
def test_time_is_linear(unit: str) -> None:
    """A line of 300,000 characters of anything number-like is read within seconds."""
    text = unit * (300_000 // len(unit))
    start = time.process_time()
    find_measures(text)
    assert time.process_time() - start < 10
