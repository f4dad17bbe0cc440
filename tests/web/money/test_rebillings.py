"""A series of bills on pages: looked at with its money, proposed by one, carried out by another."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest

from motcua.billing import operations
from motcua.billing.models import Bill, Rebilling
from motcua.companies.roles import Role
from motcua.config import clock
from motcua.kernel.actors import Actor
from tests.web import people

pytestmark = pytest.mark.django_db
URL = "/tien/sua-hoa-don/nhieu-ky/"
ACCOUNT = "PD01000000001"
ASKED = {"account_code": ACCOUNT, "wrong": "PRICE", "group": "BUSINESS", "voltage": "LT_6KV", "wrong_since": "2025-01-01",
         "kind": "ADJUST", "reason": "Bán hàng từ tháng 8"}  # fmt: skip


@pytest.fixture
def bills(company, monkeypatch):
    now = datetime(2025, 10, 6, 3, tzinfo=UTC)
    monkeypatch.setattr(clock, "now", lambda: now)
    customer = uuid4()
    return [
        operations.issue_bill(
            account_code=ACCOUNT, customer_id=customer, unit_code="PD0100", readings=[], billing_month=date(2025, month, 5),
            case={"group": "HOME", "from": f"2025-{month - 1:02}-05", "to": f"2025-{month:02}-05", "kwh": 300},
            actor=Actor.system("t"), at=now,
        )
        for month in (9, 10)
    ]  # fmt: skip


def browser(name, role=Role.ACCOUNTANT, unit="PD0100"):
    return people.browser(people.add_staff(name, role, unit=unit))


def test_looked_at_proposed_and_carried_out_by_another(bills):
    one, two = browser("mot"), browser("hai", Role.SUPERVISOR)
    page = one.post(URL, ASKED | {"viec": "xem"}).content.decode()
    # 300 kWh at 3,152 with 8 %: 1,021,248; as a home 798,660
    assert page.count("798.660") == page.count("1.021.248") == 2
    assert "445.176" in page
    assert not Rebilling.objects.exists()

    answer = one.post(URL, ASKED | {"viec": "gui"})
    series = Rebilling.objects.get()
    assert answer.url == f"{URL}{series.id}/"
    act = f"{answer.url}viec"
    assert one.post(act, {"viec": "duyet"}).status_code == 422
    assert two.post(act, {"viec": "khong", "ly_do": ""}).status_code == 422
    assert "445.176" in two.get(answer.url).content.decode()
    assert ACCOUNT in two.get(URL).content.decode()

    assert two.post(act, {"viec": "duyet"}).url == answer.url

    assert [bill.total_vnd for bill in Bill.objects.filter(kind="ADJUSTMENT")] == [222_588, 222_588]
    assert "đã làm" in two.get(answer.url).content.decode()
    assert two.post(act, {"viec": "duyet"}).status_code == 422


def test_what_is_missing_or_has_no_bills_is_told(bills):
    one = browser("mot")
    missing = one.post(URL, ASKED | {"wrong": "QUOTA", "viec": "xem"})
    assert missing.status_code == 422
    none = one.post(URL, ASKED | {"account_code": "PD01000009999", "viec": "xem"})
    assert "Không có hóa đơn nào trong thời gian ấy" in none.content.decode()
    without_reason = one.post(URL, ASKED | {"reason": "", "viec": "gui"})
    assert "Hãy ghi lý do." in without_reason.content.decode()
    assert not Rebilling.objects.exists()


def test_of_another_unit_it_is_not_there(bills):
    browser("mot").post(URL, ASKED | {"viec": "gui"})
    other = browser("xa", unit="PD0200")
    assert other.get(f"{URL}{Rebilling.objects.get().id}/").status_code == 404
    assert other.post(URL, ASKED | {"viec": "xem"}).status_code == 422


@pytest.mark.parametrize(
    ("asked", "right"),
    [
        ({}, "Kinh doanh, dịch vụ, dưới 6 kV"),
        ({"wrong": "QUOTA", "quotas": "2.5"}, "2,5"),
        ({"wrong": "FACTOR", "factor": "40"}, "40"),
        ({"wrong": "READINGS", "wrong_since": "2025-08-05"}, None),
    ],
)
def test_who_approves_reads_what_is_taken_for_right_and_who_says_so(bills, asked, right):
    if asked.get("wrong") == "READINGS":
        operations.issue_bill(
            account_code=ACCOUNT, customer_id=uuid4(), unit_code="PD0100", readings=[], billing_month=date(2025, 8, 5),
            case={"group": "HOME", "from": "2025-07-05", "to": "2025-08-05", "kwh": 20}, actor=Actor.system("t"), at=clock.now(),
        )  # fmt: skip
        asked = asked | {"wrong_since": "2025-01-01"}
    browser("mot").post(URL, ASKED | asked | {"viec": "gui"})
    page = browser("hai", Role.SUPERVISOR).get(f"{URL}{Rebilling.objects.get().id}/").content.decode()

    assert ("<dt>Đúng là</dt>" in page) == (right is not None)
    if right is not None:
        assert f"<dt>Đúng là</dt><dd>{right}</dd>" in page
    assert "<dt>Người đề nghị</dt><dd>Mot, 10:00 06/10" in page
    assert ">Kinh doanh, dịch vụ</option>" in browser("ba").get(URL).content.decode()
