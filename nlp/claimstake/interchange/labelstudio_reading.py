"""A task of Label Studio as a document: our own projects, and text projects with labels and relations of others."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from claimstake import ontology as ontologies
from claimstake.errors import CorpusError
from claimstake.interchange import assembling, checking, sheet
from claimstake.interchange.contract import Losses
from claimstake.interchange.drawing import EVIDENCE, NOMINAL, DrawnArc, DrawnSpan, Layer
from claimstake.interchange.layer import draw
from claimstake.interchange.offsets import Units
from claimstake.interchange.snapshot import DOCUMENT, META, SnapshotError, unpack
from claimstake.interchange.types import SAME_AS, decode
from claimstake.interchange.understanding import understood
from claimstake.ontology import Label, Ontology, Predicate
from claimstake.records import AnnotatedDocument, DocumentInfo

MENTION, TEXT, NAME, VALUE, SHEET = "mention", "text", "name", "value", "sheet"  # names in the configuration
SHOWN = ("title", "author", "publisher", "published", "language", "source")  # of a document, in a task's data
MINIMAL = {"annotator", "annotation_id", "lead_time"}  # keys of JSON_MIN exports
Row = dict[str, Any]


def other_export(rows: list[Any]) -> str | None:
    """Why this is an export that cannot be read; None where it is not."""
    first = rows[0] if rows and isinstance(rows[0], dict) else {}
    if "data" not in first and MINIMAL & set(first):
        return "is a JSON_MIN export, which does not say between which regions its relations stand; export it as JSON"
    return None


def read(task: Any, name: str, losses: Losses) -> AnnotatedDocument | None:
    """The document of a task; None where nobody has annotated it, which is said.

    Args:
        task: as exported, or as we wrote it.
        name: of the document where the task does not say it.

    Raises:
        CorpusError: it is no task with a text.
    """
    data = task.get("data") if isinstance(task, dict) else None
    if not isinstance(data, dict):
        raise CorpusError("is no task: it has no data")
    text = _text(data)
    snapshot = _snapshot(task, data, text, losses, name)
    info = snapshot.doc if snapshot is not None else _info(data, text, str(data.get(DOCUMENT) or name))
    result = _chosen(task, info.id, losses)
    if result is None:
        losses.add("task without an annotation", info.id)
        return None
    wide = ontologies.default() if snapshot is None else widened(ontologies.default(), snapshot)
    items = _Items(text, info.id, wide, losses)
    items.read(result)
    return _document(items, info, snapshot, wide, losses)


def widened(ontology: Ontology, document: AnnotatedDocument) -> Ontology:
    """The ontology with labels and predicates of a document that it does not have: those of a user."""
    labels = {e.label: Label(e.label, "") for e in document.entities if e.label not in ontology.labels}
    every = frozenset({*ontology.labels, *labels})
    fresh = {c.predicate for c in document.claims} - set(ontology.predicates)
    if not labels and not fresh:
        return ontology
    predicates = {name: Predicate(name, "", every, every, ("status", "measure")) for name in sorted(fresh)}
    return Ontology({**ontology.labels, **labels}, {**ontology.predicates, **predicates})


def _text(data: Row) -> str:
    if isinstance(data.get("text"), str):
        return str(data["text"])
    strings = [value for value in data.values() if isinstance(value, str)]
    if len(strings) != 1:
        raise CorpusError('its data has no "text", and not just one other string that could be it')
    return strings[0]


def _info(data: Row, text: str, name: str) -> DocumentInfo:
    about = {key: data[key] for key in SHOWN if isinstance(data.get(key), str)}
    return assembling.info(name, text, **about)


def _snapshot(task: Row, data: Row, text: str, losses: Losses, name: str) -> AnnotatedDocument | None:
    """The record that we put into the task's meta."""
    meta = task.get("meta")
    packed = meta.get(META) if isinstance(meta, dict) else None
    if packed is None:
        return None
    try:
        found = unpack(packed).document
        checking.check(found)
        if found.doc.text != text:
            raise CorpusError("its text is another one")
    except (SnapshotError, CorpusError) as error:
        losses.add("record in meta that does not fit", str(data.get(DOCUMENT) or name), str(error))
        return None
    return found


