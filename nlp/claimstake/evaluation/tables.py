"""Evaluations as tables, for a terminal and as Markdown, and as one JSON object."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from claimstake.evaluation import confusion, errors
from claimstake.evaluation.bootstrap import Interval
from claimstake.evaluation.confusion import MISSED, REVERSED, Confusion
from claimstake.evaluation.counting import DECIMALS
from claimstake.evaluation.errors import Difference
from claimstake.evaluation.figures import HEADLINE
from claimstake.evaluation.gate import Floors, Verdict
from claimstake.evaluation.scores import Scores

Intervals = Mapping[str, Interval]
Row = tuple[str, ...]
NUMERIC = frozenset("0123456789.,%+−– ")
UNBOUNDED = 10_000  # columns, to measure how wide a table would be
NARROW = 5  # characters that a head of figures is folded to where the terminal is narrow


@dataclass(frozen=True)
class Sheet:
    """A table: what it shows, the names of its columns, its rows."""

    title: str
    head: Row
    rows: list[Row]

    def to_markdown(self) -> str:
        """As a Markdown table under its title, if it has one."""
        lines = [self.head, tuple("---" for _ in self.head), *self.rows]
        table = "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
        return f"**{self.title}**\n\n{table}" if self.title else table

    def to_rich(self) -> Fitting:
        """For a terminal; columns of numbers stand to the right, and their heads are folded where it is narrow."""
        return Fitting(self)

    def without_empty(self) -> Sheet:
        """Without the columns that say nothing."""
        if not self.rows:
            return self
        kept = [i for i in range(len(self.head)) if any(row[i] for row in self.rows)]
        rows = [tuple(row[i] for i in kept) for row in self.rows]
        return Sheet(self.title, tuple(self.head[i] for i in kept), rows)


@dataclass(frozen=True)
class Fitting:
    """A sheet as rich prints it; where it is too wide, heads of figures are folded, so that figures stay whole."""

    sheet: Sheet

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        table = self._table(folded=False)
        wide = Measurement.get(console, options.update(width=UNBOUNDED), table).maximum
        yield table if wide <= options.max_width else self._table(folded=True)

    def _table(self, *, folded: bool) -> Table:
        title = Text(self.sheet.title, style="bold") if self.sheet.title else None
        table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, show_edge=False, collapse_padding=folded)
        for number, name in enumerate(self.sheet.head):
            cells = [row[number] for row in self.sheet.rows]
            numeric = all(set(cell) <= NUMERIC for cell in cells)
            most = max(NARROW, *map(len, cells)) if folded and numeric else len(name)
            head = "\n".join(name[i : i + most] for i in range(0, len(name), most))
            table.add_column(Text(head), justify="right" if numeric else "left", overflow="fold", no_wrap=numeric)
        for row in self.sheet.rows:
            table.add_row(*map(Text, row))
        return table


def sheets(scores: Scores, found: Intervals, floors: Floors | None = None) -> list[Sheet]:
    """All documents together, then by label, predicate and qualifier where there are any."""
    detailed = (_by_label(scores, found), _by_predicate(scores, found), _by_qualifier(scores, found))
    return [headline(scores, found, floors or {}), *(sheet for sheet in detailed if sheet.rows)]


def headline(scores: Scores, found: Intervals, floors: Floors) -> Sheet:
    """The figures that a set of documents is summed up by, and those that have a floor."""
    rows = []
    for figure in scores.named([*HEADLINE, *floors]):
        value, floor = figure.value(scores.sums), floors.get(figure.name)
        shown = "" if floor is None else _number(floor)
        missed = "below" if floor is not None and value < floor else ""
        about = figure.name, *_sides(scores, figure.name)
        rows.append((*about, _number(value), _bounds(found.get(figure.name)), shown, missed))
    head = ("measure", "precision", "recall", "value", "95% interval", "floor", "verdict")
    return Sheet(f"{len(scores.alignments)} documents", head, rows).without_empty()


def _sides(scores: Scores, name: str) -> Row:
    """Precision and recall of an F1 that has them."""
    names = [name.removesuffix("F1") + side for side in ("precision", "recall")]
    if not name.endswith(" F1") or names[0] not in scores.figures:
        return "", ""
    return tuple(_number(scores.value(side)) for side in names)


def _by_label(scores: Scores, found: Intervals) -> Sheet:
    rows = []
    for label in scores.labels:
        strict, relaxed = scores.figures[f"{label} strict F1"], f"{label} relaxed"
        _, gold, predicted = strict.numbers(scores.sums)
        cells = (_number(strict.value(scores.sums)), *_prf(scores, found, relaxed), f"{gold:,}", f"{predicted:,}")
        rows.append((label, *cells))
    head = ("label", "strict F1", "precision", "recall", "relaxed F1", "95% interval", "gold", "predicted")
    return Sheet("mentions by label", head, rows).without_empty()


def _by_predicate(scores: Scores, found: Intervals) -> Sheet:
    rows = []
    for predicate in scores.predicates:
        _, gold, predicted = scores.figures[f"{predicate} F1"].numbers(scores.sums)
        rows.append((predicate, *_prf(scores, found, predicate), f"{gold:,}", f"{predicted:,}"))
    head = ("predicate", "precision", "recall", "F1", "95% interval", "gold", "predicted")
    return Sheet("claims by predicate", head, rows).without_empty()


def _by_qualifier(scores: Scores, found: Intervals) -> Sheet:
    rows = []
    for qualifier in scores.qualifiers:
        figure = scores.figures[f"{qualifier} accuracy"]
        _, of = figure.numbers(scores.sums)
        rows.append((qualifier, _number(figure.value(scores.sums)), _bounds(found.get(figure.name)), f"{of:,}"))
    head = ("qualifier", "accuracy", "95% interval", "claims")
    return Sheet("qualifiers of claims found", head, rows).without_empty()


def comparison(verdicts: Iterable[Verdict], first: str, second: str) -> Sheet:
    """Two systems side by side, with what the second gains and the interval of that."""
    rows = [
        (v.name, _number(v.first), _number(v.second), _signed(v.gain.value), _signed_bounds(v.gain), _floor(v), v.says)
        for v in verdicts
    ]
    head = ("measure", first, second, "difference", "95% interval", "floor", "verdict")
    return Sheet(f"{second} against {first}", head, rows).without_empty()


def details(scores: Scores, *, confused: bool = False, most: int = 0) -> list[Sheet]:
    """What was taken for what, and single differences, where they are asked for and there are any.

    Args:
        confused: whether to show the confusion of labels and of predicates.
        most: how many differences to list.
    """
    found: list[Sheet] = []
    if confused:
        for of, count in (("labels", confusion.labels), ("predicates of the same pair", confusion.predicates)):
            found.append(_confusion(count(scores.alignments), f"{of}, gold down, predicted across"))
    if most:
        found.append(_differences(list(errors.differences(scores.alignments)), most))
    return [sheet for sheet in found if sheet.rows]


def _confusion(found: Confusion, title: str) -> Sheet:
    """Gold names down, predicted ones across by their numbers, for names are too long there; zeros are left empty."""
    numbers = {name: str(number) for number, name in enumerate(found.names, 1)}
    columns = [c for c in (*found.names, REVERSED, MISSED) if any(found.cells[row, c] for row in found.rows)]
    rows = [
        (numbers.get(row, ""), row, *(str(found.cells[row, column] or "") for column in columns)) for row in found.rows
    ]
    return Sheet(title, ("", "gold", *(numbers.get(column, column) for column in columns)), rows)


def _differences(found: Sequence[Difference], most: int) -> Sheet:
    """The first `most` differences; the title says how many there are."""
    rows = [tuple(map(_printable, (d.document, d.kind, d.what, d.gold, d.predicted))) for d in found[:most]]
    title = f"differences, {len(rows)} of {len(found):,}"
    return Sheet(title, ("document", "kind", "what", "gold", "predicted"), rows)


def counts(found: Mapping[str, Mapping[str, int]]) -> list[Sheet]:
    """How often each value occurs, a table for each kind that has any, most frequent first."""
    return [
        Sheet("", (kind, "number"), [(name, f"{n:,}") for name, n in sorted(c.items(), key=lambda i: (-i[1], i[0]))])
        for kind, c in found.items()
        if c
    ]


def to_json(
    scores: Scores, found: Intervals, verdicts: Sequence[Verdict] = (), *, confused: bool = False, most: int = 0
) -> dict[str, Any]:
    """The report, and beside it intervals, comparison, confusion and differences where there are any; as `details`."""
    value: dict[str, Any] = dict(scores.report)
    if found:
        value["intervals"] = {name: _interval(interval) for name, interval in found.items()}
    if verdicts:
        value["comparison"] = {verdict.name: _verdict(verdict) for verdict in verdicts}
    if confused:
        kinds = {"labels": confusion.labels, "predicates": confusion.predicates}
        value["confusion"] = {name: kind(scores.alignments).to_json() for name, kind in kinds.items()}
    if most:
        value["errors"] = [one.to_json() for one in islice(errors.differences(scores.alignments), most)]
    return value


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "first": round(verdict.first, DECIMALS),
        "second": round(verdict.second, DECIMALS),
        "difference": _interval(verdict.gain),
        "floor": verdict.floor,
        "verdict": verdict.says,
    }


def _interval(interval: Interval) -> dict[str, float]:
    return {key: round(getattr(interval, key), DECIMALS) for key in ("value", "low", "high")}


def _prf(scores: Scores, found: Intervals, name: str) -> Row:
    values = [_number(scores.value(f"{name} {of}")) for of in ("precision", "recall", "F1")]
    return (*values, _bounds(found.get(f"{name} F1")))


def _printable(text: str) -> str:
    """Text on one line without control characters, which could drive the reader's terminal."""
    return "".join(c if c.isprintable() else " " for c in " ".join(text.split()))


def _number(value: float) -> str:
    return f"{value:.3f}"


def _signed(value: float) -> str:
    return f"{value:+.3f}".replace("-", "−")


def _bounds(interval: Interval | None) -> str:
    return "" if interval is None else f"{interval.low:.3f} – {interval.high:.3f}"


def _signed_bounds(interval: Interval) -> str:
    return f"{_signed(interval.low)} to {_signed(interval.high)}"


def _floor(verdict: Verdict) -> str:
    return "" if verdict.floor is None else _number(verdict.floor)
