"""Trying again while a database is away: waits that double, up to a time that is given in all."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

FIRST, LONGEST = 0.1, 5.0  # seconds between two attempts

T = TypeVar("T")


def retrying(
    work: Callable[[], T],
    passes: Callable[[Exception], bool],
    *,
    patience: float,
    failed: Callable[[], None] = lambda: None,
) -> T:
    """What `work` returns, tried again while its errors pass.

    Args:
        work: undoes what it did before it raises.
        passes: whether an error may be gone a little later.
        patience: seconds from the first error on, after which the last error is raised.
        failed: called after each error, before the wait.
    """
    end, wait = None, FIRST
    while True:
        try:
            return work()
        except Exception as error:
            now = time.monotonic()
            end = now + patience if end is None else end
            if not passes(error) or now + wait > end:
                raise
            failed()
        time.sleep(wait)
        wait = min(2 * wait, LONGEST)
