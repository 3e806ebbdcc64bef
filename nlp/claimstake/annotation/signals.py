"""What the pipeline knows of its own doubt and a record does not say: how sure the recogniser is of each word, and
where rules and recogniser disagree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc, SpanGroup

from claimstake import output, pipeline
from claimstake.annotation.order import Signals
from claimstake.attributes import MENTIONS, RECOGNISED
from claimstake.records import AnnotatedDocument, Article

RECOGNISER = "claimstake_recognizer"
Spans = set[tuple[int, int, str]]


def annotated(nlp: Language, articles: Iterable[Article]) -> Iterator[tuple[AnnotatedDocument, Signals]]:
    """Records with their texts, as `order.rank` takes them, and the signals of each.

    Args:
        nlp: the whole pipeline.
        articles: to annotate, in their order.
    """
    for doc in pipeline.annotate_many(nlp, articles):
        yield output.document(doc, text=True), of(nlp, doc)


def of(nlp: Language, doc: Doc) -> Signals:
    """The signals of a doc that went through the pipeline; none where that has no recogniser of ours."""
    if RECOGNISER not in nlp.pipe_names or RECOGNISED not in doc.spans:
        return Signals()
    (probabilities,) = nlp.get_pipe(RECOGNISER).predict([doc])
    different = disagreements(_bounds(doc.spans[RECOGNISED]), _bounds(doc.spans[MENTIONS]))
    return Signals(disagreements=different, tokens=uncertainty(probabilities))


def uncertainty(probabilities: np.ndarray) -> float:
    """The sum over words of the entropy of the recogniser's tags, in bits.

    Args:
        probabilities: (tokens, tags); rows of zeros are not in the body.
    """
    clipped = np.clip(probabilities.astype(float), 1e-12, 1.0)
    return float(-(probabilities * np.log2(clipped)).sum())


def disagreements(recognised: Spans, chosen: Spans) -> int:
    """How many places there are where one has a mention and the other none, or one of other bounds or label.

    Args:
        recognised: start, end and label of what the recogniser found.
        chosen: of the mentions that rules and arbiter settled on. A nested one is no disagreement: the recogniser's
            mentions never nest.
    """
    outer = {one for one in chosen if not any(_inside(one, other) for other in chosen)}
    alone = recognised - chosen
    against = {one for one in outer - recognised if not any(_overlap(one, other) for other in alone)}
    return len(alone) + len(against)


def _bounds(group: SpanGroup) -> Spans:
    return {
        (span.start, span.end, span.label_)
        for span in group
        if group.attrs.get(span.id_, {}).get("mention", "name") == "name"
    }


def _inside(one: tuple[int, int, str], other: tuple[int, int, str]) -> bool:
    return other[0] <= one[0] and one[1] <= other[1] and one[:2] != other[:2]


def _overlap(one: tuple[int, int, str], other: tuple[int, int, str]) -> bool:
    return one[0] < other[1] and other[0] < one[1]
