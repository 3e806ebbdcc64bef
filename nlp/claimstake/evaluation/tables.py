"""Evaluations as tables: for a terminal, as Markdown, and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from claimstake.evaluation import counting
from claimstake.evaluation.bootstrap import Interval
from claimstake.evaluation.confusion import Confusion
from claimstake.evaluation.counting import DECIMALS, Counts
from claimstake.evaluation.errors import Difference
from claimstake.evaluation.figures import HEADLINE, catalogue, names
from claimstake.evaluation.gate import Verdict

Intervals = Mapping[str, Interval]
NUMERIC = frozenset("0123456789.+-–% ")


@dataclass(frozen=True)
class Sheet:
    """A table: what it shows, the names of its columns, its rows; empty cells say nothing."""

    title: str
    head: tuple[str, ...]
    rows: list[tuple[str, ...]]

    def to_markdown(self) -> str:
        """As a Markdown table, without the title."""
        lines = [self.head, tuple("---" for _ in self.head), *self.rows]
        return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)

    def to_rich(self) -> Table:
        """For a terminal; columns of numbers stand to the right."""
        table = Table(title=Text(self.title, style="bold"), title_justify="left", box=SIMPLE_HEAD, show_edge=False)
        for number, name in enumerate(self.head):
            numeric = all(set(row[number]) <= NUMERIC for row in self.rows)
            table.add_column(name, justify="right" if numeric else "left", overflow="fold", no_wrap=numeric)
        for row in self.rows:
            table.add_row(*(Text(cell) for cell in row))
        return table


def headline(counts: Sequence[Counts], found: Intervals, floors: Mapping[str, float] | None = None) -> Sheet:
    """The figures that a set of documents is summed up by, and those that have a floor."""
    floors = floors or {}
    known, sums = catalogue(counts), counting.total(counts)
    rows = []
    for name in dict.fromkeys((*HEADLINE, *floors)):
        value = known[name].value(sums)
        floor = f"{floors[name]:.3f}" if name in floors else ""
        rows.append((name, _number(value), _bounds(found.get(name)), floor, "below" if floor and value < floors[name] else ""))
    return _without_empty(Sheet("all documents", ("measure", "value", "95%", "floor", ""), rows))
