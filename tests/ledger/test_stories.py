"""Whole stories, from articles to the ledger: annotated by the pipeline, told as lives."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from spacy.language import Language

import stores
from claimstake import output, pipeline
from claimstake.ledger.asking import Question
from claimstake.ledger.model import Measure, Row
from claimstake.ledger.telling import Ledger, tell
from claimstake.records import AnnotatedDocument, Article

STORIES = Path(__file__).parents[1] / "data" / "ledger"
BAN, TARIFF = "restricts_export_of", "imposes_tariff_on"
Life = list[tuple[str, str | None, list[str]]]


def annotated(nlp: Language, articles: list[Article]) -> Iterator[AnnotatedDocument]:
    return (output.document(doc) for doc in pipeline.annotate_many(nlp, articles))


def story(nlp: Language, name: str, folder: Path, question: Question) -> Ledger:
    """The ledger of a file of articles, by way of a database."""
    lines = (STORIES / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    stores.fill(str(folder / "claims.db"), annotated(nlp, [Article(**json.loads(line)) for line in lines]))
    return tell(str(folder / "claims.db"), question)


def only(found: Ledger, actor: str, *objects: str) -> Measure:
    """The measure of an actor on all of these."""
    (measure,) = (
        m for m in found.measures if m.actor.name == actor and set(objects) <= {row.object.name for row in m.rows}
    )
    return measure


def part(measure: Measure, target: str | None) -> Life:
    """Steps of what is aimed at a target, with the numbers of the articles that tell them."""
    (found,) = (p for p in measure.parts if p.target == target)
    return [(s.kind, s.date, [d.id.rpartition("-")[2] for d in s.documents]) for s in found.life]


def values(row: Row) -> list[tuple[str, str, str | None]]:
    return [("was" if v.superseded else v.status, v.text, v.date) for v in row.values]


def test_gallium(nlp: Language, tmp_path: Path) -> None:
    """Licences for all, then a ban for one country, which is suspended while the licences stay."""
    found = only(story(nlp, "gallium", tmp_path, Question(about=("gallium",))), "China", "gallium", "germanium")
    assert part(found, None) == [
        ("announced", "2023-07-03", ["1", "2"]),
        ("in_force", "2023-08-01", ["1", "2", "3"]),
    ]
    assert part(found, "United States") == [
        ("in_force", "2024-12-03", ["4", "5"]),
        ("suspended", "2025-11-09", ["6", "7"]),
        ("expires", "2026-11-27", ["6"]),
    ]
    general, aimed = (p.state.kind for p in found.parts if p.state)
    assert (general, aimed) == ("in_force", "suspended")
    assert found.stories == 7


def test_electric_vehicles(nlp: Language, tmp_path: Path) -> None:
    """A tariff from proposal to force with its rates; the one who tells another rate is flagged."""
    found = only(
        story(nlp, "electric-vehicles", tmp_path, Question(predicates=(TARIFF,))), "United States", "electric vehicle"
    )
    assert part(found, "China") == [
        ("proposed", "2024-05-14", ["1", "2"]),
        ("comment_until", "2024-06-28", ["1"]),
        ("announced", "2024-09-13", ["3"]),
        ("in_force", "2024-09-27", ["3", "4", "5"]),
    ]
    (row,) = found.rows
    assert values(row) == [
        ("was", "25%", "2024-05-14"),
        ("proposed", "100%", "2024-05-14"),
        ("announced", "100%", "2024-09-27"),
        ("in_force", "100%", "2024-09-27"),
        ("in_force", "102.5%", "2024-09-27"),
    ]
    (contradiction,) = row.contradictions
    assert [[s.document.publisher for s in side] for side in contradiction.sides] == [
        ["Canal Street Review"],
        ["Pier Nine"],
    ]


def test_nickel(nlp: Language, tmp_path: Path) -> None:
    """A ban that came twice, six years apart."""
    found = only(story(nlp, "nickel", tmp_path, Question(actor="Jakarta")), "Indonesia", "nickel ore")
    assert part(found, None) == [
        ("in_force", "2014-01-12", ["1"]),
        ("announced", "2019-09-02", ["2", "3"]),
        ("in_force", "2020-01-01", ["2", "4", "5"]),
    ]


def test_rare_earths(nlp: Language, tmp_path: Path) -> None:
    """Suspended the day before it would have come into force, it never did."""
    found = only(story(nlp, "rare-earths", tmp_path, Question(about=("rare earths",))), "China", "holmium", "ytterbium")
    assert part(found, None) == [
        ("announced", "2025-10-09", ["1", "2"]),
        ("suspended", "2025-11-07", ["3", "4"]),
        ("in_force", "2025-11-08", ["1"]),
        ("expires", "2026-11-10", ["3", "4"]),
    ]
    assert [s.planned for s in found.parts[0].life] == [False, False, True, False]
    assert found.state is not None
    assert found.state.kind == "suspended"


def test_batteries(nlp: Language, tmp_path: Path) -> None:
    """A limit of a draft, and the one that came in its place, each from its own day."""
    found = story(nlp, "batteries", tmp_path, Question(about=("electric vehicle battery",)))
    history = next(
        values(row) for m in found.measures for row in m.rows if row.actor.name == "electric vehicle battery"
    )
    assert [(text, date) for _, text, date in history] == [
        ("at least 12%", "2030-01-01"),
        ("at least 16%", "2031-08-18"),
    ]


@pytest.fixture(scope="module")
def seeds(nlp: Language, shared: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The five seed articles in a database."""
    articles = [
        json.loads(line) for line in (shared / "dev" / "articles.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    names = {path.stem for path in (shared / "seeds").glob("*.txt")}
    fields = ("id", "text", "title", "published", "url")
    found = [Article(**{k: a.get(k) for k in fields}) for a in articles if a["id"] in names]
    assert len(found) == 5
    address = tmp_path_factory.mktemp("seeds") / "seeds.db"
    stores.fill(str(address), annotated(nlp, found))
    return str(address)


@pytest.mark.shared
def test_the_seeds(seeds: str) -> None:
    """Proposed on January 2 for comment until February 1, in force since July 15, with the sources of each step."""
    measure = only(
        tell(seeds, Question(actor="China")), "China", "battery cathode preparation", "LFP/LMFP cathode preparation"
    )
    told = [(s.kind, s.date, [d.id[:3] for d in s.documents]) for s in measure.life]
    assert ("proposed", "2025-01-02", ["003", "002"]) in told
    assert ("comment_until", "2025-02-01", ["003", "002"]) in told
    (force,) = (docs for kind, date, docs in told if (kind, date) == ("in_force", "2025-07-15"))
    assert {"000", "004"} <= set(force)
    assert measure.state is not None
    assert (measure.state.kind, measure.state.date) == ("in_force", "2025-07-15")
    assert "Catalogue of Technologies Prohibited or Restricted from Export" in {
        row.actor.name for row in measure.instruments
    }


@pytest.mark.shared
def test_limits_of_the_seeds(seeds: str) -> None:
    """The draft's limits and the final ones."""
    measure = only(tell(seeds, Question(actor="China")), "China", "battery cathode preparation")
    told = {(row.actor.name, row.parameter): [v.text for v in row.values] for row in measure.limits}
    for name in ("lithium iron phosphate", "lithium manganese iron phosphate"):
        assert told[name, "powder compact density"] == ["300 MPa", "220 MPa"]
    assert told["phosphate cathode precursor", "tap density"] == [">2.1 g/cc", ">1.2 g/cc"]
    assert told["lithium iron phosphate", "initial coulombic efficiency"] == ["≥97%"]
    assert told["lithium manganese iron phosphate", "initial coulombic efficiency"] == ["≥95%"]


@pytest.mark.shared
def test_about_lithium(seeds: str) -> None:
    """A question about one thing brings the whole measure that it belongs to."""
    found = tell(seeds, Question(about=("lithium",)))
    assert [s.date for s in only(found, "China", "battery cathode preparation").life if s.kind == "proposed"] == [
        "2025-01-02"
    ]
