"""Trains the arbiter's models: whether what only the recogniser found is a mention, and how sure a mention is.

Learned from the train articles as bases see them that were not trained on them (`Context.folds`), since a recogniser is
surer of what it has learned by heart; calibrated on the dev articles.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc

from claimstake import pipeline
from claimstake.attributes import MENTIONS, PROBABILITIES
from claimstake.mirror import Mirror
from claimstake.pipes.arbitration import Candidate, choose
from claimstake.pipes.judging import EXACT, MENTION, OUTCOMES, Judging, credentials, judge_of
from claimstake.records import AnnotatedDocument, Article, Entity
from claimstake.training import linear
from claimstake.training.base import write_manifest
from claimstake.training.check import check
from claimstake.training.inline import Annotated
from claimstake.training.linear import Sample

if TYPE_CHECKING:
    from claimstake.training.run import Context

ARBITER = "claimstake_mentions"
STRENGTH = 0.1  # inverse regularisation; the best of 0.05, 0.1, 0.2 and 0.5 by out-of-fold loss
ADDED = 0.7  # probability from which the recogniser's own finds count
HEAD = re.compile(r"(?:[\"'“‘(\s]|(?:the|a|an)\s)*", re.I)
TAIL = re.compile(r"(?:['’]s|[\"'”’,.;:)\s])*$")


def train(context: Context) -> dict[str, Any]:
    """Fit, calibrate and save the models under the base's folder.

    Returns:
        What was measured: samples, and the expected calibration error on dev before and after calibration.
    """
    additions: list[Sample] = []
    confidence: list[Sample] = []
    for fold, base in context.folds:
        for document in articles(context, "train"):
            if context.fold_of(document.article["id"]) == fold:
                more, sure = samples(nlp_of(base), document)
                additions += more
                confidence += sure
    judging = Judging(
        linear.fit(additions, OUTCOMES, strength=STRENGTH), linear.fit(confidence, [MENTION], strength=STRENGTH)
    )
    judging.additions.thresholds[:] = ADDED
    nlp = nlp_of(context.base)
    before, after = calibrate(judging, nlp, articles(context, "dev"))
    judging.save(context.base / pipeline.TRAINED / ARBITER)
    write_manifest(context.base)
    return {"additions": len(additions), "confidence": len(confidence), "ece_before": before, "ece_after": after}


_loaded: dict[Path, Language] = {}


def nlp_of(base: Path) -> Language:
    """The pipeline on a base, without claims; kept for the next call."""
    if base not in _loaded:
        _loaded.clear()
        _loaded[base] = build(base)
    return _loaded[base]


def build(base: Path) -> Language:
    """The pipeline on a base, without claims and without the arbiter's models."""
    nlp = pipeline.build(base, exclude=["claimstake_claims"])
    arbiter: Any = nlp.get_pipe(ARBITER)
    arbiter.judging = None
    return nlp


def articles(context: Context, part: str) -> Iterator[Annotated]:
    """The corpus articles of a part."""
    for document in check([context.articles]).documents.values():
        if context.splits.get(document.article["id"]) == part:
            yield document


def samples(nlp: Language, document: Annotated) -> tuple[list[Sample], list[Sample]]:
    """Every candidate with its answers, and every chosen mention with its credentials."""
    arbiter: Any = nlp.get_pipe(ARBITER)
    seen: dict[str, Any] = {}

    def watching(doc: Mirror, candidates: list[Candidate], _: object) -> list[Candidate]:
        seen["candidates"], seen["judge"] = candidates, judge_of(doc, candidates)
        seen["left"] = doc.source.user_data.get(PROBABILITIES)
        seen["chosen"] = choose([c for c in candidates if c.extractor != "recognised"], len(doc))
        return seen["chosen"]

    arbiter._choose = watching
    try:
        doc = pipeline.annotate(nlp, Article(**document.article))
    finally:
        del arbiter._choose
    answer = Answers(doc, document.record)
    id_ = document.record.doc.id
    judge, left = seen["judge"], seen["left"]
    everything = [Sample(id_, judge.features(c), answer.of(c.start, c.end, c.label)) for c in seen["candidates"]]
    chosen = [
        Sample(id_, credentials(c, judge.recognised, *left).features(), _only(answer.of(c.start, c.end, c.label)))
        for c in seen["chosen"]
    ]
    return everything, chosen


def _only(answers: dict[str, bool]) -> dict[str, bool]:
    return {MENTION: answers[MENTION]}


class Answers:
    """Whether spans of a doc are mentions, by its gold."""

    def __init__(self, doc: Doc, gold: AnnotatedDocument) -> None:
        self.doc, self.text = doc, doc.text
        self.entities: Sequence[Entity] = gold.entities
        self._exact = {(*trimmed(self.text, e.start, e.end), e.label) for e in gold.entities}

    def of(self, start: int, end: int, label: str) -> dict[str, bool]:
        """Answers for a token span: EXACT (article, quotes and possessive aside) and MENTION (overlap)."""
        span = self.doc[start:end]
        low, high = span.start_char, span.end_char
        exact = (*trimmed(self.text, low, high), label) in self._exact
        overlap = any(e.label == label and e.start < high and low < e.end for e in self.entities)
        return {EXACT: exact, MENTION: overlap}


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """A span without leading article or quote and trailing quote or possessive."""
    part = text[start:end]
    head, tail = HEAD.match(part), TAIL.search(part)
    low, high = head.end() if head else 0, tail.start() if tail else len(part)
    return (start + low, start + high) if low < high else (start, end)


def calibrate(judging: Judging, nlp: Language, documents: Iterable[Annotated]) -> tuple[float, float]:
    """Fit the confidence model's calibration on articles it has not seen; the ECE before and after."""
    arbiter: Any = nlp.get_pipe(ARBITER)
    arbiter.judging = judging
    probabilities, answers = [], []
    for document in documents:
        doc = pipeline.annotate(nlp, Article(**document.article))
        answer, group = Answers(doc, document.record), doc.spans[MENTIONS]
        for span in group:
            attrs = group.attrs[span.id_]
            if attrs.get("mention", "name") == "name":
                probabilities.append(attrs["confidence"])
                answers.append(answer.of(span.start, span.end, span.label_)[MENTION])
    arbiter.judging = None
    p, right = np.array(probabilities), np.array(answers)
    slope, shift = linear.platt(p, right)
    model = judging.confidence
    model.calibration[:] = (slope, shift)
    model.__post_init__()
    logits = slope * np.log(np.clip(p, 1e-4, 1 - 1e-4) / np.clip(1 - p, 1e-4, 1)) + shift
    error = linear.expected_calibration_error
    return error(p, right), error(1 / (1 + np.exp(-logits)), right)
