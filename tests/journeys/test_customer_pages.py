"""Every page a customer may open without saying who they are: light, readable large, whole on the narrowest screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from motcua.ops.pages import measuring
from motcua.ops.pages.screens import CUSTOMER_PAGES
from tests.journeys.person import Person
from tests.journeys.site import Site

pytestmark = pytest.mark.journey
Come = Callable[..., Person]

# What stands cut off, or lies under something, with letters twice as big.
CUT = """() => [...document.querySelectorAll('main h1, main h2, main h3, main p, main a, main b, main label, main .button, nav a, footer a')]
    .filter(e => e.checkVisibility() && e.clientHeight > 1 && !e.matches('.hide, .hide *, .skip') && getComputedStyle(e).overflow !== 'visible'
                 && !['auto', 'scroll'].includes(getComputedStyle(e).overflowY) && e.scrollHeight > e.clientHeight + 2)
    .map(e => e.outerHTML.slice(0, 120))"""
# Stacked marks (Ễ, Ộ, Ậ) need room above and below: never less than 1.3 of the letters' size.
TIGHT = """() => [...document.querySelectorAll('body *')]
    .filter(e => e.checkVisibility() && [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()))
    .filter(e => { const s = getComputedStyle(e); return s.lineHeight !== 'normal' && parseFloat(s.lineHeight) < 1.295 * parseFloat(s.fontSize); })
    .map(e => e.outerHTML.slice(0, 100))"""
NO_TEXT = """() => [...document.querySelectorAll('img, svg, canvas, [role=img]')]
    .filter(e => e.checkVisibility() && !e.closest('[aria-hidden=true]'))
    .filter(e => !(e.getAttribute('alt') ?? e.getAttribute('aria-label') ?? e.getAttribute('aria-labelledby') ?? e.querySelector('title')))
    .map(e => e.outerHTML.slice(0, 100))"""
HELP = "() => [...document.querySelectorAll('.top .hotline, .top-nav .chat-button, .bottom-phones a')].map(e => e.getAttribute('href'))"


def test_are_light(chromium: Any, site: Site) -> None:
    too_much = []
    for name, path in CUSTOMER_PAGES.items():
        found = measuring.measure(chromium, name, site.url(path), slowly=False)
        assert found.requests > 1
        if wrong := measuring.over_budget(found):
            too_much.append(f"{name}: {wrong}")
    assert too_much == []


@pytest.mark.parametrize(
    "look",
    [{}, {"dark": True, "desktop": True}, {"scripts": False}],
    ids=["phone", "dark desktop", "without scripts"],
)
def test_hold_what_every_page_must(person: Come, look: dict[str, Any]) -> None:
    somebody = person(name="pages", **look)
    helps = set()
    for path in CUSTOMER_PAGES.values():
        somebody.open(path)
        if path != "/offline":  # kept for when there is no network: the chat is not there then
            helps.add(tuple(somebody.page.evaluate(HELP)))
        assert somebody.page.evaluate(NO_TEXT) == [], f"{path}: a picture without words"
    assert len(helps) == 1, "help stands in another place, or is missing, on some page"


def test_can_be_read_with_letters_twice_as_big(person: Come) -> None:
    somebody = person(name="big")
    for path in CUSTOMER_PAGES.values():
        somebody.open(path)
        assert somebody.page.evaluate(TIGHT) == [], path
        somebody.page.evaluate("document.documentElement.style.fontSize = '225%'")
        assert somebody.page.evaluate(CUT) == [], path
        assert somebody.page.evaluate("document.documentElement.scrollWidth") <= somebody.width, path


def test_six_doors_stand_within_one_screen_of_a_small_phone(person: Come) -> None:
    somebody = person(name="small")
    somebody.page.set_viewport_size({"width": 360, "height": 640})
    somebody.open("/")

    bar = somebody.page.locator(".top-nav").bounding_box()
    doors = [door.bounding_box() for door in somebody.page.locator(".doors a").all()]
    assert len(doors) == 6
    assert all(door["y"] + door["height"] <= bar["y"] for door in doors)


def test_the_end_of_every_page_can_be_seen_above_the_bar(person: Come) -> None:
    somebody = person(name="end")
    for path in ("/", "/gia-dien/", "/lien-he/"):
        somebody.open(path)
        somebody.page.evaluate("scrollTo(0, document.body.scrollHeight)")
        bar = somebody.page.locator(".top-nav").bounding_box()
        last = somebody.page.locator("footer a").last.bounding_box()
        assert last["y"] + last["height"] <= bar["y"], path


def test_print_without_the_frame(person: Come) -> None:
    somebody = person(name="print")
    somebody.open("/gia-dien/")
    somebody.page.emulate_media(media="print")

    assert not somebody.page.locator(".top-nav").is_visible()
    assert not somebody.page.locator("footer").is_visible()
    assert somebody.page.locator(".price-table").first.is_visible()
