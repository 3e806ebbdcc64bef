"""Names that annotators marked again and again and that no gazetteer has, as rows that a person can look at and use.

What is written is a configuration (`claimstake.extend`): entities, and the labels that the ontology lacks. It is used
only where somebody names it with --config.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from claimstake import ontology
from claimstake.interchange.naming import VALUED
from claimstake.knowledge import tables
from claimstake.knowledge.gazetteer import Gazetteer, packaged_rows
from claimstake.records import AnnotatedDocument, Entity

LEAST = 2  # times that a name was missed
SHOWN = 3  # documents named in a comment
SHORTEST = 3  # letters of a surface that may count wherever it stands
HEAD = """\
# Names that annotators marked and that claimstake did not find, in at least {least} places. Look through them, delete
# what is no name or what other texts mean something else by, and use the rest with --config {name}.
# Surfaces under "weak" are also ordinary words here: they count only where something supports them.
"""


@dataclass(frozen=True)
class Proposal:
    """A row that a person may add.

    Attributes:
        label, name: of the thing.
        aliases: other surfaces that are safe to match.
        weak: surfaces that stand in the documents unmarked, too, or are words of everyday language.
        missed: mentions that the program did not find.
        documents: ids of the documents they stand in.
        clash: label that the packaged gazetteers give this name; empty where they do not know it.
    """

    label: str
    name: str
    aliases: tuple[str, ...]
    weak: tuple[str, ...]
    missed: int
    documents: tuple[str, ...]
    clash: str = ""

    def row(self) -> dict[str, Any]:
        """As a row of a gazetteer; empty lists are left out."""
        row = {"id": f"own-{self.label.lower()}-{_slug(self.name)}", "label": self.label, "name": self.name}
        return row | {k: list(v) for k, v in (("aliases", self.aliases), ("weak", self.weak)) if v}

    def to_json(self) -> dict[str, Any]:
        """The row with what speaks for it."""
        return {**self.row(), "missed": self.missed, "documents": list(self.documents)}


def proposals(
    documents: Sequence[AnnotatedDocument], found: Mapping[str, AnnotatedDocument], least: int = LEAST
) -> list[Proposal]:
    """Names that were missed, the most frequent first.

    Args:
        documents: as annotators left them.
        found: what the program finds in them, by id.
        least: mentions that must have been missed.
    """
    gazetteer, surfaces = Gazetteer(packaged_rows()), _Surfaces(documents)
    missed: dict[tuple[str, str], list[tuple[Entity, str]]] = {}
    for document in documents:
        told = found.get(document.doc.id)
        for entity in _missed(document, told.entities if told else ()):
            missed.setdefault((entity.label, entity.canonical), []).append((entity, document.doc.id))
    out = []
    for (label, name), mentions in missed.items():
        rows = [row for e, _ in mentions for row in gazetteer.lookup(e.text)]
        if len(mentions) < least or any(row.label == label for row in rows):
            continue
        out.append(_proposal(label, name, mentions, surfaces, next((row.label for row in rows), "")))
    return sorted(out, key=lambda p: (-p.missed, p.label, p.name))


def of_foreign(foreign: Mapping[str, Counter[str]]) -> list[Proposal]:
    """Every surface that was marked with a label that models cannot learn, for nothing else finds them."""
    ordinary = tables.lines("ordinary_words.txt")
    out = []
    for label, surfaces in sorted(foreign.items()):
        for surface, count in surfaces.most_common():
            weak = (surface,) if len(surface) < SHORTEST or surface.lower() in ordinary else ()
            out.append(Proposal(label, surface, (), weak, count, ()))
    return out


def to_toml(found: Sequence[Proposal], *, name: str) -> str:
    """The proposals as a configuration, with what speaks for each as a comment; labels that the ontology lacks too.

    Args:
        name: of the file, for its first lines.
    """
    new = sorted({p.label for p in found} - set(ontology.default().labels))
    parts = [HEAD.format(least=LEAST, name=name), *(f"[[label]]\nname = {_quoted(label)}\n" for label in new)]
    seen: set[str] = set()
    for proposal in found:
        row = proposal.row()
        while row["id"] in seen:
            row["id"] += "-2"
        seen.add(row["id"])
        lines = [f"# {_said(proposal)}", "[[entity]]", *(f"{k} = {_quoted(v)}" for k, v in row.items())]
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def _missed(document: AnnotatedDocument, told: Sequence[Entity]) -> Iterable[Entity]:
    """Names with no mention of the same label on one of their characters."""
    for entity in document.entities:
        if entity.mention == "name" and entity.label not in VALUED:
            overlaps = (t for t in told if t.label == entity.label and t.start < entity.end and entity.start < t.end)
            if next(overlaps, None) is None:
                yield entity


class _Surfaces:
    """How often surfaces stand in documents, and how often they are marked."""

    def __init__(self, documents: Sequence[AnnotatedDocument]) -> None:
        self._documents = documents
        self._ordinary = tables.lines("ordinary_words.txt")

    def is_weak(self, surface: str, label: str) -> bool:
        """Whether a surface is also something else: in everyday language, or in these documents."""
        if len(surface) < SHORTEST or surface.lower() in self._ordinary:
            return True
        pattern = re.compile(rf"(?<!\w){re.escape(surface)}(?!\w)")
        marked = standing = 0
        for document in self._documents:
            places = [m.span() for m in pattern.finditer(document.doc.text or "")]
            standing += len(places)
            own = [(e.start, e.end) for e in document.entities if e.label == label]
            marked += sum(any(a <= start and end <= b for a, b in own) for start, end in places)
        return standing > marked


def _proposal(
    label: str, name: str, mentions: Sequence[tuple[Entity, str]], surfaces: _Surfaces, clash: str
) -> Proposal:
    texts = list(Counter(e.text for e, _ in mentions))
    weak = tuple(t for t in texts if surfaces.is_weak(t, label))
    aliases = tuple(t for t in texts if t not in weak and t != name)
    return Proposal(label, name, aliases, weak, len(mentions), tuple(dict.fromkeys(i for _, i in mentions)), clash)


def _said(proposal: Proposal) -> str:
    ids = ", ".join(proposal.documents[:SHOWN]) + (", …" if len(proposal.documents) > SHOWN else "")
    clash = f"; the gazetteers know it as {proposal.clash}" if proposal.clash else ""
    times = f"{proposal.missed} time{'s' if proposal.missed > 1 else ''}"
    return f"missed {times} in {_plain(ids)}{clash}" if ids else f"marked {times}"


def _plain(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or f"u{'-'.join(f'{ord(c):x}' for c in name[:8])}"


def _quoted(value: str | Sequence[str]) -> str:
    """As TOML, whose basic strings are JSON's but for one character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
