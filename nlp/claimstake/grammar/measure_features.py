"""What speaks for a limit or for a report around a measure, as named numbers that a weighted sum decides on.

The words are knowledge/data/threshold_cues.toml; a feature's name is "cue:tariff", "unit:percent", "comparator:<=",
"wording:legal bound", "layout:heading" or "regulatory".
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from claimstake.grammar.cue_words import CueIndex, Hit
from claimstake.grammar.measure_setting import Setting, setting_of
from claimstake.grammar.measures import MeasureMatch
from claimstake.knowledge.units import MONEY, units

THRESHOLD = "THRESHOLD"
_CLAUSE = re.compile(r"(?<!\w)(?:while|whereas|but|although|though|which|because|after|before)(?!\w)|[;:]")
_SENTENCE_PART = re.compile(r"[,;:]\s|(?<!\w)(?:that|which|while|and|but|as)\s")
_PAST = re.compile(r"[a-z]{2,}[^e\W]ed")
_PARAGRAPH = re.compile(r"\n[ \t\r]*\n\s*")
_PAUSE = re.compile(r",\s|\d")
_OTHER_CLAUSE, _AFTER_PAUSE, _BEHIND_PAUSE, _LEAD = 0.4, 0.75, 0.5, 0.8  # what a cue counts from there
_LEFT, _RIGHT = 180, 120  # characters of the sentence that are looked at
_CONTEXT, _CARRIED = 240, 0.35  # reach into the sentence before, and what its cues count
_WEIGHTY = 1.5  # starting weight of a group that can decide alone
_NEAR, _DECIDES = 40, 3.0  # reach of a word beside the measure; starting weight of one that decides alone
_JOINT = re.compile(
    r"(?:\s(?:of|at|to|by|a|an|the|is|was|are|were|be|from|on|for|in|with|some|another|its))*\s?[\"“(]?"
)
_FALL = 0.5  # closeness at the end of a cue's reach is 1 - _FALL
_BOUND = frozenset({"<", "<=", ">", ">="})
_TECHNICAL = frozenset({"physical", "small length", "small mass", "trace"})


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a group of cue words reaches to either side, in characters."""

    before: int
    after: int


@dataclass(frozen=True, slots=True)
class FeatureTable:
    """threshold_cues.toml, compiled.

    Attributes:
        index: all cue words.
        reach: by group.
        wordings: words of the measure's own span.
        classes, symbols: unit class by dimension and by symbol.
        other: class of every other unit.
        regulatory: words of legal texts.
        per_mille, most: how those count.
        start: the weight every feature's fit starts from.
        tenses: verb forms by kind.
        carried: groups that speak for the sentence after theirs too.
    """

    index: CueIndex
    reach: Mapping[str, Reach]
    wordings: tuple[tuple[str, re.Pattern[str]], ...]
    classes: Mapping[str, str]
    symbols: Mapping[str, str]
    other: str
    regulatory: CueIndex
    per_mille: float
    most: float
    start: Mapping[str, float]
    tenses: Mapping[str, frozenset[str]]
    carried: frozenset[str]


@cache
def cue_data() -> dict[str, Any]:
    """threshold_cues.toml as it stands."""
    source = files("claimstake.knowledge").joinpath("data/threshold_cues.toml")
    return tomllib.loads(source.read_text(encoding="utf-8"))


@cache
def feature_table() -> FeatureTable:
    """The table that comes with the package, read once."""
    data = cue_data()
    rows = data["cue"]
    return FeatureTable(
        index=CueIndex({row["name"]: row["words"] for row in rows}),
        reach={row["name"]: Reach(row.get("before", 0), row.get("after", 0)) for row in rows},
        wordings=tuple((row["name"], re.compile(word_pattern(row["words"]))) for row in data["wording"]),
        classes=data["unit_class"]["dimension"],
        symbols=data["unit_class"]["symbol"],
        other=data["unit_class"]["other"],
        regulatory=CueIndex({"regulatory": data["regulatory"]["words"]}),
        per_mille=data["regulatory"]["per_mille"],
        most=data["regulatory"]["most"],
        start=_start(data),
        tenses={kind: frozenset(data["tense"][kind]) for kind in ("past", "ruled", "modal", "be")},
        carried=frozenset(row["name"] for row in rows if row.get("carried")),
    )


def _start(data: dict[str, Any]) -> dict[str, float]:
    start = {"regulatory": 1.0}
    start |= {f"unit:{name}": weight for name, weight in data["prior"].items()}
    start |= {f"comparator:{sign}": weight for sign, weight in data["comparator"].items()}
    start |= {f"wording:{row['name']}": row["weight"] for row in data["wording"]}
    start |= {f"layout:{name}": weight for name, weight in data["layout"].items()}
    start |= {f"tense:{name}": weight for name, weight in data["tense"]["start"].items()}
    start |= {f"precision:{name}": weight for name, weight in data["precision"]["start"].items()}
    signed = {row["name"]: row["weight"] if row["says"] == THRESHOLD else -row["weight"] for row in data["cue"]}
    return start | {f"cue:{name}": weight for name, weight in signed.items()}


