"""brat standoff: per document a .txt with the text as it is and a .ann with the annotations; settings per folder.

T are mentions, R claims, A the qualifiers with fixed values (status, polarity, certainty, measure), N knowledge base
ids, and # notes hold the rest: values, other qualifiers, evidence, confidence (see `brat_notes`). A mention that runs
over a line end is a brat fragment list, because brat keeps one line per annotation. What is said of a document as a
whole (its id, title, body and so on) stands in documents.jsonl beside them, a line a document, which brat passes over.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_type_hints

from claimstake import ontology as ontology_module
from claimstake.ontology import Ontology
from claimstake.records import AnnotatedDocument, Entity, Qualifiers
from claimstake.sinks import brat_notes
from claimstake.sinks.brat_notes import ATTRIBUTES, one_line

DOCUMENTS = "documents.jsonl"
KNOWLEDGE_BASE = "claimstake"
LINE = re.compile(r"[^\n\r\v\f\t\x1c-\x1e\x85\u2028\u2029]+")  # what stands between breaks that would end a brat line
UNSAFE = re.compile(r"[^\w.\-]+")
UNTYPED = re.compile(r"[^\w\-]+")  # what brat takes in no name of a type
NAME_CHARS = 120  # of a file name


def standoff(document: AnnotatedDocument) -> str:
    """The .ann file of a document whose record carries its text."""
    return "".join(f"{line}\n" for line in _lines(document))


class Brat:
    """Writes documents into a folder that brat can open; no two share a file name.

    Args:
        folder: made where it does not exist.
        ontology: labels and predicates for annotation.conf; None takes the packaged one.
    """

    def __init__(self, folder: str | Path, *, ontology: Ontology | None = None) -> None:
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._names = FileNames()
        for name, text in settings(ontology or ontology_module.default()).items():
            _write(self.folder / name, text)

    def write(self, document: AnnotatedDocument) -> Path:
        """Write one document; returns the path of its .ann file.

        Raises:
            ValueError: the record does not carry its text, or half a surrogate pair is in it.
        """
        ann = standoff(document).encode("utf-8")
        text = (document.doc.text or "").encode("utf-8")
        stem = self._names.of(document.doc.id)
        (self.folder / f"{stem}.txt").write_bytes(text)
        (self.folder / f"{stem}.ann").write_bytes(ann)
        with (self.folder / DOCUMENTS).open("a", encoding="utf-8") as stream:
            stream.write(json.dumps({"file": stem, **_about(document)}) + "\n")
        return self.folder / f"{stem}.ann"


class FileNames:
    """Names of files after ids of documents; no two are the same, not even where large and small letters are one."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def of(self, id_: str) -> str:
        """A name, without a suffix, that is safe on every system."""
        plain = UNSAFE.sub("_", id_).strip("._")[:NAME_CHARS] or "document"
        stem, number = plain, 1
        while stem.casefold() in self._taken:
            number += 1
            stem = f"{plain}-{number}"
        self._taken.add(stem.casefold())
        return stem


def settings(ontology: Ontology) -> dict[str, str]:
    """annotation.conf and visual.conf of a folder, by file name."""
    labels = list(ontology.labels)
    entities = "\n".join(labels)
    relations = "\n".join(
        f"{p.name}\tArg1:{'|'.join(sorted(p.subject))}, Arg2:{'|'.join(sorted(p.object))}"
        for p in ontology.predicates.values()
        if p.subject and p.object
    )
    values = {name: "|".join(_choices(key)) for key, name in ATTRIBUTES.items()}
    attributes = "\n".join(f"{name}\tArg:<RELATION>, Value:{choices}" for name, choices in values.items())
    overlap = "<OVERLAP>\tArg1:<ENTITY>, Arg2:<ENTITY>, <OVL-TYPE>:<ANY>"
    colours = "\n".join(f"{label.name}\tbgColor:{label.colour}" for label in ontology.labels.values())
    annotation = (
        f"[entities]\n{entities}\n\n[relations]\n{overlap}\n{relations}\n\n[events]\n\n[attributes]\n{attributes}\n"
    )
    visual = f"[labels]\n\n[drawing]\nSPAN_DEFAULT\tfgColor:black, borderColor:darken\n{colours}\n"
    return {"annotation.conf": annotation, "visual.conf": visual}


def _about(document: AnnotatedDocument) -> dict[str, Any]:
    """What is said of a document as a whole."""
    plain = document.to_json()
    return {"doc": {k: v for k, v in plain["doc"].items() if k != "text"}, "pipeline": plain.get("pipeline")}


def _choices(qualifier: str) -> tuple[str, ...]:
    hint = get_type_hints(Qualifiers)[qualifier]
    return next(get_args(option) for option in get_args(hint) if getattr(option, "__origin__", None) is Literal)


def _lines(document: AnnotatedDocument) -> Iterator[str]:
    text = document.doc.text
    if text is None:
        raise ValueError(f"{document.doc.id}: brat needs the text; assemble the record with text=True")
    marks: dict[str, str] = {}
    notes: dict[str, str] = {}
    references = 0
    for entity in document.entities:
        pieces = fragments(text, entity)
        if not pieces:
            continue
        mark = marks[entity.id] = f"T{len(marks) + 1}"
        places = ";".join(f"{start} {end}" for start, end in pieces)
        yield f"{mark}\t{_type(entity.label)} {places}\t{' '.join(text[start:end] for start, end in pieces)}"
        if entity.kb_id:
            references += 1
            known = f"{KNOWLEDGE_BASE}:{one_line(entity.kb_id)}"
            yield f"N{references}\tReference {mark} {known}\t{one_line(entity.canonical)}"
        notes[mark] = brat_notes.of_mention(entity, len(pieces), _unsaid(entity, pieces))
    attributes = relations = 0
    for claim in document.claims:
        if claim.subject not in marks or claim.object not in marks:
            continue
        relations += 1
        yield f"R{relations}\t{_type(claim.predicate)} Arg1:{marks[claim.subject]} Arg2:{marks[claim.object]}"
        for key, name in ATTRIBUTES.items():
            if value := getattr(claim.qualifiers, key):
                attributes += 1
                yield f"A{attributes}\t{name} R{relations} {value}"
        unsaid = {} if _type(claim.predicate) == claim.predicate else {"predicate": claim.predicate}
        notes[f"R{relations}"] = brat_notes.of_claim(claim, text, unsaid)
    for number, (mark, note) in enumerate(notes.items(), 1):
        yield f"#{number}\tAnnotatorNotes {mark}\t{note}"


def fragments(text: str, entity: Entity) -> list[tuple[int, int]]:
    """The pieces of a mention that stand on one line each; none where it is nothing but line ends."""
    return [(match.start(), match.end()) for match in LINE.finditer(text, entity.start, entity.end)]


def _type(name: str) -> str:
    return UNTYPED.sub("_", name) or "_"


def _unsaid(entity: Entity, pieces: list[tuple[int, int]]) -> dict[str, Any]:
    """What the lines of a mention do not say as it is."""
    said = {"label": _type(entity.label), "start": pieces[0][0], "end": pieces[-1][1]}
    said["kb_id"] = one_line(entity.kb_id) if entity.kb_id else None
    return {key: getattr(entity, key) for key, value in said.items() if getattr(entity, key) != value}


def _write(path: Path, text: str) -> None:
    """As it is: no line end is translated, or the offsets would no longer fit."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        stream.write(text)
