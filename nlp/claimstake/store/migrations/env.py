"""What alembic runs: on the connection, and in the transaction, that `migrating.upgrade` was given."""

from __future__ import annotations

from alembic import context

from claimstake.store.tables import VERSION_TABLE, metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    transactional_ddl=False,  # the caller has begun
)
context.run_migrations()
