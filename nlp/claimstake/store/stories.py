"""Stories of the documents in a database: copies of one text have the key of the first of them as their story."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

import sqlalchemy as sa

from claimstake.store import tables

if TYPE_CHECKING:
    from claimstake.duplicates.stories import Told

FETCHED = 2_000  # signatures in memory at a time
UPDATED = 5_000  # documents in one statement


def link(connection: sa.Connection) -> int:
    """Give every document with a signature its story, in the caller's transaction.

    Returns:
        How many documents had another story before.
    """
    if connection.scalar(sa.select(tables.signatures.c.document).limit(1)) is None:
        return 0
    from claimstake.duplicates.stories import changes  # brings numpy and scipy

    changed = changes(_told(connection))
    documents = tables.documents
    update = sa.update(documents).where(documents.c.key == sa.bindparam("document"))
    update = update.values(story=sa.bindparam("told"))
    total = 0
    while portion := [{"document": key, "told": story} for key, story in islice(changed, UPDATED)]:
        connection.execute(update, portion)
        total += len(portion)
    return total


def _told(connection: sa.Connection) -> Iterator[Told]:
    from claimstake.duplicates.stories import Told

    documents, signatures = tables.documents.c, tables.signatures.c
    query = (
        sa.select(documents.key, documents.published, signatures.signature, documents.story)
        .join_from(tables.signatures, tables.documents, signatures.document == documents.key)
        .order_by(documents.key)
    )
    for row in connection.execute(query.execution_options(yield_per=FETCHED)):
        yield Told(*row)
