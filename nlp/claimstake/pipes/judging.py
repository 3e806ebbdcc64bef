"""Judges candidate mentions: the probability that one is right, from who proposed it, what the recogniser thinks of its
words, and what stands around it."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
from spacy.tokens import Doc

from claimstake.attributes import PROBABILITIES, RECOGNISED
from claimstake.linear import LinearModel
from claimstake.mirror import Mirror
from claimstake.pipes.arbitration import Candidate, choose, order, take
from claimstake.pipes.name_words import cross_reference

STEPS = (0.01, 0.03, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.97, 0.99)
EXACT, MENTION = "exact", "mention"  # right label and bounds; right label on words that overlap
OUTCOMES = (EXACT, MENTION)
LONGEST = 4  # tokens; longer mentions are as sure as those
Rivalry = tuple[int, ...]
MEASURED = frozenset({"DATE", "THRESHOLD", "QUANTITY"})  # the number and calendar grammars know better


class Judge:
    """Features of the candidates of one document.

    Args:
        doc: tagged, with sentences.
        candidates: all that compete.
        asked: those of them whose features are wanted.
        probabilities: of the recogniser, (tokens, 1 + 4 * labels); None without one.
        labels: of the recogniser.
    """

    def __init__(
        self,
        doc: Mirror,
        candidates: Sequence[Candidate],
        asked: Sequence[Candidate],
        probabilities: np.ndarray | None,
        labels: Sequence[str],
    ) -> None:
        self.doc, self.texts, self.tags = doc, doc.texts, doc.tags
        self.probabilities, self.labels = probabilities, tuple(labels)
        self.at: dict[tuple[int, int], list[Candidate]] = {}
        self.over: dict[int, list[Candidate]] = {}
        tokens = {i for c in asked for i in range(c.start, c.end)}
        for candidate in candidates:
            covered = range(candidate.start, candidate.end)
            if tokens.isdisjoint(covered):
                continue
            self.at.setdefault((candidate.start, candidate.end), []).append(candidate)
            for i in covered:
                self.over.setdefault(i, []).append(candidate)
        self.recognised = {(s.start, s.end): s.label_ for s in doc.marked(RECOGNISED)}
        first_words = {self.texts[c.start] for c in asked}
        alike = (c for c in candidates if self.texts[c.start] in first_words)
        self.frequency = Counter(" ".join(self.texts[c.start : c.end]) for c in alike)

    def rivalry(self, c: Candidate) -> Rivalry:
        """What of the other candidates the features of one depend on."""
        rivals = (*self.at[c.start, c.end], *self.over[c.start], *self.over[c.end - 1])
        return id(c), self.frequency[" ".join(self.texts[c.start : c.end])], *map(id, rivals)

    def features(self, c: Candidate) -> list[str]:
        """Features of one candidate."""
        family = c.extractor.split(".")[0]
        out = [f"x:{c.extractor}", f"l:{c.label}", f"xl:{c.extractor}:{c.label}", f"f:{family}:{c.label}"]
        out += self._recogniser(c)
        out += self._shape(c)
        out += self._rivals(c)
        out += self._around(c)
        return out

    def _recogniser(self, c: Candidate) -> Iterator[str]:
        family = c.extractor.split(".")[0]
        exact = self.recognised.get((c.start, c.end))
        yield f"ner:{'same' if exact == c.label else 'other' if exact else 'none'}:{c.label}"
        if self.probabilities is None:
            return
        if c.label not in self.labels:
            return
        rows, place = self.probabilities[c.start : c.end], self.labels.index(c.label)
        masses = label_masses(rows)
        means, low = masses.mean(axis=0).tolist(), float(masses[:, place].min())
        first, last = rows[0, 1 + 4 * place : 5 + 4 * place], rows[-1, 1 + 4 * place : 5 + 4 * place]
        begins, ends = float(first[0] + first[3]), float(last[2] + last[3])
        outside = float(rows[:, 0].sum()) / len(rows)
        values = (("mean", means[place]), ("min", low), ("out", outside), ("beg", begins), ("end", ends))
        for name, value in values:
            step = bisect_left(STEPS, value)
            yield f"p:{name}:{step}"
            if name in ("mean", "out"):
                yield f"p:{name}:{step}:{c.label}"
                yield f"p:{name}:{step}:{family}"
        rival = max((mean, label) for mean, label in zip(means, self.labels, strict=True) if label != c.label)
        yield f"rival:{bisect_left(STEPS, rival[0])}"
        if rival[0] > 0.3:
            yield f"rival:{rival[1]}:{c.label}"

    def _shape(self, c: Candidate) -> Iterator[str]:
        words = self.texts[c.start : c.end]
        capital = sum(w[:1].isupper() for w in words)
        shape = "all" if capital == len(words) else "none" if not capital else "some"
        upper = all(w.isupper() for w in words if w.isalpha())
        yield f"n:{min(len(words), 6)}:{c.label}"
        yield f"cap:{shape}:{c.label}"
        if upper and any(w.isalpha() for w in words):
            yield f"upper:{c.label}"
        yield f"head:{words[-1].lower()}:{c.label}"
        yield f"first:{words[0].lower()}:{c.label}"
        yield f"suf:{words[-1][-3:].lower()}:{c.label}"
        if len(words) <= 3:
            yield f"text:{' '.join(words).lower()}:{c.label}"
        yield f"tag:{self.tags[c.end - 1]}:{c.label}"
        yield f"tag0:{self.tags[c.start]}:{c.label}"
        yield f"freq:{min(self.frequency[' '.join(words)], 4)}:{c.label}"
        if any(w.isdigit() for w in words):
            yield f"digit:{c.label}"
        rows = c.attrs.get("rows")
        if rows is not None:
            yield f"rows:{min(len(rows), 3)}"

    def _rivals(self, c: Candidate) -> Iterator[str]:
        for other in self.at[c.start, c.end]:
            if other is c:
                continue
            if other.label == c.label:
                yield f"agree:{other.extractor}"
            else:
                yield f"clash:{other.extractor}:{other.label}:{c.label}"
        seen: set[int] = set()
        for i in (c.start, c.end - 1):
            for other in self.over[i]:
                if other is c or id(other) in seen or (other.start, other.end) == (c.start, c.end):
                    continue
                seen.add(id(other))
                size = "longer" if other.length > c.length else "shorter"
                same = "same" if other.label == c.label else other.label
                yield f"over:{size}:{same}:{c.label}"
                yield f"over:{size}:{other.extractor}"
        ends = [(a, b) for (a, b) in self.recognised if a < c.end and c.start < b and (a, b) != (c.start, c.end)]
        for a, b in ends[:2]:
            yield f"nerover:{'longer' if b - a > c.length else 'shorter'}:{self.recognised[a, b]}:{c.label}"

    def _around(self, c: Candidate) -> Iterator[str]:
        sent = self.doc.sentence_at(c.start)
        first, stop = sent.start, sent.end
        before = self.texts[max(first, c.start - 2) : c.start]
        after = self.texts[c.end : min(stop, c.end + 2)]
        yield f"w-1:{before[-1].lower() if before else '^'}:{c.label}"
        yield f"w+1:{after[0].lower() if after else '$'}:{c.label}"
        yield f"t-1:{self.tags[c.start - 1] if before else '^'}:{c.label}"
        yield f"t+1:{self.tags[c.end] if after else '$'}:{c.label}"
        if len(before) == 2:
            yield f"w-2:{before[0].lower()}_{before[1].lower()}:{c.label}"
        if len(after) == 2:
            yield f"w+2:{after[0].lower()}_{after[1].lower()}:{c.label}"
        if sent.titled:
            yield f"titled:{c.label}"
            yield f"titled:{c.extractor}"
        if c.start == first:
            yield f"initial:{c.label}"


def label_masses(probabilities: np.ndarray) -> np.ndarray:
    """(tokens, labels): how probable it is that each token belongs to a name of each label."""
    return probabilities[:, 1:].reshape(len(probabilities), -1, 4).sum(axis=2)


def recognised(doc: Mirror) -> Iterator[Candidate]:
    """The recogniser's own spans as candidates."""
    for span in doc.marked(RECOGNISED):
        if not cross_reference(span, span.label_):
            yield Candidate(span.start, span.end, span.label_, "recognised", dict(span.attrs))


