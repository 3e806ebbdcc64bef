"""What each trained part and each source of data adds, measured by leaving it out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import srsly
from spacy.language import Language

from claimstake import pipeline
from claimstake.bases import MODEL
from claimstake.training import measuring
from claimstake.training.card import OTHER, evaluation_folder
from claimstake.training.mentions import ARBITER, articles

if TYPE_CHECKING:
    from claimstake.training.measuring import Annotations
    from claimstake.training.run import Context

BODY = "claimstake_body"
FIGURES = ("entities relaxed F1", "entities strict F1", "claims precision", "claims recall", "claims F1")
WHOLE = "as it is"


def train(context: Context) -> dict[str, Any]:
    """Measure the pipeline whole and without single parts, on corpus dev and on other annotated articles.

    Returns:
        By set of articles: variant to figures; and what the recogniser alone made of corpus dev before and after it
        saw the corpus.
    """
    nlp = pipeline.build(context.base)
    sets = {"corpus, dev": measuring.corpus(articles(context, "dev"))}
    folder = evaluation_folder(context)
    if folder is not None and not context.quick:
        sets[OTHER] = measuring.folder(folder)
    found: dict[str, Any] = {name: _variants(nlp, gold) for name, gold in sets.items()}
    return found | _recogniser(context)


def _variants(nlp: Language, gold: Annotations) -> dict[str, dict[str, float]]:
    rows = {WHOLE: _figures(nlp, gold)}
    for name, (pipe, attribute, value) in {
        "without the recogniser's additions": (ARBITER, "judging", None),
        "without the relation model": (pipeline.CLAIMS, "models", None),
        "relation model on all pairs": (pipeline.CLAIMS, "thorough", True),
        "without the model of body lines": (BODY, "model", None),
    }.items():
        with _changed(nlp, pipe, attribute, value):
            rows[name] = _figures(nlp, gold)
    return rows


@contextmanager
def _changed(nlp: Language, name: str, attribute: str, value: Any) -> Iterator[None]:
    """For a while, a component (or its claim finder) with another value of an attribute."""
    pipe: Any = nlp.get_pipe(name)
    holder = pipe.finder if name == pipeline.CLAIMS else pipe
    before = getattr(holder, attribute)
    setattr(holder, attribute, value)
    try:
        yield
    finally:
        setattr(holder, attribute, before)


def _figures(nlp: Language, gold: Annotations) -> dict[str, float]:
    scores = measuring.scores(gold, measuring.annotate(nlp, gold))
    return {name: round(scores.value(name), 4) for name in FIGURES}


def _recogniser(context: Context) -> dict[str, Any]:
    """Strict F1 of the recogniser by itself on corpus dev, from the course of its training."""
    path = context.work / f"{MODEL}.scores.json"
    if not path.is_file():
        return {}
    course = srsly.read_json(path)
    figures = {"silver alone": course[0], "silver, then the corpus": course[-1]}
    return {
        "recogniser alone, strict F1": {name: one["dev"]["ents_f"] for name, one in figures.items() if "dev" in one}
    }
