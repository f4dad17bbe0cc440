"""What customers do, each by a finger on a phone, by a mouse at a desk, with keys alone, and without scripts."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.journeys import home_supply
from tests.journeys.person import Person
from tests.journeys.site import Site
from tests.journeys.test_to_the_light import pay_at_the_bank, wait_for

pytestmark = pytest.mark.journey
Come = Callable[..., Person]
LOOKS: dict[str, dict[str, Any]] = {
    "phone": {},
    "desktop": {"desktop": True},
    "keyboard": {"desktop": True, "by_keyboard": True},
    "plain": {"scripts": False},
}
PLAIN_DESK = "plain-desktop"


@pytest.fixture(scope="module")
def ready(house: Site) -> dict[str, Any]:
    """What the acts begin with."""
    made: dict[str, Any] = json.loads(house.run("ready", "customers", house.now().isoformat()))
    return made


@pytest.fixture(params=list(LOOKS))
def look(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def somebody(person: Come, look: str) -> Callable[[], Person]:
    """Somebody with a browser of this look; another each time."""
    looks = LOOKS | {PLAIN_DESK: {"desktop": True, "scripts": False}}
    return lambda: person(name=f"act-{look}", **looks[look])


def fill_pages(who: Person, answers: dict[str, str]) -> Person:
    """Answer page by page what is asked, to the review: a choice by its label, anything else by its words."""
    for _page in range(12):
        if who.page.get_by_role("button", name="Gửi yêu cầu").count():
            return who
        for name, answer in answers.items():
            field = who.page.locator(f"main [name={name}]:visible, main [name={name}][type=radio]")
            if field.count() == 0:
                continue
            if field.first.get_attribute("type") == "radio":
                who.choose(answer)
            else:
                who.put(field.first, answer)
        skip = who.control("Bỏ qua, gửi sau")
        who.press("Bỏ qua, gửi sau" if skip.count() else "Tiếp tục")
    raise AssertionError(f"the form never came to its end: {who.path} {who.text[:600]}")


def follow(who: Person, told: dict[str, str]) -> Person:
    """Find a request by its number, show by the code word that it is one's own."""
    who.open("/theo-doi/").fill("Số yêu cầu", told["number"].lower()).press("Xem")
    return who.fill("Từ khóa", told["word"]).press("Xem yêu cầu").sees(told["number"])


# On a phone and without scripts: test_customer_by_form, from the country's door to the slip.
@pytest.mark.parametrize("look", ["desktop", "keyboard"], indirect=True)
def test_ask_for_a_supply(somebody: Callable[[], Person], look: str) -> None:
    hoa = somebody().open("/")
    hoa.fill("Tìm dịch vụ", "mua dien").press("Tìm", within="body")
    hoa.press("Mua điện sinh hoạt (cấp điện mới)").press("Bắt đầu")
    home_supply.answer_all(hoa, name="Lương Thị Hoa", phone="0901 234 567")
    number = home_supply.send(hoa)

    hoa.sees("Đã gửi yêu cầu", "Chúng tôi đang kiểm tra thông tin anh/chị gửi.")
    assert hoa.path == f"/theo-doi/{number}/"
    assert hoa.page.locator("[data-now-step]").get_attribute("data-now-step") == "CHECK"


def begin(who: Person) -> Person:
    """The first two pages of a home supply, and no more today."""
    who.open("/dich-vu/NEW-LV-RES/").press("Bắt đầu").choose("Không").press("Tiếp tục")
    who.put(who.page.locator("[name=place_text]"), home_supply.PLACE)
    return who.press("Để sau").sees("Phiếu đang điền trên máy này")


def go_on(who: Person, name: str) -> None:
    """Find what was written, answer the rest, send."""
    who.sees("Chỗ ở này là của ai?").press("Quay lại")
    assert who.page.locator("[name=place_text]").input_value() == home_supply.PLACE
    fill_pages(
        who,
        {
            "right_to_place": "Nhà của tôi hoặc của gia đình", "full_name": name, "id_number": "001185012345",
            "phone": "0901 234 567", "phases": "Sinh hoạt bình thường (1 pha)", "visit_time": "Lúc nào cũng được",
        },
    )  # fmt: skip
    who.sees("Kiểm tra trước khi gửi", name, home_supply.PLACE)
    number = home_supply.send(who)

    who.sees(number, "Đã gửi yêu cầu", "Chúng tôi đang kiểm tra thông tin anh/chị gửi.")
    who.open("/tiep-tuc/")
    assert "Phiếu đang điền" not in who.text


