"""What robots.txt allows us, by origin (RFC 9309): fetched once, kept for some hours."""

from __future__ import annotations

import time
from dataclasses import dataclass

from protego import Protego

from claimstake.watch.addresses import joined, origin, shown
from claimstake.watch.contract import FAILED, REFUSED, Answer, UnfetchedError
from claimstake.watch.fetching import OK

NAME = "claimstake"  # the one that groups of a robots.txt are made for
KEPT = 6 * 3_600.0  # seconds
UNREACHED = 300.0  # seconds after which one that could not be had is asked for again
REMEMBERED = 2_000  # origins, beyond which those that are too old are forgotten
SIZE = 512_000  # bytes that are read, the rest is left alone


@dataclass(frozen=True)
class _Rules:
    """Of one origin: those that were found; None where it has none; or why nobody knows."""

    said: Protego | None
    until: float
    error: UnfetchedError | None = None


def asked_at(address: str) -> str:
    """Where the robots.txt for an address lies."""
    return joined(origin(address), "/robots.txt")


class Robots:
    """Rules of the origins that were asked so far."""

    def __init__(self) -> None:
        self._rules: dict[str, _Rules] = {}

    def knows(self, address: str) -> bool:
        """Whether the rules for an address are there."""
        rules = self._rules.get(origin(address))
        return rules is not None and rules.until > time.monotonic()

    def learn(self, asked: str, answer: Answer | UnfetchedError) -> None:
        """Take what a robots.txt was answered with: none there means all is allowed, no answer that nothing is.

        Args:
            asked: its address, before any redirect.
        """
        now = time.monotonic()
        if isinstance(answer, Answer):
            rules = _Rules(_parsed(answer), now + KEPT)
        elif answer.kind == FAILED:
            rules = _Rules(None, now + KEPT)
        else:
            rules = _Rules(None, now + max(UNREACHED, answer.after or 0.0), answer)
        if len(self._rules) > REMEMBERED:
            self._rules = {where: one for where, one in self._rules.items() if one.until > now}
        self._rules[origin(asked)] = rules

    def check(self, address: str) -> None:
        """See that an address may be asked, once its rules are known.

        Raises:
            UnfetchedError: it may not, or nobody knows yet.
        """
        rules = self._rules[origin(address)]
        if (error := rules.error) is not None:
            where = "" if error.kind == REFUSED else f"{shown(asked_at(address))} cannot be had: "
            raise UnfetchedError(where + error.problem, error.kind, mend=error.mend)
        if rules.said is not None and not rules.said.can_fetch(address, NAME):
            raise UnfetchedError("robots.txt forbids it", REFUSED)

    def pause(self, address: str) -> float:
        """Seconds that the origin wants between two requests; 0 where it does not say."""
        rules = self._rules.get(origin(address))
        said = rules.said.crawl_delay(NAME) if rules and rules.said else None
        return max(float(said or 0.0), 0.0)


def _parsed(answer: Answer) -> Protego | None:
    return Protego.parse(answer.body[:SIZE].decode("utf-8", "replace")) if answer.status == OK else None
