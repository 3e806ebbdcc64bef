"""The sentence around a place in a text, where a format does not say what the evidence of a claim is."""

from __future__ import annotations

from claimstake.records import Span
from claimstake.training.inline import ABBREVIATION, SENTENCE_END


def ends(text: str, end: int, following: int) -> bool:
    """Whether a sentence ends with the token that ends at `end`; the next one begins at `following`."""
    if "\n" in text[end:following]:
        return True
    closed = following > end and SENTENCE_END.search(text, max(0, end - 3), end) is not None
    return closed and not ABBREVIATION.search(text, max(0, end - 8), end)


def around(text: str, start: int, end: int) -> Span:
    """From the beginning of the sentence that `start` is in to the end of the one that `end` is in; code points.

    A sentence ends as in the corpus's inline format: at a full stop, question or exclamation mark, or line end.
    """
    line = text.rfind("\n", 0, start) + 1
    first, last = line, len(text)
    for match in SENTENCE_END.finditer(text, line):
        if match[0] != "\n" and ABBREVIATION.search(text, max(line, match.start() - 8), match.start() + 1):
            continue
        stop = match.start() if match[0] == "\n" else match.end()
        if stop <= start:
            first = stop
        elif stop >= end:
            last = stop
            break
    while first < start and text[first].isspace():
        first += 1
    return Span(start=first, end=last, text=text[first:last])
