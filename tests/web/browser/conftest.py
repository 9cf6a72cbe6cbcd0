"""A real browser: Debian's Chromium, driven by Playwright, which never downloads one of its own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
ARTEFACTS = ROOT / "tests" / "artefacts"
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
QUIET = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A headless Chromium, started once."""
    if not Path(CHROMIUM).is_file():
        pytest.skip("Chromium is not installed (apt-get install chromium)")
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=CHROMIUM, headless=True, args=list(QUIET))
        yield started
        started.close()


class Visit:
    """A page of the browser, with everything that it complained of or tried to load from elsewhere."""

    def __init__(self, page: Any, server: str) -> None:
        self.page, self.server = page, server
        self.complaints: list[str] = []
        page.on("console", lambda m: m.type in ("error", "warning") and self.complaints.append(m.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self._note)

    def _note(self, request: Any) -> None:
        if not request.url.startswith((self.server, "data:", "blob:")):
            self.complaints.append(f"asked another host: {request.url}")

    def goto(self, address: str) -> Any:
        """Load an address of the server; returns the answer."""
        return self.page.goto(self.server + address)

    def follow(self, element: Any, address: str) -> None:
        """Click what loads another page, and wait until that is there.

        Args:
            address: a pattern that the address of the other page has, and that of this one has not.
        """
        pattern = re.compile(address)
        assert not pattern.search(self.page.url)
        element.click()
        self.page.wait_for_url(pattern)

    def keep(self, name: str, *, full: bool = False) -> None:
        """A screenshot under tests/artefacts."""
        ARTEFACTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=str(ARTEFACTS / f"{name}.png"), full_page=full)


@pytest.fixture
def visit(browser: Any, server: str) -> Iterator[Any]:
    """Makes visits: `visit(locale="en-GB", width=390, javascript=False, scheme="dark")`.

    A visit on which the browser complained fails the test.
    """
    contexts, visits = [], []

    def begin(
        *,
        locale: str = "fr-FR",
        width: int = 1280,
        height: int = 900,
        javascript: bool = True,
        **options: Any,
    ) -> Visit:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            locale=locale,
            java_script_enabled=javascript,
            reduced_motion="reduce",
            **options,
        )
        contexts.append(context)
        visits.append(Visit(context.new_page(), server))
        return visits[-1]

    yield begin
    for context in contexts:
        context.close()
    assert [complaint for one in visits for complaint in one.complaints] == []


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core, installed from npm once."""
    directory = ROOT / "var" / "test" / "npm"
    script = directory / "node_modules" / "axe-core" / "axe.min.js"
    if not script.is_file():
        npm = shutil.which("npm")
        if npm is None:
            pytest.skip("npm is not installed")
        directory.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copyfile(Path(__file__).parent / name, directory / name)
        command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        done = subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=300)
        if done.returncode:
            pytest.skip(f"npm cannot install axe-core: {done.stderr.strip()[-300:]}")
    return script.read_text(encoding="utf-8")
