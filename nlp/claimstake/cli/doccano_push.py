"""The command claimstake doccano push."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from claimstake import settings
from claimstake.cli.doccano_login import HERE, Insecure, ProjectName, Url, User, log_in, log_in_annotator
from claimstake.cli.guard import FAILED, guarded
from claimstake.cli.options import AsJson, Configs, InputFormat, MaxChars, MinConfidence, Published, Quiet, TextColumn
from claimstake.cli.waiting import counted as bar
from claimstake.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from claimstake.annotation.push import Pushed
    from claimstake.annotation.sources import Gathered
    from claimstake.extend import Config

SHOWN = 20  # failures and left examples that are listed one by one


class Order(StrEnum):
    """Which documents come first."""

    uncertainty = "uncertainty"
    given = "given"
    random = "random"


@guarded
def push(
    sources: Annotated[
        list[str] | None,
        typer.Argument(
            help="Articles, as annotate reads them; or annotated documents: what annotate --text wrote, "
            "articles in the corpus's inline format, folders of either."
        ),
    ] = None,
    project: ProjectName = "",
    url: Url = HERE,
    user: User = None,
    budget: Annotated[
        int | None,
        typer.Option(
            "--budget", "-n", min=1, help="How many of the documents the project holds in the end; all of them else."
        ),
    ] = None,
    order: Annotated[
        Order,
        typer.Option(help="Which come first: those the program is least sure of, as given, or at random."),
    ] = Order.uncertainty,
    seed: Annotated[int, typer.Option(help="Of the random order.")] = 0,
    annotator: Annotated[
        list[str] | None,
        typer.Option("--annotator", "-a", help="An account that is to be a member of the project. May be repeated."),
    ] = None,
    separate: Annotated[
        bool,
        typer.Option(
            "--separate",
            help="Every annotator corrects alone, so that their agreement can be measured. Passwords come from "
            "CLAIMSTAKE_DOCCANO_PASSWORD_<NAME>, or are asked for.",
        ),
    ] = False,
    evidence: Annotated[
        bool, typer.Option("--evidence/--no-evidence", help="Draw the sentences that claims rest on.")
    ] = True,
    refresh: Annotated[
        bool,
        typer.Option(
            "--refresh", help="Renew what an older model marked, in documents that nobody has touched or confirmed."
        ),
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before a new project is made.")] = False,
    insecure: Insecure = False,
    config: Configs = None,
    min_confidence: MinConfidence = None,
    published: Published = None,
    input_format: InputFormat = None,
    text_column: TextColumn = None,
    max_chars: MaxChars = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Put documents and what the program found into doccano, to be corrected.

    The project is made where it does not exist, with labels, relation types and
    guidelines. Pushing again adds only what is not there yet; a document is known
    by its id. What people changed in doccano is never touched. A run that was
    stopped goes on when the same command is given again.

    \b
    export CLAIMSTAKE_DOCCANO_USER=anna            the password is asked for
    claimstake doccano push news/ -p "Export controls" --budget 100
    claimstake doccano push claims.jsonl -p "Export controls" --order given
    claimstake doccano push news/ -p "Export controls" --refresh
    claimstake doccano push news/ -p Agreement --separate -a anna -a ben

    Later, claimstake doccano pull brings the corrections back.
    """
    if not project.strip():
        raise ConfigError("which project? name it with --project; it is made where it does not exist")
    if separate and not annotator:
        raise ConfigError("--separate gives every annotator a layer of their own; name them with --annotator")
    names = settings.sources_of(sources, False, "push")
    own = settings.read_config(config)
    options = settings.reading_options(own, min_confidence, published, input_format, text_column, max_chars, text=True)
    session = log_in(url, user, insecure=insecure)
    layers = {name: log_in_annotator(url, name, insecure=insecure) for name in annotator or ()} if separate else None
    _confirm(session, project, asked=not (yes or dry_run or as_json))
    gathered = _gather(names, options, own, quiet=quiet or as_json)

    from claimstake import ontology
    from claimstake.annotation.project import Wanted
    from claimstake.annotation.push import Options
    from claimstake.annotation.push import Order as Orders
    from claimstake.annotation.push import push as run

    wanted = Wanted(project, own.ontology if own else ontology.default(), separate, tuple(annotator or ()))
    chosen = Options(Orders(order.value), budget, seed, evidence, refresh, dry_run)
    watch = bar("pushing", quiet=quiet or as_json)
    result = run(session, gathered.documents, wanted, chosen, layers=layers, signals=gathered.signals, watch=watch)
    result.failed = {**gathered.failures, **result.failed}
    if as_json:
        typer.echo(json.dumps(result.to_json(), ensure_ascii=False, indent=2))
    _tell(result, quiet=quiet or as_json)
    if not result.fine:
        raise typer.Exit(FAILED)


def _confirm(session: Any, project: str, *, asked: bool) -> None:
    """Ask before a project is made by mistake, where there is somebody to ask."""
    if not (asked and sys.stdin.isatty() and sys.stderr.isatty()):
        return
    from claimstake.annotation.project import find

    if find(session, project) is None:
        typer.confirm(f"There is no project {project!r} on {session.address}. Make it?", abort=True, err=True)


def _gather(names: list[str], options: Any, own: Config | None, *, quiet: bool) -> Gathered:
    from claimstake.annotation import sources

    with _reading(quiet) as seen:
        return sources.gather(names, options, lambda: settings.load_pipeline(own), seen)


@contextmanager
def _reading(quiet: bool) -> Iterator[Any]:
    """A moving line that counts documents while they are read and annotated."""
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    from claimstake.sinks.table import console

    hidden = quiet or not sys.stderr.isatty()
    columns = (SpinnerColumn(), TextColumn("reading and annotating: {task.completed:,} documents"), TimeElapsedColumn())
    with Progress(*columns, console=console(sys.stderr), transient=True, disable=hidden) as progress:
        task = progress.add_task("", total=None)
        yield lambda document: progress.advance(task)


def _tell(result: Pushed, *, quiet: bool) -> None:
    """Say on standard error what was done; failures are named also where it should be quiet."""
    for name, why in list(result.failed.items())[:SHOWN]:
        _say(f"{name}: {why}")
    if len(result.failed) > SHOWN:
        _say(f"and {len(result.failed) - SHOWN:,} more failures; --json lists all")
    if not quiet:
        for name, why in list(result.left.items())[:SHOWN]:
            _say(f"{name}: left as it is: {why}")
        for note in result.notes:
            _say(f"note: {note}")
        _say(summary(result))
    if result.stopped:
        _say(f"claimstake: {result.stopped}")


def summary(result: Pushed) -> str:
    """One line: where, and how many documents came to what."""
    counts = {
        "pushed": len(result.pushed),
        "completed": len(result.completed),
        "refreshed": len(result.refreshed),
        "there already": len(result.there),
        "left as they are": len(result.left),
        "failed": len(result.failed),
        "beyond the budget": result.beyond,
    }
    said = [f"{number:,} {what}" for what, number in counts.items() if number or what == "pushed"]
    unmade = f"{'a new project' if result.dry_run else 'no project'} {result.project!r}"
    where = f"{result.address}/projects/{result.number}" if result.number else unmade
    return f"{'would be: ' if result.dry_run else ''}{', '.join(said)}; {where}"


def _say(line: str) -> None:
    from claimstake.sinks.table import printable

    typer.echo(printable(line), err=True)
