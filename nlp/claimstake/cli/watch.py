"""The command that watches feeds and folders."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from claimstake.cli.archive import make_job, make_options
from claimstake.cli.guard import FAILED, INTERRUPTED, fail, guarded
from claimstake.cli.options import Configs, KeepText, MaxChars, MinConfidence, Triage
from claimstake.errors import ConfigError, StoreError, WorkerError

if TYPE_CHECKING:
    from claimstake.archive.run import Options
    from claimstake.watch.watching import Habits, Tally

UNITS = {"": 1, "s": 1, "m": 60, "h": 3_600, "d": 86_400}
SHORTEST = 10.0  # seconds between two looks at a feed
NEEDED = ("feedparser", "httpx", "pebble", "protego", "watchfiles")


@guarded
def watch(
    sources: Annotated[
        list[str] | None, typer.Argument(help="Addresses of RSS or Atom feeds, and folders that files are put into.")
    ] = None,
    feeds: Annotated[
        list[Path] | None,
        typer.Option("--feeds", "-f", help="A list of feeds: an address a line, OPML, or TOML. May be repeated."),
    ] = None,
    to: Annotated[
        str, typer.Option("--to", "-t", "--db", help="Where claims go: a SQLite file, or postgresql://user@host/name.")
    ] = "claims.db",
    once: Annotated[bool, typer.Option("--once", help="Do what there is to do now, and end: for cron.")] = False,
    every: Annotated[str, typer.Option(help="Time between two looks at a feed: 90s, 15m, 2h, 1d.")] = "15m",
    contact: Annotated[
        str, typer.Option(help="Your address (mail or page); servers are told it with every request.")
    ] = "",
    allow_host: Annotated[
        list[str] | None,
        typer.Option(
            "--allow-host",
            metavar="NAME[:PORT]",
            help="A host that may be asked though it is private, or on a port other than 80 and 443. May be repeated.",
        ),
    ] = None,
    pause: Annotated[float, typer.Option(min=0, help="Seconds between two requests to one host, at least.")] = 1.0,
    max_size: Annotated[int, typer.Option(min=1, help="Megabytes that a server may answer.")] = 10,
    quiet_for: Annotated[
        float, typer.Option(min=0, help="Seconds that a file must stand still before it is read.")
    ] = 2.0,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Try again what failed or was refused before.")
    ] = False,
    workers: Annotated[int, typer.Option("--workers", "-j", min=1, help="Worker processes.")] = 1,
    triage: Triage = True,
    text: KeepText = True,
    min_confidence: MinConfidence = None,
    config: Configs = None,
    max_chars: MaxChars = None,
    timeout: Annotated[float, typer.Option(min=1, help="Seconds that one document may take.")] = 60,
    as_json: Annotated[
        bool, typer.Option("--json", help="Write what happens as JSON lines to standard output.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say only what failed or was refused.")] = False,
) -> None:
    """Watch feeds and folders, and write the claims of every new article into a database, each article once.

    Feeds are asked politely: only for what is new, as their robots.txt allows, one request at a time to a host.
    Nothing is asked of private or loopback addresses unless --allow-host names the host.
    Files in folders are read when they stand still. Ctrl-C ends in good order; the same command goes on.

    \b
    claimstake watch https://news.example/rss --to news.db             until Ctrl-C
    claimstake watch --feeds feeds.opml inbox/ --to news.db            a list of feeds, and a drop folder
    claimstake watch --feeds feeds.txt --to news.db --once --quiet     for cron; exit code 1 where something failed
    claimstake watch http://intranet:8080/feed --allow-host intranet:8080
    claimstake archive failures news.db                                what failed, and why
    """
    _require()
    from claimstake.watch.watching import Habits

    job = make_job(min_confidence, config, None, None, max_chars, text=text, triage=triage)
    options = make_options(job, None, retry_failed, workers, timeout, 1100)
    habits = Habits(every=seconds(every), pace=_pace(pause))
    addresses, folders = _sources(sources or [], feeds or [])
    fetcher = _fetcher(addresses, allow_host or [], contact, max_size * 1_000_000)
    tally, interrupted = _run(
        to, fetcher, addresses, folders, options, habits, quiet_for, once=once, as_json=as_json, quiet=quiet
    )
    if interrupted and once:
        raise typer.Exit(INTERRUPTED)
    if once and (tally.failed or tally.unread):
        raise typer.Exit(FAILED)


def seconds(said: str) -> float:
    """A time as people write it: "90s", "15m", "2h", "1d", "900".

    Raises:
        ConfigError: it is none, or too short.
    """
    found = re.fullmatch(r"\s*(\d{1,9}(?:\.\d{1,3})?)\s*([smhd]?)\s*", said)
    if found is None or (value := float(found[1]) * UNITS[found[2]]) < SHORTEST:
        raise ConfigError(f"--every {said}: write a time of {SHORTEST:g} seconds or more, such as 90s, 15m, 2h or 1d")
    return value


def _require() -> None:
    from importlib.util import find_spec

    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise ConfigError(f'watch needs {", ".join(missing)}: pip install "claimstake[desk]"')


def _pace(pause: float) -> Any:
    from claimstake.watch.traffic import Pace

    return Pace(pause=pause)


def _sources(names: list[str], lists: list[Path]) -> tuple[list[Any], list[str]]:
    """Feeds and folders.

    Raises:
        ConfigError: there are none, or a list cannot be read.
    """
    from claimstake.watch import naming

    listed = [address for path in lists for address in naming.listed(path)]
    feeds = naming.feeds([*(name for name in names if naming.is_address(name)), *listed])
    folders = [name for name in names if not naming.is_address(name)]
    if not feeds and not folders:
        raise ConfigError("nothing to watch: name a feed, a folder, or a list of feeds with --feeds")
    return feeds, folders


def _fetcher(feeds: list[Any], allowed: list[str], contact: str, size: int) -> Any:
    """What makes requests: to the ports of the feeds that the user names too."""
    import httpx

    from claimstake.watch.contract import Bounds
    from claimstake.watch.fetching import Fetcher
    from claimstake.watch.guard import Guard

    if not re.fullmatch(r"[\x20-\x7e]{0,200}", contact):
        raise ConfigError("--contact: write a mail address or the address of a page, in ASCII")
    urls = [httpx.URL(feed.address) for feed in feeds]
    guard = Guard(allowed, ports=[(url.host, url.port) for url in urls if url.port])
    return Fetcher(guard, contact=contact, bounds=Bounds(size=size))


def _run(
    to: str,
    fetcher: Any,
    feeds: list[Any],
    folders: list[str],
    options: Options,
    habits: Habits,
    quiet_for: float,
    *,
    once: bool,
    as_json: bool,
    quiet: bool,
) -> tuple[Tally, bool]:
    """Watch with a display and signals; gives what came of it, and whether somebody asked to stop."""
    from claimstake.archive.stopping import stopped_by_signals
    from claimstake.store.opening import open_sql, shown
    from claimstake.watch.folders import Folders
    from claimstake.watch.holding import held
    from claimstake.watch.telling import telling
    from claimstake.watch.watching import Watcher

    store, problem = open_sql(to, text=options.job.text), ""
    try:
        watched = Folders(folders, without=[*store.outputs, *_beside(store.outputs)], quiet=quiet_for)
        with (
            telling(as_json=as_json, quiet=quiet) as teller,
            stopped_by_signals(lambda: _stopping(as_json or quiet)) as stop,
        ):
            store.open()
            with held(store):
                watcher = Watcher(
                    store,
                    fetcher,
                    feeds,
                    watched,
                    options=options,
                    teller=teller,
                    habits=habits,
                    stopped=stop,
                    names=folders,
                )
                try:
                    watcher.run(once=once)
                except (StoreError, WorkerError) as error:
                    problem = str(error)
                teller.event("summary", **vars(watcher.tally), to=shown(to))
    finally:
        store.close()
    if problem:
        fail(problem, FAILED)
    return watcher.tally, stop.asked


def _beside(outputs: Any) -> list[Path]:
    from claimstake.watch.holding import SUFFIX

    return [Path(f"{path}{SUFFIX}") for path in outputs]


def _stopping(silent: bool) -> None:
    if not silent:
        typer.echo("\nfinishing what is in flight; once more stops at once", err=True)
