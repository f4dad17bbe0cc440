"""One bill, rated by the pure rule and issued with its charge. A bill run does the same for a whole unit (`runs`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from motcua.billing import queries, registry
from motcua.billing.models import Bill, BillKind, BillState
from motcua.billing.queries import BillView
from motcua.billing.rules import quoting, rating, reading
from motcua.billing.rules.case import Case, NormRounding, norm_days
from motcua.kernel import ids
from motcua.kernel.actors import Actor
from motcua.kernel.results import Refused, gettext_noop
from motcua.ledger import operations as ledger_ops
from motcua.tariffs import queries as tariff_queries
from motcua.tariffs.book import Part

ELECTRICITY = "TD"


class AlreadyBilled(Refused):
    """The account has a standing bill of this period."""

    code = "ALREADY_BILLED"
    message = gettext_noop("Mã khách hàng này đã có hóa đơn của kỳ %(period)s.")


@transaction.atomic
def issue_bill(
    *,
    account_code: str,
    customer_id: UUID | None,
    unit_code: str,
    case: Mapping[str, Any],
    readings: Sequence[Mapping[str, Any]],
    billing_month: date,
    actor: Actor,
    at: datetime,
    period: int = 1,
    payer_id: UUID | None = None,
    due_at: datetime | None = None,
    run_id: UUID | None = None,
) -> BillView:
    """Rate `case` (as `motcua quote` takes it) with the prices of its days, write the bill and raise its charge.

    A bill of nothing has no charge. Refuses what `rules.quoting` refuses, by field, and AlreadyBilled.
    """
    lock_account(account_code)
    month = billing_month.replace(day=1)
    standing = Bill.objects.filter(
        account_code=account_code, billing_month=month, period=period, state=BillState.ISSUED
    )
    if standing.exclude(kind=BillKind.ADJUSTMENT).exists():
        raise AlreadyBilled(field="billing_month", period=f"{month:%m/%Y}")
    book = tariff_queries.price_book()
    asked = reading.read_owed(case, book)
    rated = rating.rate(asked, book)
    bill = Bill(
        id=ids.new_id(at), kind=BillKind.USE, account_code=account_code, customer_id=customer_id, payer_id=payer_id,
        unit_code=unit_code, billing_month=month, period=period, from_day=asked.start, to_day=asked.end,
        readings=list(readings), case=dict(case), lines=told_lines(rated), kwh=asked.total_kwh, active_vnd=rated.active_vnd,
        reactive_vnd=rated.reactive_vnd, subtotal_vnd=rated.subtotal_vnd, vat_rate=rated.vat_rate, vat_vnd=rated.vat_vnd,
        total_vnd=rated.total_vnd, run_id=run_id, due_at=due_at, issued_at=at, issued_by=actor.ref,
    )  # fmt: skip
    bill.charge_id = _raise(bill, actor=actor, at=at) if bill.total_vnd else None
    try:
        with transaction.atomic():
            bill.save(force_insert=True)
    except IntegrityError as error:  # a run was faster
        raise AlreadyBilled(field="billing_month", period=f"{month:%m/%Y}") from error
    registry.bills_issued(bill_ids=[bill.id], at=at, actor=actor)
    return queries.view_of(bill)


def told_case(case: Case) -> dict[str, Any]:
    """A case as `motcua quote` takes it; rating it again gives the same."""
    told: dict[str, Any] = {"group": case.group, "from": case.start.isoformat(), "to": case.end.isoformat()}
    if case.voltage:
        told["voltage"] = case.voltage
    if case.has_registers:
        told["registers"] = {name: case.use[part] for name, part in reading.REGISTERS.items()}
    else:
        told["kwh"] = case.use[Part.ONE]
    if case.is_undeclared:
        told["tenants"] = 0
    elif case.quota_hundredths != 100:
        whole, rest = divmod(case.quota_hundredths, 100)
        told["quotas"] = case.quota_hundredths / 100 if rest else whole
    if case.cosphi_hundredths is not None:
        told["cosphi"] = case.cosphi_hundredths / 100
    if case.kw_hundredths is not None:
        whole, rest = divmod(case.kw_hundredths, 100)
        told["kw"] = case.kw_hundredths / 100 if rest else whole
    if case.area:
        told["area"] = case.area
    if case.norm_rounding is NormRounding.NONE:
        told["norm_rounding"] = "NONE"
    if norm_days(case.start, case.end, None) != case.norm_days or case.billing_month != case.end.replace(
        day=1
    ):
        told["billing_month"] = f"{case.billing_month:%Y-%m}"
    return told


def told_lines(rated: rating.Bill) -> list[dict[str, Any]]:
    """The lines as a bill keeps them: those of a quote, with their days."""
    answered = quoting.answer(rated)["lines"]
    return [
        {**told, "from": line.start.isoformat(), "to": line.end.isoformat()}
        for told, line in zip(answered, rated.lines, strict=True)
    ]


def lock_account(account_code: str) -> None:
    """Hold an account until the transaction ends: nobody else bills it meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || ':bill ' || %s, 0))",
            [account_code],
        )


def _raise(bill: Bill, *, actor: Actor, at: datetime) -> UUID:
    charge = ledger_ops.raise_charge(
        kind=ELECTRICITY, amount_vnd=bill.subtotal_vnd, vat_rate=bill.vat_rate, customer_id=bill.payer_id or bill.customer_id,
        request_id=None, unit_code=bill.unit_code, account_code=bill.account_code, due_at=bill.due_at,
        description=f"{bill.account_code} {bill.billing_month:%m/%Y}", actor=actor, at=at, key=f"bill:{bill.id}",
    )  # fmt: skip
    return charge.id
