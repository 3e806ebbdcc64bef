"""What the watcher remembers, in both databases: nothing lost, nothing twice, one watcher at a time."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from claimstake.errors import StoreError
from claimstake.store import tables
from claimstake.store.sql import SqlStore
from claimstake.watch.addresses import digest
from claimstake.watch.contract import Entry
from claimstake.watch.holding import held
from claimstake.watch.memory import Known, Memory, Waiting, moment

FEED = "https://news.example/rss"


@pytest.fixture
def store(address: str, opened: Callable[..., SqlStore]) -> SqlStore:
    store = opened(address)
    store.open()
    return store


@pytest.fixture
def memory(store: SqlStore) -> Memory:
    memory = Memory(store)
    memory.prepare()
    return memory


def entry(name: str, **more: str) -> Entry:
    return Entry(f"https://news.example/{name}", **more)


def names(found: list[Waiting]) -> list[str]:
    return [one.address.rpartition("/")[2] for one in found]


def test_feeds_and_articles(store: SqlStore, memory: Memory) -> None:
    """A feed's validators, what is new in it, and what becomes of that."""
    first = [entry("a", id="1", content="\0<p>whole"), entry("a?utm_source=x"), entry("b", id="1"), entry("c")]
    new = memory.feed_read(FEED, Known(etag='"v1"'), [*first, Entry("javascript:\0\ud800")])
    assert (names(new), [bool(one.problem) for one in new]) == (["a", "c", "javascript:\ufffd?"], [False, False, True])
    assert memory.feed_read(FEED, Known(etag='"v2"'), [*first, entry("d", id="4")]) == memory.waiting(
        [FEED], {one.digest for one in new}
    )
    assert memory.feed(FEED).etag == '"v2"'
    waiting = {one.address[-1]: one for one in memory.waiting([FEED], set())}
    assert waiting.keys() == {"a", "c", "d"}
    assert waiting["a"].entry == first[0]
    memory.put_off(waiting["a"], "busy", 3_600)
    memory.put_off(waiting["d"], "busy", -5)
    memory.give_up(waiting["c"], "failed", "the server answers 404")
    assert names(memory.waiting([FEED], set())) == ["d"]
    assert memory.waiting(["https://other.example/rss"], set()) == []
    there = "https://news.example/final"
    store.transact(lambda c: memory.finished(c, [(waiting["d"], there, "item", None)]))
    assert memory.done([digest(there), waiting["d"].digest]) == {digest(there): "item", waiting["d"].digest: "item"}
    memory.prepare(retry_failed=True)
    assert names(memory.waiting([FEED], set())) == ["c"]
    count = store.read(lambda c: c.scalar(sa.select(sa.func.count()).select_from(tables.fetches)))
    assert count == 5


def test_feeds_that_fail(memory: Memory) -> None:
    """When to ask again, how often it failed, and that its validators stay."""
    memory.feed_read(FEED, Known(etag='"v1"'))
    later = moment(60)
    memory.feed_failed(FEED, Known('"v1"', None, later, 2, "the server answers 500"))
    assert memory.feed(FEED) == Known('"v1"', None, later, 2, "the server answers 500")
    assert memory.feed("https://other.example/rss") == Known()


def test_alone(address: str, store: SqlStore, opened: Callable[..., SqlStore]) -> None:
    """A second watcher of one database is told so; when the first is gone it may."""
    other = opened(address)
    with held(store):
        with pytest.raises(StoreError, match="another claimstake watch is at work"), held(other):
            pass
        assert store.read(lambda c: c.scalar(sa.select(sa.func.count()).select_from(tables.feeds))) == 0
    with held(other):
        pass
