"""A customer with two contracts and what is owed there, and who else has a part in them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from motcua.kernel.actors import Actor
from motcua.ledger import operations as ledger_ops
from motcua.messaging.models import OutboxMessage
from motcua.requests import operations as request_ops
from motcua.supply import operations as supply_ops
from motcua.supply.models import Balance
from tests.supplied_house import SEED, SuppliedHouse

LAN = Actor.staff("lan", "Lan", ["INTAKE"])
HOA, HOA_PHONE = "Đặng Thị Mận", "0901234567"
PLACE, OTHER_PLACE = "Số 88 ngõ 77 phố Chùa Láng", "Số 5 phố Huế"
ID_NUMBER = "034176009988"
FEE, WITH_VAT = 98_000, "105.840 đ"


@dataclass
class Owing(SuppliedHouse):
    """What there is, and how to make more of it."""

    first: str = ""  # the account code of Mrs Hoa

    def owe(self, account: str, customer_id: UUID, *, kind: str = "NG") -> Any:
        """A request about the account, and a charge of it."""
        self.serial += 1
        receipt = request_ops.submit(
            service_code="COMPLAINT", channel="COUNTER", actor=LAN, at=self.at, key=f"ask:{self.serial}", customer_id=customer_id,
            answers={"account_code": account, "about": "BILL", "story": "Tiền điện tháng này cao quá, xem lại giúp", "full_name": "Ai Đó",
                     "phone": HOA_PHONE},
        )  # fmt: skip
        return ledger_ops.raise_charge(
            kind=kind, amount_vnd=FEE, vat_rate=Decimal("0.08"), customer_id=customer_id, request_id=receipt.request_id,
            unit_code="PD0100", actor=SEED, at=self.at, key=f"owe:{self.serial}", due_at=self.at + timedelta(days=7),
        )  # fmt: skip

    def told_by_another_system(self, account: str, amount_vnd: int) -> None:
        Balance.objects.create(account_code=account, amount_vnd=amount_vnd, as_of=date(2026, 11, 10))

    def give_part(self, account: str, customer_id: UUID, role: str) -> None:
        supply_ops.give_part(
            account_code=account, customer_id=customer_id, role=role, reason="Theo giấy", valid_from=date(2026, 1, 1), actor=LAN,
            at=self.at,
        )  # fmt: skip


@pytest.fixture
def owing(company: Any, at: datetime) -> Owing:
    """Mrs Hoa, one contract, one charge."""
    made = Owing(at, UUID(int=0))
    made.hoa = made.person(HOA, HOA_PHONE, id_number=ID_NUMBER)
    made.first = made.contract(made.hoa, PLACE)
    made.owe(made.first, made.hoa)
    return made


def sent_code(nth: int = -1) -> str:
    """The code in the text message sent last (or nth)."""
    rows = [row for row in OutboxMessage.objects.order_by("created_at", "id") if row.template == "proof.code"]
    row = rows[nth]
    found = re.search(r"\d{6}", str(row.params.get("code") or row.text))
    assert found, (row.params, row.text)
    return found.group()


def count_codes() -> int:
    return OutboxMessage.objects.filter(template="proof.code").count()
