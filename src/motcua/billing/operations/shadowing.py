"""What a bill would have been by prices on trial: worked out when its highest demand is told. It changes nothing that is owed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from motcua.billing import policy_queries, queries
from motcua.billing.models import Bill, BillKind, BillState, ShadowBill
from motcua.billing.operations.correcting import BillNotStanding
from motcua.billing.operations.issuing import lock_account, told_case, told_lines
from motcua.billing.rules import rating, reading
from motcua.billing.rules.refusals import Contradiction
from motcua.billing.rules.shadowing import OnTrial, is_far_off, on_trial
from motcua.kernel import ids
from motcua.kernel.actors import Actor
from motcua.kernel.results import NotFound, Refused, gettext_noop
from motcua.supply import queries as supply_queries
from motcua.tariffs import queries as tariff_queries
from motcua.tariffs.book import PriceBook


class NotOnTrial(Refused):
    """No trial concerns the bill: another group, too low a voltage, too little used, several purposes, or no day of one."""

    code = "NOT_ON_TRIAL"
    message = gettext_noop("Hóa đơn này không thuộc diện tính thử giá hai thành phần.")


class DemandDoubtful(Refused):
    """May be so, and may be a slip: whoever tells it says that they are sure."""

    code = "DEMAND_DOUBTFUL"


class DemandAboveCapacity(DemandDoubtful):
    message = gettext_noop("Lớn hơn công suất của điểm đo, %(kw)s kW.")


class DemandFarOff(DemandDoubtful):
    message = gettext_noop("Lần trước là %(kw)s kW, chênh quá mức phải hỏi lại.")


@transaction.atomic
def tell_demand(
    *, bill_id: UUID, kw_hundredths: int, source: str, actor: Actor, at: datetime, is_sure: bool = True
) -> list[ShadowBill]:
    """Rate a standing bill by every trial that concerns it, with the highest demand of its period in hundredths of a kilowatt.

    The same demand told again changes nothing; another one makes a newer shadow. Refuses NotFound, BillNotStanding,
    NotOnTrial, Contradiction (`kw`, below what was used), NoPrice (nobody has entered the trial's prices) and, unless `is_sure`,
    DemandDoubtful. Locks the account.
    """
    bill = Bill.objects.filter(id=bill_id).first()
    if bill is None:
        raise NotFound(field="bill_id")
    lock_account(bill.account_code)
    bill.refresh_from_db()
    if bill.state != BillState.ISSUED or bill.kind == BillKind.ADJUSTMENT:
        raise BillNotStanding(field="bill_id")
    book = tariff_queries.price_book()
    found = _found(bill, kw_hundredths, book)
    if not found:
        raise NotOnTrial(field="bill_id")
    if not is_sure:
        _refuse_doubtful(bill, kw_hundredths)
    return [_shadow(bill, one, kw_hundredths, source, book, actor, at) for one in found]


def _refuse_doubtful(bill: Bill, kw_hundredths: int) -> None:
    """More than the point can draw, or far from what was told of the period before."""
    contract = supply_queries.find_contract(bill.account_code)
    capacity = contract.capacity_kw if contract else None
    if capacity is not None and kw_hundredths > capacity * 100:
        raise DemandAboveCapacity(field="kw", kw=f"{capacity.normalize():f}")
    last = queries.find_last_demand(bill.account_code, bill.to_day)
    policy = policy_queries.find_held(bill.unit_code, bill.to_day)
    if last is None or policy is None:
        return
    bounds = {"above_percent": policy.above_percent, "below_percent": policy.below_percent}
    if is_far_off(kw_hundredths, last, **bounds):
        raise DemandFarOff(field="kw", kw=f"{(Decimal(last) / 100).normalize():f}")


def _found(bill: Bill, kw_hundredths: int, book: PriceBook) -> list[OnTrial]:
    if not isinstance(bill.case, Mapping):  # several purposes behind one meter share one demand
        return []
    found = on_trial(reading.read_case(reading.given(bill.case), book), kw_hundredths, book)
    if any(one.case.is_demand_too_low for one in found):
        raise Contradiction(field="kw", name="kw", other="kwh")
    return found


def _shadow(
    bill: Bill, one: OnTrial, kw_hundredths: int, source: str, book: PriceBook, actor: Actor, at: datetime
) -> ShadowBill:
    rated = rating.rate(one.case, book)
    lines, case = told_lines(rated), told_case(one.case)
    last = bill.shadows.filter(trial=one.trial.code).order_by("-made_at", "-id").first()
    if last is not None and (last.case, last.lines, last.total_vnd) == (case, lines, rated.total_vnd):
        return last
    return ShadowBill.objects.create(
        id=ids.new_id(at), bill=bill, trial=one.trial.code, kw_hundredths=kw_hundredths, case=case, lines=lines,
        active_vnd=rated.active_vnd, capacity_vnd=rated.capacity_vnd or 0, reactive_vnd=rated.reactive_vnd,
        subtotal_vnd=rated.subtotal_vnd, vat_rate=rated.vat_rate, vat_vnd=rated.vat_vnd, total_vnd=rated.total_vnd,
        source=source[:200], made_at=at, made_by=actor.ref,
    )  # fmt: skip
