"""Commands about archives: archive itself, and archive failures."""

from __future__ import annotations

import functools
import json
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from claimstake import settings
from claimstake.cli.guard import FAILED, INTERRUPTED, fail, guarded
from claimstake.cli.options import (
    AsJson,
    Configs,
    InputFormat,
    KeepText,
    MaxChars,
    MinConfidence,
    Published,
    TextColumn,
    Triage,
)
from claimstake.errors import ConfigError, StoreError, WorkerError

if TYPE_CHECKING:
    from claimstake.archive.job import Job
    from claimstake.archive.run import Options, Summary
    from claimstake.store.contract import Failed


class EngineName(StrEnum):
    """What runs the workers."""

    processes = "processes"
    ray = "ray"


RUN = "run"  # the command behind `claimstake archive SOURCE...`; nobody has to write it


class _SourcesFirst(TyperGroup):
    """A group whose first word may be a source: what is no command of it goes to RUN."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not args or args[0] not in self.commands:
            args = [RUN, *(args or ["--help"])]
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        name, command, rest = super().resolve_command(ctx, args)
        return "" if name == RUN else name, command, rest


app = typer.Typer(
    cls=_SourcesFirst, help="Annotate whole archives into a database or files, and go on where a run was stopped."
)

Sink = Annotated[str, typer.Argument(help="What archive wrote to.")]


@app.command(RUN, hidden=True)
@guarded
def archive(
    sources: Annotated[
        list[str],
        typer.Argument(
            help="Files, folders, quoted globs, or -: what annotate reads, and .warc .arc .zip .tar, also packed."
        ),
    ],
    to: Annotated[
        str,
        typer.Option(
            "--to",
            "-t",
            help="Where claims go: a SQLite file (.db), postgresql://user@host/name, a Parquet folder (.parquet), "
            "or JSON Lines (.jsonl, .jsonl.gz).",
        ),
    ] = "claims.db",
    workers: Annotated[
        int | None, typer.Option("--workers", "-j", min=1, help="Worker processes; as many as there are cores.")
    ] = None,
    retry_failed: Annotated[bool, typer.Option("--retry-failed", help="Try again what failed before.")] = False,
    triage: Triage = True,
    text: KeepText = True,
    min_confidence: MinConfidence = None,
    config: Configs = None,
    published: Published = None,
    input_format: InputFormat = None,
    text_column: TextColumn = None,
    max_chars: MaxChars = None,
    timeout: Annotated[float, typer.Option(min=1, help="Seconds that one document may take.")] = 300,
    engine: Annotated[
        EngineName, typer.Option(help="What runs the workers: processes here, or a Ray cluster (claimstake\\[ray]).")
    ] = EngineName.processes,
    address: Annotated[
        str | None,
        typer.Option(
            help="Of the Ray cluster: auto, or ray://head:10001; else RAY_ADDRESS, or a Ray on this machine alone."
        ),
    ] = None,
    max_memory: Annotated[
        int, typer.Option(min=300, help="Megabytes above which a worker is replaced by a new one.")
    ] = 1100,
    as_json: Annotated[
        bool, typer.Option("--json", help="Write progress, failures and summary as JSON lines to standard output.")
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Neither progress nor summary; failures are still named.")
    ] = False,
) -> None:
    """Annotate whole archives into a database or files.

    Start it again after whatever stopped it, and it goes on where it was: every document's claims are written once.
    Ctrl-C finishes what is in flight; a second one stops at once, which does no harm either.
    A document that cannot be read is put into quarantine, the others are done, and the exit code is 1.

    \b
    claimstake archive news/ --to news.db                    a SQLite file
    claimstake archive 2024.warc.gz dump.zip --to news.db    more into the same
    claimstake archive news/ --to postgresql://me@host/news  a database
    claimstake archive failures news.db                      what failed, and why
    claimstake archive news/ --to news.db --retry-failed     try that again
    claimstake archive news/ --to … --engine ray --address auto --workers 64
    """
    from claimstake.store.opening import open_store

    if address and engine is not EngineName.ray:
        raise ConfigError("--address is that of a Ray cluster; add --engine ray")

    job = make_job(min_confidence, config, published, text_column, max_chars, text=text, triage=triage)
    options = make_options(job, input_format, retry_failed, workers, timeout, max_memory)
    store = open_store(to, text=text)
    try:
        chosen = _engine(engine, address, options)
        summary = _run(sources, store, options, to, chosen, as_json=as_json, quiet=quiet)
    finally:
        store.close()
    if summary.state == "interrupted":
        raise typer.Exit(INTERRUPTED)
    if summary.failures:
        raise typer.Exit(FAILED)


@app.command()
@guarded
def failures(
    sink: Sink,
    as_json: AsJson = False,
    trace: Annotated[bool, typer.Option("--traceback", help="With the traceback, where there is one.")] = False,
) -> None:
    """List what could not be read or annotated: source, stage, error, and what to do about it.

    \b
    claimstake archive failures news.db
    claimstake archive failures news.db --traceback
    claimstake archive failures news.db --json | jq -r .source
    """
    from claimstake.store.opening import open_store

    store = open_store(sink)
    try:
        number = 0
        for number, failed in enumerate(store.failures(), 1):  # noqa: B007 - the last one counts
            _show(failed, as_json=as_json, trace=trace)
    finally:
        store.close()
    if not as_json:
        typer.echo(f"{number:,} in quarantine" if number else "nothing is in quarantine", err=True)


def _show(failed: Failed, *, as_json: bool, trace: bool) -> None:
    from claimstake.archive.progress import plain_failure, sentence
    from claimstake.sinks.table import printable
    from claimstake.terminal import as_options

    if as_json:
        typer.echo(json.dumps(plain_failure(failed), ensure_ascii=False))
        return
    typer.echo(f"{failed.stage}: {printable(as_options(sentence(failed)))}")
    if trace and failed.traceback:
        typer.echo("".join(f"    {line}\n" for line in failed.traceback.splitlines()), nl=False)


def make_job(
    min_confidence: float | None,
    config: list[Path] | None,
    published: str | None,
    text_column: str | None,
    max_chars: int | None,
    *,
    text: bool,
    triage: bool,
) -> Job:
    """What is done with every document, of the options that say it."""
    from claimstake.archive.job import Job
    from claimstake.readers import Limits

    own = settings.read_config(config)
    level = min_confidence if min_confidence is not None else (own.min_confidence if own else None)
    limits = Limits(max_chars=max_chars or Limits.max_chars, text_column=text_column)
    return Job(tuple(config or ()), limits, settings.published_date(published), level or 0.0, text, triage)


def make_options(
    job: Job, input_format: str | None, retry_failed: bool, workers: int | None, timeout: float, max_memory: int
) -> Options:
    """How a run works, of the options that say it."""
    from claimstake.archive.pool import Bounds
    from claimstake.archive.run import Options, cores

    bounds = Bounds(timeout=timeout, memory=max_memory * 1_000_000)
    return Options(job, input_format, retry_failed, workers or cores(), bounds)


def _engine(name: EngineName, address: str | None, options: Options) -> Any:
    """What makes an engine of whatever asks a run to stop; None for processes on this machine."""
    if name is EngineName.processes:
        return None
    from claimstake.archive.ray_engine import RayEngine

    return functools.partial(RayEngine, address, workers=options.workers, timeout=options.bounds.timeout)


def _run(
    sources: list[str], store: Any, options: Options, sink: str, engine: Any, *, as_json: bool, quiet: bool
) -> Summary:
    """The run with its display, its signals and its last words."""
    from claimstake.archive import progress
    from claimstake.archive.run import Summary, archive
    from claimstake.archive.stopping import stopped_by_signals
    from claimstake.store.opening import shown

    summary = Summary()
    with _display(as_json, quiet) as watch, stopped_by_signals(lambda: _stopping(as_json)) as stop:
        _measure(sources, store.outputs, summary, wanted=not quiet)
        try:
            chosen = engine(stopped=stop) if engine else None
            archive(sources, store, options, engine=chosen, watch=watch, stopped=stop, summary=summary)
        except (StoreError, WorkerError) as error:
            problem = str(error)
        else:
            problem = ""
    if as_json:
        progress.JsonLines(sys.stdout).write("summary", progress.plain(summary))
    elif not quiet:
        for line in progress.report(summary, shown(sink)):
            typer.echo(line, err=True)
    if problem:
        fail(problem, FAILED)
    return summary


@contextmanager
def _display(as_json: bool, quiet: bool) -> Iterator[Any]:
    from claimstake.archive import progress

    if as_json:
        yield progress.JsonLines(sys.stdout)
    elif quiet:
        yield progress.Silent(sys.stderr)
    elif sys.stderr.isatty():
        with progress.moving(sys.stderr) as shown:
            yield shown
    else:
        yield progress.Lines(sys.stderr)


def _measure(sources: list[str], outputs: Sequence[Path], summary: Summary, *, wanted: bool) -> None:
    """Find out meanwhile how much there is; a folder of many files takes its time."""
    from claimstake.readers.streaming import measure

    def look() -> None:
        summary.position.total = measure(sources, without=outputs)

    if wanted:
        threading.Thread(target=look, daemon=True).start()


def _stopping(as_json: bool) -> None:
    if not as_json:
        typer.echo("\nfinishing what is in flight; once more stops at once", err=True)
