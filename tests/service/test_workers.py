"""Worker processes of the desk: limits of time, queue and memory; deaths; clients that go away. The work is a toy's."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

import desk_work
from claimstake.readers.items import Item
from claimstake.service.problems import AnswerError
from claimstake.service.settings import Limits
from claimstake.service.workers import Workers

LONG = 20.0  # seconds for anything here


def item(said: str) -> Item:
    return Item(said, said, "text", said.encode())


@asynccontextmanager
async def working(size: int = 1, memory: int = 10**12, **limits: float) -> AsyncIterator[Workers]:
    workers = Workers(desk_work.Words(), size, Limits(**limits), memory=memory)
    try:
        await workers.start()
        async with asyncio.timeout(LONG):
            yield workers
    finally:
        await workers.close()


def run(test: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(test())


async def pid(workers: Workers, said: str = "hello") -> int:
    return int((await workers.annotate(item(said))).body)


def test_a_late_document_costs_itself_and_its_process() -> None:
    """What takes too long is told so (504), and the next document is done by another process."""

    async def test() -> None:
        async with working(annotating=0.5) as workers:
            before = await pid(workers)
            began = time.monotonic()
            with pytest.raises(AnswerError, match="takes longer than 0.5 s") as caught:
                await workers.annotate(item("sleep 60"))
            assert caught.value.status == 504
            assert time.monotonic() - began < 5
            assert await pid(workers) != before
            assert workers.tally.replaced == {"late": 1, "died": 0, "memory": 0}

    run(test)


def test_a_killed_process_is_replaced_and_its_document_done(tmp_path: Path) -> None:
    """One death is an accident: the document is tried again, and whoever asked does not notice."""

    async def test() -> None:
        async with working() as workers:
            before = await pid(workers)
            assert await pid(workers, f"die-once {tmp_path / 'died'}") != before
            assert workers.tally.replaced["died"] == 1

    run(test)


def test_a_document_that_kills_is_given_up() -> None:
    """A document of which two processes died is refused (503); others go on."""

    async def test() -> None:
        async with working(2) as workers:
            bad, good = await asyncio.gather(
                workers.annotate(item("die")), workers.annotate(item("hello")), return_exceptions=True
            )
            assert isinstance(bad, AnswerError)
            assert bad.status == 503
            assert good.id == "hello"
            assert await pid(workers)

    run(test)


def test_an_idle_process_that_is_killed_is_replaced() -> None:
    """The operating system may take any process at any time."""

    async def test() -> None:
        async with working() as workers:
            (before,) = workers.pids
            os.kill(before, signal.SIGKILL)
            while workers.ready:
                await asyncio.sleep(0.01)
            assert await pid(workers) != before

    run(test)


def test_a_bad_document_is_an_error_of_its_own() -> None:
    """What a reader says reaches the client."""

    async def test() -> None:
        async with working() as workers:
            with pytest.raises(AnswerError, match=r"is bad \(make it good\)") as caught:
                await workers.annotate(item("bad"))
            assert caught.value.status == 422

    run(test)


def test_the_queue_is_bounded() -> None:
    """As many requests wait as may; the next one is told when to come again, and a place that is left is free."""

    async def test() -> None:
        async with working(waiting=2) as workers:
            places = [workers.admitted() for _ in range(3)]
            for place in places:
                place.__enter__()
            with pytest.raises(AnswerError) as caught, workers.admitted():
                pytest.fail("let in")
            assert caught.value.status == 429
            assert 1 <= (caught.value.again or 0) <= 60
            places[0].__exit__(None, None, None)
            with workers.admitted():
                assert workers.waiting == 2

    run(test)


def test_who_goes_away_leaves_the_queue() -> None:
    """A document nobody waits for any more is not begun; one that has been begun ends for nobody."""

    async def test() -> None:
        async with working() as workers:
            begun = asyncio.create_task(workers.annotate(item("sleep 0.5")))
            await asyncio.sleep(0.1)
            waiting = [asyncio.create_task(workers.annotate(item("sleep 60"))) for _ in range(3)]
            await asyncio.sleep(0.1)
            for task in (begun, *waiting):
                task.cancel()
            began = time.monotonic()
            assert await pid(workers)
            assert time.monotonic() - began < 5

    run(test)


def test_a_process_that_holds_too_much_is_replaced() -> None:
    """Between two documents, without any of them failing."""

    async def test() -> None:
        async with working(memory=250_000_000) as workers:
            before = await pid(workers)
            await workers.annotate(item("grow"))
            assert await pid(workers) != before
            assert workers.tally.replaced["memory"] == 1

    run(test)


def test_what_cannot_be_loaded_ends_the_start() -> None:
    """Nobody waits for processes that will never be ready."""

    async def test() -> None:
        workers = Workers(desk_work.Broken(), 1, Limits())
        with pytest.raises(ValueError, match="no such model"):
            await asyncio.wait_for(workers.start(), LONG)
        await workers.close()

    run(test)


def test_the_end_is_told_to_all_who_wait() -> None:
    """Nobody hangs on a pool that is closed, and no process is left."""

    async def test() -> None:
        async with working() as workers:
            tasks = [asyncio.create_task(workers.annotate(item("sleep 60"))) for _ in range(3)]
            await asyncio.sleep(0.2)
            pids = workers.pids
            await workers.close()
            for task in tasks:
                with pytest.raises(AnswerError, match="the service ends"):
                    await task
            for one in pids:
                with pytest.raises(ProcessLookupError):
                    os.kill(one, 0)

    run(test)
