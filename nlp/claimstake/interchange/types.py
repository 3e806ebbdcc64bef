"""Span types and relation types of an ontology, and the closed qualifiers that the name of a relation type carries.

A relation type is called by its predicate, with every closed qualifier that is not the usual one in front of it:
"proposed restricts_export_of", "hedged lifted ban restricts_export_of".
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from claimstake.errors import ConfigError
from claimstake.interchange.drawing import EVIDENCE, NOMINAL, SAME_AS
from claimstake.ontology import Ontology, Predicate
from claimstake.records import Qualifiers

CLOSED = ("certainty", "polarity", "status", "measure")  # in the order of the words
USUAL = {"certainty": "asserted", "polarity": "affirmed", "status": "in_force", "measure": "restriction"}
BY_PREDICATE = ("status", "measure")  # only where the predicate takes them; the others where they are not usual
LONGEST = 100  # characters of a type's name in doccano
KEYS = "abcdefghijklmnopqrstuvwxyz0123456789"
PREFIXES = ("ctrl shift", "ctrl", "shift")
NOMINAL_COLOUR, EVIDENCE_COLOUR, SAME_AS_COLOUR = "#a1887f", "#90a4ae", "#757575"


def _values(name: str) -> tuple[str, ...]:
    """What a closed qualifier may be, as the schema of records says."""
    literal, _ = get_args(Qualifiers.model_fields[name].annotation)
    return get_args(literal)


CLOSED_VALUES = {name: _values(name) for name in CLOSED}
WORDS = {value: name for name in CLOSED for value in CLOSED_VALUES[name]}


@dataclass(frozen=True)
class ShownType:
    """A span type or relation type as doccano takes it.

    Attributes:
        name: at most 100 characters, unique among its kind.
        background, text: colours, "#rrggbb"; the text is readable on the background.
        key: one of a-z and 0-9; None where all are taken. A key belongs to one type of its kind.
        prefix: "ctrl", "shift", "ctrl shift" or None; the page of doccano 1.8.4 does not listen to it, so types that
            differ in it alone would share a key there.
    """

    name: str
    background: str
    text: str
    key: str | None = None
    prefix: str | None = None


def span_types(ontology: Ontology) -> tuple[ShownType, ...]:
    """The labels in the ontology's order, then `NOMINAL` and `EVIDENCE`.

    Raises:
        ConfigError: a label is called like one of these two, or its name is too long for doccano.
    """
    labels = ontology.labels.values()
    _checked([*(label.name for label in labels), NOMINAL, EVIDENCE], "label")
    rows = [(label.name, label.colour, label.key) for label in labels]
    own = (NOMINAL, NOMINAL_COLOUR, None), (EVIDENCE, EVIDENCE_COLOUR, None)
    nominal, evidence, *shown = _shown([*own, *rows])  # their keys stay the same whatever labels a user adds
    return (*shown, nominal, evidence)


def relation_types(ontology: Ontology, used: Iterable[str] = ()) -> tuple[ShownType, ...]:
    """Every predicate plain, `same_as`, every predicate with one word that is not the usual one in front, then those of
    `used` that are left. Annotators choose among types, they cannot make any.

    Args:
        ontology: its predicates.
        used: names of types that arcs have, see `encode`; what is no such name is left out.

    Raises:
        ConfigError: a predicate is called `same_as`, has the name of a qualifier's value or too long a name.
    """
    _checked([*ontology.predicates, SAME_AS], "predicate")
    colours = {name: _hue(i) for i, name in enumerate(ontology.predicates)}
    rows = [(name, colours[name], row.key) for name, row in ontology.predicates.items()]
    names = [n for row in ontology.predicates.values() for n in _one_word(row)]
    for name in used:
        found, problems = decode(name, ontology)
        if found is not None and not problems and found.name not in (*ontology.predicates, *names):
            names.append(found.name)
    same_as, *plain = _shown([(SAME_AS, SAME_AS_COLOUR, None), *rows])
    others = [ShownType(n, c := colours[n.split(" ")[-1]], readable(c)) for n in names]
    return (*plain, same_as, *others)


def _one_word(predicate: Predicate) -> list[str]:
    takes = [q for q in ("status", *CLOSED) if q not in BY_PREDICATE or q in predicate.qualifiers]
    words = [value for q in dict.fromkeys(takes) for value in CLOSED_VALUES[q] if value != USUAL[q]]
    return [f"{word} {predicate.name}" for word in words]


def _checked(names: Sequence[str], kind: str) -> None:
    """Refuse names that doccano or the words in front of a predicate cannot do with."""
    room = LONGEST if kind == "label" else LONGEST - len("hedged negated suspended restriction ")
    for name in names:
        if len(name) > room:
            raise ConfigError(f"{kind} {name!r}: doccano takes names of up to {room} characters; shorten it")
        if names.count(name) > 1 or (kind == "predicate" and (name in WORDS or re.search(r"\s", name))):
            raise ConfigError(f"{kind} {name!r}: the name means something else in doccano projects; rename it")


@dataclass(frozen=True)
class Named:
    """What the name of a relation type says.

    Attributes:
        predicate: of the ontology, or `same_as`.
        qualifiers: closed ones, filled up with the usual values that the predicate takes.
        name: the same in the usual order of words.
    """

    predicate: str
    qualifiers: dict[str, str]
    name: str


def encode(predicate: str, qualifiers: Qualifiers, ontology: Ontology | None = None) -> str:
    """The name of the relation type for a claim with this predicate and these closed qualifiers; with an ontology, only
    those that the predicate takes."""
    takes = CLOSED if ontology is None else _taken(ontology, predicate)
    return _name(predicate, {name: getattr(qualifiers, name) for name in CLOSED if name in takes})


def _name(predicate: str, found: dict[str, Any]) -> str:
    words = [found[name] for name in CLOSED if found.get(name) not in (None, USUAL[name])]
    return " ".join([*words, predicate])


def decode(name: str, ontology: Ontology) -> tuple[Named | None, list[str]]:
    """Read the name of a relation type; its words may stand in any order, large or small.

    Returns:
        What it says, None where it names no predicate; and what is wrong with it, one clause each: an unknown word, two
        values of one qualifier, a qualifier that the predicate does not take.
    """
    known = {p.lower(): p for p in (*ontology.predicates, SAME_AS)}
    predicates, found, problems = [], {}, []
    for word in name.split():
        low = word.lower()
        if low in known:
            predicates.append(known[low])
        elif WORDS.get(low) is None:
            problems.append(f"unknown word {word!r}")
        elif found.setdefault(WORDS[low], low) != low:
            problems.append(f"{found[WORDS[low]]!r} and {low!r} are both a {WORDS[low]}")
    if len(predicates) != 1:
        return None, [*problems, "it names two predicates" if predicates else "it names no predicate"]
    takes = _taken(ontology, predicates[0])
    for qualifier in [q for q in found if q not in takes]:
        problems.append(f"{predicates[0]} takes no {qualifier} ({found.pop(qualifier)!r})")
    filled = {q: found.get(q, USUAL[q]) for q in CLOSED if q in takes}
    kept = {q: v for q, v in filled.items() if q in BY_PREDICATE or v != USUAL[q]}
    return Named(predicates[0], kept, _name(predicates[0], filled)), problems


def _taken(ontology: Ontology, predicate: str) -> Collection[str]:
    if predicate == SAME_AS:
        return set()
    return {"certainty", "polarity", *(q for q in BY_PREDICATE if q in ontology.predicates[predicate].qualifiers)}


def _shown(rows: Sequence[tuple[str, str, str | None]]) -> tuple[ShownType, ...]:
    """Types with their own keys, else with the first free letter of their names, else with any free key."""
    own = {name: _own_key(name, key) for name, _, key in rows if key}
    taken = {pair[1] for pair in own.values()}
    shown = []
    for i, (name, colour, _) in enumerate(rows):
        prefix, key = own.get(name) or (None, _free(name, taken))
        taken.add(key or "")
        background = colour if re.fullmatch(r"#[0-9a-fA-F]{6}", colour) else _hue(i)
        shown.append(ShownType(name, background, readable(background), key, prefix))
    for name, pair in own.items():
        if twice := [n for n, other in own.items() if n != name and other[1] == pair[1]]:
            raise ConfigError(f"{name} and {twice[0]} have the same key {pair[1]!r}: change one of them")
    return tuple(shown)


def _own_key(name: str, key: str) -> tuple[str | None, str]:
    prefix, _, letter = str(key).lower().rpartition(" ")
    if letter not in KEYS or len(letter) != 1 or prefix not in ("", *PREFIXES):
        raise ConfigError(f"{name}: key {key!r} is not a letter or digit, or one after ctrl, shift or ctrl shift")
    return prefix or None, letter


def _free(name: str, taken: set[str]) -> str | None:
    return next((k for k in (*name.lower(), *KEYS) if k in KEYS and k not in taken), None)


def _hue(number: int) -> str:
    """The colour of the n-th predicate: of middle lightness, as an arc is a thin line on white or black, and far from
    its neighbours' (steps of the golden angle)."""
    hue = (number * 137.508) % 360 / 60
    low, high = 0.25, 0.8
    x = low + (high - low) * (1 - abs(hue % 2 - 1))
    red, green, blue = [
        (high, x, low), (x, high, low), (low, high, x), (low, x, high), (x, low, high), (high, low, x),
    ][int(hue)]  # fmt: skip
    return "#" + "".join(f"{round(255 * part):02x}" for part in (red, green, blue))


def readable(background: str) -> str:
    """Black or white, whichever has the greater contrast (WCAG 2) on "#rrggbb"."""
    parts = [int(background[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#000000" if luminance > 0.179 else "#ffffff"
