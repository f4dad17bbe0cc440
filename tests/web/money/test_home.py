"""The face's home says beside each card how much waits there and for how long."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from html import unescape
from uuid import uuid4

import pytest

from motcua.billing import operations as billing_ops
from motcua.billing.operations import correcting
from motcua.companies.roles import Role
from motcua.config import clock
from motcua.kernel.actors import Actor
from motcua.ledger import operations as ledger_ops
from motcua.payments.models import BankStatement
from motcua.payments.operations import statements
from tests.payments.matched_day import BANK, OWN, swift
from tests.web import people

pytestmark = pytest.mark.usefixtures("company")
ACTOR = Actor.system("test")
KEEPER = Actor.staff("k", "K", [Role.ACCOUNTANT], ["PD0100"])
CASE = {"group": "HOME", "from": "2025-09-05", "to": "2025-10-05", "kwh": 300}


def feet(unit: str = "PD0100") -> dict[str, str]:
    """What stands at the foot of each card, by its title."""
    page = unescape(
        people.browser(people.add_staff(f"k-{unit}".lower(), Role.ACCOUNTANT, unit=unit))
        .get("/tien/")
        .content.decode()
    )
    found = re.findall(
        r'card-title"><a[^>]*>([^<]+)</a></h2>.*?</p>(?:<p class="card-foot">([^<]+)</p>)?</div>', page
    )
    return dict(found)


def test_nothing_waits() -> None:
    found = feet()
    assert found["Hoàn tiền"] == found["Đối soát"] == found["Sửa hóa đơn"] == "Không có việc chờ"
    assert found["Sổ sách"] == ""


def test_a_correction_of_ones_own_unit_waits_since_it_was_proposed() -> None:
    before = clock.now() - timedelta(days=2)
    bill = billing_ops.issue_bill(
        account_code="PD01000000001", customer_id=uuid4(), unit_code="PD0100", case=CASE, readings=[],
        billing_month=date(2025, 10, 5), actor=ACTOR, at=datetime(2025, 10, 6, 3, tzinfo=UTC),
    )  # fmt: skip
    assert bill.charge_id
    ledger_ops.settle_charge(
        charge_id=bill.charge_id, amount_vnd=bill.total_vnd, clearing_account="112", reference="R", actor=ACTOR,
        at=before, key="p",
    )  # fmt: skip
    correcting.propose_correction(bill_id=bill.id, kind="CANCEL", reason="Lập nhầm", actor=KEEPER, at=before)

    assert feet()["Sửa hóa đơn"] == "1 việc chờ, lâu nhất 2 ngày"
    assert feet("PD0200")["Sửa hóa đơn"] == "Không có việc chờ"


def test_a_statement_in_quarantine_waits_from_today() -> None:
    statements.open_own_account(number=OWN, bank=BANK, name="Tài khoản thu", actor=ACTOR, at=clock.now())
    wrong = swift("C|150|FT1|x", day=date(2026, 1, 15)).replace(b"VND150,", b"VND151,")
    statements.import_file(name="a.sta", content=wrong, actor=ACTOR, at=clock.now())
    assert BankStatement.objects.get().state == "QUARANTINED"

    assert feet()["Sao kê ngân hàng"] == "1 việc chờ"


def test_a_home_costs_a_query_a_card(django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    page = people.browser(people.add_staff("k", Role.ACCOUNTANT))
    page.get("/tien/")
    with django_assert_max_num_queries(20):
        page.get("/tien/")
