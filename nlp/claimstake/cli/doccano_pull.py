"""The commands claimstake doccano pull and diff."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from claimstake.cli.doccano_login import HERE, Insecure, Url, User, log_in
from claimstake.cli.guard import FAILED, guarded
from claimstake.cli.options import AsJson, Configs, Quiet
from claimstake.cli.quality import show
from claimstake.cli.waiting import counted, spinner
from claimstake.errors import ConfigError

if TYPE_CHECKING:
    from claimstake.annotation.pull import Options, Result
    from claimstake.evaluation.tables import Sheet

SHOWN = 20  # problems and failures that are listed one by one
TASK = 120.0

Project = Annotated[str, typer.Option("--project", "-p", help="Name of the project in doccano, or its number.")]
All = Annotated[
    bool,
    typer.Option(
        "--all",
        help="Also what nobody has confirmed (ticked) yet; articles/ holds that too, and retrain learns it.",
    ),
]
Mine = Annotated[
    bool, typer.Option("--mine", help="Your own annotations only, of a project that keeps its annotators apart.")
]
Prefer = Annotated[
    str | None, typer.Option("--prefer", help="Account whose version is learned from where annotators differ.")
]
Task = Annotated[
    float,
    typer.Option(
        "--task-timeout",
        min=1,
        help="Seconds that the server's task worker gets to export annotators' layers.",
        metavar="SECONDS",
    ),
]
Examples = Annotated[int, typer.Option("--examples", "-n", min=0, help="List up to so many single changes.")]


@guarded
def pull(
    project: Project = "",
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder to write; may be that of an earlier pull.")
    ] = None,
    url: Url = HERE,
    user: User = None,
    all_: All = False,
    mine: Mine = False,
    prefer: Prefer = None,
    task_timeout: Task = TASK,
    examples: Examples = 0,
    insecure: Insecure = False,
    config: Configs = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Bring what annotators confirmed in doccano back, and say what they changed.

    Writes a folder: articles/ in the corpus's format, documents.jsonl, what is to be
    looked at again in problems.jsonl, diff.json and agreement.json. Pulling into it
    again replaces its own files and no others. Where annotators are kept apart and
    differ on a document, it is a conflict, and nothing is learned from it unless
    --prefer says whose version counts. A run that broke off goes on when the same
    command is given again.

    \b
    claimstake doccano pull -p "Export controls" -o pulled
    claimstake doccano pull -p "Export controls" -o pulled --all --examples 50
    claimstake doccano pull -p Agreement -o pulled --prefer anna
    claimstake corpus check pulled/articles          does it hold together
    claimstake retrain pulled/articles --out models/mine

    The exit code is 1 where a document could not be read.
    """
    if out is None:
        raise ConfigError("where to? name a folder with --out")
    from claimstake.annotation import folder

    folder.check(out)
    result = _pulled(
        project, url, user, _options(all_, mine, prefer, task_timeout), config, out, insecure, quiet or as_json
    )
    with spinner("writing", quiet=quiet or as_json):
        manifest = folder.write(result, out)
    if as_json:
        typer.echo(json.dumps(result.to_json(examples or None), ensure_ascii=False, indent=1))
    elif not quiet:
        show(_sheets(result, examples))
    _tell(result, out, manifest, quiet=quiet or as_json)
    if not result.fine:
        raise typer.Exit(FAILED)


