"""Who may log in to the desk, by which tokens programs ask it, and what was changed."""

from __future__ import annotations

import getpass
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from claimstake.cli.guard import guarded
from claimstake.cli.options import AsJson, Quiet

if TYPE_CHECKING:
    from claimstake.service.safety.books import Books

PASSWORD = "CLAIMSTAKE_PASSWORD"
TRIES = 3  # to type a new password twice alike

Database = Annotated[
    str,
    typer.Option("--db", "-d", help="The desk's: a SQLite file or postgresql://…", metavar="DB"),
]
Name = Annotated[str, typer.Argument(help="Of the account.")]

app = typer.Typer(help="Accounts and API tokens of the desk, and the log of what was changed.", no_args_is_help=True)


@app.command()
@guarded
def add(name: Name, database: Database = "claims.db", quiet: Quiet = False) -> None:
    """Let somebody log in.

    The password is asked for, or taken from CLAIMSTAKE_PASSWORD.

    \b
    claimstake account add mei --db claims.db
    CLAIMSTAKE_PASSWORD=... claimstake account add tom --db postgresql://localhost/claims
    """
    password = _new_password(name)
    with _books(database, "account added", name, make=True) as books:
        _accounts(books).add(name, password)
    _say(f"{name} can log in", quiet)


@app.command()
@guarded
def password(name: Name, database: Database = "claims.db", quiet: Quiet = False) -> None:
    """Change a password; whoever is logged in by the account is logged out.

    \b
    claimstake account password mei --db claims.db
    """
    new = _new_password(name)
    with _books(database, "password changed", name) as books:
        _accounts(books).set_password(name, new)
    _say(f"{name} has a new password and is logged out everywhere; tokens work on", quiet)


@app.command()
@guarded
def disable(name: Name, database: Database = "claims.db", quiet: Quiet = False) -> None:
    """Let nobody in by an account: sessions end, tokens stop.

    \b
    claimstake account disable mei --db claims.db
    """
    with _books(database, "account disabled", name) as books:
        _accounts(books).disable(name)
    _say(f"{name} can no longer log in; `claimstake account enable` undoes it", quiet)


@app.command()
@guarded
def enable(name: Name, database: Database = "claims.db", quiet: Quiet = False) -> None:
    """Let in again whom `disable` kept out.

    \b
    claimstake account enable mei --db claims.db
    """
    with _books(database, "account enabled", name) as books:
        _accounts(books).enable(name)
    _say(f"{name} can log in", quiet)


@app.command()
@guarded
def remove(name: Name, database: Database = "claims.db", quiet: Quiet = False) -> None:
    """Delete an account with its sessions and tokens; its judgements stay.

    \b
    claimstake account remove mei --db claims.db
    """
    with _books(database, "account removed", name) as books:
        _accounts(books).remove(name)
    _say(f"{name} is removed", quiet)


@app.command("list")
@guarded
def list_(database: Database = "claims.db", as_json: AsJson = False) -> None:
    """Show accounts and tokens; neither passwords nor tokens can be read again.

    \b
    claimstake account list --db claims.db
    claimstake account list --db claims.db --json
    """
    from claimstake.service.safety.tokens import Tokens

    with _books(database) as books:
        accounts, tokens = _accounts(books).list(), Tokens(books).list()
    if as_json:
        found = {"accounts": [asdict(one) for one in accounts], "tokens": [asdict(one) for one in tokens]}
        typer.echo(json.dumps(found, ensure_ascii=False, indent=1))
        return
    if not accounts:
        typer.echo("no accounts; make one: claimstake account add NAME --db DB", err=True)
        return
    _print(
        ("account", "made", "disabled", "tokens"), ((a.name, a.created, a.disabled, str(a.tokens)) for a in accounts)
    )
    if tokens:
        rows = ((t.id, t.account, t.says, t.created, t.expires or "never") for t in tokens)
        _print(("token", "account", "for", "made", "expires"), rows)


