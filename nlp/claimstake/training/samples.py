"""Annotated documents through the pipeline, and what trained parts learn from each: pairs with gold answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc

from claimstake import ontology as ontologies
from claimstake import pipeline
from claimstake.attributes import MENTIONS, add_mention, new_group
from claimstake.claims.arguments import Arguments
from claimstake.claims.assemble import ClaimFinder, Qualified
from claimstake.claims.candidates import Candidate
from claimstake.claims.learned import PairJudge
from claimstake.claims.pair_features import SentenceFeatures
from claimstake.claims.pairs import Pair
from claimstake.claims.qualifier_features import CLOSED, qualifier_features
from claimstake.claims.resolve import Resolver
from claimstake.claims.view import View
from claimstake.records import AnnotatedDocument, Article
from claimstake.training.inline import Annotated

Triple = tuple[str, str, str]


@dataclass(eq=False)
class PairSample:
    """A candidate pair and its answers.

    Attributes:
        document: id of its article; pairs of one article never straddle a fold.
        features: see `claims.pair_features`.
        answers: predicate to whether the pair's sentence says it; a predicate that the gold has from another sentence
            is left out.
        triples: predicate to the triple in gold names that the pair would be.
        rules: predicates that rules propose, with their scores.
    """

    document: str
    features: list[str]
    answers: dict[str, bool]
    triples: dict[str, Triple]
    rules: dict[str, float] = field(default_factory=dict)


def annotated(nlp: Language, documents: Iterable[Annotated]) -> Iterator[tuple[Doc, AnnotatedDocument]]:
    """Run the pipeline over annotated documents; their gold goes along."""
    for document in documents:
        yield pipeline.annotate(nlp, Article(**document.article)), document.record


def with_gold_mentions(doc: Doc, gold: AnnotatedDocument) -> Doc:
    """Replace the mentions of a doc by the gold ones; what was found at the same place lends its attributes."""
    old = {(s.start, s.end): doc.spans[MENTIONS].attrs.get(s.id_, {}) for s in doc.spans.get(MENTIONS, [])}
    group = new_group(doc, MENTIONS)
    for entity in gold.entities:
        span = doc.char_span(entity.start, entity.end, alignment_mode="expand")
        if span is None:
            continue
        value: Any = (
            entity.value if isinstance(entity.value, str) or entity.value is None else entity.value.model_dump()
        )
        attrs = {**old.get((span.start, span.end), {}), "canonical": entity.canonical, "mention": "name"}
        if value is not None:
            attrs["value"] = value
        add_mention(group, span.start, span.end, entity.label, **attrs)
    return doc


def names_in_gold(doc: Doc, gold: AnnotatedDocument) -> dict[tuple[str, str], str]:
    """(label, canonical name) of the doc's clusters to the gold's name of the same thing, where it has one."""
    group = doc.spans.get(MENTIONS, [])
    by_label: dict[str, list] = {}
    for entity in gold.entities:
        by_label.setdefault(entity.label, []).append(entity)
    votes: dict[tuple[str, str], Counter[str]] = {}
    for span in group:
        key = span.label_, group.attrs.get(span.id_, {}).get("canonical", span.text)
        start, end = span.start_char, span.end_char
        for entity in by_label.get(span.label_, ()):
            if entity.start < end and start < entity.end:
                votes.setdefault(key, Counter())[entity.canonical] += min(end, entity.end) - max(start, entity.start)
    named = {key: counter.most_common(1)[0][0] for key, counter in votes.items()}
    gold_names = {e.canonical.casefold(): e.canonical for e in gold.entities}
    return _Names(named, gold_names)


class _Names(dict):
    """Falls back on the gold's own names, as the scorer does."""

    def __init__(self, named: dict[tuple[str, str], str], gold_names: dict[str, str]) -> None:
        super().__init__(named)
        self._gold_names = gold_names

    def __missing__(self, key: tuple[str, str]) -> str | None:
        return self._gold_names.get(key[1].casefold())


