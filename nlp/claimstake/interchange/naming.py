"""Names and values of drawn mentions: from sheets, from what was pushed, from other mentions, else by default."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from claimstake.interchange import sheet
from claimstake.interchange.resolver import Resolver, default_name
from claimstake.ontology import Ontology
from claimstake.records import AnnotatedDocument, Entity, Measure

Kind = TypeVar("Kind", sheet.NameLine, sheet.ValueLine)

VALUED = ("DATE", "THRESHOLD", "QUANTITY")  # labels whose mentions have values
VALUE_FORMS = {"DATE": "2025-07-15", "THRESHOLD": ">= 97 %", "QUANTITY": "= 20000 t"}


@dataclass
class Mention:
    """A drawn mention on its way to an entity.

    Attributes:
        start, end: code points, without white space at the ends.
        label: None as long as it is a nominal whose thing is not known.
        spans: ids of the drawn spans that it stands for.
        before: the mention of the snapshot with the same bounds and label.
        machine_name, machine_value: those of the program's own sheet or the snapshot; its claim lines use them.
    """

    start: int
    end: int
    label: str | None
    text: str
    nominal: bool = False
    probability: float = 0.0
    spans: list[int] = field(default_factory=list)
    before: Entity | None = None
    canonical: str | None = None
    value: str | Measure | None = None
    kb_id: str | None = None
    machine_name: str | None = None
    machine_value: str | Measure | None = None

    @property
    def order(self) -> tuple[int, int, bool, str, str]:
        """As entities are numbered in the program's output."""
        return self.start, -self.end, self.nominal, self.label or "", self.canonical or ""


@dataclass(frozen=True)
class Said:
    """A line of a sheet; `machine` where the program wrote it, so that it may have become moot."""

    line: sheet.Line
    words: str
    machine: bool


class Namer:
    """Gives mentions their names and values, and tells what does not fit.

    Args:
        said: lines in the order in which they were written.
        problems: to add to.
        where: says the place of a mention for a problem.
    """

    def __init__(self, said: Sequence[Said], ontology: Ontology, resolver: Resolver, text: str, problems: list[str]):
        self.ontology, self.resolver, self.text, self.problems = ontology, resolver, text, problems
        self.names = [(s, s.line) for s in said if isinstance(s.line, sheet.NameLine)]
        self.values = [(s, s.line) for s in said if isinstance(s.line, sheet.ValueLine)]

    def name(self, mentions: Sequence[Mention]) -> None:
        """Set values and names of mentions by name, and those of nominals that a sheet tells."""
        self._values(mentions)
        by_sheet = self._by_line(mentions, self.names)
        machine = self._by_line(mentions, [n for n in self.names if n[0].machine], tell=False)
        named = [m for m in mentions if not m.nominal]
        for mention in named:
            line = by_sheet.get(id(mention))
            mention.canonical = line.canonical if line is not None else None
            if mention.canonical is None and mention.before is not None and self._same_value(mention):
                mention.canonical = mention.before.canonical
        known = _usual((m.text, m.label, m.canonical) for m in named if m.canonical and m.label not in VALUED)
        for mention in named:
            own = machine.get(id(mention))
            before = mention.before.canonical if mention.before is not None else None
            if mention.canonical is None:
                mention.canonical = known.get((mention.text, mention.label)) or self._default(mention)
            mention.machine_name = own.canonical if own is not None else before or self._plain(mention)
        for mention in mentions:
            line = by_sheet.get(id(mention))
            if mention.nominal and line is not None and line.label:
                mention.label, mention.canonical = line.label, line.canonical
                mention.machine_name = line.canonical

    def _same_value(self, mention: Mention) -> bool:
        """Whether the name of what was pushed still holds: a date is called by its value."""
        return mention.label != "DATE" or mention.before is None or mention.before.value == mention.value

    def _default(self, mention: Mention) -> str:
        known = self.resolver.mention(mention.start, mention.end, mention.label or "")
        if mention.label != "DATE" and known.canonical:
            mention.kb_id = known.kb_id
            return known.canonical
        return self._plain(mention)

    def _plain(self, mention: Mention) -> str:
        return default_name(mention.text, mention.label or "", mention.value, self.ontology)

    def _values(self, mentions: Sequence[Mention]) -> None:
        by_sheet = self._by_line(mentions, self.values)
        machine = self._by_line(mentions, [v for v in self.values if v[0].machine], tell=False)
        for mention in mentions:
            own = machine.get(id(mention))
            before = mention.before.value if mention.before is not None else None
            mention.machine_value = own.value if own is not None else before
            line = by_sheet.get(id(mention))
            if line is not None and (line.offset is not None or mention.label in VALUED):
                mention.value = self._fitting(mention, line)
            elif mention.before is not None:
                mention.value = mention.before.value
            elif mention.label in VALUED:
                self._read_value(mention)

    def _fitting(self, mention: Mention, line: sheet.ValueLine) -> str | Measure | None:
        value = line.value
        if value is not None and mention.label in VALUED and isinstance(value, str) != (mention.label == "DATE"):
            self._tell(mention, f"{sheet.value_text(value)!r} is no value of a {mention.label}", "value")
            return mention.before.value if mention.before is not None else None
        return value

    def _read_value(self, mention: Mention) -> None:
        value = self.resolver.mention(mention.start, mention.end, mention.label or "").value
        mention.value = value if isinstance(value, str) == (mention.label == "DATE") else None
        if mention.value is None:
            self._tell(mention, f"a {mention.label} without a value", "value")

    def _tell(self, mention: Mention, what: str, line: str) -> None:
        form = f"{line}: {sheet.quoted(mention.text)} = {VALUE_FORMS.get(mention.label or '', 'name')}"
        self.problems.append(f"{place(self.text, mention.start, mention.end)}: {what}; add a comment like {form!r}")

    def _by_line(
        self, mentions: Sequence[Mention], said: Sequence[tuple[Said, Kind]], *, tell: bool = True
    ) -> dict[int, Kind]:
        """The line that holds for each mention, by the mention's `id()`: one with an offset before one without, one
        with a label before one without, a later one before an earlier one."""
        found: dict[int, Kind] = {}
        places = _Places(mentions)
        for s, line in sorted(said, key=lambda row: (row[1].offset is not None, row[1].label is not None)):
            meant = places.meant(line, loosely=not s.machine)
            found.update((id(m), line) for m in meant)
            if not meant and tell and not s.machine:
                what = f"no mention {_surface(line)}; draw it, or mend the words"
                self.problems.append(f"comment line {s.words!r}: {what}")
        return found


