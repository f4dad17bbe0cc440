"""Somebody who has no mouse: every press, word and choice of a journey is made with keys, starting where the focus is.

Tabbing to an element fails when it is not on the way (told by the name a reader of the screen would hear), when the way
never comes round again (a trap), and when any stop on it cannot be seen: no outline, or hidden under something.
"""

from __future__ import annotations

import re
from typing import Any

from tests.journeys.person import Person

MOST_STOPS = 250
# Where the focus stands: on the element wanted (or a radio of its group), how it is drawn, what would be heard.
STOP = r"""wanted => {
    const e = document.activeElement;
    if (!e || e === document.body || e === document.documentElement) return {isNowhere: true};
    const name = (e.getAttribute('aria-label') || [...(e.labels || [])].map(l => l.innerText).join(' ') || e.innerText || e.name || e.tagName)
        .trim().split('\n')[0];
    const isGroup = e.type === 'radio' && wanted.type === 'radio' && e.name === wanted.name && e.form === wanted.form;
    const drawnAs = [e, ...(e.labels || []), e.nextElementSibling].filter(Boolean);
    const isDrawn = drawnAs.some(x => { const s = getComputedStyle(x); return s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0; });
    const own = e.getBoundingClientRect(), box = own.width < 8 && e.labels?.length ? e.labels[0].getBoundingClientRect() : own;
    const isBare = [[.5, .5], [.1, .2], [.9, .2], [.1, .8], [.9, .8]].some(([x, y]) => {
        const top = document.elementFromPoint(box.left + box.width * x, box.top + box.height * y);
        return top && (e.contains(top) || top.contains(e) || drawnAs.some(x => x.contains(top))); });
    return {isThere: e === wanted, isGroup, name, isDrawn, isBare, here: e.outerHTML.slice(0, 140)};
}"""


class Typist(Person):
    """A person at a keyboard. The methods are a person's: only the hands differ."""

    def go_to(self, wanted: Any) -> Any:
        """Go on with the tabulator key until the focus stands on the element (or in its group of radios)."""
        handle = wanted.element_handle()
        assert handle is not None
        if self._stop(handle).get("isThere"):
            return handle
        rounds = 0
        told: list[str] = []
        here: list[str] = []
        for _stop in range(MOST_STOPS):
            self.page.keyboard.press("Tab")
            stop = self._stop(handle)
            if stop.get("isNowhere"):  # past the last one: the browser's own controls, then from the top
                rounds += 1
                assert rounds <= 2, f"{self.path}: {wanted} is not among what Tab reaches: {told}"
                continue
            told.append(stop["name"])
            here.append(stop["here"])
            assert len(here) < 4 or len(set(here[-4:])) > 1, f"{self.path}: Tab never leaves {stop['here']}"
            assert stop["isDrawn"], f"{self.path}: the focus cannot be seen on {stop['here']}"
            assert stop["isBare"], f"{self.path}: something lies over the focus on {stop['here']}"
            if stop["isThere"] or stop["isGroup"]:
                return handle
        raise AssertionError(f"{self.path}: Tab goes round without coming to {wanted}: {told[:40]}")

    def _stop(self, handle: Any) -> dict[str, Any]:
        found: dict[str, Any] = self.page.evaluate(STOP, handle)
        return found

    def press(self, label: str | re.Pattern[str], *, within: str = "main", nth: int = 0) -> Person:
        return self.press_on(self.control(label, within=within, nth=nth))

    def press_on(self, wanted: Any) -> Person:
        self.go_to(wanted)
        return self.go(lambda: self.page.keyboard.press("Enter"))

    def unfold(self, summary: Any) -> None:
        self.go_to(summary)
        self.page.keyboard.press("Enter")

    def put(self, wanted: Any, text: str) -> None:
        self.go_to(wanted)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)
        assert wanted.input_value() == text

    def pick(self, wanted: Any) -> None:
        """A radio by the arrows of its group, a box by the space bar."""
        handle = self.go_to(wanted)
        for _step in range(20):
            if wanted.is_checked():
                return
            there = self._stop(handle)["isThere"]
            self.page.keyboard.press("Space" if there else "ArrowDown")
        raise AssertionError(f"{self.path}: {wanted} cannot be chosen by keys")
