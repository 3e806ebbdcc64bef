"""Claim lines of sheets, brought to the claims that arcs draw."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from claimstake.interchange import sheet
from claimstake.interchange.drawing import DrawnArc
from claimstake.interchange.evidence import Bounds, chosen, found
from claimstake.interchange.naming import Mention, Said, place
from claimstake.interchange.resolver import Resolver
from claimstake.interchange.types import Named

NAMING = ("attribution", "target")  # qualifiers that are canonical names


@dataclass
class Drawn:
    """A claim on its way from an arc."""

    arc: DrawnArc
    named: Named
    subject: Mention
    object: Mention
    free: dict[str, Any] = field(default_factory=dict)
    evidence: Bounds | None = None

    @property
    def names(self) -> tuple[str, str]:
        return self.subject.canonical or "", self.object.canonical or ""


class ClaimLines:
    """Gives claims their free qualifiers and their evidence.

    Args:
        sentences: bounds of the drawn evidence.
        mentions: all of the document, with their names.
        problems: to add to.
    """

    def __init__(
        self,
        text: str,
        said: Sequence[Said],
        resolver: Resolver,
        sentences: Sequence[Bounds],
        mentions: Sequence[Mention],
        problems: list[str],
    ) -> None:
        self.text, self.resolver, self.sentences, self.problems = text, resolver, sentences, problems
        self.said = [(s, s.line) for s in said if isinstance(s.line, sheet.ClaimLine)]
        self.names = {m.canonical for m in mentions}
        self.renamed = _changed((m.machine_name, m.canonical) for m in mentions)
        dates = [m for m in mentions if m.label == "DATE"]
        self.redated = _changed((str(m.machine_value), str(m.value)) for m in dates if m.machine_value and m.value)

    def apply(self, claims: Sequence[Drawn]) -> None:
        """Set `free` and `evidence` of the claims."""
        evidence: dict[int, tuple[Said, str | Bounds]] = {}
        lines: dict[int, tuple[Said, sheet.ClaimLine]] = {}
        moot = []
        for s, line in self.said:
            meant = _meant(line, claims)
            lines.update((id(claim), (s, line)) for claim in meant)
            if line.evidence is not None:
                evidence.update((id(claim), (s, line.evidence)) for claim in meant)
            if not meant:
                moot.append((s, line))
        for claim in claims:
            if id(claim) in lines:
                claim.free = self._qualifiers(*lines[id(claim)])
            claim.evidence = self._evidence(claim, evidence.get(id(claim)))
        for s, line in moot:
            self._tell(s, line, [c for c in claims if id(c) not in lines], claims)

    def _qualifiers(self, s: Said, line: sheet.ClaimLine) -> dict[str, Any]:
        qualifiers = dict(line.qualifiers)
        if s.machine and qualifiers.get("time"):
            qualifiers["time"] = [{**t, "value": self.redated.get(t["value"], t["value"])} for t in qualifiers["time"]]
        for key in NAMING:
            name = qualifiers.get(key)
            if name is None or name in self.names:
                continue
            if s.machine:
                qualifiers[key] = self.renamed.get(name, name)
            elif key == "target":
                what = f"no mention is called {name!r}; write it as a mention has it"
                self.problems.append(f"comment line {s.words!r}: {what}")
        return qualifiers

    def _evidence(self, claim: Drawn, said: tuple[Said, str | Bounds] | None) -> Bounds:
        ends = [(m.start, m.end) for m in (claim.subject, claim.object)]
        bounds = self._quoted(*said) if said is not None else None
        if bounds is None:
            bounds = chosen(ends, self.sentences, self.resolver)
        if not self.sentences and said is None and not all(bounds[0] <= a and b <= bounds[1] for a, b in ends):
            self.problems.append(
                f"{place(self.text, *ends[0])} {claim.named.name} {claim.object.text!r}: the two stand far from each "
                "other and no EVIDENCE is drawn; draw the sentence that says it"
            )
        return bounds

    def _quoted(self, s: Said, quote: str | Bounds) -> Bounds | None:
        """Bounds that a line gives; the program's own hold as long as that sentence is still drawn."""
        bounds = quote if isinstance(quote, tuple) else found(self.text, quote, self.resolver)
        if bounds is not None and 0 <= bounds[0] < bounds[1] <= len(self.text):
            return bounds if not s.machine or not self.sentences or bounds in self.sentences else None
        if not s.machine:
            self.problems.append(
                f"comment line {s.words!r}: the evidence is not found, or its first words occur more than once; "
                "quote more of them, as the text has them"
            )
        return None

    def _tell(self, s: Said, line: sheet.ClaimLine, unsaid: Sequence[Drawn], claims: Sequence[Drawn]) -> None:
        """Say that a line has no arc; one of the program whose arc was deleted is moot."""
        others = [c for c in unsaid if _anyhow(c.subject, line.subject) and _anyhow(c.object, line.object)]
        others += [c for c in unsaid if c.named.predicate == line.predicate and _overlap(c, line)]
        if s.machine and others:
            new = sheet.ClaimLine(others[0].named.predicate, *others[0].names, line.qualifiers)
            self.problems.append(
                f"comment line {s.words!r}: there is no such arc any more, but one of {others[0].named.name!r} without "
                f"these qualifiers; where they hold for it, add the comment {str(new)!r}"
            )
        elif not s.machine:
            there = [" | ".join(c.names) for c in claims if c.named.predicate == line.predicate]
            known = f" (there are: {'; '.join(there[:5])})" if there else ""
            self.problems.append(f"comment line {s.words!r}: no such arc{known}; draw it, or mend the names")


def _meant(line: sheet.ClaimLine, claims: Sequence[Drawn]) -> list[Drawn]:
    """Claims with the line's predicate between the line's things, called as they are now, else as they were."""
    same = [c for c in claims if c.named.predicate == line.predicate]
    for calls in (_now, _before, _loosely, _anyhow):
        if meant := [c for c in same if calls(c.subject, line.subject) and calls(c.object, line.object)]:
            return meant
    return []


def _now(mention: Mention, name: str) -> bool:
    return mention.canonical == name


def _before(mention: Mention, name: str) -> bool:
    return mention.machine_name == name


def _loosely(mention: Mention, name: str) -> bool:
    return name.casefold() in ((mention.canonical or "").casefold(), mention.text.casefold())


def _anyhow(mention: Mention, name: str) -> bool:
    return _now(mention, name) or _before(mention, name) or _loosely(mention, name)


def _overlap(claim: Drawn, line: sheet.ClaimLine) -> bool:
    """Whether one end is what the line says and the other a longer or shorter name of it: a mention drawn anew."""
    pairs = (claim.subject, line.subject), (claim.object, line.object)
    same = [_anyhow(mention, name) for mention, name in pairs]
    part = [
        name.casefold() in (m.canonical or "").casefold() or m.text.casefold() in name.casefold() for m, name in pairs
    ]
    return any(same) and all(part)


def _changed(pairs: Iterable[tuple[str | None, str | None]]) -> Mapping[str, str]:
    """From what was before and is now of each mention: what no mention has any more, and what all that had it have."""
    pairs = list(pairs)
    now = {new for _, new in pairs}
    changes: dict[str, set[str]] = {}
    for old, new in pairs:
        if old and new and old not in now:
            changes.setdefault(old, set()).add(new)
    return {old: new.pop() for old, new in changes.items() if len(new) == 1}
