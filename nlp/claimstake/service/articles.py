"""A document as its page shows it: the text in parts, the claims as people left them, and what was said of each."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape

from markupsafe import Markup

from claimstake.ledger.rows import measure_predicates
from claimstake.records import AnnotatedDocument, Claim, Entity
from claimstake.review.contract import Judgement, Judgements
from claimstake.service.desk import Desk
from claimstake.sinks.highlights import Layer, end_name, layers, mention_says, wrapped
from claimstake.sinks.wording import qualifier_items
from claimstake.store.rows import entity_id

PART = 3000  # characters of a part of the text at least: browsers lay out those in sight
MINUS = ("rejected", "undone")


@dataclass(frozen=True)
class End:
    """Subject or object of a claim: the mention's id in the page's text, and how it is shown and linked."""

    id: str
    label: str
    name: str
    says: str
    entity: str
    canonical: str

    @classmethod
    def of(cls, entity: Entity) -> End:
        name, says = end_name(entity)
        return cls(entity.id, entity.label, name, says, entity_id(entity), entity.canonical)


@dataclass(frozen=True)
class Shown:
    """A claim with all that its card shows.

    Attributes:
        id: under which it is judged.
        claim: as it stands: of a corrected one what is right.
        judgement: the one that holds; None where nobody judged it.
        changes: of a corrected one: what, how it was, how it is.
        history: all judgements of it, oldest first.
        evidence: the words that say it, None where no text is kept.
    """

    id: str
    claim: Claim
    subject: End
    object: End
    judgement: Judgement | None
    changes: tuple[tuple[str, str, str], ...]
    history: tuple[Judgement, ...]
    evidence: str | None

    @property
    def verdict(self) -> str:
        return self.judgement.verdict if self.judgement else ""

    @property
    def in_ledger(self) -> bool:
        """Whether it is about a measure, whose life the ledger tells."""
        return self.claim.predicate in measure_predicates()

    @property
    def qualifiers(self) -> list[tuple[str, str]]:
        """Name and text of each but the status."""
        return [item for item in qualifier_items(self.claim.qualifiers) if item[0] != "status"]


@dataclass(frozen=True)
class View:
    """A document with its claims, in the order of their evidence.

    Attributes:
        record: as people corrected it, but with rejected claims; ids of claims are those that they are judged by.
    """

    record: AnnotatedDocument
    claims: tuple[Shown, ...]

    @property
    def judged(self) -> int:
        return sum(1 for shown in self.claims if shown.judgement)


def view(of: Desk, key: str, record: AnnotatedDocument) -> View:
    """A record with what people said of it."""
    history = of.judgements.history(key)
    return viewed(record, history, of.judgements)


def viewed(record: AnnotatedDocument, history: Sequence[Judgement], judgements: Judgements) -> View:
    """See `view`; `history` holds all judgements of the document, oldest first."""
    last = {one.claim: one for one in history}
    held = {key: one for key, one in last.items() if one.verdict != "undone"}
    reviewed = judgements.reviewed(record, tuple(held.values()))
    right = {claim.id: claim for claim in reviewed.claims}
    mentions = {e.id: e for e in (*record.entities, *reviewed.entities)}
    found = [
        _shown(key, claim, held.get(key), [j for j in history if j.claim == key], mentions, record.doc.text)
        for key, claim in _standing(record, held, right)
    ]
    found.sort(key=lambda shown: (shown.claim.evidence.start, shown.claim.evidence.end, shown.id))
    claims = [shown.claim.model_copy(update={"id": shown.id}) for shown in found]
    return View(reviewed.model_copy(update={"claims": claims}), tuple(found))


def _standing(
    record: AnnotatedDocument, held: Mapping[str, Judgement], right: Mapping[str, Claim]
) -> Iterable[tuple[str, Claim]]:
    """Id to judge by, and claim: the program's as they stand, then those that people alone say."""
    said = {claim.id: claim for claim in record.claims}
    for key, claim in said.items():
        one = held.get(key)
        yield key, right.get(one.record.id, claim) if one and one.record else claim
    for key, one in held.items():
        if key not in said and one.record and one.record.id in right and one.record.id not in said:
            yield key, right[one.record.id]


def _shown(
    key: str,
    claim: Claim,
    judgement: Judgement | None,
    history: Sequence[Judgement],
    mentions: Mapping[str, Entity],
    text: str | None,
) -> Shown:
    ends = mentions[claim.subject], mentions[claim.object]
    words = text[claim.evidence.start : claim.evidence.end] if text is not None else claim.evidence.text
    return Shown(
        id=key,
        claim=claim,
        subject=End.of(ends[0]),
        object=End.of(ends[1]),
        judgement=judgement,
        changes=tuple(_changes(judgement, ends)) if judgement else (),
        history=tuple(history),
        evidence=" ".join(words.split()) if words else None,
    )


def _changes(judgement: Judgement, ends: tuple[Entity, Entity]) -> Iterable[tuple[str, str, str]]:
    """What a correction changed; nothing where the program had not said it at all."""
    before, right = judgement.before, judgement.record
    if before is None or right is None or judgement.ends_before is None:
        return
    facts = [_facts(before, judgement.ends_before), _facts(right, ends)]
    for name in dict.fromkeys((*facts[0], *facts[1])):
        old, new = (fact.get(name, "none") for fact in facts)
        if old != new:
            yield name, old, new


def _facts(claim: Claim, ends: tuple[Entity, Entity]) -> dict[str, str]:
    named = {"subject": end_name(ends[0])[0], "predicate": claim.predicate.replace("_", " ")}
    qualifiers: dict[str, str] = {}
    for name, value in qualifier_items(claim.qualifiers):
        qualifiers[name] = f"{qualifiers[name]}, {value}" if name in qualifiers else value
    return named | {"object": end_name(ends[1])[0]} | qualifiers


# --- the text ---------------------------------------------------------------------------------------------------------


def text_parts(record: AnnotatedDocument) -> list[Markup]:
    """The text with its highlights, cut after line ends into parts of some thousand characters."""
    text = record.doc.text or ""
    starts = _starts(text)
    inside: list[list[Layer]] = [[] for _ in starts]
    for layer in layers(record, _mark, {}):
        for number in range(bisect_right(starts, layer.start) - 1, bisect_right(starts, layer.end - 1)):
            inside[number].append(layer)
    bounds = zip(starts, [*starts[1:], len(text)], strict=True)
    return [_part(text[a:b], a, found) for (a, b), found in zip(bounds, inside, strict=True)]


def _starts(text: str) -> list[int]:
    starts = [0]
    while (cut := text.find("\n", starts[-1] + PART)) != -1 and cut + 1 < len(text):
        starts.append(cut + 1)
    return starts


def _part(text: str, start: int, found: Iterable[Layer]) -> Markup:
    """Carriage returns are written as references: browsers turn them into line feeds, and offsets would shift."""
    own = [replace(x, start=max(x.start - start, 0), end=min(x.end - start, len(text))) for x in found]
    return Markup(wrapped(text, own).replace("\r", "&#13;"))  # all parts are escaped


def _mark(entity: Entity) -> str:
    kind = " nominal" if entity.mention == "nominal" else ""
    label = escape(entity.label)
    return f'<mark class="l-{label}{kind}" data-e="{escape(entity.id)}" title="{escape(mention_says(entity))}">'
