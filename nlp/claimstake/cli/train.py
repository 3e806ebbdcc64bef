"""Commands that train: train, retrain."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from claimstake.cli.guard import guarded
from claimstake.cli.options import Quiet

AsJson = Annotated[bool, typer.Option("--json", help="Print progress and results as JSON, one object a line.")]
Seed = Annotated[int, typer.Option("--seed", help="Of everything random; the same seed gives the same weights.")]


@guarded
def train(
    corpus: Annotated[Path, typer.Option("--corpus", help="Folder with articles/ and splits.tsv.")] = Path("corpus"),
    raw: Annotated[
        Path | None,
        typer.Option("--raw", help="Folder of unlabelled texts, .jsonl or .jsonl.gz; else the train articles serve."),
    ] = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the models.")] = Path("models"),
    work: Annotated[Path, typer.Option("--work", help="Folder of what is made on the way.")] = Path("build/train"),
    only: Annotated[
        list[str] | None,
        typer.Option(
            "--only",
            help="A step: silver, student, recogniser, body, thresholds, mentions, claims, triage, ablations or card.",
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Run steps whose inputs have not changed, too.")] = False,
    quick: Annotated[bool, typer.Option("--quick", help="A few updates only, to see that everything runs.")] = False,
    seed: Seed = 7,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Train the models from annotated articles and raw texts.

    Needs the build extra, and about two hours on a core. A step whose inputs have not changed is not run again.

    \b
    claimstake train --raw raw/
    claimstake train --only mentions --only claims
    claimstake train --quick --out build/models
    """
    from claimstake.training.run import Context, run

    with _Shown(as_json=as_json, quiet=quiet) as shown:
        run(Context(corpus, work, out, raw, seed, quick, shown), only or (), force=force)


@guarded
def retrain(
    mine: Annotated[
        Path, typer.Argument(help="Your annotated documents: inline files (*.md), or JSON Lines with their texts.")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder to write the new model to.")],
    model: Annotated[
        Path | None, typer.Option("--model", help="Model folder to start from; else the packaged.")
    ] = None,
    steps: Annotated[int, typer.Option("--steps", min=1, help="Updates.")] = 150,
    no_rehearsal: Annotated[
        bool, typer.Option("--no-rehearsal", help="Learn from your documents only; much else is forgotten.")
    ] = False,
    seed: Seed = 7,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Teach the recogniser your annotations, without letting it forget what it knows.

    Passages of the corpus that comes with claimstake are rehearsed in every batch.

    \b
    claimstake retrain mine/ --out models/mine
    claimstake retrain mine.jsonl --out models/mine --steps 300
    claimstake evaluate gold/ --model models/mine
    """
    from claimstake.training.retrain import retrain as learn

    with _Shown(as_json=as_json, quiet=quiet) as shown:
        said = learn(mine, out, model, steps=steps, rehearsal=not no_rehearsal, seed=seed, watch=shown)
        shown({"step": "retrain", **said})
    if not quiet and not as_json:
        typer.echo(f"written to {out}; try it with claimstake evaluate GOLD --model {out}", err=True)


class _Shown:
    """Progress as a moving line on standard error and a line for each measurement, or as JSON on standard output."""

    def __init__(self, *, as_json: bool, quiet: bool) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        from claimstake.sinks.table import console

        self._json, self._quiet = as_json, quiet
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        hidden = as_json or quiet or not sys.stderr.isatty()
        self._bar = Progress(*columns, console=console(sys.stderr), transient=True, disable=hidden)
        self._tasks: dict[str, Any] = {}

    def __enter__(self) -> _Shown:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def __call__(self, event: dict[str, Any]) -> None:
        """Show how far a step is."""
        step = event["step"]
        telling = {k: v for k, v in event.items() if k not in ("step", "at", "of", "losses", "labels")}
        if self._json:
            if telling:
                typer.echo(json.dumps(event, ensure_ascii=False))
            return
        if "at" in event:
            task = self._tasks.get(step)
            if task is None:
                task = self._tasks[step] = self._bar.add_task(step, total=event.get("of"))
            self._bar.update(task, completed=event["at"])
        if telling and not self._quiet:
            at = f" {event['at']}" if "at" in event else ""
            typer.echo(f"{step}{at}: {_line(telling)}", err=True)


def _line(telling: dict[str, Any]) -> str:
    """Values in one line; of figures by name the headline ones."""
    parts = []
    for name, value in telling.items():
        if isinstance(value, dict):
            figures = [f"{k} {v}" for k, v in value.items() if not isinstance(v, dict)]
            figures += [f"{k} F1 {v['ents_f']}" for k, v in value.items() if isinstance(v, dict) and "ents_f" in v]
            parts.append(" ".join([name, *figures]))
        else:
            parts.append(str(value) if name == "state" else f"{name} {value}")
    return ", ".join(parts)
