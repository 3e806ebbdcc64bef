"""A benchmark as tables, as JSON and as a chart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from claimstake.benchmark.measuring import Benchmark, Measured
from claimstake.benchmark.systems import TOKENIZER
from claimstake.evaluation.tables import Sheet
from claimstake.terminal import counted

if TYPE_CHECKING:
    from claimstake.benchmark.archives import Archived
    from claimstake.benchmark.stores import Stored

ARCHIVES = ("archive", "documents", "workers", "tokens/s", "times en_core_web_sm", "ms a document", "read in full")
ARCHIVES += ("worker MB", "main MB")
STORES = ("store", "claim rows/s", "all rows/s", "documents/s")
HEAD = ("system", "tokens/s", "slowest round", "times en_core_web_sm", "peak memory MB", "loading s")
BAR = 0.32  # inches of height
WIDTH = 4.2  # inches of a panel
ACROSS = 3  # panels
ROOM = 1.25  # of a chart for the number behind its longest bar


def systems(found: Benchmark) -> Sheet:
    """A row for each system."""
    return Sheet("", HEAD, [_row(found, system) for system in found.systems])


def components(found: Benchmark) -> Sheet:
    """The share of time of each component of our pipeline; no rows where they were not measured."""
    return Sheet("", ("component", "share of time"), [(n, f"{share:.1%}") for n, share in _shares(found).items()])


def archives(runs: Sequence[Archived]) -> Sheet:
    """A row for each run over an archive."""
    return Sheet("", ARCHIVES, [_archived(run) for run in runs])


def stores(found: Sequence[Stored]) -> Sheet:
    """A row for each kind of store."""
    return Sheet("", STORES, [_stored(store) for store in found])


def speedups(runs: Sequence[Archived]) -> list[str]:
    """How many times as fast several workers are as one, wherever both were measured."""
    alone = {(run.mixture, run.documents): run for run in runs if run.workers == 1}
    told = []
    for run in runs:
        one = alone.get((run.mixture, run.documents))
        if one and run.workers > 1:
            about = f"{run.mixture}, {run.documents:,} documents"
            told.append(f"{about}: {run.workers} workers are {one.seconds / run.seconds:.2f} times as fast as one.")
    return told


def summary(found: Benchmark) -> list[str]:
    """What stands under the table: how much was read, the first claim, and why a system is lacking."""
    rounds = max(len(system.turns) for system in found.systems)
    facts = (
        counted(found.documents, "document"),
        counted(found.tokens, "token"),
        f"{'best of ' if rounds > 1 else ''}{counted(rounds, 'round')}",
        counted(found.threads, "thread"),
        f"first claim {min(found.first_claim):.1f} s after the start of the command",
    )
    problems = dict.fromkeys(system.problem for system in found.systems if system.problem)
    return [f"{', '.join(facts)}.", *problems]


def to_json(found: Benchmark, runs: Sequence[Archived] = (), written: Sequence[Stored] = ()) -> dict[str, Any]:
    """Every figure, of all rounds; `components` are shares of the time, archives and stores only where measured."""
    value: dict[str, Any] = {
        "documents": found.documents,
        "tokens": found.tokens,
        "threads": found.threads,
        "systems": [_system(found, system) for system in found.systems],
        "first_claim": {
            "seconds": round(min(found.first_claim), 3),
            "rounds": [round(s, 3) for s in found.first_claim],
        },
    }
    if found.components:
        value["components"] = {name: round(share, 4) for name, share in _shares(found).items()}
    if runs:
        value["archives"] = [
            {**vars(run), "tokens_per_second": round(run.speed, 1), "ms_per_document": round(run.each, 3)}
            for run in runs
        ]
    if written:
        value["stores"] = [
            {
                "store": store.name,
                **vars(store.written),
                "claims_per_second": round(store.written.claims_a_second, 1),
                "rows_per_second": round(store.written.rows_a_second, 1),
            }
            for store in written
        ]
    return value


def plot(found: Benchmark, path: Path, runs: Sequence[Archived] = (), written: Sequence[Stored] = ()) -> Path:
    """Draw what was measured as bars. The bare tokenizer's speed would dwarf the rest and is left out."""
    import matplotlib

    from claimstake.training import plots

    running = [system for system in found.systems if system.turns]
    speeds = {one.name: found.speed(one.seconds) for one in running if one.name != TOKENIZER}
    memory = {one.name: one.memory for one in running if one.memory is not None}
    shares = {name: 100 * share for name, share in _shares(found).items()}
    panels = {
        "tokens a second": speeds,
        "peak memory, MB": memory,
        "archives, tokens a second": {_name(run): run.speed for run in runs},
        "archives, ms a document": {_name(run): run.each for run in runs},
        "claim rows a second": {store.name: store.written.claims_a_second for store in written},
        "share of time, %": shares,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with matplotlib.rc_context(plots.STYLE):
        return plots.save(_figure({title: bars for title, bars in panels.items() if bars}), path)


def _figure(panels: Mapping[str, Mapping[str, float]]) -> Any:
    from matplotlib.figure import Figure

    from claimstake.training.plots import COLOURS

    listed = list(panels.items())
    rows = [listed[start : start + ACROSS] for start in range(0, len(listed), ACROSS)]
    most = [max(len(bars) for _, bars in row) for row in rows]  # bars of all panels are equally thick
    size = (WIDTH * len(rows[0]), BAR * sum(number + 2 for number in most))
    figure = Figure(figsize=size, layout="constrained", facecolor="white")
    grid = figure.add_gridspec(len(rows), len(rows[0]), height_ratios=[number + 2 for number in most])
    for place, (title, bars) in enumerate(listed):
        row, column = divmod(place, ACROSS)
        axes = figure.add_subplot(grid[row, column])
        colours = [COLOURS[name.startswith("en_core")] for name in bars]
        drawn = axes.barh(list(bars), list(bars.values()), height=0.6, color=colours)
        axes.bar_label(drawn, [_short(value) for value in bars.values()], padding=3)
        axes.set(title=title, xlim=(0, max(bars.values()) * ROOM))
        axes.set_ylim(most[row] - 0.5, -0.5)
        axes.spines["left"].set_visible(False)
        axes.spines["bottom"].set_visible(False)
        axes.tick_params(left=False)
        axes.xaxis.set_visible(False)
    return figure


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def _row(found: Benchmark, system: Measured) -> tuple[str, ...]:
    if system.problem:
        return (f"{system.name} (not installed)", *("" for _ in HEAD[1:]))
    times = found.times_reference(system)
    return (
        system.name,
        f"{found.speed(system.seconds):,.0f}",
        f"{found.speed(system.slowest):,.0f}",
        "" if times is None else f"{times:.2f}",
        "" if system.memory is None else f"{system.memory:,.0f}",
        f"{system.loading:.1f}",
    )


def _archived(run: Archived) -> tuple[str, ...]:
    return (
        run.mixture,
        f"{run.documents:,}",
        str(run.workers),
        f"{run.speed:,.0f}",
        "" if run.times_reference is None else f"{run.times_reference:.1f}",
        f"{run.each:.2f}",
        f"{run.read / run.documents:.1%}",
        "" if run.worker_memory is None else f"{run.worker_memory:,.0f}",
        "" if run.main_memory is None else f"{run.main_memory:,.0f}",
    )


def _stored(store: Stored) -> tuple[str, ...]:
    found = store.written
    documents = found.documents / found.seconds
    return store.name, f"{found.claims_a_second:,.0f}", f"{found.rows_a_second:,.0f}", f"{documents:,.0f}"


def _name(run: Archived) -> str:
    workers = f"{run.workers} worker{'s' if run.workers > 1 else ''}"
    return f"{run.mixture}, {run.documents:,}, {workers}"


def _system(found: Benchmark, system: Measured) -> dict[str, Any]:
    if system.problem:
        return {"system": system.name, "problem": system.problem}
    times = found.times_reference(system)
    return {
        "system": system.name,
        "tokens": found.tokens,
        "seconds": round(system.seconds, 6),
        "rounds": [round(turn.seconds, 6) for turn in system.turns],
        "tokens_per_second": round(found.speed(system.seconds), 1),
        "times_en_core_web_sm": None if times is None else round(times, 3),
        "peak_memory_mb": None if system.memory is None else round(system.memory, 1),
        "loading_seconds": round(system.loading, 3),
    }


def _shares(found: Benchmark) -> dict[str, float]:
    whole = sum(found.components.values())
    return {name: seconds / whole for name, seconds in found.components.items()}
