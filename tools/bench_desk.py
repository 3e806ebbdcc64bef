# ruff: noqa: T201 - a command line tool
"""Measures how long the desk's questions take over a large database; prints a Markdown table.

    python tools/desk_database.py claims.db --claims 1000000
    python tools/bench_desk.py claims.db --rounds 5

Every filter alone, pairs and many together, filters that nothing answers, every order, the first page and deep ones,
frequent and rare words, and the pages of things and documents: times are of the whole answer, rows and all, in this
process. "first" is the first time that a question is asked, with the cache of the file dropped where that is allowed.
"""

from __future__ import annotations

import argparse
import itertools
import os
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from claimstake.queries.contract import ClaimFilter
from claimstake.queries.open import reader
from claimstake.queries.reading import DatabaseReader

Ask = Callable[[], Any]
LIMIT = 0.3  # seconds that a page may take
SINGLE: tuple[dict[str, Any], ...] = (
    {}, {"actor": "China"}, {"actor": "Chinese"}, {"actor": "nobody of this name"}, {"object": "gallium"},
    {"object": "minerals"}, {"entity": "china"}, {"entity": "COMPANY:none"}, {"predicate": ("restricts_export_of",)},
    {"predicate": ("derived_from",)}, {"predicate": ("produces", "used_in", "covers")}, {"status": ("in_force",)},
    {"status": ("lifted",)}, {"measure": ("quota",)}, {"polarity": "affirmed"}, {"polarity": "negated"},
    {"certainty": "asserted"}, {"certainty": "hedged"}, {"since": "2026"}, {"until": "2016-02"}, {"since": "2031"},
    {"min_confidence": 0.99}, {"max_confidence": 0.31}, {"min_confidence": 0.0}, {"text": "of"}, {"text": "a"},
    {"text": "shipments of"}, {"text": "kalomirten"}, {"text": "zzzz"}, {"text": "licences smel"},
    {"document": "0" * 20}, {"verdict": "open"}, {"verdict": "accepted"},
)  # fmt: skip
DEEP = 40  # pages


def questions(desk: DatabaseReader, pairs: int) -> Iterator[tuple[str, Ask]]:
    """Every question with its name."""
    for wanted, order in zip(_filters(pairs), itertools.cycle(("newest", "surest", "doubtful")), strict=False):
        asked = ClaimFilter(**wanted)
        name = " ".join(f"{key}={value}" for key, value in wanted.items()) or "all"
        yield f"claims {name} {order}", lambda asked=asked, order=order: desk.claims(asked, order=order)
    for order in ("newest", "surest", "doubtful"):
        cursor = None
        for _ in range(DEEP):
            cursor = desk.claims(ClaimFilter(), order=order, cursor=cursor, limit=500).next
        yield f"claims {DEEP * 500} rows down {order}", _going_on(desk, order, cursor)
    for order in ("newest", "most", "doubtful"):
        yield f"inbox {order}", lambda order=order: desk.inbox(order=order)
    yield from _others(desk)


def _filters(pairs: int) -> Iterator[dict[str, Any]]:
    yield from itertools.chain.from_iterable((one,) * 4 for one in SINGLE)
    both = [a | b for a, b in itertools.combinations(SINGLE[1:], 2) if not a.keys() & b.keys()]
    yield from both[:: max(1, len(both) // pairs)]
    yield {name: value for one in SINGLE for name, value in one.items() if name not in ("document", "entity", "until")}


def _going_on(desk: DatabaseReader, order: Any, cursor: str | None) -> Ask:
    return lambda: desk.claims(ClaimFilter(), order=order, cursor=cursor)


def _others(desk: DatabaseReader) -> Iterator[tuple[str, Ask]]:
    key = desk.inbox().documents[0].key
    yield "document", lambda: desk.document(key)
    for thing in ("china", "gallium", "COMPANY:none"):
        yield f"entity {thing}", lambda thing=thing: desk.entity(thing)
        yield f"timeline {thing}", lambda thing=thing: desk.timeline(thing)
    for begins in ("", "c", "ch", "kal", "zzzzz"):
        yield f"suggest {begins!r}", lambda begins=begins: desk.suggest(begins)
    yield "graph", lambda: desk.graph(ClaimFilter())
    yield "graph of China", lambda: desk.graph(ClaimFilter(actor="China"))
    every = tuple(SINGLE[10]["predicate"]) + ("restricts_export_of", "located_in", "has_threshold")
    yield "graph of most predicates", lambda: desk.graph(ClaimFilter(predicate=every))


def drop_cache(path: Path) -> None:
    """Ask the system to forget what it holds of a file."""
    if hasattr(os, "posix_fadvise"):
        with path.open("rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def timed(ask: Ask) -> tuple[float, float]:
    """Seconds by the clock and of this process."""
    wall, own = time.perf_counter(), time.process_time()
    ask()
    return time.perf_counter() - wall, time.process_time() - own


def measured(path: Path, rounds: int, pairs: int) -> dict[str, tuple[float, float, float]]:
    """First time, best time by the clock, and best time of the process, by question."""
    began = time.perf_counter()
    desk = reader(str(path))
    print(f"Opened in {time.perf_counter() - began:.1f} s ({time.process_time():.1f} s of the processor).\n")
    found = {}
    for number, (name, ask) in enumerate(questions(desk, pairs)):
        if number % 10 == 0:
            drop_cache(path)
        first, *others = [timed(ask) for _ in range(rounds + 1)]
        found[name] = first[0], min(wall for wall, _ in others), min(own for _, own in others)
    desk.close()
    return found


def report(found: dict[str, tuple[float, float, float]], slowest: int) -> None:
    """A table of all, and of the slowest."""
    print(f"| {len(found)} questions | median ms | p95 ms | max ms |\n|---|---|---|---|")
    for place, name in enumerate(("first", "best of the others", "processor, best of the others")):
        times = sorted(1000 * one[place] for one in found.values())
        p95 = times[int(0.95 * (len(times) - 1))]
        print(f"| {name} | {statistics.median(times):.1f} | {p95:.1f} | {times[-1]:.1f} |")
    print("\n| slowest | first ms | best ms | processor ms |\n|---|---|---|---|")
    for name, times in sorted(found.items(), key=lambda item: -item[1][1])[:slowest]:
        print(f"| {name} | " + " | ".join(f"{1000 * one:.1f}" for one in times) + " |")
    late = sum(one[1] > LIMIT for one in found.values())
    print(f"\n{late} questions took more than {1000 * LIMIT:.0f} ms.")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("database", type=Path)
    parser.add_argument("--rounds", type=int, default=3, help="times that a question is asked after the first")
    parser.add_argument("--pairs", type=int, default=100, help="filters of two conditions that are asked")
    parser.add_argument("--slowest", type=int, default=15, help="rows of the table of the slowest")
    options = parser.parse_args()
    report(measured(options.database, options.rounds, options.pairs), options.slowest)


if __name__ == "__main__":
    main()
