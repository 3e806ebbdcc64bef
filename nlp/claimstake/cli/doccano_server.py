"""Commands of a doccano server on this machine: up, down, status, user."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from claimstake.cli.doccano_login import URL, USER, new_password
from claimstake.cli.guard import FAILED, guarded
from claimstake.cli.options import Quiet

if TYPE_CHECKING:
    from claimstake.annotation.server import Status

HomeFolder = Annotated[
    Path | None,
    typer.Option(
        "--home",
        envvar="CLAIMSTAKE_DOCCANO_HOME",
        help="Folder of the server and all its data; else one among your user data.",
        show_default=False,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Say it on standard output as JSON.")]


@guarded
def up(
    user: Annotated[str, typer.Option("--user", envvar=USER, help="Superuser; made where it is not there.")] = "admin",
    annotator: Annotated[
        list[str] | None,
        typer.Option("--annotator", help="An ordinary account, made where it is not there. May be repeated."),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            "--port",
            min=0,
            max=65535,
            help="On 127.0.0.1; 0 takes any free one. Else that of the last time, at first 8000.",
        ),
    ] = None,
    home: HomeFolder = None,
    python: Annotated[
        Path | None, typer.Option("--python", help="Python 3.11 to 3.13 to install doccano with; else this one.")
    ] = None,
    timeout: Annotated[
        float, typer.Option("--timeout", min=1, help="Seconds until it must be healthy, once it is installed.")
    ] = 120.0,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Start a doccano server on this machine, reachable from it only; the first time, install it.

    doccano 1.8.4 goes into an environment of its own (about 530 MB, a minute), checked against the hashes that come
    with claimstake. The password of an account that is not there yet is taken from CLAIMSTAKE_DOCCANO_PASSWORD (an
    annotator's from CLAIMSTAKE_DOCCANO_PASSWORD_<NAME>) or asked for. Server and task worker go on when the terminal
    is closed. Linux and macOS.

    \b
    claimstake doccano up                                       then open http://127.0.0.1:8000
    claimstake doccano up --annotator mei --annotator tom       with accounts for two colleagues
    claimstake doccano up --port 0 --home /data/doccano --json  a free port; prints it
    """
    from claimstake.annotation.server import NewAccount, Server

    server = Server(home)
    wanted = [user, *(name for name in annotator or () if name != user)]
    # asked for before anything long begins
    people = [NewAccount(n, new_password(n, own=n == user), superuser=n == user) for n in server.missing(wanted)]
    with _steps(quiet=quiet or as_json) as told:
        started = server.up(people, port=port, timeout=timeout, python=python, told=told)
    if as_json:
        typer.echo(json.dumps({"url": started.url, "already": started.already, "made": list(started.made)}))
    elif not quiet:
        typer.echo(f"doccano {'runs already' if started.already else 'runs'} at {started.url}", err=True)
        if port and not started.url.endswith(f":{port}"):
            typer.echo(f"to have it at port {port}, stop it first", err=True)
        if started.made:
            typer.echo(f"new accounts: {', '.join(started.made)}", err=True)
        stop = shlex.join(["claimstake", "doccano", "down", *(["--home", str(home)] if home else [])])
        typer.echo(f"its data are in {server.home.folder}; stop it with: {stop}", err=True)
        typer.echo(f"for push and pull: export {URL}={started.url} {USER}={shlex.quote(user)}", err=True)


@guarded
def down(home: HomeFolder = None, quiet: Quiet = False) -> None:
    """Stop the server that `up` started; its data stay, and the next `up` goes on with them.

    \b
    claimstake doccano down
    """
    from claimstake.annotation.server import Server

    server = Server(home)
    with _steps(quiet=quiet) as told:
        ran = server.down(told)
    if not quiet:
        typer.echo("doccano is stopped" if ran else f"no doccano runs from {server.home.folder}", err=True)


@guarded
def status(home: HomeFolder = None, as_json: AsJson = False) -> None:
    """Say whether the server runs, where, and whether all of it works; exit code 1 where it does not.

    \b
    claimstake doccano status
    claimstake doccano status --json | jq -r .url
    """
    from claimstake.annotation.server import Server

    found = Server(home).status()
    if as_json:
        shown = {"running": found.running, "healthy": found.healthy, "url": found.url, "version": found.version}
        typer.echo(json.dumps({**shown, "parts": found.parts, "home": str(found.home)}, indent=1))
    else:
        _say(found)
    if not found.healthy:
        raise typer.Exit(FAILED)


@guarded
def user(
    name: Annotated[str, typer.Argument(help="Of the account.")],
    superuser: Annotated[bool, typer.Option("--superuser", help="May make projects and see all of them.")] = False,
    home: HomeFolder = None,
    quiet: Quiet = False,
) -> None:
    """Add an account to the server that `up` started; annotators who work in layers of their own need one each.

    The password is taken from CLAIMSTAKE_DOCCANO_PASSWORD_<NAME> or asked for.

    \b
    claimstake doccano user mei
    CLAIMSTAKE_DOCCANO_PASSWORD_TOM=... claimstake doccano user tom
    """
    from claimstake.annotation.server import NewAccount, Server

    server = Server(home)
    made = bool(server.missing([name])) and server.add(NewAccount(name, new_password(name, own=False), superuser))
    if not quiet:
        typer.echo(f"{name} can log in" if made else f"{name} is there already; nothing was changed", err=True)


def _say(found: Status) -> None:
    if found.url is None:
        installed = f"doccano {found.version} is installed" if found.version else "doccano is not installed"
        typer.echo(f"nothing runs; {installed} in {found.home}")
        return
    typer.echo(f"doccano {found.version or ''} at {found.url}: {_word(found)}")
    for name, said in found.parts.items():
        typer.echo(f"  {name}: {said}")


def _word(found: Status) -> str:
    if not found.running:
        return "does not run; start it again with: claimstake doccano up"
    return "runs, all of it works" if found.healthy else "runs, but does not work"


@contextmanager
def _steps(*, quiet: bool) -> Iterator[Callable[[str], None]]:
    """Shows what goes on: one moving line in a terminal, else a line a step."""
    if quiet:
        yield lambda _: None
    elif sys.stderr.isatty():
        from claimstake.sinks.table import console

        with console(sys.stderr).status("") as moving:
            yield moving.update
    else:
        said: set[str] = set()

        def tell(what: str) -> None:
            # of steps that are counted, only the first
            if (step := what.partition(":")[0]) not in said:
                said.add(step)
                typer.echo(step, err=True)

        yield tell
