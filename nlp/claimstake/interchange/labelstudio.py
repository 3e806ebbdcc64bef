"""Label Studio's JSON: a list of tasks, and beside it the labelling configuration that a project of them needs.

A document is drawn as on doccano's page (see `drawing`): a region for each mention, NOMINAL and EVIDENCE; a relation
for each claim, whose labels name the predicate with its closed qualifiers; and the sheet, with names, values and other
qualifiers, in a text area of the task. What the program found is a prediction, what people marked an annotation. The
task's meta holds the record, so that what nobody changed comes back exactly.

Offsets are code points, as Label Studio counts them (seen with 1.23); exports of old versions, which counted UTF-16
units, are told by the words that stand with each region.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TextIO
from xml.etree import ElementTree

from claimstake import ontology as ontologies
from claimstake.errors import CorpusError
from claimstake.interchange import checking, files, labelstudio_reading, sheet
from claimstake.interchange.contract import Holds, Losses
from claimstake.interchange.drawing import SAME_AS, DrawnSpan, Layer
from claimstake.interchange.labelstudio_reading import MENTION, NAME, SHEET, SHOWN, TEXT, VALUE, widened
from claimstake.interchange.layer import draw
from claimstake.interchange.snapshot import DOCUMENT, META, Snapshot, pack
from claimstake.interchange.types import relation_types, span_types
from claimstake.ontology import Ontology
from claimstake.records import AnnotatedDocument

SHEET_SAYS = "Claimstake sheet: names, values and qualifiers of this document; change a line, or add one."
Row = dict[str, Any]


class LabelStudio:
    """See `contract.Format`."""

    name = "labelstudio"
    says = "Label Studio tasks (JSON) with predictions or annotations, and the labelling configuration beside"
    suffixes = (".json",)
    folder = False
    holds = Holds()

    def recognises(self, start: str) -> bool:
        """By the keys of a task, or of an item of its results."""
        results = '"annotations"' in start or '"predictions"' in start
        return '"from_name"' in start or (results and '"data"' in start) or '"annotation_id"' in start

    def read(self, path: Path, losses: Losses) -> Iterator[AnnotatedDocument]:
        """See `contract.Format`; of several annotations of a task the first is taken, the others are said."""
        found = False
        for file in files.listed(path, self.suffixes):
            for number, task in enumerate(_tasks(file, losses, alone=not path.is_dir()), 1):
                found = True
                try:
                    document = labelstudio_reading.read(task, f"{file.stem}-{number}", losses)
                except CorpusError as error:
                    losses.fail(f"{file}: task {number}", str(error))
                    continue
                if document is not None:
                    yield document
        if not found and not losses.failures:
            raise CorpusError(f"{path}: no tasks in it")

    def write(self, documents: Iterable[AnnotatedDocument], path: Path, losses: Losses) -> int:
        """See `contract.Format`; the configuration has the labels and relations that the documents need."""
        used = _Used()
        with files.appearing_text(path) as stream:
            stream.write("[")
            for document in documents:
                files.tried(losses, document.doc.id, lambda document=document: used.write(document, stream))
            stream.write("\n]\n")
            settings = configuration(used.ontology, used.relations)
        with files.appearing(configuration_path(path)) as raw:
            raw.write(settings)
        return used.count


def configuration_path(path: Path) -> Path:
    """Where the labelling configuration of a file of tasks stands: news.json, news.config.xml."""
    return path.with_name(f"{path.name.removesuffix('.json')}.config.xml")


class _Used:
    """Writes tasks one by one, and remembers what their configuration needs."""

    def __init__(self) -> None:
        self.ontology: Ontology = ontologies.default()
        self.relations: dict[str, None] = {}
        self.count = 0

    def write(self, document: AnnotatedDocument, stream: TextIO) -> None:
        checking.text_of(document)
        checking.check(document)
        wider = widened(self.ontology, document)
        layer = draw(document, wider)
        row = json.dumps({"id": self.count + 1, **task(document, layer)}, ensure_ascii=False, allow_nan=False)
        row.encode("utf-8")  # before anything is written
        stream.write((",\n" if self.count else "\n") + row)
        self.count += 1
        self.ontology = wider
        self.relations |= dict.fromkeys(arc.type for arc in layer.arcs if arc.type != SAME_AS)


def task(document: AnnotatedDocument, layer: Layer) -> Row:
    """A document as Label Studio imports it."""
    text = checking.text_of(document)
    about = {key: value for key in SHOWN if (value := getattr(document.doc, key)) is not None}
    result = list(_result(text, layer))
    return {
        "data": {"text": text, DOCUMENT: document.doc.id, **about},
        "meta": {META: pack(Snapshot(document))},
        **_results(document, result),
    }


def _results(document: AnnotatedDocument, result: list[Row]) -> Row:
    if document.pipeline is None and all(e.confidence is None for e in document.entities):
        return {"annotations": [{"result": result}]}
    version = " ".join(str((document.pipeline or {}).get(key, "")) for key in ("name", "version")).strip()
    return {"predictions": [{"model_version": version or "claimstake", "result": result}]}


def _result(text: str, layer: Layer) -> Iterator[Row]:
    for span in layer.spans:
        yield _region(text, span)
    for text_ in layer.sheets:
        words = "\n".join([SHEET_SAYS, *(row for row in text_.split("\n") if not sheet.is_header(row))])
        yield {"id": SHEET, "from_name": SHEET, "to_name": TEXT, "type": "textarea", "value": {"text": [words]}}
    labels: dict[tuple[int, int], list[str]] = {}
    for arc in layer.arcs:
        labels.setdefault((arc.source, arc.target), []).append(arc.type)
    for (source, target), types in labels.items():  # Label Studio has one relation between two regions
        ends = {"from_id": f"s{source}", "to_id": f"s{target}"}
        yield {"type": "relation", **ends, "direction": "right", "labels": types}


def _region(text: str, span: DrawnSpan) -> Row:
    value = {"start": span.start, "end": span.end, "text": text[span.start : span.end], "labels": [span.type]}
    row = {"id": f"s{span.id}", "from_name": MENTION, "to_name": TEXT, "type": "labels", "value": value}
    return row | ({"score": span.probability} if span.probability else {})


def configuration(ontology: Ontology, relations: Iterable[str]) -> bytes:
    """The labelling configuration: labels with colours and keys, relations, and text areas.

    Args:
        ontology: its labels and predicates.
        relations: types that arcs have beyond those of every predicate and status.
    """
    view = ElementTree.Element("View")
    arcs = ElementTree.SubElement(view, "Relations", choice="multiple")
    for type_ in relation_types(ontology, relations):
        ElementTree.SubElement(arcs, "Relation", value=type_.name, background=type_.background)
    labels = ElementTree.SubElement(view, "Labels", name=MENTION, toName=TEXT)
    for type_ in span_types(ontology):
        key = {"hotkey": type_.key} if type_.key else {}
        ElementTree.SubElement(labels, "Label", value=type_.name, background=type_.background, **key)
    ElementTree.SubElement(view, "Text", name=TEXT, value="$text", saveTextResult="yes")
    for name, says in ((NAME, "another canonical name"), (VALUE, "another value: 2025-07-15, or >= 97 %")):
        more = {"perRegion": "true", "whenTagName": MENTION, "placeholder": says}
        ElementTree.SubElement(view, "TextArea", name=name, toName=TEXT, maxSubmissions="1", editable="true", **more)
    ElementTree.SubElement(view, "TextArea", name=SHEET, toName=TEXT, rows="10", maxSubmissions="1", editable="true")
    ElementTree.indent(view)
    return ElementTree.tostring(view, encoding="utf-8") + b"\n"


def _tasks(path: Path, losses: Losses, *, alone: bool) -> Iterator[Any]:
    """Tasks of a file.

    Raises:
        CorpusError: the only file is of another kind.
    """
    try:
        found = json.loads(files.text(path))
    except CorpusError as error:
        losses.fail(str(path), str(error).removeprefix(f"{path}: "))
        return
    except (ValueError, RecursionError) as error:
        losses.fail(f"{path}:{getattr(error, 'lineno', 1)}", f"is not JSON: {error}")
        return
    rows = found if isinstance(found, list) else [found]
    reason = labelstudio_reading.other_export(rows)
    if reason is None:
        yield from rows
    elif alone:
        raise CorpusError(f"{path}: {reason}")
    else:
        losses.fail(str(path), reason)