@app.command()
@guarded
def token(
    name: Name,
    database: Database = "claims.db",
    says: Annotated[str, typer.Option("--for", help="What it is for, for the list.", metavar="WORDS")] = "",
    days: Annotated[int, typer.Option(min=0, max=3650, help="After how many days it expires; 0 for never.")] = 90,
    as_json: AsJson = False,
) -> None:
    """Make a token by which a program asks in an account's name; it is printed this once.

    \b
    claimstake account token mei --db claims.db --for "nightly export"
    curl -H "Authorization: Bearer $TOKEN" https://desk.example/v1/claims
    """
    from claimstake.service.safety.tokens import Tokens

    with _books(database) as books:
        id_, made = Tokens(books).issue(name, says[:200], timedelta(days=days) if days else None)
        _note(books, "token made", name, {"token": id_, "days": days})
    if as_json:
        typer.echo(json.dumps({"id": id_, "account": name, "token": made}))
    else:
        typer.echo(made)
        typer.echo(f"token {id_} of {name}; keep it where secrets are kept, it is not shown again", err=True)


@app.command()
@guarded
def revoke(
    token: Annotated[str, typer.Argument(help="Its id, as `list` shows it.", metavar="ID")],
    database: Database = "claims.db",
    quiet: Quiet = False,
) -> None:
    """Make a token worthless.

    \b
    claimstake account revoke 5f3a90c1 --db claims.db
    """
    from claimstake.service.safety.tokens import Tokens

    with _books(database) as books:
        account = Tokens(books).revoke(token)
        _note(books, "token revoked", account, {"token": token})
    _say(f"token {token} of {account} is revoked", quiet)


@app.command()
@guarded
def audit(
    database: Database = "claims.db",
    since: Annotated[str | None, typer.Option(help="Only from then on: 2025-03-01, or a moment in UTC.")] = None,
    by: Annotated[str | None, typer.Option(help="Only what this account did.")] = None,
    action: Annotated[str | None, typer.Option(help="Only this: judgement, kept, login, 'login refused' …")] = None,
    last: Annotated[int | None, typer.Option(min=1, help="Only so many of the newest.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, one entry a line.")] = False,
) -> None:
    """Show who changed what, when, and from where, oldest first.

    \b
    claimstake account audit --db claims.db --last 50
    claimstake account audit --db claims.db --by mei --since 2025-03-01 --json
    """
    from claimstake.service.safety.auditing import Audit

    with _books(database) as books:
        found = Audit(books).entries(since=since, by=by, action=action, last=last)
        if as_json:
            for entry in found:
                typer.echo(json.dumps(asdict(entry), ensure_ascii=False))
            return
        rows = ((e.at, e.by or "-", e.action, e.what, _told(e.detail), e.address or "command line") for e in found)
        _print(("when (UTC)", "who", "did", "to", "", "from"), rows)


@contextmanager
def _books(database: str, action: str = "", name: str = "", *, make: bool = False) -> Iterator[Books]:
    """The database's books; with an action, that is noted once it was done."""
    from claimstake.service.safety.books import Books

    books = Books.open(database, make=make)
    try:
        yield books
        if action:
            _note(books, action, name)
    finally:
        books.close()


def _accounts(books: Books) -> Any:
    from claimstake.service.safety.accounts import Accounts

    return Accounts(books)


def _note(books: Books, action: str, what: str, detail: dict[str, Any] | None = None) -> None:
    from claimstake.service.safety.auditing import Audit

    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container may know no name of its user
        user = str(os.getuid())
    Audit(books).write(user, action, what, detail)


def _new_password(name: str) -> str:
    """From the environment, or typed twice.

    Raises:
        ConfigError: there is neither a variable nor a terminal, or what was typed differs each time.
    """
    from claimstake.errors import ConfigError

    if found := os.environ.get(PASSWORD):
        return found
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise ConfigError(f"no password for {name}; set {PASSWORD}, or run it in a terminal")
    ask: Callable[[str], str] = lambda words: str(typer.prompt(words, hide_input=True, err=True))  # noqa: E731
    for _ in range(TRIES):
        first = ask(f"New password for {name}")
        if first == ask("The same again"):
            return first
        typer.echo("They differ.", err=True)
    raise ConfigError(f"no password for {name}: what was typed differed {TRIES} times")


def _told(detail: dict[str, Any] | None) -> str:
    return ", ".join(f"{name} {value}" for name, value in (detail or {}).items())


def _print(names: Sequence[str], rows: Iterable[Sequence[str | None]]) -> None:
    from rich.table import Table
    from rich.text import Text

    from claimstake.sinks.table import PLAIN_BOX, console, printable

    table = Table(*names, box=PLAIN_BOX, pad_edge=False, show_edge=False)
    for row in rows:
        table.add_row(*(Text(printable(cell or "")) for cell in row))
    console(sys.stdout).print(table)


def _say(line: str, quiet: bool) -> None:
    if not quiet:
        typer.echo(line, err=True)
