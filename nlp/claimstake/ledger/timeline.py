"""The ledger for reading in a terminal, or as plain text: one block a measure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TextIO

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from claimstake.ledger import wording
from claimstake.ledger.model import Measure, Row, Step
from claimstake.ledger.telling import Ledger
from claimstake.ledger.values import LIMIT
from claimstake.sinks.table import console, printable

COLOURS = {
    "proposed": "yellow",
    "comment_until": "yellow",
    "announced": "cyan",
    "in_force": "green",
    "suspended": "magenta",
    "lifted": "blue",
    "deadline": "cyan",
    "expires": "magenta",
}
SENTENCE = 240  # characters of a sentence
LIMITS = 12  # limits of a measure that are shown


def print_ledger(found: Ledger, stream: TextIO, *, most: int, facts: bool, sentences: bool) -> None:
    """Write the blocks, the newest last, and what was left out.

    Args:
        found: what answers.
        stream: a terminal or not.
        most: measures that are shown, those of the most stories.
        facts: also claims that are no measures.
        sentences: quote a sentence of each source.
    """
    out = console(stream)
    shown = strongest(found.measures, most)
    told = strongest(found.facts, most) if facts or not found.measures else []
    with out.capture() as block:
        for measure in shown:
            _print_measure(out, measure, sentences)
        for fact in told:
            _print_fact(out, fact, sentences)
        _print_rest(out, found, len(shown), len(told))
    stream.writelines(f"{line.rstrip()}\n" for line in block.get().rstrip().splitlines())


def strongest(found: list[Measure], most: int) -> list[Measure]:
    """The measures of the most stories, in their order."""
    if len(found) <= most:
        return found
    chosen = {id(m) for m in sorted(found, key=lambda m: -m.stories)[:most]}
    return [m for m in found if id(m) in chosen]


def _print_measure(out: Console, measure: Measure, sentences: bool) -> None:
    out.print(Text(printable(wording.title(measure)), style="bold"))
    about = [wording.standing(measure), wording.seen(measure)]
    names = wording.instruments(measure)
    if names:
        about.append(f"by {wording.listed(names, 3)}")
    out.print(Padding(Text(printable(" · ".join(filter(None, about))), style="dim"), (0, 0, 0, 2)))
    if measure.life and measure.predicate != LIMIT:
        out.print(Padding(_life(measure), (0, 0, 0, 2)))
    _print_limits(out, [row for row in (*measure.rows, *measure.limits) if row.values])
    _print_flags(out, measure)
    if sentences:
        _print_sentences(out, measure)
    out.print()


def _life(measure: Measure) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True, width=10)
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold", ratio=3)
    grid.add_column(overflow="fold", ratio=2, style="dim")
    for step in measure.life:
        said = Text(wording.step_name(step), style=COLOURS[step.kind])
        grid.add_row(wording.when(step), said, Text(printable(_facts(step, measure))), _sources(step))
    return grid


def _facts(step: Step, measure: Measure) -> str:
    return "; ".join(filter(None, (wording.dated_by(step), wording.details(step, measure))))


def _sources(step: Step) -> Text:
    return Text(printable(wording.sources(step.documents)))


def _print_limits(out: Console, rows: list[Row]) -> None:
    for row in rows[:LIMITS]:
        subject = f"{(row.actor if row.predicate == LIMIT else row.object).name}, "
        line = f"{subject}{wording.limit_name(row)}: {wording.history(row)}"
        out.print(Padding(Text(printable(line)), (0, 0, 0, 2)))
    if len(rows) > LIMITS:
        out.print(Padding(Text(f"and {wording.count(len(rows) - LIMITS, 'limit')} more", style="dim"), (0, 0, 0, 2)))


def _print_flags(out: Console, measure: Measure) -> None:
    for found in measure.contradictions:
        out.print(Padding(Text(f"! {printable(wording.contradiction(found))}", style="bold red"), (0, 0, 0, 2)))


def _print_sentences(out: Console, measure: Measure) -> None:
    for document, sentence in quotes(measure):
        line = Text(f"{printable(document)}: ", style="dim")
        line.append(printable(sentence)[:SENTENCE])
        out.print(Padding(line, (0, 0, 0, 4)))


def quotes(measure: Measure) -> Iterable[tuple[str, str]]:
    """Date and name of each source with each of its sentences, once."""
    found = {}
    for document in measure.documents:
        for s in measure.statements:
            if s.document.key == document.key and s.evidence:
                found[document.key, s.evidence] = f"{document.published or 'undated'} {document.name}", s.evidence
    return found.values()


def _print_fact(out: Console, fact: Measure, sentences: bool) -> None:
    line = Text(printable(wording.title(fact)))
    line.append(f"  {wording.seen(fact)}", style="dim")
    out.print(line)
    _print_limits(out, [row for row in fact.rows if row.values])
    _print_flags(out, fact)
    if sentences:
        _print_sentences(out, fact)


def _print_rest(out: Console, found: Ledger, measures: int, facts: int) -> None:
    left = []
    if len(found.measures) > measures:
        left.append(f"{wording.count(len(found.measures) - measures, 'measure')} of fewer sources (--most)")
    if len(found.facts) > facts:
        left.append(f"{wording.count(len(found.facts) - facts, 'other claim')} (--facts)")
    if left:
        out.print(Text(f"not shown: {', '.join(left)}", style="dim"))
