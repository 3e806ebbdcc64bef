"""Commands that read articles: annotate, explain, show."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from claimstake import settings
from claimstake.cli.guard import FAILED, fail, guarded
from claimstake.cli.options import (
    AsJson,
    Configs,
    InputFormat,
    MaxChars,
    MinConfidence,
    Published,
    Quiet,
    Sources,
    TextColumn,
)
from claimstake.settings import Format


@guarded
def annotate(
    sources: Sources = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            help="File to write (.jsonl, .jsonl.gz, .json, .txt), or a folder for brat; else standard output.",
        ),
    ] = None,
    format_: Annotated[
        Format | None,
        typer.Option(
            "--format",
            "-f",
            help="jsonl: a document a line; json: one array; brat: standoff files; table: for reading.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    text: Annotated[bool, typer.Option("--text", help="Put each document's text into its record.")] = False,
    min_confidence: MinConfidence = None,
    config: Configs = None,
    examples: Annotated[
        bool, typer.Option("--examples", help="Annotate the example articles that come with claimstake.")
    ] = False,
    published: Published = None,
    input_format: InputFormat = None,
    text_column: TextColumn = None,
    max_chars: MaxChars = None,
    quiet: Quiet = False,
) -> None:
    """Read articles and write their entities and claims.

    Writes a table to a terminal and JSON Lines to a pipe or a file.
    A source that cannot be read is named on standard error, the others are done,
    and the exit code is 1.

    \b
    claimstake annotate article.html               look at one article
    claimstake annotate news/ -o claims.jsonl      a folder, with all below
    claimstake annotate "2025-*.gz" -o out.jsonl   many records
    claimstake annotate news/ -f brat -o brat/     to correct in brat
    cat rule.txt | claimstake annotate - --published 2025-02-04
    """
    from claimstake import batch

    chosen = settings.choose_format(format_, as_json, out, examples)
    names = settings.sources_of(sources, examples, "read")
    own = settings.read_config(config)
    options = settings.reading_options(
        own,
        min_confidence,
        published,
        input_format,
        text_column,
        max_chars,
        text=text or chosen is Format.brat,
        skip=out,
    )
    with _progress(quiet) as progress:
        nlp = settings.load_pipeline(own)
        with settings.open_sink(chosen, out, own.ontology if own else None) as sink:
            for item in batch.run(nlp, names, options):
                progress.take(item, lambda annotated: sink.write(annotated.record))
    _finish(progress, out)


@guarded
def explain(
    sources: Sources = None,
    claim: Annotated[str | None, typer.Option(help="Only the claim of this id, or of ids that begin so.")] = None,
    as_json: AsJson = False,
    min_confidence: MinConfidence = None,
    config: Configs = None,
    examples: Annotated[bool, typer.Option("--examples", help="Explain the claims of the example articles.")] = False,
    published: Published = None,
    input_format: InputFormat = None,
    text_column: TextColumn = None,
    max_chars: MaxChars = None,
) -> None:
    """Show why each claim was made: its sentence, trigger, rule, path and cues.

    \b
    claimstake explain article.html
    claimstake explain article.html --claim c5c6f1
    claimstake explain article.html --json | jq '.[].rule'

    A rule that does harm is switched off by its name, with a line such as
    off = ["ban-exports-verb"] in a file for --config.
    """
    from claimstake import batch
    from claimstake.explain import explanations

    names = settings.sources_of(sources, examples, "explain")
    own = settings.read_config(config)
    options = settings.reading_options(own, min_confidence, published, input_format, text_column, max_chars)
    found = []
    with _progress(True) as progress:
        for item in batch.run(settings.load_pipeline(own), names, options):
            progress.take(item, lambda annotated: found.append((annotated.record.doc.id, annotated.doc)))
    level = options.min_confidence
    claims = [(name, e) for name, doc in found for e in explanations(doc, claim=claim, min_confidence=level)]
    if claim and not claims and not progress.failed:
        fail(f"no claim has the id {claim}; claimstake explain without --claim lists them", FAILED)
    if as_json:
        typer.echo(json.dumps([{"document": name, **e.to_json()} for name, e in claims], ensure_ascii=False, indent=2))
    else:
        _print_explanations(claims)
    _finish(progress)


@guarded
def show(
    sources: Sources = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", help="Page to write (.html), or a folder; several documents get an index and a page each."
        ),
    ] = None,
    min_confidence: MinConfidence = None,
    config: Configs = None,
    examples: Annotated[bool, typer.Option("--examples", help="Show the example articles.")] = False,
    published: Published = None,
    input_format: InputFormat = None,
    text_column: TextColumn = None,
    max_chars: MaxChars = None,
    quiet: Quiet = False,
) -> None:
    """Make a page of each document: its text with highlights, its claims beside it.

    A page is one file that needs nothing else.
    Reads articles, and also what annotate --text has written.

    \b
    claimstake show article.html -o page.html
    claimstake show news/ -o pages/
    """
    from claimstake import showing

    names = settings.sources_of(sources, examples, "show")
    own = settings.read_config(config)
    options = settings.reading_options(own, min_confidence, published, input_format, text_column, max_chars, text=True)
    with _progress(quiet) as progress:
        pages = []
        for item in showing.documents(names, options, lambda: settings.load_pipeline(own)):
            progress.take(item, pages.append)
    written = showing.write(pages, out, own.ontology if own else None)
    _finish(progress, written)


def _finish(progress: Any, out: Path | None = None) -> None:
    progress.summarise(out)
    if progress.failed:
        raise typer.Exit(FAILED)


def _progress(quiet: bool) -> Any:
    from claimstake.terminal import Progress

    return Progress(sys.stderr, quiet=quiet)


def _print_explanations(found: list[tuple[str, Any]]) -> None:
    from claimstake.terminal import print_explanations

    print_explanations(found, sys.stdout)
