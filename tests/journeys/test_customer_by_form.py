"""From the country's door to a request that one can follow, on a phone, by the form."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pytest
from pypdf import PdfReader

from tests.journeys import home_supply
from tests.journeys.person import Person
from tests.journeys.site import GROUP, HANOI

pytestmark = pytest.mark.journey
Come = Callable[..., Person]
VIETNAMESE = re.compile("[ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]", re.I)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_from_the_door_to_the_slip(person: Come, scripts: bool) -> None:
    hoa = person(name="form" if scripts else "plain", host=GROUP, scripts=scripts).open("/")
    hoa.fill("Nơi ở", "12 phố Huế, ha noi").fill("Cần gì?", "muon mua dien").press("Đi tiếp")
    hoa.sees("Hà Nội").go(hoa.page.locator("#choices ~ .cards a").first.click)
    assert f"{HANOI}:" in hoa.page.url

    hoa.host = HANOI
    hoa.sees("Có phải anh/chị cần", "12 phố Huế, ha noi").press("Mua điện sinh hoạt (cấp điện mới)")
    hoa.sees("Có điện trong 5 ngày làm việc", "Cần chuẩn bị").press("Bắt đầu")
    home_supply.answer_all(hoa, name="Nguyễn Thị Hoa", phone="0901 234 567", place="")
    hoa.sees("12 phố Huế, ha noi")
    number = home_supply.send(hoa)

    hoa.sees("đang kiểm tra", "Xong trước", "Đã gửi yêu cầu")
    assert hoa.page.locator("[data-code-word]").get_attribute("data-code-word").count(" ") == 1
    slip = hoa.fetch(f"/theo-doi/{number}/phieu.pdf")
    assert slip.headers["content-type"] == "application/pdf"
    assert number in " ".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(slip.content)).pages)


def test_mistakes_stand_beside_their_fields_and_nothing_typed_is_lost(person: Come) -> None:
    lan = person(name="mistakes").open("/dich-vu/").fill("Tìm dịch vụ", "mua dien").press("Tìm")
    lan.press("Mua điện sinh hoạt (cấp điện mới)").press("Bắt đầu").press("Tiếp tục")
    assert lan.page.locator(".field.wrong .error").count() == 1
    assert lan.page.title().startswith("Lỗi:")

    lan.choose("Không").press("Tiếp tục")
    lan.page.locator("[name=place_text]").fill("Xóm Đình, cột TS/12A/07")
    lan.press("Tiếp tục").choose("Nhà của tôi hoặc của gia đình").press("Tiếp tục")
    lan.fill("Họ và tên", "Lê Ngọc Lan").fill("Số định danh cá nhân", "123").fill(
        "Số điện thoại", "0901"
    ).press("Tiếp tục")

    wrong = lan.page.locator(".field.wrong")
    assert wrong.count() == 2
    assert lan.page.locator(".error-summary a").count() == 2
    assert lan.page.get_by_label("Họ và tên").input_value() == "Lê Ngọc Lan"
    assert lan.page.get_by_label("Số điện thoại").input_value() == "0901"
    lan.page.locator(".error-summary a").first.click()
    assert lan.page.evaluate("document.activeElement.name") == "id_number"

    lan.fill("Số định danh cá nhân", "001185012346").fill("Số điện thoại", "0912 345 678").press("Tiếp tục")
    lan.page.go_back()
    assert lan.page.get_by_label("Số định danh cá nhân").input_value() == "001185012346"


def test_goes_on_at_another_device_with_a_code(person: Come) -> None:
    phone = (
        person(name="resume-phone")
        .open("/dich-vu/NEW-LV-RES/")
        .press("Bắt đầu")
        .choose("Không")
        .press("Tiếp tục")
    )
    phone.page.locator("[name=place_text]").fill("Số 5 phố Chùa Bộc, Hà Nội")
    phone.press("Tiếp tục")
    code = phone.page.locator("[data-resume-code]").inner_text()

    desk = (
        person(name="resume-desk", desktop=True)
        .open("/tiep-tuc/")
        .fill("Mã điền tiếp", "KHONGCOMA")
        .press("Điền tiếp")
    )
    desk.sees("Không có phiếu nào với mã này").fill("Mã điền tiếp", code.lower()).press("Điền tiếp")

    desk.sees("Chỗ ở này là của ai?").press("Quay lại")
    assert desk.page.locator("[name=place_text]").input_value() == "Số 5 phố Chùa Bộc, Hà Nội"


def test_follows_from_another_browser_with_a_code_by_message(person: Come) -> None:
    own = person(name="own")
    number = home_supply.ask_by_form(own, name="Trần Văn Bình", phone="0987 111 222")
    word = own.page.locator("[data-code-word]").get_attribute("data-code-word")

    other = person(name="follow").open("/theo-doi/").fill("Số yêu cầu", "hn26").press("Xem")
    other.sees("Số yêu cầu chưa đúng").fill("Số yêu cầu", number.lower().replace("-", "")).press("Xem")
    other.sees("anh/chị là người gửi").fill("Số điện thoại đã đăng ký", "0987111222").press("Gửi mã cho tôi")
    other.sees("một mã 6 chữ số").fill("Mã 6 chữ số", "000000").press("Xác nhận")
    other.sees("Mã chưa đúng")

    neighbour = (
        person(name="word", dark=True)
        .open(f"/theo-doi/{number}/")
        .fill("Từ khóa", "sai bét")
        .press("Xem yêu cầu")
    )
    neighbour.sees("từ khóa chưa đúng").fill("Từ khóa", word).press("Xem yêu cầu").sees(
        number, "đang kiểm tra"
    )
    neighbour.press("Hủy yêu cầu").press("Hủy yêu cầu").sees("Yêu cầu đã được hủy")


def test_asks_a_question_by_keyboard_alone(person: Come) -> None:
    minh = person(name="keyboard", desktop=True).open("/")
    minh.tab_to("Tìm dịch vụ").page.keyboard.type("hoi gia dien")
    minh.key("Enter").tab_to("Hỏi đáp, tư vấn").key("Enter").tab_to("Bắt đầu").key("Enter")

    for _page in range(10):
        if minh.page.get_by_role("button", name="Gửi yêu cầu").count():
            break
        answer_by_keyboard(minh)
    minh.tab_to("Gửi yêu cầu").key("Enter")

    minh.sees(home_supply.number_on(minh), "Đã gửi yêu cầu")


def answer_by_keyboard(who: Person) -> None:
    """Fill in what the page asks, going from field to field, and go on."""
    words = {"phone": "0903 334 455", "full_name": "Vũ Minh", "question": "Giá điện bậc 1 là bao nhiêu?"}
    for _press in range(60):
        who.page.keyboard.press("Tab")
        kind, name, text, value = who.page.evaluate(
            "(() => { const e = document.activeElement; return [e.type || '', e.name || '', e.innerText || '', e.value || ''] })()"
        )
        if kind == "radio":
            who.page.keyboard.press("Space")
        elif name in words and not value:
            who.page.keyboard.type(words[name])
        elif text.strip() in {"Tiếp tục", "Bỏ qua, gửi sau"}:
            who.key("Enter")
            return
    raise AssertionError(f"{who.path} cannot be answered by keyboard")


@pytest.mark.parametrize("path", ["/", "/dich-vu/NEW-LV-RES/", "/theo-doi/", "/tiep-tuc/", "/lien-he/"])
def test_pages_speak_english_when_asked(person: Come, path: str) -> None:
    john = person(name="english", desktop=True).open(path).press("English", within=".top")

    left = [word for word in john.page.inner_text("main").split() if VIETNAMESE.search(word)]
    assert john.page.get_attribute("html", "lang") == "en"
    assert left == []


@pytest.mark.parametrize(
    "path", ["/", "/dich-vu/", "/dich-vu/NEW-LV-RES/", "/chat/", "/theo-doi/", "/lien-he/"]
)
def test_first_visit_is_light(person: Come, path: str) -> None:
    weight = person(name="light").weigh(path)

    print(f"\n{path} {weight / 1000:.1f} kB")  # noqa: T201

    assert 0 < weight < 100_000, f"{path} {weight / 1000:.1f} kB"


@pytest.mark.parametrize(
    "path", ["/", "/dich-vu/NEW-LV-RES/", "/rieng-tu/", "/tro-nang/", "/lien-he/", "/khong-co/"]
)
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_pages_to_read_are_in_order_at_a_desk(person: Come, path: str, dark: bool) -> None:
    person(name="read", desktop=True, dark=dark).open(path)
