"""Somebody's Zalo, Messenger or text messages, played on the stand-in's screen."""

from __future__ import annotations

import re

from tests.journeys.person import Person

THEIRS = "[data-talk] .theirs"
CODE = re.compile(r"\bl[àa] (\d{6}), ")


class App:
    """An application on a person's phone; what the company says stands on the left."""

    def __init__(self, who: Person, app: str, number: str) -> None:
        self.who, self.number = who, number
        who.open(f"/sandbox/{app}/?phone={number}")
        self.address = who.path

    def say(self, text: str) -> str:
        """Write and wait for the answer; what it says."""
        before = self.count()
        self.who.page.locator("form.write textarea").fill(text)
        self.who.go(self.who.page.locator("form.write .button").click)
        return self.hears(before)

    def count(self) -> int:
        return int(self.who.page.locator(THEIRS).count())

    def hears(self, before: int) -> str:
        """Load the screen until more than so many messages of the company are there; the last one."""
        for _again in self.who.tries():
            if self.count() > before:
                return " ".join(self.who.page.locator(THEIRS).last.inner_text().split())
            self.who.page.goto(self.who.site.url(self.address, self.who.host), wait_until="load")
        raise AssertionError(f"{self.address}: no answer; it says {self.who.text[-800:]}")

    def hears_of(self, words: str | re.Pattern[str]) -> str:
        """Load the screen until the company said this; that message."""
        for _again in self.who.tries():
            found = self.who.page.locator(THEIRS, has_text=words)
            if found.count():
                return " ".join(found.last.inner_text().split())
            self.who.page.goto(self.who.site.url(self.address, self.who.host), wait_until="load")
        raise AssertionError(f"{self.address} never says {words!r}; it says {self.who.text[-800:]}")


def codes(who: Person, number: str) -> list[str]:
    """The codes that came to the number as text messages, oldest first; other texts have numbers of six digits too."""
    texts = who.fetch(f"/sandbox/sms/inbox.json?phone={number}").json()["texts"]
    found = (CODE.search(text["text"]) for text in sorted(texts, key=lambda text: text["at"]))
    return [code[1] for code in found if code]


def last_code(who: Person, number: str, *, after: int) -> str:
    """The newest code sent to the number, once more than so many are there."""
    for _again in who.tries():
        found = codes(who, number)
        if len(found) > after:
            return found[-1]
    raise AssertionError(f"no code came to {number}; {who.path} says {who.text[:1500]}")
