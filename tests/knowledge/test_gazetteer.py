"""The matcher: what it finds in sentences, where it keeps silent, what it costs; and how files of rows are read."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spacy.lookups import load_lookups

from claimstake.errors import KnowledgeError
from claimstake.knowledge.gazetteer import Gazetteer, Hit, Row, packaged_rows, read_rows

FILE = Path(__file__).parents[1] / "data" / "gazetteer_cases.jsonl"
CASES = [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="session")
def packaged() -> Gazetteer:
    """All rows of the package, with the spelling norms that the pipeline uses."""
    return Gazetteer(packaged_rows(), load_lookups("en", ["lexeme_norm"]).get_table("lexeme_norm"))


def gazetteer(*rows: Row) -> Gazetteer:
    return Gazetteer({row.id: row for row in rows})


def strong_ids(rows: Gazetteer, text: str) -> list[str]:
    """Ids of the rows found strong, in the order of the hits."""
    return [row.id for hit in rows.find(text) for row in hit.strong]


def outermost(hits: list[Hit]) -> list[Hit]:
    """The strong hits that lie inside no other strong hit."""
    strong = [h for h in hits if h.strong]
    spans = {(h.start, h.end) for h in strong}
    inside = {s for s in spans if any(o[0] <= s[0] and s[1] <= o[1] and o != s for o in spans)}
    return [h for h in strong if (h.start, h.end) not in inside]


@pytest.mark.parametrize("case", CASES, ids=[f"{n}-{case['rule']}" for n, case in enumerate(CASES)])
def test_finds_exactly_what_the_case_names(packaged: Gazetteer, case: dict) -> None:
    """The outermost strong hits of a sentence are the surfaces and labels of its case, each with the row named."""
    text = case["text"]
    hits = outermost(list(packaged.find(text)))
    found = [(" ".join(text[h.start : h.end].split()), row) for h in hits for row in h.strong]
    assert {(surface, row.label) for surface, row in found} == {(s, label) for s, label, _ in case["expected"]}
    ids = {(surface, row.label, row.id) for surface, row in found}
    assert {tuple(named) for named in case["expected"]} <= ids


def test_cases_cover_every_label() -> None:
    """The table of cases has at least 120 sentences, five for each label, and ten that hold nothing."""
    labels = [label for case in CASES for _, label, _ in case["expected"]]
    assert len(CASES) >= 120
    assert sum(not case["expected"] for case in CASES) >= 10
    for label in ("MINERAL", "PRODUCT", "TECHNOLOGY", "PLACE", "MINISTRY", "COMPANY", "ORGANIZATION", "INSTRUMENT"):
        assert labels.count(label) >= 5, label


@pytest.mark.parametrize(
    ("text", "surface", "row_id"),
    [
        ("It holds Li and Co.", "Li", "lithium"),
        ("The mineral content was low.", "mineral", "mineral"),
        ("They wrote to Commerce in May.", "Commerce", "united-states-department-of-commerce"),
    ],
)
def test_ambiguous_surfaces_are_weak(packaged: Gazetteer, text: str, surface: str, row_id: str) -> None:
    """A symbol, a modifier and a bare portfolio are found, but only as weak surfaces."""
    hit = next(h for h in packaged.find(text) if text[h.start : h.end] == surface)
    assert row_id in {row.id for row in hit.weak}
    assert row_id not in {row.id for row in hit.strong}


class TestRules:
    """Single rules, on rows made for the test."""

    def test_listed_plural_goes_before_plural_of_another(self) -> None:
        """ "Ores" that a firm is called by is the firm, not the plural of "ore"."""
        found = gazetteer(Row("ore", "MINERAL", "ore"), Row("ores", "COMPANY", "Ores"))
        assert strong_ids(found, "Ores rose, ores fell") == ["ores", "ore"]

    @pytest.mark.parametrize(("text", "ids"), [("Williams called", ["w"]), ("William called", [])])
    def test_names_do_not_inflect(self, text: str, ids: list[str]) -> None:
        """A name that ends in s is not found in its singular."""
        assert strong_ids(gazetteer(Row("w", "COMPANY", "Williams")), text) == ids

    @pytest.mark.parametrize("text", ["two Alpha mines", "two Alpha Mines", "the Alpha mine's owner"])
    def test_common_noun_that_ends_a_name_inflects(self, text: str) -> None:
        """The lower-case class word of a name has a plural."""
        assert strong_ids(gazetteer(Row("a", "PLACE", "Alpha mine")), text) == ["a"]

    @pytest.mark.parametrize("gap", [" ", "-", "‐", "‑", "–", "\n", "-\n", "\u00a0", " \r\n ", "™ ", "  "])
    def test_words_of_a_name_may_be_joined(self, gap: str) -> None:
        """Blank, hyphens of any kind, one line break or a trade mark may stand between the words of a name."""
        assert strong_ids(gazetteer(Row("a", "MINERAL", "iron ore")), f"the iron{gap}ore") == ["a"]

    @pytest.mark.parametrize("gap", ["\n\n", "\n- ", "\n* ", "\n(", "\n2) ", ", ", ". ", " – ", "—", " / ", '" "'])
    def test_words_apart_are_no_name(self, gap: str) -> None:
        """An empty line, a list item, a bracket, punctuation or a spaced dash parts two words."""
        assert not list(gazetteer(Row("a", "MINERAL", "iron ore")).find(f"the iron{gap}ore"))

    @pytest.mark.parametrize(
        ("listed", "found"),
        [
            ("Bank of China", "Bank Of China"),
            ("Bank of China", "BANK OF CHINA"),
            ("Öko-Institut", "Oko-Institut"),
            ("Thacker Pass Mine", "Thacker Pass mine"),
            ("Barron's", "Barron’s"),
            ("NXP", "NXP's"),
            ("A&B Metals", "A & B Metals"),
            ("Fire and Ice", "Fire & Ice"),
        ],
    )
    def test_same_name_in_other_dress(self, listed: str, found: str) -> None:
        """Title Case, capitals, accents, class words and signs may differ from the name listed."""
        assert strong_ids(gazetteer(Row("a", "COMPANY", listed)), f"so {found} fell") == ["a"]

    @pytest.mark.parametrize(
        ("listed", "found"),
        [
            ("US", "us"),
            ("US", "Us"),
            ("SK On", "SK on"),
            ("The Hill", "the Hill"),
            ("Target", "target"),
            ("Target", "TARGETS"),
            ("Ford", "FORD"),
            ("GPS", "GPs"),
            ("Entity List", "entity list"),
            ("Entity List", "entity List"),
        ],
    )
    def test_other_word_of_the_same_letters(self, listed: str, found: str) -> None:
        """A pronoun, a verb, a lower-case noun or a lone word in capitals is not the name."""
        assert not list(gazetteer(Row("a", "ORGANIZATION", listed)).find(f"so {found} it was"))

    def test_weak_alone_never_hides_a_shorter_strong_hit(self) -> None:
        """A longer weak hit leaves the strong one inside it standing."""
        found = gazetteer(Row("a", "COMPANY", "Gold Corp", weak=("Gold Corp",)), Row("g", "MINERAL", "gold"))
        hits = [(h.start, h.end, bool(h.strong)) for h in found.find("Gold Corp")]
        assert hits == [(0, 9, False), (0, 4, True)]

    def test_longest_first_per_label(self) -> None:
        """From one word the longest hit of a label is given, and shorter ones of other labels after it."""
        names = {"a": ("PRODUCT", "lithium battery"), "l": ("MINERAL", "lithium"), "b": ("PRODUCT", "battery")}
        found = gazetteer(*(Row(key, *rest) for key, rest in names.items()))
        hits = [(h.start, h.end, h.strong[0].id) for h in found.find("lithium battery")]
        assert hits == [(0, 15, "a"), (0, 7, "l"), (8, 15, "b")]

    def test_part_of_a_text(self) -> None:
        """Only hits that lie wholly in the part asked for are given; offsets are those of the text."""
        found = gazetteer(Row("g", "MINERAL", "gold ore"))
        assert [(h.start, h.end) for h in found.find("gold ore, gold ore", 4)] == [(10, 18)]
        assert not list(found.find("gold ore", 0, 6))

    def test_lookup_gives_strong_rows_first(self) -> None:
        """A whole surface is looked up under the same rules as in a text."""
        rows = Row("a", "COMPANY", "Albion (firm)", weak=("Albion",)), Row("p", "PLACE", "Albion")
        assert [r.id for r in gazetteer(*rows).lookup("Albion")] == ["p", "a"]
        assert gazetteer(*rows).lookup("albion") == ()
        assert gazetteer(*rows).lookup("…") == ()


class TestReading:
    """Files of rows."""

    @pytest.mark.parametrize(
        ("line", "says"),
        [
            ("{", "rows.jsonl:2: not JSON"),
            ("[]", "rows.jsonl:2: a row is an object"),
            ('{"id": "x", "label": "PLACE"}', "no name"),
            ('{"id": "x", "label": "PLACE", "name": "X", "colour": "red"}', "unknown keys colour"),
            ('{"id": "x", "label": "PLANET", "name": "X"}', "unknown label PLANET"),
        ],
    )
    def test_errors_name_file_and_line(self, tmp_path: Path, line: str, says: str) -> None:
        """A row that cannot be used is refused with its place and what is wrong."""
        path = tmp_path / "rows.jsonl"
        path.write_text(f"// a remark\n{line}\n", encoding="utf-8")
        with pytest.raises(KnowledgeError, match=says.replace("[", r"\[")):
            list(read_rows(path, labels=["PLACE"]))

    def test_row_survives_a_round_trip(self, tmp_path: Path) -> None:
        """What `to_json` writes, `read_rows` reads."""
        row = Row("x", "PLACE", "X (town)", ("Ex",), ("x1",), "china", "city", ("y",), "a list")
        path = tmp_path / "rows.jsonl"
        path.write_text(json.dumps(row.to_json()), encoding="utf-8")
        assert list(read_rows(path)) == [row]

    def test_bracket_of_a_name_is_no_surface(self) -> None:
        """The bracket that tells names apart is not looked for, nor a name that is only weak."""
        assert Row("m", "MINISTRY", "Ministry of Trade (Peru)", ("MT",)).surfaces == ("Ministry of Trade", "MT")
        assert Row("m", "COMPANY", "Target", ("Target Corp.",), ("Target",)).surfaces == ("Target Corp.",)


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "text",
    [
        pytest.param(" " * 10**6, id="blanks"),
        pytest.param("-" * 10**6, id="hyphens"),
        pytest.param("'" * 10**6, id="apostrophes"),
        pytest.param("x" * 10**6, id="one token"),
        pytest.param("a@" * 10**5, id="addresses"),
        pytest.param("lithium " * 10**5, id="one word"),
        pytest.param("lithium" + " " * 10**6 + "*", id="long gap"),
        pytest.param("Ministry of " * 10**5, id="prefixes"),
    ],
)
def test_time_grows_with_the_text_only(packaged: Gazetteer, text: str) -> None:
    """A million characters of anything take seconds at most."""
    began = time.perf_counter()
    for _ in packaged.find(text):
        pass
    assert time.perf_counter() - began < 20


@given(st.text(alphabet="aAlit hum-\n'’.,()U S&é™$@/:", max_size=60))
def test_hits_lie_in_the_text_and_begin_with_a_word(packaged: Gazetteer, text: str) -> None:
    """Offsets are in order and inside the text; a hit neither begins nor ends with a blank."""
    for hit in packaged.find(text):
        assert 0 <= hit.start < hit.end <= len(text)
        assert text[hit.start : hit.end] == text[hit.start : hit.end].strip()
        assert hit.strong or hit.weak