@guarded
def diff(
    folder: Annotated[Path | None, typer.Argument(help="A folder that pull wrote; else name the project.")] = None,
    project: Project = "",
    url: Url = HERE,
    user: User = None,
    all_: All = False,
    mine: Mine = False,
    task_timeout: Task = TASK,
    examples: Examples = 20,
    insecure: Insecure = False,
    config: Configs = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Show what annotators changed of what was pushed: by label, by predicate, one by one.

    The first table scores what was pushed, as a prediction, against what came back.
    Nothing is written.

    \b
    claimstake doccano diff pulled
    claimstake doccano diff -p "Export controls" --all --examples 100
    claimstake doccano diff pulled --json
    """
    if (folder is None) == (not project.strip()):
        raise ConfigError("what? name a folder that pull wrote, or a project with --project")
    if folder is not None:
        from claimstake.annotation.folder import read

        result = read(folder)
    else:
        options = _options(all_, mine, None, task_timeout)
        result = _pulled(project, url, user, options, config, None, insecure, quiet or as_json)
    if as_json:
        typer.echo(json.dumps(result.diff.to_json(), ensure_ascii=False, indent=1))
    elif result.diff.versions:
        show(result.diff.sheets(examples))
    else:
        _say("nothing to compare: no document that was pushed came back")
    if folder is None:
        _failures(result)
    if folder is None and not result.fine:
        raise typer.Exit(FAILED)


def _options(all_: bool, mine: bool, prefer: str | None, task: float) -> Options:
    from claimstake.annotation.pull import Options

    return Options(all=all_, mine=mine, prefer=prefer, task=task)


def _pulled(
    project: str,
    url: str,
    user: str | None,
    options: Options,
    config: list[Path] | None,
    out: Path | None,
    insecure: bool,
    quiet: bool,
) -> Result:
    if not project.strip():
        raise ConfigError("which project? name it with --project")
    from claimstake import settings
    from claimstake.annotation.pull import pull as run

    own = settings.read_config(config)
    session = log_in(url, user, insecure=insecure)
    watch = counted("pulling", quiet=quiet)
    return run(session, project, options, out=out, ontology=own.ontology if own else None, watch=watch)


def _sheets(result: Result, examples: int) -> list[Sheet]:
    return [
        *(result.diff.sheets(examples) if result.diff.versions else []),
        *result.agreement.sheets(examples or SHOWN),
    ]


def _tell(result: Result, out: Path, manifest: dict[str, Any], *, quiet: bool) -> None:
    """Say on standard error what is to be looked at, and how many documents there are."""
    _failures(result)
    if quiet:
        return
    rows = [(v, problem) for v in result.versions for problem in v.problems]
    for version, problem in rows[:SHOWN]:
        by = f" ({version.annotator})" if version.annotator else ""
        _say(f"{version.document.doc.id}{by}: {problem}")
    if len(rows) > SHOWN:
        _say(f"and {len(rows) - SHOWN:,} more; all are in {out / 'problems.jsonl'}")
    if losses := unheld(manifest):
        _say(losses)
    _say(summary(result, out))


def _failures(result: Result) -> None:
    for name, why in list(result.failures.items())[:SHOWN]:
        _say(f"{name}: {why}")
    if len(result.failures) > SHOWN:
        _say(f"and {len(result.failures) - SHOWN:,} more failures; --json lists all")


def unheld(manifest: dict[str, Any]) -> str:
    """One line: what documents.jsonl holds and articles/ cannot; empty where that is nothing."""
    losses = [f"{what} ({number:,})" for what, number in manifest["not_in_articles"].items()]
    return f"note: articles/ hold less than documents.jsonl: {'; '.join(losses)}" if losses else ""


def summary(result: Result, out: Path) -> str:
    """One line: how many documents, of how many what, and where they are."""
    found: dict[str, Any] = result.summary()
    counts = {
        "changed": result.diff.changed,
        "in conflict": len(found["undecided"]),
        "problems": found["problems"],
        "failed": len(found["failures"]),
    }
    said = [f"{found['documents']:,} documents", *(f"{number:,} {what}" for what, number in counts.items() if number)]
    if not found["documents"] and not found["failures"]:
        return "nothing is confirmed yet; --all pulls what is not, too"
    return f"{', '.join(said)}; {out}"


def _say(line: str) -> None:
    from claimstake.sinks.table import printable

    typer.echo(printable(line), err=True)
