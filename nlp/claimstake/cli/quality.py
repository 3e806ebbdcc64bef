"""Commands about how good the program is: evaluate, promote."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from claimstake.cli.guard import FAILED, fail, guarded
from claimstake.cli.options import AsJson, Quiet
from claimstake.cli.waiting import counted
from claimstake.errors import ConfigError, ModelError

if TYPE_CHECKING:
    from claimstake.evaluation.gate import Verdict
    from claimstake.evaluation.scores import Scores
    from claimstake.evaluation.tables import Sheet
    from claimstake.scoring import Documents

PACKAGED = "packaged"  # what the pipeline is called that nobody names

Gold = Annotated[
    Path,
    typer.Argument(
        help="Corpus files (*.md) or a folder of them; a folder of *.gold.json with articles.jsonl beside them; or a "
        "JSON Lines file of annotated documents."
    ),
]
Markdown = Annotated[bool, typer.Option("--markdown", help="Print Markdown tables.")]
Bootstrap = Annotated[
    int, typer.Option("--bootstrap", min=0, help="Resamples of the documents for the 95% intervals; 0 leaves them out.")
]
Errors = Annotated[int, typer.Option("--errors", min=0, help="List up to so many differences.", metavar="N")]
FloorsFile = Annotated[
    Path | None, typer.Option("--floors", help='JSON of least figures, such as {"claims F1": 0.5}; missing one fails.')
]
RESAMPLES = 1000


@guarded
def evaluate(
    gold: Gold,
    predicted: Annotated[
        Path | None,
        typer.Argument(help="Annotated documents in the same forms; without them the pipeline annotates the texts."),
    ] = None,
    model: Annotated[
        Path | None, typer.Option("--model", help="Run this model folder in place of the packaged pipeline.")
    ] = None,
    against: Annotated[
        Path | None, typer.Option("--against", help="Annotated documents or a model folder to compare with.")
    ] = None,
    split: Annotated[str | None, typer.Option("--split", help="Only the documents of train, dev or test.")] = None,
    splits: Annotated[
        Path | None, typer.Option("--splits", help="Table that says so: an id, a tab and a split a line.")
    ] = None,
    floors: FloorsFile = None,
    confusion: Annotated[
        bool, typer.Option("--confusion", help="Show which labels and predicates were taken for which.")
    ] = False,
    errors: Errors = 0,
    bootstrap: Bootstrap = RESAMPLES,
    as_json: AsJson = False,
    markdown: Markdown = False,
    quiet: Quiet = False,
) -> None:
    """Score annotations against gold ones: mentions, values, clusters, claims, qualifiers.

    Exit code 1 where a floor is not reached.

    \b
    claimstake evaluate corpus/articles --split test --splits corpus/splits.tsv
    claimstake evaluate gold/ claims.jsonl --errors 50 --confusion
    claimstake evaluate gold/ --against models/en_base.previous
    claimstake evaluate gold/ --floors floors.json --markdown
    """
    from claimstake import scoring
    from claimstake.evaluation import gate, tables

    if predicted and model:
        raise ConfigError("PREDICTED and --model contradict each other: score the one or run the other")
    if model and not scoring.is_model(model):
        raise ModelError(f"{model} holds no model (neither manifest.json nor config.cfg)")
    asked = gate.read_floors(floors) if floors else {}
    documents = _selected(scoring.read(gold), split, splits)
    scores = _scored(documents, predicted or model, quiet)
    intervals = scores.intervals(resamples=bootstrap) if bootstrap else {}
    verdicts = _compared(documents, against, scores, asked, bootstrap, quiet) if against else []
    details = {"confused": confusion, "most": errors}
    if as_json:
        found = tables.to_json(scores, intervals, verdicts, **details)
        typer.echo(json.dumps(found, ensure_ascii=False, indent=1))
    else:
        compared = [tables.comparison(verdicts, _name(against), _name(predicted or model))] if against else []
        sheets = [*tables.sheets(scores, intervals, asked), *compared, *tables.details(scores, **details)]
        show(sheets, markdown=markdown)
    _hold(gate.below(scores, asked), asked)


@guarded
def promote(
    candidate: Annotated[Path, typer.Argument(help="Model folder that is to be used.")],
    gold: Annotated[Path, typer.Option("--gold", help="Annotated documents, as evaluate takes them.")],
    current: Annotated[
        Path | None, typer.Option("--current", help="Model folder that it replaces; else the packaged one.")
    ] = None,
    split: Annotated[str | None, typer.Option("--split", help="Only the documents of this split.")] = None,
    splits: Annotated[Path | None, typer.Option("--splits", help="Table of an id, a tab and a split a line.")] = None,
    floors: FloorsFile = None,
    bootstrap: Annotated[int, typer.Option("--bootstrap", min=1, help="Resamples for the intervals.")] = RESAMPLES,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Judge, and leave everything where it is.")] = False,
    quiet: Quiet = False,
) -> None:
    """Put a model in the place of the current one, if it is no worse.

    Both annotate the same gold. The candidate is refused, with exit code 1, where a figure is below its floor or
    smaller than the current model's by more than chance explains: the 95% interval of the paired difference lies
    wholly below 0. Without --floors these are the figures that the project has floors for.
    Else it is copied, and the old model is kept beside it as <name>.previous.

    \b
    claimstake promote build/en_base --gold corpus/articles --dry-run
    claimstake promote build/en_base --gold gold/ --floors floors.json
    """
    from claimstake import pipeline, promotion, scoring
    from claimstake.evaluation import gate, tables

    asked = gate.read_floors(floors) if floors else {}
    place = current or pipeline.base_path()
    promotion.check(candidate, place)
    documents = _selected(scoring.read(gold), split, splits)
    before, after = (_scored(documents, path, quiet) for path in (place, candidate))
    verdicts = gate.compare(before, after, () if asked else gate.GATED, asked, resamples=bootstrap)
    refused = [verdict for verdict in verdicts if verdict.refused]
    if refused or not quiet:
        show([tables.comparison(refused or verdicts, "current", "candidate")])
    if refused:
        fail(f"{candidate} is refused: {', '.join(f'{v.name} {v.says}' for v in refused)}", FAILED)
    if dry_run:
        typer.echo(f"{candidate} would replace {place}", err=True)
        return
    previous = promotion.replace(candidate, place)
    typer.echo(f"{candidate} replaces {place}; the old model is {previous}", err=True)


# --- parts of the commands --------------------------------------------------------------------------------------------


def _selected(documents: Documents, split: str | None, splits: Path | None) -> Documents:
    if split is None:
        return documents
    if splits is None:
        raise ConfigError(f"--split {split} needs --splits, the table that says which documents are in it")
    from claimstake import scoring

    selected = documents.only(scoring.read_split(splits, split))
    if not selected.annotations:
        raise ConfigError(f"{splits}: none of the gold documents is in the split {split!r}")
    return selected


def _scored(documents: Documents, source: Path | None, quiet: bool) -> Scores:
    """Score annotated documents, or what a model makes of the texts; says which documents are lacking."""
    from claimstake import scoring
    from claimstake.evaluation.scores import evaluate as score

    found = scoring.predict(source, documents, counted(f"annotating, {_name(source)}", quiet=quiet))
    if missing := [id_ for id_ in documents.annotations if id_ not in found]:
        of = len(documents.annotations)
        typer.echo(f"{source}: {len(missing)} of {of} documents are not there, first {missing[0]}", err=True)
    return score(documents.annotations, found)


def _compared(
    documents: Documents, against: Path, scores: Scores, floors: dict[str, float], resamples: int, quiet: bool
) -> list[Verdict]:
    from claimstake.evaluation import gate

    return gate.compare(_scored(documents, against, quiet), scores, floors=floors, resamples=resamples)


def show(sheets: list[Sheet], *, markdown: bool = False) -> None:
    """Print tables to standard output."""
    if markdown:
        typer.echo("\n\n".join(sheet.to_markdown() for sheet in sheets))
        return
    from claimstake.sinks.table import console

    out = console(sys.stdout)
    for sheet in sheets:
        out.print(sheet.to_rich())
        out.print()


def _hold(missed: dict[str, float], floors: dict[str, float]) -> None:
    """End with exit code 1 where a figure is below its floor."""
    if missed:
        said = (f"{name} is {value:.4f}, below its floor of {floors[name]}" for name, value in missed.items())
        fail("; ".join(said), FAILED)


def _name(source: Path | None) -> str:
    return PACKAGED if source is None else source.name or str(source)
