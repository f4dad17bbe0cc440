"""Households of the demonstration that owe, each at another point of the way, brought there by the real operations in their
real order: reminded, announced, to be stopped, dark, paying in parts, spared, waiting to be reconnected. Hanoi has all of
them, the other companies three: what it takes to look at them costs the first start seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import partial
from io import BytesIO
from typing import Any

from django.db import transaction

from motcua.billing import operations as billing_ops
from motcua.companies import access as company_access
from motcua.companies import queries as company_queries
from motcua.companies.models import Staff
from motcua.customers import operations as customer_ops
from motcua.documents import operations as document_ops
from motcua.kernel import periods
from motcua.kernel.actors import Actor
from motcua.kernel.local_time import instant, local_date
from motcua.ledger import operations as ledger_ops
from motcua.ledger import queries as ledger_queries
from motcua.messaging.mass import queries as mass_queries
from motcua.ops.demo_bills import BEGUN, SEED, Quarter, connect
from motcua.payments.dunning import agreements, orders, policies, queries, rules
from motcua.payments.dunning import operations as dunning_ops
from motcua.payments.dunning.proofs import Paper
from motcua.requests import operations as request_ops

POLICY = "LAW_2024"
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
LOOK_BACK = 40  # days, for ones on which electricity may be stopped; the new year's holiday is shorter


@dataclass(frozen=True)
class Household:
    """Who owes: their telephone signs them in."""

    name: str
    phone: str
    house: str
    kwh: int


REMINDED = Household("Bùi Văn Thành", "0901000021", "Số 3", 180)
ANNOUNCED = Household("Lý Thị Hạnh", "0901000022", "Số 27", 265)
TO_STOP = Household("Trịnh Quốc Bảo", "0901000023", "Số 41", 430)
DARK = Household("Nghiêm Xuân Phúc", "0901000024", "Số 52", 390)
COMES_BACK = Household("Tạ Thị Lụa", "0901000025", "Số 60", 220)
IN_PARTS = Household("Cao Thị Nhàn", "0901000026", "Số 66", 510)
SPARED = Household("Phùng Bá Kiên", "0901000027", "Số 74", 205)
SAYS_PAID = Household("Vi Thị Xuyến", "0901000028", "Số 80", 240)
ALL = (REMINDED, ANNOUNCED, TO_STOP, DARK, COMES_BACK, IN_PARTS, SPARED, SAYS_PAID)
FEW = (REMINDED, ANNOUNCED, IN_PARTS)


@dataclass(frozen=True)
class Shown:
    """Which of them a company's demonstration has, and where their homes stand."""

    households: tuple[Household, ...]
    quarter: Quarter


SHOWN = {
    "HANOI": Shown(ALL, Quarter("PD0100", "phố Hàng Gai", "phường Hoàn Kiếm, Hà Nội", "01", "HN-MAU")),
    "NPC": Shown(FEW, Quarter("PAA370", "đường Trần Hưng Đạo", "phường Hoa Lư, Ninh Bình", "37", "NP-MAU")),
    "CPC": Shown(FEW, Quarter("PCA480", "đường Bạch Đằng", "phường Hải Châu, Đà Nẵng", "48", "CP-MAU")),
    "SPC": Shown(FEW, Quarter("PBA920", "đường Hai Bà Trưng", "phường Ninh Kiều, Cần Thơ", "92", "SP-MAU")),
    "HCMC": Shown(FEW, Quarter("PE0100", "đường Lê Lợi", "phường Bến Thành, Thành phố Hồ Chí Minh", "79", "HC-MAU")),
}  # fmt: skip


@dataclass(frozen=True)
class Debt:
    """A bill that is overdue."""

    household: Household
    account: str
    who: Actor
    charge_id: Any
    total_vnd: int


Event = tuple[datetime, Callable[[datetime], object] | None]


