"""The board counts, says what it counts, and opens to the cases; the group's directors come over to a company's."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.journeys import home_supply
from tests.journeys.person import Person
from tests.journeys.site import GROUP, HANOI

pytestmark = pytest.mark.journey
Come = Callable[..., Person]


def received(who: Person) -> int:
    """The first figure of the board: requests received."""
    text = (
        who.page.locator(".figure").filter(has_text="Yêu cầu").first.locator(".figure-value b").inner_text()
    )
    return int(text.replace("\N{NARROW NO-BREAK SPACE}", "").replace("–", "0"))


def test_counts_a_request_and_opens_to_it(person: Come) -> None:
    thao = person(name="board", desktop=True).sign_in("giamsat").open("/bang/")
    before = received(thao)
    number = home_supply.ask_by_form(person(name="counted"), name="Mai Văn Tài", phone="0944 555 666")

    for _again in thao.tries():
        if received(thao) > before:
            break
        thao.page.reload()
    assert received(thao) > before
    thao.look().go(thao.page.locator(".figure-value a").first.click).sees(number)
    thao.press(number).sees("Mai Văn Tài")

    for tab in ("Dịch vụ", "Đơn vị", "Tỉnh, thành phố", "Kênh"):
        thao.open("/bang/").press(tab)
    thao.press("Từ đầu năm").press("Theo tháng").press("Tháng trước", within="main")


def test_looks_right_on_a_phone_at_night(person: Come) -> None:
    home_supply.ask_by_form(person(name="counted"), name="Mai Thị Lụa", phone="0944 555 667")
    thao = person(name="board-phone", dark=True).sign_in("giamsat").open("/bang/")
    thao.go(thao.page.locator(".figure-value a").first.click)


def test_director_comes_over_from_the_group(person: Come) -> None:
    number = home_supply.ask_by_form(person(name="counted"), name="Mai Văn Phúc", phone="0944 555 668")
    quan = person(name="director", desktop=True, host=GROUP).sign_in("lanhdao").open("/bang/")
    quan.sees("Tổng công ty Điện lực TP Hà Nội")
    quan.go(quan.page.locator(".side td a[href*='company_code=HANOI']").first.click)

    assert f"//{HANOI}:" in quan.page.url
    quan.sees(number)
    assert "Mai Văn Phúc" not in quan.text
