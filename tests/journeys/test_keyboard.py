"""The person at the keyboard notices what a person at a keyboard would."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tests.journeys.keyboard import Typist

pytestmark = pytest.mark.journey
TWO = "<p><button>Một</button> <button id=wanted>Hai</button></p>"


@pytest.fixture
def at_page(chromium: Any) -> Any:
    """A typist at a page with this content, who wants the element `#wanted`."""
    contexts = []

    def come(content: str) -> Any:
        who: Any = object.__new__(Typist)
        context = chromium.new_context()
        contexts.append(context)
        who.context, who.page, who.site = context, context.new_page(), SimpleNamespace()
        who.page.goto("data:text/html,<title>t</title>")
        who.page.set_content(content)
        return who

    yield come
    for context in contexts:
        context.close()


def test_comes_to_what_is_on_the_way(at_page: Any) -> None:
    who = at_page(TWO)
    who.go_to(who.page.locator("#wanted"))
    assert who.page.evaluate("document.activeElement.id") == "wanted"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (TWO.replace("id=wanted", "id=wanted tabindex=-1"), "not among what Tab reaches"),
        ("<style>*{outline:none!important}</style>" + TWO, "the focus cannot be seen"),
        (TWO + "<div style='position:fixed;inset:0;background:white'>x</div>", "something lies over the focus"),
        ("<button onkeydown='if (event.key === `Tab`) event.preventDefault()' autofocus>Kẹt</button>" + TWO, "Tab never leaves"),
    ],
    ids=["left out", "not drawn", "covered", "trap"],
)  # fmt: skip
def test_fails_where_keys_alone_do_not_do(at_page: Any, content: str, told: str) -> None:
    who = at_page(content)
    with pytest.raises(AssertionError, match=told):
        who.go_to(who.page.locator("#wanted"))


def test_chooses_by_arrows_and_space(at_page: Any) -> None:
    radios = "".join(f"<label><input type=radio name=r value={n}>{n}</label>" for n in (1, 2, 3))
    who = at_page(radios + "<label><input type=checkbox id=box>ô</label>")
    for value in ("3", "1", "2"):
        who.pick(who.page.locator(f"[value='{value}']"))
        assert who.page.locator(f"[value='{value}']").is_checked()
    who.pick(who.page.locator("#box"))
    assert who.page.locator("#box").is_checked()
