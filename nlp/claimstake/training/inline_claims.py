"""The claims' part of the inline format, written: each line is read back before it is kept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby

from claimstake.records import EDTF_PATTERN, AnnotatedDocument, Claim, Entity, Qualifiers
from claimstake.training import inline
from claimstake.training.inline import RESTRICTS, WITH_STATUS

Lost = tuple[str, str]  # kind and thing
Cells = tuple[str, str, str, str, str]  # predicate, subject, object, qualifiers, evidence
FEWEST_WORDS = 4  # of a quotation, for people to find it
LINES_BACK = 4  # that evidence may be widened by, where its own words occur twice
NEEDED = {"status": (WITH_STATUS, "in_force"), "measure": (RESTRICTS, "restriction")}  # the format asks for them
BREAKING = re.compile(r"[;\n]| \| |^\s|\s$|^\||\|$")  # what a qualifier cannot hold
TIMES = re.compile("[a-z]+:{0}(,[a-z]+:{0})*".format(EDTF_PATTERN.strip("^$")))


def claim_lines(document: AnnotatedDocument, written: AnnotatedDocument) -> tuple[list[str], list[Lost]]:
    """The lines of a document's claims, and what they do not hold.

    Args:
        document: whose claims they are.
        written: the document as its text part, already written, is read back: its mentions are what claims can name.
    """
    lost: list[Lost] = []
    kept: dict[tuple[str, str, str], Cells] = {}
    for claim in document.claims:
        cells = _Row(document, written, claim, lost).cells()
        if cells is None:
            continue
        if cells[:3] in kept:
            lost.append(("claim twice", " | ".join(cells[:4])))
        else:
            kept[cells[:3]] = cells
    return [" | ".join(cells) for cells in _fanned(kept.values())], lost


def _fanned(rows: Iterable[Cells]) -> Iterator[Cells]:
    """Rows that follow each other and differ in their object alone, as one; then so of subjects."""
    for place in (2, 1):
        alike = groupby(rows, key=lambda cells, place=place: (*cells[:place], *cells[place + 1 :]))
        rows = [_joined([*group], place) for _, group in alike]
    yield from rows


def _joined(group: list[Cells], place: int) -> Cells:
    names = " + ".join(cells[place] for cells in group)
    first = list(group[0])
    return (*first[:place], names, *first[place + 1 :])  # type: ignore[return-value]


class _Row:
    """One claim on its way to a line."""

    def __init__(self, document: AnnotatedDocument, written: AnnotatedDocument, claim: Claim, lost: list[Lost]) -> None:
        self.claim, self.lost, self.text = claim, lost, written.doc.text or ""
        self.entities = written.entities
        self.ends = [self._entity(document, id_) for id_ in (claim.subject, claim.object)]
        self.names = [self._name(end) for end in self.ends]
        self.says = f"{claim.predicate} | {' | '.join(self.names)}"

    @staticmethod
    def _entity(document: AnnotatedDocument, id_: str) -> Entity:
        return next(e for e in document.entities if e.id == id_)

    def _name(self, end: Entity) -> str:
        """The name under which an end is written: what its mention is read back with, else its own."""
        same = (e for e in self.entities if _place(e) == _place(end))
        return next((e.canonical for e in same), end.canonical)

    def cells(self) -> Cells | None:
        """The claim's cells, after they were read back; None where that fails, which is noted."""
        quoted, noted = self._quoted()
        if quoted is None:
            self.lost.append(("claim: evidence cannot be quoted", self.says))
            return None
        qualifiers = self._qualifiers(noted)
        cells = (self.claim.predicate, *self.names, qualifiers, f'"{quoted}"')
        try:
            [found] = inline.claims_of(" | ".join(cells), self.text, self.entities)
        except ValueError as error:  # CorpusError is one; so is a name that stands for two
            self.lost.append(("claim", f"{self.says} ({error})"))
            return None
        self.lost += noted
        by_id = {e.id: e for e in self.entities}
        for own, id_ in zip(self.ends, (found.subject, found.object), strict=True):
            if _place(own) != _place(by_id[id_]):
                self.lost.append(("which mention a claim stands at", f"{self.says}: {own.text}"))
        return cells

    def _quoted(self) -> tuple[str | None, list[Lost]]:
        """The quotation of the evidence; a wider one, which is noted, where its own words occur twice."""
        evidence = self.claim.evidence
        for start, end in _wider(self.text, evidence.start, evidence.end):
            if (found := quotation(self.text, start, end)) is not None:
                same = (start, end) == (evidence.start, evidence.end)
                return found, [] if same else [("evidence, written wider", self.says)]
        return None, []

    def _qualifiers(self, noted: list[Lost]) -> str:
        """The cell of the qualifiers; what it cannot hold, or must say of itself, is noted."""
        found = _said(self.claim.qualifiers)
        for name, (predicates, usual) in NEEDED.items():
            if (name in found) != (self.claim.predicate in predicates):
                noted.append((f"qualifier {name}", f"{self.says}: {found.pop(name, 'none')}"))
                if self.claim.predicate in predicates:
                    found[name] = usual
        names = {e.canonical for e in self.entities}
        for name, value in list(found.items()):
            held = value and not BREAKING.search(value)
            if not held or (name == "target" and value not in names) or (name == "time" and not TIMES.fullmatch(value)):
                noted.append((f"qualifier {name}", f"{self.says}: {value}"))
                del found[name]
        return "; ".join(f"{name}={value}" for name, value in found.items()) or "-"


