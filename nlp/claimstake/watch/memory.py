"""What the watcher remembers: feeds with their validators, every address that they led to, what became of it.

A feed's validators are kept together with what it led to, and an article's end together with its documents: whatever
kills the watcher, nothing is lost and nothing comes twice.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import sqlalchemy as sa

from claimstake.store import tables
from claimstake.store.manifest import INSERT, now, portions, upsert
from claimstake.store.sql import SqlStore
from claimstake.watch.addresses import LONGEST, digest, host_of, normalised, shown
from claimstake.watch.contract import FAILED, REFUSED, Entry, UnfetchedError

WAITING, DONE = "waiting", "done"
ASKED = 2_000  # waiting addresses that are taken at a time, at most
T = TypeVar("T")


@dataclass(frozen=True)
class Waiting:
    """An article that is to be fetched.

    Args:
        digest: of its normalised address, which is `address`.
        feed: that led to it, as it is shown.
        tries: that failed so far.
        entry: what the feed says of it.
        id: digest of the feed's id for it, None where it has none.
        problem: why it is refused, "" where it is not.
    """

    digest: str
    address: str
    feed: str
    entry: Entry
    tries: int = 0
    id: str | None = None
    problem: str = ""


@dataclass(frozen=True)
class Known:
    """What is remembered of a feed.

    Args:
        etag, modified: its validators, as the server stated them.
        next: not to be asked before; UTC, ISO 8601.
        failed: times in a row.
        problem: of the last time.
    """

    etag: str | None = None
    modified: str | None = None
    next: str | None = None
    failed: int = 0
    problem: str | None = None


class Memory:
    """The tables `feeds` and `fetches` of a database that is open.

    Raises:
        StoreError: whatever is called, the database cannot be read or written any more.
    """

    def __init__(self, store: SqlStore) -> None:
        self._store = store

    def prepare(self, *, retry_failed: bool = False) -> None:
        """Make what only the watcher needs; let it try again what failed for good or was refused."""
        self._store.transact(lambda connection: _prepare(connection, retry_failed))

    def feed(self, address: str) -> Known:
        """What is remembered of a feed, by its shown address."""
        feeds = tables.feeds.c
        columns = (feeds[name] for name in Known.__dataclass_fields__)
        row = self._read(lambda c: c.execute(sa.select(*columns).where(feeds.address == address)).one_or_none())
        return Known(**row._mapping) if row else Known()

    def feed_read(self, address: str, known: Known, entries: Iterable[Entry] = ()) -> list[Waiting]:
        """Keep a feed's validators, and what it leads to that was not known.

        Returns:
            What is new: to be fetched, or refused with its problem.
        """
        found = [_waiting(address, entry) for entry in entries]

        def write(connection: sa.Connection) -> list[Waiting]:
            upsert(connection, tables.feeds, [_feed_row(address, known)])
            new = _unknown(connection, found)
            upsert(connection, tables.fetches, [_row(one) for one in new])
            return new

        return self._store.transact(write)

    def feed_failed(self, address: str, known: Known) -> None:
        """Keep that a feed could not be read, when to ask again, and why; its validators stay."""
        self._store.transact(lambda c: upsert(c, tables.feeds, [_feed_row(address, known)]))

    def waiting(self, feeds: Sequence[str], without: Collection[str]) -> list[Waiting]:
        """What some feeds led to and may be fetched now, the oldest first.

        Args:
            without: digests of what is on its way.
        """
        fetches = tables.fetches.c
        due = sa.or_(fetches.next.is_(None), fetches.next <= now())
        query = sa.select(tables.fetches).where(fetches.state == WAITING, due, fetches.feed.in_(feeds))
        query = query.order_by(fetches.at, fetches.digest).limit(ASKED + len(without))
        rows = self._read(lambda c: list(c.execute(query)))
        return [_of(row) for row in rows if row.digest not in without]

    def put_off(self, one: Waiting, problem: str, seconds: float) -> None:
        """Keep that an article could not be fetched, and when to try again."""
        self._end([one.digest], state=WAITING, tries=one.tries, problem=problem, next=moment(seconds))

    def give_up(self, one: Waiting, state: str, problem: str) -> None:
        """Keep that an article is not fetched, ever: "failed" or "refused"."""
        said = json.dumps(_plain(replace(one.entry, content=None)), ensure_ascii=True)
        self._end([one.digest], state=state, tries=one.tries, problem=problem, said=said)

    def done(self, digests: Collection[str]) -> dict[str, str | None]:
        """Of some addresses those that are done, with their items."""
        fetches = tables.fetches.c
        query = sa.select(fetches.digest, fetches.item).where(fetches.digest.in_(list(digests)), fetches.state == DONE)
        return {row.digest: row.item for row in self._read(lambda c: list(c.execute(query)))}

    def finished(self, connection: sa.Connection, ended: Iterable[tuple[Waiting, str, str, str | None]]) -> None:
        """Keep what became of fetched articles, in the caller's transaction.

        Args:
            ended: each with the address that it was found at, its item, and a problem where it could not be read.
        """
        rows = []
        for one, address, item, problem in ended:
            state = FAILED if problem else DONE
            row = {**_row(one), "state": state, "problem": problem, "item": item, "next": None, "said": None}
            rows.append(row)
            if (there := digest(address)) != one.digest:
                rows.append({**row, "digest": there, "address": address, "entry": None})
        _settle(connection, list({row["digest"]: row for row in rows}.values()))

    def same_texts(self, texts: Collection[str]) -> set[str]:
        """Hashes of those texts that documents have."""
        documents = tables.documents.c
        found: set[str] = set()
        for portion in portions(texts):
            query = sa.select(documents.sha256).where(documents.sha256.in_(portion))
            found.update(self._read(lambda c, query=query: list(c.scalars(query))))
        return found

    def there(self, keys: Collection[str]) -> set[str]:
        """Which documents there are."""
        documents = tables.documents.c
        found: set[str] = set()
        for portion in portions(keys):
            query = sa.select(documents.key).where(documents.key.in_(portion))
            found.update(self._read(lambda c, query=query: list(c.scalars(query))))
        return found

    def _end(self, digests: Sequence[str], **values: Any) -> None:
        update = sa.update(tables.fetches).where(tables.fetches.c.digest.in_(digests)).values(at=now(), **values)
        self._store.transact(lambda connection: connection.execute(update))

    def _read(self, work: Callable[[sa.Connection], T]) -> T:
        return self._store.read(work)


def moment(seconds: float) -> str:
    """A time from now on: UTC, ISO 8601."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _prepare(connection: sa.Connection, retry_failed: bool) -> None:
    sa.Index("ix_documents_sha256", tables.documents.c.sha256).create(connection, checkfirst=True)
    if retry_failed:
        fetches = tables.fetches
        refused = sa.and_(fetches.c.state == REFUSED, fetches.c.said.is_not(None))  # the others never may be fetched
        again = sa.update(fetches).where(sa.or_(fetches.c.state == FAILED, refused))
        connection.execute(again.values(state=WAITING, tries=0, next=None))


