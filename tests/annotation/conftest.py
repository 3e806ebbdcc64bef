"""What tests of the annotation loop share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from annotation.doccano_server import DoccanoServer, served
from annotation.pushed_documents import logged_in
from claimstake.annotation.session import Session


@pytest.fixture(scope="session")
def doccano_server() -> Iterator[DoccanoServer]:
    """A real doccano server, one for the session."""
    with served() as server:
        yield server


@pytest.fixture(scope="module")
def session(doccano_server: DoccanoServer) -> Session:
    """The superuser's."""
    return logged_in(doccano_server)
