"""A Parquet dataset as a database: what the ledger reads of it, copied into a SQLite file that goes away afterwards."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, NullPool, Table, create_engine

from claimstake.errors import StoreError
from claimstake.store.tables import claim_qualifiers, claims, documents, entities, evidence, mentions

ROWS = 50_000  # in memory at a time
LEFT_OUT = {"text"}  # of documents: nothing here reads it, and it is most of them
MEND = "name the output of an archive run that came to its end"


@contextmanager
def connected(path: Path) -> Iterator[Connection]:
    """A connection to a copy of the dataset.

    Raises:
        StoreError: the folder is no dataset of ours, or cannot be read.
    """
    for table in (documents, entities, claims):
        if not (path / table.name).is_dir():
            raise StoreError(path, f"is no claimstake dataset: it has no folder {table.name}", MEND)
    with tempfile.TemporaryDirectory(prefix="claimstake-") as folder:
        engine = create_engine(f"sqlite:///{Path(folder) / 'copy.db'}", poolclass=NullPool)
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA journal_mode = OFF")
            connection.exec_driver_sql("PRAGMA synchronous = OFF")
            for table in (documents, entities, claims, claim_qualifiers, evidence, mentions):
                _copy(path, table, connection)
            connection.commit()
            yield connection
        engine.dispose()


def _copy(path: Path, table: Table, connection: Connection) -> None:
    """Copy a table; of mentions only those with an amount, which limits need."""
    import pyarrow as pa
    import pyarrow.dataset as ds

    table.create(connection)
    try:
        found = ds.dataset(path / table.name, format="parquet")
        wanted = [c.name for c in table.columns if c.name in found.schema.names and _needed(table, c.name)]
        amounts = ds.field("number").is_valid() if table is mentions else None
        places = ", ".join("?" * len(wanted))
        insert = f"INSERT OR REPLACE INTO {table.name} ({', '.join(wanted)}) VALUES ({places})"
        for batch in found.to_batches(columns=wanted, filter=amounts, batch_size=ROWS):
            if batch.num_rows:
                columns = (batch.column(name).to_pylist() for name in wanted)
                connection.exec_driver_sql(insert, list(zip(*columns, strict=True)))
    except (pa.ArrowException, OSError) as error:
        raise StoreError(path, f"{table.name} cannot be read: {str(error).splitlines()[0]}", MEND) from error


def _needed(table: Table, column: str) -> bool:
    return table is not documents or column not in LEFT_OUT
