"""What trained models add to the rules: which pairs are claims, how sure that is, and what their qualifiers are.

The rules propose and are features; the relation model decides, and finds claims that no rule proposes. Where there is
no model (a pipeline being built) the rules stand alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from claimstake.claims.arguments import Arguments
from claimstake.claims.candidates import Candidate
from claimstake.claims.frames import Frame
from claimstake.claims.pair_features import SentenceFeatures, common_ancestor
from claimstake.claims.pairs import Pair, PairFinder
from claimstake.claims.qualifier_features import qualifier_features
from claimstake.linear import LinearModel
from claimstake.mirror import Stretch, Word
from claimstake.ontology import Ontology

FRAME = "learned"
RELATIONS = "relations"
CLAIM_QUALIFIERS = ("status", "certainty", "polarity", "measure")
LOWEST = 0.1  # probability below which a pair is forgotten at once
HEADS = frozenset({"VERB", "AUX", "NOUN"})


@dataclass(eq=False)
class Models:
    """The trained models of the claim component.

    Attributes:
        relations: predicates of pairs.
        qualifiers: by name of the qualifier; outcomes are its values.
    """

    relations: LinearModel
    qualifiers: dict[str, LinearModel]

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a folder with one model in each of its subfolders.

        Raises:
            ModelError: one is missing or damaged.
        """
        names = [p.name for p in sorted(path.iterdir()) if p.is_dir() and p.name != RELATIONS]
        return cls(LinearModel.load(path / RELATIONS), {name: LinearModel.load(path / name) for name in names})

    def save(self, path: Path) -> None:
        """Write the folder that `load` reads."""
        self.relations.save(path / RELATIONS)
        for name, model in self.qualifiers.items():
            model.save(path / name)


class PairJudge:
    """Judges the pairs of one document, sentence by sentence.

    Args:
        arguments: of the document.
        ontology: signatures.
        frames: triggers by lemma.
        relations: the relation model; None where only `claim` is asked for, as in training.
    """

    def __init__(
        self,
        arguments: Arguments,
        ontology: Ontology,
        frames: dict[str, list[Frame]],
        relations: LinearModel | None,
    ) -> None:
        self.view, self.frames, self.relations = arguments.view, frames, relations
        self.pairs = PairFinder(arguments, ontology)

    def of(self, sent: Stretch, rules: list[Candidate]) -> Iterator[Candidate]:
        """The claims of a sentence with their probabilities: those that rules propose, and others."""
        if self.relations is None:
            yield from rules
            return
        pairs = self.pairs.find(sent, rules)
        features = SentenceFeatures(self.view, sent, pairs, self.frames)
        for pair in pairs:
            scores = self.relations.scores(features.of(pair))
            for predicate in pair.predicates:
                column = self.relations.column.get(predicate)
                proposed = [r for r in pair.rules if r.predicate == predicate]
                if column is None:  # a user's own predicate: the rules alone
                    yield from proposed
                elif scores[column] >= LOWEST:
                    yield self.claim(pair, predicate, float(scores[column]), proposed, rules)

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
            best.score = probability
            return best
        trigger = self._trigger(pair, predicate, rules)
        low = min(pair.sent.start, pair.subject.start, pair.object.start)
        high = max(pair.sent.end, pair.subject.end, pair.object.end)
        near = pair.sent.start - low <= 0 and high == pair.sent.end
        sents = (pair.sent,) if near else _evidence(pair)
        claim = Candidate(predicate, pair.subject, pair.object, trigger, FRAME, pair.carried or "pair", probability)
        claim.sents = sents
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


def _evidence(pair: Pair) -> tuple[Stretch, ...]:
    """The sentence, with the one before where an end of the pair stands there."""
    before = pair.sent.doc.words[pair.sent.start - 1].sent if pair.sent.start else pair.sent
    ends = (pair.subject.start, pair.object.start)
    return (before, pair.sent) if any(before.start <= i < before.end for i in ends) else (pair.sent,)


def requalified(models: Mapping[str, LinearModel], claim: Candidate, qualifiers: dict[str, Any]) -> None:
    """Let the models decide the closed qualifiers; what the rules read is among their features.

    Args:
        models: by qualifier.
        claim: with its trigger and sentences.
        qualifiers: as the rules read them; changed in place.
    """
    features: list[str] | None = None
    for name in CLAIM_QUALIFIERS:
        model = models.get(name)
        if model is None or (name in ("status", "measure") and name not in qualifiers):
            continue
        features = features if features is not None else qualifier_features(claim, qualifiers)
        value, _ = model.best(features)
        if value in ("affirmed", "asserted"):
            qualifiers.pop(name, None)
        else:
            qualifiers[name] = value
