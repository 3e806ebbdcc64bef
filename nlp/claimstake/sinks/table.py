"""Claims as a table for people: in a terminal, or as plain text where the output is no terminal."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Self, TextIO

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from claimstake.records import AnnotatedDocument, Claim
from claimstake.sinks.wording import qualifier_items

PLAIN_WIDTH = 120  # columns where there is no terminal to ask
NAMELESS = ("status", "polarity", "certainty")  # qualifiers whose values say what they are
SHOWN_CHARS = 100  # of a subject or object
PLAIN_BOX = SIMPLE_HEAD


class ClaimTable:
    """Writes a heading and a table of claims per document.

    Args:
        target: path, or an open text stream that is left open.
    """

    def __init__(self, target: str | Path | TextIO) -> None:
        self._owned = isinstance(target, str | Path)
        self._stream: TextIO = _open(Path(target)) if isinstance(target, str | Path) else target
        self._console = console(self._stream)

    def write(self, document: AnnotatedDocument) -> None:
        info = document.doc
        facts = "".join(f"{printable(fact)} · " for fact in (info.id if info.title else None, info.published) if fact)
        self._console.print(Text(printable(info.title or info.id), style="bold"), soft_wrap=True)
        self._console.print(
            Text(f"{facts}{len(document.entities)} mentions, {len(document.claims)} claims", style="dim")
        )
        self._console.print(_table(document) if document.claims else Text("no claims found\n"))

    def close(self) -> None:
        if self._owned:
            self._stream.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _open(path: Path) -> TextIO:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.open("w", encoding="utf-8")


def console(stream: TextIO) -> Console:
    """A console on a stream: as wide as the terminal, else COLUMNS, else 120; NO_COLOR is respected."""
    width = None if stream.isatty() or os.environ.get("COLUMNS") else PLAIN_WIDTH
    return _Console(file=stream, width=width, highlight=False, emoji=False, markup=False)


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Leave it to the caller; rich would end the process."""
        raise BrokenPipeError


def printable(text: str) -> str:
    """Text on one line without control characters, which could drive the reader's terminal."""
    return "".join(c if c.isprintable() else " " for c in " ".join(text.split()))


def _table(document: AnnotatedDocument) -> Table:
    named = {e.id: e.canonical for e in document.entities}
    table = Table(box=PLAIN_BOX, pad_edge=False, show_edge=False)
    for name, ratio in (("subject", 4), ("predicate", 3), ("object", 4), ("qualifiers", 5)):
        table.add_column(name, ratio=ratio, overflow="fold")
    table.add_column("conf", justify="right", no_wrap=True)
    for claim in document.claims:
        level = "" if claim.confidence is None else f"{claim.confidence:.2f}"
        cells = [named[claim.subject], claim.predicate, named[claim.object]]
        table.add_row(*(_cell(cell) for cell in cells), _qualifiers(claim), Text(level))
    return table


def _cell(text: str) -> Text:
    text = printable(text)
    return Text(text if len(text) <= SHOWN_CHARS else text[: SHOWN_CHARS - 1] + "…")


def _qualifiers(claim: Claim) -> Text:
    items = qualifier_items(claim.qualifiers)
    return Text(printable(", ".join(value if name in NAMELESS else f"{name} {value}" for name, value in items)))
