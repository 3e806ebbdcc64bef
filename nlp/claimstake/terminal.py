"""What people see in a terminal: how a long run goes on, why a claim was made, what the ontology holds."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Self, TextIO

from rich.progress import Progress as Bar
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from claimstake.ontology import Ontology
from claimstake.sinks.table import PLAIN_BOX, console, printable
from claimstake.sinks.wording import qualifier_items

OPTIONS = ("max_chars", "text_column")  # settings of the readers that are options too
STEP_WIDTH = 12  # columns for the names of an explanation's lines


class Progress:
    """Counts documents, claims and failures on standard error.

    Args:
        stream: standard error; the moving line is shown only where it is a terminal.
        quiet: neither line, notes nor summary; failures are always written.
    """

    def __init__(self, stream: TextIO, *, quiet: bool) -> None:
        self.done = self.claims = self.failed = 0
        self._stream, self._quiet, self._began = stream, quiet, time.monotonic()
        columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
        self._bar = Bar(
            *columns,
            console=console(stream),
            transient=True,
            disable=quiet or not stream.isatty(),
            redirect_stdout=False,  # standard output may be a file
            redirect_stderr=False,
        )
        self._task = self._bar.add_task("loading the pipeline")

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def take(self, item: Any, write: Callable[[Any], object]) -> None:
        """Count what `batch.run` yields and hand it on, or report the failure; the moving line makes way for both."""
        from claimstake.readers import Failure

        self._bar.stop()
        if isinstance(item, Failure):
            self.failed += 1
            self._say(as_options(str(item)))
        else:
            write(item)
            self.done += 1
            self.claims += len(item.record.claims)
            for note in () if self._quiet else item.article.notes:
                self._say(f"{item.article.source or item.article.id}: note: {note}")
        self._bar.update(self._task, description=", ".join(self._counts()))
        self._bar.start()

    def summarise(self, out: object = None) -> None:
        """Write how many documents, claims and failures there were, how long it took, and where the output is."""
        if not self._quiet:
            seconds = time.monotonic() - self._began
            self._say(f"{', '.join(self._counts())} in {seconds:.1f} s" + (f", written to {out}" if out else ""))

    def _counts(self) -> list[str]:
        failed = [f"{self.failed:,} failed"] if self.failed else []
        return [counted(self.done, "document"), counted(self.claims, "claim"), *failed]

    def _say(self, line: str) -> None:
        self._stream.write(printable(line) + "\n")
        self._stream.flush()


def as_options(message: str) -> str:
    """A reader's message with the settings that it speaks of as the command line has them."""
    for name in OPTIONS:
        message = message.replace(f" {name})", f" --{name.replace('_', '-')})")
    return message


def print_explanations(found: Iterable[tuple[str, Any]], stream: TextIO) -> None:
    """One paragraph per claim: the triple, then a line for each step that led to it.

    Args:
        found: document id and `claimstake.explain.Explanation`.
        stream: a terminal or not.
    """
    from claimstake.output import qualifiers

    out = console(stream)
    for document, claim in found:
        triple = f"{claim.subject.canonical} {claim.predicate} {claim.object.canonical}"
        out.print(Text(printable(triple), style="bold"), Text(f"  {claim.id} in {printable(document)}", style="dim"))
        said = ", ".join(f"{name} {value}" for name, value in qualifier_items(qualifiers(claim.qualifiers)))
        for name, text in [*claim.steps(), ("qualifiers", said)]:
            if text:
                _print_step(out, name, text)
        out.print()


def _print_step(out: Any, name: str, text: str) -> None:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=STEP_WIDTH, style="cyan", no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(f"  {name}", Text(printable(text)))
    out.print(grid)


def print_ontology(ontology: Ontology, stream: TextIO) -> None:
    """Labels, then predicates with what may be their subject and object."""
    out = console(stream)
    labels = _table("label", "what it is")
    for label in ontology.labels.values():
        labels.add_row(Text(label.name, style="bold"), Text(label.says))
    predicates = _table("predicate", "says", "subject", "object", "qualifiers")
    for p in ontology.predicates.values():
        cells = (p.says, _listed(sorted(p.subject)), _listed(sorted(p.object)), _listed(p.qualifiers))
        predicates.add_row(Text(p.name, style="bold"), *map(Text, cells))
    out.print(labels, predicates)


def _table(*names: str) -> Table:
    table = Table(box=PLAIN_BOX, pad_edge=False, show_edge=False)
    for name in names:
        table.add_column(name, overflow="fold")
    return table


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)


def counted(number: int, noun: str) -> str:
    """A number with its noun: "1 claim", "1,234 claims"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
