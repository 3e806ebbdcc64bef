"""What was pushed against what came back: counts by label and predicate, figures, and single changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from claimstake.annotation.changes import CHANGED, CLAIM, CLAIM_CHANGES, MENTION, MENTION_CHANGES, Change, changes
from claimstake.annotation.contract import Pulled
from claimstake.evaluation import tables
from claimstake.evaluation.annotations import read
from claimstake.evaluation.scores import Scores, evaluate
from claimstake.evaluation.tables import Sheet

BEFORE, AFTER = "before", "after"
MOST_FREQUENT = 3  # changes of a qualifier that a table names
SHOWN = 60  # characters of a cell that lists a change

Counts = dict[str, Counter[str]]  # label or predicate -> kind of change, or "before" and "after" -> how often


@dataclass(frozen=True)
class Diff:
    """All versions that can be compared with what was pushed.

    Attributes:
        versions: each with what was pushed.
        found: the changes of each.
        unknown: how many documents were not pushed by claimstake.
    """

    versions: tuple[Pulled, ...]
    found: tuple[tuple[Change, ...], ...]
    unknown: int = 0

    @cached_property
    def mentions(self) -> Counts:
        """By label."""
        return self._counts(MENTION, "entities", lambda e: e.label if e.mention == "name" else f"{e.label} (nominal)")

    @cached_property
    def claims(self) -> Counts:
        """By predicate."""
        return self._counts(CLAIM, "claims", lambda claim: claim.predicate)

    @cached_property
    def parts(self) -> dict[str, Counter[tuple[str, str]]]:
        """What was changed of claims: by predicate, end, evidence or qualifier how often what became what."""
        counts: dict[str, Counter[tuple[str, str]]] = {}
        for change in self.changes:
            if change.thing == CLAIM and change.kind == CHANGED:
                counts.setdefault(change.part, Counter())[change.before, change.after] += 1
        return counts

    @property
    def changes(self) -> list[Change]:
        """Of all versions."""
        return [change for found in self.found for change in found]

    @property
    def changed(self) -> int:
        """How many versions differ from what was pushed."""
        return sum(map(bool, self.found))

    @cached_property
    def scores(self) -> Scores:
        """What was pushed, taken as prediction, against what came back, taken as gold."""
        gold = {_key(v): read(v.document) for v in self.versions}
        return evaluate(gold, {_key(v): read(v.before) for v in self.versions if v.before is not None})

    def _counts(self, thing: str, of: str, name: Any) -> Counts:
        counts: Counts = {}
        for version in self.versions:
            for side, document in ((BEFORE, version.before), (AFTER, version.document)):
                for one in getattr(document, of):
                    counts.setdefault(name(one), Counter())[side] += 1
        for found in self.found:
            kinds = [(c.of, c.kind, c.what, c.start) for c in found if c.thing == thing]
            for label, kind, *_ in dict.fromkeys(kinds) if thing == CLAIM else kinds:  # a claim changes once
                counts.setdefault(label, Counter())[kind] += 1
        return dict(sorted(counts.items()))

    def sheets(self, most: int = 0) -> list[Sheet]:
        """Tables for people.

        Args:
            most: how many single changes to list.
        """
        title = (
            f"{self.changed} of {len(self.versions)} documents changed; what was pushed, scored against what came back"
        )
        head = replace(tables.headline(self.scores, {}, {}), title=title)
        found = [
            head,
            _by_kind("mentions by label", "label", self.mentions, MENTION_CHANGES),
            _by_kind("claims by predicate", "predicate", self.claims, CLAIM_CHANGES),
            self._parts(),
        ]
        return [sheet for sheet in [*found, *self._listed(most)] if sheet.rows]

    def _parts(self) -> Sheet:
        rows = []
        for part, counts in sorted(self.parts.items(), key=lambda item: -item[1].total()):
            usual = (f"{_cut(a) or '–'} → {_cut(b) or '–'} ({n})" for (a, b), n in counts.most_common(MOST_FREQUENT))
            rows.append((part, f"{counts.total():,}", "; ".join(usual)))
        return Sheet("what was changed of claims", ("part", "number", "most often"), rows)

    def _listed(self, most: int) -> list[Sheet]:
        lines = [(v, change) for v, found in zip(self.versions, self.found, strict=True) for change in found]
        rows = [
            (c.document, v.annotator or "", f"{c.thing} {c.kind}", c.of, c.what, c.part, c.before, c.after)
            for v, c in lines[:most]
        ]
        names = ("document", "annotator", "change", "of", "what", "part", "before", "after")
        shown = [tuple(map(_cut, row)) for row in rows]
        return [Sheet(f"changes, {len(shown)} of {len(lines):,}", names, shown).without_empty()] if shown else []

    def to_json(self, most: int | None = None) -> dict[str, Any]:
        """As plain values.

        Args:
            most: how many single changes to give; None gives all.
        """
        listed = [
            {**change.to_json(), **({"annotator": v.annotator} if v.annotator else {})}
            for v, found in zip(self.versions, self.found, strict=True)
            for change in found
        ]
        parts = {
            part: [{BEFORE: a, AFTER: b, "number": n} for (a, b), n in counts.most_common()]
            for part, counts in sorted(self.parts.items())
        }
        return {
            "documents": len(self.versions),
            "changed": self.changed,
            "not_pushed": self.unknown,
            "figures": self.scores.report,
            "mentions": _whole(self.mentions, MENTION_CHANGES),
            "claims": _whole(self.claims, CLAIM_CHANGES),
            "claim_parts": parts,
            "changes": listed[:most],
        }


def difference(versions: Iterable[Pulled]) -> Diff:
    """Compare every version with what was pushed of it."""
    all_ = list(versions)
    known = [version for version in all_ if version.before is not None]
    found = (tuple(changes(v.before, v.document)) for v in known if v.before is not None)
    return Diff(tuple(known), tuple(found), len(all_) - len(known))


def _key(version: Pulled) -> str:
    return f"{version.document.doc.id}\n{version.annotator or ''}"


def _by_kind(title: str, name: str, counts: Counts, kinds: Sequence[str]) -> Sheet:
    columns = (BEFORE, *kinds, AFTER)
    rows = [(one, *(_number(count[column]) for column in columns)) for one, count in counts.items()]
    if len(rows) > 1:
        total = sum(counts.values(), Counter())
        rows.append(("all", *(_number(total[column]) for column in columns)))
    return Sheet(title, (name, *columns), rows).without_empty()


def _whole(counts: Counts, kinds: Sequence[str]) -> dict[str, dict[str, int]]:
    return {name: {kind: count[kind] for kind in (BEFORE, *kinds, AFTER)} for name, count in counts.items()}


def _number(count: int) -> str:
    return f"{count:,}" if count else ""


def _cut(text: str) -> str:
    line = "".join(c if c.isprintable() else " " for c in " ".join(text.split()))
    return line if len(line) <= SHOWN else line[: SHOWN - 1] + "…"
