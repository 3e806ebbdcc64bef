"""A real browser for tests: where Chromium is, what a page must not do, pictures, accessibility."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync", "--disable-dev-shm-usage"),
    *("--disable-background-networking", "--disable-component-update"),
)
WAIT = 15_000  # milliseconds for whatever a page should do
SEVERE = ("serious", "critical")
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@dataclass(frozen=True)
class View:
    """What a page is looked at with: CSS pixels of the window, and light or dark; `touch` for a phone."""

    width: int = 1280
    height: int = 800
    dark: bool = False
    touch: bool = False


PHONE = View(360, 740, touch=True)
DESKTOP = View(1600, 1000)


def executable() -> str | None:
    """Chromium's path: CLAIMSTAKE_TEST_CHROMIUM, or the first of its names on the path."""
    named = os.environ.get("CLAIMSTAKE_TEST_CHROMIUM")
    return named or next((found for name in NAMES if (found := shutil.which(name))), None)


def opened(browser: Browser, address: str, view: View) -> BrowserContext:
    """A context without cookies of others, whose pages may go to `address` alone without naming it."""
    return browser.new_context(
        base_url=address,
        viewport={"width": view.width, "height": view.height},
        has_touch=view.touch,
        color_scheme="dark" if view.dark else "light",
        reduced_motion="reduce",
        accept_downloads=True,
        locale="en-GB",
        timezone_id="UTC",
    )


@dataclass
class Troubles:
    """What went wrong on a page: errors of the console (also of its Content-Security-Policy) and of scripts, requests
    that failed or went elsewhere.

    Attributes:
        found: one line each.
    """

    address: str
    found: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.found.append(f"script error: {error}"))
        page.on("requestfailed", self._failed)
        page.on("request", self._asked)

    def forgive(self, part: str) -> None:
        """Take out what a test provoked on purpose; there has to be some."""
        left = [line for line in self.found if part not in line]
        assert left != self.found, f"nothing with {part!r} among {self.found}"
        self.found[:] = left

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.found.append(f"console: {message.text} ({message.location.get('url', '')})")

    def _failed(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # downloads, and what a page left behind when it was left
            self.found.append(f"failed: {request.method} {request.url}: {request.failure}")

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self.address, "data:", "blob:", "about:")):
            self.found.append(f"asked another server: {request.url}")


def picture(page: Page, name: str, otherwise: Path) -> Path:
    """Keep a picture of the whole page in the folder that CLAIMSTAKE_TEST_ARTEFACTS names, else in another."""
    folder = Path(os.environ.get("CLAIMSTAKE_TEST_ARTEFACTS") or otherwise)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.png"
    page.screenshot(path=path, full_page=True, timeout=WAIT)
    return path


def severe_findings(page: Page) -> list[str]:
    """What axe-core finds serious or critical, a line for each place; it must find its way around any page."""
    page.evaluate("scrollTo({top: 0, behavior: 'instant'})")  # what is half below a bar would count as too small
    page.evaluate(AXE_SCRIPT)
    wanted = {"resultTypes": ["violations"], "runOnly": {"type": "tag", "values": WCAG}}
    result: dict[str, Any] = page.evaluate("options => axe.run(options)", wanted)
    assert result["passes"], "axe-core looked at nothing"
    return [
        f"{rule['id']} ({rule['impact']}): {' '.join(map(str, node['target']))}: {node['failureSummary']}"
        for rule in result["violations"]
        if rule["impact"] in SEVERE
        for node in rule["nodes"]
    ]
