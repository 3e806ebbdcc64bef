"""What a measure measures, and under which condition, where the words beside it say so.

parameter: "≥97% [initial coulombic efficiency]", "[tap density] >1.2 g/cc", "with a [capacity] greater than 2 kWh",
"[tariffs] of up to 60%". condition: "at [0.1C]", "[per device or source]", "within 60 days [of contract signing]".
Both are character ranges of the text; the lexicon of heads is in knowledge/data/threshold_cues.toml.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from claimstake.grammar.measure_features import cue_data
from claimstake.grammar.measure_setting import setting_of
from claimstake.grammar.measures import MeasureMatch

_WORD = re.compile(r"[^\W\d_][\w'’/-]*")
_MODIFIERS = 2
_NEAR = 90  # characters to the left in which a head still names the measure
_LINK = re.compile(
    r"[\s\"”’)(:]*(?:(?:of|is|are|was|were|be|been|at|to|by|set|has|have|had|being|shall|must|not|may|should|currently|that|with"
    r"|conditions?|measured|rated|equal|having)\s+){0,4}$"
)
_NOUN_OF = re.compile(r"(?<![\w-])(?P<noun>(?:[a-z][a-z-]+\s)?[a-z][a-z-]{3,})\s+(?:of|:)\s+(?:a\s|an\s)?$")
_AT = re.compile(
    r"\s?(?:at|@)\s(?P<what>(?:a (?:rate|temperature|pressure|voltage) of )?[\d.,]{1,12}\s?[A-Za-z°/%µ][^\s,;:)]{0,8}"
    r"|room temperature)"
)
_PER = re.compile(r"\s(?P<what>per\s(?!cent)[a-z-]+(?:\s(?:or|and)\s[a-z-]+)?)")
_TIME_FROM = re.compile(
    r"\s(?P<what>(?:of|after|from|before|following|prior to)\s(?!(?:\d|experience|age\b))[^,;.()\n]{3,160})(?<!\s)"
)
_TIED = re.compile(r"[^.;\n,]{0,40}?\s(?P<what>(?:when|if|unless|provided that|where)\s[^.;\n]{3,140})(?<!\s)")
_OF = re.compile(r"\)?\sof\s(?:the\s|its\s|their\s|all\s|total\s)?")
_CONTAINING = re.compile(r"\bcontain(?:s|ing|ed)?\s(?:[^.;:]{0,160}\b(?:or|and)\s)?$", re.IGNORECASE)
_MATTER = re.compile(r" (?P<what>[a-z]{3,20})(?![\w-])")
_HALTED = re.compile(r"-(?:day|month|year|week|hour)s?\Z")
_SAME = re.compile(r"[^.;:\n]{0,48}?\b(?:from|to|than|of|and|or|versus|that vary from)\s|[^.;:\w]{0,3}")
_OF_WHAT = frozenset({"state", "depth", "degree", "rate", "level"})
_BETWEEN = re.compile(r"[.;!?]\s")


@dataclass(frozen=True, slots=True)
class Heads:
    """Lexicon of the quantities that texts name.

    Attributes:
        words: heads of one word, plurals too.
        stops: words that end the modifiers of a head.
        pauses: what a rule's duration is the length of ("90-day pause").
        acts: verb form -> the quantity or deed that it names.
    """

    words: frozenset[str]
    stops: frozenset[str]
    pauses: frozenset[str]
    acts: Mapping[str, str]


@cache
def heads() -> Heads:
    """The lexicon that comes with the package, plurals added."""
    data = cue_data()
    words = {form for head in data["parameters"]["heads"] for form in (head, _plural(head))}
    pauses = {word for word in data["duration"]["threshold_after"] if " " not in word}
    acts = {form: act for act, forms in data["parameters"]["acts"].items() for form in forms}
    return Heads(frozenset(words), frozenset(data["parameters"]["stops"]), frozenset(pauses), acts)


def _plural(word: str) -> str:
    if word.endswith("y") and word[-2] not in "aeiou":
        return word[:-1] + "ies"
    return word + ("es" if word.endswith(("s", "x")) else "s")


def parameter_of(text: str, measure: MeasureMatch, sentence: tuple[int, int], floor: int = 0) -> tuple[int, int] | None:
    """Where the text names the quantity that a measure gives.

    Args:
        text: the text the measure was found in.
        measure: the measure.
        sentence: character range of its sentence.
        floor: end of the measure before; a name left of it belongs to that one.

    Returns:
        A half-open character range, or None where nothing beside the measure names it.
    """
    begin = _window_start(text, max(sentence[0], floor), measure.start)
    window = text[begin : measure.start]
    found = _behind(text, measure, sentence)
    named = _named_before(window)
    tied = named is not None and bool(_LINK.match(window, named[1]))
    of_it = tied and measure.kind == "percent" and text.startswith(" of", measure.end)  # "a charge of 5% of capacity"
    if measure.kind == "duration" or (found and not of_it):
        return found
    if named is None:
        noun = _NOUN_OF.search(window)
        if noun and noun["noun"].split()[-1] not in heads().stops:
            named = _without_stops(noun["noun"], noun.start("noun"))
    return (begin + named[0], begin + named[1]) if named else None


def restates(text: str, before: MeasureMatch, measure: MeasureMatch) -> bool:
    """Whether a measure gives the one before it in other units: "60 feet (18 metres)", "30 GW/111 GWh"."""
    return before.end < measure.start and text[before.end : measure.start].strip() in ("(", "/")


def parameter_in_lead(text: str, measure: MeasureMatch) -> str | None:
    """The quantity that the lead of a list names for its items: "the following recycling efficiencies:"."""
    lead = setting_of(text, measure.start, measure.end).lead.rstrip(" :*")
    last = lead.rpartition(" ")[2]
    if measure.kind == "percent" and last in heads().acts:  # "shall be recovered:"
        return heads().acts[last]
    if measure.kind == "duration" or last not in heads().words:
        return None
    named = _named_before(lead + " ")
    if named is None or named[1] != len(lead):
        return None
    phrase = lead[slice(*named)]
    return phrase[:-3] + "y" if phrase.endswith("ies") else phrase.removesuffix("s")


def act_of(text: str, measure: MeasureMatch, sentence: tuple[int, int], floor: int = 0) -> str | None:
    """What a verb says that a measure limits: "shall decide within 45 days" the decision, "enriched to 5%" enrichment.

    Arguments as for `parameter_of`. For a time limit the nearest such verb counts, else only one beside the measure.
    """
    window = text[_window_start(text, max(sentence[0], floor), measure.start) : measure.start]
    for word in reversed(list(_WORD.finditer(window))):
        act = heads().acts.get(word[0].lower())
        if act and (measure.kind == "duration" or _LINK.match(window, word.end())):
            return act
    return None


def continues(text: str, before: MeasureMatch, measure: MeasureMatch) -> bool:
    """Whether a measure gives the same quantity as the one before it: "eased to 1.2 g/cc from 2.1 g/cc"."""
    same = before.unit.partition("/")[0] == measure.unit.partition("/")[0]
    return same and bool(_SAME.fullmatch(text[before.end : measure.start]))


def _window_start(text: str, first: int, start: int) -> int:
    """Where to look from: `_NEAR` characters back, at the start of a word."""
    begin = max(first, start - _NEAR)
    while first < begin < start and not text[begin - 1].isspace():
        begin += 1
    return begin


def _behind(text: str, measure: MeasureMatch, sentence: tuple[int, int]) -> tuple[int, int] | None:
    """A name right behind the measure: "97% coulombic efficiency", "3% of the area", "0.1% lead", "90-day halt"."""
    end = sentence[1]
    if measure.kind == "duration":
        halted = _HALTED.search(text, measure.start, measure.end)
        noun = _MATTER.match(text, measure.end, end) if halted else None
        return noun.span("what") if noun and noun["what"] in heads().pauses else None
    found = _named_after(text, measure.end, end)
    of = None if found else _OF.match(text, measure.end, end)
    if of:
        found = _named_after(text, of.end() - 1, end)
    left = text[max(sentence[0], measure.start - 200) : measure.start]
    if found is None and measure.kind == "percent" and _CONTAINING.search(left):
        matter = _MATTER.match(text, measure.end, end)
        return matter.span("what") if matter and matter["what"] not in heads().stops else None
    return found


def condition_of(text: str, measure: MeasureMatch, sentence: tuple[int, int]) -> tuple[int, int] | None:
    """Where the text says under which condition a measure holds; None where it does not.

    Args:
        text: the text the measure was found in.
        measure: the measure.
        sentence: character range of its sentence.
    """
    patterns = (_TIME_FROM, _TIED) if measure.kind == "duration" else (_AT, _PER, _TIED)
    for pattern in patterns:
        found = pattern.match(text, measure.end, sentence[1])
        if found:
            return found.span("what")
    return None


def _is_head(word: str) -> bool:
    return word.lower() in heads().words


def _named_after(text: str, start: int, end: int) -> tuple[int, int] | None:
    """A noun phrase with a known head right behind: " initial coulombic efficiency", "% tariffs"."""
    at, first, last = start, None, None
    for _ in range(_MODIFIERS + 2):
        gap = 1 if text[at : at + 1] in (" ", "\u00a0", "-") else 0
        word = _WORD.match(text, at + gap, end) if gap else None
        if not word or word[0].lower() in heads().stops:
            break
        first = word.start() if first is None else first
        if _is_head(word[0]):
            last = word.end()
        elif last is not None:
            break
        at = word.end()
    return (first, last) if first is not None and last is not None else None


def _named_before(window: str) -> tuple[int, int] | None:
    """The nearest noun phrase with a known head in a window that ends where the measure starts."""
    cut = [m.end() for m in _BETWEEN.finditer(window)]
    offset = cut[-1] if cut else 0
    words = list(_WORD.finditer(window, offset))
    for index in range(len(words) - 1, -1, -1):
        word = words[index]
        if not _is_head(word[0]) or not word[0][0].islower():
            continue
        direct = bool(_LINK.match(window, word.end()))
        if not direct and not _speaks_of(window[word.end() :]):
            continue
        start = _modifiers(window, words, index)
        if index > 1 and words[index - 1][0] == "of" and words[index - 2][0] in _OF_WHAT:  # "state of charge"
            start = words[index - 2].start()
        return start, word.end()
    return None


def _speaks_of(between: str) -> bool:
    """Whether a head farther left is still what the measure gives: no other clause or number comes between."""
    return not re.search(r"[\d,;:(]|\b(?:and|but|while|which|who)\b", between)


def _modifiers(window: str, words: list[re.Match[str]], index: int) -> int:
    """Start of the phrase that the head at `index` closes."""
    start = words[index].start()
    for step in range(1, _MODIFIERS + 1):
        if index - step < 0:
            break
        word = words[index - step]
        between = window[word.end() : start]
        if between not in (" ", "-", "\u00a0") or word[0].lower() in heads().stops or not word[0][0].islower():
            break
        start = word.start()
    return start


def _without_stops(phrase: str, at: int) -> tuple[int, int]:
    first, _, rest = phrase.partition(" ")
    return (at + len(first) + 1, at + len(phrase)) if rest and first in heads().stops else (at, at + len(phrase))
