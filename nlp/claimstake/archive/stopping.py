"""Ctrl-C and SIGTERM: the first asks to end in good order, the second ends at once."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stop:
    """Whether somebody asked to stop; `say` is called when the first one does."""

    def __init__(self, say: Callable[[], None] = lambda: None) -> None:
        self.asked = False
        self._say = say

    def __call__(self) -> bool:
        return self.asked

    def take(self, number: int, frame: FrameType | None) -> None:
        """A signal's handler.

        Raises:
            KeyboardInterrupt: somebody asked before.
        """
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
        self._say()


@contextmanager
def stopped_by_signals(say: Callable[[], None] = lambda: None) -> Iterator[Stop]:
    """A `Stop` that Ctrl-C and SIGTERM ask; only in the main thread."""
    stop = Stop(say)
    before = [signal.signal(number, stop.take) for number in SIGNALS]
    try:
        yield stop
    finally:
        for number, handler in zip(SIGNALS, before, strict=True):
            signal.signal(number, handler)
