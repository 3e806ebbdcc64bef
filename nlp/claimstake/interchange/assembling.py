"""From what a file of another tool says to a record: names and ids are filled in, what does not fit is said."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from claimstake import ontology
from claimstake.errors import CorpusError
from claimstake.interchange.contract import Losses
from claimstake.interchange.evidence import chosen
from claimstake.interchange.resolver import PlainResolver, default_name
from claimstake.records import AnnotatedDocument, Claim, DocumentInfo, Entity, Qualifiers, Span, claim_id, text_sha256

ID = re.compile(r"e[0-9]+")


@dataclass
class FoundMention:
    """A mention as a file has it; what it does not say is None.

    Attributes:
        start, end: code points, half open.
        label: any; one that the ontology does not know is left out, and said.
        id: kept where it is one of a record ("e7") and not taken.
        about: the other fields of an `Entity` (canonical, kb_id, mention, value, confidence, extractor).
    """

    start: int
    end: int
    label: str
    id: str | None = None
    about: dict[str, Any] = field(default_factory=dict)


@dataclass
class FoundClaim:
    """A claim as a file has it.

    Attributes:
        predicate: any; one that the ontology does not know is left out, and said.
        subject, object: two of the mentions that go to `assembled`.
        evidence: code points; None takes the sentence.
        qualifiers: by name; a value that is none of the qualifier's is left out, and said.
        about: the other fields of a `Claim` (id, confidence, extractor).
    """

    predicate: str
    subject: FoundMention
    object: FoundMention
    evidence: tuple[int, int] | None = None
    qualifiers: dict[str, Any] = field(default_factory=dict)
    about: dict[str, Any] = field(default_factory=dict)


def info(name: str, text: str, **about: Any) -> DocumentInfo:
    """What a record says of a document with this text; `about` are other fields of a `DocumentInfo`.

    Raises:
        CorpusError: one of them is not what it should be.
    """
    try:
        return DocumentInfo(id=name, text=text, sha256=text_sha256(text), **about)
    except ValidationError as error:
        first = error.errors()[0]
        raise CorpusError(f"its {'.'.join(map(str, first['loc']))} is none: {first['msg']}") from None


def assembled(
    doc: DocumentInfo,
    mentions: Iterable[FoundMention],
    claims: Iterable[FoundClaim],
    losses: Losses,
    *,
    any_label: bool = False,
    pipeline: dict[str, Any] | None = None,
) -> AnnotatedDocument:
    """A record of what was found.

    Args:
        doc: with its text.
        mentions: in the order that the record should have.
        claims: likewise.
        losses: gets what is left out.
        any_label: keep labels and predicates that the ontology does not know: they may be a user's.
        pipeline: what made the annotations, where the file says so.
    """
    text = doc.text or ""
    fitting = [m for m in mentions if _fits(m, doc.id, text, losses, any_label)]
    ids = dict(zip(map(id, fitting), _ids(fitting), strict=True))
    entities = [_entity(m, ids[id(m)], doc.id, text, losses) for m in fitting]
    known = claims if any_label else _known(claims, doc.id, losses)
    said = list(_claims(known, ids, entities, doc, losses))
    return AnnotatedDocument(doc=doc, entities=entities, claims=said, pipeline=pipeline)


def in_text_order(mentions: Iterable[FoundMention]) -> list[FoundMention]:
    """By start, the outermost first."""
    return sorted(mentions, key=lambda m: (m.start, -m.end, m.label))


def _fits(mention: FoundMention, document: str, text: str, losses: Losses, any_label: bool) -> bool:
    if not 0 <= mention.start < mention.end <= len(text):
        losses.add("mention outside the text", document, f"{mention.label} {mention.start}-{mention.end}")
    elif not any_label and mention.label not in ontology.default().labels:
        losses.add(f"label {mention.label}", document, text[mention.start : mention.end])
    else:
        return True
    return False


def _ids(mentions: list[FoundMention]) -> list[str]:
    """Their own where they can be, else numbers that none of them has."""
    own: dict[str, FoundMention] = {}
    for mention in mentions:
        if mention.id is not None and ID.fullmatch(mention.id):
            own.setdefault(mention.id, mention)
    free = (f"e{n}" for n in range(1, len(mentions) + len(own) + 1) if f"e{n}" not in own)
    return [m.id if m.id is not None and own.get(m.id) is m else next(free) for m in mentions]


def _entity(mention: FoundMention, id_: str, document: str, text: str, losses: Losses) -> Entity:
    surface = text[mention.start : mention.end]
    plain = Entity(
        id=id_,
        label=mention.label,
        text=surface,
        start=mention.start,
        end=mention.end,
        canonical=default_name(surface, mention.label, mention.about.get("value"), ontology.default()),
    )
    return _with(plain, mention.about, document, f"{surface!r}", losses)


def _with(record: Any, about: dict[str, Any], document: str, thing: str, losses: Losses) -> Any:
    """A record with fields set; a value that the schema does not allow is left out, and said."""
    plain = record.model_dump()
    for name, value in about.items():
        if value is None:
            continue
        try:
            record = type(record).model_validate(plain | {name: value})
        except ValidationError:
            losses.add(f"{name} that is none", document, f"{thing}: {value!r}")
        else:
            plain = record.model_dump()
    return record


def _known(claims: Iterable[FoundClaim], document: str, losses: Losses) -> Iterator[FoundClaim]:
    for claim in claims:
        if claim.predicate in ontology.default().predicates:
            yield claim
        else:
            losses.add(f"predicate {claim.predicate}", document)


def _claims(
    claims: Iterable[FoundClaim], ids: dict[int, str], entities: list[Entity], doc: DocumentInfo, losses: Losses
) -> Iterator[Claim]:
    taken: set[str] = set()
    names = {entity.id: entity.canonical for entity in entities}
    for claim in claims:
        ends = ids.get(id(claim.subject)), ids.get(id(claim.object))
        if ends[0] is None or ends[1] is None:
            losses.add("claim without its mentions", doc.id, claim.predicate)
            continue
        qualifiers = _with(Qualifiers(), claim.qualifiers, doc.id, claim.predicate, losses)
        triple = claim.predicate, names[ends[0]], names[ends[1]]
        plain = Claim(
            id=_claim_id(claim, taken, claim_id(doc.id, *triple, qualifiers.polarity or "affirmed")),
            predicate=claim.predicate,
            subject=ends[0],
            object=ends[1],
            qualifiers=qualifiers,
            evidence=_evidence(claim, doc, losses),
        )
        rest = {k: v for k, v in claim.about.items() if k != "id"}
        yield _with(plain, rest, doc.id, claim.predicate, losses)


def _evidence(claim: FoundClaim, doc: DocumentInfo, losses: Losses) -> Span:
    """What is said to be it, else the sentence of both ends."""
    text = doc.text or ""
    if claim.evidence is not None:
        low, high = claim.evidence
        if 0 <= low <= high <= len(text):
            return Span(start=low, end=high, text=text[low:high])
        losses.add("evidence outside the text", doc.id, f"{claim.predicate} {low}-{high}")
    low, high = chosen([(end.start, end.end) for end in (claim.subject, claim.object)], (), PlainResolver(text))
    return Span(start=low, end=high, text=text[low:high])


def _claim_id(claim: FoundClaim, taken: set[str], usual: str) -> str:
    """Its own where it is a free one, else the program's, else the first free number."""
    numbers = (f"c{n}" for n in range(1, len(taken) + 2))
    own = next(one for one in (claim.about.get("id"), usual, *numbers) if isinstance(one, str) and one not in taken)
    taken.add(own)
    return own