def _said(qualifiers: Qualifiers) -> dict[str, str]:
    """The qualifiers that are there, as the format has them."""
    found = {name: value for name, value in qualifiers if isinstance(value, str)}
    times = [f"{time.kind}:{time.value}" for time in qualifiers.time or ()]
    if times:
        found["time"] = ",".join(times)
    return found


def _place(entity: Entity) -> tuple[int, int, str]:
    return entity.start, entity.end, entity.label


def _wider(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """A span, the span without blanks around it, then from the start of its line, and of lines before."""
    yield start, end
    inner = text[start:end].strip()
    if not inner:
        return
    start = text.index(inner, start)
    end = start + len(inner)
    yield start, end
    for _ in range(LINES_BACK):
        if start == 0:
            return
        start = text.rfind("\n", 0, start - 1) + 1
        if not text.startswith("\n", start):
            yield start, end


def quotation(text: str, start: int, end: int) -> str | None:
    """How a span is quoted: by its first words, which occur once, and its last ones where no sentence ends there.

    Returns:
        None where no words of the span's first line and what follows on it occur once in the text.
    """
    if end <= start:
        return None
    sentence, last = inline.sentence_end(text, start) == end, _last_words(text, start, end)
    for first in _first_words(text, start):
        if sentence and start + len(first) <= end:
            quoted = first
        elif last:
            quoted = f"{first} ... {last}"
        else:
            continue
        if quoted.partition(" ... ")[0] == first and " | " not in quoted:
            return quoted
    return None


def _first_words(text: str, start: int) -> Iterator[str]:
    """Words at the start of a span that occur once in the text, those that people find easily first."""
    line = text[start:].partition("\n")[0]
    stops = [word.end() for word in re.finditer(r"\S+", line)]
    for stop in (*stops[FEWEST_WORDS - 1 :], *reversed(stops[: FEWEST_WORDS - 1])):
        if text.count(line[:stop]) == 1:
            yield line[:stop]


def _last_words(text: str, start: int, end: int) -> str | None:
    """The fewest words at the end of a span that occur nowhere before in it; None where they are not on one line."""
    begins = [start + word.start() for word in re.finditer(r"\S+", text[start:end])]
    words = (text[begin:end] for begin in reversed(begins))
    last = next((last for last in words if text.find(last, start) == end - len(last)), "\n")
    return None if "\n" in last else last
