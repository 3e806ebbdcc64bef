"""Who is logged in: a cookie holds 256 random bits, the database their SHA-256."""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from claimstake.errors import StoreError
from claimstake.service.safety.books import Books, when
from claimstake.store.tables import accounts, sessions

IDLE = timedelta(hours=12)  # after the last request
LONGEST = timedelta(days=14)  # after the log-in
STEP = timedelta(minutes=10)  # a session's end moves no more often, so that reading seldom writes


def digest(secret: str) -> str:
    """What is kept of a secret that is random, and so needs no salt."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


class Sessions:
    """The sessions of a database."""

    def __init__(self, books: Books) -> None:
        self._books = books

    def begin(self, account: str, password: str) -> str | None:
        """A new session's secret; old ones that ended are forgotten.

        Args:
            password: what was kept of it when it was found right. Where it was changed since, or the account
                disabled, there is no session.
        """
        secret = secrets.token_urlsafe(32)

        def work(connection: sa.Connection) -> bool:
            connection.execute(sa.delete(sessions).where(sessions.c.expires < when()))
            still = sa.select(accounts.c.name).where(
                accounts.c.name == account, accounts.c.password == password, accounts.c.disabled.is_(None)
            )
            if connection.execute(still).first() is None:
                return False
            values = {"digest": digest(secret), "account": account, "created": when(), "expires": when(IDLE)}
            connection.execute(sa.insert(sessions).values(values))
            return True

        return secret if self._books.write(work) else None

    def account(self, secret: str) -> str | None:
        """Whose session it is, None where it ended or never was; being asked for keeps it from ending."""
        key = digest(secret)
        question = (
            sa.select(sessions.c.account, sessions.c.created, sessions.c.expires)
            .join(accounts, accounts.c.name == sessions.c.account)
            .where(sessions.c.digest == key, sessions.c.expires > when(), accounts.c.disabled.is_(None))
        )
        row = self._books.read(lambda connection: connection.execute(question).first())
        if row is None:
            return None
        self._move(key, row.created, row.expires)
        return row.account

    def end(self, secret: str) -> None:
        """Log out."""
        self._books.write(lambda c: c.execute(sa.delete(sessions).where(sessions.c.digest == digest(secret))))

    def _move(self, key: str, created: str, expires: str) -> None:
        last = datetime.strptime(created, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC) + LONGEST
        later = min(when(IDLE), last.strftime("%Y-%m-%dT%H:%M:%SZ"))
        if later <= expires or (later != _text(last) and expires > when(IDLE - STEP)):
            return
        change = sa.update(sessions).where(sessions.c.digest == key).values(expires=later)
        try:
            self._books.write(lambda connection: connection.execute(change))
        except StoreError:  # reading goes on where nothing can be written
            return


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
