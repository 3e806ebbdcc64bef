"""What a correction has to be: each check names the field, what is wrong with it, and what would be right."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable
from typing import Any

from claimstake.errors import ConfigError
from claimstake.ontology import EVERY_CLAIM, Ontology, Predicate
from claimstake.records import EDTF_PATTERN, AnnotatedDocument, Entity, Qualifiers, Time

EDTF = re.compile(EDTF_PATTERN)
DATE = re.compile(r"(?:[0-9X]{4})(?:-([0-9X]{2})(?:-([0-9X]{2}))?)?")
LONGEST = 300  # characters of a qualifier
QUANTITIES = ("rate", "share", "amount", "supersedes")  # text of an amount
NAMES = ("target", "attribution")  # canonical names
SHOWN = 12  # of what would be right, in a message


def predicate(name: str, ontology: Ontology) -> Predicate:
    """The predicate of that name.

    Raises:
        ConfigError: there is none.
    """
    found = ontology.predicates.get(name)
    if found is None:
        raise ConfigError(f"predicate: {name!r} is none of the ontology; it is one of {listed(ontology.predicates)}")
    return found


def label(name: str, field: str, ontology: Ontology) -> None:
    """See that a label is known.

    Raises:
        ConfigError: it is not.
    """
    if name not in ontology.labels:
        raise ConfigError(f"{field}.label: {name!r} is none of the ontology; it is one of {listed(ontology.labels)}")


def signature(wanted: Predicate, subject: Entity, object_: Entity) -> None:
    """See that the ends fit the predicate.

    Raises:
        ConfigError: one of them does not, or they are the same mention.
    """
    for field, end, takes in (("subject", subject, wanted.subject), ("object", object_, wanted.object)):
        if end.label not in takes:
            told = f"{field}: {end.text!r} is {_a(end.label)}, and the {field} of {wanted.name} is {_a(*sorted(takes))}"
            raise ConfigError(f"{told}; choose another mention or another predicate")
    if (subject.label, subject.canonical) == (object_.label, object_.canonical):
        raise ConfigError(f"object: it is {object_.canonical!r}, as the subject is; choose another mention")


def qualifiers(said: Qualifiers, wanted: Predicate, record: AnnotatedDocument) -> Qualifiers:
    """The qualifiers as they are kept: empty ones left out, names as the document's things are called.

    Raises:
        ConfigError: the predicate does not take one of them, or a value is none.
    """
    plain: dict[str, Any] = {}
    takes = (*EVERY_CLAIM, *wanted.qualifiers)
    for name, value in said:
        kept = value.strip() if isinstance(value, str) else value
        if kept is None or kept in ("", []):
            continue
        if name not in takes:
            raise ConfigError(f"qualifiers.{name}: {wanted.name} has none; it takes {', '.join(takes)}")
        plain[name] = _value(name, kept, record)
    return Qualifiers(**plain)


def listed(names: Iterable[str]) -> str:
    """Names for a message, the first few of many."""
    found = list(names)
    more = f" and {len(found) - SHOWN} more (claimstake ontology)" if len(found) > SHOWN + 8 else ""
    return ", ".join(found[:SHOWN] if more else found) + more


def _value(name: str, value: Any, record: AnnotatedDocument) -> Any:
    if name == "time":
        return [_time(one, number) for number, one in enumerate(value)]
    if len(value) > LONGEST:
        raise ConfigError(f"qualifiers.{name}: has {len(value):,} characters; {LONGEST} are the most")
    if name in QUANTITIES and not any(c.isdigit() for c in value):
        raise ConfigError(f"qualifiers.{name}: {value!r} holds no number; write it as the text does, such as '25%'")
    return _canonical(value, record) if name in NAMES else value


def _time(one: Time, number: int) -> Time:
    field = f"qualifiers.time[{number}].value"
    if not EDTF.fullmatch(one.value) or not all(_is_date(part) for part in one.value.split("/")):
        right = "2025, 2025-07, 2025-07-15, XXXX-07-15, or an interval such as 2025-07/2025-09"
        raise ConfigError(f"{field}: {one.value!r} is no EDTF date; write {right}")
    return one


def _is_date(part: str) -> bool:
    """Whether its month and day exist; an open end of an interval is none."""
    found = DATE.match(part)
    if found is None:
        return part == ""
    month, day = found.groups()
    if month is None or "X" in month:
        return True
    if not 1 <= int(month) <= 12:
        return False
    year = part[:4]
    longest = calendar.monthrange(int(year), int(month))[1] if "X" not in year and int(year) else 31
    return day is None or "X" in day or 1 <= int(day) <= longest


def _canonical(name: str, record: AnnotatedDocument) -> str:
    """What the document calls a thing: somebody may write its name as the text does."""
    if any(entity.canonical == name for entity in record.entities):
        return name
    same = (e.canonical for e in record.entities if e.text.casefold() == name.casefold())
    return next(same, name)


def _a(*labels: str) -> str:
    return labels[0] if len(labels) == 1 else f"{', '.join(labels[:-1])} or {labels[-1]}"
