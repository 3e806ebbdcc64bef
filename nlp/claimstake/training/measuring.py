"""Measures a pipeline on annotated articles: scores, what a least confidence does to them, speed, size."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import spacy
from spacy.language import Language

from claimstake import output, pipeline
from claimstake.evaluation.alignment import align
from claimstake.evaluation.annotations import Annotation, read
from claimstake.evaluation.files import ARTICLES, records
from claimstake.evaluation.scores import Scores, evaluate
from claimstake.records import AnnotatedDocument, Article
from claimstake.training.base import SOURCE
from claimstake.training.inline import Annotated

Judgements = tuple[np.ndarray, np.ndarray]  # confidence, and whether it is right
LEVELS = tuple(level / 20 for level in range(20))


@dataclass(frozen=True)
class Annotations:
    """Gold annotations by article id, and the articles."""

    annotations: dict[str, Annotation] = field(default_factory=dict)
    articles: list[Article] = field(default_factory=list)


@dataclass(frozen=True)
class Level:
    """Figures of the claims that are at least so sure."""

    level: float
    precision: float
    recall: float
    f1: float

    def to_json(self) -> dict[str, float]:
        """Rounded to four decimals."""
        return {name: round(value, 4) for name, value in asdict(self).items()}


def corpus(documents: Iterable[Annotated]) -> Annotations:
    """Corpus articles as gold."""
    found = Annotations()
    for document in documents:
        found.annotations[document.article["id"]] = read(document.record)
        found.articles.append(Article(**document.article))
    return found


def folder(path: Path) -> Annotations:
    """A folder of *.gold.json with the texts in articles.jsonl.

    Raises:
        CorpusError: there is no gold, or a record is incomplete.
    """
    gold = {one.id: one for one in (read(record) for _, record in records(path))}
    rows = (json.loads(line) for line in (path / ARTICLES).read_text(encoding="utf-8").splitlines() if line)
    keys = ("id", "title", "published", "text")
    return Annotations(gold, [Article(**{k: row.get(k) for k in keys}) for row in rows if row["id"] in gold])


def annotate(nlp: Language, gold: Annotations) -> list[AnnotatedDocument]:
    """What a pipeline finds in the articles."""
    return [output.document(doc) for doc in pipeline.annotate_many(nlp, gold.articles)]


def scores(gold: Annotations, found: Iterable[AnnotatedDocument], least: float = 0.0) -> Scores:
    """Scores of what was found, without claims less sure than `least`."""
    return evaluate(gold.annotations, {one.doc.id: read(_sure(one, least)) for one in found})


def judged(gold: Annotations, found: Iterable[AnnotatedDocument]) -> Judgements:
    """Confidence of each claim found, and whether the gold has it; as `training.claims.judged`, of what is at hand."""
    sure, right = [], []
    for document in found:
        pairs = align(gold.annotations[document.doc.id], read(document)).claims_found
        hits = {claim.id for _, _, claim in pairs}
        sure += [claim.confidence or 0.0 for claim in document.claims]
        right += [claim.id in hits for claim in document.claims]
    return np.array(sure), np.array(right, dtype=bool)


def levels(gold: Annotations, found: Sequence[AnnotatedDocument]) -> list[Level]:
    """Figures of claims for rising least confidence, as long as any claim is left."""
    return list(_levels(gold, found))


def _levels(gold: Annotations, found: Sequence[AnnotatedDocument]) -> Iterator[Level]:
    for least in LEVELS:
        if not any(_sure(one, least).claims for one in found):
            return
        now = scores(gold, found, least)
        yield Level(least, *(now.value(f"claims {name}") for name in ("precision", "recall", "F1")))


def _sure(document: AnnotatedDocument, least: float) -> AnnotatedDocument:
    kept = [c for c in document.claims if c.confidence is None or c.confidence >= least]
    return document.model_copy(update={"claims": kept})


def speed(nlp: Language, texts: list[str]) -> dict[str, object]:
    """Tokens per second of a pipeline, and of en_core_web_sm on the same texts where that is installed."""
    tokens = sum(len(doc) for doc in nlp.tokenizer.pipe(texts))
    systems = {"claimstake": nlp}
    if spacy.util.is_package(SOURCE):
        systems["en_core_web_sm"] = spacy.load(SOURCE)
    rates = {name: round(tokens / _seconds(one, texts)) for name, one in systems.items()}
    return {"tokens": tokens, "tokens_per_second": rates}


def _seconds(nlp: Language, texts: list[str]) -> float:
    for _ in nlp.pipe(texts[:3]):  # the first texts fill caches
        pass
    start = time.perf_counter()
    for _ in nlp.pipe(texts, batch_size=16):
        pass
    return time.perf_counter() - start


def megabytes(path: Path) -> float:
    """Size of a folder's files, in MB of a million bytes."""
    return round(sum(file.stat().st_size for file in path.rglob("*") if file.is_file()) / 1e6, 1)


def digest(root: Path, patterns: Iterable[str]) -> str:
    """SHA-256 over the names and contents of the files under a folder that fit a pattern, in order of their names."""
    files = {file.relative_to(root).as_posix(): file for pattern in patterns for file in root.rglob(pattern)}
    whole = hashlib.sha256()
    for name, file in sorted(files.items()):
        whole.update(f"{name}\0{hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return whole.hexdigest()
