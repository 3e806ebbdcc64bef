"""Which sentence a claim rests on, and how a sheet says it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from claimstake.interchange.resolver import Resolver

Bounds = tuple[int, int]
GAP = " ... "
WORDS = (4, 6, 9, 14)  # how many first words are tried until they occur once


def chosen(ends: Sequence[Bounds], drawn: Iterable[Bounds], resolver: Resolver) -> Bounds:
    """The evidence of an arc between two mentions: the smallest drawn sentence that holds both, else the smallest that
    holds one of them, else the sentences that they stand in."""
    spans = sorted(drawn, key=lambda b: (b[1] - b[0], b))
    for wanted in (2, 1):
        for start, end in spans:
            if sum(start <= a and b <= end for a, b in ends) >= wanted:
                return start, end
    return _sentences(ends, resolver)


def _sentences(ends: Sequence[Bounds], resolver: Resolver) -> Bounds:
    """The sentence of both ends, or two that follow each other; where others stand between, that of the later end."""
    first, last = (resolver.sentence(start) for start, _ in sorted(ends))
    follows = last[0] <= first[1] or resolver.sentence(first[1] + (last[0] - first[1]) // 2) in (first, last)
    low = first[0] if follows else last[0]
    held = [(a, b) for a, b in ends if a >= low]
    return min(low, *(a for a, _ in held), last[0]), max(last[1], *(b for _, b in held), first[1] if follows else 0)


def written(text: str, start: int, end: int) -> str | Bounds:
    """How a sheet says these bounds: first and last words, where these are found again, else the bounds."""
    words = text[start:end].split(" ")
    for size in WORDS:
        if len(words) <= size:
            break
        quote = " ".join(words[:size]) + GAP + " ".join(words[-3:])
        if found(text, quote) == (start, end):
            return quote
    return start, end


def found(text: str, quote: str, resolver: Resolver | None = None) -> Bounds | None:
    """Bounds of evidence from its first and last words, or from its first words to the end of that sentence; None where
    the first words do not occur exactly once, or the last ones not after them."""
    first, gap, last = quote.partition(GAP)
    start = text.find(first)
    if not first.strip() or start < 0 or text.find(first, start + 1) >= 0:
        return None
    if gap:
        end = text.find(last, start + len(first))
        return (start, end + len(last)) if last and end >= 0 else None
    return (start, max(start + len(first), resolver.sentence(start)[1])) if resolver is not None else None
