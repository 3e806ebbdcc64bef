"""What stands on standard error while something long runs; nothing where that is no terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

Thing = TypeVar("Thing")


def counted(what: str, *, quiet: bool = False) -> Callable[[Iterable[Thing]], Iterator[Thing]]:
    """Passes articles, or steps, on and shows a bar of how many are done.

    Args:
        what: in front of the bar, such as "annotating".
    """

    def watch(things: Iterable[Thing]) -> Iterator[Thing]:
        from rich.progress import track

        from claimstake.sinks.table import console

        hidden = quiet or not sys.stderr.isatty()
        found = list(things)
        yield from track(found, what, len(found), console=console(sys.stderr), transient=True, disable=hidden)

    return watch


def running(what: str, *, quiet: bool = False) -> Callable[[Iterable[Thing]], Iterator[Thing]]:
    """As `counted`, for things that come one at a time, nobody knows how many: shows how many there were."""

    def watch(things: Iterable[Thing]) -> Iterator[Thing]:
        if quiet or not sys.stderr.isatty():
            yield from things
            return
        from claimstake.sinks.table import console

        with console(sys.stderr).status(what) as status:
            for number, thing in enumerate(things, 1):
                status.update(f"{what} {number:,}")
                yield thing

    return watch


@contextmanager
def spinner(what: str, *, quiet: bool = False) -> Iterator[None]:
    """A moving sign with `what` beside it."""
    if quiet or not sys.stderr.isatty():
        yield
        return
    from claimstake.sinks.table import console

    with console(sys.stderr).status(what):
        yield


@contextmanager
def stepped(what: str, *, quiet: bool = False) -> Iterator[Callable[[dict[str, Any]], None]]:
    """A bar for what tells how far it is: gives a function that takes events with `at` and `of`."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from claimstake.sinks.table import console

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    hidden = quiet or not sys.stderr.isatty()
    with Progress(*columns, console=console(sys.stderr), transient=True, disable=hidden) as bar:
        task = bar.add_task(what, total=None)
        yield lambda event: bar.update(task, completed=event["at"], total=event["of"])
