"""Several annotators of one document: where they differ, how far they agree, and whose version is learned from."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, permutations
from typing import Any

from claimstake.annotation.changes import Change, changes
from claimstake.annotation.contract import Pulled
from claimstake.evaluation.annotations import read
from claimstake.evaluation.counting import DECIMALS
from claimstake.evaluation.scores import evaluate
from claimstake.evaluation.tables import Sheet
from claimstake.records import AnnotatedDocument, Span

FIGURES = ("entities strict F1", "entities relaxed F1", "claims F1")
KAPPA, ALPHA = "token labels kappa", "token labels alpha"
TOKEN = re.compile(r"\w+|[^\w\s]")
OUTSIDE = "O"
SHOWN = 50  # characters of a cell
ONLY = {"added": 1, "removed": 0}  # kind of change -> which of the two alone has the thing

Group = list[Pulled]  # versions of one document


@dataclass(frozen=True)
class Conflict:
    """Two annotators differ in one thing.

    Attributes:
        change: from the first one's version to the second one's.
    """

    first: str
    second: str
    change: Change

    def to_json(self) -> dict[str, Any]:
        """As plain values: what each of the two says; nothing where only the other has it."""
        c = self.change
        value = {"document": c.document, "what": f"{c.thing} {c.kind}", "of": c.of, "text": c.what, "start": c.start}
        if c.part:
            value["part"] = c.part
        alone = ONLY.get(c.kind)
        if alone is not None:
            value["what"] = f"{c.thing} of one"
        return value | {self.first: self.says(0), self.second: self.says(1)}

    def says(self, side: int) -> str:
        """What the first (0) or the second (1) has."""
        c = self.change
        alone = ONLY.get(c.kind)
        if alone is None:
            return (c.before, c.after)[side]
        return (c.before or c.after or "yes") if alone == side else ""


@dataclass(frozen=True)
class Agreement:
    """Documents that several have annotated.

    Attributes:
        groups: the versions of each such document that count: the confirmed ones where there are any.
    """

    groups: tuple[Group, ...]

    @cached_property
    def conflicts(self) -> list[Conflict]:
        """Every difference of every two versions of a document."""
        return [
            Conflict(_name(a), _name(b), change)
            for group in self.groups
            for a, b in combinations(group, 2)
            for change in changes(a.document, b.document)
        ]

    @cached_property
    def pairs(self) -> dict[tuple[str, str], dict[str, float]]:
        """For every two annotators figures in [0, 1] (kappa to -1) over the documents of both, and "documents"."""
        both: dict[tuple[str, str], list[tuple[Pulled, Pulled]]] = defaultdict(list)
        for group in self.groups:
            for a, b in combinations(sorted(group, key=_name), 2):
                both[_name(a), _name(b)].append((a, b))
        return {names: _figures(versions) for names, versions in sorted(both.items())}

    @cached_property
    def alpha(self) -> float | None:
        """Krippendorff's alpha over the labels of tokens, of all annotators; None where it is not defined."""
        return krippendorff(unit for group in self.groups for unit in zip(*_labels(group), strict=True))

    def sheets(self, most: int = 0) -> list[Sheet]:
        """Tables for people: figures by pair, and up to `most` conflicts."""
        if not self.groups:
            return []
        rows = [
            (f"{a}, {b}", f"{found['documents']:.0f}", *(_shown(found.get(name)) for name in (*FIGURES, KAPPA)))
            for (a, b), found in self.pairs.items()
        ]
        title = f"agreement on {len(self.groups)} documents"
        if self.alpha is not None:
            title += f"; Krippendorff's alpha over the labels of tokens {self.alpha:.3f}"
        sheets = [Sheet(title, ("annotators", "documents", *FIGURES, KAPPA), rows)]
        listed = [_row(conflict) for conflict in self.conflicts[:most]]
        if listed:
            title = f"conflicts, {len(listed)} of {len(self.conflicts):,}"
            sheets.append(Sheet(title, ("document", "what", "of", "text", "says", "says"), listed))
        return sheets

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "documents": len(self.groups),
            "alpha": None if self.alpha is None else round(self.alpha, DECIMALS),
            "pairs": [{"annotators": list(names), **found} for names, found in self.pairs.items()],
            "conflicts": [conflict.to_json() for conflict in self.conflicts],
        }


def agreement(versions: Iterable[Pulled]) -> Agreement:
    """Of the documents that more than one has annotated."""
    return Agreement(tuple(group for group in _groups(versions).values() if len(group) > 1))


@dataclass(frozen=True)
class Choice:
    """The version of a document to learn from; None where its annotators differ.

    Attributes:
        versions: that were chosen from.
    """

    chosen: Pulled | None
    versions: tuple[Pulled, ...]


