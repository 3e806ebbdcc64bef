"""What tests of the annotation loop share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from annotation.doccano_server import DoccanoServer, served


@pytest.fixture(scope="session")
def doccano_server() -> Iterator[DoccanoServer]:
    """A real doccano server, one for the session."""
    with served() as server:
        yield server
