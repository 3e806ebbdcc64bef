"""What a client is told when it does not get what it asked for."""

from __future__ import annotations

from claimstake.errors import ClaimstakeError


class AnswerError(ClaimstakeError):
    """An answer other than the one asked for.

    Args:
        what: what is wrong with what, in one clause.
        mend: what the client can do about it.
        status: of HTTP.
        again: seconds after which it may be tried again, None where that helps nobody.
    """

    def __init__(self, what: str, mend: str = "", *, status: int = 422, again: int | None = None) -> None:
        self.what, self.mend, self.status, self.again = what, mend, status, again
        super().__init__(what + (f" ({mend})" if mend else ""))
