"""What staff do: find by an old address, approve, close a month; on a phone, at a desk, with keys alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.journeys.person import Person
from tests.journeys.ready import LOOKS as NAMES
from tests.journeys.ready import MONTHS, OLD_PLACE
from tests.journeys.site import Site
from tests.journeys.test_acts_customer import LOOKS

pytestmark = pytest.mark.journey
Come = Callable[..., Person]
STAFF_LOOKS = [name for name in LOOKS if LOOKS[name].get("scripts", True)]


@pytest.fixture(scope="module")
def ready(house: Site) -> dict[str, Any]:
    """What the acts begin with."""
    made: dict[str, Any] = json.loads(house.run("ready", "staff", house.now().isoformat()))
    return made


@pytest.fixture(params=STAFF_LOOKS)
def look(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def employee(person: Come, look: str) -> Callable[[str], Person]:
    """Somebody of the staff, signed in."""
    return lambda username: person(name=f"staff-{look}", **LOOKS[look]).come_in(username)


def test_find_by_an_old_address_at_the_counter(
    employee: Callable[[str], Person], ready: dict[str, Any]
) -> None:
    lan = employee("tiepnhan").open("/quay/")
    box = "Điện thoại, mã khách hàng"
    lan.fill(box, OLD_PLACE).press("Tìm khách hàng").sees("Theo địa chỉ", "Kiều Thị Xưa")
    lan.fill(box, "5 chua boc, phuong Kim Lien, Ha Noi").press("Tìm khách hàng").sees(ready["account"])
    lan.press("Kiều Thị Xưa").sees("Kiều Thị Xưa", ready["account"], OLD_PLACE)
    lan.press("Chọn người khác").fill(box, ready["account"]).press("Tìm khách hàng")
    lan.sees("Ở cạnh nhà có mã này", "Kiều Văn Cạnh").press("Kiều Văn Cạnh").sees(ready["beside"])

    lan.press("Đổi tên chủ hợp đồng")
    assert lan.page.locator("[name=account_code]").input_value() == ready["beside"]


def test_approve_at_the_desk(employee: Callable[[str], Person], ready: dict[str, Any], look: str) -> None:
    number = ready["approve"][look]
    minh = employee("kinhdoanh").open(f"/ban-viec/tim/?q={number}").sees(f"Kiều Minh Duyệt {look}")
    accept = minh.page.locator("details.act").filter(has_text="Chấp nhận hồ sơ").first
    if accept.get_attribute("open") is None:
        minh.unfold(accept.locator("summary"))
    minh.pick(accept.get_by_role("radio", name="Không", exact=True))
    minh.put(accept.get_by_label("Chi phí khách hàng trả"), "0")
    minh.press_on(accept.get_by_role("button", name="Chấp nhận hồ sơ"))

    assert minh.path == f"/ban-viec/yeu-cau/{number}/"
    minh.sees("Bước hiện tại: Ký hợp đồng", "Tổ 1")


def test_close_the_month(employee: Callable[[str], Person], ready: dict[str, Any], look: str) -> None:
    month = MONTHS[NAMES.index(look)]
    thao = employee("giamsat").open(f"/bang/chot/?thang={month:%Y-%m}").sees("chưa chốt")
    thao.press(f"Chốt tháng {month:%m/%Y}").sees(f"Đã chốt số liệu tháng {month:%m/%Y}", "Vũ Thị Thảo")

    asked = thao.page.locator("main tbody tr").filter(has_text="Yêu cầu").first
    assert asked.locator("td").all_inner_texts() == ["1", "1"]
    assert thao.page.get_by_role("button", name=f"Chốt tháng {month:%m/%Y}").count() == 0
