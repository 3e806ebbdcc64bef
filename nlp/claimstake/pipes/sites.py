"""Places by a capitalised name and a head: "Greenbushes mine", "Neuquén Basin", "Stibnite Gold Project"."""

from __future__ import annotations

from collections.abc import Iterator

from claimstake.mirror import Mirror
from claimstake.pipes.phrases import Phrases, words

Found = tuple[int, int, str, str]
MAX_LEFT = 6
JOINERS = frozenset({"-", "–", "de", "del", "la", "of", "the", "'"})


def find_sites(doc: Mirror, phrases: Phrases, body: list[tuple[int, int]]) -> Iterator[Found]:
    """Candidates inside the body."""
    heads, outside = words("PLACE", "heads"), words("PLACE", "outside")
    capitalised = words("PLACE", "capitalised_heads")
    either = heads | capitalised
    closed = words("PLACE", "not_before")
    for low, high in body:
        for i, lower in enumerate(doc.lowers[low + 1 : high], low + 1):
            if lower not in either:
                continue
            token = doc.words[i]
            if token.lower_ not in heads and not token.is_title:
                continue
            start = _left(doc, phrases, i, low)
            names = [t for t in doc[start:i] if t.text[:1].isupper() and t.lower_ not in closed]
            if (
                not names
                or doc.words[i - 1].lower_ in closed
                and token.lower_ == "district"
                or (phrases.titled(token) and len(names) > 4)
            ):
                continue
            if all(k in phrases.goods for k in range(start, i)) or (
                len(names) == 1 and names[0].is_sent_start and start + 1 == i and _common(names[0])
            ):
                continue
            end = i if token.is_lower and token.lower_ in outside else i + 1
            yield start, end, "PLACE", "site"


def _common(token: object) -> bool:
    return getattr(token, "tag_", "") not in ("NNP", "NNPS")


def _left(doc: Mirror, phrases: Phrases, head: int, low: int) -> int:
    start, k = head, head - 1
    bottom = max(low, head - MAX_LEFT, phrases.first[head])
    while k >= bottom:
        token = doc.words[k]
        if (
            token.text[:1].isupper()
            and not token.is_punct
            and token.tag_ not in ("DT", "IN", "PRP", "PRP$", "VBZ", "VBD", "VBG", "WRB")
        ):
            start = k
        elif token.lower_ not in JOINERS or k == bottom or token.lower_ in ("the", "of"):
            break
        k -= 1
    return start
