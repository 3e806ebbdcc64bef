"""What somebody changed in a document: its mentions and claims before and after, paired, and every difference named.

A mention is the same one where span and label are; with the span alone it was relabelled, with the label and an overlap
it was moved. A claim is the same one where predicate and ends are, mention by mention or as things; with the ends alone
its predicate was changed.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from claimstake import ontology
from claimstake.evaluation.annotations import Annotation, Mention, Statement, read
from claimstake.evaluation.matching import left_over, paired
from claimstake.records import AnnotatedDocument

ADDED, REMOVED, RELABELLED, MOVED, RENAMED, REVALUED = "added", "removed", "relabelled", "moved", "renamed", "revalued"
CHANGED = "changed"
MENTION, CLAIM = "mention", "claim"
MENTION_CHANGES = (ADDED, REMOVED, RELABELLED, MOVED, RENAMED, REVALUED)
CLAIM_CHANGES = (ADDED, REMOVED, CHANGED)
USUAL = {"polarity": "affirmed", "certainty": "asserted"}  # what the absence of a qualifier says

Pairs = list[tuple[Mention, Mention]]
Key = Callable[[Statement], Hashable]


@dataclass(frozen=True)
class Change:
    """One difference.

    Attributes:
        document: its id.
        thing: "mention" or "claim".
        kind: one of MENTION_CHANGES or CLAIM_CHANGES.
        of: the label or predicate, as it was where there was one.
        what: the mention's text, or the claim as names: "China | gallium".
        part: of a changed claim what differs: "predicate", "subject", "object", "evidence" or the name of a qualifier.
        before, after: what differs, in words; empty where there is nothing.
        start: where the mention, or the claim's evidence, begins: code points of the text.
    """

    document: str
    thing: str
    kind: str
    of: str
    what: str
    part: str = ""
    before: str = ""
    after: str = ""
    start: int = 0

    def to_json(self) -> dict[str, Any]:
        """Without what is empty."""
        return {key: value for key, value in asdict(self).items() if value != ""}


def changes(before: AnnotatedDocument, after: AnnotatedDocument) -> list[Change]:
    """All differences of two annotations of one text: mentions in the order of the text, then claims."""
    return _Comparison(read(before), read(after), before, after).changes()


class _Comparison:
    def __init__(self, old: Annotation, new: Annotation, before: AnnotatedDocument, after: AnnotatedDocument) -> None:
        self.old, self.new = old, new
        sides = ((old, before), (new, after))
        self.evidence = {id(c): e.evidence for one, all_ in sides for c, e in zip(one.claims, all_.claims, strict=True)}
        self.text = after.doc.text or before.doc.text or ""
        self.same = _by_key(old.mentions, new.mentions, lambda m: (m.start, m.end, m.label, m.named))
        rest = left_over(old.mentions, new.mentions, self.same)
        self.relabelled = _by_key(*rest, lambda m: (m.start, m.end, m.named))
        rest = left_over(*rest, self.relabelled)
        self.moved = paired(*rest, lambda a, b: (a.label, a.named) == (b.label, b.named))
        self.removed, self.added = left_over(*rest, self.moved)
        self.now = {a.id: b.id for pairs in (self.same, self.relabelled, self.moved) for a, b in pairs}

    def changes(self) -> list[Change]:
        """See the function of this name."""
        mentions = sorted(self._mentions(), key=lambda c: (c.start, MENTION_CHANGES.index(c.kind), c.of))
        claims = sorted(self._claims(), key=lambda c: (c.start, c.of, c.what, CLAIM_CHANGES.index(c.kind), c.part))
        return [*mentions, *claims]

    # --- mentions -----------------------------------------------------------------------------------------------------

    def _mentions(self) -> Iterator[Change]:
        yield from (self._mention(REMOVED, m, before=m.text) for m in self.removed)
        yield from (self._mention(ADDED, m, after=m.text) for m in self.added)
        for a, b in self.relabelled:
            yield self._mention(RELABELLED, a, _label(a), _label(b))
            if a.canonical.casefold() != b.canonical.casefold() and "DATE" not in (a.label, b.label):
                yield self._mention(RENAMED, a, a.canonical, b.canonical)
        for a, b in self.moved:
            yield self._mention(MOVED, a, f"{a.text} ({a.start}-{a.end})", f"{b.text} ({b.start}-{b.end})")
        for a, b in (*self.same, *self.moved):
            yield from self._named(a, b)

    def _named(self, a: Mention, b: Mention) -> Iterator[Change]:
        """Name and value; a moved mention that has its new text as name was not named, a date's name is its value."""
        if a.value != b.value:
            yield self._mention(REVALUED, a, _words(a.value), _words(b.value))
        follows = a.text != b.text and b.canonical.casefold() == b.text.casefold()
        if a.canonical != b.canonical and not follows and a.label != "DATE":
            yield self._mention(RENAMED, a, a.canonical, b.canonical)

    def _mention(self, kind: str, mention: Mention, before: str = "", after: str = "") -> Change:
        return Change(self.old.id, MENTION, kind, _label(mention), mention.text, "", before, after, start=mention.start)

    # --- claims -------------------------------------------------------------------------------------------------------

    def _claims(self) -> Iterator[Change]:
        old, new = list(self.old.claims), list(self.new.claims)
        for key, parts in (
            (lambda side: self._ends_of(side, said=True), ()),
            (self._ends_of, ()),
            (self._things_of, ("subject", "object")),
            (lambda side: self._ends_of(side, predicate=False), ("predicate",)),
        ):
            pairs, old, new = _matched(old, new, key(0), key(1))
            for a, b in pairs:
                yield from self._differences(a, b, parts)
        yield from (self._claim(REMOVED, c, 0) for c in old)
        yield from (self._claim(ADDED, c, 1) for c in new)

    def _ends_of(self, side: int, *, said: bool = False, predicate: bool = True) -> Key:
        """Key of a claim by its mentions, those of before as the ones that they are now."""

        def key(claim: Statement) -> Hashable:
            ends = [self.now.get(end, ("gone", end)) if side == 0 else end for end in (claim.subject, claim.object)]
            qualifiers = _words(_said(claim)) if said else ""
            return _directed(claim.predicate, ends), claim.predicate if predicate else "", qualifiers

        return key

    def _things_of(self, side: int) -> Key:
        """Key of a claim by the names of its ends; names of before where the mention itself has another name now."""
        names = {m.id: m.canonical for m in self.new.mentions}
        if side == 0:
            names = {m.id: names.get(self.now.get(m.id, ""), m.canonical) for m in self.old.mentions}
        return lambda claim: (_directed(claim.predicate, [names[claim.subject], names[claim.object]]), claim.predicate)

    def _differences(self, a: Statement, b: Statement, parts: Sequence[str]) -> Iterator[Change]:
        if "predicate" in parts:
            yield self._claim(CHANGED, a, 0, "predicate", a.predicate, b.predicate)
        for part in ("subject", "object") if "subject" in parts else ():
            ends = getattr(a, part), getattr(b, part)
            if self.now.get(ends[0]) != ends[1]:
                yield self._claim(CHANGED, a, 0, part, self._place(self.old, ends[0]), self._place(self.new, ends[1]))
        old, new = _said(a), _said(b)
        for name in dict.fromkeys((*old, *new)):
            if old.get(name) != new.get(name):
                yield self._claim(CHANGED, a, 0, name, _words(old.get(name)), _words(new.get(name)))
        spans = self.evidence[id(a)], self.evidence[id(b)]
        if (spans[0].start, spans[0].end) != (spans[1].start, spans[1].end):
            yield self._claim(CHANGED, a, 0, "evidence", *(self.text[s.start : s.end] for s in spans))

    @staticmethod
    def _place(side: Annotation, mention: str) -> str:
        found = side.by_id[mention]
        return f"{found.text} ({found.start}-{found.end})"

    def _claim(
        self, kind: str, claim: Statement, side: int, part: str = "", before: str = "", after: str = ""
    ) -> Change:
        mentions = (self.old, self.new)[side].by_id
        what = " | ".join(mentions[end].canonical for end in (claim.subject, claim.object))
        start = self.evidence[id(claim)].start
        if kind != CHANGED:
            said = _words(_said(claim))
            before, after = (said, "") if kind == REMOVED else ("", said)
        return Change(self.old.id, CLAIM, kind, claim.predicate, what, part, before, after, start)


