"""How often somebody may try to log in: some tries at once, then one every so many seconds."""

from __future__ import annotations

import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

REMEMBERED = 10_000  # keys; those that were quiet for longest are forgotten first


class Throttle:
    """Counts failures by key. Nobody is ever made to wait for longer than `every`.

    Args:
        free: failures that may follow upon each other.
        every: seconds after which one more is free.
        clock: seconds that only go on.
    """

    def __init__(self, free: int, every: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._free, self._every, self._clock = free, every, clock
        self._until: OrderedDict[str, float] = OrderedDict()  # when the last failure of a key is forgiven
        self._lock = Lock()

    def wait(self, key: str) -> int:
        """Whole seconds to wait before the next try, 0 for none."""
        with self._lock:
            return self._wait(key)

    def take(self, key: str) -> int:
        """As `wait`; where it is 0, a try is counted as failed until it is given back."""
        with self._lock:
            found = self._wait(key)
            if not found:
                self._until[key] = max(self._until.get(key, 0.0), self._clock()) + self._every
                self._until.move_to_end(key)
                if len(self._until) > REMEMBERED:
                    self._until.popitem(last=False)
            return found

    def give_back(self, key: str) -> None:
        """A try that was counted did not fail."""
        with self._lock:
            if key in self._until:
                self._until[key] -= self._every

    def _wait(self, key: str) -> int:
        ahead = self._until.get(key, 0.0) - self._clock()
        return max(0, math.ceil(ahead - (self._free - 1) * self._every))


def network(address: str) -> str:
    """What counts as one client: an IPv4 address, or the 64 bits of IPv6 that one customer has."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if found.version == 6:
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)
