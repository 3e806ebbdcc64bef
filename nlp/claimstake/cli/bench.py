"""The command that measures speed and memory: bench."""

from __future__ import annotations

import functools
import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from claimstake.cli import quality
from claimstake.cli.guard import FAILED, fail, guarded
from claimstake.cli.options import AsJson, Quiet
from claimstake.cli.waiting import counted, spinner
from claimstake.errors import ConfigError

OTHERS = 10_000  # articles about anything, at most
ANNOTATED = 50  # articles that stores are filled with copies of

if TYPE_CHECKING:
    from claimstake.benchmark.archives import Archived
    from claimstake.benchmark.measuring import Benchmark
    from claimstake.benchmark.stores import Stored
    from claimstake.readers import Failure
    from claimstake.records import Article


@guarded
def bench(
    texts: Annotated[
        list[str] | None,
        typer.Argument(
            help="Files, folders, quoted globs, or - for standard input, in the forms that annotate reads; else the "
            "corpus articles that come with claimstake."
        ),
    ] = None,
    documents: Annotated[int, typer.Option("--documents", min=1, help="Take the first so many.", metavar="N")] = 100,
    rounds: Annotated[
        int, typer.Option("--rounds", min=1, help="Runs of each system, in turn; the best counts.", metavar="N")
    ] = 3,
    threads: Annotated[
        int, typer.Option("--threads", min=1, help="Threads that numeric libraries may use.", metavar="N")
    ] = 1,
    components: Annotated[
        bool, typer.Option("--components", help="Show the share of time of each of our components, too.")
    ] = False,
    archives: Annotated[
        str | None,
        typer.Option("--archives", help="Run claimstake archive over so many documents, too.", metavar="N,N"),
    ] = None,
    off_topic: Annotated[
        str | None,
        typer.Option(help="Articles about anything, for archives in which one document in twenty is from TEXTS."),
    ] = None,
    workers: Annotated[str, typer.Option(help="Worker processes of those runs.", metavar="N,N")] = "1,2",
    stores: Annotated[
        int | None, typer.Option("--stores", min=1, help="Write so many documents to every kind of store.", metavar="N")
    ] = None,
    postgresql: Annotated[
        str | None, typer.Option(help="Database for --stores; a schema is made in it.", metavar="URL")
    ] = None,
    as_json: AsJson = False,
    markdown: quality.Markdown = False,
    plot: Annotated[Path | None, typer.Option("--plot", help="Draw a chart, too: a file to write (.svg).")] = None,
    quiet: Quiet = False,
) -> None:
    """Measure speed and memory beside en_core_web_sm, its NER alone, and the bare tokenizer.

    All read the same articles in the same run, each in a process of its own, one after the other in every round.
    Speed is counted in the same tokens for all, memory is the peak, and loading counts imports. The first claim is
    waited for from the start of a new claimstake annotate. en_core_web_sm comes with the build extra; it is left out
    where it is not installed.

    \b
    claimstake bench
    claimstake bench news/ --documents 500 --components
    claimstake bench articles.jsonl.gz --rounds 5 --plot speed.svg --markdown
    claimstake bench minerals.jsonl.gz --off-topic news.jsonl.gz --archives 1000,10000 --stores 5000
    """
    if as_json and markdown:
        raise ConfigError("--json and --markdown contradict each other")
    if off_topic and not archives:
        raise ConfigError("--off-topic is for archives; say how large ones, with --archives 1000")
    sizes, processes = _numbers("--archives", archives), _numbers("--workers", workers)
    from claimstake.benchmark import measuring, report
    from claimstake.training import plots

    if plot:
        plots.check(plot)
    with spinner("reading", quiet=quiet):
        articles, failures = _articles(texts, documents)
    if not articles:
        fail("nothing to measure: no document could be read", FAILED)
    watch = functools.partial(counted, quiet=quiet)
    found = measuring.measure(articles, rounds=rounds, threads=threads, components=components, watch=watch)
    with tempfile.TemporaryDirectory() as folder:
        runs = _archives(articles, off_topic, sizes, processes, Path(folder), rounds, quiet=quiet)
        written = _stores(articles, stores, postgresql, Path(folder), quiet=quiet)
    if as_json:
        typer.echo(json.dumps(report.to_json(found, runs, written), indent=1))
    else:
        _show(found, runs, written, markdown)
    if plot:
        report.plot(found, plot, runs, written)
    if failures:
        raise typer.Exit(FAILED)


def _numbers(option: str, listed: str | None) -> list[int]:
    """The numbers of "1000,10000"."""
    try:
        numbers = [int(number) for number in (listed or "").split(",") if number.strip()]
    except ValueError:
        numbers = [0]
    if any(number < 1 for number in numbers) or (listed is not None and not numbers):
        raise ConfigError(f"{option} {listed!r} is no list of numbers; write {option} 1000,10000")
    return numbers


def _archives(
    articles: list[Article],
    off_topic: str | None,
    sizes: list[int],
    workers: list[int],
    folder: Path,
    rounds: int,
    *,
    quiet: bool,
) -> list[Archived]:
    """Runs over archives of the articles alone, of the smallest size, then of mixtures with others."""
    if not sizes:
        return []
    from claimstake.benchmark import archives, texts

    relevant = archives.Mixture("all relevant", articles)
    planned = [(relevant, [min(sizes)])]
    if off_topic:
        with spinner("reading", quiet=quiet):
            other, _ = texts.given([off_topic], OTHERS)
        if not other:
            fail("nothing to mix in: no document of --off-topic could be read", FAILED)
        planned.append((archives.Mixture("5% relevant", articles, other, archives.EVERY), sizes))
    runs = []
    for mixture, numbers in planned:
        with spinner(f"archives, {mixture.name}", quiet=quiet):
            runs += archives.measure(mixture, numbers, workers, folder, rounds=rounds)
    return runs


def _stores(
    articles: list[Article], count: int | None, postgresql: str | None, folder: Path, *, quiet: bool
) -> list[Stored]:
    if count is None:
        return []
    from claimstake.benchmark import stores

    with spinner("writing to stores", quiet=quiet):
        return list(stores.measure(articles[:ANNOTATED], count, folder, postgresql))


def _show(found: Benchmark, runs: list[Archived], written: list[Stored], markdown: bool) -> None:
    from claimstake.benchmark import report

    gap = "\n" if markdown else ""
    quality.show([report.systems(found)], markdown=markdown)
    typer.echo(gap + "\n".join(report.summary(found)))
    if found.components:
        typer.echo()
        quality.show([report.components(found)], markdown=markdown)
    if runs:
        typer.echo()
        quality.show([report.archives(runs)], markdown=markdown)
        typer.echo(gap + "\n".join(report.speedups(runs)))
    if written:
        typer.echo()
        quality.show([report.stores(written)], markdown=markdown)


def _articles(texts: list[str] | None, most: int) -> tuple[list[Article], list[Failure]]:
    """The articles to run over; names on standard error what could not be read."""
    from claimstake.benchmark import texts as found
    from claimstake.sinks.table import printable

    if not texts:
        return found.packaged(most), []
    articles, failures = found.given(texts, most)
    for failure in failures:
        typer.echo(printable(str(failure)), err=True)
    return articles, failures
