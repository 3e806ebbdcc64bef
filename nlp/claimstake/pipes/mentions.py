"""The arbiter: of all candidates, which spans are mentions, with which label and which rows of the gazetteer.

Reads the groups gazetteer, terms, names, measures, dates and the abbreviations; overlaps are decided by the table in
mentions.toml. A weak surface counts only where the same thing is named surely or its context supports it.

Writes: doc.spans["mentions"] (attrs: extractor, confidence, rows, value, ...) and doc.ents (the outermost ones).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.util import filter_spans, registry

from claimstake.attributes import DATES, GAZETTEER, MEASURES, MENTIONS, NAMES, TERMS, add_mention, new_group
from claimstake.pipes.arbitration import Candidate, choose, weight
from claimstake.pipes.component import RuleComponent, span_scorer
from claimstake.pipes.name_words import company_context
from claimstake.pipes.propagation import SURE, names_of, occurrences
from claimstake.pipes.support import Surroundings, blocked, supported
from claimstake.pipes.terms import body_tokens

MEASURED = frozenset({"DATE", "THRESHOLD", "QUANTITY"})
mention_scorer = span_scorer(MENTIONS)


@registry.scorers("claimstake_mention_scorer.v1")
def make_mention_scorer() -> Any:
    return mention_scorer


@Language.factory(
    "claimstake_mentions",
    assigns=["doc.spans", "doc.ents"],
    requires=["doc.spans", "doc._.abbreviations"],
    default_config={"scorer": {"@scorers": "claimstake_mention_scorer.v1"}},
    default_score_weights={f"spans_{MENTIONS}_f": 1.0},
)
def make_mentions(nlp: Language, name: str, scorer: Any) -> MentionArbiter:
    return MentionArbiter(name, scorer=scorer)


class MentionArbiter(RuleComponent):
    """Writes doc.spans["mentions"] and doc.ents."""

    def __init__(self, name: str = "claimstake_mentions", *, scorer: Any = mention_scorer) -> None:
        self.name = name
        self.scorer = scorer

    def __call__(self, doc: Doc) -> Doc:
        group = new_group(doc, MENTIONS)
        for mention in self.find(doc):
            attrs = {
                "mention": "name",
                "extractor": mention.extractor,
                "confidence": weight(mention.extractor)[2],
                **mention.attrs,
            }
            add_mention(group, mention.start, mention.end, mention.label, **attrs)
        doc.ents = filter_spans([Span(doc, s.start, s.end, label=s.label) for s in group])
        return doc

    def find(self, doc: Doc) -> list[Candidate]:
        """Mentions by start, nested ones after their outer."""
        candidates = list(self._candidates(doc))
        first = choose(candidates, len(doc))
        candidates += _abbreviated(doc, first)
        candidates += occurrences(doc, names_of(doc, first), body_tokens(doc))
        return choose(_consistent(doc, candidates), len(doc))

    def _candidates(self, doc: Doc) -> Iterator[Candidate]:
        around = Surroundings(doc)
        yield from _listed(doc, around)
        for key in (MEASURES, DATES, TERMS, NAMES):
            group = doc.spans.get(key, [])
            for span in group:
                attrs = dict(group.attrs.get(span.id_, {}))
                extractor = attrs.pop("extractor", key)
                candidate = Candidate(span.start, span.end, span.label_, extractor, attrs)
                if not blocked(doc, candidate, around):
                    yield candidate


def _listed(doc: Doc, around: Surroundings) -> Iterator[Candidate]:
    """Candidates of the gazetteer: strong ones, and weak ones that something supports."""
    group = doc.spans.get(GAZETTEER, [])
    records = [(span, group.attrs.get(span.id_, {})) for span in group]
    sure = {key for _, attrs in records for key in attrs.get("strong", ())}
    named = {(s.start, s.end, s.label_) for s in doc.spans.get(NAMES, [])}
    defined = {(p[0], p[1]) for p in doc._.abbreviations or ()}
    for span, attrs in records:
        strong, weak = attrs.get("strong", ()), attrs.get("weak", ())
        if strong:
            candidate = Candidate(span.start, span.end, span.label_, "gazetteer", {"rows": list(strong)})
        else:
            kept = [key for key in weak if key in sure]
            bounds = (span.start, span.end)
            firm = span.label_ == "COMPANY" and company_context(doc, *bounds)
            is_named = (*bounds, span.label_) in named or firm
            if not supported(doc, span, around, sure=bool(kept), named=is_named, defined=bounds in defined):
                continue
            candidate = Candidate(span.start, span.end, span.label_, "gazetteer.weak", {"rows": kept or list(weak)})
        if not blocked(doc, candidate, around):
            yield candidate


def _abbreviated(doc: Doc, mentions: list[Candidate]) -> Iterator[Candidate]:
    """Short forms in brackets, and their later uses, get the label of their long form."""
    ends: dict[int, Candidate] = {}
    for mention in mentions:
        if mention.end not in ends or mention.length > ends[mention.end].length:
            ends[mention.end] = mention
    forms: dict[tuple[str, ...], Candidate] = {}
    for short_start, short_end, long_start, long_end in doc._.abbreviations or ():
        source = ends.get(long_end)
        if source is None or source.start > long_start:
            source = next(
                (ends[k] for k in range(long_end, long_start, -1) if k in ends and ends[k].start <= long_start), None
            )
        if source is None or source.label in MEASURED or weight(source.extractor)[2] < SURE:
            continue
        words = tuple(t.text for t in doc[short_start:short_end])
        forms.setdefault(words, source)
        if len(words) == 1:
            forms.setdefault((words[0].removesuffix("s") if words[0].endswith("s") else words[0] + "s",), source)
    for found in occurrences(doc, forms, body_tokens(doc)):
        found.extractor = "abbreviation"
        yield found


def _consistent(doc: Doc, candidates: Iterable[Candidate]) -> list[Candidate]:
    """Leave out a list's reading of an abbreviation that the document defines otherwise."""
    candidates = list(candidates)
    defined = {(c.start, c.end): c.label for c in candidates if c.extractor == "abbreviation"}
    return [c for c in candidates if c.extractor == "abbreviation" or defined.get((c.start, c.end), c.label) == c.label]