@transaction.atomic
def make(at: datetime, shown: Shown) -> bool:
    """The policy, agreed by two, and the households; only where nothing is booked and no policy is known. Whether it did."""
    if ledger_queries.count_postings() or queries.list_policies():
        return False
    policy, works = _agree(at), company_queries.get_calendar().is_working_day
    now = _morning(at)
    days = _days_to_stop(policy, at, works)
    last, before = next(days), next(days)
    announced = _after(policy, works, at) + HOUR * policy.announce_hours
    since = {
        REMINDED: now - 3 * DAY, ANNOUNCED: now - _after(policy, works, at), TO_STOP: last - announced,
        DARK: before - announced, COMES_BACK: before - announced, IN_PARTS: now - 28 * DAY, SPARED: now - 20 * DAY,
        SAYS_PAID: now - 9 * DAY,
    }  # fmt: skip
    since = {one: since[one] for one in shown.households}
    debts = {
        one: _owe(place, one, due, shown.quarter) for place, (one, due) in enumerate(since.items(), start=1)
    }
    steps = {
        step.at
        for due in since.values()
        for step in rules.outlook(policy, due, [], works, mass_queries.first_sending, due)
    }
    acts: list[tuple[Household, datetime, Callable[[Debt, datetime], object]]] = [
        (IN_PARTS, now - 26 * DAY, _promise),
        (IN_PARTS, now - 8 * DAY, _pay_part),
        (SPARED, now - 16 * DAY, _spare),
        (SAYS_PAID, now - DAY, _say_paid),
        (DARK, before + HOUR, _stop),
        (COMES_BACK, before + HOUR + timedelta(minutes=40), _stop),
        (COMES_BACK, before + 5 * HOUR, _pay_all),
    ]
    events: list[Event] = [
        *((when, None) for when in steps),
        *((when, partial(act, debts[one])) for one, when, act in acts if one in debts),
    ]
    for when, act in sorted(events, key=lambda event: event[0]):
        if when <= at:
            _reach(when, act)
    return True


def remind(at: datetime) -> None:
    """What was due this morning, so that who was made since is reminded before anybody looks: by night too."""
    dunning_ops.run(at=_morning(at))


def _reach(when: datetime, act: Callable[[datetime], object] | None) -> None:
    """What the daily jobs would have done by then, the act, and what follows from it at once."""
    dunning_ops.run(at=when)
    orders.send_due(at=when, limit=20)
    if act is not None:
        act(when)
        orders.send_due(at=when, limit=20)


def _agree(at: datetime) -> rules.Policy:
    told = next(one for one in queries.shipped_policies() if one["code"] == POLICY)
    facts = {name: told[name] for name in rules.Policy.__dataclass_fields__}
    hours = {name: time.fromisoformat(told[name]) for name in ("stop_from", "stop_to")}
    policy, begun = rules.Policy(**{**facts, **hours}), at - 90 * DAY
    made = policies.propose_policy(
        valid_from=local_date(begun), policy=policy, source=told["source"], confidence=told["confidence"],
        actor=_staff("kinhdoanh"), at=begun,
    )  # fmt: skip
    policies.decide_policy(policy_id=made, agrees=True, actor=_staff("giamsat"), at=begun)
    return policy


def _staff(username: str) -> Actor:
    return company_access.actor_of(Staff.objects.get(username=username))


def _morning(at: datetime) -> datetime:
    """The newest eight o'clock: messages of the demonstration go out by day."""
    morning = instant(local_date(at), time(8))
    return morning if morning <= at else morning - DAY


def _days_to_stop(policy: rules.Policy, at: datetime, works: rules.Works) -> Iterator[datetime]:
    """The mornings on which electricity might be stopped, the newest first; in time for a crew that comes in the hours after."""
    for back in range(LOOK_BACK):
        morning = instant(local_date(at) - back * DAY, policy.stop_from)
        if morning <= at and rules.may_stop_at(policy, morning, works):
            yield morning


def _after(policy: rules.Policy, works: rules.Works, at: datetime) -> timedelta:
    """How long after a bill's last day the last announcement may come at the earliest."""
    steps = rules.outlook(
        policy, at, [], works, lambda when: when, at
    )  # counted from a morning: no night lies between
    return next(step.at for step in steps if step.kind == rules.ANNOUNCE) - at


