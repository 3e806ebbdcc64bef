"""What trained models add to the rules: which pairs are claims, how sure that is, and what their qualifiers are.

The rules propose and are features; the relation model decides, and finds claims that no rule proposes. Where there is
no model (a pipeline being built) the rules stand alone.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

from claimstake.claims.arguments import Arguments
from claimstake.claims.candidates import Candidate
from claimstake.claims.frames import Frame
from claimstake.claims.pair_features import SentenceFeatures, common_ancestor
from claimstake.claims.pairs import Pair, PairFinder
from claimstake.claims.qualifier_features import qualifier_features
from claimstake.errors import ModelError
from claimstake.linear import LinearModel
from claimstake.mirror import Sentence, Stretch, Word
from claimstake.ontology import Ontology

FRAME = "learned"
RELATIONS, CALIBRATION = "relations", "calibration.json"
SURE = 0.3  # score of a rule from which its claim stands by itself
LEAST = 0.02  # probability that a sure rule's claim needs
LEGAL = ("pattern-legal-", "template-legal-")  # constructions of statutes, of which models see next to nothing
WEAK = 0.5  # probability that a weak rule's claim needs
BELIEVED = {"certainty": 0.97}  # from which a model overrules a default; the others lose on real articles, see the card
WORD_FEATURE, TELLING = "w:", 0.4  # feature of a word, and the log-odds from which it may tell of a qualifier
HEADS = frozenset({"VERB", "AUX", "NOUN"})


@dataclass(eq=False)
class Models:
    """The trained models of the claim component.

    Attributes:
        relations: predicates of pairs.
        qualifiers: by name of the qualifier; outcomes are its values.
        calibration: slope and intercept of a claim's log-odds, fitted on articles that no model saw (Platt 1999).
    """

    relations: LinearModel
    qualifiers: dict[str, LinearModel]
    calibration: tuple[float, float] = (1.0, 0.0)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a folder with one model in each of its subfolders.

        Raises:
            ModelError: one is missing or damaged.
        """
        names = [p.name for p in sorted(path.iterdir()) if p.is_dir() and p.name != RELATIONS]
        try:
            slope, shift = json.loads((path / CALIBRATION).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ModelError(f"{path / CALIBRATION} is missing or damaged ({error}); reinstall it") from error
        qualifiers = {name: LinearModel.load(path / name) for name in names}
        return cls(LinearModel.load(path / RELATIONS), qualifiers, (slope, shift))

    def save(self, path: Path) -> None:
        """Write the folder that `load` reads."""
        self.relations.save(path / RELATIONS)
        for name, model in self.qualifiers.items():
            model.save(path / name)
        (path / CALIBRATION).write_text(json.dumps(self.calibration), encoding="utf-8")

    def calibrated(self, probability: float) -> float:
        """The probability that a claim is right, given the relation model's."""
        p = min(max(probability, 1e-4), 1 - 1e-4)
        logit = self.calibration[0] * math.log(p / (1 - p)) + self.calibration[1]
        return round(1 / (1 + math.exp(-logit)), 3)


class PairJudge:
    """Judges the pairs of one document, sentence by sentence.

    Args:
        arguments: of the document.
        ontology: signatures.
        frames: triggers by lemma.
        relations: the relation model; None where only `claim` is asked for, as in training.
        thorough: judge all pairs of a sentence, not only those that rules propose.
    """

    def __init__(
        self,
        arguments: Arguments,
        ontology: Ontology,
        frames: dict[str, list[Frame]],
        relations: LinearModel | None,
        *,
        thorough: bool = False,
    ) -> None:
        self.view, self.frames, self.relations, self.thorough = arguments.view, frames, relations, thorough
        self.pairs = PairFinder(arguments, ontology)

    def of(self, sent: Sentence, rules: list[Candidate]) -> Iterator[Candidate]:
        """The claims of a sentence with their probabilities.

        What a rule proposes surely stays unless the model finds it all but impossible; what a rule proposes weakly,
        and, if thorough, what no rule proposes, the model has to believe.
        """
        if self.relations is None:
            yield from rules
            return
        pairs = self.pairs.find(sent, rules) if self.thorough else self.pairs.proposed(sent, rules) if rules else []
        features = SentenceFeatures(self.view, sent, pairs, self.frames) if pairs else None
        for pair in pairs:
            scores = self.relations.scores(features.of(pair)) if features is not None else ()
            for predicate in pair.predicates:
                column = self.relations.column.get(predicate)
                own = [r for r in pair.rules if r.predicate == predicate]
                if column is None:  # a user's own predicate: the rules alone
                    yield from (r for r in own if r.score >= SURE)
                    continue
                probability = float(scores[column])
                if not own and not self.thorough:
                    continue
                sure = any(r.score >= SURE for r in own)
                legal = [r.score for r in own if r.frame.startswith(LEGAL)]
                probability = max(probability, *legal) if legal else probability
                least = LEAST if sure else WEAK if own else self.relations.threshold(predicate)
                if probability >= least:
                    yield self.claim(pair, predicate, probability, own, rules)

    def claim(
        self, pair: Pair, predicate: str, probability: float, proposed: list[Candidate], rules: list[Candidate]
    ) -> Candidate:
        """A pair as a claim.

        Args:
            pair, predicate, probability: what is claimed, and how sure it is.
            proposed: the rules' candidates for this very claim.
            rules: those of the whole sentence.
        """
        if proposed:
            best = max(proposed, key=lambda r: r.score)
            best.probability = probability
            return best
        trigger = self._trigger(pair, predicate, rules)
        low = min(pair.sent.start, pair.subject.start, pair.object.start)
        high = max(pair.sent.end, pair.subject.end, pair.object.end)
        near = pair.sent.start - low <= 0 and high == pair.sent.end
        sents = (pair.sent,) if near else _evidence(pair)
        claim = Candidate(predicate, pair.subject, pair.object, trigger, FRAME, pair.carried or "pair", probability)
        claim.sents, claim.probability = sents, probability
        return claim

    def _trigger(self, pair: Pair, predicate: str, rules: list[Candidate]) -> Stretch:
        """The word that says it: that of a rule for a neighbour, else a trigger word, else the word above both."""
        for rule in rules:
            same = rule.subject.key == pair.subject.key or rule.object.key == pair.object.key
            if rule.predicate == predicate and same and rule.trigger.start >= pair.sent.start:
                return rule.trigger
        known = [
            t
            for t in pair.sent
            if any(f.predicate == predicate for f in self.frames.get(t.lemma_.lower(), ())) and t.pos_ in HEADS
        ]
        anchor = pair.object if pair.object.start >= pair.sent.start else pair.subject
        if known:
            return _span(min(known, key=lambda t: abs(t.i - anchor.start)))
        top = None if pair.carried else common_ancestor(pair.subject.span.root, pair.object.span.root)
        if top is not None and top.pos_ in HEADS and top.sent.start == pair.sent.start:
            return _span(top)
        head = anchor.span.root.head
        return _span(head if head.sent.start == pair.sent.start else anchor.span.root)


def _span(token: Word) -> Stretch:
    return token.doc[token.i : token.i + 1]


def _evidence(pair: Pair) -> tuple[Sentence, ...]:
    """The sentence, with the one before where an end of the pair stands there."""
    before = pair.sent.doc.words[pair.sent.start - 1].sent if pair.sent.start else pair.sent
    ends = (pair.subject.start, pair.object.start)
    return (before, pair.sent) if any(before.start <= i < before.end for i in ends) else (pair.sent,)


def requalified(
    models: Mapping[str, LinearModel], claim: Candidate, qualifiers: dict[str, Any], seen: Iterable[str]
) -> None:
    """Let a model decide a closed qualifier for which the rules saw no cue, where it is sure enough.

    Args:
        models: by qualifier.
        claim: with its trigger and sentences.
        qualifiers: as the rules read them; changed in place.
        seen: cues that decided, "status: proposed".
    """
    decided = {cue.partition(":")[0] for cue in seen}
    features: list[str] | None = None
    for name, least in BELIEVED.items():
        model = models.get(name)
        if model is None or name in decided or (name in ("status", "measure") and name not in qualifiers):
            continue
        if not _may_overrule(model, claim):
            continue
        features = features if features is not None else qualifier_features(claim, qualifiers)
        value, probability = model.best(features)
        if probability < least:
            continue
        if value in ("affirmed", "asserted"):
            qualifiers.pop(name, None)
        else:
            qualifiers[name] = value


def _may_overrule(model: LinearModel, claim: Candidate) -> bool:
    """Whether a word of the claim's sentences says so much against the default that the model may be sure of it."""
    words = _telling_words(model)
    return any(not words.isdisjoint(sent.doc.lowers[sent.start : sent.end]) for sent in claim.sents)


@lru_cache(maxsize=8)
def _telling_words(model: LinearModel) -> frozenset[str]:
    default = int(model.bias.argmax())
    rest = [column for column in range(len(model.outcomes)) if column != default]
    against = model.weights[:, rest].max(axis=1) - model.weights[:, default]
    rows = ((f, float(against[row])) for f, row in model.features.items() if f.startswith(WORD_FEATURE))
    return frozenset(f.removeprefix(WORD_FEATURE) for f, weight in rows if weight >= TELLING)