def word_pattern(words: list[str]) -> str:
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
    table = feature_table()
    if not text:
        return 0.0
    per_mille = 1000 * table.regulatory.count(text.lower()) / max(len(text), 500)
    return min(table.most, table.per_mille * per_mille)


def unit_class(symbol: str) -> str:
    """The class of a unit: "percent", "money rate", "small length", "physical" ... (see threshold_cues.toml)."""
    table = feature_table()
    if symbol in table.symbols:
        return table.symbols[symbol]
    above, _, below = symbol.partition("/")
    unit = units().get(above)
    dimension = unit.dimension if unit else MONEY if len(above) == 3 and above.isupper() else ""
    if not below:
        return table.symbols.get(above) or table.classes.get(dimension, table.other)
    if dimension == MONEY:
        return "money rate"
    under = units().get(below)
    per_time = under is not None and under.dimension == "duration"
    return "mass rate" if dimension in ("mass", "volume", "energy") and per_time else table.other


class Surroundings:
    """A text with the cue words in it, found once for each paragraph that is asked about.

    Args:
        text: the text that measures were found in.
        regulatory: `regulatory_weight` of it, or of the document that it is from.
    """

    def __init__(self, text: str, regulatory: float) -> None:
        self.text = text
        self.regulatory = regulatory
        lower = text.lower()  # "İ" becomes two characters
        self.lower = lower if len(lower) == len(text) else "".join(c.lower()[0] for c in text)
        self._breaks = [0, *(m.end() for m in _PARAGRAPH.finditer(text)), len(text) + 1]
        self._hits: dict[int, list[Hit]] = {}
        self._starts: dict[int, list[int]] = {}

    def hits(self, start: int, end: int, near: int) -> list[Hit]:
        """The cues that lie within a range, in the paragraph that holds the offset `near`."""
        paragraph = bisect_right(self._breaks, near) - 1
        if paragraph not in self._hits:
            first, stop = self._breaks[paragraph], self._breaks[paragraph + 1]
            found = feature_table().index.find(self.lower[first:stop])
            self._hits[paragraph] = [Hit(h.start + first, h.end + first, h.group) for h in found]
            self._starts[paragraph] = [hit.start for hit in self._hits[paragraph]]
        hits, starts = self._hits[paragraph], self._starts[paragraph]
        return [hit for hit in hits[bisect_left(starts, start) : bisect_left(starts, end)] if hit.end <= end]


def features_of(around: Surroundings, measure: MeasureMatch, sentence: tuple[int, int]) -> dict[str, float]:
    """Describe a measure's surroundings.

    Args:
        around: the text the measure was found in.
        measure: the measure.
        sentence: character range of its sentence (or line).

    Returns:
        Feature name -> number, mostly in [0, 1]; a feature that is absent is 0.
    """
    table = feature_table()
    kind, wording = unit_class(measure.unit), around.lower[measure.start : measure.end]
    found = {"regulatory": around.regulatory, f"unit:{kind}": 1.0, f"comparator:{measure.comparator}": 1.0}
    found |= {f"wording:{name}": 1.0 for name, pattern in table.wordings if pattern.search(wording)}
    setting = setting_of(around.text, measure.start, measure.end)
    found |= _layout(setting, measure, kind, around.regulatory)
    found |= {f"precision:{precision(measure)}": 1.0}
    left = max(sentence[0], measure.start - _LEFT), measure.start
    right = measure.end, min(sentence[1], measure.end + _RIGHT)
    tense = tense_of(around.lower[slice(*left)])
    found |= {f"tense:{tense}": 1.0} if tense else {}
    scores: dict[str, float] = {}
    windows = (_left_scores(around, *left), _right_scores(around, *right), _lead_scores(setting.lead))
    for hit_scores in (*windows, _carried_scores(around, sentence[0], measure.start)):
        for name, score in hit_scores.items():
            scores[name] = max(scores.get(name, 0.0), score)
    found |= {f"cue:{name}": score for name, score in scores.items()}
    return found | _beside(around, left, right) | _absences(scores, setting)


def precision(measure: MeasureMatch) -> str:
    """How precise a value is: "whole" (100%), "round" (one significant digit, or a five behind it), "even" or "odd".

    "25%", "1,000 t" and "7.5%" are round; "odd" has three significant digits or more.
    """
    if measure.unit == "%" and measure.value == 100:
        return "whole"
    value = measure.value[0] if isinstance(measure.value, tuple) else measure.value
    digits = f"{abs(value):.6g}".replace(".", "").strip("0")
    if len(digits) <= 1 or (len(digits) == 2 and digits[1] == "5"):
        return "round"
    return "odd" if len(digits) > 2 and digits[-1] != "5" else "even"


