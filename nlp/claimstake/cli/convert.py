"""The command convert: annotated documents from one format into another."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from claimstake.cli.guard import FAILED, fail, guarded
from claimstake.cli.waiting import running
from claimstake.errors import ConfigError

if TYPE_CHECKING:
    from claimstake.interchange.converting import Conversion

COLUMNS = (  # of `--list`, in the order of contract.Holds
    *("overlapping mentions", "canonical names", "values", "claims", "closed qualifiers", "free qualifiers"),
    *("evidence", "body", "metadata", "confidences, ids"),
)


@guarded
def convert(
    source: Annotated[
        Path | None, typer.Argument(help="A file or folder of annotated documents, in any format of --list.")
    ] = None,
    to: Annotated[str | None, typer.Option("--to", "-t", help="Format to write; --list shows all.")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="File to write, or a new folder where a format needs one.")
    ] = None,
    from_: Annotated[
        str | None, typer.Option("--from", "-f", help="Format of SOURCE, where name and content do not tell.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 where anything at all was left out.")] = False,
    list_: Annotated[bool, typer.Option("--list", help="Show the formats and what each can hold.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Say on standard output, as JSON, what was written and left out.")
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="No progress, no table of what was left out; failures are named.")
    ] = False,
) -> None:
    """Bring annotated documents from one format into another: records, doccano, brat, CoNLL and more.

    What the other format cannot hold is counted and said at the end, on standard error; nothing is dropped silently.
    A document that cannot be read or written is named, the others are done, and the exit code is 1.

    \b
    claimstake convert --list                                        formats, and what each can hold
    claimstake convert claims.jsonl --to brat --out brat/            to correct in brat
    claimstake convert brat/ --to records --out corrected.jsonl      and back
    claimstake convert corpus/articles --to doccano --out all.jsonl  the corpus, to import into doccano
    claimstake convert notes.txt --from conll --to corpus --out new/
    """
    if list_:
        _list(as_json=as_json)
        return
    if source is None or to is None or out is None:
        raise ConfigError("name what to read, --to a format and --out a file or folder; see claimstake convert --help")
    from claimstake.interchange import converting

    done = converting.convert(source, to, out, from_=from_, watch=running("converting", quiet=quiet))
    if as_json:
        typer.echo(json.dumps(done.to_json(), ensure_ascii=False, indent=1))
    elif done.left_out and not quiet:
        _say_left_out(done)
    for where, reason in done.failures.items():
        typer.echo(f"claimstake: {where}: {reason}", err=True)
    if done.failures or (strict and done.left_out):
        fail(_summary(done), FAILED)
    if not quiet:
        typer.echo(_summary(done), err=True)


def _summary(done: Conversion) -> str:
    from claimstake.terminal import counted

    failed = f", {len(done.failures):,} failed" if done.failures else ""
    left_out = f", {counted(done.left_out, 'thing')} left out" if done.left_out else ""
    return f"{counted(done.documents, 'document')} from {done.source} to {done.target}, {done.out}{left_out}{failed}"


def _say_left_out(done: Conversion) -> None:
    from claimstake.sinks.table import printable

    rows = [
        (where, kind, f"{count:,}", "; ".join(map(printable, examples))) for where, kind, count, examples in done.rows()
    ]
    _table(("left out", "what", "how many", "for example"), rows, sys.stderr)


def _list(*, as_json: bool) -> None:
    from claimstake.interchange import formats

    held = {one: asdict(one.holds) for one in formats.every()}
    if as_json:
        shown = [
            {"name": one.name, "says": one.says, "suffixes": one.suffixes, "folder": one.folder, "holds": holds}
            for one, holds in held.items()
        ]
        typer.echo(json.dumps(shown, ensure_ascii=False, indent=1))
        return
    for one in held:
        files = ", ".join(one.suffixes) + (" in a folder" if one.folder else "")
        typer.echo(f"{one.name:<12}{one.says} ({files})")
    rows = [(one.name, *holds.values()) for one, holds in held.items()]
    _table(("holds", *COLUMNS), rows, sys.stdout)


def _table(names: Sequence[str], rows: Iterable[Sequence[str]], stream: TextIO) -> None:
    from rich.table import Table
    from rich.text import Text

    from claimstake.sinks.table import PLAIN_BOX, console

    table = Table(box=PLAIN_BOX, pad_edge=False, show_edge=False)
    for number, name in enumerate(names):
        table.add_column(name, overflow="fold", no_wrap=number == 0)
    for row in rows:
        table.add_row(*map(Text, row))
    console(stream).print(table)
