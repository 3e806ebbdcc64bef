"""Labels the marked sentences of tests/data/threshold_cases.jsonl and counts; see `claimstake.training.marked`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from spacy.language import Language
from spacy.tokens import Doc, Span

from claimstake.attributes import MEASURES
from claimstake.training.marked import SPLITS, Case, Mark, read

__all__ = ["SPLITS", "Case", "Mark", "accuracy", "errors", "found_for", "read"]


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