def tense_of(left: str) -> str:
    """How the nearest verb of a lower-case clause is formed: "past", "passive", "modal" or "" (unknown)."""
    words = feature_table().tenses
    clause = _SENTENCE_PART.split(left)[-1].split()
    for index in range(len(clause) - 1, max(-1, len(clause) - 12), -1):
        word = clause[index].strip("\"'“”‘’().")
        before = clause[index - 1] if index else ""
        if word in words["modal"]:
            return "modal"
        if word in words["past"] or (_PAST.fullmatch(word) and word not in words["ruled"]):
            return "passive" if before in words["be"] and word not in words["be"] else "past"
    return ""


def _layout(setting: Setting, measure: MeasureMatch, kind: str, regulatory: float) -> dict[str, float]:
    bound, technical = measure.comparator in _BOUND, kind in _TECHNICAL
    facts = {
        "item": setting.item,
        "legal": setting.legal,
        "heading": setting.heading,
        "heading percent": setting.heading and kind == "percent",
        "technical bound": bound and technical,
        "exact technical": technical and measure.comparator == "=",
        "exact": measure.comparator == "=",
    }
    found = {f"layout:{name}": 1.0 for name, fact in facts.items() if fact}
    return found | ({"layout:legal bound": regulatory} if bound and regulatory else {})


def _left_scores(around: Surroundings, start: int, end: int) -> dict[str, float]:
    table = feature_table()
    left = around.lower[start:end]
    clause = max((m.end() for m in _CLAUSE.finditer(left)), default=0) + start
    pause = max((m.end() for m in _PAUSE.finditer(left)), default=0) + start
    best: dict[str, float] = {}
    for hit in around.hits(start, end, end):
        reach, away = table.reach[hit.group].before, end - hit.end
        if reach and away <= reach:
            score = 1 - _FALL * away / reach
            score *= _OTHER_CLAUSE if hit.end < clause else _AFTER_PAUSE if hit.end < pause else 1
            best[hit.group] = max(best.get(hit.group, 0.0), score)
    return best


def _right_scores(around: Surroundings, start: int, end: int) -> dict[str, float]:
    table = feature_table()
    clause, pause = (pattern.search(around.lower, start, end) for pattern in (_CLAUSE, _PAUSE))
    best: dict[str, float] = {}
    for hit in around.hits(start, end, start):
        reach, away = table.reach[hit.group].after, hit.start - start
        if reach and away <= reach:
            score = 1 - _FALL * away / reach
            score *= _beyond(hit, clause, _OTHER_CLAUSE) * _beyond(hit, pause, _BEHIND_PAUSE)
            best[hit.group] = max(best.get(hit.group, 0.0), score)
    return best


def _beyond(hit: Hit, mark: re.Match[str] | None, factor: float) -> float:
    return factor if mark and hit.start > mark.start() else 1.0


@lru_cache(maxsize=64)
def _lead_scores(lead: str) -> dict[str, float]:
    """The cues of a list's lead: one lead serves all items of its list."""
    return {hit.group: _LEAD for hit in feature_table().index.find(lead.lower())} if lead else {}


def _carried_scores(around: Surroundings, sentence: int, start: int) -> dict[str, float]:
    """What the sentence before says of quotas, caps and duties; the rest of it concerns another measure."""
    first = max(0, sentence - _CONTEXT)
    first = max(first, around.text.rfind("\n", first, sentence) + 1)
    kept = feature_table().carried
    return {hit.group: _CARRIED for hit in around.hits(first, sentence, start) if hit.group in kept}


def _beside(around: Surroundings, left: tuple[int, int], right: tuple[int, int]) -> dict[str, float]:
    """The word that the measure hangs on: "limited to $5 million", "fell by 5%", "a 25% duty"."""
    table = feature_table()
    start, end = max(left[0], left[1] - _NEAR), left[1]
    near = [hit.group for hit in around.hits(start, end, end) if _JOINT.fullmatch(around.lower, hit.end, end)]
    near += [hit.group for hit in around.hits(*right, right[0]) if hit.start <= right[0] + 1]
    found: dict[str, float] = {}
    for group in near:
        weight = table.start[f"cue:{group}"]
        name = "layout:limit beside" if weight > 0 else "layout:report beside"
        found[name] = max(found.get(name, 0.0), min(1.0, abs(weight) / _DECIDES))
    return found


def _absences(scores: Mapping[str, float], setting: Setting) -> dict[str, float]:
    """Features for a measure that nothing beside it explains."""
    start = feature_table().start
    limits = any(start[f"cue:{name}"] > _WEIGHTY for name in scores)
    reports = any(start[f"cue:{name}"] < -_WEIGHTY for name in scores)
    facts = {"no limit cue": not limits and not setting.item, "no report cue": not reports}
    return {f"layout:{name}": 1.0 for name, fact in facts.items() if fact}
