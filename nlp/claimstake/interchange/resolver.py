"""What is known of a mention that somebody has drawn, without running the pipeline."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

from claimstake.ontology import Ontology
from claimstake.records import Measure
from claimstake.training.inline import ABBREVIATION, SENTENCE_END


@dataclass(frozen=True)
class Resolved:
    """What a mention stands for; None where it is not known."""

    canonical: str | None = None
    value: str | Measure | None = None
    kb_id: str | None = None


class Resolver(Protocol):
    """Knows names, values and sentences of one document."""

    def mention(self, start: int, end: int, label: str) -> Resolved:
        """What the mention with these bounds (code points) and this label is."""
        ...

    def sentence(self, offset: int) -> tuple[int, int]:
        """Bounds of the sentence that holds the code point at the offset."""
        ...


class PlainResolver:
    """Knows no names and values; a sentence ends at a full stop that is no abbreviation's, or with the line."""

    def __init__(self, text: str) -> None:
        self.text = text

    def mention(self, start: int, end: int, label: str) -> Resolved:
        """Nothing is known."""
        return Resolved()

    def sentence(self, offset: int) -> tuple[int, int]:
        """See `Resolver.sentence`; without white space around it."""
        begin = self.text.rfind("\n", 0, offset) + 1
        for match in SENTENCE_END.finditer(self.text, begin):
            if ABBREVIATION.search(self.text, max(0, match.start() - 8), match.start() + 1):
                continue
            end = match.start() if match[0] == "\n" else match.end()
            if end > offset:
                return trimmed(self.text, begin, end)
            begin = end
        return trimmed(self.text, begin, len(self.text))


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Bounds without the white space at both ends; empty where there is nothing else."""
    inside = text[start:end]
    left = len(inside) - len(inside.lstrip())
    return (start + left, start + len(inside.rstrip())) if left < len(inside) else (start, start)


def default_name(text: str, label: str, value: object, ontology: Ontology) -> str:
    """A mention's canonical name where nothing says otherwise, as in the corpus format: a date's value, else its text,
    in lower case for common nouns; breaks and runs of blanks are one blank."""
    if label == "DATE" and isinstance(value, str):
        return value
    known = ontology.labels.get(label)
    plain = re.sub(r"\s+", " ", text).strip() or text
    return plain.lower() if known is not None and known.common_noun else plain
