"""What failed before and is mended: where it was read there is something else now, or more than before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from claimstake.store.contract import Failed, Outcome

WITHIN = ": "  # between the name of a container and what stands in it


class Mending:
    """Compares quarantine with what a run meets.

    Args:
        failures: what is in quarantine when the run begins.

    Attributes:
        items: their keys.
    """

    def __init__(self, failures: Iterable[Failed]) -> None:
        self._failed: dict[str, set[str]] = {}
        for failed in failures:
            self._failed.setdefault(failed.source, set()).add(failed.item)
        self.items = frozenset(item for items in self._failed.values() for item in items)
        self._met: set[str] = set()  # sources
        self._there: set[str] = set()  # items

    def meet(self, source: str, item: str) -> None:
        """The run listed an item, or what it could not list; known ones too."""
        if not self._failed:
            return
        for name in _containers(source):
            if name in self._failed:
                self._met.add(name)
                self._there.add(item)

    def mended(self) -> Iterator[Outcome]:
        """Items that failed and are there no longer, at sources that are; to be asked when all is listed."""
        for source in sorted(self._met):
            for item in sorted(self._failed[source] - self._there):
                yield Outcome(item, source, mended=True)


def _containers(source: str) -> Iterator[str]:
    """A source, and what it stands in."""
    end = len(source)
    while end > 0:
        yield source[:end]
        end = source.rfind(WITHIN, 0, end)
