"""The article proper: `doc.spans["body"]`, one span per stretch of text between page furniture.

Where the reader knew the article (HTML), its ranges are taken; else the lines decide (`knowledge.body_lines`). The text
is never cut: later components leave alone what lies outside. Not found here: headings, sentences, quotations.

Example: of "Home > Mining > Article\n\nChina bans gallium exports\n\nShare it!" the second line is body.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.training import Example
from spacy.util import registry

from claimstake import attributes
from claimstake.knowledge.body_lines import body_spans
from claimstake.pipes.component import RuleComponent

LABEL = "BODY"


def body_scorer(examples: Iterable[Example], **_: Any) -> dict[str, float]:
    """Precision, recall and F1 of body characters that are not white space; 0 to 1.

    Examples whose reference has no body group are left out.
    """
    found = expected = both = 0
    for example in examples:
        if attributes.BODY not in example.reference.spans:
            continue
        gold, ours = _characters(example.reference), _characters(example.predicted)
        found, expected, both = found + len(ours), expected + len(gold), both + len(gold & ours)
    precision = both / found if found else 0.0
    recall = both / expected if expected else 0.0
    mean = 2 * both / (found + expected) if found + expected else 0.0
    return {"body_p": precision, "body_r": recall, "body_f": mean}


@registry.scorers("claimstake_body_scorer.v1")
def make_body_scorer() -> Any:
    return body_scorer


@Language.factory(
    "claimstake_body",
    assigns=["doc.spans"],
    default_config={"scorer": {"@scorers": "claimstake_body_scorer.v1"}},
    default_score_weights={"body_f": 1.0, "body_p": None, "body_r": None},
)
def make_body(nlp: Language, name: str, scorer: Any) -> BodyFinder:
    return BodyFinder(name, scorer=scorer)


class BodyFinder(RuleComponent):
    """Sets `doc.spans["body"]`; reads `doc._.article["body"]` where a reader left it there."""

    def __init__(self, name: str = "claimstake_body", *, scorer: Any = body_scorer) -> None:
        self.name = name
        self.scorer = scorer

    def __call__(self, doc: Doc) -> Doc:
        attributes.new_group(doc, attributes.BODY).extend(self.find(doc))
        return doc

    def find(self, doc: Doc) -> list[Span]:
        """Body spans in order, not overlapping, without white space at their ends."""
        known = (doc._.article or {}).get("body")
        ranges = body_spans(doc.text) if known is None else known
        spans: list[Span] = []
        for start, end in ranges:
            span = doc.char_span(start, end, label=LABEL, alignment_mode="expand") if start < end else None
            if span is None:
                continue
            first = max(span.start, spans[-1].end if spans else 0)
            if first < span.end:
                spans.append(Span(doc, first, span.end, label=LABEL))
        return spans

    def score(self, examples: Iterable[Example], **kwargs: Any) -> dict[str, Any]:
        return self.scorer(examples, **kwargs)


def _characters(doc: Doc) -> set[int]:
    text = doc.text
    spans = doc.spans.get(attributes.BODY, [])
    return {i for span in spans for i in range(span.start_char, span.end_char) if not text[i].isspace()}
