"""The lists that ship with the package: enough, consistent, and safe to match."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable
from importlib.resources import files

import pytest
from spacy.lookups import load_lookups

from claimstake import ontology
from claimstake.knowledge.gazetteer import COMMON_NOUNS, Row, packaged_rows, read_rows
from claimstake.knowledge.surfaces import Normaliser

FOLDER = files("claimstake") / "knowledge" / "data" / "gazetteers"
FILES = sorted(path.name for path in FOLDER.iterdir() if path.name.endswith(".jsonl"))
ROWS = packaged_rows()
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
# Surfaces of two signs that mean one thing in any English text; everything else of that length is weak.
SHORT = {"US", "UK", "EU", "UN", "G7", "G8", "EV", "4G", "5G", "6G"}
# Firms that write their name in lower case, in a form that is no English word.
LOWER_CASE_FIRMS = {"a16z", "inspec"}


def of(label: str) -> list[Row]:
    return [row for row in ROWS.values() if row.label == label]


@pytest.mark.parametrize(
    ("label", "least"),
    [
        ("MINERAL", 600),
        ("MINISTRY", 700),
        ("COMPANY", 3000),
        ("TECHNOLOGY", 400),
        ("INSTRUMENT", 250),
        ("PRODUCT", 300),
        ("ORGANIZATION", 300),
        ("PLACE", 1500),
    ],
)
def test_enough_rows(label: str, least: int) -> None:
    """The lists are as long as the coverage asked for."""
    assert len(of(label)) >= least


def test_government_bodies_of_many_countries() -> None:
    """At least sixty countries have a government body in the list."""
    assert len({row.country for row in of("MINISTRY") if row.country}) >= 60


def test_enough_mines_and_deposits() -> None:
    """At least two hundred places are mines or deposits."""
    assert sum(row.kind in {"mine", "deposit"} for row in of("PLACE")) >= 200


@pytest.mark.parametrize("name", FILES)
def test_file_is_sorted_and_well_formed(name: str) -> None:
    """Rows are sorted by id, ids are slugs, keys and labels are known, no list names a surface twice."""
    rows = list(read_rows(FOLDER / name, labels=ontology.default().labels))
    ids = [row.id for row in rows]
    assert ids == sorted(ids)
    assert [i for i in ids if not SLUG.fullmatch(i)] == []
    assert [r.id for r in rows if len(set(r.aliases + r.weak)) < len(r.aliases + r.weak)] == []


def test_references_exist() -> None:
    """A country is a place of the list; a broader class is a row of the same label."""
    places = {row.id for row in of("PLACE")}
    assert [row.id for row in ROWS.values() if row.country and row.country not in places] == []
    assert [(r.id, b) for r in ROWS.values() for b in r.broader if b not in ROWS or ROWS[b].label != r.label] == []


def test_no_class_is_its_own_ancestor() -> None:
    """Following `broader` upwards comes to an end."""
    for row in ROWS.values():
        above, todo = set(), list(row.broader)
        while todo:
            key = todo.pop()
            assert key != row.id, f"{row.id} is its own class"
            if key not in above:
                above.add(key)
                todo += ROWS[key].broader


def latin(surface: str) -> bool:
    return surface.isascii()


def test_short_surfaces_are_weak() -> None:
    """No strong surface of one or two signs but the few that are certain."""
    short = {s for row in ROWS.values() for s in row.surfaces if len(s) <= 2 and latin(s)}
    assert short <= SHORT


def test_names_of_firms_are_no_plain_words() -> None:
    """A strong surface of a firm is not a lower-case word."""
    plain = {s for row in of("COMPANY") for s in row.surfaces if s.isalnum() and s.islower() and latin(s)}
    assert plain <= LOWER_CASE_FIRMS


@pytest.mark.parametrize(
    ("surface", "label"),
    [
        ("Target", "COMPANY"),
        ("Apple", "COMPANY"),
        ("Gap", "COMPANY"),
        ("Oracle", "COMPANY"),
        ("Shell", "COMPANY"),
        ("Li", "MINERAL"),
        ("lead", "MINERAL"),
        ("In", "MINERAL"),
        ("Commerce", "MINISTRY"),
        ("Nature", "ORGANIZATION"),
        ("Block", "COMPANY"),
        ("Square", "COMPANY"),
        ("Visa", "COMPANY"),
        ("Stellar", "COMPANY"),
    ],
)
def test_ordinary_words_are_not_strong(surface: str, label: str) -> None:
    """A name that is also an ordinary word counts only with support, or is not listed at all."""
    assert [row.id for row in of(label) if surface in row.surfaces] == []


def test_no_surface_is_strong_in_two_labels() -> None:
    """One surface has one label; where the world disagrees, the rarer reading is weak."""
    norms = load_lookups("en", ["lexeme_norm"]).get_table("lexeme_norm")
    words: Callable[[str], list[tuple[str, str]]] = Normaliser(norms).words
    labels: dict[str, set[str]] = defaultdict(set)
    for row in ROWS.values():
        for surface in row.surfaces:
            labels[" ".join(word for word, _ in words(surface))].add(row.label)
    assert {s: sorted(found) for s, found in labels.items() if len(found) > 1} == {}


def test_one_name_is_one_row() -> None:
    """No two rows of a label have the same canonical name."""
    names = Counter((row.label, row.name.casefold()) for row in ROWS.values())
    assert [name for name, count in names.items() if count > 1] == []


def test_common_nouns_are_lower_case_singulars() -> None:
    """The canonical name of a mineral, product or technology is in lower case, but for names, symbols and acronyms."""
    capitalised = [r.name for r in ROWS.values() if r.label in COMMON_NOUNS and r.name.istitle() and " " in r.name]
    assert len(capitalised) <= 0.03 * sum(r.label in COMMON_NOUNS for r in ROWS.values())


def test_files_are_utf8_json_lines() -> None:
    """Every line is an object written without escapes, so that a person can read and edit it."""
    for name in FILES:
        for number, line in enumerate((FOLDER / name).read_text(encoding="utf-8").splitlines(), 1):
            assert line == json.dumps(json.loads(line), ensure_ascii=False), f"{name}:{number}"
