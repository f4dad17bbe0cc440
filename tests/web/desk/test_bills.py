"""Bills at the desk: on the customer's card, of an account, one explained; to who may see them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from django.test import Client

from motcua.companies.models import AuditEntry
from motcua.companies.roles import Role
from motcua.config import clock
from tests.billing.billed_house import House, house
from tests.web import people

NOON = datetime.fromisoformat("2026-11-16T12:00:00+07:00")


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)


@pytest.fixture
def home(company: Any) -> House:
    return house(NOON)


def desk(role: Role, unit: str = "PD0100") -> Client:
    return people.browser(people.add_staff(f"{role.value.lower()}-{unit.lower()}", role, unit=unit))


def text(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer.status_code
    return " ".join(answer.content.decode().split())


class TestTheCard:
    def test_has_the_newest_bills_of_each_account(self, home: House) -> None:
        bills = home.year()
        page = text(desk(Role.BUSINESS), f"/ban-viec/khach-hang/{home.hoa}/")
        for bill in bills[-3:]:
            assert f"/ban-viec/hoa-don/{bill.id}/" in page
        assert f"/ban-viec/hoa-don/{bills[-4].id}/" not in page
        assert f"/ban-viec/hoa-don/?ma={home.account}" in page


class TestOfAnAccount:
    def test_are_listed_however_the_code_is_written(self, home: House) -> None:
        bills = home.year()
        page = text(desk(Role.ACCOUNTANT), f"/ban-viec/hoa-don/?ma={home.account.lower()}")
        assert all(f"/ban-viec/hoa-don/{bill.id}/" in page for bill in bills)
        assert "Số 12 ngõ 34 phố Tây Sơn" in page

    def test_of_another_unit_are_not_there(self, home: House) -> None:
        bill = home.bill(date(2026, 11, 1), 345)
        client = desk(Role.BUSINESS, "PD0200")
        page = text(client, f"/ban-viec/hoa-don/?ma={home.account}")
        assert "Không có hóa đơn nào của mã này" in page and "Tây Sơn" not in page
        assert client.get(f"/ban-viec/hoa-don/{bill.id}/").status_code == 404

    def test_unknown_ones_are_said(self, home: House) -> None:
        assert "Không có hóa đơn nào của mã này" in text(desk(Role.INTAKE), "/ban-viec/hoa-don/?ma=xyz")


class TestOneBill:
    def test_is_explained_with_the_recount_and_kept_in_the_audit(self, home: House) -> None:
        bill = home.year()[-1]
        page = text(desk(Role.INTAKE, "PD0200"), f"/ban-viec/hoa-don/{bill.id}/")
        assert (
            "nhiều hơn tháng 10/2026 45 kWh" in page
            and "khớp đến từng đồng" in page
            and "Nguyễn Thị Hoa" in page
        )
        assert AuditEntry.objects.filter(verb="bill.seen", subject_id=str(bill.id)).count() == 1

    def test_says_what_differs(self, home: House) -> None:
        readings = [{"serial": "1", "register": "KT", "previous": 0, "current": 300, "factor": 1, "kwh": 300}]
        bill = home.bill(date(2026, 11, 1), 345, readings=readings)
        page = text(desk(Role.SUPERVISOR), f"/ban-viec/hoa-don/{bill.id}/")
        assert "Tính lại không khớp" in page and "readings" in page

    def test_has_its_papers(self, home: House) -> None:
        bill = home.bill(date(2026, 11, 1), 345)
        client = desk(Role.BUSINESS)
        for name in ("hoa-don", "giay-bao"):
            assert client.get(f"/ban-viec/hoa-don/{bill.id}/{name}.pdf").content.startswith(b"%PDF")
