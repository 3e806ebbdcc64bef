"""From a correction to the claim that is right: ends found or made, checked against the ontology, with its evidence."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

from claimstake.errors import ConfigError
from claimstake.interchange.resolver import PlainResolver, Resolver, default_name
from claimstake.ontology import Ontology
from claimstake.records import AnnotatedDocument, Claim, Entity, Qualifiers, Span, claim_id
from claimstake.review import checks
from claimstake.review.applying import Mentions
from claimstake.review.contract import Correction, Ends, Mark

ANALYST = "analyst"  # extractor of what people say
Bounds = tuple[int, int]


@dataclass(frozen=True)
class Said:
    """A claim and its two mentions."""

    claim: Claim
    ends: Ends


def said_of(record: AnnotatedDocument, claim: Claim) -> Said:
    """A claim of a record with its mentions.

    Raises:
        ConfigError: the record has no such mentions.
    """
    return Said(claim, (_mention(claim.subject, "subject", record), _mention(claim.object, "object", record)))


def corrected(record: AnnotatedDocument, shown: Said | None, correction: Correction, ontology: Ontology) -> Said:
    """What is right.

    Args:
        record: as people corrected it so far: ids of mentions are those.
        shown: the claim that is corrected; None where one is added.
        correction: what is None stays.
        ontology: that the claim has to fit.

    Raises:
        ConfigError: something in the correction is wrong; the message names it.
    """
    name = correction.predicate or (shown.claim.predicate if shown else None)
    wanted = {"subject": correction.subject, "object": correction.object}
    old = dict(zip(("subject", "object"), shown.ends, strict=True)) if shown else {}
    missing = [field for field, end in wanted.items() if end is None and field not in old]
    if missing or name is None:
        raise ConfigError(f"correction.{[*missing, 'predicate'][0]}: an added claim needs one")
    known = checks.predicate(name, ontology)
    maker = _Maker(record, ontology)
    subject, object_ = (old[f] if end is None else maker.end(end, f) for f, end in wanted.items())
    checks.signature(known, subject, object_)
    if correction.qualifiers is None and shown is not None:
        qualifiers = _fitting(shown.claim.qualifiers, (*checks.EVERY_CLAIM, *known.qualifiers))
    else:
        qualifiers = checks.qualifiers(correction.qualifiers or Qualifiers(), known, record)
    said = Said(_claim(record, name, (subject, object_), qualifiers), (subject, object_))
    return maker.evident(said, shown)


def same(one: Said, other: Said) -> bool:
    """Whether two say the same of the same mentions."""
    places = [[(e.start, e.end, e.label, e.canonical) for e in said.ends] for said in (one, other)]
    return places[0] == places[1] and _content(one.claim) == _content(other.claim)


def _content(claim: Claim) -> tuple[str, dict[str, object]]:
    usual = {"polarity": "affirmed", "certainty": "asserted"}
    return claim.id, usual | claim.qualifiers.model_dump(exclude_none=True)


def _claim(record: AnnotatedDocument, predicate: str, ends: Ends, qualifiers: Qualifiers) -> Claim:
    subject, object_ = ends
    polarity = qualifiers.polarity or "affirmed"
    return Claim(
        id=claim_id(record.doc.id, predicate, subject.canonical, object_.canonical, polarity),
        predicate=predicate,
        subject=subject.id,
        object=object_.id,
        qualifiers=qualifiers,
        evidence=Span(start=0, end=0),
        extractor=ANALYST,
    )


def _fitting(qualifiers: Qualifiers, takes: tuple[str, ...]) -> Qualifiers:
    """Of a claim whose predicate was corrected: those that the new one takes."""
    return Qualifiers(**{name: value for name, value in qualifiers if name in takes})


def _mention(id_: str, field: str, record: AnnotatedDocument) -> Entity:
    found = next((entity for entity in record.entities if entity.id == id_), None)
    if found is None:
        known = f"e1 to e{len(record.entities)}" if record.entities else "none"
        raise ConfigError(f"{field}: the document has no mention {id_!r} ({known}); name one, or mark words")
    return found


class _Maker:
    """Finds and makes mentions in one document."""

    def __init__(self, record: AnnotatedDocument, ontology: Ontology) -> None:
        self.record, self.ontology = record, ontology
        self.text = record.doc.text
        self.mentions = Mentions(record.entities)
        self._resolver: Resolver | None = None

    def end(self, wanted: str | Mark, field: str) -> Entity:
        """The mention that an end of a correction means."""
        if isinstance(wanted, str):
            return _mention(wanted, field, self.record)
        checks.label(wanted.label, field, self.ontology)
        start, end = self._bounds(wanted, field)
        same = [e for e in self.record.entities if (e.start, e.end, e.label) == (start, end, wanted.label)]
        name = (wanted.canonical or "").strip() or None
        found = next((e for e in same if name in (None, e.canonical)), None)
        return found or self.mentions.placed(self._made(start, end, wanted.label, name))

    def _bounds(self, mark: Mark, field: str) -> Bounds:
        """Without white space at both ends, which a mouse takes along."""
        if self.text is None:
            raise ConfigError(f"{field}: the database holds no text of the document, so nothing can be marked in it")
        if not mark.start < mark.end <= len(self.text):
            told = f"{field}: {mark.start}-{mark.end} does not lie in the text of {len(self.text):,} characters"
            raise ConfigError(f"{told}; start is less than end, and both count code points")
        words = self.text[mark.start : mark.end]
        start = mark.start + len(words) - len(words.lstrip())
        end = mark.end - len(words) + len(words.rstrip())
        if start >= end:
            raise ConfigError(f"{field}: {mark.start}-{mark.end} is white space alone; mark words")
        return start, end

    def _made(self, start: int, end: int, label: str, name: str | None) -> Entity:
        words = self._known().mention(start, end, label)
        surface = (self.text or "")[start:end]
        alike = (e for e in self.record.entities if e.text == surface and e.label == label and e.mention == "name")
        twin = next(alike, None)
        usual = words.canonical or (twin.canonical if twin else None)
        canonical = name or usual or default_name(surface, label, words.value, self.ontology)
        kb_id = words.kb_id or (twin.kb_id if twin else None)
        return Entity(
            id="e0",
            label=label,
            text=surface,
            start=start,
            end=end,
            canonical=canonical,
            kb_id=kb_id if canonical == usual else None,
            value=words.value,
            extractor=ANALYST,
        )

    def _known(self) -> Resolver:
        if self._resolver is None:
            from claimstake.annotation.knowing import ProgramResolver  # it needs the pipeline's code

            self._resolver = ProgramResolver(self.text or "", self.record.doc.published)
        return self._resolver

    def evident(self, said: Said, shown: Said | None) -> Said:
        """With its evidence: what it was, where that holds both ends; else their sentence, of mentions of the same
        things where these two stand in different ones; else from the one's sentence to the other's."""
        old = shown.claim.evidence if shown else None
        if old is not None and all(old.start <= e.start and e.end <= old.end for e in said.ends):
            return _with_evidence(said, said.ends, (old.start, old.end), old.text)
        if self.text is None:
            bounds = [*((e.start, e.end) for e in said.ends), *([(old.start, old.end)] if old else [])]
            return _with_evidence(said, said.ends, (min(bounds)[0], max(b for _, b in bounds)), None)
        sentences = PlainResolver(self.text)
        ends = self._together(said.ends, sentences)
        held = [(min(s[0], e.start), max(s[1], e.end)) for e in ends for s in [sentences.sentence(e.start)]]
        bounds = min(a for a, _ in held), max(b for _, b in held)
        return _with_evidence(said, ends, bounds, self.text[slice(*bounds)])

    def _together(self, ends: Ends, sentences: PlainResolver) -> Ends:
        """The nearest two mentions of the same things that stand in one sentence; where there are none, the ends."""

        def apart(pair: Ends) -> tuple[int, int]:
            moved = sum(abs(own.start - new.start) for own, new in zip(ends, pair, strict=True))
            return moved, abs(pair[0].start - pair[1].start)

        alike = [
            [end, *(e for e in self.record.entities if (e.label, e.canonical) == (end.label, end.canonical))]
            for end in ends
        ]
        of = {e.start: sentences.sentence(e.start) for things in alike for e in things}
        pairs = [(a, b) for a, b in product(*alike) if of[a.start] == of[b.start]]
        return min(pairs, key=apart, default=ends)


def _with_evidence(said: Said, ends: Ends, bounds: Bounds, text: str | None) -> Said:
    named = {"subject": ends[0].id, "object": ends[1].id}
    evidence = Span(start=bounds[0], end=bounds[1], text=text)
    return Said(said.claim.model_copy(update={**named, "evidence": evidence}), ends)
