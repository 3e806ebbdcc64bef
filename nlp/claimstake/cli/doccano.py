"""Commands that have to do with doccano; each lives in a module of its own."""

from __future__ import annotations

import typer

from claimstake.cli import doccano_pull, doccano_push, doccano_server, doccano_simulate

app = typer.Typer(
    help="Correct what was found in doccano, and learn from it; `up` starts a server on this machine.",
    no_args_is_help=True,
)
app.command()(doccano_server.up)
app.command()(doccano_push.push)
app.command()(doccano_pull.pull)
app.command()(doccano_pull.diff)
app.command()(doccano_simulate.simulate)
app.command()(doccano_server.status)
app.command()(doccano_server.user)
app.command()(doccano_server.down)
