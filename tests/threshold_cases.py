r"""Reads tests/data/threshold_cases.jsonl: own sentences whose measures are marked as limits, reports or neither.

A row is {"id", "split", "text"}; in the text `[[25%|THRESHOLD]]` marks a measure, with THRESHOLD, QUANTITY or (for
what is no measure at all) drop. Rows of the split "tune" fit the labeller's weights, those of "held_out" only measure.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from spacy.language import Language
from spacy.tokens import Doc, Span

from claimstake.attributes import MEASURES

LABELS = ("THRESHOLD", "QUANTITY", "drop")
SPLITS = ("tune", "held_out")
_MARK = re.compile(r"\[\[(?P<text>[^|\]]+)\|(?P<label>[A-Za-z]+)\]\]")


@dataclass(frozen=True)
class Mark:
    """A marked measure: half-open character range and label."""

    start: int
    end: int
    label: str


@dataclass(frozen=True)
class Case:
    """A text with its marks, which are in order."""

    id: str
    split: str
    text: str
    marks: tuple[Mark, ...]


def read(path: Path) -> list[Case]:
    """Parse a file of cases.

    Raises:
        ValueError: a row names an unknown split or label, or its marks do not close.
    """
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [_case(row) for row in rows]


def _case(row: dict[str, str]) -> Case:
    text, marks, last = "", [], 0
    for found in _MARK.finditer(row["text"]):
        text += row["text"][last : found.start()]
        marks.append(Mark(len(text), len(text) + len(found["text"]), found["label"]))
        text += found["text"]
        last = found.end()
    text += row["text"][last:]
    if row["split"] not in SPLITS or "[[" in text or "]]" in text or any(m.label not in LABELS for m in marks):
        raise ValueError(f"{row['id']}: unknown split or label, or unbalanced marks")
    return Case(row["id"], row["split"], text, tuple(marks))


def found_for(doc: Doc, mark: Mark) -> Span | None:
    """The first measure of the Doc that overlaps a mark."""
    return next((s for s in doc.spans[MEASURES] if s.start_char < mark.end and mark.start < s.end_char), None)


def errors(nlp: Language, cases: Iterable[Case]) -> tuple[Counter[tuple[str, str]], list[str]]:
    """Label the cases and compare.

    Args:
        nlp: a pipeline with the measures and the thresholds component.
        cases: what to label.

    Returns:
        Counts of (expected label, label given), and a line for every wrong one.
    """
    counts: Counter[tuple[str, str]] = Counter()
    wrong: list[str] = []
    for case in cases:
        doc = nlp(case.text)
        for mark in case.marks:
            span = found_for(doc, mark)
            label = span.label_ if span is not None else "drop"
            counts[mark.label, label] += 1
            if label != mark.label:
                wrong.append(f"{case.id}: {case.text[mark.start : mark.end]!r} is {mark.label}, got {label}")
    return counts, wrong


def accuracy(counts: Counter[tuple[str, str]]) -> float:
    """Share of marks whose label is right; 0 without marks."""
    right = sum(n for (expected, given), n in counts.items() if expected == given)
    return right / counts.total() if counts else 0.0
