"""Runs of capitalised words that may be one name: "Office of the Under Secretary of Defense for Policy"."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from claimstake.knowledge.tables import demonyms
from claimstake.mirror import Mirror

JOINERS = frozenset(["of", "the", "for", "and", "on", "de", "la", "du", "des", "del", "di", "&", "van", "von"])
NEVER_FIRST = frozenset(
    [
        "the",
        "a",
        "an",
        "this",
        "that",
        "these",
        "those",
        "in",
        "on",
        "at",
        "by",
        "for",
        "from",
        "with",
        "as",
        "if",
        "when",
        "while",
        "our",
        "its",
        "their",
        "his",
        "her",
        "he",
        "she",
        "it",
        "they",
        "we",
        "and",
        "but",
        "or",
        "under",
        "after",
        "before",
        "since",
        "during",
        "according",
        "meanwhile",
        "however",
        "also",
        "about",
        "contact",
        "read",
        "why",
        "how",
        "mr",
        "mrs",
        "ms",
        "dr",
        "to",
        "of",
        "is",
        "are",
        "was",
        "were",
    ]
)
OF_HEADS = frozenset(
    [
        "Ministry",
        "Department",
        "Bureau",
        "Office",
        "Commission",
        "Committee",
        "Secretariat",
        "Directorate",
        "Administration",
        "Agency",
        "Board",
        "Council",
        "Court",
        "Government",
        "University",
        "Institute",
        "Association",
        "Centre",
        "Center",
        "School",
        "College",
        "Academy",
        "Federation",
        "Chamber",
        "Bank",
        "House",
        "Secretary",
        "Authority",
        "Service",
        "Embassy",
        "Confederation",
        "Society",
        "Republic",
        "Commissioner",
        "Organisation",
        "Organization",
        "Subcommittee",
    ]
)
MAX_LINE = 14  # tokens: a longer run is a line set in capitals


@dataclass(frozen=True, slots=True)
class Run:
    """Token offsets, half open."""

    start: int
    end: int


def capital_runs(doc: Mirror, low: int, high: int) -> Iterator[Run]:
    """Maximal runs in doc[low:high], joined by "of", "and", "for" only where a head of that kind stands before."""
    i, forms = low, doc.letters.forms
    while i < high:
        if not forms[i].capital:
            i += 1
            continue
        start, end = i, i + 1
        i += 1
        opened = doc.words[start].text in OF_HEADS
        while i < high:
            token = doc.words[i]
            if token.form.capital and not (token.is_sent_start and i > start):
                end = i + 1
                opened = opened or token.text in OF_HEADS
                i += 1
                continue
            width = _joint(doc, i, high, opened)
            if not width:
                break
            i += width
        yield from _shaped(doc, start, end)
        i = max(i, end)


def _joint(doc: Mirror, i: int, high: int, opened: bool) -> int:
    """Tokens of a joint at i that a capitalised word follows, 0 for none."""
    text = doc.words[i].text
    if (
        text == "-"
        and i + 1 < high
        and doc.words[i + 1].form.capital
        and not doc.words[i].whitespace_
        and not doc.words[i - 1].whitespace_
    ):
        return 1
    if text == "&" and i + 1 < high and doc.words[i + 1].form.capital:
        return 1
    if (
        text == ","
        and i + 1 < high
        and doc.words[i + 1].text.rstrip(".") in ("Ltd", "Inc", "LLC", "Limited", "LTD", "LLP", "Corp")
    ):
        return 1
    if (
        text == ","
        and opened
        and i + 3 < high
        and doc.words[i + 1].form.capital
        and (doc.words[i + 2].lower_ == "and" or doc.words[i + 3].lower_ == "and")
    ):
        return 1
    if not opened or doc.words[i].lower_ not in JOINERS:
        return 0
    width = 1
    while i + width < high and doc.words[i + width].lower_ in JOINERS and width < 3:
        width += 1
    following = i + width
    if following >= high or not doc.words[following].form.capital:
        return 0
    if doc.words[i].lower_ == "for" and doc.words[i - 1].text not in OF_HEADS and not _office(doc, i):
        return 0
    if (
        doc.words[i].lower_ == "and"
        and doc.words[following].text in OF_HEADS
        and following + 1 < high
        and doc.words[following + 1].lower_ in ("of", "for")
    ):
        return 0  # "Ministry of Commerce and Ministry of Science" are two
    return width


def _office(doc: Mirror, i: int) -> bool:
    """Whether an office opens the name that reaches token i ("Office of the Secretary of Defense for ...")."""
    return any(
        t.text in ("Office", "Secretary", "Bureau", "Centre", "Center", "Council", "Committee")
        for t in doc[max(0, i - 8) : i]
    )


def _shaped(doc: Mirror, start: int, end: int) -> Iterator[Run]:
    """The run without opening function words; a whole line in capitals is none."""
    while start < end and (
        doc.words[start].lower_ in NEVER_FIRST
        or (doc.words[start].is_sent_start and doc.words[start].text in demonyms() and end - start == 1)
    ):
        start += 1
    if start < end and end - start <= MAX_LINE:
        yield Run(start, end)
