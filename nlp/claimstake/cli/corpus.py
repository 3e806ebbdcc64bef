"""Commands about annotated articles: corpus check, corpus split, corpus agreement."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from claimstake.cli import quality
from claimstake.cli.guard import FAILED, fail, guarded
from claimstake.cli.options import AsJson
from claimstake.cli.waiting import spinner

ARTICLES = Path("corpus/articles")

app = typer.Typer(
    help="Annotated articles in the corpus's inline format: check them, and compare two annotations of the same.",
    no_args_is_help=True,
)


@app.command()
@guarded
def check(
    paths: Annotated[
        list[Path] | None, typer.Argument(help=f"Corpus files (*.md) and folders of them; else {ARTICLES}.")
    ] = None,
    warnings: Annotated[
        bool, typer.Option("--warnings", help="Name also what an annotator should look at again.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check that annotated articles parse and fit together, and count what they hold.

    Prints a line "file:line: what is wrong" for each error; the exit code is 1 where there is one.

    \b
    claimstake corpus check
    claimstake corpus check corpus/articles/legal --warnings
    claimstake corpus check draft.md --json
    """
    from claimstake.evaluation import tables
    from claimstake.training import check as checks

    with spinner("reading the corpus"):
        report = checks.check(paths or [ARTICLES])
    if as_json:
        counts = {kind: dict(sorted(found.items())) for kind, found in report.counts.items()}
        shown = {"documents": len(report.documents), "errors": report.errors, "warnings": report.warnings}
        typer.echo(json.dumps({**shown, "counts": counts}, ensure_ascii=False, indent=1))
    else:
        for line in [*report.errors, *(f"{line} (warning)" for line in report.warnings if warnings)]:
            typer.echo(line)
        quality.show(tables.counts(report.counts))
    summary = f"{len(report.documents)} documents parse, {len(report.errors)} errors, {len(report.warnings)} warnings"
    if report.errors:
        fail(summary, FAILED)
    typer.echo(summary, err=True)


@app.command()
@guarded
def split(
    folder: Annotated[Path, typer.Argument(help="Corpus folder: articles in articles/, parts in splits.tsv.")] = Path(
        "corpus"
    ),
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be written.")] = False,
) -> None:
    """Give new articles a part (train 70%, dev 15%, test 15%), by kind of source; none that has one ever moves.

    Articles that share many word sequences are copies of one story and get the same part.

    \b
    claimstake corpus split
    claimstake corpus split my-corpus --dry-run
    """
    from claimstake.training import check as checks
    from claimstake.training import splits

    file = folder / "splits.tsv"
    with spinner("reading the corpus"):
        report = checks.check([folder / "articles"])
        fixed = splits.read(file) if file.is_file() else {}
        groups: dict[str, list[tuple[str, str]]] = {}
        for path, document in report.documents.items():
            article = document.article["id"], document.record.doc.text or document.article["text"]
            groups.setdefault(path.parent.name, []).append(article)
        parts = splits.assign(groups, fixed)
    new = {id_: part for id_, part in parts.items() if id_ not in fixed}
    for id_, part in sorted(new.items()):
        typer.echo(f"{id_}\t{part}")
    if new and not dry_run:
        splits.write(file, parts)
    typer.echo(f"{len(new)} new articles, {len(fixed)} that stay where they are", err=True)


@app.command()
@guarded
def agreement(
    first: Annotated[Path, typer.Argument(help="Corpus files of one annotation pass, a folder or a file.")],
    second: Annotated[Path, typer.Argument(help="The other pass over the same texts, paired by document id.")],
    errors: quality.Errors = 0,
    bootstrap: quality.Bootstrap = quality.RESAMPLES,
    as_json: AsJson = False,
    markdown: quality.Markdown = False,
) -> None:
    """Measure how far two annotations of the same texts agree: the ceiling of any score against either.

    The first stands for gold, the second for what is scored. Documents that only one of them holds are left out and
    named on standard error; a document with two different texts is an error.

    \b
    claimstake corpus agreement pass-1/ pass-2/
    claimstake corpus agreement pass-1/ pass-2/ --errors 100
    """
    from claimstake import scoring
    from claimstake.evaluation import tables
    from claimstake.evaluation.scores import evaluate

    ours, theirs = scoring.read(first).annotations, scoring.read(second).annotations
    for id_ in sorted(ours.keys() ^ theirs.keys()):
        typer.echo(f"{id_}: only in {first if id_ in ours else second}, left out", err=True)
    both = {id_: one for id_, one in ours.items() if id_ in theirs}
    if not both:
        fail(f"{first} and {second} have no document in common", FAILED)
    scores = evaluate(both, theirs)
    intervals = scores.intervals(resamples=bootstrap) if bootstrap else {}
    if as_json:
        found = tables.to_json(scores, intervals, most=errors)
        typer.echo(json.dumps(found, ensure_ascii=False, indent=1))
    else:
        quality.show([*tables.sheets(scores, intervals), *tables.details(scores, most=errors)], markdown=markdown)