def _directed(predicate: str, ends: list[Any]) -> Hashable:
    known = ontology.default().predicates.get(predicate)
    return frozenset(ends) if known is not None and known.symmetric else tuple(ends)


def _by_key(old: Sequence[Mention], new: Sequence[Mention], key: Callable[[Mention], Hashable]) -> Pairs:
    """Mentions of one key, in order of the text."""
    waiting: dict[Hashable, list[Mention]] = defaultdict(list)
    for mention in new:
        waiting[key(mention)].append(mention)
    return [(mention, waiting[key(mention)].pop(0)) for mention in old if waiting[key(mention)]]


def _matched(
    old: Iterable[Statement], new: Iterable[Statement], of_old: Key, of_new: Key
) -> tuple[list[tuple[Statement, Statement]], list[Statement], list[Statement]]:
    """Claims of one key in pairs, and those of before and after that are left."""
    waiting: dict[Hashable, list[Statement]] = defaultdict(list)
    for claim in new:
        waiting[of_new(claim)].append(claim)
    pairs, rest = [], []
    for claim in old:
        found = waiting[of_old(claim)]
        if found:
            pairs.append((claim, found.pop(0)))
        else:
            rest.append(claim)
    return pairs, rest, [claim for claims in waiting.values() for claim in claims]


def _said(claim: Statement) -> dict[str, Any]:
    """Qualifiers but those that say what is usual."""
    return {name: value for name, value in claim.qualifiers.items() if value and USUAL.get(name) != value}


def _label(mention: Mention) -> str:
    return mention.label if mention.named else f"{mention.label} (nominal)"


def _words(value: Any) -> str:
    """A value or qualifier for people."""
    if isinstance(value, str) or value is None:
        return value or ""
    if isinstance(value, list):
        return ", ".join(f"{time['kind']}:{time['value']}" for time in value)
    if "comparator" in value:
        numbers = value["value"] if isinstance(value["value"], list | tuple) else [value["value"]]
        return " ".join([value["comparator"], *(f"{number:g}" for number in numbers), value["unit"]])
    if all(isinstance(key, str) for key in value):
        return "; ".join(f"{name}={_words(item)}" for name, item in sorted(value.items()))
    return json.dumps(value, ensure_ascii=False)
