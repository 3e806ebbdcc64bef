"""The review commands: what analysts judged, as a list, as training data, as figures."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from claimstake.cli.guard import guarded
from claimstake.cli.options import AsJson, Quiet
from claimstake.errors import ConfigError

if TYPE_CHECKING:
    from claimstake.review.contract import Judgement
    from claimstake.review.judgements import Judgements

MOMENT = re.compile(r"\d{4}(-\d\d(-\d\d(T\d\d(:\d\d(:\d\dZ?)?)?)?)?)?")
SHOWN = 60  # characters of a note
DEFAULT = "claims.db"  # as of claimstake serve

app = typer.Typer(help="What analysts judged at the desk: list it, export it as training data, count it.")

Database = Annotated[
    str,
    typer.Option("--db", "-d", help="Database of claimstake serve: a SQLite file, or postgresql://….", metavar="DB"),
]
Since = Annotated[
    str | None, typer.Option("--since", help="Only what was judged since then: 2026, 2026-11, 2026-11-22T08:00 (UTC).")
]
By = Annotated[str | None, typer.Option("--by", help="Only what this analyst judged.")]


@app.command("list")
@guarded
def list_(
    database: Database = DEFAULT,
    since: Since = None,
    by: By = None,
    document: Annotated[str | None, typer.Option("--document", help="Only of this document, by its key.")] = None,
    as_json: AsJson = False,
) -> None:
    """List judgements, oldest first; --json gives a line each, with what the program said and what is right.

    \b
    claimstake review list --db news.db --since 2026-11
    claimstake review list --db news.db --by ada --json > ada.jsonl
    """
    with _opened(database, since) as judgements:
        found = judgements.stream(since=since, by=by) if document is None else judgements.history(document)
        for one in (j for j in found if j.at >= (since or "") and by in (None, j.by)):
            typer.echo(one.model_dump_json(exclude_none=True) if as_json else _line(one))


@app.command()
@guarded
def export(
    database: Database = DEFAULT,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="JSON Lines file (.jsonl, .jsonl.gz); else standard output.")
    ] = None,
    everything: Annotated[
        bool,
        typer.Option(
            "--all",
            help="Also documents that are judged in part. What nobody judged stands as the program says it: its errors "
            "are learned as truth, and what it missed as false.",
        ),
    ] = False,
    since: Since = None,
    by: By = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Write documents as they were corrected: training data for improve, or for other tools by convert.

    A document is written where somebody marked it done, or judged every claim of it.
    Of a document that is done, claims that nobody judged count as right.
    With --by only this analyst's judgements count. --json prints the summary as JSON.

    \b
    claimstake review export --db news.db -o reviewed.jsonl
    claimstake improve --from reviewed.jsonl --dry-run
    claimstake convert reviewed.jsonl --to brat -o brat/
    """
    from claimstake.cli.waiting import running
    from claimstake.interchange.contract import Losses
    from claimstake.interchange.own import Records
    from claimstake.review import exporting

    if out is None and as_json:
        raise ConfigError("--json prints a summary where the documents would go; name a file with --out")
    told = exporting.Told()
    with _opened(database, since) as judgements:
        wanted = exporting.Wanted(everything, since, by)
        found = running("exporting", quiet=quiet)(exporting.export(judgements, wanted, told))
        if out is None:
            for record in found:
                sys.stdout.write(json.dumps(record.to_json(), ensure_ascii=False) + "\n")
        else:
            out.parent.mkdir(parents=True, exist_ok=True)
            Records().write(found, out, Losses())
    if as_json:
        typer.echo(json.dumps(told.to_json() | {"out": str(out)}, ensure_ascii=False))
    if not quiet:
        for line in _summary(told, out, everything):
            typer.echo(line, err=True)


@app.command()
@guarded
def stats(database: Database = DEFAULT, since: Since = None, by: By = None, as_json: AsJson = False) -> None:
    """Count what was accepted, corrected and rejected: by predicate, extractor, confidence and analyst.

    Tells how well confidence predicts what people accept, who agrees with whom,
    and which triples an extractor makes that are rejected again and again.

    \b
    claimstake review stats --db news.db
    claimstake review stats --db news.db --since 2026-11 --json
    """
    from claimstake.review import sheets
    from claimstake.review.statistics import statistics

    with _opened(database, since) as judgements:
        found = statistics(judgements.stream(since=since, by=by))
    if as_json:
        typer.echo(json.dumps(found.model_dump(mode="json"), ensure_ascii=False, indent=1))
        return
    tables = sheets.sheets(found)
    if not tables:
        typer.echo("nothing was judged yet; claimstake serve opens the desk", err=True)
        return
    from claimstake.cli.quality import show

    show(tables)
    if found.added:
        from claimstake.terminal import counted

        were = "was" if found.added == 1 else "were"
        typer.echo(f"{counted(found.added, 'claim')} {were} added that the program had missed", err=True)


@contextmanager
def _opened(database: str, since: str | None) -> Iterator[Judgements]:
    from claimstake.review.judgements import open_judgements

    if since is not None and not MOMENT.fullmatch(since):
        raise ConfigError(f"--since {since!r} is no time; write 2026, 2026-11, 2026-11-22 or 2026-11-22T08:00")
    judgements = open_judgements(database)
    try:
        yield judgements
    finally:
        judgements.close()


def _line(one: Judgement) -> str:
    from claimstake.sinks.table import printable

    claim, ends = (one.record, one.ends) if one.record else (one.before, one.ends_before)
    says = f"{ends[0].canonical} {claim.predicate} {ends[1].canonical}" if claim and ends else one.claim
    note = f" ({one.note if len(one.note) <= SHOWN else one.note[:SHOWN] + '…'})" if one.note else ""
    gone = " [not said any more]" if one.gone else ""
    return printable(f"{one.at} {one.by} {one.verdict}: {says}{note}{gone}") + f"  {one.claim} in {one.document}"


def _summary(told: object, out: Path | None, everything: bool) -> Iterator[str]:
    from claimstake.review.exporting import PARTLY, Told
    from claimstake.terminal import counted

    assert isinstance(told, Told)
    where = f" to {out}" if out else ""
    yield f"{counted(told.exported, 'document')} with {counted(told.claims, 'claim')}, {told.judged:,} judged{where}"
    for reason, number in told.left_out.most_common():
        hint = "; mark them done, or take them with --all" if reason == PARTLY and not everything else ""
        yield f"left out: {counted(number, 'document')} {reason}{hint}"
