"""doccano's JSON Lines for projects with relations: what its page exports, and what it takes in as "JSONL(Relation)".

A line is an example: text, entities, relations, and metadata at the top level. What we write has three keys of
metadata more than others: `document` (the id), `sheet` (names, values and free qualifiers, see `interchange.sheet`; the
import knows no comments) and `claimstake` (the packed record, which keeps what a layer cannot hold as long as nobody
changes it). Every line has the same keys, because doccano's import makes a number of a key that is lacking.

Offsets in such files are those of doccano's page, which counts UTF-16 units; see `interchange.offsets`. Read are also
`data` for `text`, and the spans of projects without relations: `label`, a list of [start, end, name].
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from claimstake import ontology as ontologies
from claimstake.errors import ConfigError, CorpusError
from claimstake.interchange import assembling, checking, difference, files, layer, offsets, snapshot
from claimstake.interchange.contract import Holds, Losses
from claimstake.interchange.drawing import EVIDENCE, NOMINAL, DrawnArc, DrawnSpan, Layer
from claimstake.interchange.snapshot import DOCUMENT, META, Snapshot, SnapshotError
from claimstake.interchange.types import decode
from claimstake.ontology import Label, Ontology, Predicate
from claimstake.records import AnnotatedDocument, Claim, DocumentInfo

SHEET = "sheet"
DATED = ("title", "published")  # metadata that an annotator may want to see
TEXTS = ("text", "data")
SPANS = ("entities", "label", "labels")
EXAMPLE = {"id", "Comments", "comments", "relations", *TEXTS, *SPANS}
OWN = {META, DOCUMENT, SHEET, *DATED}


class Doccano:
    """See `contract.Format`."""

    name = "doccano"
    says = 'doccano JSON Lines with relations ("JSONL(Relation)" in its import, JSONL in its export)'
    suffixes = (".jsonl.gz", ".json.gz", ".jsonl", ".json", ".zip")
    folder = False
    holds = Holds()

    def recognises(self, start: str) -> bool:
        """By the keys of the first line, or the names of files in an export."""
        if start.startswith(files.PACKED):
            return start.endswith(".jsonl")
        line = start.lstrip("[\n\r\t ").split("\n", 1)[0]
        spans = any(f'"{key}"' in line for key in SPANS)
        others = any(f'"{key}"' in line for key in ("schema_version", "from_name", "annotation_id"))
        return spans and any(f'"{key}"' in line for key in TEXTS) and not others

    def read(self, path: Path, losses: Losses) -> Iterator[AnnotatedDocument]:
        """See `contract.Format`; what does not fit together, as a label at a claim's wrong end, is a problem told."""
        found = False
        for file in map(_unpacked, files.listed(path, self.suffixes)):
            for where, row in files.json_rows(file, losses):
                found = True
                try:
                    yield _document(row, f"{file.name.split('.')[0]}-{where.rpartition(':')[2].strip()}", losses)
                except CorpusError as error:
                    losses.fail(where, str(error))
        if not found and not losses.failures:
            raise CorpusError(f"{path}: no examples in it")

    def write(self, documents: Iterable[AnnotatedDocument], path: Path, losses: Losses) -> int:
        """See `contract.Format`."""
        if path.suffix.lower() == ".zip":
            raise ConfigError(f"{path}: doccano takes no .zip in; name a .jsonl file")
        with files.appearing_text(path) as stream:
            return sum(
                files.tried(losses, document.doc.id, lambda document=document: stream.write(_line(document, losses)))
                for document in documents
            )


def _unpacked(path: Path) -> Path:
    """The file in an export of doccano's page, which is a .zip with a file an annotator.

    Raises:
        CorpusError: there are several, whose documents are the same.
    """
    if path.suffix.lower() != ".zip":
        return path
    try:
        inside = [p for p in zipfile.Path(path).iterdir() if p.name.endswith(".jsonl")]
    except (OSError, zipfile.BadZipFile) as error:
        raise CorpusError(f"{path}: {files.damage(error)}") from error
    if len(inside) != 1:
        names = f" ({', '.join(p.name for p in inside)}); unpack it and name one" if inside else ""
        raise CorpusError(f"{path}: holds {len(inside)} .jsonl files{names}")
    return cast(Path, inside[0])  # opens, and is called, as one


def _line(document: AnnotatedDocument, losses: Losses) -> str:
    """A document as a line of the file; ASCII, as doccano guesses the encoding of what is not."""
    text = checking.text_of(document)
    if not text:
        raise CorpusError(f"{document.doc.id}: has an empty text, which doccano does not take")
    text.encode("utf-8")
    drawn = offsets.in_units(layer.draw(document, _widened(*_names(document))), text)
    row = {
        "text": text,
        "entities": [{"id": s.id, "label": s.type, "start_offset": s.start, "end_offset": s.end} for s in drawn.spans],
        "relations": [{"id": a.id, "from_id": a.source, "to_id": a.target, "type": a.type} for a in drawn.arcs],
        DOCUMENT: document.doc.id,
        **{key: getattr(document.doc, key) for key in DATED},
        SHEET: "\n".join(drawn.sheets),
        META: snapshot.pack(Snapshot(document)),
    }
    difference.count(losses, document, _document(row, document.doc.id, Losses()))
    return json.dumps(row, separators=(",", ":")) + "\n"


