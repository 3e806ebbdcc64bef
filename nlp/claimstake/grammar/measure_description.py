"""Measures as named features for a classifier that tells limits from reports.

What the weighted sum of `measure_roles` says of a measure goes in (its cues, its score), and beside it what the sum
cannot see: the very words around the measure, and what the sum says of the measures before and after it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from claimstake.grammar.measure_features import Surroundings
from claimstake.grammar.measure_roles import Judged, judged
from claimstake.grammar.measures import MeasureMatch

_LEFT, _RIGHT = 250, 150  # characters of the sentence whose words count
_WORDS_LEFT, _WORDS_RIGHT = 25, 15
_NEXT_TO = 4  # words to either side whose place counts
_SURE = 0.99  # a cue that counts in full stands beside the measure
_NEAR = 0.7  # a cue that counts so much is near
_LONG = 2  # letters; longer words count wherever they stand
_SCORES = tuple(step / 2 for step in range(-8, 9))
_NEIGHBOUR_SCORES = (-2, -1, 0, 1, 2)
_MEAN_SCORES = tuple(step * 0.75 for step in range(-4, 5))
_MOST = 4.0  # of a score in the document's mean
_TOKEN = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*|\d[\d.,]*|[%$€£¥]|[^\w\s]")
_DIGIT = re.compile(r"\d")


@dataclass(frozen=True)
class Passage:
    """A text of a document, with its measures in order and the character range of the sentence of each."""

    around: Surroundings
    measures: Sequence[MeasureMatch]
    sentences: Sequence[tuple[int, int]]


def described(passages: Sequence[Passage]) -> list[list[list[str]]]:
    """Features of every measure of a document, by passage."""
    found = [
        [judged(passage.around, *of) for of in zip(passage.measures, passage.sentences, strict=True)]
        for passage in passages
    ]
    scores = [max(-_MOST, min(_MOST, one.score)) for row in found for one in row]
    total, count = sum(scores), len(scores)
    out = []
    for passage, row in zip(passages, found, strict=True):
        features = []
        for i, one in enumerate(row):
            own = max(-_MOST, min(_MOST, one.score))
            named = [*_told(one), *_words(passage, i), *_beside(passage.measures, row, i)]
            if count > 1:
                named += _reached("others", (total - own) / (count - 1), _MEAN_SCORES)
            features.append(named)
        out.append(features)
    return out


def _told(one: Judged) -> Iterator[str]:
    """What the weighted sum sees, and what it and the rules for durations say."""
    for name, value in one.features.items():
        if name == "regulatory":
            yield from _reached(name, value, (0.5, 1, 1.5, 2))
        elif value >= _SURE:
            yield name
        else:
            yield f"{name} somewhere"
            if value >= _NEAR:
                yield f"{name} near"
    yield from _reached("score", one.score, _SCORES)
    yield f"rule:{one.role[0]}"
    yield f"rule:{one.role[0]} {one.role[1]:.1f}" if one.duration else "amount"


def _words(passage: Passage, i: int) -> Iterator[str]:
    """The words of the measure and of its sentence, digits as zeros."""
    measure, (start, end), text = passage.measures[i], passage.sentences[i], passage.around.lower
    left = _tokens(text[max(start, measure.start - _LEFT) : measure.start])
    right = _tokens(text[measure.end : min(end, measure.end + _RIGHT)])
    yield from (f"left {k}:{token}" for k, token in enumerate(reversed(left[-_NEXT_TO:]), 1))
    yield from (f"right {k}:{token}" for k, token in enumerate(right[:_NEXT_TO], 1))
    if len(left) > 1:
        yield f"left:{left[-2]} {left[-1]}"
    if len(right) > 1:
        yield f"right:{right[0]} {right[1]}"
    yield from (f"before:{token}" for token in sorted(set(left[-_WORDS_LEFT:])) if len(token) > _LONG)
    yield from (f"after:{token}" for token in sorted(set(right[:_WORDS_RIGHT])) if len(token) > _LONG)
    yield from (f"own:{token}" for token in sorted(set(_tokens(text[measure.start : measure.end]))))
    yield f"symbol:{measure.unit}"


def _beside(measures: Sequence[MeasureMatch], row: Sequence[Judged], i: int) -> Iterator[str]:
    """What the measures before and after are, and what the weighted sum says of them."""
    for k, name in ((i - 1, "previous"), (i + 1, "following")):
        if not 0 <= k < len(row):
            yield f"{name}:none"
            continue
        yield f"{name}:{'same' if measures[k].unit == measures[i].unit else 'other'} unit"
        yield from _reached(name, row[k].score, _NEIGHBOUR_SCORES)


def _reached(name: str, value: float, steps: Sequence[float]) -> Iterator[str]:
    """One feature for each step that a number reaches, so that weights add up along it."""
    return (f"{name}>={step:g}" for step in steps if value >= step)


def _tokens(text: str) -> list[str]:
    return [_DIGIT.sub("0", token) for token in _TOKEN.findall(text)]
