"""Somebody with a browser. Every page they come to is looked at: it has a title and one heading, axe finds nothing,
nothing is complained about in the console (a broken policy is), cells stand under their heads, it never scrolls sideways at
320 px.

With `MOTCUA_SCREENSHOTS=DIR` each page is also kept as a picture.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
from axe_playwright_python.sync_playwright import Axe

from motcua.ops.sign_ins import DEMO_PASSWORD
from tests.journeys.site import HANOI, Site

PHONE, DESKTOP, NARROWEST = (360, 740), (1280, 800), 320
SIGN_IN = "/nhan-vien/dang-nhap/"
THEIRS = "[data-chat-list] .theirs"
PATIENCE_SECONDS = 240  # a loaded machine is slow, not wrong
PATIENCE_MS = PATIENCE_SECONDS * 1000
AXE = Axe()
NIGHT = ("color-contrast", "link-in-text-block")  # what colours alone decide
# The name of what has the focus, as a reader of the screen would say it.
FOCUSED = """() => { const e = document.activeElement; const l = e.getAttribute('aria-label')
    || [...(e.labels || [])].map(l => l.innerText).join(' ') || e.innerText || ''; return l.trim().split('\\n')[0].trim(); }"""
# Cells drawn as anything else: what follows them in the row no longer stands under its head.
CROOKED = """() => [...document.querySelectorAll('tr')].filter(row => getComputedStyle(row).display === 'table-row')
    .flatMap(row => [...row.cells]).filter(cell => !['table-cell', 'none'].includes(getComputedStyle(cell).display))
    .map(cell => cell.outerHTML.slice(0, 120))"""
PICTURES = os.environ.get("MOTCUA_SCREENSHOTS", "")
BUILD = "[...document.querySelectorAll('*')].map(e => e.tagName + '.' + e.getAttribute('class') + '#' + (e.type || '')).join()"
SEEN_BY_AXE: set[tuple[str, str]] = set()
# A form with mistakes answers 422, a page of somebody else's 403 or 404; without a network nothing comes: the browser
# notes it, nothing is wrong.
EXPECTED = re.compile(r"status of (403|404|409|422|429)\b|ERR_INTERNET_DISCONNECTED")
CUT = re.compile(r"/live/")  # what a browser notes while the edge is stopped


class Person:
    """A browser of one's own: cookies, size, colours; `scripts=False` is a browser without JavaScript,
    `installs=True` one that lets the site be an app (its service worker)."""

    def __init__(
        self,
        chromium: Any,
        site: Site,
        *,
        name: str = "khach",
        host: str = HANOI,
        desktop: bool = False,
        dark: bool = False,
        scripts: bool = True,
        installs: bool = False,
    ) -> None:
        self.site, self.host, self.name, self.scripts = site, host, name, scripts
        self.look_of = f"{'desktop' if desktop else 'phone'}-{'dark' if dark else 'light'}"
        self.width, self.height = DESKTOP if desktop else PHONE
        self.complaints: list[str] = []
        self.is_cut = False  # the edge is stopped: that a stream does not come is no complaint
        self.pictures = 0
        self.context = chromium.new_context(
            viewport={"width": self.width, "height": self.height},
            color_scheme="dark" if dark else "light",
            locale="vi-VN",
            timezone_id="Asia/Ho_Chi_Minh",
            java_script_enabled=scripts,
            reduced_motion="reduce",
            service_workers="allow" if installs else "block",
        )
        self.context.set_default_timeout(PATIENCE_MS)
        self.page = self.context.new_page()
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _hear(self, message: Any) -> None:
        address = message.location.get("url", "")
        if message.type != "error" or EXPECTED.search(message.text) or (self.is_cut and CUT.search(address)):
            return
        self.complaints.append(f"{message.text} ({address})")

    # going

    def open(self, path: str, host: str = "") -> Person:
        """Type an address."""
        address = path if path.startswith("http") else self.site.url(path, host or self.host)
        answer = self.page.goto(address, wait_until="load")
        assert answer is None or answer.status < 500, f"{path} answered {answer.status}"
        return self.look()

    def press(self, label: str | re.Pattern[str], *, within: str = "main", nth: int = 0) -> Person:
        """Press the button or link with this name and look at the page it leads to."""
        return self.press_on(self.control(label, within=within, nth=nth))

    def press_on(self, wanted: Any) -> Person:
        """Press what leads to another page and look at that."""
        return self.go(wanted.click)

    def unfold(self, summary: Any) -> None:
        """Open what is folded under this line."""
        summary.click()

    def go(self, act: Callable[[], Any]) -> Person:
        """Do something that leads to another page, then look at that."""
        if not self.scripts:
            with self.page.expect_navigation(wait_until="load"):
                act()
            return self.look()
        self.page.evaluate(
            "document.body.dataset.left = ''"
        )  # also a page drawn in the place of this one lacks it
        act()
        self.page.wait_for_selector("body:not([data-left])", state="attached")
        self.page.wait_for_load_state("load")
        return self.look()

    def control(self, label: str | re.Pattern[str], *, within: str = "main", nth: int = 0) -> Any:
        exact = isinstance(label, str)
        area = self.page.locator(within).first
        return (
            area.get_by_role("button", name=label, exact=exact)
            .or_(area.get_by_role("link", name=label, exact=exact))
            .nth(nth)
        )

    def fill(self, label: str, text: str) -> Person:
        self.put(self.page.locator("main").get_by_label(label).first, text)
        return self

    def choose(self, label: str, *, within: str = "main") -> Person:
        self.pick(self.page.locator(within).get_by_role("radio", name=label, exact=True).first)
        return self

    def put(self, wanted: Any, text: str) -> None:
        """Write into a field."""
        wanted.fill(text)

    def pick(self, wanted: Any) -> None:
        """Choose a radio or tick a box."""
        wanted.check()

    def tab_to(self, label: str) -> Person:
        """Go on with the tabulator key until the focus stands on the control with this name."""
        for _press in range(80):
            self.page.keyboard.press("Tab")
            if self.page.evaluate(FOCUSED) == label:
                outline = self.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
                assert outline != "none", f"the focus on {label!r} cannot be seen"
                return self
        raise AssertionError(f"{label!r} at {self.path} cannot be reached by keyboard")

    def key(self, key: str) -> Person:
        """Press a key that leads to another page."""
        return self.go(lambda: self.page.keyboard.press(key))

    def say(self, text: str) -> str:
        """Write in the chat and wait for the answer; what it says. Without scripts the page is loaded anew."""
        before = self.page.locator(THEIRS).count()
        self.page.locator("[data-chat-main] textarea").fill(text)
        send = self.page.locator("[data-chat-main] .send")
        if self.scripts:
            send.click()
            self.hears(before)
        else:
            with self.page.expect_navigation(wait_until="load"):
                send.click()
        return str(self.page.locator(THEIRS).last.inner_text())

    def hears(self, before: int) -> str:
        """Wait until more than so many messages from the other side are there; the last one."""
        self.page.locator(THEIRS).nth(before).wait_for(state="attached")
        return str(self.page.locator(THEIRS).last.inner_text())

    def sign_in(self, username: str) -> Person:
        self.open(SIGN_IN).fill("Tên đăng nhập", username).fill("Mật khẩu", DEMO_PASSWORD)
        return self.press("Đăng nhập")

    def come_in(self, username: str) -> Person:
        """Be signed in: by the form the first time, with what the browser kept of it after."""
        sessions, key = self.site.sessions, (self.host, username)
        if key in sessions:
            self.context.add_cookies(sessions[key])
            return self
        self.sign_in(username)
        sessions[key] = self.context.cookies()
        return self

    def fetch(self, path: str) -> httpx.Response:
        """What the address answers this person's browser, as bytes."""
        cookies = {c["name"]: c["value"] for c in self.context.cookies(self.site.url("/", self.host))}
        headers = {"Host": f"{self.host}:{self.site.port}"}
        with httpx.Client(
            base_url=f"http://127.0.0.1:{self.site.port}",
            cookies=cookies,
            headers=headers,
            trust_env=False,
            timeout=PATIENCE_SECONDS,
        ) as client:
            return client.get(path)

    def tries(self) -> Iterator[None]:
        """Once more and once more, as long as others may take for their work: bank, worker and post are other people."""
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            yield
            self.page.wait_for_timeout(500)

    # seeing

    @property
    def text(self) -> str:
        return " ".join(self.page.inner_text("body").split())

    @property
    def path(self) -> str:
        return "/" + self.page.url.split("/", 3)[-1]

    def sees(self, *words: str) -> Person:
        for word in words:
            assert word in self.text, f"{self.path} does not say {word!r}; it says: {self.text[:1500]}"
        return self

    def look(self) -> Person:
        """What must hold on every page."""
        self.keep_picture()
        title = self.page.title()
        assert title.strip(), f"{self.path} has no title"
        assert self.page.locator("h1").count() == 1, (
            f"{self.path} has {self.page.locator('h1').count()} main headings"
        )
        assert self.complaints == [], f"{self.path}: {self.complaints}"
        if self.scripts:
            self.finds_nothing(self.look_of)
        assert self.page.evaluate(CROOKED) == [], f"{self.path} has cells that stand under no head"
        assert self.sideways() == [], f"{self.path} scrolls sideways at {NARROWEST} px"
        return self

    def look_around(self) -> Person:
        """What must hold on every page, at a desk and on a phone, by day and by night, of one page once loaded."""
        self.look()
        self.page.emulate_media(color_scheme="dark")
        self.finds_nothing("desktop-dark", NIGHT)
        self.page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
        self.finds_nothing("phone-dark", NIGHT)
        self.page.emulate_media(color_scheme="light")
        self.finds_nothing("phone-light")
        self.page.set_viewport_size({"width": self.width, "height": self.height})
        return self

    def finds_nothing(self, look_of: str, rules: tuple[str, ...] = ()) -> None:
        """Axe finds nothing wrong (of these rules; all when none is named)."""
        found = self.violations(look_of, rules)
        assert found == [], f"{self.path} ({look_of}):\n" + "\n".join(found)

    def violations(self, look_of: str, rules: tuple[str, ...] = ()) -> list[str]:
        """What axe finds wrong; a page built exactly like one that it has seen is not read again."""
        built = (self.page.evaluate(BUILD), look_of)
        if built in SEEN_BY_AXE:
            return []
        SEEN_BY_AXE.add(built)
        options = {"resultTypes": ["violations"]} | (
            {"runOnly": {"type": "rule", "values": list(rules)}} if rules else {}
        )
        found = AXE.run(self.page, options=options).response["violations"]
        return [f"{v['id']}: {n['target']} {n['failureSummary'][:300]}" for v in found for n in v["nodes"]]

    def sideways(self) -> list[str]:
        """What sticks out at the narrowest width."""
        self.page.set_viewport_size({"width": NARROWEST, "height": self.height})
        sticking_out = self.sticking_out()
        self.page.set_viewport_size({"width": self.width, "height": self.height})
        return sticking_out

    def sticking_out(self) -> list[str]:
        """What sticks out of the page as it stands."""
        found: list[str] = self.page.evaluate(
            """() => document.documentElement.scrollWidth <= innerWidth ? [] : [...document.body.querySelectorAll('*')]
            .filter(e => e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, 120)).slice(0, 6)
            .concat([`${document.documentElement.scrollWidth}`])"""
        )
        return found

    def weigh(self, path: str) -> int:
        """The bytes that a first visit to the page brings over the wire: the page, styles, scripts, pictures."""
        context = self.context.browser.new_context(
            viewport={"width": self.width, "height": self.height},
            storage_state=self.context.storage_state(),
            service_workers="block",
        )
        page = context.new_page()
        sizes: list[float] = []
        wire = context.new_cdp_session(page)
        wire.send("Network.enable")
        wire.on("Network.loadingFinished", lambda told: sizes.append(told["encodedDataLength"]))
        page.goto(self.site.url(path, self.host), wait_until="load")
        page.wait_for_timeout(500)
        weight = int(sum(sizes))
        context.close()
        return weight

    def keep_picture(self) -> None:
        if not PICTURES:
            return
        self.pictures += 1
        path = re.sub(r"[0-9a-f-]{36}", "x", self.path.split("?")[0].lower())
        slug = re.sub(r"[^a-z0-9]+", "-", path).strip("-")[:50] or "home"
        folder = Path(PICTURES)
        folder.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(
            path=folder / f"{self.name}-{self.pictures:02d}-{slug}-{self.look_of}.png", full_page=True
        )

    def leave(self) -> None:
        self.context.close()
