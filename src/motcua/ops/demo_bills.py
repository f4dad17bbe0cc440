"""A household of the demonstration with a year of bills, the last two of them to be paid: something true to look at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from motcua.billing import operations as billing_ops
from motcua.customers import operations as customer_ops
from motcua.customers import queries as customer_queries
from motcua.kernel import periods, phones
from motcua.kernel.actors import Actor
from motcua.kernel.local_time import instant, local_date
from motcua.ledger import operations as ledger_ops
from motcua.ops.sign_ins import HOUSEHOLD_PHONE
from motcua.supply import operations as supply_ops

SEED = Actor.system("seed")
COMPANY = "HANOI"
NAME, METER = "Đặng Thị Mận", "26990100001"
READ_ON = 5
# From the same month of last year on: a warm summer, and a month with guests.
USE = (250, 260, 210, 190, 220, 260, 340, 410, 430, 420, 360, 300, 345)
OPEN = 2  # of the newest, not paid
BEGUN = 4120


@dataclass(frozen=True)
class Quarter:
    """Where the homes of a company's demonstration stand; `series` begins the numbers of their contracts."""

    unit: str
    street: str
    ward: str
    province_code: str
    series: str


QUARTER = Quarter("PD0100", "phố Hàng Bông", "phường Hoàn Kiếm, Hà Nội", "01", "HN-MAU")


@transaction.atomic
def make(at: datetime) -> UUID:
    """The household, in the current company; found when it is there already. Its id."""
    phone = phones.normalise(HOUSEHOLD_PHONE) or ""
    if known := customer_queries.list_by_phone(phone):
        return known[0].id
    months = _months(local_date(at))
    begun = instant(months[0] - timedelta(days=45), time(10))
    who = customer_ops.create_customer(full_name=NAME, phone=phone, actor=SEED, at=begun).id
    account = connect(who, begun, meter=METER, house="Số 18 ngõ 5", quarter=QUARTER, number=12)
    counter = BEGUN
    for number, (read, kwh) in enumerate(zip(months, USE, strict=True)):
        issued = min(instant(read + timedelta(days=1), time(9)), at)
        before = periods.months_before(read, 1)
        bill = billing_ops.issue_bill(
            account_code=account, customer_id=who, unit_code=QUARTER.unit, billing_month=read, due_at=issued + timedelta(days=7), actor=SEED, at=issued,
            case={"group": "HOME", "from": before.isoformat(), "to": read.isoformat(), "kwh": kwh},
            readings=[{"serial": METER, "register": "KT", "previous": counter, "current": counter + kwh, "factor": 1, "kwh": kwh}],
        )  # fmt: skip
        counter += kwh
        if number < len(USE) - OPEN and bill.charge_id is not None:
            ledger_ops.settle_charge(
                charge_id=bill.charge_id, amount_vnd=bill.total_vnd, clearing_account="112", reference="demo",
                actor=SEED, at=issued + timedelta(days=3), key=f"demo:bill:{bill.id}",
            )  # fmt: skip
    return who


def _months(today: date) -> list[date]:
    """The last reading days, oldest first."""
    last = today.replace(day=READ_ON)
    if last > today:
        last = periods.months_before(last, 1)
    return [periods.months_before(last, back) for back in reversed(range(len(USE)))]


def connect(who: UUID, at: datetime, *, meter: str, house: str, quarter: Quarter, number: int) -> str:
    """A home of the quarter with its meter, electricity since then; its account code."""
    contract = f"{quarter.series}-{number:04d}"
    supply_ops.add_stock_meters(serials=[meter], unit_code=quarter.unit, actor=SEED, at=at)
    place = supply_ops.create_place(
        text=f"{house} {quarter.street}, {quarter.ward}", house=house, street=quarter.street, province_code=quarter.province_code,
        actor=SEED, at=at,
    )  # fmt: skip
    assert place.id is not None
    return supply_ops.connect_supply(
        request_id=None, customer_id=who, place_id=place.id, unit_code=quarter.unit, meter_serial=meter, first_reading=str(BEGUN),
        seals=[f"C-{contract[-4:]}"], phases=1, quota=1, contract_number=contract, energised_at=at, actor=SEED, at=at,
        key=f"demo:{contract}", capacity_kw=Decimal(5),
    ).account_code  # fmt: skip