def _chosen(task: Row, name: str, losses: Losses) -> list[Any] | None:
    """The result to read: of the first annotation that was not skipped, else of the first prediction."""
    annotations = [a for a in _list(task.get("annotations") or task.get("completions")) if isinstance(a, dict)]
    for skipped in [a for a in annotations if a.get("was_cancelled")]:
        losses.add("annotation that was skipped", name, _annotator(skipped))
    kept = [a for a in annotations if not a.get("was_cancelled")]
    for other in kept[1:]:
        losses.add("annotation of another annotator", name, _annotator(other))
    for draft in _list(task.get("drafts")):
        losses.add("draft", name, _annotator(draft) if isinstance(draft, dict) else "")
    if not kept and not annotations:
        kept = [p for p in _list(task.get("predictions")) if isinstance(p, dict)]
    result = kept[0].get("result") if kept else None
    return result if isinstance(result, list) else None


def _annotator(annotation: Row) -> str:
    by = annotation.get("completed_by", annotation.get("user"))
    return str(by.get("email") or by.get("id")) if isinstance(by, dict) else str(by)


@dataclass
class _Items:
    """Items of a result, as a layer.

    Attributes:
        spans, arcs: as drawn.
        sheets: texts of the task's text area.
        lines: corrections in regions' own text areas, as lines of a sheet.
    """

    text: str
    document: str
    ontology: Ontology
    losses: Losses
    spans: list[DrawnSpan] = field(default_factory=list)
    arcs: list[DrawnArc] = field(default_factory=list)
    sheets: list[str] = field(default_factory=list)
    lines: list[sheet.Line] = field(default_factory=list)
    of_region: dict[str, list[DrawnSpan]] = field(default_factory=dict)

    def read(self, result: list[Any]) -> None:
        items = [item for item in result if isinstance(item, dict)]
        for odd in [item for item in result if not isinstance(item, dict)]:
            self._left_out("item that is none", odd)
        regions = [item for item in items if item.get("type") == "labels"]
        units = _counts_units(self.text, regions)
        for item in regions:
            self._region(item, units)
        for item in items:
            if item.get("type") == "textarea":
                self._words(item)
            elif item.get("type") == "relation":
                self._relation(item)
            elif item.get("type") != "labels":
                self._left_out(f"{item.get('type')} {item.get('from_name')}", item.get("value"))

    def _left_out(self, kind: str, thing: object) -> None:
        self.losses.add(kind, self.document, str(thing)[:80])

    def _region(self, item: Row, units: Units | None) -> None:
        bounds = _bounds(item, units)
        value = item.get("value") or {}
        if bounds is None or not 0 <= bounds[0] <= bounds[1] <= len(self.text):
            return self._left_out("region that is not in the text", value)
        if not _alike(self.text[slice(*bounds)], value.get("text")):
            return self._left_out("region whose words are not at its offsets", value)
        if notes := _strings(_object(item.get("meta")).get("text")):
            self._left_out("note on a region", "; ".join(notes))
        score = item.get("score")
        for label in _strings(value.get("labels")) or [""]:
            type_ = self._type(label)
            if type_ is None:
                self._left_out(f"label {label}", self.text[slice(*bounds)])
                continue
            span = DrawnSpan(len(self.spans) + 1, type_, *bounds, score if isinstance(score, float) else 0.0)
            self.spans.append(span)
            if item.get("id") is not None:
                self.of_region.setdefault(str(item["id"]), []).append(span)
        return None

    def _type(self, label: str) -> str | None:
        known = (*self.ontology.labels, NOMINAL, EVIDENCE)
        return next((one for one in (label, label.strip().upper()) if one in known), None)

    def _words(self, item: Row) -> None:
        """A text area: the sheet, a region's name or value, or somebody's own."""
        words = _strings(_object(item.get("value")).get("text"))
        spans = self.of_region.get(str(item.get("id")), [])
        name = item.get("from_name")
        if name == SHEET:
            self.sheets += words
        elif name in (NAME, VALUE) and spans and words:
            self._correction(str(name), words[-1].strip(), spans[0])
        elif words:
            self._left_out(f"textarea {name}", "; ".join(words))

    def _correction(self, name: str, words: str, span: DrawnSpan) -> None:
        surface = self.text[span.start : span.end]
        if name == NAME:
            canonical, _, label = words.rpartition("|") if span.type == NOMINAL else (words, "", "")
            if span.type == NOMINAL and label.strip() not in self.ontology.labels:
                return self._left_out("name of a nominal without its label", f"{surface}: {words}")
            self.lines.append(sheet.NameLine(surface, canonical.strip(), span.start, label.strip() or None))
            return None
        try:
            self.lines.append(sheet.ValueLine(surface, sheet.parse_value(words), span.start))
        except sheet.SheetError as error:
            self._left_out("value that is none", error)
        return None

    def _relation(self, item: Row) -> None:
        ends = [self.of_region.get(str(item.get(key))) for key in ("from_id", "to_id")]
        labels = _strings(item.get("labels"))
        if not ends[0] or not ends[1]:
            return self._left_out("relation without its mentions", " ".join(labels) or item)
        if item.get("direction") == "left":
            ends.reverse()
        for label in labels:
            named, _ = decode(label, self.ontology)
            if named is None:
                self._left_out(f"relation {label}", self.text[ends[0][0].start : ends[0][0].end])
                continue
            if item.get("direction") == "bi" and not self._symmetric(named.predicate):
                self._left_out("second direction of a relation", label)
            self.arcs.append(DrawnArc(len(self.arcs) + 1, label, ends[0][0].id, ends[1][0].id))
        if not labels:
            self._left_out("relation without a label", self.text[ends[0][0].start : ends[0][0].end])
        return None

    def _symmetric(self, predicate: str) -> bool:
        return predicate == SAME_AS or self.ontology.predicates[predicate].symmetric


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _object(value: Any) -> Row:
    return value if isinstance(value, dict) else {}


