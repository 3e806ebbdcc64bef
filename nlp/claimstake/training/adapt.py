"""Moves trained linear models towards a user's annotations, from where they are.

The models that judge mentions and pairs were fitted on corpus articles through bases that had not learned them, which
no user has. So they are not fitted anew: the weights move from the old ones as far as the user's documents speak
against them, held back by a penalty on the square of the way (maximum a posteriori with the old weights as the prior's
mean; Chelba and Acero 2006). What the documents do not show stays as it was, and it takes seconds.

How sure mentions and claims are, and which pairs are claims, is learned from what the base as it was finds in the
documents: of names that it has learned by heart the new one is surer than it will be of others. Whether to believe the
new recogniser's own finds can only be learned from these; what was thought of its finds in corpus articles is held fast
meanwhile, else the model believes too much. Eighteen articles about firms that write their names small, F1 of mentions
in those learned, and precision of companies in the corpus's test articles: 0.78 and 0.89 with what the old recogniser
finds, 0.93 and 0.68 with what the new one finds, 0.93 and 0.93 with 40 train articles held fast. Learning their gold
instead gives 0.91 and 0.90, and believes more even where there are no documents.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse
from scipy.optimize import minimize

from claimstake import pipeline
from claimstake.claims.learned import Models
from claimstake.linear import LinearModel
from claimstake.pipes.judging import Judging
from claimstake.records import Article
from claimstake.training import claims, linear, mentions
from claimstake.training.base import write_manifest
from claimstake.training.inline import Annotated
from claimstake.training.linear import Sample
from claimstake.training.samples import samples_of, with_gold_mentions

STRENGTH = 0.1  # inverse of the penalty: that of the models' own fit
ROUNDS = 100  # of the optimiser, at most
REHEARSED = 40  # corpus articles


def adapted(
    model: LinearModel, samples: Sequence[Sample], strength: float = STRENGTH, *, kept: Sequence[Sample] = ()
) -> LinearModel:
    """A model moved towards samples; calibration and thresholds stay.

    Args:
        model: where each outcome is judged by itself.
        samples: answers that are no outcome of the model do not count. Features that the model does not know and that
            occur in two groups come to it.
        strength: how far weights may move: inverse of the penalty.
        kept: of these the model is to think as it does, whatever their answers.
    """
    features = dict(model.features)
    for name in linear.vocabulary(samples):
        features.setdefault(name, len(features))
    weights = np.zeros((len(features), len(model.outcomes)), dtype="float32")
    weights[: len(model.features)] = model.weights
    bias = model.bias.astype("float32").copy()
    table = linear.matrix([*samples, *kept], features)
    rest = list(range(len(samples), len(samples) + len(kept)))
    for column, outcome in enumerate(model.outcomes):
        rows = [i for i, s in enumerate(samples) if outcome in s.answers]
        if rows:
            answers = np.array([samples[i].answers[outcome] for i in rows], dtype=float)
            _move(table[[*rows, *rest]], answers, weights, bias, column, strength)
    same = (model.calibration, model.thresholds, model.exclusive)
    return LinearModel(model.outcomes, features, weights, bias, *same)


def _move(
    table: sparse.csr_matrix, answers: np.ndarray, weights: np.ndarray, bias: np.ndarray, column: int, strength: float
) -> None:
    """Move one outcome's weights and bias, in place; rows beyond the answers are to come out as they do now."""
    before = table @ weights[:, column] + bias[column]
    answers = np.append(answers, 1 / (1 + np.exp(-before[len(answers) :])))
    seen = np.flatnonzero(np.asarray(table.sum(axis=0))[0])
    columns = table[:, seen]

    def loss(way: np.ndarray) -> tuple[float, np.ndarray]:
        logits = before + columns @ way[:-1] + way[-1]
        missed = 1 / (1 + np.exp(-logits)) - answers
        value = np.logaddexp(0, logits).sum() - answers @ logits + way @ way / (2 * strength)
        return float(value), np.append(columns.T @ missed, missed.sum()) + way / strength

    way = minimize(loss, np.zeros(len(seen) + 1), jac=True, method="L-BFGS-B", options={"maxiter": ROUNDS}).x
    weights[seen, column] += way[:-1]
    bias[column] += way[-1]


def adapt(
    start: Path, candidate: Path, documents: Sequence[Annotated], rehearsed: Sequence[Annotated]
) -> dict[str, Any]:
    """Move the models of mentions and claims in a candidate's folder towards documents.

    Args:
        start: base that the candidate began as.
        candidate: folder with the new recogniser; it is changed, with its manifest. Models that it lacks are left out.
        documents: of the user.
        rehearsed: train articles of the corpus, about `REHEARSED`.

    Returns:
        How many candidate mentions and pairs were judged.
    """
    counts = {"mentions": _adapt_mentions(start, candidate, documents, rehearsed)}
    counts["pairs"] = _adapt_claims(start, candidate, documents)
    write_manifest(candidate)
    return counts


def _adapt_mentions(
    start: Path, candidate: Path, documents: Sequence[Annotated], rehearsed: Sequence[Annotated]
) -> int:
    folder = candidate / pipeline.TRAINED / mentions.ARBITER
    if not folder.is_dir():
        return 0
    judging = Judging.load(folder)
    sure = [s for document in documents for s in mentions.samples(mentions.nlp_of(start), document)[1]]
    judging.confidence = adapted(judging.confidence, sure)
    nlp = mentions.build(candidate)
    found, kept = ([s for d in part for s in mentions.samples(nlp, d)[0]] for part in (documents, rehearsed))
    judging.additions = adapted(judging.additions, found, kept=kept)
    judging.save(folder)
    return len(found)


def _adapt_claims(start: Path, candidate: Path, documents: Sequence[Annotated]) -> int:
    folder = candidate / pipeline.TRAINED / claims.CLAIMS / "models"
    if not folder.is_dir():
        return 0
    models, pairs = Models.load(folder), pair_samples(start, documents)
    models.relations = adapted(models.relations, pairs)
    models.save(folder)
    return len(pairs)


def pair_samples(start: Path, documents: Sequence[Annotated]) -> list[Sample]:
    """The pairs of documents, once with the mentions that the base finds, once with the gold ones."""
    nlp = claims.nlp_of(start, start)
    finder: Any = nlp.get_pipe(claims.CLAIMS)
    out: list[Sample] = []
    for document in documents:
        doc = pipeline.annotate(nlp, Article(**document.article))
        for again in (False, True):
            doc = with_gold_mentions(doc, document.record) if again else doc
            found, _ = samples_of(finder.finder, doc, document.record)
            out += [Sample(s.document, s.features, s.answers) for s in found]
    return out
