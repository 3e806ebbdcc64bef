"""Tells limits from reports: THRESHOLD, QUANTITY, or no measure at all.

"Tariffs will be raised to 25%" is a THRESHOLD, "sales rose 25%" a QUANTITY; "within 60 days of signing" is a
THRESHOLD, "after five years of research" is neither and is dropped. The cues and their weights are
knowledge/data/threshold_cues.toml and threshold_weights.toml, the arithmetic is claimstake.grammar.measure_roles. A
model, where there is one, decides instead; their sum is among its features (claimstake.grammar.measure_description).
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spacy.language import Language
from spacy.scorer import Scorer
from spacy.tokens import Doc, Span
from spacy.training import Example
from spacy.util import registry

from claimstake.attributes import MEASURES, add_mention, new_group
from claimstake.grammar.measure_context import continues, restates
from claimstake.grammar.measure_description import Passage, described
from claimstake.grammar.measure_features import Surroundings, regulatory_weight
from claimstake.grammar.measure_roles import QUANTITY, THRESHOLD, Role, role_of
from claimstake.grammar.measures import MeasureMatch
from claimstake.linear import SETTINGS, LinearModel
from claimstake.pipes.component import RuleComponent
from claimstake.pipes.measures import body_texts, sentence_of

AMOUNT, DURATION = "amount", "duration"  # outcomes of the model: an amount, or a duration, is a limit


@dataclass(frozen=True)
class Located(Passage):
    """A passage whose measures stand in a Doc: their spans, and the character offset of the text."""

    spans: Sequence[Span]
    offset: int


@Language.factory(
    "claimstake_thresholds",
    requires=["doc.spans"],
    assigns=["doc.spans"],
    default_config={"spans_key": MEASURES, "scorer": {"@scorers": "claimstake.thresholds_scorer.v1"}},
    default_score_weights={"threshold_label_f": 1.0},
)
def make_thresholds(nlp: Language, name: str, spans_key: str, scorer: Any) -> ThresholdLabeller:
    """Make the component; `spans_key` is the span group that it relabels."""
    return ThresholdLabeller(name, spans_key=spans_key, scorer=scorer)


class ThresholdLabeller(RuleComponent):
    """Relabels the measures of a span group, attrs: threshold (the probability that it is one).

    Attributes:
        model: judges every measure; None leaves it to the weighted sum and the rules for durations.
    """

    def __init__(
        self,
        name: str = "claimstake_thresholds",
        *,
        spans_key: str,
        scorer: Any = None,
        model: LinearModel | None = None,
    ) -> None:
        self.name = name
        self.spans_key = spans_key
        self.scorer = scorer
        self.model = model

    def __call__(self, doc: Doc) -> Doc:
        if self.spans_key in doc.spans:
            self.set_annotations(doc, self.find(doc))
        return doc

    def find(self, doc: Doc) -> list[tuple[Span, str, dict[str, Any]]]:
        """Every measure that stays, with its label and attributes."""
        group = doc.spans[self.spans_key]
        passages = located(doc, self.spans_key)
        decided: list[tuple[Span, str, dict[str, Any]]] = []
        for passage, roles in zip(passages, roles_of(passages, self.model), strict=True):
            labels = agreed(passage.around.text, list(passage.measures), roles)
            for span, (label, probability) in zip(passage.spans, labels, strict=True):
                if label is not None:
                    decided.append((span, label, {**group.attrs.get(span.id_, {}), "threshold": probability}))
        return decided

    def to_disk(self, path: Path | str, *, exclude: Iterable[str] = ()) -> None:
        """Write the model, where there is one."""
        if self.model is not None:
            self.model.save(Path(path))

    def from_disk(self, path: Path | str, *, exclude: Iterable[str] = ()) -> ThresholdLabeller:
        """Read the model, where there is one."""
        if (Path(path) / SETTINGS).is_file():
            self.model = LinearModel.load(Path(path))
        return self

    def set_annotations(self, doc: Doc, decided: Iterable[tuple[Span, str, dict[str, Any]]]) -> None:
        """Rewrite the span group with the labels decided."""
        rows = [(span.start, span.end, label, attributes) for span, label, attributes in decided]
        group = new_group(doc, self.spans_key)
        for start, end, label, attributes in rows:
            add_mention(group, start, end, label, **attributes)

    def score(self, examples: Iterable[Example], **kwargs: Any) -> dict[str, Any]:
        """Precision, recall and F1 of labelled spans against the reference's group of the same key."""
        return self.scorer(examples, spans_key=self.spans_key) if self.scorer else {}


