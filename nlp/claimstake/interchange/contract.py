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


class Format(Protocol):
    """One format; instances are stateless, and listed in `interchange.formats`.

    Attributes:
        name: as `claimstake convert --to` takes it.
        says: one line for the help.
        suffixes: of files by which it is recognised, longest first; empty where a folder or an option must tell.
        folder: whether it writes a folder of files rather than one file.
    """

    name: str
    says: str
    suffixes: tuple[str, ...]
    folder: bool

    def read(self, path: Path, losses: Losses) -> Iterator[AnnotatedDocument]:
        """Documents with their texts, one at a time.

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
