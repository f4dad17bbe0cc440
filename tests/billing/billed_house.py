"""A customer with a contract and thirteen months of bills, and who else has a part in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from motcua.billing import operations as billing_ops
from motcua.billing.queries import BillView
from motcua.kernel.actors import Actor
from motcua.supply import operations as supply_ops
from tests.supplied_house import SEED, SuppliedHouse

LAN = Actor.staff("lan", "Lan", ["INTAKE"])
HOA, HOA_PHONE = "Nguyễn Thị Hoa", "0901234567"
# November 2025 to November 2026; read on the 5th.
USE = (250, 260, 210, 190, 220, 260, 340, 410, 430, 420, 360, 300, 345)


@dataclass
class House(SuppliedHouse):
    """What there is, and how to make more of it. `at` is when the newest bill is issued."""

    account: str = ""
    series: str = "2"

    def give_part(self, customer_id: UUID, role: str, *, since: date = date(2026, 6, 1)) -> None:
        supply_ops.give_part(
            account_code=self.account, customer_id=customer_id, role=role, reason="Theo giấy", valid_from=since, actor=LAN,
            at=self.at,
        )  # fmt: skip

    def bill(
        self,
        month: date,
        kwh: int,
        *,
        start: date | None = None,
        end: date | None = None,
        case: Mapping[str, Any] | None = None,
        readings: Sequence[Mapping[str, Any]] | None = None,
        **more: Any,
    ) -> BillView:
        """A bill read on the 5th of its month, unless said otherwise."""
        end = end or month.replace(day=5)
        start = start or (end.replace(day=1) - timedelta(days=1)).replace(day=5)
        told = {"group": "HOME", "from": start.isoformat(), "to": end.isoformat(), "kwh": kwh}
        read = [
            {
                "serial": "26000200001",
                "register": "KT",
                "previous": 1000,
                "current": 1000 + kwh,
                "factor": 1,
                "kwh": kwh,
            }
        ]
        asked = {
            "account_code": self.account, "customer_id": self.hoa, "unit_code": "PD0100", "billing_month": month, "actor": SEED,
            "at": self.at, "due_at": self.at + timedelta(days=7), "case": case or told, "readings": read if readings is None else readings,
        }  # fmt: skip
        return billing_ops.issue_bill(**(asked | more))

    def year(self) -> list[BillView]:
        """Thirteen months, oldest first; none is paid."""
        months = [date(2025 + (10 + n) // 12, (10 + n) % 12 + 1, 1) for n in range(len(USE))]
        return [self.bill(month, kwh) for month, kwh in zip(months, USE, strict=True)]


def house(at: datetime, *, phone: str = HOA_PHONE, series: str = "2") -> House:
    """Mrs Hoa and her contract, not billed yet."""
    made = House(at, UUID(int=0), series=series)
    made.hoa = made.person(HOA, phone)
    made.account = made.contract(made.hoa)
    return made
