"""Names for what a format leaves out, the same in all formats, and how a writer counts it.

A document that is read back from what was written differs from the one before by what was counted, and by nothing else.
A mention or claim that is left out counts once, not again for each of its parts.
"""

from __future__ import annotations

from collections.abc import Collection

from claimstake.interchange.contract import Losses
from claimstake.records import AnnotatedDocument, Claim, Entity
from claimstake.sinks.wording import value_text

TEXT = "exact text"
BODY = "body"
PIPELINE = "pipeline"
DOCUMENT = {name: f"document {name}" for name in ("title", "author", "publisher", "published", "language", "source")}
MENTION = {"name": "mention", "nominal": "nominal mention"}
PARTS_OF_MENTION = {  # field of records.Entity -> what it is called
    "canonical": "canonical name",
    "kb_id": "knowledge base id",
    "value": "value",
    "confidence": "confidence of a mention",
    "extractor": "extractor of a mention",
}
CLAIM = "claim"
MOVED = "claim on another mention"  # of the same thing
PARTS_OF_CLAIM = {  # field of records.Claim -> what it is called
    "id": "claim id",
    "evidence": "evidence",
    "confidence": "confidence of a claim",
    "extractor": "extractor of a claim",
}
ADDED = "made two of one"  # where a format cannot tell two mentions at one place apart
QUALIFIER = "qualifier {}"  # with its name


def of_document(losses: Losses, document: AnnotatedDocument, *, kept: Collection[str] = ()) -> None:
    """Count the parts of a document that are there and not `kept` (names of fields, "body", "pipeline")."""
    name = document.doc.id
    for key, kind in DOCUMENT.items():
        if key not in kept and (value := getattr(document.doc, key)) is not None:
            losses.add(kind, name, value)
    if BODY not in kept and document.doc.body is not None:
        losses.add(BODY, name)
    if PIPELINE not in kept and document.pipeline is not None:
        losses.add(PIPELINE, name)


def whole_mention(losses: Losses, document: AnnotatedDocument, entity: Entity) -> None:
    """Count a mention that is left out."""
    losses.add(MENTION[entity.mention], document.doc.id, f"{entity.label} {entity.text}")


def of_mention(
    losses: Losses,
    document: AnnotatedDocument,
    entity: Entity,
    *,
    kept: Collection[str] = (),
    renamed: bool = False,
) -> None:
    """Count the parts of a mention that are there and not `kept`.

    A canonical name that is the mention's own text is what it is called where nothing is said: kept, if not `renamed`.
    """
    for key, kind in PARTS_OF_MENTION.items():
        value = getattr(entity, key)
        if key not in kept and value is not None and (renamed or key != "canonical" or value != entity.text):
            shown = value_text(value) if key == "value" else value
            losses.add(kind, document.doc.id, f"{entity.text} = {shown}")


def whole_claim(losses: Losses, document: AnnotatedDocument, claim: Claim) -> None:
    """Count a claim that is left out."""
    losses.add(CLAIM, document.doc.id, triple(document, claim))


def moved_claim(losses: Losses, document: AnnotatedDocument, claim: Claim) -> None:
    """Count a claim whose subject or object is another mention of the same thing than it was."""
    losses.add(MOVED, document.doc.id, triple(document, claim))


def of_claim(losses: Losses, document: AnnotatedDocument, claim: Claim, *, kept: Collection[str] = ()) -> None:
    """Count the parts of a claim that are there and not `kept` (fields of a claim, names of qualifiers)."""
    said = triple(document, claim)
    for key, kind in PARTS_OF_CLAIM.items():
        if key not in kept and (value := getattr(claim, key)) is not None:
            shown = f"{value.start}-{value.end}" if key == "evidence" else value
            losses.add(kind, document.doc.id, f"{said}: {shown}")
    for key, value in claim.qualifiers.model_dump(exclude_none=True).items():
        if key not in kept:
            shown = ", ".join(f"{t['kind']} {t['value']}" for t in value) if key == "time" else value
            losses.add(QUALIFIER.format(key), document.doc.id, f"{said}: {shown}")


def triple(document: AnnotatedDocument, claim: Claim) -> str:
    """A claim as one reads it: "China restricts_export_of gallium"."""
    names = {entity.id: entity.canonical for entity in document.entities}
    return f"{names.get(claim.subject)} {claim.predicate} {names.get(claim.object)}"
