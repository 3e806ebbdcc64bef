"""Statements from annotated documents, the output of `claimstake annotate`."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from claimstake.errors import ReadError
from claimstake.ledger.model import Document, Statement, Thing
from claimstake.records import AnnotatedDocument, Claim, Entity, Measure

PLAIN = ("status", "attribution", "measure", "target", "parameter", "condition", "supersedes", "rate", "share")


def read(path: Path) -> Iterator[Statement]:
    """Statements of a JSON Lines file of annotated documents (.jsonl, .jsonl.gz).

    A document that stands there twice counts once; another text under the same id is another document.

    Raises:
        ReadError: a line is no annotated document, or the file is damaged; names file and line.
    """
    texts: dict[str, list[str]] = {}  # hashes of those that an id stands for
    for number, line in enumerate(_lines(path), 1):
        if line.strip():
            document = _document(line, f"{path}:{number}")
            known = texts.setdefault(document.doc.id, [])
            if document.doc.sha256 not in known:
                known.append(document.doc.sha256)
                key = document.doc.id if len(known) == 1 else f"{document.doc.id} ({len(known)})"
                yield from statements(document, key)


def _lines(path: Path) -> Iterator[str]:
    try:
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
            yield from lines
    except (UnicodeDecodeError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        problem = f"is damaged, or no file of lines: {error}"
        raise ReadError(str(path), problem, "give the output of claimstake annotate") from error


def _document(line: str, where: str) -> AnnotatedDocument:
    try:
        return AnnotatedDocument.model_validate(json.loads(line))
    except (ValueError, ValidationError) as error:
        problem = str(error).splitlines()[0]
        raise ReadError(where, f"no annotated document: {problem}", "give the output of claimstake annotate") from error


def statements(record: AnnotatedDocument, key: str | None = None) -> Iterator[Statement]:
    """The claims of one document, which goes by `key`, or by its id."""
    info = record.doc
    document = Document(
        key or info.id, info.id, info.title, info.publisher, info.published, _url(info.source), info.source, info.sha256
    )
    entities = {entity.id: entity for entity in record.entities}
    for claim in record.claims:
        yield _statement(document, claim, entities)


def _url(source: str | None) -> str | None:
    return source if source and "://" in source else None


def _statement(document: Document, claim: Claim, entities: dict[str, Entity]) -> Statement:
    q, object_ = claim.qualifiers, entities[claim.object]
    return Statement(
        document, claim.id, claim.predicate, _thing(entities[claim.subject]), _thing(object_),
        polarity=q.polarity or "affirmed", certainty=q.certainty or "asserted", amount=q.amount, role=q.role,
        times=tuple((time.kind, time.value) for time in q.time or ()),
        value=object_.value if isinstance(object_.value, Measure) else None,
        evidence=claim.evidence.text or "", confidence=claim.confidence,
        **{name: getattr(q, name) for name in PLAIN},
    )  # fmt: skip


def _thing(entity: Entity) -> Thing:
    return Thing(entity.canonical, entity.label, entity.kb_id)
