"""Claim lines of sheets, brought to the claims that arcs draw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
        self.said = [s for s in said if isinstance(s.line, sheet.ClaimLine)]
        self.names = {m.canonical for m in mentions}
        self.renamed = _renamed(mentions)

    def apply(self, claims: Sequence[Drawn]) -> None:
        """Set `free` and `evidence` of the claims."""
        evidence: dict[int, tuple[Said, str | Bounds]] = {}
        lines: dict[int, Said] = {}
        moot = []
        for s in self.said:
            meant = self._meant(s, claims)
            for claim in meant:
                lines[id(claim)] = s
                if s.line.evidence is not None:  # type: ignore[union-attr]
                    evidence[id(claim)] = s, s.line.evidence  # type: ignore[union-attr]
            if not meant:
                moot.append(s)
        for claim in claims:
            if id(claim) in lines:
                claim.free = self._qualifiers(lines[id(claim)])
            claim.evidence = self._evidence(claim, evidence.get(id(claim)))
        for s in moot:
            self._tell(s, [c for c in claims if id(c) not in lines], claims)

    def _meant(self, s: Said, claims: Sequence[Drawn]) -> list[Drawn]:
        """Claims with the line's predicate between the line's things, called as they are now, else as they were."""
        line = s.line
        assert isinstance(line, sheet.ClaimLine)
        same = [c for c in claims if c.named.predicate == line.predicate]
        for calls in (_now, _before, _loosely):
            if exact := [c for c in same if calls(c.subject, line.subject) and calls(c.object, line.object)]:
                return exact
        return [c for c in same if _anyhow(c.subject, line.subject) and _anyhow(c.object, line.object)]

    def _qualifiers(self, s: Said) -> dict[str, Any]:
        line = s.line
        assert isinstance(line, sheet.ClaimLine)
        qualifiers = dict(line.qualifiers)
        for key in NAMING:
            name = qualifiers.get(key)
            if name is None or name in self.names:
                continue
            if s.machine:
                qualifiers[key] = self.renamed.get(name, name)
            elif key == "target":
                self.problems.append(
                    f"comment line {s.words!r}: no mention is called {name!r}; write it as a mention has it"
                )
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

    def _tell(self, s: Said, unsaid: Sequence[Drawn], claims: Sequence[Drawn]) -> None:
        """Say that a line has no arc; one of the program whose arc was deleted is moot."""
        line = s.line
        assert isinstance(line, sheet.ClaimLine)
        others = [c for c in unsaid if _anyhow(c.subject, line.subject) and _anyhow(c.object, line.object)]
        if s.machine and others:
            new = sheet.ClaimLine(others[0].named.predicate, *others[0].names, line.qualifiers)
            self.problems.append(
                f"comment line {s.words!r}: the arc is now {others[0].named.name!r}, which has none of these "
                f"qualifiers; where they still hold, add the comment {str(new)!r}"
            )
        elif not s.machine:
            there = [" | ".join(c.names) for c in claims if c.named.predicate == line.predicate]
            known = f" (there are: {'; '.join(there[:5])})" if there else ""
            self.problems.append(f"comment line {s.words!r}: no such arc{known}; draw it, or mend the names")


def _now(mention: Mention, name: str) -> bool:
    return mention.canonical == name


def _before(mention: Mention, name: str) -> bool:
    return mention.machine_name == name


def _loosely(mention: Mention, name: str) -> bool:
    return name.casefold() in ((mention.canonical or "").casefold(), mention.text.casefold())


def _anyhow(mention: Mention, name: str) -> bool:
    return _now(mention, name) or _before(mention, name) or _loosely(mention, name)


def _renamed(mentions: Sequence[Mention]) -> Mapping[str, str]:
    """Names that no mention has any more, and what all that had them are called now."""
    now = {m.canonical for m in mentions}
    changes: dict[str, set[str]] = {}
    for m in mentions:
        if m.machine_name and m.machine_name not in now and m.canonical:
            changes.setdefault(m.machine_name, set()).add(m.canonical)
    return {old: new.pop() for old, new in changes.items() if len(new) == 1}
