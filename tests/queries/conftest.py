"""Databases for questions: two kinds of addresses, and some invented documents with what the store allows."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from claimstake.queries.open import reader
from claimstake.queries.reading import DatabaseReader
from postgresql_server import postgresql, schema

TOOL = Path(__file__).resolve().parents[2] / "tools" / "desk_database.py"


@pytest.fixture(scope="session")
def server() -> Iterator[Any]:
    """A PostgreSQL of our own."""
    with postgresql() as found:
        yield found


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where there is nothing yet: a file, or a schema of the server."""
    if request.param == "sqlite":
        yield str(tmp_path / "claims.db")
        return
    with schema(request.getfixturevalue("server")) as found:
        yield found


@pytest.fixture
def desk(address: str) -> Iterator[DatabaseReader]:
    """A reader of an empty database."""
    found = reader(address)
    yield found
    found.close()


@pytest.fixture(scope="session")
def maker() -> ModuleType:
    """tools/desk_database.py as a module."""
    spec = importlib.util.spec_from_file_location("desk_database", TOOL)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
