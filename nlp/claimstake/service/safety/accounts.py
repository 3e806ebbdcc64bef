"""Who may log in."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import sqlalchemy as sa

from claimstake.errors import ConfigError
from claimstake.service.safety import passwords
from claimstake.service.safety.books import Books, when
from claimstake.store.tables import accounts, sessions, tokens

NAME = re.compile(r"\w[\w.@+-]{0,63}")


@dataclass(frozen=True)
class Account:
    """As lists show it."""

    name: str
    created: str
    disabled: str | None
    tokens: int


class Accounts:
    """The accounts of a database."""

    def __init__(self, books: Books) -> None:
        self._books = books

    def add(self, name: str, password: str) -> None:
        """Make an account.

        Raises:
            ConfigError: there is one of this name, or name or password are not allowed.
        """
        name, kept = _name(name), passwords.hashed(passwords.checked(password, name))

        def work(connection: sa.Connection) -> None:
            if _row(connection, name):
                raise ConfigError(f"there is an account {name!r}; `claimstake account password` changes its password")
            connection.execute(sa.insert(accounts).values(name=name, password=kept, created=when()))

        self._books.write(work)

    def set_password(self, name: str, password: str) -> None:
        """Change a password; the account's sessions end.

        Raises:
            ConfigError: there is no such account, or the password is not allowed.
        """
        kept = passwords.hashed(passwords.checked(password, name))
        self._change(name, password=kept)

    def disable(self, name: str) -> None:
        """Let nobody log in by it; its sessions end, its tokens do not work.

        Raises:
            ConfigError: there is no such account.
        """
        self._change(name, disabled=when())

    def enable(self, name: str) -> None:
        """Let it log in again; its tokens work again.

        Raises:
            ConfigError: there is no such account.
        """
        self._change(name, disabled=None)

    def remove(self, name: str) -> None:
        """Delete an account, its sessions and tokens; what it judged stays.

        Raises:
            ConfigError: there is no such account.
        """

        def work(connection: sa.Connection) -> None:
            _must(connection, name)
            for table, column in ((sessions, "account"), (tokens, "account"), (accounts, "name")):
                connection.execute(sa.delete(table).where(table.c[column] == name))

        self._books.write(work)

    def list(self) -> tuple[Account, ...]:
        """All of them, by name."""
        count = sa.select(sa.func.count()).where(tokens.c.account == accounts.c.name).scalar_subquery()
        question = sa.select(accounts.c.name, accounts.c.created, accounts.c.disabled, count).order_by(accounts.c.name)
        return self._books.read(lambda connection: tuple(Account(*row) for row in connection.execute(question)))

    def any(self) -> bool:
        """Whether somebody can log in."""
        question = sa.select(accounts.c.name).where(accounts.c.disabled.is_(None)).limit(1)
        return self._books.read(lambda connection: connection.execute(question).first() is not None)

    def exists(self, name: str) -> bool:
        """Whether there is an account of this name, disabled or not."""
        return self._books.read(lambda connection: _row(connection, name) is not None)

    def admits(self, name: str, password: str) -> str | None:
        """What is kept of the password, where name and password are an account's that may log in.

        It takes as long where there is no such account.
        """
        row = self._books.read(lambda connection: _row(connection, name))
        right = passwords.matches(password, row.password if row else passwords.decoy())
        return row.password if right and row is not None and row.disabled is None else None

    def _change(self, name: str, **values: str | None) -> None:
        def work(connection: sa.Connection) -> None:
            _must(connection, name)
            connection.execute(sa.update(accounts).where(accounts.c.name == name).values(**values))
            connection.execute(sa.delete(sessions).where(sessions.c.account == name))

        self._books.write(work)


def _name(name: str) -> str:
    found = unicodedata.normalize("NFC", name)
    if not NAME.fullmatch(found):
        raise ConfigError("a name has 1 to 64 letters, digits and . _ @ + -, and begins with a letter or digit")
    return found


def _row(connection: sa.Connection, name: str) -> sa.Row | None:
    if "\0" in name:  # PostgreSQL takes none
        return None
    return connection.execute(sa.select(accounts).where(accounts.c.name == name)).first()


def _must(connection: sa.Connection, name: str) -> None:
    if not _row(connection, name):
        raise ConfigError(f"there is no account {name!r}; `claimstake account list` shows those there are")
