"""Learns which lines of scraped texts are the article, from annotated articles with their page furniture.

Each article is learned from as it stands and in variations: dressed in the menus, footers and advertisements of other
training articles, with furniture lines joined or left out, with its paragraphs broken at a width.
"""

from __future__ import annotations

import random
import re
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from claimstake import pipeline
from claimstake.knowledge.body_features import BEFORE, page_features
from claimstake.knowledge.body_lines import label_lines, line_features
from claimstake.linear import LinearModel
from claimstake.pipes.body_judging import OUTCOME, LineJudge
from claimstake.training import comparing, inline
from claimstake.training.base import write_manifest
from claimstake.training.check import files
from claimstake.training.inline import Annotated
from claimstake.training.linear import Sample, fit

if TYPE_CHECKING:
    from claimstake.training.run import Context

STRENGTH = 1.0  # inverse of the regularisation
VARIATIONS = 1  # of each article
FOLDS = 5
_LINE = re.compile(r"[^\r\n]+")
_START, _BODY, _FURNITURE = BEFORE


@dataclass(frozen=True)
class Page:
    """The filled lines of a text, and which of them are the article.

    Attributes:
        id: of the article.
        title: as its metadata give it, "" for none.
        lines: from top to bottom, blank ones left out.
        body: whether each line is the article.
    """

    id: str
    title: str
    lines: tuple[str, ...]
    body: tuple[bool, ...]


@dataclass(frozen=True)
class Blocks:
    """Runs of furniture lines, by where they stand: above, between and below the article's lines."""

    head: tuple[tuple[str, ...], ...]
    middle: tuple[tuple[str, ...], ...]
    tail: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Scores:
    """Precision, recall and F1 of the article, and F1 of the furniture; by lines or by characters."""

    precision: float
    recall: float
    f1: float
    furniture_f1: float


def read_pages(paths: Iterable[Path], parts: Mapping[str, str], wanted: str = "train") -> list[Page]:
    """The pages of one part of the corpus.

    Args:
        paths: corpus files.
        parts: article id to its part, see `training.splits`.
        wanted: the part.

    Raises:
        CorpusError: a file does not parse.
    """
    articles = (inline.read(path) for path in paths)
    return [page_of(article) for article in articles if parts.get(article.article["id"]) == wanted]


def page_of(article: Annotated) -> Page:
    """An annotated article as a page; a line is body where at least half of it is."""
    text = article.article["text"]
    inside = bytearray(len(text))
    for span in article.record.doc.body:
        inside[span.start : span.end] = b"\1" * (span.end - span.start)
    lines, body = [], []
    for found in _LINE.finditer(text):
        places = [i for i in range(*found.span()) if not text[i].isspace()]
        if places:
            lines.append(found[0])
            body.append(2 * sum(inside[i] for i in places) >= len(places))
    return Page(article.article["id"], article.article.get("title", ""), tuple(lines), tuple(body))


def train(paths: Iterable[Path], parts: Mapping[str, str]) -> LinearModel:
    """A model of the probability that a line is body, from the training part; save it with `LinearModel.save`.

    Args:
        paths: corpus files.
        parts: article id to its part, see `training.splits`.

    Raises:
        CorpusError: a file does not parse.
    """
    return fitted(read_pages(paths, parts))


def step(context: Context) -> dict[str, Any]:
    """Train for the base of a training run, save there, and measure on the test articles."""
    paths = files([context.articles])
    model = train(paths, context.splits)
    model.save(context.base / pipeline.TRAINED / "claimstake_body")
    write_manifest(context.base)
    pages = read_pages(paths, context.splits, "test")
    found = [answer for page in pages for answer in answered(page, model)]
    return {"features": len(model.features), "test": asdict(scores(pages, found))}


def fitted(pages: Sequence[Page], *, strength: float = STRENGTH, variations: int = VARIATIONS) -> LinearModel:
    """A model of some pages.

    Args:
        pages: to learn from.
        strength: inverse of the L2 regularisation.
        variations: how many dressed copies of each page are learned from, beside itself.
    """
    return fit(samples([*pages, *varied(pages, variations)]), [OUTCOME], strength=strength)


def samples(pages: Iterable[Page]) -> list[Sample]:
    """Every line with its features; what the line above is comes from the annotation."""
    out = []
    for page in pages:
        before = _START
        for features, body in zip(_features(page), page.body, strict=True):
            out.append(Sample(page.id, [*features, before], {OUTCOME: body}))
            before = _BODY if body else _FURNITURE
    return out


def varied(pages: Sequence[Page], count: int) -> list[Page]:
    """Copies of pages in other furniture; the same ones for the same pages."""
    blocks = blocks_of(pages)
    return [_variation(page, blocks, random.Random(f"{page.id} {k}")) for page in pages for k in range(count)]


def blocks_of(pages: Iterable[Page]) -> Blocks:
    """All runs of furniture of some pages."""
    head, middle, tail = [], [], []
    for page in pages:
        if True not in page.body:
            continue
        first, last = page.body.index(True), len(page.body) - 1 - page.body[::-1].index(True)
        for start, end in _runs(page.body):
            (head if end <= first else tail if start > last else middle).append(page.lines[start:end])
    return Blocks(tuple(head), tuple(middle), tuple(tail))


