"""Two models on the same documents: gold that must not get worse, and a user's own that should get better."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spacy.language import Language

from claimstake import extend, output, pipeline, scoring
from claimstake.errors import CorpusError
from claimstake.evaluation import annotations, gate
from claimstake.evaluation.bootstrap import Interval
from claimstake.evaluation.counting import DECIMALS
from claimstake.evaluation.gate import Verdict
from claimstake.evaluation.scores import Scores, evaluate
from claimstake.records import AnnotatedDocument, Article
from claimstake.scoring import Documents

OWN = (
    *("entities strict F1", "entities relaxed F1", "core six relaxed F1"),
    *("claims F1", "claims precision", "claims recall"),
)
GUARDED = ("entities strict F1", "claims F1")  # what must not be lost on a user's documents that were kept apart
ENOUGH = 10  # mentions or claims in gold from which a label or predicate has a line of its own
TOLERATED = 0.005  # loss of a figure on gold that is taken, even where chance does not explain it
FEWEST = 5  # documents from which an interval over documents says something
ROUNDS = 3  # of measuring speed; the best counts
TIMED = 40_000  # characters that speed is measured on

Found = dict[str, AnnotatedDocument]
Watch = Callable[[str], Callable[[Iterable[Article]], Iterable[Article]]]


@dataclass(frozen=True)
class Sets:
    """What models are measured on.

    Attributes:
        gold: annotated articles that nobody learns.
        held_out, learned: documents of the user.
    """

    gold: Documents
    held_out: Documents
    learned: Documents

    def each(self) -> dict[str, Documents]:
        """Those that hold anything, by name."""
        every = {"gold": self.gold, "held_out": self.held_out, "learned": self.learned}
        return {name: documents for name, documents in every.items() if documents.annotations}


def documents_of(records: Iterable[AnnotatedDocument]) -> Documents:
    """Records with their texts, as they are scored."""
    out = Documents()
    for record in records:
        about = record.doc.model_dump(include={"title", "author", "publisher", "published", "language", "source"})
        out.annotations[record.doc.id] = annotations.read(record)
        out.articles[record.doc.id] = Article(id=record.doc.id, text=record.doc.text or "", **about)
    return out


def reading(nlp: Language, articles: Iterable[Article]) -> Found:
    """What a pipeline makes of articles, by their ids."""
    found = (output.document(doc, text=True) for doc in pipeline.annotate_many(nlp, articles))
    return {record.doc.id: record for record in found}


def scored(documents: Documents, found: Mapping[str, AnnotatedDocument]) -> Scores:
    """Documents against what was found in them."""
    return evaluate(documents.annotations, {id_: annotations.read(record) for id_, record in found.items()})


def weigh(
    current: Path,
    candidate: Path,
    sets: Sets,
    names: Path | None,
    floors: Mapping[str, float],
    *,
    resamples: int,
    watch: Watch = lambda _: iter,
) -> dict[str, Any]:
    """Run both models over all sets.

    Args:
        names: a configuration whose effect on the user's documents is measured beside the candidate's.
        floors: what the candidate must reach on gold, beside losing nothing.
        resamples: for the intervals.
        watch: shows how far the reading is.

    Returns:
        By set ("gold", "held_out", "learned", and the last two with " names" behind them) rows of figures, see
        `row`; under "speed" tokens a second before and after.
    """
    models = {"before": scoring.pipeline_of(current), "after": scoring.pipeline_of(candidate)}
    out: dict[str, Any] = {}
    after: dict[str, Scores] = {}
    for name, documents in sets.each().items():
        told = watch(f"reading, {name.replace('_', ' ')}")
        before = scored(documents, reading(models["before"], told(documents.texts())))
        after[name] = scored(documents, reading(models["after"], documents.texts()))
        figures = gate.GATED if name == "gold" else [*OWN, *_detailed(before)]
        asked = floors if name == "gold" else {}
        out[name] = [row(v, before) for v in gate.compare(before, after[name], figures, asked, resamples=resamples)]
    out["speed"] = speeds(models, sets.gold.texts())
    if names is not None:
        nlp = extend.apply(models["after"], extend.read([names]))
        for name in ("held_out", "learned"):
            documents = sets.each().get(name)
            if documents is not None:
                told = scored(documents, reading(nlp, documents.texts()))
                compared = gate.compare(after[name], told, OWN, resamples=resamples)
                out[f"{name} names"] = [row(v, after[name]) for v in compared]
    return out


def row(verdict: Verdict, scores: Scores) -> dict[str, Any]:
    """One figure before and after, as JSON; "of" says of how many gold things it is."""
    figure = scores.figures[verdict.name]
    bounds = {key: round(getattr(verdict.gain, key), DECIMALS) for key in ("value", "low", "high")}
    return {
        "name": verdict.name,
        "before": round(verdict.first, DECIMALS),
        "after": round(verdict.second, DECIMALS),
        "gain": bounds,
        "floor": verdict.floor,
        "says": verdict.says,
        "of": figure.numbers(scores.sums)[1],
    }


def verdict_of(row: Mapping[str, Any]) -> Verdict:
    """A row as the gate has it."""
    return Verdict(row["name"], row["before"], row["after"], Interval(**row["gain"]), row["floor"])


def refusals(weighed: Mapping[str, Any], held_out: int, tolerated: float = TOLERATED) -> list[str]:
    """Why a candidate must not be promoted, one line each; empty where nothing speaks against it.

    Args:
        weighed: as `weigh` returns it.
        held_out: documents of the user that were kept apart.
        tolerated: loss of a figure that is taken although chance does not explain it. There are many figures, and some
            move a little because more is found.
    """
    out = [f"on gold, {_lost(v)}" for v in map(verdict_of, weighed["gold"]) if _speaks_against(v, tolerated)]
    if held_out >= FEWEST:
        rows = (verdict_of(r) for r in weighed["held_out"] if r["name"] in GUARDED)
        out += [f"on your documents kept apart, {_lost(v)}" for v in rows if _speaks_against(v, tolerated)]
    own = [r for name in ("held_out", "learned") for r in weighed.get(name, ()) if r["name"] in OWN]
    if not any(r["gain"]["value"] > 0 for r in own):
        out.append("it brings nothing: no figure of your own documents is better")
    return out


def _speaks_against(verdict: Verdict, tolerated: float) -> bool:
    return verdict.below or (verdict.gain.is_loss and -verdict.gain.value > tolerated)


def _lost(verdict: Verdict) -> str:
    return f"{verdict.name} goes from {verdict.first:.3f} to {verdict.second:.3f} ({verdict.says})"


def speeds(models: Mapping[str, Language], articles: Sequence[Article]) -> dict[str, float]:
    """Tokens a second of each pipeline, in turn over the same articles; the best round counts."""
    chosen, size = [], 0
    for article in articles:
        if size < TIMED:
            chosen.append(article)
            size += len(article.text)
    best: dict[str, float] = {}
    for _ in range(ROUNDS):
        for name, nlp in models.items():
            began = time.perf_counter()
            tokens = sum(len(doc) for doc in pipeline.annotate_many(nlp, chosen))
            best[name] = max(best.get(name, 0.0), tokens / (time.perf_counter() - began))
    return {name: round(value) for name, value in best.items()}


def gold_from(path: Path) -> Documents:
    """Annotated articles with their texts, as `claimstake evaluate` takes them.

    Raises:
        CorpusError: there are none, or one does not parse or is without its text.
    """
    found = scoring.read(path)
    if not found.annotations:
        raise CorpusError(f"{path}: no annotated documents there")
    found.texts()
    return found


def _detailed(scores: Scores) -> list[str]:
    """Labels and predicates of which there is enough."""
    rows = [(f"{label} strict F1", label) for label in scores.labels]
    rows += [(f"{predicate} F1", predicate) for predicate in scores.predicates]
    return [name for name, _ in rows if scores.figures[name].numbers(scores.sums)[1] >= ENOUGH]
