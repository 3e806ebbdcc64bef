"""What came in, told to people line by line, or to programs as JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Protocol, TextIO

from claimstake.sinks.table import console, printable
from claimstake.terminal import as_options, counted

WIDEST = 100  # characters of a title
PROBLEMS = {"failed", "refused"}  # what --quiet still tells


class Teller(Protocol):
    """Is told what happens.

    Events and what they say: "feed" (feed, entries, new), "unchanged" (feed), "document" (title, claims, url, source,
    key, relevant), "known" (source: its text is there already), "refused", "failed", "put_off" (source, problem, mend,
    again), "summary".
    """

    def event(self, name: str, **said: Any) -> None:
        """Something happened."""

    def tick(self, state: str) -> None:
        """Some time has passed; `state` says what is under way."""


class Lines:
    """A line for each event.

    Args:
        stream: standard error.
        quiet: only what failed or was refused.
        say: writes a line; None writes it to the stream.
    """

    def __init__(self, stream: TextIO, *, quiet: bool = False, say: Callable[[str], object] | None = None) -> None:
        self._stream, self._quiet, self._say = stream, quiet, say or self._write
        self.show: Callable[[str], object] = lambda _: None

    def event(self, name: str, **said: Any) -> None:
        if self._quiet and name not in PROBLEMS:
            return
        told = SENTENCES[name](said)
        if told:
            self._say(f"{datetime.now().astimezone():%H:%M:%S} {printable(as_options(told))}")

    def tick(self, state: str) -> None:
        self.show(state)

    def _write(self, line: str) -> None:
        self._stream.write(line + "\n")
        self._stream.flush()


class JsonLines:
    """One JSON object a line, to standard output."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def event(self, name: str, **said: Any) -> None:
        values = {key: value for key, value in said.items() if value is not None and value != ""}
        at = datetime.now().astimezone().isoformat(timespec="seconds")
        self._stream.write(json.dumps({"event": name, "at": at, **values}, ensure_ascii=False) + "\n")
        self._stream.flush()

    def tick(self, state: str) -> None:
        """Nothing."""


@contextmanager
def telling(*, as_json: bool, quiet: bool) -> Iterator[Teller]:
    """Who tells, on this terminal or where there is none."""
    if as_json:
        yield JsonLines(sys.stdout)
    elif quiet or not sys.stderr.isatty():
        yield Lines(sys.stderr, quiet=quiet)
    else:
        shown = console(sys.stderr)
        with shown.status("starting") as status:
            lines = Lines(sys.stderr, say=lambda line: shown.print(line, markup=False, highlight=False, soft_wrap=True))
            lines.show = lambda state: status.update(printable(state))
            yield lines


def _document(said: dict[str, Any]) -> str:
    title = said.get("title") or said.get("source") or "a document"
    short = title if len(title) <= WIDEST else title[: WIDEST - 1] + "…"
    claims = counted(said["claims"], "claim") if said.get("relevant") else "off our subjects, not read"
    where = said.get("url") or said.get("source")
    return f"+ {short}: {claims}" + (f" ({where})" if where and where != title else "")


def _feed(said: dict[str, Any]) -> str:
    number = said["entries"]
    return f"  {said['feed']}: {number:,} {'entry' if number == 1 else 'entries'}, {said['new']:,} new"


def _problem(said: dict[str, Any]) -> str:
    mend = f" ({said['mend']})" if said.get("mend") else ""
    again = f"; again from {_clock(said['again'])}" if said.get("again") else ""
    return f"! {said['source']}: {said['problem']}{mend}{again}"


def _summary(said: dict[str, Any]) -> str:
    told = [counted(said["documents"], "document"), counted(said["claims"], "claim")]
    for name in ("refused", "failed", "waiting"):
        if said.get(name):
            told.append(f"{said[name]:,} {name}")
    return f"= {', '.join(told)}, in {said['to']}"


def _clock(moment: str) -> str:
    """A time of UTC on the clock here."""
    return f"{datetime.fromisoformat(moment).astimezone():%d %b %H:%M}"


SENTENCES: dict[str, Callable[[dict[str, Any]], str]] = {
    "feed": _feed,
    "unchanged": lambda said: f"  {said['feed']}: nothing new",
    "document": _document,
    "known": lambda said: f"  {said['source']}: its text is there already",
    "refused": _problem,
    "failed": _problem,
    "put_off": _problem,
    "summary": _summary,
}
