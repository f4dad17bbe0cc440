"""People and the contracts of their homes, made through the operations that make them in earnest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from motcua.customers import operations as customer_ops
from motcua.kernel import phones
from motcua.kernel.actors import Actor
from motcua.supply import operations as supply_ops

SEED = Actor.system("seed")


@dataclass
class SuppliedHouse:
    """`at` is when all is made; `hoa` whom it is about; `series` keeps two houses of one company apart."""

    at: datetime
    hoa: UUID
    serial: int = 0
    series: str = "1"

    def person(self, name: str, phone: str = "", **more: Any) -> UUID:
        told = {
            "full_name": name,
            "phone": phones.normalise(phone) or "",
            "actor": SEED,
            "at": self.at,
        } | more
        return customer_ops.create_customer(**told).id

    def contract(self, customer_id: UUID, place: str = "Số 12 ngõ 34 phố Tây Sơn") -> str:
        self.serial += 1
        meter = f"26000{self.series}0000{self.serial}"
        supply_ops.add_stock_meters(serials=[meter], unit_code="PD0100", actor=SEED, at=self.at)
        where = supply_ops.create_place(
            text=place, house=place.split()[1], province_code="01", actor=SEED, at=self.at
        )
        return supply_ops.connect_supply(
            request_id=None, customer_id=customer_id, place_id=where.id, unit_code="PD0100", meter_serial=meter, first_reading="1",
            seals=["S-1"], phases=1, quota=1, contract_number=f"26/{self.serial:04}", energised_at=self.at, actor=SEED, at=self.at,
            key=f"on:{self.series}:{self.serial}", capacity_kw=Decimal(5),
        ).account_code  # fmt: skip
