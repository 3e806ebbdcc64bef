"""Claims of marked sentences: hand-picked ones exactly, all of them above floors that only rise."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from spacy.language import Language

from claim_cases import FOLDER, Case, Tally, differences, figures, found, read, tally
from claimstake import ontology
from claimstake.pipes.claims import Claims

FLOORS = json.loads((Path(__file__).parents[1] / "data" / "claim_floors.json").read_text(encoding="utf-8"))
RULES, HELD = read(FOLDER / "rules.toml"), read(FOLDER / "held.toml")
MUST = [case for case in RULES if case.must]


@pytest.fixture(scope="module")
def finder() -> Claims:
    return Claims("claimstake_claims", floor=0.3)


@pytest.fixture(scope="module")
def tallies(finder: Claims, base: Language) -> dict[str, Tally]:
    return {"rules": tally(finder, base, RULES), "held": tally(finder, base, HELD)}


@pytest.mark.parametrize("case", MUST, ids=[case.id for case in MUST])
def test_exactly(case: Case, finder: Claims, base: Language) -> None:
    """The sentence gives these claims with these qualifiers and no others."""
    claims = found(finder, base, case)
    assert set(claims) == set(case.claims)
    wrong = {t: d for t, claim in claims.items() if (d := list(differences(case.claims[t], claim)))}
    assert not wrong


@pytest.mark.parametrize(("name", "measure"), [(name, m) for name in FLOORS for m in FLOORS[name]])
def test_floor_holds(tallies: dict[str, Tally], name: str, measure: str) -> None:
    """F1 overall and of each predicate, and the accuracy of each qualifier, do not fall."""
    assert figures(tallies[name])[measure] >= FLOORS[name][measure]


def test_every_figure_has_a_floor(tallies: dict[str, Tally]) -> None:
    """No predicate and no qualifier goes unwatched."""
    for name, counted in tallies.items():
        assert set(figures(counted)) == set(FLOORS[name])


def test_cases_are_enough() -> None:
    """At least 300 cases, 40% of them held out; 12 with each predicate; 60 in which nothing is claimed; 80 exact
    ones."""
    cases = RULES + HELD
    assert len(cases) >= 300
    assert len(HELD) / len(cases) >= 0.4
    for predicate in ontology.default().predicates:
        assert sum(any(t[0] == predicate for t in case.claims) for case in cases) >= 12, predicate
    assert sum(not case.claims for case in cases) >= 60
    assert len(MUST) >= 80