def gold_triples(gold: AnnotatedDocument) -> dict[Triple, Any]:
    """The gold claims by (predicate, subject name, object name); of a symmetric predicate both ways round."""
    by_id = {e.id: e.canonical for e in gold.entities}
    predicates = ontologies.default().predicates
    out: dict[Triple, Any] = {}
    for claim in gold.claims:
        s, o = by_id[claim.subject], by_id[claim.object]
        out[claim.predicate, s, o] = claim
        if predicates[claim.predicate].symmetric:
            out[claim.predicate, o, s] = claim
    return out


@dataclass(eq=False)
class QualifierSample:
    """A right claim, and what its qualifiers should be.

    Attributes:
        document: id of its article.
        features: see `claims.qualifier_features`.
        read: the closed qualifiers as the rules read them.
        gold: as they should be, "affirmed" and "asserted" where nothing is said.
    """

    document: str
    features: list[str]
    read: dict[str, str]
    gold: dict[str, str]


def samples_of(
    finder: ClaimFinder, doc: Doc, gold: AnnotatedDocument
) -> tuple[list[PairSample], list[QualifierSample]]:
    """Every candidate pair of a doc with its answers, and every right claim with its qualifiers.

    Args:
        finder: with rules; its models are not asked.
        doc: through the whole pipeline.
        gold: of the same text.
    """
    view = View(doc)
    arguments = Arguments(view, Resolver(view, finder.places))
    judge = PairJudge(arguments, finder.ontology, finder.frames, None)
    names, triples = names_in_gold(doc, gold), gold_triples(gold)
    pairs: list[PairSample] = []
    right: list[tuple[Candidate, Any]] = []
    for sent, found in finder.sentences(doc, arguments):
        candidates = judge.pairs.find(sent, found)
        features = SentenceFeatures(view, sent, candidates, finder.frames)
        for pair in candidates:
            sample = _sample(gold, features, pair, names, triples)
            pairs.append(sample)
            for predicate in (p for p, holds in sample.answers.items() if holds):
                own = [r for r in pair.rules if r.predicate == predicate]
                right.append((judge.claim(pair, predicate, 1.0, own, found), triples[sample.triples[predicate]]))
    read = finder.qualified([claim for claim, _ in right], arguments)
    return pairs, [_qualified(gold, *entry) for entry in zip(read, (g for _, g in right), strict=True)]


def _qualified(gold: AnnotatedDocument, read: Qualified, claim: Any) -> QualifierSample:
    candidate, qualifiers, _ = read
    answers = {name: getattr(claim.qualifiers, name, None) for name in CLOSED}
    answers["polarity"] = answers["polarity"] or "affirmed"
    answers["certainty"] = answers["certainty"] or "asserted"
    return QualifierSample(
        gold.doc.id,
        qualifier_features(candidate, qualifiers),
        {name: qualifiers[name] for name in CLOSED if name in qualifiers},
        {name: value for name, value in answers.items() if value is not None},
    )


def _sample(
    gold: AnnotatedDocument,
    features: SentenceFeatures,
    pair: Pair,
    names: dict[tuple[str, str], str],
    triples: dict[Triple, Any],
) -> PairSample:
    subject = names[pair.subject.label, pair.subject.canonical]
    object_ = names[pair.object.label, pair.object.canonical]
    sample = PairSample(gold.doc.id, features.of(pair), {}, {}, {r.predicate: r.score for r in pair.rules})
    low, high = pair.sent.start_char, pair.sent.end_char
    for predicate in pair.predicates:
        triple = (predicate, str(subject), str(object_))
        claim = triples.get(triple) if subject is not None and object_ is not None else None
        sample.triples[predicate] = triple
        if claim is None:
            sample.answers[predicate] = False
        elif claim.evidence is not None and claim.evidence.start < high and low < claim.evidence.end:
            sample.answers[predicate] = True
    return sample
