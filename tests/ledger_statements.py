"""Statements in short, for tests of the ledger."""

from __future__ import annotations

from itertools import count
from typing import Any

from claimstake.ledger.model import Document, Statement, Thing
from claimstake.ledger.values import amount

CHINA, MOFCOM = Thing("China", "PLACE", "china"), Thing("Ministry of Commerce (China)", "MINISTRY", None)
USA = Thing("United States", "PLACE", "united-states")
_NUMBERS = count(1)


def mineral(name: str) -> Thing:
    return Thing(name, "MINERAL", name.replace(" ", "-"))


def technology(name: str, kb_id: str | None = None) -> Thing:
    return Thing(name, "TECHNOLOGY", kb_id)


def document(key: str, published: str | None = None, **fields: Any) -> Document:
    return Document(key, key, published=published, **fields)


def say(
    source: Document, subject: Thing, predicate: str, object_: Thing, status: str | None = "in_force", **fields: Any
) -> Statement:
    """A claim; times are given by their kind: `effective="2025-07-15"`."""
    kinds = ("announced", "effective", "deadline", "expires", "event")
    times = tuple((kind, fields.pop(kind)) for kind in kinds if kind in fields)
    number = next(_NUMBERS)
    fields.setdefault("evidence", f"Sentence {number}.")
    return Statement(source, f"c{number}", predicate, subject, object_, status, times=times, **fields)


def limit(source: Document, subject: Thing, text: str, status: str = "in_force", **fields: Any) -> Statement:
    return say(source, subject, "has_threshold", Thing(text, "THRESHOLD"), status, value=amount(text), **fields)
