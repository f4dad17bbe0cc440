"""One headless Chromium for a module of tests. Absent: skipped, loudly; with MOTCUA_REQUIRE_JOURNEYS=1 failed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
ABSENT = "NOT RUN: Chromium is not installed (Debian: apt-get install chromium), so no browser journey ran"


def find() -> str:
    """The browser's path, or nothing."""
    told = os.environ.get("MOTCUA_CHROMIUM", "")
    return told or next((path for name in NAMES if (path := shutil.which(name))), "")


# A module at most: while it is open its event loop runs in this thread, where other tests start loops of their own.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A running browser."""
    path = find()
    if not path:
        if os.environ.get("MOTCUA_REQUIRE_JOURNEYS") == "1":
            pytest.fail(ABSENT)
        pytest.skip(ABSENT)
    from playwright.sync_api import sync_playwright

    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=list(QUIET))
            yield browser
            browser.close()
    finally:
        os.environ.pop("DJANGO_ALLOW_ASYNC_UNSAFE")
        if before is not None:
            os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = before
