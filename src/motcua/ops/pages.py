"""`motcua pages`: what the customer's pages weigh on a slow phone, and pictures of every screen, from the running server.

`measure` opens each page with an empty cache over a throttled 3G line and tells bytes over the wire, requests and the time
to the first paint. `pictures` takes small pictures of each screen, on a phone and a desktop. Both need a browser
(Chromium) and the package playwright, which a development environment has.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import random
import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from motcua.ops.home import noted_port
from motcua.ops.sign_ins import DEMO_PASSWORD
from motcua.ops.trouble import Exit, Trouble

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-sync",
    "--no-first-run",
)
# "Regular 3G" of the browsers' own tools: what a phone gets on the edge of a village.
LATENCY_MS, DOWN_BYTES, UP_BYTES = 300, 750_000 // 8, 250_000 // 8
PHONE, DESKTOP = (360, 740), (1280, 800)
HOST = "hanoi.localhost"

# Bytes over the wire and requests of a first visit. A test holds them; the time is told, not tested.
MOST_WIRE_BYTES, MOST_REQUESTS = 40_000, 11
CUSTOMER_PAGES = {
    "home": "/",
    "services": "/dich-vu/",
    "search": "/dich-vu/?tim=muadien",
    "nothing-found": "/dich-vu/?tim=xyzzy",
    "service": "/dich-vu/NEW-LV-RES/",
    "follow": "/theo-doi/",
    "sign-in": "/cua-toi/",
    "pay": "/thanh-toan/",
    "power-cut": "/mat-dien/",
    "prices": "/gia-dien/",
    "contact": "/lien-he/",
    "chat": "/chat/",
    "share": "/chia-se/",
    "resume": "/tiep-tuc/",
    "privacy": "/rieng-tu/",
    "accessibility": "/tro-nang/",
    "offline": "/offline",
}
# {number}: the request that the customer of the pictures has sent.
STAFF_PAGES = {
    "tiepnhan": {
        "worklist": "/ban-viec/", "desk-request": "/ban-viec/yeu-cau/{number}/", "desk-search": "/ban-viec/tim/?q=hoa+tay+son",
        "desk-call": "/ban-viec/cuoc-goi/INFO/", "desk-visits": "/ban-viec/lich-hen/", "desk-keys": "/ban-viec/phim-tat/",
        "conversations": "/ban-viec/hoi-thoai/", "counter": "/quay/", "counter-form": "/quay/phieu-moi/NEW-LV-RES/",
        "counter-cash": "/quay/thu-tien/", "counter-drawer": "/quay/so-quy/",
    },
    "kinhdoanh": {"suspense": "/ban-viec/tien-treo/"},
    "giamsat": {
        "supervisor": "/ban-viec/giam-sat/", "board": "/bang/", "board-channels": "/bang/?theo=channel&ky=nam",
        "board-cases": "/bang/ho-so/", "board-definitions": "/bang/cach-tinh/", "board-wall": "/bang/man-hinh-lon/",
        "board-targets": "/bang/muc-tieu/", "board-close": "/bang/chot/",
    },
    "quantri": {
        "admin": "/quan-tri/", "admin-staff": "/quan-tri/nhan-vien/", "admin-units": "/quan-tri/don-vi/",
        "admin-days": "/quan-tri/ngay/", "admin-audit": "/quan-tri/nhat-ky/", "admin-portals": "/quan-tri/cong/",
        "admin-sign-in": "/quan-tri/noi-dang-nhap/", "admin-banks": "/quan-tri/ngan-hang/", "admin-crews": "/quan-tri/to-cong-tac/",
    },
    "thicong": {"crew": "/hien-truong/", "crew-tomorrow": "/hien-truong/ngay-mai/", "crew-unsent": "/hien-truong/cho-gui/"},
}  # fmt: skip
ANSWERS = {
    "has_meter": "false", "place_text": "Số 12 ngõ 34 phố Tây Sơn, phường Đống Đa, Hà Nội", "right_to_place": "OWN",
    "full_name": "Nguyễn Thị Hoa", "phases": "ONE",
    "visit_time": "ANY",
}  # fmt: skip
WIDEST, QUALITY, MOST_BYTES = 900, 55, 3_000_000


@dataclass(frozen=True)
class Measured:
    """A first visit to a page: bytes over the wire, requests, milliseconds to the first paint."""

    name: str
    path: str
    bytes: int
    requests: int
    paint_ms: int


def run(told: argparse.Namespace) -> int:
    port = told.port or _port_of(told.home)
    base = f"http://{HOST}:{port}"
    if told.act == "measure":
        return _measure_all(base, told.json)
    return _pictures(base, Path(told.into))


def _port_of(home: str) -> int:
    found = noted_port(home or os.environ.get("MOTCUA_HOME") or "var")
    if not found:
        raise Trouble("No server runs from this home; start it, or name its --port.", Exit.USAGE)
    return found


def find_browser() -> str:
    """The browser's path, or nothing."""
    told = os.environ.get("MOTCUA_CHROMIUM", "")
    return told or next((path for name in BROWSERS if (path := shutil.which(name))), "")


