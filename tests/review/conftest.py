"""A database of two documents, in SQLite and in PostgreSQL, and its judgements."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from claimstake.review.judgements import Judgements, open_judgements
from postgresql_server import schema
from reviewing import fill


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database with the documents of `reviewing`."""
    if request.param == "sqlite":
        found = str(tmp_path / "news.db")
        fill(found)
        yield found
        return
    with schema(request.getfixturevalue("server")) as found:
        fill(found)
        yield found


@pytest.fixture
def judgements(address: str) -> Iterator[Judgements]:
    """Of that database."""
    found = open_judgements(address)
    yield found
    found.close()


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Judgements]:
    """Of a SQLite file alone, where the database makes no difference."""
    found = tmp_path / "news.db"
    fill(str(found))
    opened = open_judgements(found)
    yield opened
    opened.close()
