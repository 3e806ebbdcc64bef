"""The sheet: what is written reads as the same again, and what a person types is understood or told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claimstake import ontology
from claimstake.interchange import sheet
from claimstake.interchange.sheet import ClaimLine, NameLine, ValueLine
from claimstake.records import Measure

ONTOLOGY = ontology.default()
SPECIAL = st.sampled_from(
    [
        "a",
        "Ж",
        "中",
        "😀",
        "é",
        " ",
        "|",
        "=",
        ";",
        "+",
        "@",
        "7",
        '"',
        "“",
        "'",
        "\\",
        "\n",
        "\r",
        "\t",
        "\x00",
        "\u2028",
    ]
    + ["•", "-", "#", "?", "none", "name:", " | ", " = ", "...", "\xa0", "\ud800", "\x85", ","]
)
WORDS = st.lists(SPECIAL, min_size=1, max_size=8).map("".join)
EDTF = st.sampled_from(["2025", "2025-07", "2025-07-15", "2024/2025", "XXXX-07-15", "2025~"])
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
MEASURES = st.one_of(
    st.builds(Measure, comparator=st.sampled_from(["=", "<", "<=", ">", ">=", "~"]), value=NUMBERS, unit=WORDS),
    st.builds(Measure, comparator=st.just(".."), value=st.tuples(NUMBERS, NUMBERS), unit=WORDS),
)
OFFSETS = st.none() | st.integers(0, 10**6)
TIMES = st.lists(st.builds(lambda k, v: {"kind": k, "value": v}, st.sampled_from(sheet.TIME_KINDS), EDTF), min_size=1)
FREE = st.fixed_dictionaries(
    {},
    optional={
        "time": TIMES,
        "target": WORDS,
        "parameter": WORDS,
        "role": WORDS,
        "status": st.sampled_from([None, "proposed"]),
        "polarity": st.just("affirmed"),
    },
)
EVIDENCE = st.none() | st.tuples(st.integers(0, 99), st.integers(0, 99)) | WORDS
LINES = st.one_of(
    st.builds(NameLine, WORDS, WORDS, OFFSETS, st.sampled_from([None, "PLACE"])),
    st.builds(ValueLine, WORDS, st.none() | EDTF | MEASURES, OFFSETS, st.sampled_from([None, "DATE"])),
    st.builds(ClaimLine, st.sampled_from(sorted(ONTOLOGY.predicates)), WORDS, WORDS, FREE, EVIDENCE),
)


@given(st.lists(LINES, min_size=1, max_size=6))
def test_what_is_written_is_read(lines: list[sheet.Line]) -> None:
    """Any names, values and qualifiers come back, also from a copy of doccano's page, which shows one paragraph."""
    text = sheet.write(lines)
    assert sheet.is_sheet(text)
    for typed in (text, text.replace("\n", "\r\n"), text.replace("\n", " "), text.strip()):
        read, problems = sheet.parse(typed, ONTOLOGY)
        assert ([line for line, _ in read], problems) == (lines, [])


def test_nothing_to_say_is_no_sheet() -> None:
    """A document without names, values and qualifiers gets no comment."""
    assert sheet.write([]) == ""


def test_plain_names_stay_plain() -> None:
    """Ordinary names stand without quotation marks, those with signs of a sheet in them."""
    assert str(NameLine("Beijing", "Ministry of Commerce (China)")) == "name: Beijing = Ministry of Commerce (China)"
    assert str(NameLine("A | B", "x = y; z", 7)) == 'name: "A | B" @7 = "x = y; z"'
    assert sheet.value_text(Measure(comparator="..", value=(5, 10.5), unit="mAh/g")) == ".. 5 10.5 mAh/g"


