"""A request from the desk's check to the lit lamp, each in their own browser, paid on the way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import httpx
import pytest

from tests.journeys import home_supply
from tests.journeys.person import PATIENCE_SECONDS, Person
from tests.journeys.site import HANOI, Site

pytestmark = pytest.mark.journey
Come = Callable[..., Person]
NAME = "Đặng Kim Yến"


def pay_at_the_bank(site: Site, qr: str) -> None:
    """The customer's bank takes the money; it tells the company by itself."""
    answer = httpx.post(
        f"http://127.0.0.1:{site.port}/sandbox/bank/pay", json={"qr": qr},
        headers={"Host": f"{HANOI}:{site.port}"}, trust_env=False, timeout=PATIENCE_SECONDS,
    )  # fmt: skip
    assert answer.status_code == 202, answer.text


def when_the_crew_comes(who: Person) -> datetime:
    """What the follow page says about the visit: an hour into its window."""
    told = who.page.locator(".visit time").get_attribute("datetime")
    return datetime.fromisoformat(told) + timedelta(hours=1)


def wait_for(who: Person, path: str, words: str) -> Person:
    """Load the page again until it says so: the bank, the worker and the post are other people's work."""
    for _again in who.tries():
        who.page.goto(who.site.url(path, who.host), wait_until="load")
        if words in who.text:
            return who.look()
    raise AssertionError(f"{path} never said {words!r}: {who.text[:800]}")


def test_checked_paid_visited_signed_lit(person: Come, site: Site) -> None:
    yen = person(name="yen", dark=True)
    number = home_supply.ask_by_form(yen, name=NAME, phone="0966 123 457")
    follow = f"/theo-doi/{number}/"

    minh = person(name="desk", desktop=True).sign_in("kinhdoanh")
    minh.open("/ban-viec/").press(number).sees(NAME, "Kiểm tra hồ sơ")
    accept = minh.page.locator("details.act").filter(has_text="Chấp nhận hồ sơ").first
    if accept.get_attribute("open") is None:
        accept.locator("summary").click()
    accept.get_by_role("radio", name="Không", exact=True).check()
    accept.get_by_label("Chi phí khách hàng trả").fill("450000")
    accept.get_by_label("Chi phí gồm những gì").fill("15 m cáp 2x10 và 2 kẹp")
    minh.go(accept.get_by_role("button", name="Chấp nhận hồ sơ").click)

    wait_for(yen, follow, "486.000").press("Thanh toán").sees("Quét mã", "486.000")
    qr = yen.page.locator("[data-qr]").get_attribute("data-qr")
    pay_at_the_bank(site, qr)
    yen.page.get_by_text("Đã thanh toán").wait_for()  # the page looks by itself
    yen.look()
    wait_for(yen, follow, "Tổ công tác sẽ đến").sees("Mã của tổ", "Lê Văn Hùng")
    site.move_to(when_the_crew_comes(yen))
    yen.press("Đổi giờ").sees("Lịch hiện nay")

    hung = person(name="crew").sign_in("thicong").open("/hien-truong/")
    hung.go(hung.page.locator(".card").filter(has_text=number).get_by_role("link").click).sees(
        "Mã xác thực của tổ"
    )
    hung.press("Kiểm tra, chụp giấy tờ")
    hung.page.get_by_label("Đã xem tại nhà").first.check()
    hung.press("Ghi nhận", within="body")
    hung.press("Lên đường", within="body").press("Đã ký hợp đồng", within="body").sees("Ký hợp đồng")
    for signer in hung.page.locator("[data-signature]").all():
        signer.scroll_into_view_if_needed()
        box = signer.locator("canvas").bounding_box()
        hung.page.mouse.move(box["x"] + 40, box["y"] + 60)
        hung.page.mouse.down()
        hung.page.mouse.move(box["x"] + 160, box["y"] + 30, steps=6)
        hung.page.mouse.up()
    hung.go(hung.page.locator("button[form=sign]").click)

    wait_for(yen, follow, "Hợp đồng đã ký")
    contract = yen.page.locator(".link-list a[href*=tai-lieu]").first.get_attribute("href")
    assert yen.fetch(contract).headers["content-type"] == "application/pdf"

    site.move_to(when_the_crew_comes(yen))
    hung.open("/hien-truong/")
    hung.go(hung.page.locator(".card").filter(has_text=number).get_by_role("link").click)
    hung.press("Lên đường", within="body").press("Đã treo công tơ", within="body")
    hung.fill("Chỉ số đầu", "không").press("Đã treo công tơ", within="body")
    assert hung.page.locator(".field.wrong").count() >= 1
    serial = hung.page.locator("datalist option").first.get_attribute("value")
    hung.fill("Số công tơ", serial).fill("Chỉ số đầu", "0").fill("Mã chì niêm phong", "HN 00123")
    hung.press("Đã treo công tơ", within="body").press("Đã đóng điện", within="body")

    wait_for(yen, follow, "Điện của anh/chị")
    assert yen.page.locator("[data-account-code]").inner_text().startswith("P")
    yen.press("Gửi đánh giá").page.get_by_role("radio", name="Rất tốt").check()
    yen.press("Gửi đánh giá").sees("Đã ghi nhận")
