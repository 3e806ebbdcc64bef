"""Whether a record fits together: offsets within its text, claims between mentions that are there."""

from __future__ import annotations

from claimstake.errors import CorpusError
from claimstake.records import AnnotatedDocument, Span, text_sha256


def text_of(document: AnnotatedDocument) -> str:
    """The text of a record.

    Raises:
        CorpusError: the record does not carry it.
    """
    if document.doc.text is None:
        raise CorpusError(f"{document.doc.id}: the record has no text; write records with claimstake annotate --text")
    return document.doc.text


def check(document: AnnotatedDocument) -> None:
    """Check a record that carries its text; of one without, ids only.

    Raises:
        CorpusError: names the document and what does not fit.
    """
    name, text = document.doc.id, document.doc.text
    ids = [entity.id for entity in document.entities]
    if len(set(ids)) < len(ids):
        raise CorpusError(f"{name}: two mentions have the same id")
    for claim in document.claims:
        if missing := {claim.subject, claim.object} - set(ids):
            raise CorpusError(f"{name}: claim {claim.id} names a mention that is not there: {sorted(missing)[0]}")
    if text is None:
        return
    if document.doc.sha256 != text_sha256(text):
        raise CorpusError(f"{name}: its sha256 is not that of its text, so offsets may not fit")
    for entity in document.entities:
        if not entity.start < entity.end <= len(text) or entity.text != text[entity.start : entity.end]:
            raise CorpusError(f"{name}: mention {entity.id} says {entity.text!r}, which is not at its offsets")
    places: list[Span] = [*(claim.evidence for claim in document.claims), *(document.doc.body or [])]
    for place in places:
        if not place.start <= place.end <= len(text):
            raise CorpusError(f"{name}: {place.start}-{place.end} is not within its text")
