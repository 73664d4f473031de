"""A headless Chromium for all tests, and for each a page of its own that tells of errors."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
OPTIONS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
DESK, PHONE = (1400, 900), (390, 844)

Open = Callable[..., "Page"]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One for all tests, which skip where there is none."""
    if CHROMIUM is None:
        pytest.skip("there is no Chromium on the path")
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=list(OPTIONS))
        yield started
        started.close()


@pytest.fixture
def show(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    """Open a page from its text; at the end nothing may have been said on the console."""
    said: list[str] = []
    opened: list[BrowserContext] = []

    def show(
        text: str, fragment: str = "", size: tuple[int, int] = DESK, script: bool = True
    ) -> Page:
        file = tmp_path / f"page{len(opened)}.html"
        file.write_text(text, encoding="utf-8")
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            reduced_motion="reduce",
            java_script_enabled=script,
            offline=True,
        )
        opened.append(context)
        page = context.new_page()
        page.set_default_timeout(5_000)
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: said.extend(foreign(request.url)))
        page.goto(file.as_uri() + fragment)
        return page

    yield show
    for context in opened:
        context.close()
    assert said == []


def foreign(url: str) -> list[str]:
    """What is asked for beside the page itself."""
    return [] if url.startswith("file:") and url.split("#")[0].endswith(".html") else [url]
