"""The ledger of a desk's database: so many claims, so long, so many questions at a time."""

from __future__ import annotations

from threading import BoundedSemaphore

from claimstake.ledger import telling
from claimstake.ledger.asking import Question
from claimstake.ledger.telling import Ledger
from claimstake.service.problems import AnswerError

CLAIMS = 20_000  # that are put together for one question, at most
SECONDS = 10.0  # that the database may take
AT_ONCE = 2  # questions; each takes a second or two of the processor
WAIT = 10.0  # seconds for one of these places

_places = BoundedSemaphore(AT_ONCE)


def told(database: str, question: Question) -> Ledger:
    """The ledger of a question.

    Raises:
        AnswerError: too many ask at once (429).
        ConfigError: a name that does not exist, more claims than are taken, or it takes too long.
        StoreError: the database cannot be read.
    """
    if not _places.acquire(timeout=WAIT):
        raise AnswerError("too many questions to the ledger at once", "try again in a moment", status=429, again=5)
    try:
        return telling.tell(database, question, CLAIMS, SECONDS)
    finally:
        _places.release()
