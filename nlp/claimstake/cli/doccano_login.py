"""Options of the commands that talk to a doccano server, and the log-in that they come to."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from claimstake.annotation.session import Session

URL, USER, PASSWORD = "CLAIMSTAKE_DOCCANO_URL", "CLAIMSTAKE_DOCCANO_USER", "CLAIMSTAKE_DOCCANO_PASSWORD"
HERE = "http://127.0.0.1:8000"
TRIES = 3  # to type a new password twice alike

Url = Annotated[str, typer.Option("--url", envvar=URL, help="Address of the doccano server.")]
User = Annotated[
    str | None,
    typer.Option(
        "--user", "-u", envvar=USER, help=f"Account there. Its password comes from {PASSWORD}, or is asked for."
    ),
]
Insecure = Annotated[
    bool, typer.Option("--insecure", help="Let the password go over http:// to another machine, in the clear.")
]
ProjectName = Annotated[str, typer.Option("--project", "-p", help="Name of the project in doccano, or its number.")]


def log_in(url: str, user: str | None, *, insecure: bool = False) -> Session:
    """The account's session; what is not known is asked for where there is a terminal.

    Raises:
        ConfigError: no name or password, a wrong one, or an address that is not safe.
        ServerError: there is no server.
    """
    from claimstake.annotation.account import checked_address
    from claimstake.annotation.session import Account, connect

    checked_address(url, insecure=insecure)
    if not user and _asking():
        user = typer.prompt("Account", err=True)
    return connect(Account(url, user or "", _password(user or "", PASSWORD), insecure))


def log_in_annotator(url: str, name: str, *, insecure: bool = False) -> Session:
    """As `log_in`, of an annotator, whose password is in a variable of the annotator's own."""
    from claimstake.annotation.session import Account, connect
    from claimstake.errors import ConfigError

    variable = password_variable(name)
    password = _password(name, variable)
    if not password:
        raise ConfigError(f"no password for {name}; set {variable}, or run it in a terminal")
    return connect(Account(url, name, password, insecure))


def password_variable(name: str) -> str:
    """Where an annotator's password stands: CLAIMSTAKE_DOCCANO_PASSWORD_ANNA for anna; other signs become _."""
    return f"{PASSWORD}_{re.sub(r'[^A-Z0-9]', '_', name.upper())}"


def new_password(name: str, *, own: bool) -> str:
    """Password for an account that is to be made; asked for twice where the environment has none.

    Args:
        name: of the account.
        own: of the user's own account, whose variable has no name at its end.

    Raises:
        ConfigError: there is neither a variable nor a terminal, or what was typed differs each time.
    """
    from claimstake.errors import ConfigError

    variable = PASSWORD if own else password_variable(name)
    if found := os.environ.get(variable):
        return found
    if not _asking():
        raise ConfigError(f"no password for the new account {name}; set {variable}, or run it in a terminal")
    for _ in range(TRIES):
        first = str(typer.prompt(f"Password for the new account {name}", hide_input=True, err=True))
        if first == typer.prompt("The same again", hide_input=True, err=True):
            return first
        typer.echo("They differ.", err=True)
    raise ConfigError(f"no password for the new account {name}: what was typed differed {TRIES} times")


def _password(name: str, variable: str) -> str:
    found = os.environ.get(variable, "")
    if not found and name and _asking():
        return str(typer.prompt(f"Password of {name}", hide_input=True, err=True))
    return found


def _asking() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()