# The form is short, so a desk without scripts is walked too.
@pytest.mark.parametrize("look", [*LOOKS, PLAIN_DESK], indirect=True)
def test_resume_a_draft(somebody: Callable[[], Person]) -> None:
    first, later = begin(somebody()), somebody()
    later.context.add_cookies(first.context.cookies())  # the browser was closed, and opened another day
    first.leave()

    later.open("/").sees("Đang điền dở").press("Mua điện sinh hoạt (cấp điện mới)")
    go_on(later, "Lương Thị Dở")


# Begun on a phone and gone on with at a desk: test_customer_by_form.
@pytest.mark.parametrize("look", [*LOOKS, PLAIN_DESK], indirect=True)
def test_resume_with_the_code(somebody: Callable[[], Person]) -> None:
    first = begin(somebody())
    code = first.page.locator("#here ~ .paper b").first.inner_text()

    second = somebody().open("/tiep-tuc/").fill("Mã điền tiếp", code.lower()).press("Điền tiếp")
    go_on(second, "Lương Thị Mã")


def test_pay(somebody: Callable[[], Person], ready: dict[str, Any], look: str, site: Site) -> None:
    binh = follow(somebody(), ready["pay"][look]).sees("486.000").press("Thanh toán")
    assert binh.page.locator("[data-amount]").get_attribute("data-amount") == "486000"
    pay_at_the_bank(site, binh.page.locator("[data-qr]").get_attribute("data-qr"))

    if binh.scripts:  # the page looks by itself
        binh.page.get_by_text("Đã thanh toán").wait_for()
        binh.look()
    else:
        wait_for(binh, binh.path, "Đã thanh toán")
    assert binh.page.locator("[data-amount]").get_attribute("data-amount") == "0"
    binh.press("Xem yêu cầu")
    wait_for(binh, binh.path, "Tổ công tác sẽ đến")


def test_follow(somebody: Callable[[], Person], ready: dict[str, Any]) -> None:
    theo = follow(somebody(), ready["follow"])

    theo.sees("Chúng tôi đang kiểm tra thông tin anh/chị gửi.", "Xong trước", "Đã diễn ra")
    theo.unfold(theo.page.locator("summary", has_text="Thông tin đã gửi"))
    theo.sees("Lương Thị Theo")
    slip = theo.page.get_by_role("link", name="Phiếu tiếp nhận (PDF)").get_attribute("href")
    assert theo.fetch(slip).content.startswith(b"%PDF")


def test_move_a_visit(somebody: Callable[[], Person], ready: dict[str, Any], look: str) -> None:
    hen = follow(somebody(), ready["visit"][look])
    before = hen.page.locator(".visit time").get_attribute("datetime")
    hen.press("Đổi giờ").sees("Lịch hiện nay")
    last = hen.page.locator("main").get_by_role("radio").last
    wanted = last.get_attribute("value")
    hen.pick(last)
    hen.press("Đổi lịch").sees("Đã đổi lịch hẹn.")

    after = hen.page.locator(".visit time").get_attribute("datetime")
    assert after != before
    assert after[:10] == wanted[:10]


def test_complain(somebody: Callable[[], Person], look: str) -> None:
    chi = somebody().open("/dich-vu/COMPLAINT/").press("Bắt đầu")
    fill_pages(
        chi,
        {
            "about": "Hóa đơn, tiền điện", "story": "Tháng này gấp ba tháng trước.", "bill_month": "10/2026",
            "wish": "Kiểm tra lại công tơ", "full_name": "Lương Thị Chi", "phone": "0903 334 455",
        },
    )  # fmt: skip
    chi.sees("Kiểm tra trước khi gửi", "Tháng này gấp ba tháng trước.", "10/2026")
    number = home_supply.send(chi)

    chi.sees(number, "Kiến nghị, khiếu nại")
    assert chi.page.locator("[data-now-step]").get_attribute("data-now-step") == "CONTACT"


def test_change_holder(somebody: Callable[[], Person], ready: dict[str, Any], look: str) -> None:
    moi = somebody().open("/dich-vu/CHG-HOLDER/").press("Bắt đầu")
    fill_pages(
        moi,
        {
            "account_code": ready["holder"][look], "full_name": "Lương Văn Mới", "id_number": "001185077777",
            "phone": "0905 667 788", "consent": "Có, người cũ ký giấy đồng ý", "takes_over_debt": "Có",
            "visit_time": "Lúc nào cũng được",
        },
    )  # fmt: skip
    moi.sees(ready["holder"][look], "Lương Văn Mới")
    assert f"Lương Văn Cũ {look}" not in moi.text
    number = home_supply.send(moi)

    moi.sees(number, "Chúng tôi đang kiểm tra hợp đồng cũ và giấy tờ anh/chị gửi.")
    assert re.fullmatch(r"HN26-\d{6}-[0-9A-Z]", number)
