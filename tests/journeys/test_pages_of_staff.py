"""Every page that staff may open, with something on it: read by axe at a desk and on a phone, by day and by night."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.journeys.person import Person
from tests.journeys.site import GROUP, HANOI, Site

pytestmark = pytest.mark.journey
Come = Callable[..., Person]

# By who opens them; {...} is what `ready.pages` made.
PAGES: dict[str, tuple[str, ...]] = {
    "tiepnhan": (
        "/nhan-vien/", "/ban-viec/", "/ban-viec/?han=qua", "/ban-viec/gan-day/", "/ban-viec/phim-tat/", "/ban-viec/cho-toi/",
        "/ban-viec/tim/?q=mac+thi+tre", "/ban-viec/khach-hang/{customer}/", "/ban-viec/lich-hen/",
        "/ban-viec/cuoc-goi/", "/ban-viec/cuoc-goi/INFO/", "/ban-viec/ghi-cuoc-goi/",
        "/ban-viec/hoi-thoai/", "/ban-viec/hoi-thoai/?xem=cho", "/ban-viec/hoi-thoai/{talk}/", "/ban-viec/yeu-cau/{late}/", "/quay/", "/quay/?q={account}",
        "/ban-viec/hoi-thoai/tim/?q=dien", "/ban-viec/cau-mau/",
        "/quay/?q=5+chua+boc", "/quay/phieu-moi/NEW-LV-RES/", "/quay/phieu-moi/CHG-HOLDER/?ma={account}", "/quay/xong/{late}/",
        "/quay/thu-tien/", "/quay/thu-tien/{charge}/", "/quay/phieu-thu/{receipt}/", "/quay/so-quy/", "/quay/ca/", "/quay/da-nop/", "/quay/ghi-chu/",
    ),
    "kinhdoanh": (
        "/ban-viec/", "/ban-viec/yeu-cau/{late}/", "/ban-viec/yeu-cau/{late}/buoc/accept/", "/ban-viec/tien-treo/",
        "/ban-viec/tien-treo/{case}/", "/ban-viec/khach-hang/{customer}/", "/ban-viec/khach-hang/{customer}/gop/{double}/",
        "/ban-viec/du-lieu-ca-nhan/", "/ban-viec/hoa-don/", "/ban-viec/hoa-don/{bill}/",
    ),
    "thicong": (
        "/hien-truong/", "/hien-truong/ngay-mai/", "/hien-truong/cho-gui/", "/hien-truong/ghi-chi-so/", "/hien-truong/{visit}/", "/hien-truong/{visit}/giay-to/",
        "/hien-truong/{visit}/viec/correct_name/", "/ban-viec/",
    ),
    "giamsat": (
        "/ban-viec/hoi-thoai/bang-truc/", "/ban-viec/hoi-thoai/so-lieu/", "/nhan-vien/truc/",
        "/ban-viec/cau-mau/{canned}/", "/ban-viec/giam-sat/", "/ban-viec/yeu-cau/{late}/", "/ban-viec/tien-treo/{case}/", "/bang/", "/bang/?theo=unit_code",
        "/nhan-vien/mat-dien/", "/nhan-vien/mat-dien/ghi/", "/nhan-vien/mat-dien/lich/", "/nhan-vien/mat-dien/{outage}/",
        "/nhan-vien/thong-bao/", "/nhan-vien/thong-bao/them/", "/nhan-vien/thong-bao/them/?cho=UNITS", "/nhan-vien/thong-bao/mau/",
        "/nhan-vien/hoi-dap/", "/nhan-vien/hoi-dap/them/", "/nhan-vien/hoi-dap/tu-ngu/", "/nhan-vien/hoi-dap/cau-chua-hieu/", "/nhan-vien/hoi-dap/{article}/",
        "/bang/?theo=channel&ky=nam", "/bang/ho-so/", "/bang/tien/", "/bang/tien/khoan/", "/bang/cach-tinh/", "/bang/man-hinh-lon/", "/bang/muc-tieu/", "/bang/chot/",
    ),
    "ketoan": (
        "/tien/", "/tien/phien-tinh/", "/tien/sua-hoa-don/", "/tien/ghi-chi-so/", "/tien/anh-chi-so/", "/tien/quy-dinh/",
        "/tien/dieu-kien/", "/tien/cong-suat/", "/tien/ba-gia/", "/tien/sua-hoa-don/nhieu-ky/",
        "/tien/hoa-don-dien-tu/", "/tien/hoa-don-dien-tu/thong-diep/",
        "/tien/so-sach/", "/tien/so-sach/can-doi/", "/tien/so-sach/nhat-ky/", "/tien/so-sach/so-cai/?tk=111", "/tien/so-sach/khoa/",
        "/tien/so-sach/khoa/2020-01-06/", "/tien/so-sach/tai-khoan/", "/tien/sao-ke/", "/tien/doi-soat/", "/tien/hoan-tien/",
        "/tien/dat-coc/", "/tien/dat-coc/them/", "/tien/lai-cham-tra/",
        "/tien/quy-tac/", "/tien/quy-tac/mau-bang/", "/tien/tai-khoan-ao/", "/tien/hoan-tien/vi/",
        "/tien/no-tien-dien/", "/tien/no-tien-dien/mien/", "/tien/no-tien-dien/chinh-sach/?theo=LAW_2004", "/tien/no-tien-dien/ma/{account}/",
    ),
    "quantri": (
        "/quan-tri/hoa-don-dien-tu/", "/quan-tri/hoa-don-dien-tu/nguoi-ban/",
        "/quan-tri/hoi-thoai/", "/quan-tri/hoi-thoai/hang/1/", "/quan-tri/hoi-thoai/hang/them/",
        "/quan-tri/", "/quan-tri/nhan-vien/", "/quan-tri/nhan-vien/them/", "/quan-tri/nhan-vien/{person}/", "/quan-tri/don-vi/",
        "/quan-tri/don-vi/them/", "/quan-tri/don-vi/PD0400/", "/quan-tri/don-vi/PD0400/khu-vuc/", "/quan-tri/ngay/",
        "/quan-tri/thong-bao/", "/nhan-vien/thong-bao/mau/request.received/", "/quan-tri/nhat-ky/",
        "/quan-tri/su-kien/", "/quan-tri/cong/", "/quan-tri/cong/them/", "/quan-tri/cong/DVC-HN/", "/quan-tri/he-thong-do/",
        "/quan-tri/noi-xac-thuc/them/", "/quan-tri/noi-dang-nhap/", "/quan-tri/them-noi-dang-nhap/oidc/",
        "/quan-tri/them-noi-dang-nhap/ldap/", "/quan-tri/kenh/", "/quan-tri/kenh/zalo/", "/quan-tri/kenh/thu/",
        "/quan-tri/kenh/messenger/", "/quan-tri/kenh/sms/", "/quan-tri/ngan-hang/",
        "/quan-tri/ngan-hang/them/", "/quan-tri/ngan-hang/NHTHU/",
        "/quan-tri/vi/", "/quan-tri/vi/VNPAY/",
        "/quan-tri/noi-xac-thuc/CONG-THU/", "/quan-tri/noi-dang-nhap/sso-thu/", "/quan-tri/to-cong-tac/", "/quan-tri/to-cong-tac/HN-T1/",
    ),
    "motcuahcc": (
        "/quay/", "/quay/?q={account}", "/quay/da-nop/", "/quay/phieu-moi/INFO/", "/quay/ho-so/{dossier}/",
        "/quay/ho-so/{dossier}/giay-to/", "/quay/ho-so/{dossier}/huy/", "/quay/ho-so/{dossier}/trao/",
    ),
    "lanhdao": (
        "/quan-tri/gia-dien/", "/quan-tri/gia-dien/them/", "/bang/tien/",
        "/bang/", "/bang/?theo=province_code", "/bang/cach-tinh/", "/bang/man-hinh-lon/", "/bang/muc-tieu/", "/bang/chot/",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def ready(house: Site) -> dict[str, str]:
    made: dict[str, str] = json.loads(house.run("ready", "pages", house.now().isoformat()))
    return made


@pytest.mark.parametrize("who", list(PAGES))
def test_hold_everywhere(person: Come, ready: dict[str, str], who: str) -> None:
    somebody = person(name=f"pages-{who}", host=GROUP if who == "lanhdao" else HANOI, desktop=True)
    somebody.come_in(who)
    for path in PAGES[who]:
        answer = somebody.page.goto(somebody.site.url(path.format(**ready), somebody.host), wait_until="load")
        assert answer is not None
        assert answer.status == 200, f"{path} answered {answer.status}"
        somebody.look_around()
