"""Choosing among overlapping candidates: class, then length, then rank; nesting only inside technologies."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from claimstake.knowledge.tables import toml


@dataclass(slots=True)
class Candidate:
    """A span that may become a mention; token offsets, half open."""

    start: int
    end: int
    label: str
    extractor: str
    attrs: dict[str, Any] = field(default_factory=dict)

    @property
    def length(self) -> int:
        return self.end - self.start


@cache
def weight(extractor: str) -> tuple[int, int, float]:
    """Class, rank and confidence of an extractor's candidates."""
    for row in toml("mentions.toml")["weight"]:
        if extractor.startswith(row["extractor"]):
            return row["class"], row["rank"], row["confidence"]
    return 1, 0, 0.5


def order(candidate: Candidate) -> tuple[int, int, int, int]:
    """Sort key: what is chosen first comes first."""
    level, rank, _ = weight(candidate.extractor)
    return -level, -candidate.length, -rank, candidate.start


def choose(candidates: Iterable[Candidate], size: int) -> list[Candidate]:
    """Candidates that stay by class, length and rank, see `order`; arguments as `take`."""
    return take(sorted(candidates, key=order), size)


def take(candidates: Iterable[Candidate], size: int) -> list[Candidate]:
    """Candidates that stay, outermost ones and those nested in technologies, by start.

    Args:
        candidates: any number, overlapping, the preferred ones first.
        size: tokens of the document.
    """
    nesting = toml("mentions.toml")["nesting"]
    outer_labels, inner_labels = frozenset(nesting["outer"]), frozenset(nesting["inner"])
    taken: list[Candidate | None] = [None] * size
    nested = [False] * size
    chosen: list[Candidate] = []
    for candidate in candidates:
        holders = taken[candidate.start : candidate.end]
        if not any(holders):
            for i in range(candidate.start, candidate.end):
                taken[i] = candidate
            chosen.append(candidate)
            continue
        holder = holders[0]
        inside = holder is not None and all(h is holder for h in holders) and candidate.length < holder.length
        if not inside or holder is None or holder.label not in outer_labels or candidate.label not in inner_labels:
            continue
        if not any(nested[candidate.start : candidate.end]):
            nested[candidate.start : candidate.end] = [True] * candidate.length
            chosen.append(candidate)
    return sorted(chosen, key=lambda c: (c.start, -c.end))
