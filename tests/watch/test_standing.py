"""Worker processes that stay: the same ones for lot after lot, replaced when they go."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from claimstake.archive.pool import Bounds, Pool
from claimstake.watch.standing import Standing
from pool_work import Squares


@pytest.fixture
def starts(tmp_path: Path) -> Path:
    return tmp_path / "starts"


@pytest.fixture
def standing(starts: Path) -> Iterator[Standing[Any, Any]]:
    def make() -> Pool[Any, Any]:
        return Pool(Squares(starts), lambda item, *_: f"gave up {item}", workers=2, bounds=Bounds(timeout=10))

    standing = Standing(make)
    yield standing
    standing.close()


def through(standing: Standing[Any, Any], *batches: list[Any]) -> list[Any]:
    return list(chain.from_iterable(standing(batches)))


def test_lot_after_lot(standing: Standing[Any, Any], starts: Path) -> None:
    """Each lot comes out whole and in its order, from the same two processes, whoever dies between or within."""
    assert through(standing) == []
    assert not starts.exists()
    for lot in range(3):
        assert through(standing, [lot, 1], [2], [3, 4]) == [lot * lot, 1, 4, 9, 16]
    assert len(starts.read_text().split()) == 2
    (pid,) = through(standing, ["pid"])
    os.kill(pid, signal.SIGKILL)
    assert through(standing, [5], [6, 7], [8]) == [25, 36, 49, 64]
    assert through(standing, [1, "die", 2], [3]) == [1, "gave up die", 4, 9]
    assert through(standing, [9]) == [81]


def test_a_lot_that_nobody_finishes(standing: Standing[Any, Any]) -> None:
    """Results that nobody took never come out of the next lot."""
    left = standing([[1], [2], [3]])
    while not next(left):
        pass
    left.close()  # type: ignore[attr-defined]
    assert through(standing, [7]) == [49]
