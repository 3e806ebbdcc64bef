"""A document as a layer of spans, arcs and a sheet; see `interchange.drawing` for what stands for what.

`understood` (in `interchange.understanding`) is the way back; `understood(draw(document))` is the document again, but
for knowledge base ids, extractors and the confidences of claims, which only a snapshot keeps.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import count
from typing import Any

from claimstake import ontology as ontologies
from claimstake.interchange import sheet
from claimstake.interchange.drawing import EVIDENCE, NOMINAL, SAME_AS, DrawnArc, DrawnSpan, Layer
from claimstake.interchange.evidence import chosen, written
from claimstake.interchange.naming import VALUED
from claimstake.interchange.resolver import PlainResolver, default_name
from claimstake.interchange.types import CLOSED, decode, encode
from claimstake.interchange.understanding import understood as understood
from claimstake.ontology import Ontology
from claimstake.records import AnnotatedDocument, Claim, Entity


def draw(document: AnnotatedDocument, ontology: Ontology | None = None, *, evidence: bool = True) -> Layer:
    """A document as somebody sees it on the page.

    Args:
        document: with its text.
        ontology: None takes the packaged one.
        evidence: draw the sentences that claims rest on; without, the sheet holds them.

    Returns:
        Spans in text order with ids from 1, mentions first; arcs in the order of claims; at most one sheet. Offsets
        are those of the document's text.

    Raises:
        ValueError: the document carries no text.
    """
    return _Drawing(document, ontology or ontologies.default(), evidence).layer()


class _Drawing:
    def __init__(self, document: AnnotatedDocument, ontology: Ontology, evidence: bool) -> None:
        if document.doc.text is None:
            raise ValueError(f"{document.doc.id}: the record carries no text; annotate with --text")
        self.document, self.ontology, self.text = document, ontology, document.doc.text
        self.named = [e for e in document.entities if e.mention == "name"]
        self.nominals = [e for e in document.entities if e.mention == "nominal"]
        self.entities = {e.id: e for e in document.entities}
        spans = {(c.evidence.start, c.evidence.end) for c in document.claims if c.evidence.start < c.evidence.end}
        self.bounds = sorted(spans) if evidence else []

    def layer(self) -> Layer:
        numbers = {e.id: i for i, e in enumerate(self.document.entities, 1)}
        spans = [
            DrawnSpan(
                numbers[e.id], NOMINAL if e.mention == "nominal" else e.label, e.start, e.end, e.confidence or 0.0
            )
            for e in self.document.entities
        ]
        spans += [DrawnSpan(len(numbers) + i, EVIDENCE, *b) for i, b in enumerate(self.bounds, 1)]
        ids = count(1)
        arcs = [
            DrawnArc(next(ids), type_, numbers[source], numbers[target], probability)
            for type_, source, target, probability in self._arcs()
        ]
        lines = [*self._names(), *self._nominal_names(), *self._values(), *self._claim_lines()]
        text = sheet.write(lines)
        return Layer(tuple(spans), tuple(arcs), (text,) if text else ())

    def _arcs(self) -> Iterator[tuple[str, str, str, float]]:
        for nominal in self.nominals:
            thing = self._thing(nominal)
            if thing is not None:
                yield SAME_AS, nominal.id, thing.id, 0.0
        for claim in self.document.claims:
            type_ = encode(claim.predicate, claim.qualifiers, self.ontology)
            yield type_, claim.subject, claim.object, claim.confidence or 0.0

    def _thing(self, nominal: Entity) -> Entity | None:
        """The nearest mention by name of what a nominal stands for."""
        same = [e for e in self.named if (e.label, e.canonical) == (nominal.label, nominal.canonical)]
        return min(same, key=lambda e: (abs(e.start - nominal.start), e.start), default=None)

    def _names(self) -> Iterator[sheet.Line]:
        """Names of the surfaces of which some mention is not called what it would be by default."""
        for surface, mentions in _grouped(self.named, lambda e: e.text).items():
            if all(e.canonical == self._default(e) for e in mentions):
                continue
            alone = len({e.canonical for e in mentions}) == 1
            for label, same in _grouped(mentions, lambda e: e.label).items():
                only = None if alone or len(same) == len(mentions) else label
                usual = Counter(e.canonical for e in same).most_common(1)[0][0]
                yield sheet.NameLine(surface, usual, label=only)
                for e in same:
                    if e.canonical != usual:
                        yield sheet.NameLine(surface, e.canonical, e.start, only)
                if alone:
                    break

    def _default(self, e: Entity) -> str:
        return default_name(e.text, e.label, e.value, self.ontology)

    def _nominal_names(self) -> Iterator[sheet.Line]:
        for e in self.nominals:
            if self._thing(e) is None:
                yield sheet.NameLine(e.text, e.canonical, e.start, e.label)

    def _values(self) -> Iterator[sheet.Line]:
        valued = [e for e in self.document.entities if e.label in VALUED]
        for surface, mentions in _grouped(valued, lambda e: e.text).items():
            for label, same in _grouped(mentions, lambda e: e.label).items():
                only = None if len(same) == len(mentions) else label
                texts = [sheet.value_text(e.value) for e in same]
                usual = Counter(texts).most_common(1)[0][0]
                yield sheet.ValueLine(surface, same[texts.index(usual)].value, label=only)
                for e, text in zip(same, texts, strict=True):
                    if text != usual:
                        yield sheet.ValueLine(surface, e.value, e.start, only)
        for e in self.document.entities:
            if e.label not in VALUED and e.value is not None:
                yield sheet.ValueLine(e.text, e.value, e.start, e.label)

    def _claim_lines(self) -> Iterator[sheet.Line]:
        for claim in self.document.claims:
            subject, object_ = self.entities[claim.subject], self.entities[claim.object]
            qualifiers = self._unshown(claim)
            quoted = None
            if self._sentence(subject, object_) != (claim.evidence.start, claim.evidence.end):
                quoted = written(self.text, claim.evidence.start, claim.evidence.end)
            if qualifiers or quoted is not None:
                yield sheet.ClaimLine(claim.predicate, subject.canonical, object_.canonical, qualifiers, quoted)

    def _unshown(self, claim: Claim) -> dict[str, Any]:
        """Qualifiers that the arc does not show."""
        found = claim.qualifiers.model_dump(exclude_none=True)
        named, _ = decode(encode(claim.predicate, claim.qualifiers, self.ontology), self.ontology)
        shown = named.qualifiers if named is not None else {}
        closed = {q: found.get(q) for q in CLOSED if found.get(q) != shown.get(q)}
        return closed | {k: v for k, v in found.items() if k not in CLOSED and v != []}

    def _sentence(self, subject: Entity, object_: Entity) -> tuple[int, int] | None:
        ends = [(e.start, e.end) for e in (subject, object_)]
        return chosen(ends, self.bounds, PlainResolver(self.text)) if self.bounds else None


def _grouped(mentions: Iterable[Entity], key: Callable[[Entity], str]) -> dict[str, list[Entity]]:
    groups: dict[str, list[Entity]] = defaultdict(list)
    for mention in mentions:
        groups[key(mention)].append(mention)
    return groups
