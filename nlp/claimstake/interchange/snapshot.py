"""What was pushed, packed into a value of an example's metadata, and back.

A packed snapshot is "1." and base64 of zlib of JSON: one word without blanks, of which doccano's page shows one line.
"""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from claimstake.errors import ClaimstakeError
from claimstake.records import AnnotatedDocument, Span

META = "claimstake"  # key of an example's metadata that holds the packed snapshot
DOCUMENT = "document"  # key that holds the document's id
VERSION = "1"
DAMAGED = (zlib.error, ValueError, KeyError, TypeError, ValidationError, RecursionError, OverflowError)
LARGEST = 64 * 1024 * 1024  # bytes of JSON that are unpacked; a value that claims more is damaged or means harm


@dataclass(frozen=True)
class Snapshot:
    """What was pushed of one document: packed into the example's metadata, so that any machine can compare.

    Attributes:
        document: as pushed, with its text.
        offset: code points that the server cut off the front of the text (doccano trims white space); the example's
            offset x is x + offset in the document's text. Spans and the offsets in a sheet (`@120`) are the example's:
            see `shown` and `moved`.
        uncertainty: by which it was ordered, in [0, 1]; None where it was not.
        evidence: whether evidence was drawn as spans; else the sheet has it.
    """

    document: AnnotatedDocument
    offset: int = 0
    uncertainty: float | None = None
    evidence: bool = True


class SnapshotError(ClaimstakeError):
    """A packed snapshot is damaged, or of a newer program."""


def pack(snapshot: Snapshot) -> str:
    """A snapshot as a word of ASCII; the document carries its text."""
    value = {
        "document": snapshot.document.to_json(),
        "offset": snapshot.offset,
        "uncertainty": snapshot.uncertainty,
        "evidence": snapshot.evidence,
    }
    raw = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    return f"{VERSION}.{base64.b64encode(zlib.compress(raw, 9)).decode('ascii')}"


def unpack(value: Any) -> Snapshot:
    """The snapshot of a packed value.

    Raises:
        SnapshotError: it is damaged, was cut or edited, or a newer program wrote it.
    """
    if not isinstance(value, str):
        raise SnapshotError("the record of what was pushed is no text")
    version, dot, packed = value.partition(".")
    if dot and version.isdigit() and version != VERSION:
        raise SnapshotError(f"the record of what was pushed is of version {version}; a newer claimstake reads it")
    try:
        found = json.loads(_unzipped(base64.b64decode(packed, validate=True)))
        snapshot = Snapshot(
            AnnotatedDocument(**found["document"]),
            int(found["offset"]),
            found.get("uncertainty"),
            bool(found.get("evidence", True)),
        )
    except DAMAGED as error:
        raise SnapshotError(f"the record of what was pushed is damaged ({type(error).__name__})") from None
    _check(snapshot)
    return snapshot


def trimmed(text: str) -> tuple[str, int]:
    """A text as doccano keeps it, without white space at its ends, and how many code points went at the front."""
    return text.strip(), len(text) - len(text.lstrip())


def shown(snapshot: Snapshot) -> AnnotatedDocument:
    """The document in the coordinates of the example's text, as it is drawn: spans, and offsets in the sheet."""
    text, _ = trimmed(snapshot.document.doc.text or "")
    return moved(snapshot.document, text, -snapshot.offset)


def moved(document: AnnotatedDocument, text: str, by: int) -> AnnotatedDocument:
    """A document over another text, whose offsets are greater by `by`; bounds are cut at the ends of the text.

    `moved(drawn, snapshot.document.doc.text, snapshot.offset)` leads from the example's text back to the document's.
    """

    def at(offset: int) -> int:
        return min(max(offset + by, 0), len(text))

    def span(found: Span) -> Span:
        return found.model_copy(update={"start": at(found.start), "end": at(found.end)})

    info = document.doc.model_copy(
        update={"text": text, "body": None if document.doc.body is None else [span(b) for b in document.doc.body]}
    )
    entities = [e.model_copy(update={"start": at(e.start), "end": at(e.end)}) for e in document.entities]
    claims = [c.model_copy(update={"evidence": span(c.evidence)}) for c in document.claims]
    return document.model_copy(update={"doc": info, "entities": entities, "claims": claims})


def _unzipped(packed: bytes) -> bytes:
    stream = zlib.decompressobj()
    raw = stream.decompress(packed, LARGEST)
    if stream.unconsumed_tail or not stream.eof:
        raise ValueError("too large or cut")
    return raw


def _check(snapshot: Snapshot) -> None:
    text = snapshot.document.doc.text
    inside = text is not None and 0 <= snapshot.offset <= len(text)
    if not inside or any(not e.start < e.end <= len(text or "") for e in snapshot.document.entities):
        raise SnapshotError("the record of what was pushed does not fit its own text")
    known = {e.id for e in snapshot.document.entities}
    if any(not {c.subject, c.object} <= known for c in snapshot.document.claims):
        raise SnapshotError("the record of what was pushed has claims about mentions that it lacks")
