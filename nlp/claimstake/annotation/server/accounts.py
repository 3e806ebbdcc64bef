"""Accounts of a server of one's own; passwords go to a child over a pipe and nowhere else."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field

from claimstake.annotation.server.environment import Environment
from claimstake.annotation.server.home import Home
from claimstake.errors import ServerError

LIMIT = 300.0  # seconds; making the tables takes about fifteen on a small machine


@dataclass(frozen=True)
class NewAccount:
    """Somebody who may log in.

    Attributes:
        name: doccano shows it.
        password: never shown, not even by repr.
        superuser: may make projects and see all of them; annotators need not.
    """

    name: str
    password: str = field(repr=False)
    superuser: bool = False


class RefusedAccountError(ServerError):
    """A name or a password is not good enough."""


def known(home: Home) -> set[str]:
    """Names of the accounts that are there; none before the server was started once."""
    if not home.database.exists():
        return set()
    try:
        with closing(sqlite3.connect(f"{home.database.absolute().as_uri()}?mode=ro", uri=True, timeout=10)) as database:
            return {name for (name,) in database.execute("SELECT username FROM auth_user")}
    except sqlite3.Error:
        return set()


def make(home: Home, environment: Environment, accounts: Sequence[NewAccount], *, migrate: bool) -> list[str]:
    """Add accounts, those that are there stay as they are.

    Args:
        home: of the server, which may run.
        environment: with doccano.
        accounts: wanted.
        migrate: also make the tables, or bring them up to date.

    Returns:
        Names of the accounts that were added.

    Raises:
        RefusedAccountError: with doccano's reasons, if a name or a password is refused; the others were added.
        ServerError: if the database cannot be prepared.
    """
    wanted = [{"name": a.name, "password": a.password, "superuser": a.superuser} for a in accounts]
    try:
        child = subprocess.run(
            [environment.python, "-m", "claimstake_prepare"],
            input=json.dumps({"migrate": migrate, "accounts": wanted}),
            capture_output=True,
            text=True,
            cwd=environment.backend,
            env=environment.variables(home.folder, home.site),
            timeout=LIMIT,
            umask=0o077,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ServerError(f"{home.database}: not ready within {LIMIT:.0f} s", "is the disk full or slow?") from None
    if child.returncode:
        said = "\n".join(child.stderr.strip().splitlines()[-8:])
        raise ServerError(f"{home.database} cannot be prepared:\n{said}")
    answer = json.loads(child.stdout.splitlines()[-1])
    for name, reasons in answer["refused"].items():
        raise RefusedAccountError(f"account {name} is refused: {' '.join(reasons)}", "nothing was added for it")
    return answer["made"]
