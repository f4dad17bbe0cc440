"""Every component in every state, in a browser: accessible, within its frame, without a complaint."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

pytestmark = pytest.mark.journey

FACES = ("", "front/", "staff/", "crew/")
PATHS = [f"/components/{face}" for face in FACES] + [
    "/components/error/404/",
    "/components/error/500/",
    "/offline",
]


def _violations(page: Any) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [
        f"{v['id']}: {n['target']} {n.get('failureSummary', '')[:220]}" for v in found for n in v["nodes"]
    ]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", PATHS)
def test_axe_finds_nothing(browse: Callable[..., Any], path: str, theme: str) -> None:
    page = browse(path, color_scheme=theme, reduced_motion="reduce", bypass_csp=True)

    assert _violations(page) == []


@pytest.mark.parametrize("path", PATHS)
def test_nothing_breaks_the_policy_or_throws(browse: Callable[..., Any], path: str) -> None:
    page = browse(path)
    page.wait_for_timeout(200)

    expected = ["Failed to load resource: the server responded with a status of"]
    assert [c for c in page.complaints if not any(e in c for e in expected)] == []


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("width", [320, 360, 1280])
def test_page_never_scrolls_sideways(browse: Callable[..., Any], path: str, width: int) -> None:
    page = browse(path, width, 740)

    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("path", PATHS)
def test_page_reflows_with_text_twice_as_big(browse: Callable[..., Any], path: str) -> None:
    page = browse(path, 640, 740)
    page.evaluate("document.documentElement.style.fontSize = '225%'")

    assert page.evaluate("document.documentElement.scrollWidth") <= 640


def test_no_text_is_cut_off_with_text_twice_as_big(browse: Callable[..., Any]) -> None:
    page = browse("/components/", 1280, 800)
    page.evaluate("document.documentElement.style.fontSize = '225%'")

    cut = page.evaluate(
        """[...document.querySelectorAll('h1,h2,h3,p,label,legend,.button,.status,.chip,td,dt,dd,summary,a')]
        .filter(e => e.offsetParent && !e.matches('.hide, .skip')
                     && getComputedStyle(e).overflow !== 'visible' && e.scrollHeight > e.clientHeight + 2)
        .map(e => e.outerHTML.slice(0, 120))"""
    )
    assert cut == []


def test_targets_are_big_enough_on_a_phone(browse: Callable[..., Any]) -> None:
    page = browse("/components/front/", 360, 740)

    small = page.evaluate(
        """[...document.querySelectorAll('a, button, summary, input:not([type=hidden])')]
        .filter(e => e.offsetParent && !e.matches('.skip')
                     && !e.closest('p, li p, .card, [data-menu]:not([open]) form'))
        .map(e => [e.outerHTML.slice(0, 90), Math.round(e.getBoundingClientRect().height)])
        .filter(([html, height]) => height < 44 && height > 0)"""
    )
    assert [s for s in small if "footer" not in s[0] and "evnhanoi.vn" not in s[0]] == []


def test_first_load_of_a_customer_page_is_light(browse: Callable[..., Any]) -> None:
    weights: list[int] = []
    page = browse("/components/front/")
    page.on(
        "response", lambda r: weights.append(len(r.body())) if r.request.resource_type != "manifest" else None
    )
    page.reload()
    page.wait_for_timeout(300)
    for _again in range(600):
        if weights:
            break
        page.wait_for_timeout(100)

    assert 0 < sum(weights) < 100_000


def test_theme_and_text_size_change_at_once(browse: Callable[..., Any]) -> None:
    page = browse("/components/front/")

    page.click(".top .look > summary")
    page.click(".top [name=theme][value=dark]")
    page.click(".top [name=text][value=huge]")

    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.evaluate("document.documentElement.dataset.text") == "huge"
    assert {c["name"]: c["value"] for c in page.context.cookies()} == {"mc_theme": "dark", "mc_text": "huge"}


def test_the_display_menu_stays_on_a_small_phone(browse: Callable[..., Any]) -> None:
    page = browse("/components/front/", 320, 640)

    page.click(".top .look > summary")

    box = page.locator(".top .look-panel").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 320


def test_what_was_typed_comes_back(browse: Callable[..., Any]) -> None:
    page = browse("/components/")
    page.fill("#id_full_name", "Nguyễn Thị Ngọc Ánh")
    page.check("#id_purpose")
    page.wait_for_timeout(500)

    page.reload()
    page.wait_for_selector(".kept-notice")

    assert page.input_value("#id_full_name") == "Nguyễn Thị Ngọc Ánh"
    assert page.is_checked("#id_purpose")


def test_a_form_is_held_back_and_kept_without_network(browse: Callable[..., Any]) -> None:
    page = browse("/components/crew/", 360, 740)
    page.fill("#id_power", "12")

    page.context.set_offline(True)
    page.evaluate("document.querySelector('form[data-keep]').requestSubmit()")

    assert page.is_visible("[data-offline-banner]")
    assert page.is_visible("[data-sync=offline]")
    assert page.inner_text(".kept-notice").startswith("Chưa gửi")


def test_drawn_signature_is_posted_as_strokes_and_picture(browse: Callable[..., Any]) -> None:
    page = browse("/components/crew/", 360, 740)
    canvas = page.locator("canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()

    page.mouse.move(box["x"] + 30, box["y"] + 30)
    page.mouse.down()
    page.mouse.move(box["x"] + 120, box["y"] + 60, steps=5)
    page.mouse.up()

    assert page.input_value("[data-strokes]").startswith("[[[")
    assert page.input_value("[data-png]").startswith("data:image/png;base64,")

    page.click("[data-clear]")
    assert page.input_value("[data-strokes]") == ""


def test_chat_adds_each_message_once(browse: Callable[..., Any]) -> None:
    page = browse("/components/")
    asked: list[str] = []

    def poll(route: Any) -> None:
        asked.append(route.request.url)
        items = "".join(
            f'<li class="msg theirs" data-seq="{n}"><div class="msg-text">Tin {n}</div></li>'
            for n in (7, 8, 9)
        )
        route.fulfill(body=items, content_type="text/html")

    page.route("**/poll*", poll)
    page.evaluate("document.querySelector('[data-chat]').dataset.fragmentUrl = '/poll'")
    page.evaluate("window.dispatchEvent(new Event('online'))")
    for _ in range(2):
        before = len(asked)
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        for _again in range(600):
            if len(asked) > before:
                break
            page.wait_for_timeout(100)
        page.wait_for_function("document.querySelectorAll('[data-chat-list] > li').length >= 9")

    numbers = page.evaluate(
        "[...document.querySelectorAll('[data-chat-list] > li')].map(e => Number(e.dataset.seq))"
    )
    assert numbers == [1, 2, 3, 4, 5, 6, 7, 8, 9]
    assert page.inner_text("[data-chat-live]") == "Tin 8. Tin 9"
    assert asked[-1].endswith("after=9")


def test_works_by_keyboard_with_the_skip_link_first(browse: Callable[..., Any]) -> None:
    page = browse("/components/front/")

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    assert page.evaluate("document.activeElement.id") == "main"
