"""Notes of brat annotations: what brat has no place for, in words that a person can read and correct, and back.

A note is a list of facts, "; " between them: `canonical: China; value: ≤ 60 %; nominal mention`. What words would not
bring back as it was (two blanks in a row, a number of many digits) stands behind them as `json: {...}`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, get_args

from pydantic import TypeAdapter, ValidationError

from claimstake.records import Claim, Entity, Measure, Qualifiers, Time
from claimstake.sinks.wording import SIGNS, qualifier_items, value_text

ATTRIBUTES = {"status": "Status", "polarity": "Polarity", "certainty": "Certainty", "measure": "Measure"}
NOMINAL = "nominal mention"
FRAGMENTS = "one mention over a line end"
TIMES = get_args(Time.model_fields["kind"].annotation)
FREE = tuple(name for name in Qualifiers.model_fields if name not in ATTRIBUTES and name != "time")
OF_MENTIONS = ("canonical", "value", "extractor", "confidence")
OF_CLAIMS = ("claim", *FREE, *TIMES, "extractor", "confidence")
EVIDENCE = re.compile(r"(?:^|; )evidence ([0-9]{1,9})-([0-9]{1,9})(?:: |$)")
EXACT = re.compile(r"(?:^|; )json: (?=\{)")
NUMBER = r"-?[\d,]+(?:\.\d+)?(?:e[-+]?\d+)?"
VALUE = re.compile(rf"([≤≥<>≈] )?({NUMBER})(?:–({NUMBER}))?(?: (.+))?")
VALUES: TypeAdapter[Measure | str] = TypeAdapter(Measure | str)

Facts = dict[str, Any]


def of_mention(entity: Entity, fragments: int, exact: Mapping[str, Any]) -> str:
    """The note of a mention.

    Args:
        fragments: pieces that it is cut into.
        exact: fields that the mention's own line does not say as they are.
    """
    facts = [f"canonical: {entity.canonical}", f"value: {value_text(entity.value)}" if entity.value else ""]
    facts.append(f"extractor: {entity.extractor}" if entity.extractor else "")
    facts.append("" if entity.confidence is None else f"confidence: {entity.confidence}")
    facts.append(NOMINAL if entity.mention == "nominal" else "")
    facts.append(FRAGMENTS if fragments > 1 else "")
    wanted = entity.model_dump(mode="json", exclude_none=True, include={*OF_MENTIONS, "mention"})
    return _note(facts, read_mention, {"mention": "name", **wanted}, exact)


def of_claim(claim: Claim, text: str, exact: Mapping[str, Any]) -> str:
    """The note of a claim; `text` is the document's, `exact` as in `of_mention`."""
    facts = [f"claim: {claim.id}", f"extractor: {claim.extractor}" if claim.extractor else ""]
    facts += [f"{name}: {value}" for name, value in qualifier_items(claim.qualifiers) if name not in ATTRIBUTES]
    facts += [] if claim.confidence is None else [f"confidence: {claim.confidence}"]
    start, end = claim.evidence.start, claim.evidence.end
    facts.append(f"evidence {start}-{end}: {text[start:end]}")
    wanted = claim.model_dump(mode="json", exclude_none=True, include={"id", "confidence", "extractor"})
    wanted |= {"evidence": [start, end]}
    wanted |= claim.qualifiers.model_dump(mode="json", exclude_none=True, exclude=set(ATTRIBUTES))
    return _note(facts, read_claim, wanted, exact)


def _note(facts: list[str], read: Any, wanted: Facts, exact: Mapping[str, Any]) -> str:
    words = one_line("; ".join(fact for fact in facts if fact))
    said = read(words)
    hidden = {**exact, **{key: wanted.get(key) for key in {*said, *wanted} if said.get(key) != wanted.get(key)}}
    note = words if not hidden else f"{words}; json: {json.dumps(hidden, sort_keys=True)}"
    if read(note) == {**_without_nothing(wanted), **exact}:
        return note
    return f"json: {json.dumps({**wanted, **exact}, sort_keys=True)}"


def read_mention(note: str) -> Facts:
    """Facts of a mention's note: fields of records.Entity as plain JSON values; `mention` is always there.

    Under "rest" stands what is no fact of ours.
    """
    words, exact = _exact(note)
    found, rest = _facts(words, OF_MENTIONS, (NOMINAL, FRAGMENTS))
    facts: Facts = {"mention": "nominal" if NOMINAL in rest else "name"}
    for key, value in found:
        facts[key] = _number(value) if key == "confidence" else _value(value) if key == "value" else value
    return _with_rest({**facts, **exact}, [fact for fact in rest if fact not in (NOMINAL, FRAGMENTS)])


def read_claim(note: str) -> Facts:
    """Facts of a claim's note: `id`, `confidence`, `extractor`, `evidence` (start, end), free qualifiers by name."""
    words, exact = _exact(note)
    facts: Facts = {}
    if evidence := EVIDENCE.search(words):
        facts["evidence"] = [int(evidence[1]), int(evidence[2])]
        words = words[: evidence.start()]
    found, rest = _facts(words, OF_CLAIMS, ())
    for key, value in found:
        if key in TIMES:
            facts.setdefault("time", []).append({"kind": key, "value": value})
        else:
            facts["id" if key == "claim" else key] = _number(value) if key == "confidence" else value
    return _with_rest({**facts, **exact}, rest)


def _with_rest(facts: Facts, rest: list[str]) -> Facts:
    kept = _without_nothing(facts)
    return {**kept, "rest": "; ".join(rest)} if rest else kept


def _without_nothing(facts: Facts) -> Facts:
    return {key: value for key, value in facts.items() if value is not None}


def _exact(note: str) -> tuple[str, Facts]:
    for match in EXACT.finditer(note):
        try:
            found = json.loads(note[match.end() :])
        except (ValueError, RecursionError):
            continue
        return note[: match.start()], found
    return note, {}


def _facts(words: str, keys: tuple[str, ...], flags: tuple[str, ...]) -> tuple[list[tuple[str, str]], list[str]]:
    """Pairs of key and value, and the other facts; a value may hold "; " as long as no key follows."""
    starts = re.compile(rf"(?:^|; )(?=(?:{'|'.join(keys)}): |(?:{'|'.join(flags) or '$^'})(?:; |$))")
    cuts = [match.end() for match in starts.finditer(words)]
    pieces = [words[a:b].removesuffix("; ") for a, b in zip([0, *cuts], [*cuts, len(words)], strict=True) if a < b]
    pairs, rest = [], []
    for piece in pieces:
        key, found, value = piece.partition(": ")
        if found and key in keys:
            pairs.append((key, value))
        elif piece:
            rest.append(piece)
    return pairs, rest


def _value(shown: str) -> Any:
    """The inverse of `wording.value_text` as far as there is one: a measure's values as JSON, a date as it is."""
    match = VALUE.fullmatch(shown)
    if match is None or (match[1] is None and not match[4]):
        return shown
    sign = next(comparator for comparator, words in SIGNS.items() if words == (match[1] or ""))
    low, high = (_number(match[2].replace(",", "")), match[3] and _number(match[3].replace(",", "")))
    measure = {"comparator": sign, "value": low, "unit": match[4] or ""}
    if high is not None:
        measure |= {"comparator": "..", "value": [low, high]}
    try:
        return VALUES.dump_python(VALUES.validate_python(measure), mode="json")
    except ValidationError:
        return shown


def _number(shown: str) -> float | None:
    try:
        return float(shown)
    except ValueError:
        return None


def one_line(text: str) -> str:
    """White space of every kind as one blank: an annotation is one line."""
    return " ".join(text.split())
