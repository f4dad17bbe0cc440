"""Somebody comes to the counter, and to the public administration centre."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.journeys import home_supply
from tests.journeys.person import Person

pytestmark = pytest.mark.journey
Come = Callable[..., Person]


def fill_in(who: Person, name: str, phone: str, id_number: str, house: int) -> None:
    """The whole form on one page, as the clerk hears it; a house of their own, or the clerk would be warned."""
    who.choose("Không").choose("Nhà của tôi hoặc của gia đình").choose(
        "Sinh hoạt bình thường (1 pha)"
    ).choose("Lúc nào cũng được")
    who.page.locator("[name=place_text]").fill(f"Số {house} phố Khâm Thiên, phường Đống Đa, Hà Nội")
    who.fill("Họ và tên", name).fill("Số định danh cá nhân", id_number)
    who.page.locator("main [name=phone]").fill(phone)


def test_clerk_takes_a_request_and_prints_the_slip(person: Come) -> None:
    lan = person(name="counter", desktop=True).sign_in("tiepnhan").open("/quay/")
    lan.fill("Điện thoại, mã khách hàng", "0977 888 999").press("Tìm khách hàng").sees("Chưa có trong hồ sơ")
    lan.press("Mua điện sinh hoạt (cấp điện mới)")
    fill_in(lan, "Bùi Văn Sơn", "09", "001185054321", house=71)
    lan.press("Gửi yêu cầu")
    assert lan.page.locator(".field.wrong").count() == 1
    assert lan.page.locator("[name=full_name]").input_value() == "Bùi Văn Sơn"

    lan.page.locator("main [name=phone]").fill("0977 888 999")
    lan.press("Gửi yêu cầu").sees("Đã gửi yêu cầu", "Từ khóa theo dõi")
    number = home_supply.number_on(lan)
    assert lan.fetch(f"/quay/phieu/{number}.pdf").content.startswith(b"%PDF")
    lan.press("Mở yêu cầu").sees(number, "Bùi Văn Sơn").open("/quay/da-nop/").sees(number)


def test_clerk_of_an_administration_centre_sees_only_their_own(person: Come) -> None:
    lan = person(name="counter-other", desktop=True).sign_in("tiepnhan").open("/quay/phieu-moi/NEW-LV-RES/")
    fill_in(lan, "Hồ Thị Mai", "0977 111 222", "001185054322", house=73)
    others = home_supply.number_on(lan.press("Gửi yêu cầu"))

    yen = person(name="centre", desktop=True).sign_in("motcuahcc").open("/quay/phieu-moi/NEW-LV-RES/")
    fill_in(yen, "Cao Văn Đức", "0977 333 444", "001185054323", house=75)
    own = home_supply.number_on(yen.press("Gửi yêu cầu"))

    yen.open("/quay/da-nop/").sees(own)
    assert others not in yen.text
    yen.press(own).sees("Cao Văn Đức")
    assert yen.fetch(f"/quay/ho-so/{others}/").status_code == 404
    assert yen.fetch("/ban-viec/").status_code == 403
