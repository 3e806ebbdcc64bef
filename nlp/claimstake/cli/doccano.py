"""Commands that have to do with doccano; each lives in a module of its own."""

from __future__ import annotations

import typer

from claimstake.cli import doccano_push, doccano_simulate

app = typer.Typer(
    help="Correct what was found in doccano, and learn from it; `up` starts a server on this machine.",
    no_args_is_help=True,
)
for command in (doccano_push.push, doccano_simulate.simulate):
    app.command()(command)
