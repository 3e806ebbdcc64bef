"""Annotated documents as they are scored: only what counts, from the program's records or from JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from claimstake.errors import CorpusError
from claimstake.records import AnnotatedDocument

OPENING = re.compile(r"(?:[\"'“‘(\s]|(?:the|an?)\s)*", re.I)
CLOSERS = frozenset("\"'”’,.;:)")
POSSESSIVES = ("'s", "’s")
KEPT_ENDS = (".", ")")  # "Co." and "(II)" keep their ends


@dataclass(frozen=True)
class Mention:
    """A mention; `named` is false for nominal ones, which are not scored but may carry claims."""

    id: str
    label: str
    text: str
    start: int
    end: int
    canonical: str
    named: bool = True
    value: str | Mapping[str, Any] | None = None

    @property
    def length(self) -> int:
        return self.end - self.start

    @cached_property
    def core(self) -> tuple[int, int]:
        """The span without leading article or quote, and without trailing quote or possessive."""
        match = OPENING.match(self.text)
        head, tail = match.end() if match else 0, _closing(self.text)
        if head >= tail:
            return self.start, self.end
        if self.text.startswith(KEPT_ENDS, tail):
            tail = len(self.text)
        return self.start + head, self.start + tail

    def shared(self, other: Mention) -> int:
        """Characters that both cover; 0 or less where they do not overlap."""
        return min(self.end, other.end) - max(self.start, other.start)

    def overlaps(self, other: Mention) -> bool:
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True)
class Statement:
    """A claim: its ends are ids of mentions, in gold also canonical names."""

    id: str
    predicate: str
    subject: str
    object: str
    qualifiers: Mapping[str, Any]


@dataclass(frozen=True)
class Annotation:
    """The annotation of one document."""

    id: str
    sha256: str | None = None
    mentions: tuple[Mention, ...] = ()
    claims: tuple[Statement, ...] = ()

    @cached_property
    def named(self) -> list[Mention]:
        """The mentions that are scored."""
        return [m for m in self.mentions if m.named]

    @cached_property
    def by_id(self) -> dict[str, Mention]:
        return {m.id: m for m in self.mentions}


def read(record: AnnotatedDocument | Mapping[str, Any]) -> Annotation:
    """Take from a record what is scored.

    Args:
        record: the program's own, or one read from JSON, whose claims may name clusters by canonical name.

    Raises:
        CorpusError: a key is missing or has a value of the wrong kind; the message names document and place.
    """
    raw = record.to_json() if isinstance(record, AnnotatedDocument) else record
    try:
        id_, sha256 = raw["doc"]["id"], raw["doc"].get("sha256")
    except (KeyError, TypeError, AttributeError) as error:
        raise CorpusError("a record without doc.id; annotated documents have doc, entities and claims") from error
    parts: dict[str, list[Any]] = {}
    for name, make in (("entities", _mention), ("claims", _statement)):
        parts[name] = []
        for number, row in enumerate(raw.get(name, ())):
            try:
                parts[name].append(make(row))
            except (KeyError, TypeError) as error:
                raise CorpusError(f"{id_}: {name}[{number}] is incomplete: {error}") from error
    return Annotation(id_, sha256, tuple(parts["entities"]), tuple(parts["claims"]))


def _mention(row: Mapping[str, Any]) -> Mention:
    named = row.get("mention", "name") == "name"
    place = (row["id"], row["label"], row["text"], int(row["start"]), int(row["end"]))
    return Mention(*place, row["canonical"], named, row.get("value"))


def _statement(row: Mapping[str, Any]) -> Statement:
    return Statement(row.get("id", ""), row["predicate"], row["subject"], row["object"], row["qualifiers"])


def _closing(text: str) -> int:
    """Where the quotes, stops, spaces and possessives at the end of a text begin."""
    end = len(text)
    while end:
        if text[end - 1] in CLOSERS or text[end - 1].isspace():
            end -= 1
        elif text.endswith(POSSESSIVES, 0, end):
            end -= 2
        else:
            break
    return end
