"""Fixtures for tests of the watcher: a site of our own, a database, and a watcher over both."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import feed_server
from claimstake.watch.parsing import Parser
from feed_server import Site
from watching_desk import Desk, Engine


@pytest.fixture(scope="session")
def engine() -> Engine:
    return Engine()


@pytest.fixture(scope="session")
def parser() -> Iterator[Parser]:
    parser = Parser(seconds=10)
    yield parser
    parser.close()


@pytest.fixture
def site() -> Iterator[Site]:
    with feed_server.serving() as site:
        yield site


@pytest.fixture
def desk(tmp_path: Path, engine: Engine, parser: Parser, site: Site) -> Desk:
    return Desk(tmp_path / "news.db", engine, parser, site)
