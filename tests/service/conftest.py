"""What tests of the desk share: a database, a server process, a real browser."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

import browsing
import desk_database as databases
from browsing import Troubles, View
from desk_server import DeskServer, serving
from made_once import made_once


@pytest.fixture(scope="session")
def desk_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Bundled examples and articles of the corpus, archived; to be read only, and by no server."""
    return made_once(tmp_path_factory, "desk.db", databases.build)


@pytest.fixture
def own_database(desk_database: Path, tmp_path: Path) -> Path:
    """A copy of the test's own."""
    return databases.copied(desk_database, tmp_path / "own.db")


@pytest.fixture(scope="session")
def desk_server(desk_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskServer]:
    """`claimstake serve` over a copy of the database, one for all tests that change nothing in it.

    A file whose tests do change it begins with `desk_server = own_server` in the place of this one:
    `@pytest.fixture(scope="module") def desk_server(own_server): return own_server`; `page` then goes there, too.
    """
    with serving(databases.copied(desk_database, tmp_path_factory.mktemp("desk") / "desk.db")) as server:
        yield server


@pytest.fixture(scope="module")
def own_server(desk_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskServer]:
    """`claimstake serve` over a copy of the database, for one file of tests."""
    with serving(databases.copied(desk_database, tmp_path_factory.mktemp("own") / "desk.db")) as server:
        yield server


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, one for a file: while Playwright runs, no test of the same process could start an event loop."""
    path = browsing.executable()
    if path is None:
        why = "there is no Chromium: install it, or name it by CLAIMSTAKE_TEST_CHROMIUM"
        pytest.fail(why) if os.environ.get("CI") else pytest.skip(why)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=list(browsing.ARGUMENTS))
        yield chromium
        chromium.close()


@pytest.fixture
def troubles(desk_server: DeskServer) -> Troubles:
    """What went wrong on the test's page; `forgive` what the test provoked."""
    return Troubles(desk_server.address)


@pytest.fixture
def page(
    request: pytest.FixtureRequest, browser: Browser, desk_server: DeskServer, troubles: Troubles
) -> Iterator[Page]:
    """An empty page of a fresh profile, to `goto("/claims")` with; at the end nothing may have gone wrong on it.

    `@pytest.mark.parametrize("page", [PHONE, DESKTOP, View(800, 600, dark=True)], indirect=True)` chooses views.
    """
    context = browsing.opened(browser, desk_server.address, getattr(request, "param", View()))
    context.set_default_timeout(browsing.WAIT)
    found = context.new_page()
    troubles.watch(found)
    yield found
    context.close()
    assert troubles.found == []


@pytest.fixture
def shot(tmp_path: Path) -> Callable[[Page, str], Path]:
    """shot(page, "claims-phone") -> the PNG that is kept."""
    return lambda page, name: browsing.picture(page, name, tmp_path)


@pytest.fixture
def axe() -> Callable[[Page], list[str]]:
    """axe(page) -> serious and critical findings."""
    return browsing.severe_findings


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[Any]) -> Iterator[None]:
    """A test that fails shows what its server wrote, and keeps a picture of its page."""
    report = yield
    if report.failed:
        values = getattr(item, "funcargs", {}).values()
        for server in (value for value in values if isinstance(value, DeskServer)):
            report.sections.append(("claimstake serve", server.told()[-20_000:]))
        if os.environ.get("CLAIMSTAKE_TEST_ARTEFACTS") and report.when == "call":
            for page in (value for value in values if isinstance(value, Page) and not value.is_closed()):
                browsing.picture(page, f"failed-{item.name}", Path())
    return report
