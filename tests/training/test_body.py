"""The classifier of lines, trained on the corpus as it stands: figures, and what training makes of pages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from claimstake.linear import LinearModel
from claimstake.training import body, inline, splits
from claimstake.training.body import Page, Scores

TESTS = Path(__file__).resolve().parents[1]
CORPUS = TESTS.parent / "corpus"
FLOORS = json.loads((TESTS / "data" / "line_floors.json").read_text(encoding="utf-8"))


def own_page(path: Path) -> Page:
    """A page of tests/pipes/pages: "+" stands before lines of the article, "-" before furniture."""
    rows = [line for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]
    return Page(path.stem, "", tuple(row[2:] for row in rows), tuple(row[0] == "+" for row in rows))


@pytest.fixture(scope="module")
def pages() -> dict[str, list[Page]]:
    """The pages of the corpus by part, and the own ones."""
    parts = splits.read(CORPUS / "splits.tsv")
    read = {part: body.read_pages(sorted(CORPUS.glob("articles/**/*.md")), parts, part) for part in splits.PARTS}
    return read | {"pages": [own_page(path) for path in sorted(TESTS.glob("pipes/pages/*.txt"))]}


@pytest.fixture(scope="module")
def model(pages: dict[str, list[Page]]) -> LinearModel:
    return body.fitted(pages["train"])


def figures(pages: list[Page], model: LinearModel | None) -> dict[str, Scores]:
    found = [is_body for page in pages for is_body in body.answered(page, model)]
    return {"lines": body.scores(pages, found), "characters": body.scores(pages, found, body.characters)}


@pytest.mark.parametrize("name", [name for name in FLOORS if not name.endswith("furniture")])
def test_floors(pages: dict[str, list[Page]], model: LinearModel, name: str) -> None:
    """F1 of body lines, and of their characters, on articles that the model has not seen."""
    part, unit = name.split()
    assert figures(pages[part], model)[unit].f1 >= FLOORS[name]


def test_model_finds_the_furniture_that_rules_miss(pages: dict[str, list[Page]], model: LinearModel) -> None:
    """On the test part the model finds far more of the furniture, and loses few lines of articles."""
    ours, rules = figures(pages["test"], model)["lines"], figures(pages["test"], None)["lines"]
    assert ours.furniture_f1 >= FLOORS["test furniture"] > rules.furniture_f1 + 0.2
    assert ours.recall >= rules.recall - 0.03


def test_logistic_regression_is_as_good_as_the_best(pages: dict[str, list[Page]]) -> None:
    """The kind that is kept is within half a point of the linear SVM in cross-validation."""
    tried = {"ours": LogisticRegression(C=body.STRENGTH, solver="liblinear"), "svm": LinearSVC(C=0.1)}
    found = body.compared(pages["train"], tried)
    assert found["ours"].f1 >= found["svm"].f1 - 0.005


def test_saved_model_answers_the_same(pages: dict[str, list[Page]], model: LinearModel, tmp_path: Path) -> None:
    """Half the precision on disk changes no line's label on the own pages."""
    model.save(tmp_path)
    again = LinearModel.load(tmp_path)
    assert all(body.answered(page, again) == body.answered(page, model) for page in pages["pages"])


def test_only_the_wanted_part_is_read(pages: dict[str, list[Page]]) -> None:
    """Articles of the dev and test parts are not learned from."""
    parts = splits.read(CORPUS / "splits.tsv")
    assert {parts[page.id] for page in pages["train"]} == {"train"}
    assert not {page.id for page in pages["train"]} & {page.id for page in pages["dev"] + pages["test"]}


def test_page_of_an_article() -> None:
    """Lines count as body where half of them is, blank ones are left out."""
    source = (
        "id: a\ntitle: T\n\n=== text\nMenu\n\nBRUSSELS — {{The ban is in force since Monday.}}\nShare\n=== claims\n"
    )
    page = body.page_of(inline.parse(source, "a.md"))
    assert page.lines == ("Menu", "BRUSSELS — The ban is in force since Monday.", "Share")
    assert page.body == (False, True, False)


PLAIN = Page("plain", "Ban", ("Ban on gallium", "China bans gallium.", "Prices rose.", "Firms wait."), (True,) * 4)
DRESSED = Page(
    "dressed",
    "Quota",
    ("Home", "News", "Quota on cobalt", "Congo sets a quota.", "ADVERT", "Miners protest.", "Share", "Log in"),
    (False, False, True, True, False, True, False, False),
)


def test_blocks_by_place() -> None:
    """Furniture is kept in runs, by where it stands."""
    blocks = body.blocks_of([PLAIN, DRESSED])
    assert (blocks.head, blocks.middle, blocks.tail) == ((("Home", "News"),), (("ADVERT",),), (("Share", "Log in"),))


def test_variations_keep_the_article() -> None:
    """Other furniture, other line breaks: the article's words stay, in their order, and are still marked as such."""
    copies = body.varied([PLAIN, DRESSED], 12)
    assert copies == body.varied([PLAIN, DRESSED], 12)
    assert len({copy.lines for copy in copies}) > 6
    for copy in copies:
        source = PLAIN if copy.id == "plain" else DRESSED
        kept = " ".join(line for line, is_body in zip(copy.lines, copy.body, strict=True) if is_body)
        assert kept.split() == " ".join(x for x, ok in zip(source.lines, source.body, strict=True) if ok).split()
        furniture = " ".join(line for line, is_body in zip(copy.lines, copy.body, strict=True) if not is_body)
        assert "gallium" not in furniture
        assert "quota" not in furniture.lower()


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([True] * 4, (1.0, 1.0, 1.0, 0.0)),
        ([True, True, False, False], (1.0, 0.5, 2 / 3, 0.0)),
        ([False] * 4, (0.0, 0.0, 0.0, 0.0)),
    ],
)
def test_scores(found: list[bool], expected: tuple[float, ...]) -> None:
    """Precision, recall and F1 of body, and F1 of furniture."""
    got = body.scores([PLAIN], found)
    assert (got.precision, got.recall, got.f1, got.furniture_f1) == pytest.approx(expected)


def test_characters_weigh_lines() -> None:
    """A long line that is missed costs more than a short one."""
    found = [True, False, True, True]
    assert body.scores([PLAIN], found, body.characters).recall < body.scores([PLAIN], found).recall
    assert body.characters(" a b\t") == 2