def choose(versions: Iterable[Pulled], prefer: str | None = None) -> dict[str, Choice]:
    """By document the version to learn from: the only one, or what all agree on, else the preferred annotator's.

    Args:
        versions: where some of a document are confirmed, the others do not count.
        prefer: name of an account.
    """
    return {document: Choice(_chosen(group, prefer), tuple(group)) for document, group in _groups(versions).items()}


def _chosen(group: Group, prefer: str | None) -> Pulled | None:
    first, *others = group
    if not any(changes(first.document, other.document) for other in others):
        return first
    return next((version for version in group if version.annotator == prefer), None) if prefer else None


def _groups(versions: Iterable[Pulled]) -> dict[str, Group]:
    """Versions that count, by document."""
    groups: dict[str, Group] = defaultdict(list)
    for version in versions:
        groups[version.document.doc.id].append(version)
    return {document: [v for v in group if v.confirmed] or group for document, group in groups.items()}


def _figures(versions: Sequence[tuple[Pulled, Pulled]]) -> dict[str, float]:
    first = {a.document.doc.id: read(a.document) for a, _ in versions}
    second = {b.document.doc.id: read(b.document) for _, b in versions}
    scores = evaluate(first, second)
    found = {"documents": float(len(versions))}
    for figure in scores.named(FIGURES):
        if any(figure.numbers(scores.sums)):
            found[figure.name] = round(figure.value(scores.sums), DECIMALS)
    labels = [_labels(pair) for pair in versions]
    kappa = cohen([label for a, _ in labels for label in a], [label for _, b in labels for label in b])
    return found if kappa is None else {**found, KAPPA: round(kappa, DECIMALS)}


def _labels(versions: Sequence[Pulled]) -> list[list[str]]:
    """The label of every word and sign in anybody's body, by version: of the longest mention on it, else O."""
    text = versions[0].document.doc.text or ""
    bodies = [span for v in versions for span in v.document.doc.body or [Span(start=0, end=len(text))]]
    inside = {place for span in bodies for place in range(span.start, span.end)}
    tokens = [token.start() for token in TOKEN.finditer(text) if token.start() in inside]
    return [[label[place] for place in tokens] for label in (_painted(v.document) for v in versions)]


def _painted(document: AnnotatedDocument) -> list[str]:
    """The label of every character."""
    found = [OUTSIDE] * len(document.doc.text or "")
    for e in sorted(document.entities, key=lambda e: e.end - e.start):
        if e.mention == "name":
            found[e.start : e.end] = [e.label] * (e.end - e.start)
    return found


def cohen(first: Sequence[Hashable], second: Sequence[Hashable]) -> float | None:
    """Cohen's kappa (Cohen 1960) of two annotators' categories of the same units; None where chance leaves no room."""
    total = len(first)
    if not total:
        return None
    observed = sum(a == b for a, b in zip(first, second, strict=True)) / total
    ours, theirs = Counter(first), Counter(second)
    expected = sum(ours[category] * theirs[category] for category in ours) / total**2
    return None if expected == 1 else (observed - expected) / (1 - expected)


def krippendorff(units: Iterable[Sequence[Hashable | None]]) -> float | None:
    """Krippendorff's alpha for nominal data (Krippendorff 2011, "Computing Krippendorff's alpha-reliability").

    Args:
        units: of each what every annotator says, None where one says nothing; any number of annotators.

    Returns:
        None where there are no two values to compare, or all are the same.
    """
    pairs: Counter[tuple[Hashable, Hashable]] = Counter()
    for values, often in Counter(map(tuple, units)).items():
        said = [value for value in values if value is not None]
        for pair in permutations(said, 2):
            pairs[pair] += often / (len(said) - 1)  # type: ignore[assignment]
    margins: Counter[Hashable] = Counter()
    for (value, _), number in pairs.items():
        margins[value] += number
    total = margins.total()
    expected = total**2 - sum(number**2 for number in margins.values())
    if not expected:
        return None
    observed = sum(number for (a, b), number in pairs.items() if a != b)
    return 1 - (total - 1) * observed / expected


def _name(version: Pulled) -> str:
    return version.annotator or ""


def _row(conflict: Conflict) -> tuple[str, ...]:
    said: Mapping[str, Any] = conflict.to_json()
    what = " ".join(filter(None, (said["what"], said.get("part"))))
    both = (f"{conflict.first}: {conflict.says(0) or '–'}", f"{conflict.second}: {conflict.says(1) or '–'}")
    return tuple(" ".join(cell.split())[:SHOWN] for cell in (said["document"], what, said["of"], said["text"], *both))


def _shown(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"
