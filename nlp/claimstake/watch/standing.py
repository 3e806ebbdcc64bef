"""Worker processes that stay between one lot of work and the next: loading the pipeline takes seconds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from claimstake.archive.pool import Bounds, Pool
from claimstake.archive.work import Worker, give_up
from claimstake.readers.items import Item
from claimstake.store.contract import Outcome


class Standing:
    """An engine, as `archive.run` takes one, that can be called again and again.

    Args:
        worker: what each process loads.
        workers: processes.
        bounds: what they may take.
    """

    def __init__(self, worker: Worker, *, workers: int = 1, bounds: Bounds | None = None) -> None:
        self._worker, self._workers, self._bounds = worker, workers, bounds
        self._results: Iterator[list[Outcome]] | None = None
        self._batches: Iterator[Sequence[Item]] = iter(())
        self._taken = self._given = 0
        self._out = True  # no batch of this call is left to take

    def __call__(self, batches: Iterable[Sequence[Item]]) -> Iterator[list[Outcome]]:
        """Outcomes of each batch, in their order; an empty list now and then while there are none."""
        source = iter(batches)
        first = next(source, None)
        if first is None:
            return  # nothing to load anything for
        self._batches, self._taken, self._given, self._out = chain((first,), source), 0, 0, False
        if self._results is None:
            self._results = self._pool().run(self._supply())
        try:
            for outcomes in self._results:
                self._given += bool(outcomes)
                yield outcomes
                if self._out and self._given == self._taken:
                    return
        finally:
            if not self._out or self._given != self._taken:  # what is under way would come out of the next call
                self.close()

    def close(self) -> None:
        """End the processes."""
        results, self._results = self._results, None
        if results is not None:
            results.close()  # type: ignore[attr-defined]

    def _pool(self) -> Pool[Item, Outcome]:
        return Pool(
            self._worker, give_up, workers=self._workers, bounds=self._bounds, weigh=lambda item: len(item.data)
        )

    def _supply(self) -> Iterator[Sequence[Item]]:
        """Batches of one call after the other; where they are out, batches of nothing, so that the pool goes on."""
        while True:
            batch = next(self._batches, None)
            self._out = batch is None
            self._taken += not self._out
            yield batch or ()
