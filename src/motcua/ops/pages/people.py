"""Everybody who looks at the screens: each a browser without scripts, whose cookies the pictures are taken with."""

from __future__ import annotations

import base64
import hashlib
import hmac
import random
import re
import struct
import time
from collections.abc import Callable

from motcua.ops.pages.screens import CAREFUL, COMPANY, CUSTOMER, DIRECTOR, GROUP, HALF_IN, HOUSEHOLD, NOBODY
from motcua.ops.sign_ins import DEMO_PASSWORD
from motcua.ops.story.browser import Browser, Different, Page
from motcua.ops.story.people import Worker

PATIENCE_SECONDS = 240
SECOND_FACTOR_SECONDS = 30
UNIT = "PD0400"
OWN_PASSWORD = "hinh-mau-2026-motcua"  # of who is made for the pictures of a second factor  # noqa: S105


class People:
    """By name; whoever is asked for the first time comes in."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._browsers: dict[str, Browser] = {}
        self._workers: dict[str, Worker] = {}

    def browser(self, who: str, host: str = COMPANY) -> Browser:
        """Somebody's browser; staff are signed in in theirs. Nobody's is another at each host."""
        key = who or host
        if key in self._browsers:
            pass
        elif who in {NOBODY, CUSTOMER, HOUSEHOLD}:
            self._browsers[key] = self._new(host)
        elif who in {CAREFUL, HALF_IN}:
            self._let_in_with_second_factor()
        else:
            self.worker(who)
        return self._browsers[key]

    def worker(self, username: str) -> Worker:
        """A member of staff at work."""
        if username not in self._workers:
            browser = self._browsers[username] = self._new(GROUP if username == DIRECTOR else COMPANY)
            self._workers[username] = Worker(browser, username, DEMO_PASSWORD)
        return self._workers[username]

    def _new(self, host: str = COMPANY) -> Browser:
        return Browser(host=host, port=self.port)

    def close(self) -> None:
        for browser in self._browsers.values():
            browser.close()

    # a second factor

    def _let_in_with_second_factor(self) -> None:
        """A new member of staff who sets a second factor up, and stands before its question in another browser."""
        admin = self.worker("quantri").browser
        username = f"hinh-{random.randrange(10**6):06d}"  # noqa: S311
        page = admin.get("/quan-tri/nhan-vien/them/")
        form = page.form(having="username")
        made = admin.submit(page, form, name="Phan Thị Ảnh", username=username, unit=UNIT, roles=["INTAKE"])
        careful = self._browsers[CAREFUL] = self._new()
        page = _sign_in(careful, username, kept(made))
        if page.url.endswith("/mat-khau/"):
            page = careful.submit(
                page, page.form(having="password1"), oldpassword=kept(made), password1=OWN_PASSWORD, password2=OWN_PASSWORD
            )  # fmt: skip
        page = careful.get("/nhan-vien/bao-mat/cai-dat/")
        careful.submit(page, page.form(having="code"), code=code_of(kept(page)))
        self._browsers[HALF_IN] = self._new()
        _sign_in(self._browsers[HALF_IN], username, OWN_PASSWORD)


def _sign_in(browser: Browser, username: str, password: str) -> Page:
    page = browser.get("/nhan-vien/dang-nhap/")
    return browser.submit(page, page.form(having="password"), login=username, password=password)


def kept(page: Page) -> str:
    """What the page shows once, to be kept: a password, a key. Raises Different."""
    found = page.data.get("data-copy", "")
    if not found:
        raise Different(f"{page.url} shows nothing to keep: {page.text[:300]!r}")
    return found


def code_of(secret: str) -> str:
    """The six figures that an authenticator shows now for this secret (RFC 6238)."""
    counter = struct.pack(">Q", int(time.time()) // SECOND_FACTOR_SECONDS)  # noqa: TID251 - the phone's clock, not ours
    digest = hmac.new(base64.b32decode(secret), counter, hashlib.sha1).digest()
    place = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[place : place + 4])[0] & 0x7FFFFFFF) % 10**6:06d}"


def wait(ask: Callable[[], str], trouble: str) -> str:
    """What comes of asking again until there is something. Raises Different with the trouble."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        if found := ask():
            return found
        time.sleep(0.5)
    raise Different(trouble)


def first(page: Page, pattern: str, *, but: tuple[str, ...] = ()) -> str:
    """The first part of the page's HTML that stands in the pattern's brackets; "" when there is none."""
    found: list[str] = re.findall(pattern, page.html)
    return next((one for one in found if one not in but), "")


def must(found: str, page: Page, what: str) -> str:
    """What was found. Raises Different when it was not."""
    if not found:
        raise Different(f"{page.url} shows no {what}: {page.text[:300]!r}")
    return found