class _Places:
    """Finds the mentions that a line of a sheet is about."""

    def __init__(self, mentions: Sequence[Mention]) -> None:
        self.at: dict[tuple[str, int], list[Mention]] = defaultdict(list)
        self.by_text: dict[str, list[Mention]] = defaultdict(list)
        self.loose: dict[str, list[Mention]] = defaultdict(list)
        for mention in mentions:
            self.at[mention.text, mention.start].append(mention)
            if not mention.nominal:
                self.by_text[mention.text].append(mention)
                self.loose[_loose(mention.text)].append(mention)

    def meant(self, line: sheet.NameLine | sheet.ValueLine, *, loosely: bool) -> list[Mention]:
        """Mentions of the line's words; `loosely` ignores case and blanks where no mention has them exactly so."""
        if line.offset is not None:
            there = self.at.get((line.surface, line.offset), [])
            nominals = [m for m in there if m.nominal]
            if nominals and line.label is not None and isinstance(line, sheet.NameLine):
                return nominals
            meant = [m for m in there if not m.nominal]
        else:
            meant = self.by_text.get(line.surface) or (self.loose.get(_loose(line.surface), []) if loosely else [])
        return [m for m in meant if line.label in (None, m.label)]


def _surface(line: sheet.NameLine | sheet.ValueLine) -> str:
    return f"{line.surface!r}" + (f" begins at character {line.offset}" if line.offset is not None else "")


def _loose(text: str) -> str:
    return " ".join(text.casefold().split())


def _usual(rows: Iterable[tuple[str, str | None, str]]) -> dict[tuple[str, str | None], str]:
    """The most frequent name of a surface and label."""
    counts: dict[tuple[str, str | None], Counter[str]] = defaultdict(Counter)
    for text, label, canonical in rows:
        counts[text, label][canonical] += 1
    return {key: names.most_common(1)[0][0] for key, names in counts.items()}


def place(text: str, start: int, end: int) -> str:
    """Where something stands, for a person: its words, the line and the characters."""
    words = " ".join(text[start:end].split())
    shown = words if len(words) <= 60 else f"{words[:40]} … {words[-15:]}"
    return f"{shown!r} (line {text.count(chr(10), 0, start) + 1}, characters {start}-{end})"


def by_place(document: AnnotatedDocument | None) -> Mapping[tuple[int, int, str, bool], Entity]:
    """Mentions of a snapshot by bounds, label and whether they are nominals."""
    if document is None:
        return {}
    return {(e.start, e.end, e.label, e.mention == "nominal"): e for e in reversed(document.entities)}
