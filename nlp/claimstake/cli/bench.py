"""The command that measures speed and memory: bench."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from claimstake.cli import quality
from claimstake.cli.guard import FAILED, fail, guarded
from claimstake.cli.options import AsJson, Quiet
from claimstake.cli.waiting import counted, spinner
from claimstake.errors import ConfigError

if TYPE_CHECKING:
    from claimstake.benchmark.measuring import Benchmark
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
    """
    if as_json and markdown:
        raise ConfigError("--json and --markdown contradict each other")
    from claimstake.benchmark import measuring, report

    if plot:
        report.check_plot(plot)
    with spinner("reading", quiet=quiet):
        articles, failures = _articles(texts, documents)
    if not articles:
        fail("nothing to measure: no document could be read", FAILED)
    watch = functools.partial(counted, quiet=quiet)
    found = measuring.measure(articles, rounds=rounds, threads=threads, components=components, watch=watch)
    if as_json:
        typer.echo(json.dumps(report.to_json(found), indent=1))
    else:
        _show(found, markdown)
    if plot:
        report.plot(found, plot)
    if failures:
        raise typer.Exit(FAILED)


def _show(found: Benchmark, markdown: bool) -> None:
    from claimstake.benchmark import report

    quality.show([report.systems(found)], markdown=markdown)
    gap = "\n" if markdown else ""
    typer.echo(gap + "\n".join(report.summary(found)))
    if found.components:
        typer.echo()
        quality.show([report.components(found)], markdown=markdown)


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