def _strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _bounds(item: Row, units: Units | None) -> tuple[int, int] | None:
    value = item.get("value")
    found = [value.get(key) for key in ("start", "end")] if isinstance(value, dict) else []
    places = [int(one) if isinstance(one, str) and one.isdecimal() else one for one in found]
    if len(places) != 2 or any(not isinstance(one, int) for one in places):
        return None
    start, end = places
    return (start, end) if units is None else (units.point(start), units.point(end, end=True))


def _counts_units(text: str, regions: Iterable[Row]) -> Units | None:
    """Whether regions count UTF-16 units: their words fit so, and not in code points."""
    units = Units(text)
    if not units.points:
        return None
    fits: Counter[bool] = Counter()
    for item in regions:
        words = _object(item.get("value")).get("text")
        for by, bounds in ((False, _bounds(item, None)), (True, _bounds(item, units))):
            if isinstance(words, str) and bounds is not None:
                fits[by] += _alike(text[slice(*bounds)], words)
    return units if fits[True] > fits[False] else None


def _alike(text: str, words: Any) -> bool:
    """Whether a region's words are those of the text; Label Studio writes a line end as backslash and n."""
    if not isinstance(words, str):
        return True
    return re.sub(r"\s|\\n", "", text) == re.sub(r"\s|\\n", "", words)


def _document(
    items: _Items, info: DocumentInfo, snapshot: AnnotatedDocument | None, ontology: Ontology, losses: Losses
) -> AnnotatedDocument:
    layer = Layer(tuple(items.spans), tuple(items.arcs), tuple(items.sheets))
    if snapshot is not None:
        before = draw(snapshot, ontology)
        if not items.lines and _shape(layer) == _shape(before):
            return snapshot
        layer = replace(layer, sheets=tuple(_sheets(layer.sheets, before.sheets)))
    corrections = "\n".join(map(str, items.lines))
    layer = replace(layer, sheets=(*layer.sheets, *([corrections] if corrections else [])))
    document, problems = understood(items.text, layer, snapshot=snapshot, info=info, ontology=ontology)
    for problem in problems:
        losses.add("to look at again", info.id, problem)
    return document


def _shape(layer: Layer) -> tuple[Any, ...]:
    """What a person sees, in any order."""
    places = {span.id: (span.type, span.start, span.end) for span in layer.spans}
    arcs = Counter((arc.type, places[arc.source], places[arc.target]) for arc in layer.arcs)
    return Counter(places.values()), arcs, Counter(_lines(layer.sheets))


def _lines(sheets: Iterable[str]) -> Iterator[str]:
    return (row.strip() for text in sheets for row in text.splitlines() if row.strip() and not sheet.is_header(row))


def _sheets(now: Iterable[str], before: Iterable[str]) -> Iterator[str]:
    """The sheet's lines that we wrote, then those that somebody changed or added."""
    ours = set(_lines(before))
    rows = list(_lines(now))
    kept, fresh = [row for row in rows if row in ours], [row for row in rows if row not in ours]
    if kept:
        yield "\n".join([sheet.HEADER, *kept])
    if fresh:
        yield "\n".join(fresh)
