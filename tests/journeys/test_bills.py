"""A customer looks at what she owes, why it is that much, and how to pay it: on a phone, at a desk by night, without scripts."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

from motcua.web import visitors
from tests.journeys.person import Person
from tests.journeys.site import HANOI, Site

pytestmark = pytest.mark.journey
Come = Callable[..., Person]
LOOKS: dict[str, dict[str, Any]] = {
    "phone": {},
    "night": {"desktop": True, "dark": True},
    "plain": {"scripts": False},
}
HEAVIEST = 16_000  # of one page, compressed; styles, icons and scripts are those of every page


@pytest.fixture(scope="module")
def ready(house: Site) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(house.run("ready", "billed", house.now().isoformat()))
    return made


@pytest.mark.parametrize("look", list(LOOKS))
def test_what_is_owed_why_and_how_to_pay(person: Come, ready: dict[str, Any], look: str) -> None:
    hoa = person(name=f"bills-{look}", **LOOKS[look])
    token = ready["tokens"][list(LOOKS).index(look)]
    hoa.context.add_cookies([{"name": visitors.COOKIE, "value": token, "domain": HANOI, "path": "/"}])

    hoa.open("/cua-toi/").press("Hóa đơn tiền điện")
    hoa.sees("Cần trả", "2 hóa đơn, cộng", "Trả trước hết ngày", "Tiền điện tháng 9/2026")
    hoa.press("Vì sao số này? Tiền điện tháng 11/2026")
    assert hoa.path == f"/hoa-don/{ready['bill']}/"
    hoa.sees(
        "345 kWh", "nhiều hơn tháng 10/2026 45 kWh (15 %)", "Kỳ này dài hơn 1 ngày", "Bậc 5", "Bằng chữ:"
    )
    hoa.unfold(hoa.page.get_by_text("Xem dưới dạng bảng").first)
    hoa.look().sees("kWh/ngày", "11/2025")
    hoa.press("Tính lại để kiểm tra").sees("Khớp đến từng đồng")
    hoa.open(f"/hoa-don/{ready['bill']}/")
    hoa.press_on(hoa.page.locator("main .button", has_text="Trả ").first)
    assert hoa.path.startswith("/thanh-toan/TD")
    hoa.sees("Tiền điện")


def test_the_papers_come_and_pages_are_light(person: Come, ready: dict[str, Any]) -> None:
    hoa = person(name="bill-papers")
    hoa.context.add_cookies(
        [{"name": visitors.COOKIE, "value": ready["tokens"][-1], "domain": HANOI, "path": "/"}]
    )
    for path in ("/hoa-don/", f"/hoa-don/{ready['bill']}/", f"/hoa-don/{ready['bill']}/tinh-lai/"):
        assert len(gzip.compress(hoa.fetch(path).content)) < HEAVIEST, path
    for name in ("hoa-don", "giay-bao"):
        answer = hoa.fetch(f"/hoa-don/{ready['bill']}/{name}.pdf")
        assert answer.headers["content-type"] == "application/pdf"
        assert len(PdfReader(BytesIO(answer.content)).pages) <= 2
