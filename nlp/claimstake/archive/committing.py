"""Outcomes into a store, many to a transaction, and what was written counted."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from claimstake.archive.work import broken
from claimstake.errors import StoreError
from claimstake.store.contract import Failed, Outcome, Store

OUTCOMES = 500  # in one transaction, at most
SECONDS = 1.0  # between two transactions, about, where there is something to write


@dataclass
class Counts:
    """What was committed.

    Attributes:
        documents: written; `relevant` of them went through the whole pipeline.
        known: items that were done before.
        failures: put into quarantine.
    """

    documents: int = 0
    relevant: int = 0
    tokens: int = 0
    claims: int = 0
    failures: int = 0
    known: int = 0

    def add(self, outcomes: Sequence[Outcome]) -> None:
        """Count what was committed."""
        for outcome in outcomes:
            self.documents += len(outcome.documents)
            self.relevant += outcome.relevant
            self.tokens += outcome.tokens
            self.claims += outcome.claims
            self.failures += len(outcome.failures)


@dataclass
class Committer:
    """Collects outcomes and commits them in their order.

    Args:
        store: has begun its run.
        failed: is told of everything that went into quarantine.
    """

    store: Store
    failed: Callable[[Failed], None] = lambda _: None
    counts: Counts = field(default_factory=Counts)
    _held: dict[str, Outcome] = field(default_factory=dict)
    _last: float = field(default_factory=time.monotonic)

    def add(self, outcomes: Sequence[Outcome]) -> list[str]:
        """Take outcomes in, and commit where enough came together or time has passed.

        Returns:
            Keys of the items that were committed.
        Raises:
            StoreError: the store cannot be written; nothing of what is held is.
        """
        for outcome in outcomes:
            self._held.pop(outcome.item, None)  # met again: the later one counts, in its place
            self._held[outcome.item] = outcome
        late = time.monotonic() - self._last > SECONDS
        return self.flush() if late or len(self._held) >= OUTCOMES else []

    def flush(self) -> list[str]:
        """Commit what is held; see `add`."""
        held = list(self._held.values())
        if held:
            held = self._commit(held)
        self._held.clear()
        self._last = time.monotonic()
        self.counts.add(held)
        for failed in (failed for outcome in held for failed in outcome.failures):
            self.failed(failed)
        return [outcome.item for outcome in held]

    def _commit(self, outcomes: list[Outcome]) -> list[Outcome]:
        """Commit them together, or singly where one of them is refused."""
        try:
            self.store.commit(outcomes)
        except StoreError:
            raise
        except Exception as error:
            if len(outcomes) > 1:
                return [written for outcome in outcomes for written in self._commit([outcome])]
            (outcome,) = outcomes
            if not outcome.documents:
                raise
            return self._commit([_refused(outcome, error)])
        return outcomes


def _refused(outcome: Outcome, error: Exception) -> Outcome:
    """The outcome of an item whose documents a store does not take."""
    failed = broken(outcome.item, outcome.source, "store", "could not be stored", error)
    return replace(outcome, documents=(), failures=(*outcome.failures, failed), tokens=0, claims=0, relevant=0)
