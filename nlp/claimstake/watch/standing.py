"""Worker processes that stay between one lot of work and the next: loading the pipeline takes seconds."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, Generic, TypeVar, cast

from claimstake.archive.pool import Pool

Thing = TypeVar("Thing")
Result = TypeVar("Result")


class Standing(Generic[Thing, Result]):
    """Takes batches through a pool, as an engine of `archive.run` does, but again and again.

    Args:
        make: makes the pool, when there is work and none stands.
    """

    def __init__(self, make: Callable[[], Pool[Thing, Result]]) -> None:
        self._make = make
        self._results: Generator[list[Result], None, None] | None = None
        self._batches: Iterator[Sequence[Thing]] = iter(())
        self._taken = self._given = 0
        self._out = True  # no batch of this call is left to take

    def __call__(self, batches: Iterable[Sequence[Thing]]) -> Iterator[list[Result]]:
        """Results of each batch, in their order; an empty list now and then while there are none."""
        source = iter(batches)
        first = next(source, None)
        if first is None:
            return  # nothing to load anything for
        self._batches, self._taken, self._given, self._out = chain((first,), source), 0, 0, False
        if self._results is None:
            self._results = cast(Any, self._make().run(self._supply()))
        complete = False
        try:
            for results in self._results or ():
                self._given += bool(results)
                complete = self._out and self._given == self._taken
                yield results
                if complete:
                    return
        finally:
            if not complete:  # what is under way would come out of the next call
                self.close()

    def close(self) -> None:
        """End the processes."""
        results, self._results = self._results, None
        if results is not None:
            results.close()

    def _supply(self) -> Iterator[Sequence[Thing]]:
        """Batches of one call after the other; where they are out, batches of nothing, so that the pool goes on."""
        while True:
            batch = next(self._batches, None)
            self._out = batch is None
            self._taken += not self._out
            yield batch or ()
