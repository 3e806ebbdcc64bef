"""A layer of spans, arcs and sheets back into a document; what does not fit is told, with the place and the mend."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

from claimstake import ontology as ontologies
from claimstake.interchange import sheet
from claimstake.interchange.claim_lines import ClaimLines, Drawn
from claimstake.interchange.drawing import EVIDENCE, NOMINAL, SAME_AS, DrawnArc, DrawnSpan, Layer
from claimstake.interchange.evidence import Bounds
from claimstake.interchange.naming import Mention, Namer, Said, by_place, place
from claimstake.interchange.resolver import PlainResolver, Resolver, trimmed
from claimstake.interchange.types import Named, decode
from claimstake.ontology import Ontology
from claimstake.records import AnnotatedDocument, Claim, DocumentInfo, Entity, Qualifiers, Span, claim_id


def understood(
    text: str,
    layer: Layer,
    *,
    snapshot: AnnotatedDocument | None = None,
    info: DocumentInfo | None = None,
    ontology: Ontology | None = None,
    resolver: Resolver | None = None,
) -> tuple[AnnotatedDocument, list[str]]:
    """What an annotator's layer says.

    Args:
        text: that the offsets of layer and snapshot count.
        layer: as drawn.
        snapshot: the document as it was pushed; what is unchanged keeps confidence, knowledge base id and extractor.
        info: of the document; None takes the snapshot's.
        ontology: None takes the packaged one.
        resolver: knows names, values and sentences; None takes a plain one.

    Returns:
        The document with its text, claims in the order of their arcs; and problems, a line each, that say where and how
        to mend it. What a problem is about is not in the document unless the line says what was taken.

    Raises:
        ValueError: neither info nor a snapshot is given.
    """
    if info is None:
        if snapshot is None:
            raise ValueError("understood needs the document's info or a snapshot")
        info = snapshot.doc
    reading = _Reading(text, layer, snapshot, ontology or ontologies.default(), resolver or PlainResolver(text))
    entities, claims = reading.read(info.id)
    document = AnnotatedDocument(
        doc=info.model_copy(update={"text": text}),
        entities=entities,
        claims=claims,
        pipeline=snapshot.pipeline if snapshot is not None else None,
    )
    return document, reading.problems


class _Reading:
    def __init__(
        self, text: str, layer: Layer, snapshot: AnnotatedDocument | None, ontology: Ontology, resolver: Resolver
    ) -> None:
        self.text, self.layer, self.snapshot = text, layer, snapshot
        self.ontology, self.resolver = ontology, resolver
        self.problems: list[str] = []
        self.sentences: list[Bounds] = []
        self.lost: dict[int, str] = {}  # spans that are no mention, and why
        self.of_span: dict[int, list[Mention]] = {}
        self.drawn = {s.id: s for s in layer.spans}
        self.before = by_place(snapshot)
        self.pushed = _triples(snapshot) if snapshot is not None else {}

    def read(self, document: str) -> tuple[list[Entity], list[Claim]]:
        """Entities and claims; fills `problems`."""
        mentions = self._mentions()
        said = self._said()
        Namer(said, self.ontology, self.resolver, self.text, self.problems).name(mentions)
        arcs = sorted(self.layer.arcs, key=lambda a: a.id)
        read = [(arc, named) for arc in arcs if (named := self._named(arc)) is not None]
        mentions = self._same_things(mentions, [arc for arc, named in read if named.predicate == SAME_AS])
        claims = list(self._claims([(arc, named) for arc, named in read if named.predicate != SAME_AS]))
        ClaimLines(self.text, said, self.resolver, self.sentences, mentions, self.problems).apply(claims)
        claims = self._ordered(self._each_once(claims))
        mentions.sort(key=lambda m: m.order)
        numbers = {id(m): f"e{i}" for i, m in enumerate(mentions, 1)}
        entities = [self._entity(m, numbers[id(m)]) for m in mentions]
        return entities, [self._claim(document, c, numbers) for c in claims]

    # --- mentions -----------------------------------------------------------------------------------------------------

    def _mentions(self) -> list[Mention]:
        found: dict[tuple[int, int, str], Mention] = {}
        mentions: list[Mention] = []
        for span in sorted(self.layer.spans, key=lambda s: s.id):
            bounds = self._bounds(span)
            if bounds is None:
                continue
            if span.type == EVIDENCE:
                self.sentences.append(bounds)
                self.lost[span.id] = "an EVIDENCE span"
                continue
            mention = None if span.type == NOMINAL else found.get((*bounds, span.type))
            if mention is None:
                mention = self._mention(span, bounds)
                mention.before = self.before.get((*bounds, span.type, False))
                mentions.append(mention)
                found[(*bounds, span.type)] = mention
            mention.spans.append(span.id)
            mention.probability = max(mention.probability, span.probability)
            self.of_span[span.id] = [mention]
        self._overlaps(mentions)
        return mentions

    def _mention(self, span: DrawnSpan, bounds: Bounds) -> Mention:
        nominal = span.type == NOMINAL
        return Mention(*bounds, None if nominal else span.type, self.text[slice(*bounds)], nominal)

    def _bounds(self, span: DrawnSpan) -> Bounds | None:
        """Bounds of a span that is something in the text; else it is told and lost."""
        where = f"{span.type} at characters {span.start}-{span.end}"
        if span.type not in (NOMINAL, EVIDENCE, *self.ontology.labels):
            shown = place(self.text, span.start, span.end)
            return self._lose(span, f"{shown}: {span.type!r} is no label of the ontology; give it another one")
        if not 0 <= span.start < span.end:
            return self._lose(span, f"{where}: a span without a character; delete it")
        if span.end > len(self.text):
            return self._lose(span, f"{where}: the text ends at {len(self.text)}; delete it and draw it again")
        start, end = trimmed(self.text, span.start, span.end)
        if start == end:
            return self._lose(span, f"{where}: nothing but white space; delete it")
        if (start, end) != (span.start, span.end) and span.type != EVIDENCE:
            shown = place(self.text, start, end)
            self.problems.append(f"{shown}: drawn with white space at its ends, which was left out")
        return start, end

    def _lose(self, span: DrawnSpan, problem: str) -> None:
        self.lost[span.id] = "a span that was left out"
        self.problems.append(problem)

    def _overlaps(self, mentions: Sequence[Mention]) -> None:
        """Tell of mentions that overlap without one being inside the other."""
        ordered = sorted(mentions, key=lambda m: (m.start, -m.end))
        for i, mention in enumerate(ordered):
            for other in ordered[i + 1 :]:
                if other.start >= mention.end:
                    break
                if mention.start < other.start and mention.end < other.end:
                    here = place(self.text, mention.start, mention.end)
                    self.problems.append(f"{here} and {other.text!r} overlap in part; mend the bounds of one of them")

    def _said(self) -> list[Said]:
        said: list[Said] = []
        misread: list[sheet.Misread] = []
        for text in self.layer.sheets:
            lines, wrong = sheet.parse(text, self.ontology)
            machine = any(sheet.is_header(row) for row in text.splitlines()[:1])
            said += [Said(line, words, machine) for line, words in lines]
            mended = {sheet.about(words) for _, words in lines}
            misread = [m for m in misread if sheet.about(m.words) not in mended] + wrong
        self.problems += map(str, misread)
        return said

    # --- arcs ---------------------------------------------------------------------------------------------------------

    def _named(self, arc: DrawnArc) -> Named | None:
        """What the arc's type says, where it and both ends are something."""
        named, problems = decode(arc.type, self.ontology)
        if problems:
            taken = f"; taken as {named.name!r}" if named is not None else ""
            self._tell(arc, f"{'; '.join(problems)}{taken}; change its type")
        for end in (arc.source, arc.target):
            if end not in self.of_span:
                self._tell(arc, f"it ends at {self.lost.get(end, 'a span that is not there')}; delete it")
                return None
        if arc.source == arc.target:
            self._tell(arc, "from a mention to itself; delete it")
            return None
        return named

    def _tell(self, arc: DrawnArc, problem: str) -> None:
        self.problems.append(f"arc {arc.type!r} {self._ends(arc)}: {problem}")

    def _ends(self, arc: DrawnArc) -> str:
        ends = [self.drawn.get(end) for end in (arc.source, arc.target)]
        shown = [place(self.text, s.start, s.end) if s is not None else "nothing" for s in ends]
        return f"from {shown[0]} to {shown[1]}"

    def _same_things(self, mentions: list[Mention], arcs: Sequence[DrawnArc]) -> list[Mention]:
        """Give nominals, and mentions with a `same_as` arc, the names of the things that they are."""
        targets: dict[int, list[Mention]] = {}
        for arc in arcs:
            targets.setdefault(id(self.of_span[arc.source][0]), []).append(self.of_span[arc.target][0])
        whole = [self._renamed(m, _things(m, targets)) for m in mentions if not m.nominal]
        for mention in [m for m in mentions if m.nominal]:
            copies = self._copies(mention, _things(mention, targets))
            whole += copies
            for span in mention.spans:
                self.of_span[span] = copies
                if not copies:
                    del self.of_span[span]
                    self.lost[span] = "a NOMINAL without a thing that it stands for"
        return whole

    def _renamed(self, mention: Mention, things: Sequence[Mention]) -> Mention:
        names = {t.canonical for t in things} - {mention.canonical}
        if len(names) > 1:
            here = place(self.text, mention.start, mention.end)
            self.problems.append(
                f"{here}: same_as arcs to several things: {sorted(map(str, names))}; delete all but one"
            )
        elif names:
            mention.canonical = names.pop()
            mention.kb_id = next((t.kb_id for t in things), None)
        return mention

    def _copies(self, mention: Mention, things: Sequence[Mention]) -> list[Mention]:
        """A mention for each thing that a nominal stands for."""
        unique = {(t.label, t.canonical): t for t in things}
        if not unique and mention.label is not None:
            unique = {(mention.label, mention.canonical): mention}
        if not unique:
            here = place(self.text, mention.start, mention.end)
            self.problems.append(
                f"{here}: a NOMINAL that stands for nothing; draw a same_as arc to the mention that it means, or add a "
                f'comment like "name: {sheet.quoted(mention.text)} @{mention.start} = its name | PLACE"'
            )
        copies = []
        for (label, canonical), thing in unique.items():
            copy = Mention(mention.start, mention.end, label, mention.text, True, mention.probability, mention.spans)
            copy.canonical, copy.machine_name = canonical, thing.machine_name
            copy.kb_id = thing.kb_id or (thing.before.kb_id if thing.before is not None else None)
            copy.before = self.before.get((copy.start, copy.end, label or "", True))
            copies.append(copy)
        return copies

    # --- claims -------------------------------------------------------------------------------------------------------

    def _claims(self, arcs: Sequence[tuple[DrawnArc, Named]]) -> Iterator[Drawn]:
        for arc, named in arcs:
            known = self.ontology.predicates[named.predicate]
            if lost := [end for end in (arc.source, arc.target) if end not in self.of_span]:
                self._tell(arc, f"it ends at {self.lost[lost[0]]}")
                continue
            for subject, object_ in product(self.of_span[arc.source], self.of_span[arc.target]):
                if known.accepts(subject.label or "", object_.label or ""):
                    yield Drawn(arc, named, subject, object_)
                    continue
                back = known.accepts(object_.label or "", subject.label or "")
                mend = "turn it round" if back else "change its type or the labels of its ends"
                self._tell(arc, f"it does not go from {subject.label} to {object_.label}; {mend}")

    def _each_once(self, claims: Sequence[Drawn]) -> list[Drawn]:
        """One claim of each predicate and two things; of two that differ the later arc is taken."""
        kept: dict[tuple[str, ...], Drawn] = {}
        for claim in claims:
            symmetric = self.ontology.predicates[claim.named.predicate].symmetric
            key = (claim.named.predicate, *(sorted(claim.names) if symmetric else claim.names))
            first = kept.setdefault(key, claim)
            alike = _said_alike(first, claim)
            if first is claim or (alike and first.subject is claim.subject and first.object is claim.object):
                continue
            if not alike:
                kept[key] = claim
            self.problems.append(
                f"{' | '.join(key)} is drawn twice, as {first.arc.type!r} {self._ends(first.arc)} and as "
                f"{claim.arc.type!r} {self._ends(claim.arc)}; the {'first' if alike else 'later'} one is taken; "
                "delete the other"
            )
        return list(kept.values())

    def _ordered(self, claims: Sequence[Drawn]) -> list[Drawn]:
        """Claims of the snapshot in its order, then the others in that of their arcs."""
        places = {key: i for i, key in enumerate(self.pushed)}
        return sorted(claims, key=lambda c: (places.get((c.named.predicate, *c.names), len(places)), c.arc.id))

    # --- records ------------------------------------------------------------------------------------------------------

    def _entity(self, mention: Mention, number: str) -> Entity:
        before = mention.before
        same = before is not None and (before.canonical, before.value) == (mention.canonical, mention.value)
        drawn = round(mention.probability, 3) if self.snapshot is None and mention.probability else None
        return Entity(
            id=number,
            label=mention.label or "",
            text=mention.text,
            start=mention.start,
            end=mention.end,
            canonical=mention.canonical or mention.text,
            kb_id=before.kb_id if same and before is not None else mention.kb_id,
            mention="nominal" if mention.nominal else "name",
            value=mention.value,
            confidence=before.confidence if same and before is not None else drawn,
            extractor=before.extractor if same and before is not None else None,
        )

    def _claim(self, document: str, drawn: Drawn, numbers: dict[int, str]) -> Claim:
        qualifiers = Qualifiers(**{k: v for k, v in (drawn.named.qualifiers | drawn.free).items() if v is not None})
        start, end = drawn.evidence or (drawn.subject.start, drawn.subject.end)
        before = self._pushed(drawn, qualifiers, (start, end))
        probability = round(drawn.arc.probability, 3) if self.snapshot is None and drawn.arc.probability else None
        return Claim(
            id=claim_id(document, drawn.named.predicate, *drawn.names, qualifiers.polarity or "affirmed"),
            predicate=drawn.named.predicate,
            subject=numbers[id(drawn.subject)],
            object=numbers[id(drawn.object)],
            qualifiers=qualifiers,
            evidence=Span(start=start, end=end, text=self.text[start:end]),
            confidence=before.confidence if before is not None else probability,
            extractor=before.extractor if before is not None else None,
        )

    def _pushed(self, drawn: Drawn, qualifiers: Qualifiers, evidence: Bounds) -> Claim | None:
        """The same claim as it was pushed, where nothing of it was changed."""
        claim = self.pushed.get((drawn.named.predicate, *drawn.names))
        if claim is None or claim.qualifiers != qualifiers:
            return None
        return claim if (claim.evidence.start, claim.evidence.end) == evidence else None


def _triples(document: AnnotatedDocument) -> dict[tuple[str, str, str], Claim]:
    """Claims by predicate and names of subject and object, in their order."""
    names = {e.id: e.canonical for e in document.entities}
    return {(c.predicate, names[c.subject], names[c.object]): c for c in document.claims}


def _things(mention: Mention, targets: dict[int, list[Mention]]) -> list[Mention]:
    """What a mention is the same as, through any number of nominals; without itself."""
    found: list[Mention] = []
    open_, seen = list(targets.get(id(mention), [])), {id(mention)}
    while open_:
        target = open_.pop(0)
        if id(target) in seen:
            continue
        seen.add(id(target))
        if target.nominal and target.label is None:
            open_ += targets.get(id(target), [])
        else:
            found.append(target)
    return found


def _said_alike(first: Drawn, second: Drawn) -> bool:
    return (first.named.name, first.free) == (second.named.name, second.free)
