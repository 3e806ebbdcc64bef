"""Finds measures: numbers with a unit, percentages, amounts of money, durations.

"Exports fell by 12% to 20,000 tonnes" gives "12%" and "20,000 tonnes". Not found, on purpose: bare counts ("31
minerals"), years, references ("Article 7"), ages and clock times. Every span is a QUANTITY until
`claimstake_thresholds` has read its context. The grammar is claimstake.grammar.measures.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from spacy.language import Language
from spacy.scorer import Scorer
from spacy.tokens import Doc, Span
from spacy.training import Example
from spacy.util import registry

from claimstake.attributes import BODY, MEASURES, add_mention, new_group
from claimstake.grammar.measure_context import (
    act_of,
    condition_of,
    continues,
    parameter_in_lead,
    parameter_of,
    restates,
)
from claimstake.grammar.measures import MeasureMatch, find_measures
from claimstake.mirror import letters_of
from claimstake.pipes.component import RuleComponent

EXTRACTOR = "measures"
_SENTENCE_END = re.compile(r"(?<![A-Z]\.[A-Z])(?<!No)(?<!Co)(?<!Inc)(?<!Corp)[.!?][\"”’)]?\s+(?=[A-Z“\"‘(])|\n")


@Language.factory(
    "claimstake_measures",
    assigns=["doc.spans"],
    default_config={"spans_key": MEASURES, "scorer": {"@scorers": "claimstake.measures_scorer.v1"}},
    default_score_weights={"spans_measures_f": 1.0},
)
def make_measures(nlp: Language, name: str, spans_key: str, scorer: Any) -> MeasureFinder:
    """Make the component; `spans_key` is the span group that it fills."""
    return MeasureFinder(name, spans_key=spans_key, scorer=scorer)


class MeasureFinder(RuleComponent):
    """Fills a span group with measures, attrs: value, kind, parameter, condition, extractor."""

    def __init__(self, name: str = "claimstake_measures", *, spans_key: str, scorer: Any = None) -> None:
        self.name = name
        self.spans_key = spans_key
        self.scorer = scorer

    def __call__(self, doc: Doc) -> Doc:
        self.set_annotations(doc, self.find(doc))
        return doc

    def find(self, doc: Doc) -> list[tuple[Span, dict[str, Any]]]:
        """The measures of the body (of the whole text if there is no body), with their attributes."""
        found: list[tuple[Span, dict[str, Any]]] = []
        sentences = doc.has_annotation("SENT_START")
        for offset, text in body_texts(doc):
            before: MeasureMatch | None = None
            for measure in find_measures(text):
                span = doc.char_span(offset + measure.start, offset + measure.end, alignment_mode="expand")
                if span is None or (found and span.start < found[-1][0].end):
                    continue
                sentence = sentence_of(span, offset, text, sentences=sentences)
                attributes = measure_attributes(text, measure, sentence, before.end if before else 0)
                same = before and (continues(text, before, measure) or restates(text, before, measure))
                known = found[-1][1].get("parameter") if same else None
                known = known or act_of(text, measure, sentence, before.end if before else 0)
                known = known or parameter_in_lead(text, measure)
                if known:
                    attributes.setdefault("parameter", known)
                found.append((span, attributes))
                before = measure
        return found

    def set_annotations(self, doc: Doc, found: Iterable[tuple[Span, dict[str, Any]]]) -> None:
        """Write the span group."""
        group = new_group(doc, self.spans_key)
        for span, attributes in found:
            add_mention(group, span.start, span.end, "QUANTITY", **attributes)

    def score(self, examples: Iterable[Example], **kwargs: Any) -> dict[str, Any]:
        """Span precision, recall and F1 against the reference's group of the same key."""
        return self.scorer(examples, spans_key=self.spans_key) if self.scorer else {}


def body_texts(doc: Doc) -> Iterator[tuple[int, str]]:
    """Character offset and text of every body span; the whole text where no body is marked."""
    text = letters_of(doc).text
    if BODY not in doc.spans:
        yield 0, text
        return
    for span in doc.spans[BODY]:
        yield span.start_char, text[span.start_char : span.end_char]


def sentence_of(span: Span, offset: int, text: str, *, sentences: bool) -> tuple[int, int]:
    """Character range, relative to `offset`, of the sentence that a span stands in.

    Args:
        span: a span of the Doc.
        offset: character offset of `text` in the Doc.
        text: the body text that holds the span.
        sentences: whether the Doc has sentence bounds; else it is the line, cut at full stops before capitals.
    """
    if sentences:
        start = max(0, span[0].sent.start_char - offset)
        end = min(len(text), span[-1].sent.end_char - offset)
        return start, end
    return line_sentence(text, span.start_char - offset, span.end_char - offset)


def line_sentence(text: str, start: int, end: int, reach: int = 600) -> tuple[int, int]:
    """The sentence around text[start:end], guessed from line ends and full stops, at most `reach` to either side."""
    first = max(0, start - reach)
    breaks = [m.end() for m in _SENTENCE_END.finditer(text, first, start)]
    following = _SENTENCE_END.search(text, end, end + reach)
    return (breaks[-1] if breaks else first), (following.start() + 1 if following else min(len(text), end + reach))


def measure_attributes(text: str, measure: MeasureMatch, sentence: tuple[int, int], before: int) -> dict[str, Any]:
    """The record of one measure: plain JSON values."""
    value = list(measure.value) if isinstance(measure.value, tuple) else measure.value
    attributes: dict[str, Any] = {
        "value": {"comparator": measure.comparator, "value": value, "unit": measure.unit},
        "kind": measure.kind,
        "extractor": EXTRACTOR,
    }
    parameter = parameter_of(text, measure, sentence, before)
    condition = condition_of(text, measure, sentence)
    if parameter:
        attributes["parameter"] = " ".join(text[slice(*parameter)].split())
    if condition:
        attributes["condition"] = " ".join(text[slice(*condition)].split()).rstrip(".,;")
    return attributes


@registry.scorers("claimstake.measures_scorer.v1")
def make_measures_scorer() -> Any:
    """Make the scorer: exact span bounds, labels aside."""
    return score_measures


def score_measures(examples: Iterable[Example], *, spans_key: str = MEASURES, **kwargs: Any) -> dict[str, Any]:
    """Precision, recall and F1 of the spans in doc.spans[spans_key], bounds only."""
    scores = Scorer.score_spans(
        examples,
        f"spans_{spans_key}",
        getter=lambda doc, _: doc.spans.get(spans_key, []),
        has_annotation=lambda doc: spans_key in doc.spans,
        labeled=False,
        allow_overlap=False,
    )
    return {key: value for key, value in scores.items() if not key.endswith("_per_type")}