def _waiting(feed: str, entry: Entry) -> Waiting:
    """An entry of a feed as something to fetch; one that may not be fetched says why."""
    name = _id(feed, entry)
    try:
        address = normalised(entry.address)
    except UnfetchedError as error:
        told = shown(entry.address)[:LONGEST].encode("utf-8", "replace").decode().replace("\0", "\ufffd")
        return Waiting(digest(told), told, feed, replace(entry, content=None), id=name, problem=error.problem)
    return Waiting(digest(address), address, feed, entry, id=name)


def _id(feed: str, entry: Entry) -> str | None:
    """Ids are a feed's own affair; feeds of one host share them."""
    if not entry.id:
        return None
    return hashlib.sha256(f"{host_of(feed)}\0{entry.id}".encode("utf-8", "surrogatepass")).hexdigest()


def _unknown(connection: sa.Connection, found: Sequence[Waiting]) -> list[Waiting]:
    """Each address and each id of a feed's entry once, and none that is in the table."""
    fetches = tables.fetches.c
    known: set[str | None] = set()
    for column, values in ((fetches.digest, [w.digest for w in found]), (fetches.entry, [w.id for w in found if w.id])):
        for portion in portions(values):
            known.update(connection.scalars(sa.select(column).where(column.in_(portion))))
    new = []
    for one in found:
        if one.digest not in known and (one.id is None or one.id not in known):
            new.append(one)
        known.update((one.digest, one.id))
    return new


def _settle(connection: sa.Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Write how addresses ended; what is known of them otherwise stays."""
    write = INSERT[connection.dialect.name](tables.fetches)
    ended = {name: write.excluded[name] for name in ("state", "at", "next", "problem", "item", "said")}
    if rows:
        connection.execute(write.on_conflict_do_update(index_elements=["digest"], set_=ended), rows)


def _feed_row(address: str, known: Known) -> dict[str, Any]:
    return {"address": address, "checked": now(), **asdict(known)}


def _row(one: Waiting) -> dict[str, Any]:
    return {
        "digest": one.digest,
        "address": one.address,
        "feed": one.feed,
        "state": REFUSED if one.problem else WAITING,
        "tries": one.tries,
        "at": now(),
        "next": None,
        "problem": one.problem or None,
        "item": None,
        "entry": one.id,
        "said": None if one.problem else json.dumps(_plain(one.entry), ensure_ascii=True),
    }


def _plain(entry: Entry) -> dict[str, Any]:
    return {name: value for name, value in asdict(entry).items() if value}


def _of(row: Any) -> Waiting:
    said = json.loads(row.said) if row.said else {"address": row.address}
    return Waiting(row.digest, row.address, row.feed, Entry(**said), row.tries, row.entry)
