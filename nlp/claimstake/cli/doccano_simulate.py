"""The command doccano simulate: what the order of annotation gains, with our corpus as the analyst."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from claimstake.cli.guard import guarded
from claimstake.cli.options import AsJson, Quiet


@guarded
def simulate(
    student: Annotated[
        Path | None,
        typer.Option("--student", help="Folder of a model that has learned no annotated article; else WORK/student."),
    ] = None,
    work: Annotated[
        Path, typer.Option("--work", help="Work folder of claimstake train; its silver is rehearsed.")
    ] = Path("build/train"),
    orders: Annotated[
        list[str] | None,
        typer.Option(
            "--order",
            help="uncertainty, random, or a part of uncertainty: found, mentions, tokens, disagreement, diversity.",
        ),
    ] = None,
    part: Annotated[
        str, typer.Option("--on", help="Split that is measured on; choose on dev, show figures of test.")
    ] = "test",
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="Repetitions, each with another seed set.")] = 8,
    rounds: Annotated[int, typer.Option("--rounds", min=1, help="Rounds of annotation after the seed set.")] = 5,
    words: Annotated[int, typer.Option("--words", min=1, help="Annotated in the seed set, and in each round.")] = 2000,
    steps: Annotated[int, typer.Option("--steps", min=1, help="Updates of the model in each round.")] = 40,
    output: Annotated[Path | None, typer.Option("--out", "-o", help="JSON file with all that was found.")] = None,
    plot: Annotated[Path | None, typer.Option("--plot", help="SVG file to draw the learning curves to.")] = None,
    corpus: Annotated[Path | None, typer.Option("--corpus", help="Folder with articles/ and splits.tsv.")] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="A few documents and updates, to see that it runs; the figures say nothing.")
    ] = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Show what annotating the most uncertain documents first gains over any order.

    A recogniser that has learned no annotated article gets a seed set, then round after round the documents that come
    next, learns them, and is measured. The corpus answers for the analyst; orders are repeated with other seed sets.
    Takes some seconds a round on a core.

    claimstake train --raw RAW --work build/train --only silver --only student makes a student, in half an hour.

    \b
    claimstake doccano simulate --work build/train --plot docs/annotation-gain.svg -o gain.json
    claimstake doccano simulate --on dev --order tokens --order disagreement --order random --seeds 4
    claimstake doccano simulate --student models/en_base --quick
    """
    from claimstake.annotation import gain
    from claimstake.annotation.simulation import Setting
    from claimstake.cli.waiting import stepped
    from claimstake.training import plots

    if plot is not None:
        plots.check(plot)
    setting = Setting(tuple(orders or Setting().orders), seeds, rounds, words)
    study = gain.Study(student or work / "student", work / "silver", corpus, part, setting, steps)
    with stepped("simulating", quiet=quiet) as watch:
        found = gain.run(study.quick() if quick else study, watch)
    if study.is_base:
        typer.echo("note: this model has learned these articles before; its figures say nothing of orders", err=True)
    _write(found, output, plot)
    _show(found, as_json=as_json)


def _write(found: dict[str, Any], output: Path | None, plot: Path | None) -> None:
    from claimstake.annotation import gain_plot

    if output is not None:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    if plot is not None:
        gain_plot.draw(found, plot)


def _show(found: dict[str, Any], *, as_json: bool) -> None:
    from claimstake.annotation import gain
    from claimstake.sinks.table import console

    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    for sheet in gain.sheets(found):
        console(sys.stdout).print(sheet.to_rich())