@contextmanager
def _browser() -> Iterator[Any]:
    path = find_browser()
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


# ---- measuring


def measure(browser: Any, name: str, url: str, *, slowly: bool = True) -> Measured:
    """One first visit with an empty cache, as a phone on 3G when `slowly`."""
    context = browser.new_context(
        viewport={"width": PHONE[0], "height": PHONE[1]}, locale="vi-VN", service_workers="block"
    )
    try:
        page = context.new_page()
        line = context.new_cdp_session(page)
        line.send("Network.enable")
        line.send("Network.setCacheDisabled", {"cacheDisabled": True})
        if slowly:
            line.send(
                "Network.emulateNetworkConditions",
                {
                    "offline": False,
                    "latency": LATENCY_MS,
                    "downloadThroughput": DOWN_BYTES,
                    "uploadThroughput": UP_BYTES,
                },
            )
        sizes: list[float] = []
        line.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
        page.goto(url, wait_until="load", timeout=90_000)
        page.wait_for_timeout(300)
        paint = page.evaluate(
            "performance.getEntriesByName('first-contentful-paint').map(entry => entry.startTime)[0] ?? 0"
        )
        return Measured(name, url, int(sum(sizes)), len(sizes), round(paint))
    finally:
        context.close()


def over_budget(measured: Measured) -> str:
    """What is too much, or nothing."""
    if measured.bytes > MOST_WIRE_BYTES:
        return f"{measured.bytes:,} bytes, {MOST_WIRE_BYTES:,} allowed"
    if measured.requests > MOST_REQUESTS:
        return f"{measured.requests} requests, {MOST_REQUESTS} allowed"
    return ""


def _measure_all(base: str, as_json: bool) -> int:
    with _browser() as browser:
        measure(
            browser, "warm", base + "/", slowly=False
        )  # a server that just began has its templates to read
        found = [measure(browser, name, base + path) for name, path in CUSTOMER_PAGES.items()]
    if as_json:
        print(json.dumps([asdict(one) for one in found], indent=1))
    else:
        print(f"First visit over 3G ({DOWN_BYTES * 8 // 1000} kbit/s, {LATENCY_MS} ms), empty cache")
        print(f"{'page':<16}{'kB':>8}{'requests':>10}{'first paint':>13}")
        for one in found:
            print(
                f"{one.name:<16}{one.bytes / 1000:>8.1f}{one.requests:>10}{one.paint_ms / 1000:>11.2f} s  {over_budget(one)}"
            )
    return Exit.FAILED if any(over_budget(one) for one in found) else Exit.OK


# ---- pictures


