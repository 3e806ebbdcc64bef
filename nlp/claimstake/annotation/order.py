"""Which documents an analyst should see first: where there is most to learn for the words that have to be read.

What a document is worth is the sum over what was found in it: of each mention something, as a text that is rich in them
teaches more, and of each mention and claim the entropy of its confidence; and of the places where rules and recogniser
disagree. Reading costs by the word, so it is taken by the word; otherwise long documents would come first whatever
stands in them. Short ones are drawn towards what is usual, as ten words say little.

The order is greedy: each next document is the one that is worth most and least like those before it (maximal marginal
relevance, Carbonell and Goldstein 1998). Copies of a story come after the first of every story.

Parts were measured on dev articles by simulation (`annotation.simulation`), see docs/doccano.md; `Weights` lean on that
and on judgement. Entropy of single words did not beat random order there and counts nothing.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import csr_matrix

from claimstake.duplicates import signature, stories
from claimstake.records import AnnotatedDocument

LOW, HIGH = 0.4, 0.6  # confidences that are as good as a coin
RECOGNISED = "recognised"  # extractor of mentions that no rule has
LEARNED = "learned"  # extractor of claims that no rule has
LETTERS = 6.0  # of a word and the blank behind it, for records without text
USUAL = 100  # words of a usual text that are added to each document


@dataclass(frozen=True)
class Weights:
    """How much the parts count.

    Attributes:
        found: of each mention that was found, however sure it is: a text that is rich in mentions teaches more.
        mentions, claims: of the binary entropy of one's confidence, in bits.
        tokens: of the entropy of the recogniser's tags for a word, in bits.
        disagreement: of one mention on which rules and recogniser disagree.
        diversity: in [0, 1]; 0 orders by uncertainty alone, 1 by difference from what came before alone.
    """

    found: float = 0.5
    mentions: float = 1.0
    claims: float = 1.0
    tokens: float = 0.0
    disagreement: float = 0.25
    diversity: float = 0.1


WEIGHTS = Weights()


@dataclass(frozen=True)
class Signals:
    """What the pipeline knows of a document and its record does not hold; see `annotation.signals`.

    Attributes:
        disagreements: mentions on which rules and recogniser disagree.
        tokens: sum over the words of the entropy of the recogniser's tags, in bits.
    """

    disagreements: int = 0
    tokens: float = 0.0


@dataclass(frozen=True)
class Ranked:
    """A document in its place.

    Attributes:
        document: as given.
        uncertainty: in [0, 1), by its doubt for its words, before diversity; 0.5 is what the documents given have on
            the whole.
        why: in a few words, for the analyst.
    """

    document: AnnotatedDocument
    uncertainty: float
    why: str


@dataclass
class _Weighed:
    document: AnnotatedDocument
    doubt: float
    words: int
    why: list[str]
    uncertainty: float = 0.0
    first: bool = True
    features: Counter[str] = field(default_factory=Counter)


def rank(
    documents: Sequence[AnnotatedDocument],
    signals: Mapping[str, Signals] | None = None,
    weights: Weights = WEIGHTS,
    *,
    greedy: int = 1000,
) -> list[Ranked]:
    """Order documents, most worth annotating first; equal input in any order gives one order.

    Args:
        documents: with confidences; texts are needed to find copies, and make the count of words exact.
        signals: by document id, where the pipeline's own knowledge is at hand; not asked unless it is there for all.
        weights: see `Weights`.
        greedy: so many places are filled with an eye on what came before, the others by uncertainty alone.
    """
    known = signals if signals and all(d.doc.id in signals for d in documents) else {}
    found = sorted((_weighed(d, known.get(d.doc.id), weights) for d in documents), key=_key)
    _set_uncertainty(found)
    _mark_copies(found)
    firsts = _diverse([one for one in found if one.first], weights.diversity, greedy)
    copies = sorted((one for one in found if not one.first), key=lambda one: -one.uncertainty)
    return [Ranked(one.document, round(one.uncertainty, 4), "; ".join(one.why)) for one in (*firsts, *copies)]


def entropy(probability: float) -> float:
    """Binary entropy in bits: 1 at one half, 0 where one is sure."""
    if not 0 < probability < 1:
        return 0.0
    return -probability * math.log2(probability) - (1 - probability) * math.log2(1 - probability)


def words_of(document: AnnotatedDocument) -> int:
    """Words of the body, at least one; without text they are guessed from the last offset."""
    text = document.doc.text
    if text is None:
        last = max((e.end for e in document.entities), default=0)
        return max(1, round(last / LETTERS))
    parts = [text[span.start : span.end] for span in document.doc.body] if document.doc.body else [text]
    return max(1, sum(len(part.split()) for part in parts))


def _key(one: _Weighed) -> tuple[str, str]:
    return one.document.doc.id, one.document.doc.sha256


def _weighed(document: AnnotatedDocument, known: Signals | None, weights: Weights) -> _Weighed:
    names = [e for e in document.entities if e.mention == "name"]
    mentions = [e.confidence for e in names if e.confidence is not None]
    claims = [c.confidence for c in document.claims if c.confidence is not None]
    differing = known.disagreements if known else _alone(document)
    doubt = weights.found * len(names)
    doubt += weights.mentions * sum(map(entropy, mentions)) + weights.claims * sum(map(entropy, claims))
    doubt += weights.disagreement * differing + (weights.tokens * known.tokens if known else 0.0)
    why = _why(claims, mentions, differing)
    return _Weighed(document, doubt, words_of(document), why, features=_features(document))


def _alone(document: AnnotatedDocument) -> int:
    """Mentions and claims that a classifier has and no rule."""
    alone = sum(1 for e in document.entities if e.extractor == RECOGNISED)
    return alone + sum(1 for c in document.claims if (c.extractor or "").startswith(LEARNED))


def _why(claims: Sequence[float], mentions: Sequence[float], differing: int) -> list[str]:
    unsure = [
        _counted(sum(1 for p in found if LOW <= p <= HIGH), name)
        for name, found in (("claim", claims), ("mention", mentions))
    ]
    parts = [" and ".join(part for part in unsure if part)]
    out = [f"{parts[0]} between {LOW} and {HIGH}"] if parts[0] else []
    if differing:
        out.append(f"recogniser and rules disagree on {_counted(differing, 'mention')}")
    return out or ["nothing in it is doubtful"]


def _counted(number: int, name: str) -> str:
    return f"{number} {name}{'s' * (number != 1)}" if number else ""


def _set_uncertainty(found: Sequence[_Weighed]) -> None:
    """Doubt by the word, drawn towards the usual where words are few, as a number in [0, 1)."""
    words = sum(one.words for one in found)
    usual = sum(one.doubt for one in found) / words if words else 0.0
    for one in found:
        density = (one.doubt + usual * USUAL) / (one.words + USUAL) if one.doubt > 0 else 0.0
        one.uncertainty = density / (density + usual) if density else 0.0


def _mark_copies(found: Sequence[_Weighed]) -> None:
    """Of each story the most uncertain document comes first, the others are its copies."""
    width = len(str(len(found)))
    told = []
    for number, one in enumerate(found):
        made = signature.signature(one.document.doc.text) if one.document.doc.text else None
        if made is not None:
            told.append(stories.Told(f"{number:0{width}}", one.document.doc.published, made))
    told_by = {key: int(story) for key, story in stories.changes(told)}
    members: dict[int, list[_Weighed]] = {}
    for key, story in told_by.items():
        members.setdefault(story, []).append(found[int(key)])
    for copies in members.values():
        best = max(copies, key=lambda one: one.uncertainty)
        for one in copies:
            if one is not best:
                one.first = False
                one.why.insert(0, f"a copy of {best.document.doc.id}")


def _features(document: AnnotatedDocument) -> Counter[str]:
    """What a document shows: labels, predicates, things, where it comes from."""
    out: Counter[str] = Counter(f"label {e.label}" for e in document.entities)
    out.update(f"predicate {c.predicate}" for c in document.claims)
    out.update(f"thing {e.label} {e.canonical}" for e in document.entities)
    if document.doc.publisher:
        out[f"outlet {document.doc.publisher}"] = 1
    return out


def _diverse(found: Sequence[_Weighed], diversity: float, greedy: int) -> list[_Weighed]:
    """Maximal marginal relevance: uncertainty against the likeness to the nearest document that came before."""
    if not found:
        return []
    order = sorted(range(len(found)), key=lambda i: -found[i].uncertainty)
    if not diversity or len(found) < 3:
        return [found[i] for i in order]
    table = _table([found[i].features for i in order])
    uncertain = np.array([found[i].uncertainty for i in order])
    nearest = np.zeros(len(order))
    taken = np.zeros(len(order), dtype=bool)
    out: list[int] = []
    for _ in range(min(greedy, len(order))):
        worth = np.where(taken, -np.inf, (1 - diversity) * uncertain - diversity * nearest)
        best = int(worth.argmax())
        taken[best] = True
        out.append(best)
        nearest = np.maximum(nearest, table @ table[best].toarray()[0])
    return [found[order[i]] for i in (*out, *np.flatnonzero(~taken).tolist())]


def _table(features: Sequence[Counter[str]]) -> csr_matrix:
    """(documents, features) of unit rows: damped counts by inverse document frequency, so that cosine is likeness."""
    spread = Counter(name for one in features for name in one)
    column = {name: number for number, name in enumerate(sorted(spread))}
    idf = {name: math.log((1 + len(features)) / (1 + count)) + 0.1 for name, count in spread.items()}
    rows, columns, values = [], [], []
    for row, one in enumerate(features):
        weighed = {column[name]: (1 + math.log(count)) * idf[name] for name, count in one.items()}
        norm = math.sqrt(sum(value * value for value in weighed.values())) or 1.0
        rows += [row] * len(weighed)
        columns += list(weighed)
        values += [value / norm for value in weighed.values()]
    return csr_matrix((values, (rows, columns)), shape=(len(features), max(1, len(column))))