def _owe(place: int, one: Household, due: datetime, quarter: Quarter) -> Debt:
    """A home with one bill whose last day is over."""
    issued = due - 7 * DAY
    begun = issued - 90 * DAY
    who = customer_ops.create_customer(full_name=one.name, phone=one.phone, actor=SEED, at=begun).id
    meter = f"269902{place:05d}"
    account = connect(who, begun, meter=meter, house=one.house, quarter=quarter, number=1000 + place)
    read = local_date(issued)
    bill = billing_ops.issue_bill(
        account_code=account, customer_id=who, unit_code=quarter.unit, billing_month=read, due_at=due, actor=SEED, at=issued,
        case={"group": "HOME", "from": periods.months_before(read, 1).isoformat(), "to": read.isoformat(), "kwh": one.kwh},
        readings=[
            {"serial": meter, "register": "KT", "previous": BEGUN, "current": BEGUN + one.kwh, "factor": 1, "kwh": one.kwh}
        ],
    )  # fmt: skip
    return Debt(one, account, Actor.customer(who), bill.charge_id, bill.total_vnd)


def _promise(debt: Debt, when: datetime) -> None:
    agreements.ask_promise(account_code=debt.account, count=3, actor=debt.who, at=when)


def _pay_part(debt: Debt, when: datetime) -> None:
    promise = queries.find_promise(debt.account)
    assert promise is not None
    _pay(debt, queries.parts_of(promise)[0][1], when)


def _pay_all(debt: Debt, when: datetime) -> None:
    _pay(debt, debt.total_vnd, when)


def _pay(debt: Debt, amount_vnd: int, when: datetime) -> None:
    ledger_ops.settle_charge(
        charge_id=debt.charge_id, amount_vnd=amount_vnd, clearing_account="112", reference="demo", actor=SEED, at=when,
        key=f"demo:debt:{debt.charge_id}",
    )  # fmt: skip


def _spare(debt: Debt, when: datetime) -> None:
    agreements.exempt(
        account_code=debt.account, reason="LIFE_SUPPORT", note="Cụ ông thở máy ở nhà",
        proof="Giấy xác nhận 118/XN-BV, Bệnh viện Phổi, tháng này", papers=[Paper("giay-xac-nhan.jpg", _picture("#e8e0c8"))],
        valid_from=local_date(when), valid_to=local_date(when) + 90 * DAY, actor=_staff("kinhdoanh"), at=when,
    )  # fmt: skip


def _say_paid(debt: Debt, when: datetime) -> None:
    agreements.say_paid(
        account_code=debt.account,
        note="Con gái đã chuyển khoản hôm qua, qua Vietcombank",
        actor=debt.who,
        at=when,
    )


def _stop(debt: Debt, when: datetime) -> None:
    """The crew came: photographs, the reading, the switch."""
    step = next(one for one in queries.list_steps(debt.account) if one.kind == "STOP")
    crew = _staff("thicong")
    for kind, colour in (("PHOTO_BEFORE", "#9aa7b0"), ("PHOTO_AFTER", "#6f7a80")):
        document_ops.store(
            content=_picture(colour), name="anh.jpg", kind=kind, subject_type="request", subject_id=step.request_id,
            sensitive=False, actor=crew, at=when,
        )  # fmt: skip
    assert step.request_id is not None
    request_ops.advance(
        request_id=step.request_id, action="stopped", inputs={"stop_reading": str(BEGUN + debt.household.kwh + 40)}, actor=crew,
        at=when, key=f"demo:{debt.account}:stopped",
    )  # fmt: skip


def _picture(colour: str) -> bytes:
    """A plain picture: the demonstration shows nobody's papers."""
    from PIL import Image

    out = BytesIO()
    Image.new("RGB", (480, 320), colour).save(out, "JPEG")
    return out.getvalue()