def located(doc: Doc, spans_key: str = MEASURES) -> list[Located]:
    """The body's passages that hold measures of a span group, in order."""
    group = doc.spans[spans_key]
    spans = sorted(group, key=lambda s: s.start)
    starts = [span.start_char for span in spans]
    texts = list(body_texts(doc))
    regulatory = regulatory_weight("\n".join(text for _, text in texts)) if spans else 0.0
    sentences = doc.has_annotation("SENT_START")
    out = []
    for offset, text in texts:
        within = spans[bisect_left(starts, offset) : bisect_left(starts, offset + len(text))]
        if not within:
            continue
        measures = [_as_match(span, offset, group.attrs.get(span.id_, {})) for span in within]
        bounds = [sentence_of(span, offset, text, sentences=sentences) for span in within]
        out.append(Located(Surroundings(text, regulatory), measures, bounds, within, offset))
    return out


def roles_of(passages: Sequence[Passage], model: LinearModel | None = None) -> list[list[Role]]:
    """Label and probability of every measure, by passage."""
    if model is None:
        return [
            [role_of(passage.around, *of) for of in zip(passage.measures, passage.sentences, strict=True)]
            for passage in passages
        ]
    return [
        [_judged(model, passage, i, features) for i, features in enumerate(rows)]
        for passage, rows in zip(passages, described(passages), strict=True)
    ]


def _judged(model: LinearModel, passage: Passage, i: int, features: Sequence[str]) -> Role:
    """The model's word; for a duration that is no limit, that of the rules, which tell figures from stories."""
    duration = passage.measures[i].kind == "duration"
    outcome = DURATION if duration else AMOUNT
    probability = float(model.scores(features)[model.column[outcome]])
    if probability >= model.threshold(outcome):
        return THRESHOLD, round(probability, 3)
    if not duration:
        return QUANTITY, round(probability, 3)
    label, _ = role_of(passage.around, passage.measures[i], passage.sentences[i])
    return (None if label is None else QUANTITY), round(probability, 3)


def agreed(text: str, measures: list[MeasureMatch], roles: list[Role]) -> list[Role]:
    """Give measures that stand for the same thing one label.

    "60 feet (18 metres)" takes the label of its first, "220 MPa rather than 300 MPa" that of the mean log-odds.
    """
    result = list(roles)
    first = 0
    for index in range(1, len(measures) + 1):
        if index < len(measures) and _linked(text, measures[index - 1], measures[index], result[index - 1 : index + 1]):
            continue
        if index - first > 1:
            odds = sum(math.log(p / (1 - p)) for _, p in (_inside(r) for r in result[first:index]))
            mean = 1 / (1 + math.exp(-odds / (index - first)))
            label = THRESHOLD if mean > 0.5 else QUANTITY
            result[first:index] = [(label, round(mean, 3))] * (index - first)
        first = index
    for index in range(1, len(measures)):
        if restates(text, measures[index - 1], measures[index]) and result[index - 1][0]:
            result[index] = result[index - 1]
    return result


def _linked(text: str, before: MeasureMatch, measure: MeasureMatch, roles: list[Role]) -> bool:
    amounts = before.kind != "duration" and all(label is not None for label, _ in roles)
    return amounts and continues(text, before, measure)


def _inside(role: Role) -> Role:
    """The role with a probability that has log-odds."""
    return role[0], min(max(role[1], 0.001), 0.999)


def _as_match(span: Span, offset: int, attributes: dict[str, Any]) -> MeasureMatch:
    """The measure of a span, as the grammar gave it."""
    value = attributes.get("value") or {"comparator": "=", "value": 0.0, "unit": ""}
    dimension = {"money": "money", "percent": "ratio", "duration": "duration"}.get(attributes.get("kind", ""), "other")
    start, end = span.start_char - offset, span.end_char - offset
    number = value["value"]
    amount = (number[0], number[1]) if isinstance(number, list | tuple) else float(number)
    return MeasureMatch(start, end, value["comparator"], amount, value["unit"], dimension, start, end)


@registry.scorers("claimstake.thresholds_scorer.v1")
def make_thresholds_scorer() -> Any:
    """Make the scorer: bounds and label must agree."""
    return score_thresholds


def score_thresholds(examples: Iterable[Example], *, spans_key: str = MEASURES, **kwargs: Any) -> dict[str, Any]:
    """Precision, recall and F1 of the labelled spans in doc.spans[spans_key]; also by label."""
    attribute = "threshold_label"
    return Scorer.score_spans(
        examples,
        attribute,
        getter=lambda doc, _: doc.spans.get(spans_key, []),
        has_annotation=lambda doc: spans_key in doc.spans,
        labeled=True,
        allow_overlap=False,
    )
