"""The command line. Thin: it parses, calls, and prints; what is heavy is imported inside the commands."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from claimstake import __version__, threads
from claimstake.cli import (
    account,
    archive,
    articles,
    bench,
    convert,
    corpus,
    doccano,
    improve,
    knowledge,
    ledger,
    quality,
    review,
    serve,
    train,
    watch,
)
from claimstake.cli.guard import BROKEN_PIPE, INTERRUPTED

__all__ = ["BROKEN_PIPE", "INTERRUPTED", "app", "main"]

TRAINING = {"train", "retrain", "improve"}  # its matrices are large enough for several threads

app = typer.Typer(
    name="claimstake",
    help="Reads news and regulatory articles and writes structured, sourced JSON claims. Offline, on a CPU, no LLM.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (articles.annotate, articles.explain, articles.show, knowledge.ontology, knowledge.schema):
    app.command()(command)
app.command("build-model")(knowledge.build_model)
app.command()(quality.evaluate)
app.command()(quality.promote)
app.command()(bench.bench)
app.command()(ledger.ledger)
app.command()(convert.convert)
app.command()(serve.serve)
app.command()(train.train)
app.command()(train.retrain)
app.command()(improve.improve)
app.add_typer(account.app, name="account")
app.command()(watch.watch)
app.add_typer(archive.app, name="archive")
app.add_typer(corpus.app, name="corpus")
app.add_typer(doccano.app, name="doccano")
app.add_typer(review.app, name="review")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"claimstake {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Every command has a --help with examples."""


def main() -> None:
    """Entry point of the command."""
    if not TRAINING.intersection(sys.argv[1:2]):
        threads.prefer_one()
    sys.stdout.reconfigure(encoding="utf-8")  # JSON is UTF-8 whatever the locale
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
