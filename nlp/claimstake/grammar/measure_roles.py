"""Decides whether a measure is a limit that a rule sets or an amount that is reported.

A sum of weighted cues around the measure, in its sentence (knowledge/data/threshold_cues.toml). Durations are measures
only where a rule sets them ("within 60 days of signing", "a 90-day pause") or where they are told as a figure ("over a
period of five years"); any other is left out.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from claimstake.grammar.measures import MeasureMatch

THRESHOLD, QUANTITY = "THRESHOLD", "QUANTITY"
_CLAUSE = re.compile(r"(?<!\w)(?:while|whereas|but|although|though)(?!\w)|;")
_OTHER_CLAUSE = 0.4  # what a cue to the left of such a word still counts
_AFTER_REACH = 40  # characters in which a duration's own cue must begin


@dataclass(frozen=True, slots=True)
class Cue:
    """A group of cue words, see threshold_cues.toml."""

    name: str
    weight: float
    before: int
    after: int
    pattern: re.Pattern[str]

    def score(self, left: str, right: str) -> float:
        """Weight times closeness of the nearest word in either window; 0 where there is none."""
        best = 0.0
        if self.before:
            window = left[-self.before :]
            for found in self.pattern.finditer(window):
                closeness = 1 - 0.5 * (len(window) - found.end()) / self.before
                best = max(best, closeness * (_OTHER_CLAUSE if _CLAUSE.search(window, found.end()) else 1))
        if self.after:
            found_after = self.pattern.search(right[: self.after])
            if found_after:
                best = max(best, 1 - 0.5 * found_after.start() / self.after)
        return self.weight * best


@dataclass(frozen=True, slots=True)
class RoleTable:
    """The cues of threshold_cues.toml, compiled."""

    prior: Mapping[str, float]
    comparator: Mapping[str, float]
    wording: tuple[tuple[re.Pattern[str], float], ...]
    regulatory: re.Pattern[str]
    per_mille: float
    most: float
    cues: tuple[Cue, ...]
    duration: Mapping[str, re.Pattern[str]]


@cache
def cues() -> RoleTable:
    """The table that comes with the package, read once."""
    return _table(cue_data())


@cache
def cue_data() -> dict[str, Any]:
    """threshold_cues.toml as it stands."""
    source = files("claimstake.knowledge").joinpath("data/threshold_cues.toml")
    return tomllib.loads(source.read_text(encoding="utf-8"))


def _table(data: dict[str, Any]) -> RoleTable:
    groups = []
    for row in data["cue"]:
        sign = 1.0 if row["says"] == THRESHOLD else -1.0
        pattern = re.compile(word_pattern(row["words"]))
        groups.append(Cue(row["name"], sign * row["weight"], row.get("before", 0), row.get("after", 0), pattern))
    times = data["duration"]
    return RoleTable(
        prior=data["prior"],
        comparator=data["comparator"],
        wording=tuple((re.compile(word_pattern([w])), n) for w, n in data["wording"].items()),
        regulatory=re.compile(word_pattern(data["regulatory"]["words"])),
        per_mille=data["regulatory"]["per_mille"],
        most=data["regulatory"]["most"],
        cues=tuple(groups),
        duration={
            "threshold_after": re.compile(rf"[\s-](?:[\w-]+\s){{0,1}}{word_pattern(times['threshold_after'])}"),
            "quantity_after": re.compile(rf"[\s-](?:[\w-]+\s){{0,1}}{word_pattern(times['quantity_after'])}"),
            "threshold_before": re.compile(word_pattern(times["threshold_before"]) + r"(?:\s\w+)?\s?$"),
            "quantity_before": re.compile(word_pattern(times["quantity_before"]) + r"(?:\s\w+)?\s?$"),
            "dropped_before": re.compile(word_pattern(times["dropped_before"]) + r"\s?$"),
            "threshold_context": re.compile(word_pattern(times["threshold_context"])),
        },
    )


def word_pattern(words: Iterable[str]) -> str:
    """A pattern for any of the words, for lower-case text; a trailing * is any ending, a blank is any white space.

    Whether a word may begin is asked once for all, not once for each: that is most of the time a search takes.
    """
    within: list[str] = []
    anywhere: list[str] = []
    for word in sorted((w.lower() for w in words), key=len, reverse=True):
        stem = re.escape(word.rstrip("*")).replace(r"\ ", r"\s+")
        tail = r"\w*" if word.endswith("*") else (r"(?!\w)" if word[-1].isalnum() else "")
        (within if word[0].isalnum() else anywhere).append(stem + tail)
    groups = [rf"(?<!\w)(?:{'|'.join(within)})"] if within else []
    return "(?:" + "|".join([*groups, *anywhere]) + ")"


def regulatory_weight(text: str) -> float:
    """How much a text reads like a regulation: 0 to the table's `most`."""
    table = cues()
    if not text:
        return 0.0
    per_mille = 1000 * sum(1 for _ in table.regulatory.finditer(text.lower())) / max(len(text), 500)
    return min(table.most, table.per_mille * per_mille)


def role_of(text: str, measure: MeasureMatch, sentence: tuple[int, int], regulatory: float) -> tuple[str | None, float]:
    """Label a measure.

    Args:
        text: the text the measure was found in.
        measure: the measure.
        sentence: character range of its sentence (or line).
        regulatory: `regulatory_weight` of the text.

    Returns:
        THRESHOLD, QUANTITY, or None for a duration that is no measure; and the probability of THRESHOLD.
    """
    left = text[max(sentence[0], measure.start - 200) : measure.start].lower()
    right = text[measure.end : min(sentence[1], measure.end + 200)].lower()
    if measure.kind == "duration":
        return _duration_role(measure, left, right, regulatory)
    table = cues()
    score = table.prior[measure.kind] + table.comparator[measure.comparator] + regulatory
    wording = text[measure.start : measure.end].lower()
    score += sum(weight for pattern, weight in table.wording if pattern.search(wording))
    score += sum(cue.score(left, right) for cue in table.cues)
    return (THRESHOLD if score > 0 else QUANTITY), _probability(score)


def _duration_role(measure: MeasureMatch, left: str, right: str, regulatory: float) -> tuple[str | None, float]:
    patterns = cues().duration
    rule = regulatory > 1.0 or bool(patterns["threshold_context"].search(left + " | " + right))
    if patterns["quantity_before"].search(left) or patterns["quantity_after"].match(right):
        return (THRESHOLD, 0.7) if rule and regulatory > 1.0 else (QUANTITY, 0.2)
    limit = patterns["threshold_after"].match(right[:_AFTER_REACH])
    if limit:
        return THRESHOLD, (0.9 if rule or measure.comparator in ("<=", ">=") else 0.7)
    if measure.comparator == "=" and patterns["dropped_before"].search(left):
        return None, 0.0
    if rule and (measure.comparator in ("<=", ">=") or patterns["threshold_before"].search(left)):
        return THRESHOLD, 0.8
    return None, 0.0


def _probability(score: float) -> float:
    return round(1 / (1 + math.exp(-score)), 3)
