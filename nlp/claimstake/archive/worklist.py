"""What is left to do: items of the sources that the store does not have yet, in batches, in their order."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence

from claimstake.readers import Failure
from claimstake.readers.items import KEY_LENGTH, Item
from claimstake.store.contract import Failed, Outcome

ASKED = 500  # items that the store is asked about at a time, at most
HELD = 8_000_000  # bytes of items that are held while it is asked, about
BATCH = 32  # items that a worker gets at a time, at most
BATCH_BYTES = 250_000  # bytes of them, about: a second or two of work, so that a stop and a retry cost little


class WorkList:
    """Batches of items that are not done.

    Args:
        found: items and failures as `streaming.items` lists them.
        done: which of some keys need no work, see `Store.done`.
        failed: is given the outcome of what could not even be listed.
        stopped: whether nothing more is to be listed; asked before every item.
        meet: is told the source and the key of all that is listed.

    Attributes:
        known: items that were done before, or that the run met twice.
        waiting: keys of the items that were handed out and are not committed; whoever commits takes them out.
    """

    def __init__(
        self,
        found: Iterator[Item | Failure],
        done: Callable[[Sequence[str]], set[str]],
        failed: Callable[[Outcome], None],
        *,
        stopped: Callable[[], bool] = lambda: False,
        meet: Callable[[str, str], None] = lambda source, key: None,
    ) -> None:
        self.known = 0
        self.waiting: set[str] = set()
        self._found, self._done, self._failed, self._stopped, self._meet = found, done, failed, stopped, meet

    def __iter__(self) -> Iterator[list[Item]]:
        batch: list[Item] = []
        size = 0
        for item in self._left():
            if batch and (len(batch) == BATCH or size + len(item.data) > BATCH_BYTES):
                yield batch
                batch, size = [], 0
            batch.append(item)
            size += len(item.data)
        if batch and not self._stopped():
            yield batch

    def _left(self) -> Iterator[Item]:
        """Items that are not done, each once."""
        for portion in self._portions():
            keys = {}
            for item in portion:
                self._meet(item.source, key := item.key)
                keys.setdefault(key, item)
            done = self._done(list(keys))
            left = {key: item for key, item in keys.items() if key not in done and key not in self.waiting}
            self.known += len(portion) - len(left)
            for key, item in left.items():
                if self._stopped():
                    return
                self.waiting.add(key)
                yield item

    def _portions(self) -> Iterator[list[Item]]:
        """Items as they are listed, some at a time; failures go their own way."""
        portion: list[Item] = []
        size = 0
        for found in self._found:
            if self._stopped():
                return
            if isinstance(found, Failure):
                outcome = unlisted(found)
                self._meet(outcome.source, outcome.item)
                self._failed(outcome)
                continue
            portion.append(found)
            size += len(found.data)
            if len(portion) >= ASKED or size > HELD:
                yield portion
                portion, size = [], 0
        yield portion


def unlisted(failure: Failure) -> Outcome:
    """The outcome of a source that could not be listed, or not to its end; its key is made of its name."""
    key = hashlib.blake2b(b"source\0" + failure.source.encode("utf-8", "surrogatepass"), digest_size=KEY_LENGTH // 2)
    item = key.hexdigest()
    failed = Failed(item, failure.source, "read", failure.problem, failure.mend, document=failure.document)
    return Outcome(item, failure.source, failures=(failed,))
