"""A customer reads their meter on their phone: a figure, a photo, one question when it is far off."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from motcua.billing import operations as billing_ops
from motcua.billing.models import AccountTerms, OwnReading
from motcua.companies.roles import Role
from motcua.customers import operations as customer_ops
from motcua.documents import operations as document_ops
from motcua.documents import storage
from motcua.documents.models import DocumentAccess
from motcua.kernel.actors import Actor
from motcua.supply.models import Reading
from tests.billing.accounts import UNIT, make, meter_of
from tests.documents import samples
from tests.web import people
from tests.web.customer.conftest import NOON

OCT = date(2026, 10, 16)
PAGE = "/cua-toi/chi-so/"
SYSTEM = Actor.system("test")
PHONE = "0901234567"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = storage.FolderStorage(tmp_path / "documents")
    monkeypatch.setattr(document_ops, "get_storage", lambda: own)


@pytest.fixture
def home(company: Any) -> tuple[Any, str]:
    """Read on the sixteenth, which is today; billed in October for 100 kilowatt-hours."""
    hoa = customer_ops.create_customer(full_name="Nguyễn Thị Hoa", phone="+84901234567", actor=SYSTEM, at=NOON).id  # fmt: skip
    account = make(date(2026, 9, 16), {OCT: 100}, customer=hoa)
    AccountTerms.objects.create(
        account_code=account, valid_from=date(2026, 1, 1), price_group="HOME", reading_days=[16], set_at=NOON, set_by="t"
    )  # fmt: skip
    billing_ops.issue_bill(
        account_code=account, customer_id=hoa, unit_code=UNIT, billing_month=OCT, actor=SYSTEM, at=NOON,
        case={"group": "HOME", "from": "2026-09-16", "to": "2026-10-16", "kwh": 100},
        readings=[{"serial": meter_of(account), "register": "KT", "previous": 0, "current": 100, "factor": 1, "kwh": 100}],
    )  # fmt: skip
    return hoa, account


@pytest.fixture
def hoa(home: tuple[Any, str], signed_in: Any) -> Client:
    return signed_in(PHONE, home[0])


def photo() -> SimpleUploadedFile:
    return SimpleUploadedFile("anh.jpg", samples.jpeg(), "image/jpeg")


def test_told_that_today_is_the_day_and_taken_without_more(hoa: Client, home: tuple[Any, str]) -> None:
    assert "Tự ghi chỉ số công tơ" in hoa.get("/cua-toi/").content.decode()
    assert "Hôm nay ghi được, đến hết" in hoa.get(PAGE).content.decode()
    url = f"{PAGE}{home[1]}/"
    assert meter_of(home[1]) in hoa.get(url).content.decode()

    answer = hoa.post(url, {"so_KT": "210", "anh": photo(), "key": "a"})

    assert answer.url == PAGE
    assert Reading.objects.get(source="CUSTOMER").value_kwh == 210
    page = hoa.get(PAGE).content.decode()
    assert "Đã nhận chỉ số" in page
    assert "<b>210</b>" in page


def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(
    hoa: Client, home: tuple[Any, str]
) -> None:
    url = f"{PAGE}{home[1]}/"
    without = hoa.post(url, {"so_KT": "210"})
    assert without.status_code == 422
    assert "Hãy chụp hoặc chọn ảnh mặt công tơ." in without.content.decode()
    assert 'value="210"' in without.content.decode()
    wrong = hoa.post(url, {"so_KT": "hai trăm", "anh": photo()})
    assert "Hãy nhập các chữ số trên mặt công tơ" in wrong.content.decode()
    paper = SimpleUploadedFile("a.jpg", b"no picture", "image/jpeg")
    assert hoa.post(url, {"so_KT": "210", "anh": paper}).status_code == 422
    assert not OwnReading.objects.exists()


def test_far_off_it_is_asked_once_and_goes_to_a_person_who_sees_the_photo(
    hoa: Client, home: tuple[Any, str]
) -> None:
    asked = hoa.post(f"{PAGE}{home[1]}/", {"so_KT": "900", "anh": photo(), "key": "a"})
    row = OwnReading.objects.get()
    assert asked.url == f"{PAGE}lan/{row.id}/"
    page = hoa.get(asked.url).content.decode()
    assert "Nhiều hơn hẳn kỳ trước." in page
    assert "<b>900</b> là 800 kWh" in page
    assert "Xem lại và trả lời" in hoa.get(PAGE).content.decode()
    assert hoa.post(asked.url, {"viec": "dung"}).url == PAGE
    assert "điện lực đang xem ảnh" in hoa.get(PAGE).content.decode()

    clerk = people.browser(people.add_staff("b1", Role.BUSINESS, unit=UNIT))
    listed = clerk.get("/tien/anh-chi-so/").content.decode()
    assert home[1] in listed
    assert "tăng bất thường" in listed
    picture = clerk.get(f"/tien/anh-chi-so/{row.id}/anh")
    assert (picture["content-type"], picture.content[:2]) == ("image/jpeg", b"\xff\xd8")
    assert DocumentAccess.objects.get(document_id=row.document_id).purpose == "own-reading"
    act = f"/tien/anh-chi-so/{row.id}/viec"
    assert clerk.post(act, {"viec": "khong", "ly_do": ""}).status_code == 422
    assert clerk.post(act, {"viec": "khong", "ly_do": "Ảnh mờ"}).url == "/tien/anh-chi-so/"
    told = hoa.get(PAGE).content.decode()
    assert "chưa dùng được" in told
    assert "Ảnh mờ" in told
    assert not Reading.objects.filter(source="CUSTOMER").exists()


def test_typed_anew_it_is_taken(hoa: Client, home: tuple[Any, str]) -> None:
    url = hoa.post(f"{PAGE}{home[1]}/", {"so_KT": "2100", "anh": photo(), "key": "a"}).url
    assert hoa.post(url, {"so_KT": "210"}).url == PAGE
    assert Reading.objects.get(source="CUSTOMER").value_kwh == 210
    assert hoa.get(url).status_code == 302  # it is answered


def test_of_another_it_is_not_there_and_on_another_day_not_asked(
    home: tuple[Any, str], signed_in: Any, monkeypatch: Any
) -> None:
    other = customer_ops.create_customer(full_name="Người Khác", phone="+84912345678", actor=SYSTEM, at=NOON).id  # fmt: skip
    stranger = signed_in("0912345678", other)
    assert stranger.get(f"{PAGE}{home[1]}/").status_code == 404
    AccountTerms.objects.update(reading_days=[25])
    mine = signed_in(PHONE, home[0])
    assert mine.get(f"{PAGE}{home[1]}/").url == PAGE
    assert "Anh/chị ghi được từ" in mine.get(PAGE).content.decode()


def test_staff_of_another_unit_see_nothing(hoa: Client, home: tuple[Any, str]) -> None:
    hoa.post(f"{PAGE}{home[1]}/", {"so_KT": "900", "anh": photo(), "key": "a"})
    row = OwnReading.objects.get()
    other = people.browser(people.add_staff("b2", Role.BUSINESS, unit="PD0200"))
    assert home[1] not in other.get("/tien/anh-chi-so/").content.decode()
    assert other.get(f"/tien/anh-chi-so/{row.id}/anh").status_code == 404
    assert other.post(f"/tien/anh-chi-so/{row.id}/viec", {"viec": "nhan"}).status_code == 404