def _document(row: Any, name: str, losses: Losses) -> AnnotatedDocument:
    """What an example says; `name` is what it is called where it has no id."""
    text = next((row[key] for key in TEXTS if isinstance(row.get(key), str)), None) if isinstance(row, dict) else None
    if text is None:
        raise CorpusError("is no example of doccano: it has no text")
    drawn = offsets.in_code_points(_layer(row), text)
    kept = _kept(row, text, losses)
    if kept is not None:
        names = _names(kept.document)
    else:
        drawn = _joined(drawn)
        names = ({s.type for s in drawn.spans}, {a.type for a in drawn.arcs})
    before = None if kept is None else snapshot.shown(kept)
    info = _info(row, text, name, losses) if kept is None else None
    found, problems = layer.understood(text, drawn, snapshot=before, info=info, ontology=_widened(*names))
    for problem in problems:
        losses.add("what does not fit together", found.doc.id, problem)
    if kept is None:
        return found
    whole = snapshot.moved(found, kept.document.doc.text or "", kept.offset)
    return whole.model_copy(update={"doc": kept.document.doc, "claims": _numbered(whole, kept.document)})


def _layer(row: Mapping[str, Any]) -> Layer:
    spans, arcs = [], []
    try:
        for number, entity in enumerate(next((row[key] for key in SPANS if row.get(key)), ())):
            if isinstance(entity, dict):
                place = entity["start_offset"], entity["end_offset"]
                spans.append(DrawnSpan(int(entity.get("id", number)), str(entity["label"]), *map(int, place)))
            else:
                start, end, label = entity
                spans.append(DrawnSpan(number, str(label), int(start), int(end)))
        for number, arc in enumerate(row.get("relations") or ()):
            ends = int(arc["from_id"]), int(arc["to_id"])
            arcs.append(DrawnArc(int(arc.get("id", number)), str(arc["type"]), *ends))
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise CorpusError(f"its spans or relations are not those of doccano ({error!r})") from error
    said = row.get("Comments")
    comments = [c.get("comment") if isinstance(c, dict) else c for c in (said if isinstance(said, list) else ())]
    sheets = [sheet for sheet in (row.get(SHEET), *comments) if isinstance(sheet, str) and sheet]
    return Layer(tuple(spans), tuple(arcs), tuple(sheets))


def _kept(row: Mapping[str, Any], text: str, losses: Losses) -> Snapshot | None:
    """The packed record of an example, where it is of this text."""
    if not row.get(META):
        return None
    name = str(row.get(DOCUMENT) or row.get("id"))
    try:
        kept = snapshot.unpack(row[META])
    except SnapshotError as error:
        losses.add("packed record", name, str(error))
        return None
    if snapshot.shown(kept).doc.text != text and kept.document.doc.text != text:
        losses.add("packed record", name, "it is of another text")
        return None
    return kept


def _info(row: Mapping[str, Any], text: str, name: str, losses: Losses) -> DocumentInfo:
    id_ = str(row.get(DOCUMENT) or row.get("id") or name)
    dated = {key: row[key] for key in DATED if isinstance(row.get(key), str) and row[key]}
    for key in row.keys() - EXAMPLE - OWN:
        losses.add(f"metadata {key}", id_, str(row[key]))
    return assembling.info(id_, text, **dated)


def _names(document: AnnotatedDocument) -> tuple[set[str], set[str]]:
    """Labels and predicates of a document."""
    return {e.label for e in document.entities}, {c.predicate for c in document.claims}


def _widened(labels: Iterable[str], types: Iterable[str]) -> Ontology:
    """The packaged ontology, and labels and predicates of others, which may go from anything to anything."""
    known = ontologies.default()
    more = {name: Label(name, "") for name in sorted(set(labels) - {NOMINAL, EVIDENCE, *known.labels})}
    every = frozenset({*known.labels, *more})
    free = {n: Predicate(n, "", every, every) for n in sorted(types) if decode(n, known)[0] is None}
    return Ontology({**known.labels, **more}, {**known.predicates, **free})


def _joined(drawn: Layer) -> Layer:
    """Names of relations that are several words, and none of ours, as one word."""
    known = ontologies.default()
    arcs = [
        arc if decode(arc.type, known)[0] else DrawnArc(arc.id, "_".join(arc.type.split()), arc.source, arc.target)
        for arc in drawn.arcs
    ]
    return Layer(drawn.spans, tuple(arcs), drawn.sheets)


def _numbered(document: AnnotatedDocument, before: AnnotatedDocument) -> list[Claim]:
    """Claims; those that say the same as one before have its id."""
    ids = {_said(before, claim): claim.id for claim in reversed(before.claims)}
    return [c.model_copy(update={"id": ids.get(_said(document, c), c.id)}) for c in document.claims]


def _said(document: AnnotatedDocument, claim: Claim) -> tuple[str, ...]:
    names = {entity.id: entity.canonical for entity in document.entities}
    return claim.predicate, names[claim.subject], names[claim.object], claim.qualifiers.polarity or "affirmed"
