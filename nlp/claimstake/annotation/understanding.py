"""What was found on the server, as documents: text checked against what was pushed, offsets moved back to its text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from claimstake.annotation.contract import LAYERS, Pulled
from claimstake.annotation.found import Found
from claimstake.annotation.knowing import ProgramResolver
from claimstake.annotation.present import layer_names
from claimstake.errors import CorpusError
from claimstake.interchange.drawing import EVIDENCE, NOMINAL
from claimstake.interchange.layer import understood
from claimstake.interchange.snapshot import DOCUMENT, META, Snapshot, SnapshotError, moved, shown, trimmed, unpack
from claimstake.interchange.types import encode
from claimstake.ontology import Ontology
from claimstake.records import EDTF_PATTERN, AnnotatedDocument, DocumentInfo, Span, text_sha256
from claimstake.training.check import overlapping


class LayerError(CorpusError):
    """A layer cannot be read as a document; the message does not name the document."""


def document_name(found: Found) -> str:
    """Id of the document of an example: as it was pushed, else made of the example's number."""
    name = found.meta.get(DOCUMENT)
    return name if isinstance(name, str) and name.strip() else f"example-{found.example}"


def pulled(found: Found, ontology: Ontology, types: Iterable[str]) -> Pulled:
    """Read a layer.

    Args:
        ontology: what its labels and predicates are.
        types: names of the span types and relation types that the project has.

    Raises:
        LayerError: the text is not the one that was pushed, what was pushed is not known any more, or a push broke off.
    """
    snapshot = _snapshot(found)
    layer = found.layer
    given = _given(found) if snapshot is not None else False
    if snapshot is not None and not given and not layer.confirmed and layer.annotator is None:
        raise LayerError("its push broke off half-way; push the document again, or tick it where it is right as it is")
    before = shown(snapshot) if snapshot is not None else None
    info = before.doc if before is not None else _info(found)
    resolver = ProgramResolver(found.text, info.published)
    known = before if given else None
    document, problems = understood(found.text, layer, snapshot=known, info=info, ontology=ontology, resolver=resolver)
    if snapshot is not None:
        document = moved(document, snapshot.document.doc.text or "", snapshot.offset)
    if known is not None:
        problems = [*problems, *_deleted(known, set(types), evidence=snapshot is not None and snapshot.evidence)]
    return Pulled(
        document=_with_body(document),
        annotator=layer.annotator,
        confirmed=layer.confirmed,
        before=snapshot.document if snapshot is not None and given else None,
        problems=(*problems, *_unlawful(document)),
        example=found.example,
    )


def _snapshot(found: Found) -> Snapshot | None:
    """What was pushed; None where claimstake did not push the example."""
    if META not in found.meta:
        return None
    try:
        snapshot = unpack(found.meta[META])
    except SnapshotError as error:
        raise LayerError(f"{error}; take {META!r} out of its metadata to read it as it stands") from None
    text, offset = trimmed(snapshot.document.doc.text or "")
    if (found.text, snapshot.offset) != (text, offset):
        raise LayerError("its text was changed on the server after it was pushed, so that no offset can be trusted")
    return snapshot


def _given(found: Found) -> bool:
    """Whether the layer's annotator began with all that was pushed."""
    names = layer_names(found.meta.get(LAYERS))
    return found.layer.annotator in names if found.layer.annotator is not None else bool(names)


def _info(found: Found) -> DocumentInfo:
    """What is known of a document that claimstake did not push."""
    title, published = (_words(found.meta.get(key)) for key in ("title", "published"))
    if published and not re.fullmatch(EDTF_PATTERN, published):
        published = None
    return DocumentInfo(id=document_name(found), sha256=text_sha256(found.text), title=title, published=published)


def _words(value: Any) -> str | None:
    return value if isinstance(value, str) and value.strip() else None


def _deleted(before: AnnotatedDocument, types: set[str], *, evidence: bool) -> Iterator[str]:
    """A line for each type that the document was pushed with and that the project has no more."""
    used = Counter(e.label if e.mention == "name" else NOMINAL for e in before.entities)
    used.update(encode(c.predicate, c.qualifiers) for c in before.claims)
    if evidence and before.claims:
        used[EVIDENCE] = len({(c.evidence.start, c.evidence.end) for c in before.claims})
    for name in sorted(used.keys() - types):
        yield (
            f"the type {name!r} was deleted or renamed in the project, and with a deleted type doccano deletes its "
            f"annotations: {used[name]} were pushed; make the type again and draw them, or push into a new project"
        )


def _with_body(document: AnnotatedDocument) -> AnnotatedDocument:
    """With the lines in the body on which somebody has marked something outside of it: it is part of the article."""
    body, text = document.doc.body, document.doc.text or ""
    if body is None:
        return document
    named = (e for e in document.entities if e.mention == "name")
    outside = [e for e in named if not any(span.start <= e.start and e.end <= span.end for span in body)]
    if not outside:
        return document
    lines = [(text.rfind("\n", 0, e.start) + 1, _line_end(text, e.end)) for e in outside]
    spans: list[tuple[int, int]] = []
    for start, end in sorted([*lines, *((span.start, span.end) for span in body)]):
        if spans and start < spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((start, end))
    info = document.doc.model_copy(update={"body": [Span(start=a, end=b) for a, b in spans]})
    return document.model_copy(update={"doc": info})


def _line_end(text: str, place: int) -> int:
    end = text.find("\n", place)
    return len(text) if end < 0 else end


def _unlawful(document: AnnotatedDocument) -> list[str]:
    """Problems of mentions that the guidelines do not allow to stand in each other."""
    return [
        f"{inner.label} {inner.text!r} ({inner.start}-{inner.end}) overlaps {outer.label} {outer.text!r} "
        f"({outer.start}-{outer.end}); only a good inside a TECHNOLOGY may, delete one of the two"
        for outer, inner in overlapping(document)
        if outer.start == inner.start or inner.end <= outer.end  # others are told where the layer is read
    ]


def lawful(document: AnnotatedDocument) -> AnnotatedDocument:
    """Without the mentions that the guidelines do not allow beside others: of two the one without claims, else the
    shorter; what is claimed of it is claimed of another mention of the same thing."""
    claimed = Counter(end for claim in document.claims for end in (claim.subject, claim.object))
    dropped: set[str] = set()
    for outer, inner in overlapping(document):
        if not {outer.id, inner.id} & dropped:
            pair = sorted((inner, outer), key=lambda e: (bool(claimed[e.id]), e.end - e.start))
            dropped.add(pair[0].id)
    if not dropped:
        return document
    kept = [e for e in document.entities if e.id not in dropped]
    things = {(e.label, e.canonical): e.id for e in reversed(kept) if e.mention == "name"}
    instead = {e.id: things.get((e.label, e.canonical)) for e in document.entities if e.id in dropped}
    claims = []
    for claim in document.claims:
        ends = [instead.get(end, end) for end in (claim.subject, claim.object)]
        if None not in ends:
            claims.append(claim.model_copy(update={"subject": ends[0], "object": ends[1]}))
    return document.model_copy(update={"entities": kept, "claims": claims})
