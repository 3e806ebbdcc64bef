"""What a format of annotated documents is: it reads, it writes, and it says what it could not hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from claimstake.records import AnnotatedDocument


@dataclass
class Losses:
    """What did not fit into a format, counted by what it is ("claim", "qualifier time", "canonical name", ...).

    Attributes:
        counts: how often each kind of thing was left out.
        examples: the first few of each kind, as "document: thing", to show.
        failures: documents that could not be read or written at all, by name or file and line, with the reason.
    """

    counts: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)

    MOST = 3

    def add(self, kind: str, document: str, thing: str = "") -> None:
        """Note that something of a document is left out."""
        self.counts[kind] += 1
        shown = self.examples.setdefault(kind, [])
        if len(shown) < self.MOST:
            shown.append(f"{document}: {thing}" if thing else document)

    def fail(self, where: str, reason: str) -> None:
        """Note that a document could not be read or written; two of one name count as two."""
        name, number = where, 1
        while name in self.failures:
            number += 1
            name = f"{where} ({number})"
        self.failures[name] = reason


@dataclass(frozen=True)
class Holds:
    """What a format can hold: "yes", "no", or in a few words what of it.

    Attributes:
        overlapping: mentions in mentions, and mentions that cross.
        canonical: names that mentions of one thing share.
        values: of dates and measures.
        claims: predicate, subject, object.
        closed: qualifiers with fixed values: status, polarity, certainty, measure.
        free: the other qualifiers.
        evidence: where the text says a claim.
        body: which parts of the text are the article.
        metadata: id, title, date of publication and so on.
        details: confidences, extractors, knowledge base ids.
    """

    overlapping: str = "yes"
    canonical: str = "yes"
    values: str = "yes"
    claims: str = "yes"
    closed: str = "yes"
    free: str = "yes"
    evidence: str = "yes"
    body: str = "yes"
    metadata: str = "yes"
    details: str = "yes"


class Format(Protocol):
    """One format; instances are stateless, and listed in `interchange.formats`.

    Attributes:
        name: as `claimstake convert --to` takes it.
        says: one line for the help.
        suffixes: of files by which it is recognised, longest first; empty where a folder or an option must tell.
        folder: whether it writes a folder of files rather than one file.
        holds: what does not fit into it is what its writer counts.
    """

    name: str
    says: str
    suffixes: tuple[str, ...]
    folder: bool
    holds: Holds

    def recognises(self, start: str) -> bool:
        """Whether a file is of this format, by its first characters (unpacked; "" where it is no UTF-8 text).

        Asked only where the suffix leaves several formats, or none.
        """
        ...

    def read(self, path: Path, losses: Losses) -> Iterator[AnnotatedDocument]:
        """Documents with their texts, one at a time, of a file (also .gz, where `suffixes` say so) or a folder of them.

        A document that does not parse goes to `losses.failures`, the others go on.

        Raises:
            CorpusError: there is no such path, or nothing in it is of this format.
        """
        ...

    def write(self, documents: Iterable[AnnotatedDocument], path: Path, losses: Losses) -> int:
        """Write documents, which carry their texts; a file appears whole or not at all.

        Returns:
            How many were written; the others are in `losses.failures`.
        """
        ...
