"""One Chromium for all tests of a file."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.screenshots import ARGUMENTS, CHROMIUM


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    """A headless Chromium, driven by Playwright."""
    playwright_api = pytest.importorskip("playwright.sync_api", reason="the package playwright is not installed")
    with playwright_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield browser
        browser.close()
