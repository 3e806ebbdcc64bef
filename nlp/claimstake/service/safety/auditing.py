"""The audit log: who changed what, when, and from where. Entries are only ever added."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from claimstake.service.safety.books import Books, when
from claimstake.store.tables import audit

PAGE = 1_000  # entries that are read at a time
LONGEST = 2_000  # characters of what an entry says
REMEMBERED = timedelta(days=30)  # for which a client that logged in is known


@dataclass(frozen=True)
class Entry:
    """What was changed.

    Attributes:
        by: the account, or the user of this machine; "" where nobody is known.
        action: judgement, reading, kept, login, login refused, logout, account added …
        what: the thing: a document's key, a claim, an account.
        detail: more of it.
        address: of the client; None where it was done at the command line.
    """

    id: int
    at: str
    by: str
    action: str
    what: str
    detail: dict[str, Any] | None
    address: str | None


class Audit:
    """The audit log of a database."""

    def __init__(self, books: Books) -> None:
        self._books = books

    def write(
        self, by: str, action: str, what: str, detail: Mapping[str, Any] | None = None, address: str | None = None
    ) -> None:
        """Add an entry.

        Raises:
            StoreError: the database cannot be written.
        """
        said = json.dumps(dict(detail), ensure_ascii=False, default=str) if detail else None
        values = {
            "at": when(),
            "by": by,
            "action": action,
            "what": what.replace("\0", "\ufffd")[:LONGEST],
            "detail": said,
            "address": address,
        }
        self._books.write(lambda connection: connection.execute(sa.insert(audit).values(values)))

    def entries(
        self, *, since: str | None = None, by: str | None = None, action: str | None = None, last: int | None = None
    ) -> Iterator[Entry]:
        """Entries, oldest first.

        Args:
            since: ISO 8601, of a day or a moment.
            by, action: only these.
            last: only so many of the newest.
        """
        wanted = [audit.c[name] == value for name, value in (("by", by), ("action", action)) if value is not None]
        if since is not None:
            wanted.append(audit.c.at >= since)
        start = self._start(wanted, last)
        while page := self._page([*wanted, audit.c.id > start]):
            yield from page
            start = page[-1].id

    def knows(self, account: str, address: str) -> bool:
        """Whether somebody logged in to the account from there lately."""
        told = (audit.c.action == "login", audit.c.by == account, audit.c.address == address)
        question = sa.select(audit.c.id).where(audit.c.at >= when(-REMEMBERED), *told).limit(1)
        return self._books.read(lambda connection: connection.execute(question).first() is not None)

    def _start(self, wanted: list[Any], last: int | None) -> int:
        if last is None:
            return 0
        question = sa.select(audit.c.id).where(*wanted).order_by(audit.c.id.desc()).offset(last).limit(1)
        return self._books.read(lambda connection: connection.execute(question).scalar() or 0)

    def _page(self, wanted: list[Any]) -> list[Entry]:
        question = sa.select(audit).where(*wanted).order_by(audit.c.id).limit(PAGE)
        return self._books.read(lambda connection: [_entry(row) for row in connection.execute(question)])


def _entry(row: sa.Row) -> Entry:
    detail = json.loads(row.detail) if row.detail else None
    return Entry(row.id, row.at, row.by, row.action, row.what, detail, row.address)