def judge_of(doc: Mirror, candidates: Sequence[Candidate], asked: Sequence[Candidate] | None = None) -> Judge:
    """A judge of the candidates asked about (of all, by default) with what the recogniser left on the doc."""
    left = doc.source.user_data.get(PROBABILITIES)
    probabilities, labels = left if left is not None else (None, ())
    return Judge(doc, candidates, candidates if asked is None else asked, probabilities, labels)


@dataclass(eq=False)
class Judging:
    """The trained models of the arbiter.

    Attributes:
        additions: whether what only the recogniser found is a mention, from `Judge.features`.
        confidence: how sure any chosen mention is, from the few features of `credentials`.
    """

    additions: LinearModel
    confidence: LinearModel
    _known: dict[Credentials, float] = field(default_factory=dict, repr=False)  # there are some thousand cases

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote.

        Raises:
            ModelError: a model is missing or damaged.
        """
        return cls(LinearModel.load(path / "additions"), LinearModel.load(path / "confidence"))

    def save(self, path: Path) -> None:
        """Write both models into subfolders."""
        self.additions.save(path / "additions")
        self.confidence.save(path / "confidence")

    def choose(self, doc: Mirror, candidates: Sequence[Candidate], judged: dict[Rivalry, float]) -> list[Candidate]:
        """What the rules choose, and beside it what the recogniser found and the model believes.

        The rules know their domain better than a model of some hundred articles does: what they choose stays, and the
        recogniser adds names where they have nothing.

        Args:
            doc: the document.
            candidates: all that compete.
            judged: of the candidates that have been judged among the same rivals, how probable they are; more come to
                it here. Its keys hold as long as the candidates live.
        """
        chosen = choose([c for c in candidates if c.extractor != RECOGNISED], len(doc))
        taken = {i for c in chosen for i in range(c.start, c.end)}
        free = [
            c
            for c in candidates
            if c.extractor == RECOGNISED and c.label not in MEASURED and taken.isdisjoint(range(c.start, c.end))
        ]
        if not free:
            return chosen
        judge, least = judge_of(doc, candidates, free), self.additions.threshold(MENTION)
        believed = []
        for c in free:
            key = judge.rivalry(c)
            if key not in judged:
                judged[key] = float(self.additions.scores(judge.features(c))[1])
            believed.append((judged[key], c))
        believed.sort(key=lambda pair: (-pair[0], pair[1].start))
        return take([*sorted(chosen, key=order), *(c for p, c in believed if p >= least)], len(doc))

    def credit(self, doc: Doc, chosen: Iterable[Candidate]) -> None:
        """Give chosen mentions their probability, as `attrs["confidence"]`."""
        left = doc.user_data.get(PROBABILITIES)
        if left is None:
            return
        found = {(s.start, s.end): s.label_ for s in doc.spans.get(RECOGNISED, ())}
        for candidate in chosen:
            key = credentials(candidate, found, *left)
            if key not in self._known:
                self._known[key] = round(float(self.confidence.scores(key.features())[0]), 4)
            candidate.attrs["confidence"] = self._known[key]


class Credentials(NamedTuple):
    """What a mention's confidence is worked out from.

    Attributes:
        extractor, label: of the mention.
        agrees: whether the recogniser has the "same" label there, an "other" one or "none".
        length: in tokens, at most LONGEST.
        step: of STEPS, how probable the recogniser finds the label there; None for a label that it does not know.
    """

    extractor: str
    label: str
    agrees: str
    length: int
    step: int | None

    def features(self) -> list[str]:
        """As features of the confidence model."""
        extractor, label, agrees, length, step = self
        family = extractor.split(".")[0]
        out = [f"x:{extractor}", f"f:{family}:{label}", f"{agrees}:{label}", f"{agrees}:{family}", f"n:{length}"]
        return out if step is None else [*out, f"p:{step}", f"p:{step}:{label}"]


def credentials(
    candidate: Candidate, found: dict[tuple[int, int], str], probabilities: np.ndarray, labels: Sequence[str]
) -> Credentials:
    """The credentials of a mention.

    Args:
        candidate: a chosen mention.
        found: the recogniser's spans with their labels.
        probabilities, labels: what the recogniser left on the doc.
    """
    exact, step = found.get((candidate.start, candidate.end)), None
    agrees = "same" if exact == candidate.label else "other" if exact else "none"
    if candidate.label in labels:
        column = 1 + 4 * labels.index(candidate.label)
        block = probabilities[candidate.start : candidate.end, column : column + 4]
        step = bisect_left(STEPS, float(block.sum() / len(block)))
    return Credentials(candidate.extractor, candidate.label, agrees, min(candidate.length, LONGEST), step)
