"""A desk from its settings: the database, and what works on it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

from claimstake.archive.job import Job
from claimstake.readers import Limits as ReadingLimits
from claimstake.service.annotating import Annotating
from claimstake.service.desk import Desk
from claimstake.service.safety.safety import Safety
from claimstake.service.settings import Limits, Settings
from claimstake.service.workers import Workers
from claimstake.store.opening import open_sql


@contextmanager
def opened(settings: Settings) -> Iterator[Desk]:
    """The desk; its workers are started by the application.

    Raises:
        ConfigError: clients could not log in, or passwords would go about in the clear; see `safety.listening`.
        StoreError: the database cannot be opened, or not be brought up to date.
    """
    store = open_sql(settings.database)
    try:
        store.migrate()
        work = Annotating(job(settings), store.encode)
        with closing(Safety(settings)) as safety:
            yield Desk(settings, None, None, Workers(work, settings.workers, settings.limits), safety)  # type: ignore[arg-type]
    finally:
        store.close()


def job(settings: Settings) -> Job:
    """How documents are read and annotated: as an archive run with the same files does."""
    return Job(configs=settings.configs)


def reading_limits(limits: Limits) -> ReadingLimits:
    """For the readers."""
    return ReadingLimits(max_chars=limits.characters, max_bytes=limits.body)
