"""Trains the claim models: which candidate pairs are claims, and their closed qualifiers.

Gold pairs come from the train articles, once with the mentions that a base finds which was not trained on them, once
with the gold mentions. Unlabelled texts, where there are some, add silver: what sure rules propose there counts as
right, everything else as wrong, both at less weight. Without them the model expects a restriction in every sentence,
as our dense articles have it.
"""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from spacy.language import Language

from claimstake import ontology as ontologies
from claimstake import output, pipeline
from claimstake.attributes import MENTIONS
from claimstake.claims.learned import SURE, Models
from claimstake.claims.qualifier_features import CLOSED
from claimstake.evaluation.alignment import align
from claimstake.evaluation.annotations import read
from claimstake.pipes.judging import Judging
from claimstake.records import AnnotatedDocument, Article, DocumentInfo
from claimstake.training import linear
from claimstake.training.base import write_manifest
from claimstake.training.inline import Annotated
from claimstake.training.linear import Sample
from claimstake.training.mentions import ARBITER, articles
from claimstake.training.samples import PairSample, QualifierSample, samples_of, with_gold_mentions

if TYPE_CHECKING:
    from claimstake.training.run import Context

CLAIMS = "claimstake_claims"
STRENGTH = 0.1  # inverse regularisation of the relation model, by cross-validation over articles
QUALIFIER_STRENGTH = 0.3
SILVER = {"press-domain": 378, "federal-register": 900, "press-general": 260}  # documents of each raw file, by name
OTHERS = 200  # documents of any other raw file
SILVER_WEIGHT = 0.5
LONGEST = 6000  # characters read of a raw document
THOROUGH = 0.6  # probability that a pair without a rule needs


def train(context: Context) -> dict[str, Any]:
    """Fit, calibrate and save the models under the base's folder.

    Returns:
        Counts of samples, the table of compared estimators, and the calibration errors on dev.
    """
    pairs, qualifiers = gold_samples(context)
    silver = list(silver_samples(context))
    predicates = sorted(ontologies.default().predicates)
    relations = linear.fit([*pairs, *silver], predicates, strength=STRENGTH)
    relations.thresholds[:] = THOROUGH
    models = Models(relations, {name: _qualifier(name, qualifiers) for name in CLOSED})
    before, after = calibrate(context, models)
    models.save(context.base / pipeline.TRAINED / CLAIMS / "models")
    write_manifest(context.base)
    return {
        "pairs": len(pairs),
        "silver": len(silver),
        "qualifiers": len(qualifiers),
        "features": len(relations.features),
        "estimators": linear.compare(pairs, predicates, {s.group: context.fold_of(s.group) for s in pairs}),
        "ece_before": before,
        "ece_after": after,
    }


def nlp_of(base: Path, judged: Path) -> Language:
    """The pipeline on a base, with the arbiter's models of another and the claim rules alone."""
    nlp = pipeline.build(base)
    arbiter: Any = nlp.get_pipe(ARBITER)
    folder = judged / pipeline.TRAINED / ARBITER
    arbiter.judging = Judging.load(folder) if folder.is_dir() else None
    claims: Any = nlp.get_pipe(CLAIMS)
    claims.adopt(None)
    return nlp


def gold_samples(context: Context) -> tuple[list[Sample], list[QualifierSample]]:
    """Pairs and right claims of the train articles, each article by the base that has not seen it."""
    pairs: list[Sample] = []
    qualifiers: list[QualifierSample] = []
    for fold, base in context.folds:
        nlp = nlp_of(base, context.base)
        finder: Any = nlp.get_pipe(CLAIMS)
        for document in articles(context, "train"):
            if context.fold_of(document.article["id"]) != fold:
                continue
            doc = pipeline.annotate(nlp, Article(**document.article))
            for again in (False, True):
                doc = with_gold_mentions(doc, document.record) if again else doc
                found, right = samples_of(finder.finder, doc, document.record)
                pairs += [Sample(s.document, s.features, s.answers) for s in found]
                qualifiers += right
    return pairs, qualifiers


def silver_samples(context: Context) -> Iterator[Sample]:
    """Pairs of raw texts: right where a sure rule proposes, else wrong."""
    if context.raw is None:
        return
    nlp = nlp_of(context.base, context.base)
    finder: Any = nlp.get_pipe(CLAIMS)
    chance = random.Random(context.seed)
    for article in _raw(context, chance):
        doc = pipeline.annotate(nlp, article)
        nothing = AnnotatedDocument(doc=DocumentInfo(id=article.id, sha256="0" * 64), entities=[], claims=[])
        for sample in samples_of(finder.finder, doc, nothing)[0]:
            if sample.rules or chance.random() < 0.3:
                yield _silver(sample)


def _silver(sample: PairSample) -> Sample:
    answers = {p: sample.rules.get(p, 0.0) >= SURE for p in sample.answers}
    return Sample(sample.document, sample.features, answers, SILVER_WEIGHT)


def _raw(context: Context, chance: random.Random) -> Iterator[Article]:
    for path in sorted((context.raw or Path()).glob("*.jsonl*")):
        opened: Any = gzip.open if path.suffix == ".gz" else open
        with opened(path, "rt", encoding="utf-8") as lines:
            records = list(lines)
        chance.shuffle(records)
        name = path.name.split(".")[0]
        for line in records[: 5 if context.quick else SILVER.get(name, OTHERS)]:
            record = json.loads(line)
            yield Article(id=f"{name}/{record['id']}", text=record["text"][:LONGEST])


def _qualifier(name: str, samples: list[QualifierSample]) -> linear.LinearModel:
    having = [s for s in samples if name in s.gold]
    values = sorted({s.gold[name] for s in having})
    rows = [Sample(s.document, s.features, {v: v == s.gold[name] for v in values}) for s in having]
    return linear.fit(rows, values, strength=QUALIFIER_STRENGTH, exclusive=True)


def calibrate(context: Context, models: Models) -> tuple[float, float]:
    """Fit the claims' calibration on dev articles; the ECE before and after."""
    nlp = nlp_of(context.base, context.base)
    claims: Any = nlp.get_pipe(CLAIMS)
    claims.adopt(models)
    p, right = judged(nlp, articles(context, "dev"))
    models.calibration = linear.platt(p, right)
    calibrated = np.array([models.calibrated(float(x)) for x in p])
    return linear.expected_calibration_error(p, right), linear.expected_calibration_error(calibrated, right)


def judged(nlp: Language, documents: Iterator[Annotated]) -> tuple[np.ndarray, np.ndarray]:
    """Confidence of each claim that a pipeline finds, and whether it is right."""
    p, right = [], []
    for document in documents:
        found = output.document(pipeline.annotate(nlp, Article(**document.article)))
        hits = {claim.id for _, _, claim in align(read(document.record), read(found)).claims_found}
        for claim in found.claims:
            p.append(claim.confidence or 0.0)
            right.append(claim.id in hits)
    return np.array(p), np.array(right)


def judged_mentions(nlp: Language, documents: Iterator[Annotated]) -> tuple[np.ndarray, np.ndarray]:
    """Confidence of each mention that a pipeline finds, and whether one of its label overlaps it."""
    p, right = [], []
    for document in documents:
        doc = pipeline.annotate(nlp, Article(**document.article))
        group = doc.spans[MENTIONS]
        for span in group:
            attrs = group.attrs[span.id_]
            if attrs.get("mention", "name") == "name":
                low, high = span.start_char, span.end_char
                p.append(attrs["confidence"])
                right.append(
                    any(e.label == span.label_ and e.start < high and low < e.end for e in document.record.entities)
                )
    return np.array(p), np.array(right)
