"""The browser that weighs and pictures."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from motcua.ops.trouble import Exit, Trouble

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-sync",
    "--no-first-run",
)


def find() -> str:
    """The browser's path, or nothing."""
    told = os.environ.get("MOTCUA_CHROMIUM", "")
    return told or next((path for name in BROWSERS if (path := shutil.which(name))), "")


@contextmanager
def launched() -> Iterator[Any]:
    """The browser, started; closed at the end. Raises Trouble where there is none."""
    path = find()
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        path = ""
    if not path:
        raise Trouble(
            "This needs Chromium (Debian: apt-get install chromium) and `make dev`; MOTCUA_CHROMIUM may name it.",
            Exit.USAGE,
        )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(QUIET))
        try:
            yield browser
        finally:
            browser.close()
