"""The ledger command: what many documents say of one measure, told once."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from claimstake.cli.guard import FAILED, fail, guarded
from claimstake.cli.options import AsJson


@guarded
def ledger(
    database: Annotated[
        str,
        typer.Argument(
            help="What claimstake archive writes: a SQLite file, postgresql://…, .parquet or .jsonl; or annotate.",
            metavar="DB",
        ),
    ],
    about: Annotated[
        list[str] | None,
        typer.Option("--about", "-a", help="A mineral, product, technology, firm …; kinds of it too. May be repeated."),
    ] = None,
    actor: Annotated[
        str | None, typer.Option("--actor", help="Who acts; a country's ministries, capital and laws count as it.")
    ] = None,
    predicate: Annotated[
        list[str] | None, typer.Option("--predicate", "-p", help="Only this predicate. May be repeated.")
    ] = None,
    since: Annotated[str | None, typer.Option(help="Only what happened, or was reported, since then.")] = None,
    until: Annotated[str | None, typer.Option(help="Only what happened, or was reported, until then.")] = None,
    html: Annotated[
        Path | None, typer.Option("--html", help="Draw it: one self-contained page to this file.", metavar="FILE")
    ] = None,
    most: Annotated[int, typer.Option("--most", min=1, help="Measures shown, those of the most sources.")] = 50,
    facts: Annotated[bool, typer.Option("--facts", help="Also claims without a status (produces, used in …).")] = False,
    sentences: Annotated[bool, typer.Option("--sentences", help="Quote the sentences of every source.")] = False,
    as_json: AsJson = False,
) -> None:
    """Tell what became of each measure: proposed, announced, in force, suspended, lifted.

    Claims of all documents that say the same are one row, with its sources, dates, limits and contradictions.

    \b
    claimstake ledger claims.db --about gallium
    claimstake ledger claims.db --actor China --since 2025 --html china.html
    claimstake ledger postgresql://localhost/claims -p imposes_tariff_on --json
    claimstake ledger claims.jsonl --sentences
    """
    from claimstake.ledger import telling
    from claimstake.ledger.asking import Question

    question = Question(tuple(about or ()), actor, tuple(predicate or ()), since, until)
    found = telling.tell(database, question)
    if not found.measures and not found.facts and not as_json:
        from claimstake.store.opening import shown

        asked = question != Question()
        fail(f"{shown(database)}: {'no claim answers that' if asked else 'holds no claims'}", FAILED)
    if html:
        from claimstake.ledger.page import page

        html.parent.mkdir(parents=True, exist_ok=True)
        html.write_text(page(found, question, most=most, facts=facts), encoding="utf-8")
        from claimstake.ledger.wording import count

        told = f"{count(len(found.measures), 'measure')} of {count(found.claims, 'claim')}"
        typer.echo(f"{html}: {told}", err=True)
    elif as_json:
        from claimstake.ledger import plain

        typer.echo(json.dumps(plain.ledger(found), ensure_ascii=False, indent=1))
    else:
        from claimstake.ledger.timeline import print_ledger

        print_ledger(found, sys.stdout, most=most, facts=facts or bool(predicate), sentences=sentences)
