"""The command line. Thin: it parses, calls, and prints; what is heavy is imported inside the commands."""

from __future__ import annotations

import functools
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from claimstake import __version__, settings
from claimstake.errors import ClaimstakeError, ConfigError, KnowledgeError
from claimstake.settings import Format

if TYPE_CHECKING:
    from claimstake.ontology import Ontology

FAILED, USAGE, INTERRUPTED, BROKEN_PIPE = 1, 2, 130, 141  # exit codes; the last two as if ended by the signal

app = typer.Typer(
    name="claimstake",
    help="Reads news and regulatory articles and writes structured, sourced JSON claims. Offline, on a CPU, no LLM.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


Sources = Annotated[
    list[str] | None,
    typer.Argument(
        help="Files, folders, quoted globs, or - for standard input: .txt .md .html .pdf .docx .json .jsonl .csv "
        ".parquet, also .gz."
    ),
]
Configs = Annotated[
    list[Path] | None,
    typer.Option(
        "--config",
        "-c",
        help="Your own entities, labels, predicates and switches: .toml, .jsonl, or a folder of them. May be repeated.",
    ),
]
MinConfidence = Annotated[
    float | None, typer.Option("--min-confidence", min=0, max=1, help="Leave out claims that are less sure than this.")
]
Published = Annotated[
    str | None,
    typer.Option(help="Publication date of the documents, in place of what they say; 'last month' is counted from it."),
]
InputFormat = Annotated[
    str | None,
    typer.Option(help="Read every source as text, html, pdf, docx, json, jsonl, csv or parquet, whatever its name."),
]
MaxChars = Annotated[int | None, typer.Option(min=1, help="Longest text that is taken in, in characters.")]
TextColumn = Annotated[
    str | None, typer.Option(help="Column of a table, or key of a JSON record, that holds the text.")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Neither progress nor summary; failures are still named.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def _guarded(command: Callable[..., None]) -> Callable[..., None]:
    """Turn what can go wrong into a message on standard error and an exit code."""

    @functools.wraps(command)
    def guarded(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except (ConfigError, KnowledgeError) as error:
            _fail(str(error), USAGE)
        except ClaimstakeError as error:
            _fail(str(error), FAILED)
        except BrokenPipeError:
            # Whoever read the output has enough; what is still buffered must not raise again at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(BROKEN_PIPE) from None
        except OSError as error:
            _fail(f"{error.filename or 'output'}: {error.strerror or error}", FAILED)
        except KeyboardInterrupt:
            _fail("interrupted", INTERRUPTED)

    return guarded


def _fail(message: str, code: int) -> None:
    typer.echo(f"claimstake: {message}", err=True)
    raise typer.Exit(code)


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


@app.command()
@_guarded
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


@app.command()
@_guarded
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
        _fail(f"no claim has the id {claim}; claimstake explain without --claim lists them", FAILED)
    if as_json:
        typer.echo(json.dumps([{"document": name, **e.to_json()} for name, e in claims], ensure_ascii=False, indent=2))
    else:
        _print_explanations(claims)
    _finish(progress)


@app.command()
@_guarded
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


@app.command()
@_guarded
def ontology(as_json: AsJson = False, config: Configs = None) -> None:
    """Print the labels and predicates that claims are made of.

    \b
    claimstake ontology
    claimstake ontology --json
    claimstake ontology --config mine.toml
    """
    from claimstake import ontology as ontologies

    own = settings.read_config(config)
    found = own.ontology if own else ontologies.default()
    if as_json:
        typer.echo(json.dumps(_plain_ontology(found), ensure_ascii=False, indent=2))
        return
    from claimstake.terminal import print_ontology

    print_ontology(found, sys.stdout)


@app.command()
@_guarded
def schema(config: Configs = None) -> None:
    """Print the JSON Schema of the output, one document a line.

    \b
    claimstake schema > claims.schema.json
    """
    from claimstake.schema import json_schema

    own = settings.read_config(config)
    typer.echo(json.dumps(json_schema(own.ontology if own else None), indent=2))


@app.command("build-model")
@_guarded
def build_model(
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder to write.")] = Path("models/en_base"),
) -> None:
    """Rebuild the statistical base from its source, with a manifest of hashes.

    Needs the build extra. Not needed to annotate: the base comes with claimstake.

    \b
    pip install "claimstake\\[build]" && claimstake build-model
    """
    from claimstake.training.base import write

    manifest = write(out)
    typer.echo(f"{out}: {len(manifest['files'])} files from {manifest['source']}", err=True)


# --- parts of the commands --------------------------------------------------------------------------------------------


def _plain_ontology(found: Ontology) -> dict[str, Any]:
    """Labels and predicates as JSON values, in the form of a --config file."""
    from dataclasses import asdict

    rows = [asdict(row) for row in found.predicates.values()]
    predicates = [{k: sorted(v) if isinstance(v, frozenset) else v for k, v in row.items()} for row in rows]
    return {"label": [asdict(row) for row in found.labels.values()], "predicate": predicates}


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


def main() -> None:
    """Entry point of the command."""
    sys.stdout.reconfigure(encoding="utf-8")  # JSON is UTF-8 whatever the locale
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
