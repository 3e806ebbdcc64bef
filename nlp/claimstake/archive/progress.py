"""What stands on the screen while an archive run goes on: a bar, a line now and then, or JSON for a program."""

from __future__ import annotations

import json
import shlex
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

from rich.console import RenderableType
from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from rich.text import Text

from claimstake.archive.run import COMPLETE, INTERRUPTED, Summary
from claimstake.sinks.table import console, printable
from claimstake.store.contract import Failed
from claimstake.terminal import as_options, counted

LINE_EVERY = 30.0  # seconds between two lines where there is no terminal
JSON_EVERY = 1.0  # seconds between two JSON lines
NAMED = 100  # failures that are named one by one; all of them are in the store
DRAWN = 2.0  # times a second that the bar is drawn; every time costs the workers a little


class Silent:
    """Names failures and nothing else.

    Args:
        stream: standard error.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._named = 0

    def tick(self, summary: Summary) -> None:
        """Some time has passed."""

    def failed(self, failed: Failed) -> None:
        """Say what went into quarantine, unless it is very much."""
        self._named += 1
        if self._named <= NAMED:
            self.say(as_options(sentence(failed)))
        elif self._named == NAMED + 1:
            self.say("more has failed than is named here")

    def say(self, line: str) -> None:
        """Write a line."""
        self._stream.write(printable(line) + "\n")
        self._stream.flush()


class Lines(Silent):
    """A line of counts now and then."""

    def __init__(self, stream: TextIO, every: float = LINE_EVERY) -> None:
        super().__init__(stream)
        self._every, self._last = every, time.monotonic()

    def tick(self, summary: Summary) -> None:
        """Write the line where it is time."""
        if summary.state == "running" and time.monotonic() - self._last > self._every:
            self._last = time.monotonic()
            left = _left(summary)
            self.say(", ".join([*counts(summary), *speeds(summary), *([left] if left else [])]))


class _CountedBar(Bar):
    """A bar above a line of counts: a terminal of 80 columns has no room for both beside each other."""

    def get_renderables(self) -> Iterator[RenderableType]:
        """The bar, then the counts of its task."""
        yield from super().get_renderables()
        for task in self.tasks:
            yield Text(task.fields["counted"], no_wrap=True, overflow="ellipsis")


class Moving(Silent):
    """A bar with the time left, counts and speeds."""

    def __init__(self, stream: TextIO, bar: Bar) -> None:
        super().__init__(stream)
        self._bar = bar
        self._task = bar.add_task("", total=None, counted="starting")

    def tick(self, summary: Summary) -> None:
        """Move the bar."""
        told = ", ".join([*counts(summary), *speeds(summary)])
        position = summary.position
        self._bar.update(self._task, counted=told, completed=position.done, total=position.total)

    def say(self, line: str) -> None:
        """Write a line above the bar."""
        self._bar.console.print(printable(line), soft_wrap=True)


class JsonLines:
    """One JSON object a line: "progress" about once a second, "failure" as they come, "summary" at the end.

    Args:
        stream: standard output.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream, self._last = stream, 0.0

    def tick(self, summary: Summary) -> None:
        """Write a "progress" where it is time."""
        if summary.state == "running" and time.monotonic() - self._last > JSON_EVERY:
            self._last = time.monotonic()
            self.write("progress", plain(summary))

    def failed(self, failed: Failed) -> None:
        """Write a "failure"."""
        self.write("failure", plain_failure(failed))

    def write(self, event: str, values: dict[str, Any]) -> None:
        """Write one line."""
        self._stream.write(json.dumps({"event": event, **values}, ensure_ascii=False) + "\n")
        self._stream.flush()


@contextmanager
def moving(stream: TextIO) -> Iterator[Moving]:
    """A bar on a terminal."""
    columns = (BarColumn(), TaskProgressColumn(), TimeRemainingColumn(), TextColumn("left"))
    shown = _CountedBar(
        *columns,
        console=console(stream),
        transient=True,
        refresh_per_second=DRAWN,
        redirect_stdout=False,
        redirect_stderr=False,
    )
    with shown:
        yield Moving(stream, shown)


def sentence(failed: Failed) -> str:
    """A failure in one line."""
    name = f"{failed.source}: document {failed.document}" if failed.document else failed.source
    return f"{name}: {failed.problem}" + (f" ({failed.mend})" if failed.mend else "")


def plain_failure(failed: Failed) -> dict[str, Any]:
    """A failure as JSON values; what is empty is left out."""
    return {name: value for name, value in vars(failed).items() if value}


def plain(summary: Summary) -> dict[str, Any]:
    """A summary as JSON values."""
    position = summary.position
    return {
        "state": summary.state,
        "seconds": round(summary.seconds, 3),
        **{name: getattr(summary, name) for name in ("documents", "relevant", "tokens", "claims", "failures")},
        "done_before": summary.known,
        "quarantined_before": summary.quarantined,
        "documents_per_second": round(_per_second(summary, summary.documents), 1),
        "tokens_per_second": round(_per_second(summary, summary.tokens), 1),
        "bytes": {"listed": position.done, "total": position.total},
    }


def counts(summary: Summary) -> list[str]:
    """Documents, claims, failures, and what was done before."""
    told = [counted(summary.documents, "document"), counted(summary.claims, "claim")]
    told += [f"{summary.failures:,} failed"] if summary.failures else []
    return told + ([f"{summary.known:,} done before"] if summary.known else [])


def speeds(summary: Summary) -> list[str]:
    """Documents and tokens a second."""
    documents, tokens = (_per_second(summary, n) for n in (summary.documents, summary.tokens))
    return [f"{documents:,.{0 if documents >= 10 else 1}f} documents/s", f"{tokens:,.0f} tokens/s"]


def report(summary: Summary, sink: str) -> list[str]:
    """What a run has done, in sentences, and how to go on; nothing where it could not begin.

    Args:
        summary: at the end.
        sink: name of the store, without its password.
    """
    if not summary.begun:
        return []
    share = f" ({summary.relevant / summary.documents:.1%} relevant)" if summary.documents else ""
    failed = f", {summary.failures:,} failed" if summary.failures else ""
    lines = [
        f"{counted(summary.documents, 'document')}{share}, {counted(summary.claims, 'claim')}{failed} "
        f"in {summary.seconds:.1f} s ({', '.join(speeds(summary))}), in {sink}"
    ]
    if summary.known:
        lines.append(f"{summary.known:,} more {_were(summary.known)} done before, or met twice")
    if summary.quarantined:
        lines.append(f"{summary.quarantined:,} of them failed then and {_were(summary.quarantined)} not tried again")
    if summary.failures or summary.quarantined:
        lines.append(
            f"claimstake archive failures {shlex.quote(sink)} tells what failed; --retry-failed tries it again"
        )
    if summary.state == INTERRUPTED:
        lines.append("stopped as asked; the same command goes on from here")
    elif summary.state != COMPLETE:
        lines.append("what was committed is in place; the same command goes on from here")
    return lines


def _left(summary: Summary) -> str | None:
    """How long it will take, as far as the listed bytes tell."""
    done, total = summary.position.done, summary.position.total
    if not total or not done or done >= total:
        return None
    seconds = int(summary.seconds * (total - done) / done)
    return f"about {seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02} left"


def _per_second(summary: Summary, number: int) -> float:
    return number / summary.seconds if summary.seconds else 0.0


def _were(number: int) -> str:
    return "was" if number == 1 else "were"
