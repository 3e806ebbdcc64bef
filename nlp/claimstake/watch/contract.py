"""What the parts of the watcher say to each other."""

from __future__ import annotations

from dataclasses import dataclass, field

import httpx

from claimstake.errors import ClaimstakeError

REFUSED, FAILED, LATER = "refused", "failed", "later"


class UnfetchedError(ClaimstakeError):
    """Something was not fetched.

    Args:
        problem: why, in one clause; never with a password.
        kind: "refused" (by us or by robots.txt), "failed" (no use to try again) or "later" (it may pass).
        mend: what the user can do about it.
        after: seconds that the server asks us to stay away, None where it says nothing.
    """

    def __init__(self, problem: str, kind: str = LATER, *, mend: str = "", after: float | None = None) -> None:
        self.problem, self.kind, self.mend, self.after = problem, kind, mend, after
        super().__init__(problem + (f" ({mend})" if mend else ""))


@dataclass(frozen=True)
class Bounds:
    """What one request may take.

    Args:
        connect, read, total: seconds to connect, between two pieces of an answer, and altogether.
        size: bytes of an answer, as they come over the wire and again after decompression.
    """

    connect: float = 10.0
    read: float = 15.0
    total: float = 60.0
    size: int = 10_000_000


@dataclass(frozen=True)
class Answer:
    """What a server said.

    Args:
        address: that was asked.
        status: of HTTP.
        body: decompressed; empty unless the status is 200.
        wire: bytes that were received.
    """

    address: str
    status: int
    headers: httpx.Headers
    body: bytes = field(default=b"", repr=False)
    wire: int = 0


@dataclass(frozen=True)
class Entry:
    """One item of a feed.

    Args:
        address: of the article, absolute, as the feed says it.
        id: the feed's own for it ("" where it has none).
        title, author: as stated.
        published: EDTF.
        content: mark-up of the whole article, where the feed carries it.
    """

    address: str
    id: str = ""
    title: str | None = None
    author: str | None = None
    published: str | None = None
    content: str | None = field(default=None, repr=False)
