"""A desk from its settings: the database, and what works on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from claimstake.archive.job import Job
from claimstake.queries.open import reader
from claimstake.readers import Limits as ReadingLimits
from claimstake.review.judgements import open_judgements
from claimstake.service.annotating import Annotating
from claimstake.service.desk import Desk
from claimstake.service.keeping import Keeper
from claimstake.service.safety.safety import Safety
from claimstake.service.settings import Limits, Settings
from claimstake.service.workers import Workers
from claimstake.store.opening import open_sql

if TYPE_CHECKING:
    from claimstake.extend import Config


@contextmanager
def opened(settings: Settings, progress: Callable[[int, int], None] = lambda done, of: None) -> Iterator[Desk]:
    """The desk; its workers are started by the server.

    Args:
        progress: is told how many claims of how many were read.

    Raises:
        ConfigError: clients could not log in, or passwords would go about in the clear (see `safety.listening`); or a
            user's file is wrong.
        StoreError: the database cannot be opened, or not be brought up to date.
    """
    config = _config(settings)
    with ExitStack() as open_:
        store = open_sql(settings.database)
        open_.callback(store.close)
        store.migrate()
        safety = open_.enter_context(closing(Safety(settings)))
        asked = open_.enter_context(closing(reader(settings.database, progress=progress)))
        ontology = config.ontology if config else None
        judged = open_.enter_context(closing(open_judgements(settings.database, ontology=ontology)))
        job = Job(settings.configs, min_confidence=(config.min_confidence if config else None) or 0.0)
        work = Annotating(replace(job, limits=reading_limits(settings.limits)), store.encode)
        workers = Workers(work, settings.workers, settings.limits)
        keeper = open_.enter_context(closing(Keeper(store, job, workers)))
        yield Desk(settings, asked, judged, workers, safety, keeper)


def reading_limits(limits: Limits) -> ReadingLimits:
    """For the readers."""
    return ReadingLimits(max_chars=limits.characters, max_bytes=limits.body)


def _config(settings: Settings) -> Config | None:
    """The users' files, read before anything is opened; with all of the pipeline behind it."""
    if not settings.configs:
        return None
    from claimstake import extend

    return extend.read(settings.configs)