@pytest.mark.parametrize(
    "typed",
    [
        "name: Beijing = China",
        "  Name:Beijing=China  ",
        "- name: Beijing = China",
        "* name: “Beijing” = 'China'",
        '• NAME : "Beijing" = "China"',
        "`name: Beijing = China`",
        "\n\nname: Beijing = China\n\n# a remark",
        "\ufeffname: Beijing = China",
    ],
)
def test_what_people_type_for_a_name(typed: str) -> None:
    """Bullets, blank lines, quotation marks and large letters do no harm."""
    read, problems = sheet.parse(typed, ONTOLOGY)
    assert ([line for line, _ in read], problems) == ([NameLine("Beijing", "China")], [])


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("value: July 15 = 2025-07-15", "2025-07-15"),
        ("value: July 15 = '2025-07-15'", "2025-07-15"),
        ("value: July 15 = ?", None),
        ("value: July 15 = 60 %", Measure(comparator="=", value=60, unit="%")),
        ("value: July 15 = ≥160 mAh/g", Measure(comparator=">=", value=160, unit="mAh/g")),
        ("value: July 15 = <= 1,250.5 t", Measure(comparator="<=", value=1250.5, unit="t")),
        ("value: July 15 = .. 5 10 %", Measure(comparator="..", value=(5, 10), unit="%")),
        ("value: July 15 = >= 20 1", Measure(comparator=">=", value=20, unit="1")),
    ],
)
def test_what_people_type_for_a_value(typed: str, value: object) -> None:
    """Dates, amounts with and without a comparator, in signs and in letters."""
    assert sheet.parse(typed, ONTOLOGY) == ([(ValueLine("July 15", value), typed)], [])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("typed", "qualifiers"),
    [
        ("sanctions | China | Boeing | status=proposed", {"status": "proposed"}),
        ("Proposed sanctions|China|Boeing", {"status": "proposed"}),
        (
            "sanctions | China | Boeing | time = event: 2025-07-15, effective:2025-08 ;",
            {"time": [{"kind": "event", "value": "2025-07-15"}, {"kind": "effective", "value": "2025-08"}]},
        ),
        ("sanctions | “China” | Boeing | -", {}),
        ('sanctions | China | Boeing | condition="a; b | c"', {"condition": "a; b | c"}),
        ("sanctions | China | Boeing | Certainty=Hedged; polarity=none", {"certainty": "hedged", "polarity": None}),
    ],
)
def test_what_people_type_for_a_claim(typed: str, qualifiers: dict[str, object]) -> None:
    """Blanks, large letters and closed qualifiers, in front of the predicate or behind."""
    read, problems = sheet.parse(typed, ONTOLOGY)
    assert ([line for line, _ in read], problems) == ([ClaimLine("sanctions", "China", "Boeing", qualifiers)], [])


def test_a_line_for_several_claims() -> None:
    """`A + B` stands for one claim each, as in the corpus format; in quotes it is a name."""
    read, _ = sheet.parse('covers | A + B | "C + D" | - | "First words"', ONTOLOGY)
    assert [line for line, _ in read] == [ClaimLine("covers", s, "C + D", {}, "First words") for s in "AB"]


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("name: Beijing", "what they are"),
        ("name: Beijing = ", "what they are"),
        ("name: Beijing = China | TOWN", "TOWN"),
        ("value: July 15 = next week", "no value"),
        ("value: July 15 = .. 5 %", "no value"),
        ("sanctioned | China | Boeing | -", "unknown word 'sanctioned'"),
        ("sanctions | China", "a claim is"),
        ("same_as | China | Boeing | -", "not a claim"),
        ("sanctions | China | Boeing | colour=red", "unknown qualifier 'colour'"),
        ("sanctions | China | Boeing | status=planned", "status is one of proposed"),
        ("sanctions | China | Boeing | time=2025", "event:2025-07-15"),
        ("sanctions | China | Boeing | status=lifted; status=lifted", "stands twice"),
        ("nmae: Beijing = China", 'write "name: words = name"'),
    ],
)
def test_what_is_not_understood_is_told(typed: str, told: str) -> None:
    """A wrong line is named with what was typed and how to mend it; the others are read."""
    read, problems = sheet.parse(f"name: a = b\n{typed}", ONTOLOGY)
    assert [line for line, _ in read] == [NameLine("a", "b")]
    assert len(problems) == 1
    assert typed.strip() in str(problems[0])
    assert told in str(problems[0])


@pytest.mark.parametrize("talk", ["Is this really a threshold?", "I agree - fine", "See page 7 @120; thanks", ""])
def test_talk_is_no_sheet(talk: str) -> None:
    """Comments in which people talk are left alone."""
    assert sheet.parse(talk, ONTOLOGY) == ([], [])
