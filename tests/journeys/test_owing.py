"""Somebody who owes looks where they stand and pays the part that is due: on a narrow phone, without scripts."""

from __future__ import annotations

import json
from collections.abc import Callable

import httpx
import pytest

from motcua.kernel.money import format_vnd
from motcua.web import visitors
from tests.journeys.person import PATIENCE_SECONDS, PHONE, Person
from tests.journeys.site import Site

pytestmark = pytest.mark.journey
Come = Callable[..., Person]
NPC, STANDING = "npc.localhost", "/hoa-don/no/"


def pay_at_the_bank(site: Site, qr: str) -> None:
    """Scan the code with the bank's application; the bank tells the company by itself."""
    answer = httpx.post(
        f"http://127.0.0.1:{site.port}/sandbox/bank/pay", json={"qr": qr}, headers={"Host": f"{NPC}:{site.port}"},
        trust_env=False, timeout=PATIENCE_SECONDS,
    )  # fmt: skip
    assert answer.status_code == 202, answer.text


def load_until(who: Person, words: str, times: int) -> Person:
    """Load the page again until it says so so many times: bank and worker are other people's work."""
    for _again in who.tries():
        who.page.goto(who.site.url(STANDING, NPC), wait_until="load")
        if who.page.get_by_text(words, exact=True).count() == times:
            return who.look()
    raise AssertionError(f"{words!r} never stood there {times} times: {who.text[:800]}")


def test_sees_where_they_stand_and_pays_the_part_that_is_due(person: Come, site: Site) -> None:
    made = json.loads(site.run("owing", site.now().isoformat()))
    nhan = person(name="owing", host=NPC, scripts=False)
    assert (nhan.width, nhan.height) == PHONE
    nhan.context.add_cookies([{"name": visitors.COOKIE, "value": made["token"], "domain": NPC, "path": "/"}])

    nhan.open(STANDING).sees("đang trả dần", "Các kỳ đã hẹn", "Trả kỳ này")
    assert nhan.page.locator("[data-standing]").get_attribute("data-standing") == "PROMISED"
    owed, due = (
        int(nhan.page.locator(f"[data-{name}]").get_attribute(f"data-{name}")) for name in ("owed", "due")
    )
    assert 0 < due < owed
    assert nhan.page.get_by_text("đã trả", exact=True).count() == 1
    qr = nhan.page.locator("[data-qr]").get_attribute("data-qr")

    nhan.press(f"Trả {format_vnd(due)}")
    assert nhan.path.startswith("/thanh-toan/TD")
    nhan.sees(format_vnd(due))
    pay_at_the_bank(site, qr)

    load_until(nhan, "đã trả", 2).sees("đang trả dần")
    assert nhan.page.locator("[data-owed]").get_attribute("data-owed") == str(owed - due)