def _runs(body: Sequence[bool]) -> list[tuple[int, int]]:
    """Half-open ranges of furniture."""
    edges = [0, *(i for i in range(1, len(body)) if body[i] != body[i - 1]), len(body)]
    return [(a, b) for a, b in zip(edges, edges[1:], strict=False) if a < b and not body[a]]


def _variation(page: Page, blocks: Blocks, chance: random.Random) -> Page:
    rows = [(line, True) for line, body in zip(page.lines, page.body, strict=True) if body]
    form = chance.random()
    if form < 0.2:
        rows = _broken(rows, chance.randint(55, 100))
    elif form < 0.35:
        rows = _joined(rows, chance)
    if blocks.middle and chance.random() < 0.5 and len(rows) > 3:
        place = chance.randint(2, len(rows) - 1)
        rows[place:place] = _dressed(chance.choice(blocks.middle), chance)
    above = _dressed(chance.choice(blocks.head), chance) if blocks.head and chance.random() < 0.7 else []
    below = _dressed(chance.choice(blocks.tail), chance) if blocks.tail and chance.random() < 0.7 else []
    rows = [*above, *rows, *below]
    return replace(page, lines=tuple(line for line, _ in rows), body=tuple(body for _, body in rows))


def _dressed(block: Sequence[str], chance: random.Random) -> list[tuple[str, bool]]:
    """A block as another scraper would have left it: lines dropped, joined, with marks in front."""
    lines = [line for line in block if chance.random() < 0.85]
    if len(lines) > 1 and chance.random() < 0.15:
        between = chance.choice((" ", " | ", "  ", " · "))
        lines = [between.join(line.strip() for line in lines)]
    mark = chance.choice(("", "", "", "", "- ", "  • ", "* "))
    return [(mark + line if len(line) < 60 else line, False) for line in lines]


def _broken(rows: Iterable[tuple[str, bool]], width: int) -> list[tuple[str, bool]]:
    return [(piece, body) for line, body in rows for piece in textwrap.wrap(line, width) or [line]]


def _joined(rows: Sequence[tuple[str, bool]], chance: random.Random) -> list[tuple[str, bool]]:
    """Paragraphs run together into one to three lines, as releases often come; the headline stays apart."""
    rest = [line for line, _ in rows[1:]]
    size = max(1, -(-len(rest) // chance.randint(1, 3)))
    return [*rows[:1], *((" ".join(rest[i : i + size]), True) for i in range(0, len(rest), size))]


def folds_of(pages: Iterable[Page], count: int = FOLDS) -> dict[str, int]:
    """Article id to the number of its fold."""
    ids = sorted({page.id for page in pages})
    random.Random(0).shuffle(ids)
    return {id_: i % count for i, id_ in enumerate(ids)}


def cross_validated(pages: Sequence[Page], *, variations: int = VARIATIONS, strength: float = STRENGTH) -> np.ndarray:
    """Whether each line is body, by models that saw nothing of its article: (lines,) in the pages' order."""
    folds = folds_of(pages)
    models = {}
    for fold in sorted(set(folds.values())):
        others = [page for page in pages if folds[page.id] != fold]
        models[fold] = fitted(others, strength=strength, variations=variations)
    return np.array([body for page in pages for body in answered(page, models[folds[page.id]])])


def compared(pages: Sequence[Page], tried: Mapping[str, Any] | None = None) -> dict[str, Scores]:
    """Scores of estimators that judge each line of undressed pages by itself, cross-validated over articles.

    Args:
        pages: to learn from.
        tried: estimators by name; None takes those of `training.comparing`.
    """
    alone = [
        Sample(page.id, features, {OUTCOME: body})
        for page in pages
        for features, body in zip(_features(page), page.body, strict=True)
    ]
    found = comparing.answers(alone, OUTCOME, folds_of(pages), tried)
    return {name: scores(pages, rows) for name, rows in found.items()}


def answered(page: Page, model: LinearModel | None) -> list[bool]:
    """Which lines of a page are body, as the pipeline decides; by the rules alone without a model."""
    features = line_features(page.lines)
    labels = label_lines(features)
    if model is not None:
        labels = LineJudge(model).labels(features, labels, page.title)
    return [label is None for label in labels]


def scores(pages: Sequence[Page], found: Sequence[bool], weight: Callable[[str], int] = lambda _: 1) -> Scores:
    """Compare lines found to be body with the annotation.

    Args:
        pages: annotated.
        found: for every line of all pages, one after another.
        weight: what a line counts: 1, or `characters`.
    """
    gold = np.array([body for page in pages for body in page.body], dtype=bool)
    counts = np.array([weight(line) for page in pages for line in page.lines], dtype=float)
    ours = np.array(found, dtype=bool)
    precision, recall, f1 = _prf(ours, gold, counts)
    return Scores(precision, recall, f1, _prf(~ours, ~gold, counts)[2])


def characters(line: str) -> int:
    """Characters of a line that are not white space."""
    return sum(not c.isspace() for c in line)


def _features(page: Page) -> list[list[str]]:
    features = line_features(page.lines)
    return page_features(features, label_lines(features), page.title)


def _prf(ours: np.ndarray, gold: np.ndarray, counts: np.ndarray) -> tuple[float, float, float]:
    both, found, wanted = (float(counts[rows].sum()) for rows in (ours & gold, ours, gold))
    precision = both / found if found else 0.0
    recall = both / wanted if wanted else 0.0
    return precision, recall, 2 * both / (found + wanted) if found + wanted else 0.0
