"""A new home supply, asked for by the form: what a customer types, page by page."""

from __future__ import annotations

import re

from tests.journeys.person import Person

NUMBER = re.compile(r"[A-Z]{2}\d{2}-\d{6,}-[0-9A-Z]")
PLACE = "Số 12 ngõ 34 phố Tây Sơn, phường Đống Đa, Hà Nội"


def answer_all(
    who: Person, *, name: str, phone: str, id_number: str = "001185012345", place: str = PLACE
) -> Person:
    """From the first page of the form to the review."""
    who.choose("Không").press("Tiếp tục")
    if place:
        who.put(who.page.locator("[name=place_text]"), place)
    who.press("Tiếp tục")
    who.choose("Nhà của tôi hoặc của gia đình").press("Tiếp tục")
    who.fill("Họ và tên", name).fill("Số định danh cá nhân", id_number).fill("Số điện thoại", phone).press(
        "Tiếp tục"
    )
    who.choose("Sinh hoạt bình thường (1 pha)").press("Tiếp tục")
    who.choose("Lúc nào cũng được").press("Tiếp tục")
    if "giay-to" in who.path:
        who.press("Bỏ qua, gửi sau")
    return who.sees("Kiểm tra trước khi gửi", name)


def send(who: Person) -> str:
    """Send what stands on the review page; the request's number."""
    who.press("Gửi yêu cầu")
    return number_on(who)


def number_on(who: Person) -> str:
    found = NUMBER.search(who.text)
    assert found, f"no request number on {who.path}: {who.text[:600]}"
    return found[0]


def ask_by_form(who: Person, *, name: str, phone: str) -> str:
    """The whole way from the service's page; the request's number."""
    who.open("/dich-vu/NEW-LV-RES/").press("Bắt đầu")
    return send(answer_all(who, name=name, phone=phone))
