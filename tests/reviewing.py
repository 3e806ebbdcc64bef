"""Documents for tests of judgements: a ban on gallium and a limit, and a firm that mines tungsten."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from claimstake.records import AnnotatedDocument, Claim, DocumentInfo, Entity, Qualifiers, Span, claim_id, text_sha256
from claimstake.review.contract import Correction, Judging, Mark
from claimstake.store.contract import StoredDocument
from claimstake.store.opening import open_sql
from store_runs import outcome, run

GALLIUM = (
    "China banned exports of gallium to the United States on 15 July 2025. "
    "Beijing also caps shipments of antimony at 500 tonnes a year. Prices rose."
)
TUNGSTEN = "Rock Tech mines tungsten in Almonda. The firm sells germanium, too."

# surface: number in the text, label, canonical name, id of the knowledge base
GALLIUM_THINGS = [
    ("China", 0, "PLACE", "China", "china"),
    ("gallium", 0, "MINERAL", "gallium", "gallium"),
    ("United States", 0, "PLACE", "United States", "united-states"),
    ("Beijing", 0, "PLACE", "China", "china"),
    ("antimony", 0, "MINERAL", "antimony", "antimony"),
]
TUNGSTEN_THINGS = [
    ("Rock Tech", 0, "COMPANY", "Rock Tech", None),
    ("tungsten", 0, "MINERAL", "tungsten", "tungsten"),
    ("Almonda", 0, "PERSON", "Almonda", None),
]
BAN = {"status": "in_force", "measure": "ban", "target": "United States"}
GALLIUM_CLAIMS = [
    ("restricts_export_of", 0, 1, BAN, 0.95, "ban-exports-verb@rules-1"),
    ("restricts_export_of", 3, 4, {"status": "in_force", "measure": "quota"}, 0.7, "caps-shipments@rules-1"),
    ("dominates", 0, 1, {}, 0.4, "learned@pairs-1"),
]
TUNGSTEN_CLAIMS = [("produces", 0, 1, {}, 0.8, "mines@rules-1")]

ONE, TWO = "wire-gallium", "wire-tungsten"


def record(
    name: str, text: str, things: Sequence[tuple[Any, ...]], said: Sequence[tuple[Any, ...]]
) -> AnnotatedDocument:
    """A record; claims name mentions by their place in `things`."""
    entities = [_entity(text, number, *thing) for number, thing in enumerate(things, 1)]
    claims = [_claim(name, text, entities, *one) for one in said]
    info = DocumentInfo(id=name, text=text, sha256=text_sha256(text), published="2025-07-16", title=name)
    return AnnotatedDocument(doc=info, entities=entities, claims=claims)


def _entity(text: str, number: int, words: str, nth: int, label: str, canonical: str, kb_id: str | None) -> Entity:
    start = -1
    for _ in range(nth + 1):
        start = text.index(words, start + 1)
    end = start + len(words)
    known = {"canonical": canonical, "kb_id": kb_id, "confidence": 0.9, "extractor": "gazetteer"}
    return Entity(id=f"e{number}", label=label, text=words, start=start, end=end, **known)


def _claim(
    name: str,
    text: str,
    entities: Sequence[Entity],
    predicate: str,
    subject: int,
    object_: int,
    said: dict[str, Any],
    confidence: float,
    extractor: str,
) -> Claim:
    ends = entities[subject], entities[object_]
    qualifiers = Qualifiers(**said)
    low = text.rfind(". ", 0, min(e.start for e in ends)) + 2 if ". " in text[: min(e.start for e in ends)] else 0
    high = text.find(".", max(e.end for e in ends)) + 1
    return Claim(
        id=claim_id(name, predicate, *(e.canonical for e in ends), qualifiers.polarity or "affirmed"),
        predicate=predicate,
        subject=ends[0].id,
        object=ends[1].id,
        qualifiers=qualifiers,
        evidence=Span(start=low, end=high, text=text[low:high]),
        confidence=confidence,
        extractor=extractor,
    )


def gallium() -> AnnotatedDocument:
    return record(ONE, GALLIUM, GALLIUM_THINGS, GALLIUM_CLAIMS)


def tungsten() -> AnnotatedDocument:
    return record(TWO, TUNGSTEN, TUNGSTEN_THINGS, TUNGSTEN_CLAIMS)


def newer() -> AnnotatedDocument:
    """The first document as another pipeline reads it: one mention more in front, so that all numbers move; it says no
    more that China dominates gallium, but that it caps gallium, too."""
    things = [("Prices", 0, "PRODUCT", "price", None), *GALLIUM_THINGS]
    ban = ("restricts_export_of", 1, 2, {"status": "announced", "measure": "ban"}, 0.99, "other@rules-2")
    quota = ("restricts_export_of", 4, 5, {"status": "in_force", "measure": "quota"}, 0.6, "caps@rules-2")
    return record(ONE, GALLIUM, things, [ban, quota, ("produces", 1, 2, {}, 0.5, "made@rules-2")])


def key(name: str) -> str:
    """The key under which a document of that name is stored here."""
    return f"key-{name}"


def store(address: str, *documents: AnnotatedDocument, fingerprint: str = "f1", name: str = "r1") -> None:
    """Write documents as a run does that annotates with the pipeline of a fingerprint."""
    opened = open_sql(address)
    try:
        opened.begin(run(name, fingerprint))
        for document in documents:
            item = f"item-{document.doc.id}"
            written = StoredDocument(key(document.doc.id), item, document, len(document.doc.text or "") // 5)
            opened.commit([outcome(opened, item, written)])
        opened.finish("complete")
    finally:
        opened.close()


def fill(address: str) -> None:
    """The two documents."""
    store(address, gallium(), tungsten())


BAN, QUOTA, DOMINATES = (claim.id for claim in gallium().claims)
MINES = tungsten().claims[0].id


def accept(claim: str = BAN) -> Judging:
    return Judging(verdict="accepted", claim=claim)


def reject(claim: str = BAN) -> Judging:
    return Judging(verdict="rejected", claim=claim)


def undo(claim: str = BAN) -> Judging:
    return Judging(verdict="undone", claim=claim)


def correct(claim: str = BAN, **what: Any) -> Judging:
    return Judging(verdict="corrected", claim=claim, correction=Correction(**what))


def add(**what: Any) -> Judging:
    return Judging(verdict="added", correction=Correction(**what))


def mark(words: str, label: str, text: str = GALLIUM, **more: str) -> Mark:
    """The first place where the words stand."""
    return Mark(start=text.index(words), end=text.index(words) + len(words), label=label, **more)
