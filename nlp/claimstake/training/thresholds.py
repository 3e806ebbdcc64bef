"""Learns to tell limits from reports, from the measures of annotated articles and from marked sentences.

An article's measure is learned from where the measure grammar finds one at the place of an annotated THRESHOLD or
QUANTITY; what it finds where nothing is annotated counts only for durations, which are often no measure at all. Texts
without labels may help as silver: there the weighted sum and the rules are the teachers, where they are sure.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import spacy
from spacy.language import Language
from spacy.tokens import Doc

from claimstake import pipeline
from claimstake.grammar.measure_description import described
from claimstake.grammar.measure_roles import QUANTITY, THRESHOLD
from claimstake.linear import LinearModel
from claimstake.pipes.thresholds import AMOUNT, DURATION, agreed, located, roles_of
from claimstake.tokenizer import customise
from claimstake.training import comparing, inline
from claimstake.training.base import write_manifest
from claimstake.training.check import files
from claimstake.training.inline import Annotated
from claimstake.training.linear import Sample, fit, out_of_fold, platt
from claimstake.training.marked import Case
from claimstake.training.silver import read_raw

if TYPE_CHECKING:
    from claimstake.training.run import Context

COMPONENTS = ("claimstake_body", "claimstake_sentences", "claimstake_measures")
STRENGTH = 0.5  # inverse of the regularisation
FOLDS = 10
SILVER = 0.4  # what a silver measure counts beside a gold one
SILVER_TEXTS = {"press-domain": 378, "federal-register": 700}  # texts of each raw file, by name
SURE = 0.8  # probability from which the weighted sum teaches
DROP = "drop"
_Labelled = tuple[int, int, str]  # half-open character range and label


@dataclass(frozen=True)
class Text:
    """A text whose measures have known labels.

    Attributes:
        id: of the article or sentence.
        doc: with its sentences and measures found.
        labels: of every measure found, passage by passage; None where nothing is known of it.
    """

    id: str
    doc: Doc
    labels: list[list[str | None]]


@dataclass(frozen=True)
class Scores:
    """How many measures with a known label there are, and the share that gets it.

    Attributes:
        amounts, durations: how many.
        amounts_right: share of the amounts.
        durations_right: share of the durations that are rightly told to be limits or not.
    """

    amounts: int
    amounts_right: float
    durations: int
    durations_right: float


def measurer() -> Language:
    """A pipeline that finds sentences and measures, and needs no model."""
    nlp = spacy.blank("en")
    customise(nlp)
    for name in COMPONENTS:
        nlp.add_pipe(name)
    return nlp


def read_texts(nlp: Language, paths: Iterable[Path], parts: Mapping[str, str], wanted: str = "train") -> list[Text]:
    """The articles of one part of the corpus.

    Args:
        nlp: see `measurer`.
        paths: corpus files.
        parts: article id to its part, see `training.splits`.
        wanted: the part.

    Raises:
        CorpusError: a file does not parse.
    """
    articles = (inline.read(path) for path in paths)
    return [text_of(nlp, article) for article in articles if parts.get(article.article["id"]) == wanted]


def text_of(nlp: Language, article: Annotated) -> Text:
    """An annotated article; measures outside its body are not looked for."""
    record = article.record
    body = [(span.start, span.end) for span in record.doc.body]
    known = [(e.start, e.end, e.label) for e in record.entities if e.label in (THRESHOLD, QUANTITY)]
    return _text(nlp, record.doc.id, record.doc.text, body, known, complete=True)


def marked_text(nlp: Language, case: Case) -> Text:
    """A marked sentence; measures without a mark are of unknown label."""
    known = [(mark.start, mark.end, mark.label) for mark in case.marks]
    return _text(nlp, case.id, case.text, [(0, len(case.text))], known, complete=False)


def bare_text(nlp: Language, id_: str, text: str) -> Text:
    """A text without labels, to learn from as silver; the rules find its body."""
    doc = nlp.make_doc(text)
    doc._.article = {"id": id_}
    doc = nlp(doc)
    return Text(id_, doc, [[None] * len(passage.measures) for passage in located(doc)])


def _text(
    nlp: Language, id_: str, text: str, body: list[tuple[int, int]], known: list[_Labelled], *, complete: bool
) -> Text:
    doc = nlp.make_doc(text)
    doc._.article = {"id": id_, "body": body}
    doc = nlp(doc)
    labels: list[list[str | None]] = []
    for passage in located(doc):
        row = []
        for span, measure in zip(passage.spans, passage.measures, strict=True):
            label = next((name for a, b, name in known if a < span.end_char and span.start_char < b), None)
            told = label is None and complete and measure.kind == "duration"
            row.append(DROP if told else label)
        labels.append(row)
    return Text(id_, doc, labels)


def train(texts: Sequence[Text], silver: Iterable[Text] = (), *, strength: float = STRENGTH) -> LinearModel:
    """A model with two outcomes: an amount is a limit, a duration is a limit. Save it with `LinearModel.save`.

    Args:
        texts: articles of the training part, and marked sentences of the split "tune".
        silver: texts whose labels are not known (`bare_text`).
        strength: inverse of the L2 regularisation.
    """
    found = samples(texts)
    model = fit([*found, *silver_samples(silver)], (AMOUNT, DURATION), strength=strength)
    unseen = out_of_fold(found, (AMOUNT, DURATION), folds_of(texts), strength=strength)
    for column, outcome in enumerate(model.outcomes):
        rows = [i for i, sample in enumerate(found) if outcome in sample.answers]
        answers = np.array([found[i].answers[outcome] for i in rows])
        model.calibration[column] = platt(unseen[rows, column], answers)
    return LinearModel(
        model.outcomes, model.features, model.weights, model.bias, model.calibration, model.thresholds
    )  # made anew: a model reads its calibration once


def step(context: Context) -> dict[str, Any]:
    """Train for the base of a training run, save there, and measure on the test articles."""
    paths, nlp = files([context.articles]), measurer()
    model = train(read_texts(nlp, paths, context.splits), list(_silver_texts(nlp, context)))
    model.save(context.base / pipeline.TRAINED / "claimstake_thresholds")
    write_manifest(context.base)
    tests = read_texts(nlp, paths, context.splits, "test")
    return {"features": len(model.features), "test": asdict(scores(tests, model)), "rules": asdict(scores(tests))}


def _silver_texts(nlp: Language, context: Context) -> Iterator[Text]:
    for path in context.raw_files:
        count = 5 if context.quick else SILVER_TEXTS.get(path.name.split(".")[0], 0)
        for article in islice(read_raw(path), count):
            yield bare_text(nlp, article.id, article.text)


def samples(texts: Iterable[Text]) -> list[Sample]:
    """Every measure whose label is known, with its features."""
    out = []
    for text in texts:
        passages = located(text.doc)
        for passage, rows, labels in zip(passages, described(passages), text.labels, strict=True):
            for measure, features, label in zip(passage.measures, rows, labels, strict=True):
                outcome = DURATION if measure.kind == "duration" else AMOUNT
                if label is not None and (outcome == DURATION or label != DROP):
                    out.append(Sample(text.id, features, {outcome: label == THRESHOLD}))
    return out


def silver_samples(texts: Iterable[Text]) -> list[Sample]:
    """Measures with the labels that the component gives without a model; amounts it is unsure of are left out."""
    out = []
    for text in texts:
        passages = located(text.doc)
        for passage, rows, roles in zip(passages, described(passages), roles_of(passages), strict=True):
            labels = agreed(passage.around.text, list(passage.measures), roles)
            for measure, features, (label, probability) in zip(passage.measures, rows, labels, strict=True):
                outcome = DURATION if measure.kind == "duration" else AMOUNT
                if outcome == DURATION or max(probability, 1 - probability) >= SURE:
                    out.append(Sample(text.id, features, {outcome: label == THRESHOLD}, weight=SILVER))
    return out


def folds_of(texts: Iterable[Text], count: int = FOLDS) -> dict[str, int]:
    """Text id to the number of its fold."""
    ids = sorted({text.id for text in texts})
    random.Random(0).shuffle(ids)
    return {id_: i % count for i, id_ in enumerate(ids)}


def compared(
    texts: Sequence[Text], tried: Mapping[str, Any] | None = None, *, outcome: str = AMOUNT
) -> dict[str, float]:
    """Share that estimators get right, cross-validated over texts, by name.

    Args:
        texts: as for `train`.
        tried: estimators by name; None takes those of `training.comparing`.
        outcome: AMOUNT or DURATION.
    """
    found = [sample for sample in samples(texts) if outcome in sample.answers]
    wanted = np.array([sample.answers[outcome] for sample in found])
    answers = comparing.answers(found, outcome, folds_of(texts), tried)
    return {name: float((rows == wanted).mean()) for name, rows in answers.items()}


def scores(texts: Iterable[Text], model: LinearModel | None = None) -> Scores:
    """Compare the component's labels with the known ones.

    Args:
        texts: with known labels.
        model: None leaves the decision to the weighted sum and the rules for durations.
    """
    right: dict[bool, list[bool]] = {False: [], True: []}
    for text in texts:
        passages = located(text.doc)
        for passage, roles, labels in zip(passages, roles_of(passages, model), text.labels, strict=True):
            roles = agreed(passage.around.text, list(passage.measures), roles)
            for measure, (found, _), label in zip(passage.measures, roles, labels, strict=True):
                duration = measure.kind == "duration"
                if label is not None and (duration or label != DROP):
                    right[duration].append((found == THRESHOLD) == (label == THRESHOLD))
    amounts, durations = right[False], right[True]
    return Scores(len(amounts), _share(amounts), len(durations), _share(durations))


def _share(right: Sequence[bool]) -> float:
    return sum(right) / len(right) if right else 0.0
