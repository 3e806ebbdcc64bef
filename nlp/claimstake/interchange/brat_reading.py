"""A brat .ann file and its text into mentions and claims; what a record has no place for is counted.

What brat knows and a record does not: events, attributes and modifications other than the four closed qualifiers,
mentions with a gap (read as one that runs over the gap), notes of one's own, and relations that are not between two
mentions. An equivalence gives its mentions one canonical name.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

from pydantic import ValidationError

from claimstake.errors import CorpusError
from claimstake.interchange import files
from claimstake.interchange.contract import Losses
from claimstake.interchange.evidence import chosen
from claimstake.interchange.resolver import PlainResolver
from claimstake.records import EDTF_PATTERN, Claim, Entity, Qualifiers, Span
from claimstake.sinks import brat_notes
from claimstake.sinks.brat import KNOWLEDGE_BASE

TEXT_BOUND = re.compile(r"(T\S*)\t(\S+) (\d{1,9} \d{1,9}(?:;\d{1,9} \d{1,9})*)\t(.*)", re.DOTALL)
RELATION = re.compile(r"(R\S*)\t(\S+) (\S+):(\S+) (\S+):(\S+)\s*")
ATTRIBUTE = re.compile(r"([AM]\S*)\t(\S+) (\S+)(?: (.*\S))?\s*")
REFERENCE = re.compile(r"(N\S*)\t(\S+) (\S+) ([^\t]+)(?:\t(.*))?", re.DOTALL)
NOTE = re.compile(r"(#\S*)\t(\S+) (\S+)(?:\t(.*))?", re.DOTALL)
EVENT = re.compile(r"(E\S*)\t([^\s:]+):(\S+)(.*)")
EQUIVALENCE = re.compile(r"\*\t(\S+) (\S+(?: \S+)*)\s*")
FORMS = {"T": TEXT_BOUND, "R": RELATION, "A": ATTRIBUTE, "M": ATTRIBUTE, "N": REFERENCE, "#": NOTE, "E": EVENT}
CLOSED = {name: key for key, name in brat_notes.ATTRIBUTES.items()}
EDTF = re.compile(EDTF_PATTERN)


@dataclass
class Found:
    """What an .ann file says."""

    entities: list[Entity]
    claims: list[Claim]


@dataclass
class _Mention:
    start: int
    end: int
    label: str
    text: str
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def order(self) -> tuple[int, int]:
        return self.start, -self.end


def read(file: Path, text: str, document: str, losses: Losses) -> Found:
    """Read an .ann file.

    Args:
        text: of the document.
        document: its id, for what is counted.

    Raises:
        CorpusError: a line is no annotation, or does not fit the text; names file and line.
    """
    return _Reading(file, text, document, losses).found()


class _Reading:
    """One .ann file: its lines by kind, then what they say together."""

    def __init__(self, file: Path, text: str, document: str, losses: Losses) -> None:
        self.file, self.text, self.document, self.losses = file, text, document, losses
        self.resolver = PlainResolver(text)
        self.lines: defaultdict[str, list[tuple[int, tuple[str, ...]]]] = defaultdict(list)
        for number, line in enumerate(files.text(file).split("\n"), 1):
            if line.strip():
                self._sort(number, line.removesuffix("\r"))

    def _sort(self, number: int, line: str) -> None:
        form = EQUIVALENCE if line[0] == "*" else FORMS.get(line[0])
        match = form and form.fullmatch(line)
        if not match:
            raise CorpusError(f"{self.file}:{number}: is no brat annotation: {line[:80]!r}")
        self.lines["A" if line[0] == "M" else line[0]].append((number, match.groups()))

    def _lost(self, kind: str, thing: str) -> None:
        self.losses.add(kind, self.document, thing)

    def found(self) -> Found:
        """Mentions in the order of the text, and claims between them."""
        self.notes: defaultdict[str, list[str]] = defaultdict(list)
        for _, (_, _, target, note) in self.lines["#"]:
            self.notes[target].append(note or "")
        triggers = {trigger for _, (_, _, trigger, _) in self.lines["E"]}
        mentions = {
            groups[0]: self._mention(number, *groups) for number, groups in self.lines["T"] if groups[0] not in triggers
        }
        for _, (mark, type_, trigger, _) in self.lines["E"]:
            self._lost("event", f"{mark} {type_}")
            self._lost("event trigger", trigger)
        self._refer(mentions)
        self._name(mentions)
        ordered = sorted(mentions, key=lambda mark: mentions[mark].order)
        numbers = {mark: f"e{number}" for number, mark in enumerate(ordered, 1)}
        entities = [self._entity(numbers[mark], mentions[mark]) for mark in ordered]
        claims = self._claims(mentions, numbers)
        for target in self.notes.keys() - mentions.keys() - {groups[0] for _, groups in self.lines["R"]}:
            for note in self.notes[target]:
                self._lost("note", f"{target} {note}")
        return Found(entities, claims)

    def _mention(self, number: int, mark: str, label: str, places: str, shown: str) -> _Mention:
        pieces = sorted((int(a), int(b)) for a, b in (place.split(" ") for place in places.split(";")))
        if not all(start < end <= len(self.text) for start, end in pieces):
            raise CorpusError(
                f"{self.file}:{number}: {mark} is not within the text, which has {len(self.text)} characters"
            )
        said = " ".join(self.text[start:end] for start, end in pieces)
        if said.split() != shown.split():
            raise CorpusError(f"{self.file}:{number}: {mark} says {shown!r}, but the text has {said!r} there")
        for (_, end), (start, _) in zip(pieces, pieces[1:], strict=False):
            if self.text[end:start].strip():
                self._lost("gap in a mention", f"{mark} {self.text[end:start]}")
        facts = self._facts(mark, brat_notes.read_mention)
        start, end = facts.pop("start", pieces[0][0]), facts.pop("end", pieces[-1][1])
        return _Mention(start, end, facts.pop("label", label), self.text[start:end], facts)

    def _facts(self, mark: str, understand: Any) -> dict[str, Any]:
        """What the first note of an annotation says; other notes, and other words in it, are no facts."""
        first, *others = self.notes[mark] or [""]
        facts = understand(first)
        for rest in (facts.pop("rest", ""), *others):
            if rest:
                self._lost("note", f"{mark} {rest}")
        return facts

    def _refer(self, mentions: dict[str, _Mention]) -> None:
        for _, (_, _, target, id_, shown) in self.lines["N"]:
            mention = mentions.get(target)
            id_ = id_.removeprefix(f"{KNOWLEDGE_BASE}:")
            if mention is None or mention.facts.get("kb_id", id_) != id_:
                self._lost("reference", f"{target} {id_}")
                continue
            mention.facts["kb_id"] = id_
            if shown:
                mention.facts.setdefault("canonical", shown)

    def _name(self, mentions: dict[str, _Mention]) -> None:
        """A mention without a name has that of one it is equivalent to, or that reads the same; else its text."""
        for _, (_, marks) in self.lines["*"]:
            same = [mentions[mark] for mark in marks.split(" ") if mark in mentions]
            named = [m.facts["canonical"] for m in same if "canonical" in m.facts] or [m.text for m in same]
            for mention in same:
                mention.facts.setdefault("canonical", named[0])
        known = {(m.label, m.text): m.facts["canonical"] for m in mentions.values() if "canonical" in m.facts}
        for mention in mentions.values():
            mention.facts.setdefault("canonical", known.get((mention.label, mention.text), mention.text))

    def _entity(self, id_: str, found: _Mention) -> Entity:
        facts = found.facts
        if isinstance(value := facts.get("value"), str) and not EDTF.fullmatch(value):
            self._lost("value", f"{found.text}: {value}")
            del facts["value"]
        try:
            return Entity(id=id_, label=found.label, text=found.text, start=found.start, end=found.end, **facts)
        except (ValidationError, TypeError) as error:
            raise CorpusError(f"{self.file}: the note of {found.text!r} does not hold together: {facts}") from error

    def _claims(self, mentions: dict[str, _Mention], numbers: dict[str, str]) -> list[Claim]:
        closed: defaultdict[str, dict[str, str]] = defaultdict(dict)
        relations = {groups[0] for _, groups in self.lines["R"]}
        for _, (_, name, target, value) in self.lines["A"]:
            key = CLOSED.get(name, "")
            if target in relations and value in _choices(key) and key not in closed[target]:
                closed[target][key] = value
            else:
                self._lost(f"attribute {name}", f"{target} {value or ''}")
        claims = []
        for _, (mark, predicate, name, first, _, second) in self.lines["R"]:
            ends = (second, first) if name == "Arg2" else (first, second)
            if ends[0] in mentions and ends[1] in mentions:
                claims.append(self._claim(mark, predicate, ends, closed[mark], mentions, numbers, len(claims) + 1))
            else:
                self._lost("relation", f"{mark} {predicate} {first} {second}")
        return claims

    def _claim(
        self,
        mark: str,
        predicate: str,
        ends: tuple[str, str],
        closed: dict[str, str],
        mentions: dict[str, _Mention],
        numbers: dict[str, str],
        number: int,
    ) -> Claim:
        facts = self._facts(mark, brat_notes.read_claim)
        said = {"id": f"c{number}", "predicate": predicate}
        said |= {key: facts.pop(key) for key in ("id", "predicate", "confidence", "extractor") if key in facts}
        start, end = facts.pop("evidence", (0, 0))
        if not start < end <= len(self.text):
            places = [(mentions[one].start, mentions[one].end) for one in ends]
            start, end = chosen(places, (), self.resolver)
        evidence = Span(start=start, end=end, text=self.text[start:end])
        if bad := [time["value"] for time in facts.get("time", []) if not EDTF.fullmatch(time["value"])]:
            self._lost("qualifier time", f"{mark} {', '.join(bad)}")
            facts["time"] = [time for time in facts["time"] if time["value"] not in bad] or None
        try:
            qualifiers = Qualifiers(**facts, **closed)
            return Claim(
                **said, subject=numbers[ends[0]], object=numbers[ends[1]], qualifiers=qualifiers, evidence=evidence
            )
        except (ValidationError, TypeError) as error:
            raise CorpusError(f"{self.file}: the note of {mark} does not hold together: {facts}") from error


def _choices(qualifier: str) -> tuple[str, ...]:
    """The values of a closed qualifier; none of another name."""
    known = Qualifiers.model_fields.get(qualifier)
    return () if known is None else tuple(v for option in get_args(known.annotation) for v in get_args(option))
