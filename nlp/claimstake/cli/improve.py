"""The command improve: corrected documents in, a better model or a refusal out."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from claimstake.cli.doccano_login import HERE, Insecure, Url, User, log_in
from claimstake.cli.guard import FAILED, fail, guarded
from claimstake.cli.options import AsJson, Configs, Quiet
from claimstake.errors import ConfigError, CorpusError

if TYPE_CHECKING:
    from collections.abc import Callable

    from claimstake.annotation.session import Session

WORK = Path("build/improve")
RESAMPLES = 1000


@guarded
def improve(
    source: Annotated[
        Path | None,
        typer.Option(
            "--from", "-f", help="What claimstake doccano pull wrote, or annotated documents that convert can read."
        ),
    ] = None,
    project: Annotated[
        str, typer.Option("--project", "-p", help="Project in doccano, whose confirmed documents are pulled first.")
    ] = "",
    url: Url = HERE,
    user: User = None,
    prefer: Annotated[
        str | None, typer.Option("--prefer", help="Account whose version is learned where annotators differ.")
    ] = None,
    insecure: Insecure = False,
    config: Configs = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder of all that is made; else build/improve/NAME.")
    ] = None,
    model: Annotated[
        Path | None, typer.Option("--model", help="Model folder that is to become better; else the packaged one.")
    ] = None,
    gold: Annotated[
        Path | None,
        typer.Option("--gold", help="What must not get worse, as evaluate takes it; else the corpus's dev articles."),
    ] = None,
    with_problems: Annotated[
        bool,
        typer.Option("--with-problems", help="Learn also documents of which the pull did not understand everything."),
    ] = False,
    steps: Annotated[int, typer.Option("--steps", min=1, help="Updates of retraining.")] = 150,
    seed: Annotated[int, typer.Option("--seed", help="Of everything random.")] = 7,
    promote: Annotated[
        bool, typer.Option("--promote/--no-promote", help="Put the candidate in the model's place if it is no worse.")
    ] = True,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check the documents, train nothing.")] = False,
    floors: Annotated[
        Path | None, typer.Option("--floors", help='JSON of least figures on gold, such as {"claims F1": 0.5}.')
    ] = None,
    tolerate: Annotated[
        float, typer.Option("--tolerate", min=0, max=1, help="Loss of a figure on gold that is taken in any case.")
    ] = 0.005,
    bootstrap: Annotated[int, typer.Option("--bootstrap", min=1, help="Resamples for the intervals.")] = RESAMPLES,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Learn from corrected documents, and use the new model if it is no worse.

    Pulls what is confirmed in doccano, or takes what --from names; checks it,
    keeps a fifth of the documents apart, retrains a copy of the model with
    rehearsal, weighs both on gold and on your documents, and promotes the new
    one or refuses it. The old one is kept beside it. What is made lies in one
    folder, with the report; the same command goes on where it was stopped.
    Names that were missed again and again are proposed in names.toml there.

    Exit code 0: promoted, or nothing speaks against it. 1: refused, or nothing could be learned.

    \b
    claimstake improve --project "Export controls"
    claimstake improve --from corrected.jsonl --dry-run    what would be learned
    claimstake improve --from corrected/ --no-promote      judge only
    claimstake improve --from corrected/ --model models/mine --gold gold/
    """
    from claimstake.annotation import improve as improving
    from claimstake.annotation import reporting
    from claimstake.annotation.folder import file_name
    from claimstake.evaluation import gate

    if (source is None) == (not project.strip()):
        raise ConfigError("name either a doccano project with --project, or corrected documents with --from")
    out = out or WORK / (source.resolve().stem if source else file_name(project))
    settings = improving.Settings(
        out=out,
        source=source or out / improving.PULLED,
        model=model,
        gold=gold,
        steps=steps,
        seed=seed,
        with_problems=with_problems,
        promote=promote,
        dry_run=dry_run,
        floors=gate.read_floors(floors) if floors else {},
        tolerated=tolerate,
        resamples=bootstrap,
    )
    pull = None if source else _pulling(project, settings.source, log_in(url, user, insecure=insecure), prefer, config)
    with _Shown(quiet=quiet) as shown:
        report = improving.improve(settings, shown, pull, shown.counted)
    if as_json:
        typer.echo(json.dumps(report, ensure_ascii=False, indent=1))
    elif not quiet:
        _print(report)
    said = f"{reporting.verdict(report)}; the report is {settings.path('report.md')}"
    if report["verdict"] == improving.REFUSED:
        fail(said, FAILED)
    typer.echo(said, err=True)


def _pulling(
    project: str, out: Path, session: Session, prefer: str | None, config: list[Path] | None
) -> Callable[[], dict[str, Any]]:
    """What pulls the confirmed documents of a project into a folder."""
    from claimstake import settings
    from claimstake.annotation import folder
    from claimstake.annotation.pull import Options
    from claimstake.annotation.pull import pull as run

    own = settings.read_config(config)
    folder.check(out)

    def pull() -> dict[str, Any]:
        result = run(session, project, Options(prefer=prefer), out=out, ontology=own.ontology if own else None)
        folder.write(result, out)
        if not result.versions and not result.failures:
            raise CorpusError(f"project {project!r}: nothing is confirmed there yet; tick documents in doccano")
        return result.summary()

    return pull


def _print(report: dict[str, Any]) -> None:
    from claimstake.annotation import reporting
    from claimstake.cli.quality import show

    show(reporting.sheets(report))
    for where, reasons in report["documents"]["left_out"].items():
        typer.echo(f"left out: {where}: {'; '.join(reasons)}", err=True)
    for step in reporting.next_steps(report):
        typer.echo(f"next: {step}", err=True)


class _Shown:
    """The steps as they go by: a line for each that is done, a moving one for what runs; on standard error."""

    def __init__(self, *, quiet: bool) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        from claimstake.sinks.table import console

        self._quiet = quiet
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        hidden = quiet or not sys.stderr.isatty()
        self._bar = Progress(*columns, TimeElapsedColumn(), console=console(sys.stderr), transient=True, disable=hidden)
        self._task: Any = None

    def __enter__(self) -> _Shown:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def __call__(self, event: dict[str, Any]) -> None:
        """Show what a step has come to."""
        if "at" in event:
            self._moving(event["step"], event.get("of"), event["at"])
            return
        if event["state"] == "begins":
            self._moving(event["step"], None, 0)
            return
        self._clear()
        if not self._quiet:
            said = f"{event['seconds']:.1f} s" if event["state"] == "done" else "unchanged"
            typer.echo(f"{event['step']}: {said}", err=True)

    def counted(self, what: str) -> Any:
        """Passes things on and shows how many are done."""

        def watch(things: Any) -> Any:
            found = list(things)
            for number, thing in enumerate(found):
                self._moving(what, len(found), number)
                yield thing

        return watch

    def _moving(self, what: str, total: int | None, done: int) -> None:
        if self._task is None or self._bar.tasks[-1].description != what:
            self._clear()
            self._task = self._bar.add_task(what, total=total)
        self._bar.update(self._task, completed=done, total=total)

    def _clear(self) -> None:
        if self._task is not None:
            self._bar.remove_task(self._task)
            self._task = None
