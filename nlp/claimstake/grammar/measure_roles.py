"""Decides whether a measure is a limit that a rule sets or an amount that is reported.

A weighted sum of what surrounds the measure (claimstake.grammar.measure_features), with the weights of
knowledge/data/threshold_weights.toml. Durations are measures only where a rule sets them ("within 60 days of signing",
"a 90-day pause") or where they are told as a figure ("over a period of five years"); any other is left out.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from claimstake.grammar.measure_features import Surroundings, cue_data, features_of, word_pattern
from claimstake.grammar.measures import MeasureMatch

THRESHOLD, QUANTITY = "THRESHOLD", "QUANTITY"
Role = tuple[str | None, float]  # label, None for what is no measure, and probability of THRESHOLD
_AFTER_REACH = 40  # characters in which a duration's own cue must begin


@dataclass(frozen=True, slots=True)
class Judged:
    """What the weighted sum and the rules for durations say of a measure.

    Attributes:
        features: see `measure_features.features_of`.
        score: their weighted sum, log-odds of THRESHOLD for an amount.
        role: label and probability.
        duration: the measure is one, its role comes from the rules.
    """

    features: Mapping[str, float]
    score: float
    role: Role
    duration: bool


@cache
def weights() -> Mapping[str, float]:
    """The fitted weights by feature, with "bias"."""
    source = files("claimstake.knowledge").joinpath("data/threshold_weights.toml")
    return {name: float(weight) for name, weight in tomllib.loads(source.read_text(encoding="utf-8")).items()}


@cache
def duration_patterns() -> dict[str, re.Pattern[str]]:
    """The cues of durations, compiled, by their names in threshold_cues.toml."""
    times = cue_data()["duration"]
    patterns = {name: re.compile(word_pattern(times[name])) for name in ("threshold_context", "bound_context")}
    for name in ("threshold_after", "quantity_after"):
        patterns[name] = re.compile(rf"[\s-](?:[\w-]+\s){{0,1}}{word_pattern(times[name])}")
    for name in ("threshold_before", "quantity_before"):
        patterns[name] = re.compile(word_pattern(times[name]) + r"(?:\s\w+)?\s?$")
    patterns["bound_before"] = re.compile(word_pattern(times["bound_before"]) + r"\s?$")
    patterns["dropped_before"] = re.compile(word_pattern(times["dropped_before"]) + r"\s?$")
    return patterns


def role_of(around: Surroundings, measure: MeasureMatch, sentence: tuple[int, int]) -> Role:
    """Label a measure.

    Args:
        around: the text the measure was found in.
        measure: the measure.
        sentence: character range of its sentence (or line).

    Returns:
        THRESHOLD, QUANTITY, or None for a duration that is no measure; and the probability of THRESHOLD.
    """
    if measure.kind == "duration":
        return _duration_role(around, measure, sentence)
    return judged(around, measure, sentence).role


def judged(around: Surroundings, measure: MeasureMatch, sentence: tuple[int, int]) -> Judged:
    """Label a measure and say what spoke for it; arguments as `role_of` takes them."""
    known = weights()
    features = features_of(around, measure, sentence)
    score = known["bias"] + sum(known.get(name, 0.0) * value for name, value in features.items())
    duration = measure.kind == "duration"
    label = THRESHOLD if score > 0 else QUANTITY
    role = _duration_role(around, measure, sentence) if duration else (label, _probability(score))
    return Judged(features, score, role, duration)


def _duration_role(around: Surroundings, measure: MeasureMatch, sentence: tuple[int, int]) -> Role:
    left = around.lower[max(sentence[0], measure.start - 200) : measure.start]
    right = around.lower[measure.end : min(sentence[1], measure.end + 200)]
    patterns, regulatory = duration_patterns(), around.regulatory
    rule = regulatory > 1.0 or bool(patterns["threshold_context"].search(left + " | " + right))
    if patterns["quantity_before"].search(left) or patterns["quantity_after"].match(right):
        return (THRESHOLD, 0.7) if rule and regulatory > 1.0 else (QUANTITY, 0.2)
    limit = patterns["threshold_after"].match(right[:_AFTER_REACH])
    if limit:
        return THRESHOLD, (0.9 if rule or measure.comparator in ("<=", ">=") else 0.7)
    sides = left if measure.comparator == "=" else left + " | " + right
    if patterns["bound_before"].search(left) and patterns["bound_context"].search(sides):
        return THRESHOLD, 0.75
    if measure.comparator == "=" and patterns["dropped_before"].search(left):
        return None, 0.0
    if rule and (measure.comparator in ("<=", ">=") or patterns["threshold_before"].search(left)):
        return THRESHOLD, 0.8
    return None, 0.0


def _probability(score: float) -> float:
    return round(1 / (1 + math.exp(-score)), 3)
