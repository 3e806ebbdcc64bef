"""API tokens: 256 random bits that stand for an account; the database has their SHA-256."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from claimstake.errors import ConfigError
from claimstake.service.safety.books import Books, when
from claimstake.service.safety.forgery import same
from claimstake.service.safety.sessions import digest
from claimstake.store.tables import accounts, tokens

PREFIX = "csk_"
FORM = re.compile(rf"{PREFIX}[A-Za-z0-9_-]{{43}}")  # so that it is found where it does not belong


@dataclass(frozen=True)
class Token:
    """As lists show it."""

    id: str
    account: str
    says: str
    created: str
    expires: str | None


class Tokens:
    """The tokens of a database."""

    def __init__(self, books: Books) -> None:
        self._books = books

    def issue(self, account: str, says: str, lasts: timedelta | None) -> tuple[str, str]:
        """A new token's id and the token, which nobody can read again.

        Raises:
            ConfigError: there is no such account, or it is disabled.
        """
        id_, token = secrets.token_hex(4), PREFIX + secrets.token_urlsafe(32)
        values = {"id": id_, "account": account, "digest": digest(token), "says": says, "created": when()}
        values["expires"] = when(lasts) if lasts else None

        def work(connection: sa.Connection) -> None:
            able = sa.select(accounts.c.name).where(accounts.c.name == account, accounts.c.disabled.is_(None))
            if connection.execute(able).first() is None:
                raise ConfigError(f"there is no account {account!r} that may log in; see `claimstake account list`")
            connection.execute(sa.insert(tokens).values(values))

        self._books.write(work)
        return id_, token

    def account(self, token: str) -> str | None:
        """For whom a token stands, None where it is unknown, expired, or its account is disabled."""
        if not FORM.fullmatch(token):
            return None
        key = digest(token)
        question = (
            sa.select(tokens.c.account, tokens.c.digest, tokens.c.expires)
            .join(accounts, accounts.c.name == tokens.c.account)
            .where(tokens.c.digest == key, accounts.c.disabled.is_(None))
        )
        row = self._books.read(lambda connection: connection.execute(question).first())
        if row is None or not same(row.digest, key) or (row.expires is not None and row.expires <= when()):
            return None
        return row.account

    def list(self) -> tuple[Token, ...]:
        """All of them, by account and age."""
        columns = (tokens.c.id, tokens.c.account, tokens.c.says, tokens.c.created, tokens.c.expires)
        question = sa.select(*columns).order_by(tokens.c.account, tokens.c.created, tokens.c.id)
        return self._books.read(lambda connection: tuple(Token(*row) for row in connection.execute(question)))

    def revoke(self, id_: str) -> str:
        """Delete a token; gives the account that it stood for.

        Raises:
            ConfigError: there is no such token.
        """

        def work(connection: sa.Connection) -> str:
            found = connection.execute(sa.select(tokens.c.account).where(tokens.c.id == id_)).scalar()
            if found is None:
                raise ConfigError(f"there is no token {id_!r}; `claimstake account list` shows those there are")
            connection.execute(sa.delete(tokens).where(tokens.c.id == id_))
            return found

        return self._books.write(work)
