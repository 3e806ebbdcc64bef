"""Candidate pairs: two mentions of a sentence that some predicate's signature admits, with what stands around them.

Mentions are the names of a sentence, what its pronouns, nominals and nationality words stand for, and whoever goes on
acting from the sentence before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from claimstake.claims.arguments import Arguments
from claimstake.claims.candidates import Candidate
from claimstake.claims.view import GOODS, Mention
from claimstake.mirror import Sentence, Word
from claimstake.ontology import Ontology

FARTHEST = 60  # tokens between the two; of 3,000 annotated claims 99% lie closer
MOST = 16  # mentions of one sentence that are paired with everything; in longer lists, neighbours only
LONGEST_LIST = 40  # objects that a carried subject is paired with
LONGEST_CARRIED = 4  # goods that are carried into the next sentence
REACH_BACK = 120  # tokens before its sentence in which an actor or a rule is looked for
NOMINAL_POS = frozenset({"PRON", "DET", "NOUN", "PROPN", "ADJ"})


@dataclass(eq=False)
class Pair:
    """Two mentions that may stand in a relation.

    Attributes:
        subject, object: the mentions, in the order that the predicates' signatures ask for.
        sent: the sentence that may say it.
        predicates: names of the predicates that admit the labels.
        rules: the rule candidates for this pair, of any predicate.
        carried: how an end that stands outside the sentence was chosen ("actor", "rule", "main rule", "goods"), or "".
    """

    subject: Mention
    object: Mention
    sent: Sentence
    predicates: tuple[str, ...]
    rules: list[Candidate] = field(default_factory=list)
    carried: str = ""

    @property
    def key(self) -> tuple:
        return self.subject.key, self.object.key


class PairFinder:
    """Pairs the mentions of sentences.

    Args:
        arguments: of the document; resolves nominals, knows who acted last.
        ontology: signatures.
    """

    def __init__(self, arguments: Arguments, ontology: Ontology) -> None:
        self.arguments, self.view = arguments, arguments.view
        self.signatures = signatures_of(ontology)

    def find(self, sent: Sentence, rules: Iterable[Candidate]) -> list[Pair]:
        """All pairs of a sentence, those that rules propose among them, in text order of their subjects."""
        pairs: dict[tuple, Pair] = {}
        named = [m for top in self.view.within(sent) for m in (top, *top.nested)]
        here = sorted([*named, *self._standing(sent)], key=lambda m: (m.start, -m.end))
        for i, subject in enumerate(here):
            for k, object_ in enumerate(here):
                far = (len(here) > MOST and abs(i - k) > MOST) or abs(subject.start - object_.start) > FARTHEST
                if subject is not object_ and not far:
                    self._add(pairs, subject, object_, sent)
        for how, subject in self._carried_subjects(sent) if here else ():
            for object_ in here[:LONGEST_LIST]:
                self._add(pairs, subject, object_, sent, how)
        for object_ in self._carried_objects(sent, here):
            for subject in here[:MOST]:
                self._add(pairs, subject, object_, sent, "goods")
        self._propose(pairs, sent, rules)
        return sorted(pairs.values(), key=lambda p: (p.subject.start, p.object.start))

    def proposed(self, sent: Sentence, rules: Iterable[Candidate]) -> list[Pair]:
        """The pairs of a sentence that rules propose."""
        pairs: dict[tuple, Pair] = {}
        self._propose(pairs, sent, rules)
        return sorted(pairs.values(), key=lambda p: (p.subject.start, p.object.start))

    def _propose(self, pairs: dict[tuple, Pair], sent: Sentence, rules: Iterable[Candidate]) -> None:
        for rule in rules:
            outside = rule.subject.start < sent.start or rule.subject.start >= sent.end
            admitted = self.signatures.of(rule.subject.label, rule.object.label)
            found = Pair(rule.subject, rule.object, sent, admitted, carried="actor" if outside else "")
            pair = pairs.setdefault(found.key, found)
            pair.rules.append(rule)
            if rule.predicate not in pair.predicates:
                pair.predicates = (*pair.predicates, rule.predicate)

    def _standing(self, sent: Sentence) -> Iterator[Mention]:
        """What pronouns, nominals and nationality words of the sentence stand for."""
        for token in sent:
            if token.i in self.view.at or token.pos_ not in NOMINAL_POS:
                continue
            yield from self._stood_for(token)

    def _stood_for(self, token: Word) -> list[Mention]:
        if token.lower_ in ("that", "which", "who", "this", "these", "those", "there"):
            return []
        return self.arguments.resolver.resolve(token, self.signatures.labels)[:4]

    def _add(self, pairs: dict[tuple, Pair], subject: Mention, object_: Mention, sent: Sentence, how: str = "") -> None:
        admitted = self.signatures.of(subject.label, object_.label)
        if admitted and subject.canonical != object_.canonical:
            pair = Pair(subject, object_, sent, admitted, carried=how)
            pairs.setdefault(pair.key, pair)

    def _carried_subjects(self, sent: Sentence) -> Iterator[tuple[str, Mention]]:
        """Who may go on acting: the last actor, the last rule named, and the rule that the document is about."""
        seen: set[tuple[str, str]] = set()
        for how, mention in self._candidates_before(sent):
            key = mention.label, mention.canonical
            if key not in seen:
                seen.add(key)
                yield how, mention

    def _candidates_before(self, sent: Sentence) -> Iterator[tuple[str, Mention]]:
        yield from (("actor", m) for m in self.arguments.carried(sent, self.signatures.actors)[:1])
        before = self.view.among(max(0, sent.start - REACH_BACK), sent.start)
        yield from (("rule", m) for m in [m for m in before if m.label == "INSTRUMENT"][-1:])
        yield from (("body", m) for m in [m for m in before if m.label in ("MINISTRY", "PLACE")][-1:])
        if self._main_rule is not None and self._main_rule.start < sent.start:
            yield "main rule", self._main_rule

    @cached_property
    def _main_rule(self) -> Mention | None:
        """The first mention of the instrument that the document names most."""
        rules = [m for m in self.view.top if m.label == "INSTRUMENT"]
        counts = Counter(m.canonical for m in rules)
        return max(rules, key=lambda m: (counts[m.canonical], -m.start), default=None)

    def _carried_objects(self, sent: Sentence, here: list[Mention]) -> list[Mention]:
        """The goods of the sentence before, where this one names an actor and none of its own."""
        if sent.start == 0 or not here or any(m.label in GOODS for m in here):
            return []
        before = sent.doc.words[sent.start - 1].sent
        return [m for m in self.view.within(before) if m.label in GOODS][-LONGEST_CARRIED:]


class Signatures:
    """Which predicates admit which labels.

    Attributes:
        labels: all that some predicate admits.
        actors: those that a subject carried from the sentence before may have.
    """

    def __init__(self, ontology: Ontology) -> None:
        self._of: dict[tuple[str, str], tuple[str, ...]] = {}
        for name, predicate in ontology.predicates.items():
            for subject in predicate.subject:
                for object_ in predicate.object:
                    self._of[subject, object_] = (*self._of.get((subject, object_), ()), name)
        self.labels = frozenset(label for ends in self._of for label in ends)
        self.actors = self.labels & {"PLACE", "MINISTRY", "COMPANY", "PERSON", "ORGANIZATION", "INSTRUMENT"}

    def of(self, subject: str, object_: str) -> tuple[str, ...]:
        """Names of the predicates that admit a subject and an object of these labels."""
        return self._of.get((subject, object_), ())


_latest: list[tuple[Ontology, Signatures]] = []


def signatures_of(ontology: Ontology) -> Signatures:
    """The signatures of an ontology; the last ones are kept, for all documents of a run have the same."""
    for known, signatures in _latest[:]:
        if known is ontology:
            return signatures
    signatures = Signatures(ontology)
    _latest[:] = [(ontology, signatures)]
    return signatures
