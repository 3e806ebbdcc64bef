"""Unlisted members of a list whose others are known: "gallium, germanium, X and antimony", "Tesla, LG Chem and X".

Two known members of one label beside an unknown one decide; an unknown one at the end needs "and" or "or" before it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

from claimstake.knowledge.tables import demonyms, toml
from claimstake.mirror import Mirror
from claimstake.pipes.arbitration import Candidate, weight

SEPARATORS = frozenset({",", "and", "or", "&", ";"})
LAST = frozenset({"and", "or", "&"})
NAMES = frozenset({"NNP", "NNPS"})
LABELS = frozenset({"COMPANY", "MINERAL", "PRODUCT"})
LONGEST = {"COMPANY": 3, "MINERAL": 1, "PRODUCT": 2}  # words of an unknown member
SURE = 0.75


def listed_members(doc: Mirror, chosen: Sequence[Candidate]) -> Iterator[Candidate]:
    """Candidates for what stands in a list with two mentions of one label.

    Args:
        doc: tagged.
        chosen: mentions that do not overlap, nested ones besides.
    """
    starts = {c.start: c for c in chosen if c.label in LABELS and weight(c.extractor)[2] >= SURE}
    ends = {c.end: c for c in starts.values()}
    taken = {i for c in chosen for i in range(c.start, c.end)}
    for known in list(starts.values()):
        before = _left(doc, known.start)
        follows = ends.get(before) if before else None
        two = follows is not None and follows.label == known.label
        start, joint = _right(doc, known.end)
        for end in range(start + LONGEST[known.label], start, -1) if start else ():
            if end > len(doc) or not _unknown(doc, start, end, known.label, taken):
                continue
            after, _ = _right(doc, end)
            beside = starts.get(after) if after else None
            between = beside is not None and beside.label == known.label
            if between or (two and joint and _closes(doc, end)):
                yield Candidate(start, end, known.label, "list")
            break


def elliptical(doc: Mirror, chosen: Sequence[Candidate]) -> Iterator[Candidate]:
    """ "lithium carbonate and hydroxide": a bare compound word after one of its kind, with the name it stands for."""
    anions = frozenset(toml("terms.toml")["coordination"]["anions"])
    taken = {c.start for c in chosen}
    for known in chosen:
        if known.label != "MINERAL" or known.length < 2 or doc.words[known.end - 1].lower_ not in anions:
            continue
        i, joint = _right(doc, known.end)
        if i and joint and i < len(doc) and i not in taken and doc.words[i].lower_ in anions and _closes(doc, i + 1):
            name = f"{doc[known.start : known.end - 1].text} {doc.words[i].text}"
            yield Candidate(i, i + 1, "MINERAL", "list", {"name": name})


def _right(doc: Mirror, i: int) -> tuple[int, bool]:
    """First token after the separators at token i (0 for none), and whether "and" is among them."""
    k = i
    while k < len(doc) and k - i < 2 and doc.words[k].lower_ in SEPARATORS:
        k += 1
    joint = any(t.lower_ in LAST for t in doc[i:k])
    return (k, joint) if i < k < len(doc) else (0, False)


def _left(doc: Mirror, i: int) -> int:
    """End of what stands before the separators that end at token i; 0 for none."""
    k = i
    while k > 0 and i - k < 2 and doc.words[k - 1].lower_ in SEPARATORS:
        k -= 1
    return k if k < i else 0


def _closes(doc: Mirror, end: int) -> bool:
    """Whether a member that ends a list stands there alone: no noun, capital or bracket goes on."""
    return end >= len(doc) or not (doc.words[end].tag_.startswith(("NN", "JJ", "VBG")) or doc.words[end].text in "-/(–")


def _unknown(doc: Mirror, start: int, end: int, label: str, taken: set[int]) -> bool:
    span = doc[start:end]
    if any(t.i in taken or not t.is_alpha for t in span) or any(t.lower_ in _never() for t in span):
        return False
    if label == "COMPANY":
        named = all(t.tag_ in NAMES and t.text[0].isupper() for t in span)
        return named and not any(t.text in demonyms() or t.ent_type_ in ("GPE", "LOC") for t in span)
    if label == "PRODUCT":
        return span[-1].tag_ == "NNS" and span[-1].is_lower and all(t.tag_ in ("NN", "NNS", "JJ") for t in span)
    return span[-1].tag_ == "NN" and span[-1].is_lower and span[-1].ent_type_ == ""


@cache
def _never() -> frozenset[str]:
    tables = toml("terms.toml")
    openers = tables["modifiers"]["praise"] + tables["modifiers"]["empty"]
    return frozenset(tables["coordination"]["never"]) | frozenset(openers)
