"""Small pictures of each screen, and a page that lists them."""

from __future__ import annotations

import io
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from motcua.ops.pages import chromium, ready, screens
from motcua.ops.pages.people import People
from motcua.ops.pages.screens import Screen
from motcua.ops.story.browser import Different
from motcua.ops.trouble import Exit, Trouble

WIDEST, QUALITY, MOST_BYTES = 900, 55, 6_000_000
INDEX = "README.md"


def run(port: int, folder: Path) -> int:
    """Pictures of each screen into the folder; what is there already under these names is replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    people = People(port)
    try:
        told = ready.make(people)
        troubles = _take_all(people, told, folder)
    except Different as different:
        raise Trouble(f"A screen could not be made ready: {different}", Exit.FAILED) from None
    finally:
        people.close()
    (folder / INDEX).write_text(index())
    files = [folder / screen.file_name for screen in screens.listed()]
    weight = sum(file.stat().st_size for file in files if file.exists())
    print(f"{len(files) - len(troubles)} pictures, {weight / 1000:.0f} kB, in {folder}")
    for trouble in troubles:
        print(f"  {trouble}")
    return Exit.FAILED if troubles or weight > MOST_BYTES else Exit.OK


def _take_all(people: People, told: dict[str, str], folder: Path) -> list[str]:
    """What went wrong, a line each; every other screen has its picture."""
    troubles = []
    seated = groupby(sorted(screens.listed(), key=_seat), key=_seat)  # a window for whoever sits before it
    with chromium.launched() as browser:
        for (who, host, size), shown in seated:
            context = _context(browser, people, who, host, size)
            page = context.new_page()
            for screen in shown:
                address = f"http://{host}:{people.port}{screen.path.format(**told)}"
                if trouble := take(page, address, screen.status, folder / screen.file_name):
                    troubles.append(f"{screen.name}: {trouble}")
            context.close()
    return troubles


def _seat(screen: Screen) -> tuple[str, str, str]:
    return screen.who, screen.host, screen.size


def _context(browser: Any, people: People, who: str, host: str, size: str) -> Any:
    width, height = screens.SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height}, locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh",
        reduced_motion="reduce", service_workers="block",
    )  # fmt: skip
    kept = people.browser(who).cookies if who else {}
    address = f"http://{host}:{people.port}/"
    context.add_cookies([{"name": name, "value": value, "url": address} for name, value in kept.items()])
    return context


def take(page: Any, address: str, status: int, target: Path) -> str:
    """Keep a picture of the page; what is wrong with it when it is not the one that was asked for."""
    from PIL import Image

    answer = page.goto(address, wait_until="load")
    if answer.status != status:
        return f"{address} answered {answer.status} instead of {status}"
    if urlsplit(page.url).path != urlsplit(address).path:
        return f"{address} led to {page.url}"
    page.wait_for_timeout(200)
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    if picture.width > WIDEST:
        picture = picture.resize((WIDEST, round(picture.height * WIDEST / picture.width)))
    picture.save(target, "WEBP", quality=QUALITY, method=6)
    return ""


# ---- the list


def index() -> str:
    """The page that lists the pictures, as Markdown: who looks, the screen, its address, its sizes."""
    lines = [
        "# Pictures of the screens",
        "",
        "Made by `motcua pages pictures` from a running demonstration; this page too. In braces: something the command makes ready.",
    ]
    for (who, host), shown in groupby(
        sorted(screens.listed(), key=_place), key=lambda screen: (screen.who, screen.host)
    ):
        lines += ["", f"## {screens.WHO[who, host]}", "", "| screen | address | pictures |", "|---|---|---|"]
        for (name, path), sizes in groupby(shown, key=lambda screen: (screen.name, screen.path)):
            lines.append(f"| {name} | `{path.replace('|', '')}` | {_links(sizes)} |")
    return "\n".join(lines) + "\n"


def _place(screen: Screen) -> tuple[int, str, str]:
    """By who looks in the order of `WHO`, then by name, the phone last."""
    return list(screens.WHO).index((screen.who, screen.host)), screen.name, screen.size


def _links(sizes: Iterable[Screen]) -> str:
    return ", ".join(f"[{screen.size}]({screen.file_name})" for screen in sizes)
