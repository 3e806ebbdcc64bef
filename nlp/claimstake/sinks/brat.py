"""brat standoff: per document a .txt with the text as it is and a .ann with the annotations; settings per folder.

T are mentions, R claims, A the qualifiers with fixed values (status, polarity, certainty, measure), N knowledge base
ids, and # notes hold the rest: values, other qualifiers, evidence, confidence. A mention that runs over a line end is a
brat fragment list, because brat keeps one line per annotation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, get_args, get_type_hints

from claimstake import ontology as ontology_module
from claimstake.ontology import Ontology
from claimstake.records import AnnotatedDocument, Claim, Entity, Qualifiers
from claimstake.sinks.wording import qualifier_items, value_text

ATTRIBUTES = {"status": "Status", "polarity": "Polarity", "certainty": "Certainty", "measure": "Measure"}
KNOWLEDGE_BASE = "claimstake"
LINE = re.compile(r"[^\n\r\v\f\t\x1c-\x1e\x85\u2028\u2029]+")  # what stands between breaks that would end a brat line
UNSAFE = re.compile(r"[^\w.\-]+")
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
        self._names: set[str] = set()
        for name, text in settings(ontology or ontology_module.default()).items():
            _write(self.folder / name, text)

    def write(self, document: AnnotatedDocument) -> Path:
        """Write one document; returns the path of its .ann file.

        Raises:
            ValueError: the record does not carry its text.
        """
        ann = standoff(document)
        stem = self._stem(document.doc.id)
        _write(self.folder / f"{stem}.txt", document.doc.text or "")
        _write(self.folder / f"{stem}.ann", ann)
        return self.folder / f"{stem}.ann"

    def _stem(self, name: str) -> str:
        plain = UNSAFE.sub("_", name).strip("._")[:NAME_CHARS] or "document"
        stem, number = plain, 1
        while stem.casefold() in self._names:
            number += 1
            stem = f"{plain}-{number}"
        self._names.add(stem.casefold())
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


def _choices(qualifier: str) -> tuple[str, ...]:
    hint = get_type_hints(Qualifiers)[qualifier]
    return next(get_args(option) for option in get_args(hint) if getattr(option, "__origin__", None) is Literal)


def _lines(document: AnnotatedDocument) -> Iterator[str]:
    text = document.doc.text
    if text is None:
        raise ValueError(f"{document.doc.id}: brat needs the text; assemble the record with text=True")
    marks: dict[str, str] = {}
    notes: list[tuple[str, str]] = []
    references = 0
    for entity in document.entities:
        fragments = [(m.start(), m.end()) for m in LINE.finditer(text, entity.start, entity.end)]
        if not fragments:
            continue
        mark = marks[entity.id] = f"T{len(marks) + 1}"
        places = ";".join(f"{start} {end}" for start, end in fragments)
        yield f"{mark}\t{entity.label} {places}\t{' '.join(text[start:end] for start, end in fragments)}"
        if entity.kb_id:
            references += 1
            yield f"N{references}\tReference {mark} {KNOWLEDGE_BASE}:{entity.kb_id}\t{_one_line(entity.canonical)}"
        notes.append((mark, _entity_note(entity, len(fragments))))
    attributes = relations = 0
    for claim in document.claims:
        if claim.subject not in marks or claim.object not in marks:
            continue
        relations += 1
        yield f"R{relations}\t{claim.predicate} Arg1:{marks[claim.subject]} Arg2:{marks[claim.object]}"
        for key, name in ATTRIBUTES.items():
            if value := getattr(claim.qualifiers, key):
                attributes += 1
                yield f"A{attributes}\t{name} R{relations} {value}"
        notes.append((f"R{relations}", _claim_note(claim, text)))
    for number, (mark, note) in enumerate(notes, 1):
        yield f"#{number}\tAnnotatorNotes {mark}\t{note}"


def _entity_note(entity: Entity, fragments: int) -> str:
    facts = [f"canonical: {entity.canonical}", f"value: {value_text(entity.value)}" if entity.value else ""]
    facts.append("nominal mention" if entity.mention == "nominal" else "")
    facts.append("one mention over a line end" if fragments > 1 else "")
    return _one_line("; ".join(fact for fact in facts if fact))


def _claim_note(claim: Claim, text: str) -> str:
    facts = [f"claim: {claim.id}"]
    facts += [f"{name}: {value}" for name, value in qualifier_items(claim.qualifiers) if name not in ATTRIBUTES]
    facts += [] if claim.confidence is None else [f"confidence: {claim.confidence}"]
    start, end = claim.evidence.start, claim.evidence.end
    facts.append(f"evidence {start}-{end}: {text[start:end]}")
    return _one_line("; ".join(facts))


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _write(path: Path, text: str) -> None:
    """As it is: no line end is translated, or the offsets would no longer fit."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        stream.write(text)