def _pictures(base: str, folder: Path) -> int:
    """Pictures of each screen into the folder; what is there already under these names is replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    taken: list[Path] = []
    with _browser() as browser:
        first = _context(browser, PHONE)
        number, cookies = _customer(first, base)
        screens = CUSTOMER_PAGES | {
            "request": f"/theo-doi/{number}/",
            "form": _begin(first, base),
            "mine": "/cua-toi/",
            "add-person": "/cua-toi/nguoi-lam-thay/",
        }
        mine = {"request", "form", "mine", "add-person", "share"}
        for size, width in (("phone", PHONE), ("desktop", DESKTOP)):
            plain, known = _context(browser, width), _context(browser, width)
            known.add_cookies(cookies)
            for name, path in screens.items():
                context = known if name in mine else plain
                taken.append(_take(context, base + path, folder / f"{name}-{size}.webp"))
        for username, pages in STAFF_PAGES.items():
            size, width = ("phone", PHONE) if username == "thicong" else ("desktop", DESKTOP)
            context = _context(browser, width)
            _staff(context, base, username)
            for name, path in pages.items():
                taken.append(
                    _take(context, base + path.format(number=number), folder / f"{name}-{size}.webp")
                )
    weight = sum(path.stat().st_size for path in taken)
    print(f"{len(taken)} pictures, {weight / 1000:.0f} kB, in {folder}")
    return Exit.OK if weight <= MOST_BYTES else Exit.FAILED


def _context(browser: Any, size: tuple[int, int]) -> Any:
    return browser.new_context(
        viewport={"width": size[0], "height": size[1]}, locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh",
        reduced_motion="reduce", service_workers="block",
    )  # fmt: skip


def _take(context: Any, url: str, target: Path) -> Path:
    from PIL import Image

    page = context.new_page()
    page.goto(url, wait_until="load")
    page.wait_for_timeout(200)
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    page.close()
    if picture.width > WIDEST:
        picture = picture.resize((WIDEST, round(picture.height * WIDEST / picture.width)))
    picture.save(target, "WEBP", quality=QUALITY, method=6)
    return target


def _begin(context: Any, base: str) -> str:
    """A form that was begun, at the page for the place."""
    page = context.new_page()
    page.goto(f"{base}/dich-vu/NEW-LV-SHORT/")
    page.click("form.start button")
    path = re.sub(r"^https?://[^/]+", "", page.url)
    page.close()
    return str(path)


def _customer(context: Any, base: str) -> tuple[str, list[Any]]:
    """Somebody who has sent a request and signed in: its number, and the browser's cookies."""
    phone = f"090{random.randrange(10**7):07d}"  # codes to one number are few  # noqa: S311
    page = context.new_page()
    page.goto(f"{base}/dich-vu/NEW-LV-RES/")
    page.click("form.start button")
    for _ in range(20):
        if "xem-lai" in page.url:
            break
        _fill(page, phone)
    page.click("main form button.button:not(.quiet):not(.link):not([type=button])")
    found = re.search(r"/theo-doi/([^/]+)/", page.url)
    if found is None:
        raise Trouble(f"The request could not be sent: {page.url}", Exit.FAILED)
    page.goto(f"{base}/cua-toi/")
    page.fill("[name=phone]", phone)
    page.click("main form button")
    page.fill("[name=code]", _code(page, base, phone))
    page.click("main form button")
    page.close()
    return found[1], context.cookies()


def _fill(page: Any, phone: str) -> None:
    """Answer what stands on a page of the form and go on."""
    own = {"phone": phone, "id_number": f"00118{phone[-7:]}"}
    for name, value in (ANSWERS | own).items():
        field = page.locator(f"[name={name}]")
        if field.count() == 0:
            continue
        if field.first.get_attribute("type") == "radio":
            page.check(f"[name={name}][value='{value}']")
        else:
            field.first.fill(value)
    page.locator("main form button.button:not([name=later]):not([type=button])").first.click()
    page.wait_for_load_state("load")
    if "giay-to" in page.url:
        page.goto(page.url.replace("giay-to", "xem-lai"))


def _code(page: Any, base: str, phone: str) -> str:
    """The code that the stand-in SMS centre took; it comes within seconds."""
    inbox = f"{base}/sandbox/sms/inbox.json?phone={phone}"

    def ask() -> str:
        texts = page.evaluate("address => fetch(address).then(answer => answer.json())", inbox)["texts"]
        found = [code[1] for text in texts if (code := re.search(r"l[àa] (\d{6})", text["text"]))]
        return found[0] if found else ""

    return _wait(ask, "No code came to the stand-in phone; does the worker run?")


def _wait(ask: Callable[[], str], trouble: str) -> str:
    for _ in range(120):
        if found := ask():
            return found
        time.sleep(0.5)
    raise Trouble(trouble, Exit.FAILED)


def _staff(context: Any, base: str, username: str) -> None:
    page = context.new_page()
    page.goto(f"{base}/nhan-vien/dang-nhap/")
    page.fill("[name=login]", username)
    page.fill("[name=password]", DEMO_PASSWORD)
    page.click("main form button")
    page.close()
