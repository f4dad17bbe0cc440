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


def test_each_part_of_a_shared_meter_is_put_right(bill):
    accountant = Actor.staff(uuid4(), "Chị Hà", [Role.ACCOUNTANT], ["PD0100"])
    shared = [
        {**CASE, "kwh": 100},
        {
            **CASE,
            "group": "BUSINESS",
            "voltage": "LT_6KV",
            "kwh": None,
            "registers": {"normal": 120, "off_peak": 30, "peak": 50},
        },
    ]
    done = operations.propose_correction(
        bill_id=bill.id, kind="REPLACE", case=shared, reason="Dùng chung", actor=accountant, at=NOW
    )
    bill = Bill.objects.get(id=done.new_bill_id)
    client, url = browser("bon"), f"/tien/sua-hoa-don/{bill.id}/"
    page = client.get(url).content.decode()
    assert [f'name="{name}"' in page for name in ("kwh", "normal-2", "peak-2", "kwh-2")] == [
        True,
        True,
        True,
        False,
    ]
    assert "05/09 – 05/10" in page

    posted = {
        "kind": "REPLACE",
        "kwh": "150",
        "normal-2": "100",
        "off_peak-2": "30",
        "peak-2": "50",
        "reason": "Chia sai",
    }
    assert client.post(url, {**posted, "peak-2": ""}).status_code == 422
    assert client.post(url, posted).status_code == 302

    new = Bill.objects.get(corrects_id=bill.id)
    assert Bill.objects.get(id=bill.id).state == "REPLACED"
    home, shop = new.case
    assert (new.kwh, home["kwh"], shop["registers"]) == (
        330,
        150,
        {"normal": 100, "off_peak": 30, "peak": 50},
    )


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
