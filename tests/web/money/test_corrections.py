"""Bills put right on pages: proposed by one, let by another where money goes back."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest

from motcua.billing import operations
from motcua.billing.models import Bill, BillCorrection
from motcua.companies.roles import Role
from motcua.kernel.actors import Actor
from motcua.ledger import operations as ledger_ops
from tests.web import people

pytestmark = pytest.mark.django_db
NOW = datetime(2025, 10, 6, 3, tzinfo=UTC)
ACTOR = Actor.system("test")
CASE = {"group": "HOME", "from": "2025-09-05", "to": "2025-10-05", "kwh": 300}


@pytest.fixture
def bill(company):
    return operations.issue_bill(
        account_code="PD01000000001", customer_id=uuid4(), unit_code="PD0100", case=CASE, readings=[],
        billing_month=date(2025, 10, 5), actor=ACTOR, at=NOW,
    )  # fmt: skip


def browser(name, unit="PD0100", role=Role.ACCOUNTANT):
    return people.browser(people.add_staff(name, role, unit=unit))


def test_an_unpaid_one_is_replaced_at_once(bill):
    client, url = browser("mot"), f"/tien/sua-hoa-don/{bill.id}/"
    assert "798.660" in client.get(url).content.decode()

    assert client.post(url, {"kind": "REPLACE", "kwh": "200", "reason": ""}).status_code == 422
    assert client.post(url, {"kind": "REPLACE", "kwh": "200", "reason": "Ghi sai"}).status_code == 302

    assert Bill.objects.get(id=bill.id).state == "REPLACED"
    assert Bill.objects.get(corrects_id=bill.id).kwh == 200
    assert "Hóa đơn mới" in client.get(url).content.decode()


def test_what_was_paid_waits_for_another_person(bill):
    ledger_ops.settle_charge(
        charge_id=bill.charge_id, amount_vnd=bill.total_vnd, clearing_account="112", reference="R", actor=ACTOR, at=NOW, key="p"
    )  # fmt: skip
    one, two = browser("mot"), browser("hai", role=Role.SUPERVISOR)
    one.post(f"/tien/sua-hoa-don/{bill.id}/", {"kind": "CANCEL", "kwh": "300", "reason": "Lập nhầm"})
    row = BillCorrection.objects.get()
    act = f"/tien/sua-hoa-don/de-nghi/{row.id}/"
    assert "Lập nhầm" in one.get("/tien/sua-hoa-don/").content.decode()
    assert one.post(act, {"viec": "duyet"}).status_code == 422
    assert two.post(act, {"viec": "khong", "ly_do": ""}).status_code == 422
    assert Bill.objects.get(id=bill.id).state == "ISSUED"

    assert two.post(act, {"viec": "duyet"}).status_code == 302
    assert Bill.objects.get(id=bill.id).state == "CANCELLED"


def test_of_another_unit_it_is_not_there(bill):
    assert browser("ba", unit="PD0200").get(f"/tien/sua-hoa-don/{bill.id}/").status_code == 404
