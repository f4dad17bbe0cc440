"""First visits to the customer's pages: bytes over the wire, requests, the time to the first paint."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from motcua.ops.pages import chromium
from motcua.ops.pages.screens import COMPANY, CUSTOMER_PAGES, PHONE
from motcua.ops.trouble import Exit

# "Regular 3G" of the browsers' own tools: what a phone gets on the edge of a village.
LATENCY_MS, DOWN_BYTES, UP_BYTES = 300, 750_000 // 8, 250_000 // 8
# Bytes over the wire and requests of a first visit. A test holds them; the time is told, not tested.
MOST_WIRE_BYTES, MOST_REQUESTS = 40_000, 11


@dataclass(frozen=True)
class Measured:
    """A first visit to a page: bytes over the wire, requests, milliseconds to the first paint."""

    name: str
    path: str
    bytes: int
    requests: int
    paint_ms: int


def run(port: int, *, as_json: bool) -> int:
    """Weigh each page and tell; fails when one is over its budget."""
    base = f"http://{COMPANY}:{port}"
    with chromium.launched() as browser:
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
