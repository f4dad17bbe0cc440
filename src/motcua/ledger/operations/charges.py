"""Charges: what somebody owes is raised, or is owed no more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from motcua.kernel import codes, ids
from motcua.kernel.actors import Actor
from motcua.kernel.results import NotFound
from motcua.ledger import chart, queries, rules
from motcua.ledger.chart import Side
from motcua.ledger.models import Charge, ChargeStatus, TransactionKind
from motcua.ledger.operations.posting import post, require_amount, text
from motcua.ledger.operations.refusals import (
    ChargeKindUnknown,
    ChargeNotOpen,
    ChargePartlyPaid,
    VatRateInvalid,
)
from motcua.ledger.queries import ChargeView
from motcua.ledger.rules import Leg


@transaction.atomic
def raise_charge(
    *,
    kind: str,
    amount_vnd: int,
    vat_rate: Decimal,
    customer_id: UUID | None,
    request_id: UUID | None,
    unit_code: str,
    actor: Actor,
    at: datetime,
    key: str,
    account_code: str = "",
    due_at: datetime | None = None,
    description: str = "",
) -> ChargeView:
    """Somebody owes `amount_vnd` plus VAT: Dr 131 / Cr 511, 33311. `amount_vnd` is the amount before tax.

    VAT is computed once on the whole amount, rounded half up to whole dong. Refuses AmountInvalid,
    VatRateInvalid,
    ChargeKindUnknown, KeyReused. Example: 98,000 at 0.08 gives a charge of 105,840.
    """
    rate = _checked_rate(kind, amount_vnd, vat_rate)
    vat = rules.vat_of(amount_vnd, rate)
    charge_id = ids.new_id(at)
    content = {
        "act": "raise", "kind": kind, "amount_vnd": amount_vnd, "vat_rate": rules.rate_text(rate),
        "customer_id": text(customer_id), "request_id": text(request_id), "unit_code": unit_code,
        **({"account_code": account_code} if account_code else {}),
    }  # fmt: skip
    legs = rules.raise_legs(kind=kind, net_vnd=amount_vnd, vat_vnd=vat, customer_id=customer_id)
    posted, stored = post(
        TransactionKind.RAISE, legs, content=content, charge_id=charge_id, actor=actor, at=at, key=key
    )
    if not posted.is_new:
        return queries.get_charge(stored.charge_id)  # type: ignore[arg-type]  # a RAISE has its charge
    charge = Charge(
        id=charge_id, kind=kind, payment_code=codes.payment_code(kind, _next_serial()), customer_id=customer_id,
        request_id=request_id, account_code=account_code, unit_code=unit_code, description=description, net_vnd=amount_vnd,
        vat_rate=rate, vat_vnd=vat, total_vnd=amount_vnd + vat, created_at=at, due_at=due_at,
    )  # fmt: skip
    charge.save(force_insert=True)
    return queries.view_of(charge)


def _checked_rate(kind: str, amount_vnd: int, vat_rate: Decimal) -> Decimal:
    """The rate of a charge that may be raised. Refuses ChargeKindUnknown, AmountInvalid, VatRateInvalid."""
    if kind not in codes.CHARGE_KINDS:
        raise ChargeKindUnknown(field="kind", kind=kind)
    require_amount(amount_vnd)
    rate = Decimal(vat_rate)
    if not (rate.is_finite() and 0 <= rate < 1) or rate != round(rate, 4):
        raise VatRateInvalid(field="vat_rate")
    return rate


@transaction.atomic
def cancel_charge(*, charge_id: UUID, reason: str, actor: Actor, at: datetime, key: str) -> ChargeView:
    """The charge is no longer owed: its raising is taken back, what was paid in part becomes the customer's
    credit.

    Locks the charge. Refuses ChargeNotOpen (paid), ChargePartlyPaid, NotFound, KeyReused. Cancelling again
    with any key changes nothing.
    """
    charge = hold_charge(charge_id)
    if charge.status == ChargeStatus.CANCELLED:
        return queries.view_of(charge)
    if charge.status == ChargeStatus.PAID:
        raise ChargeNotOpen(field="charge_id")
    if charge.paid_vnd and charge.customer_id is None:
        raise ChargePartlyPaid(field="charge_id")
    content = {"act": "cancel", "charge_id": str(charge_id)}
    legs = rules.mirrored(
        rules.raise_legs(
            kind=charge.kind, net_vnd=charge.net_vnd, vat_vnd=charge.vat_vnd, customer_id=charge.customer_id
        )
    )
    post(
        TransactionKind.CANCEL,
        legs,
        content=content,
        charge_id=charge_id,
        actor=actor,
        at=at,
        key=key,
        reason=reason,
    )
    if charge.paid_vnd:
        _release_part(charge, actor=actor, at=at, key=f"{key}:credit")
    charge.paid_vnd = 0
    charge.status = ChargeStatus.CANCELLED
    charge.cancelled_at = at
    charge.save(update_fields=["paid_vnd", "status", "cancelled_at"])
    return queries.view_of(charge)


@transaction.atomic
def give_last_day(*, charge_id: UUID, due_at: datetime) -> ChargeView:
    """What waited without a last day is to be paid before this instant; a charge that has one keeps it.

    Locks the charge. Refuses ChargeNotOpen, NotFound.
    """
    charge = hold_charge(charge_id)
    if charge.status != ChargeStatus.OPEN:
        raise ChargeNotOpen(field="charge_id")
    if charge.due_at is None:
        charge.due_at = due_at
        charge.save(update_fields=["due_at"])
    return queries.view_of(charge)


def _release_part(charge: Charge, *, actor: Actor, at: datetime, key: str) -> None:
    """What was paid of a charge that is now cancelled: Dr 131 / Cr 3387."""
    legs = [
        Leg(chart.receivable(charge.kind), Side.DEBIT, charge.paid_vnd, charge.customer_id),
        Leg(chart.CUSTOMER_CREDIT, Side.CREDIT, charge.paid_vnd, charge.customer_id),
    ]
    content = {"act": "release", "charge_id": str(charge.id), "amount_vnd": charge.paid_vnd}
    post(TransactionKind.TRANSFER, legs, content=content, charge_id=charge.id, actor=actor, at=at, key=key)


def lock_charges_of(request_id: UUID) -> None:
    """Lock a request's charges, in the order of their ids, before the request itself: the order in which paying locks."""
    list(Charge.objects.select_for_update().filter(request_id=request_id).order_by("id").values_list("id"))


def lock_charge(charge_id: UUID) -> ChargeView:
    """The charge, locked for an act that reads it before it books. Refuses NotFound."""
    return queries.view_of(hold_charge(charge_id))


def locking(charge_ids: Sequence[UUID], *, waits: bool = True) -> tuple[str, list[Any]]:
    """`lock_charge` for several, in the order of their ids, as a statement said together with others; `queries.view_of_row` reads
    its rows, of which some may be missing: unknown, or held by others where it does not wait for these.
    """
    return _LOCKING if waits else f"{_LOCKING} SKIP LOCKED", [list(charge_ids)]


_LOCKING = f"SELECT {queries.VIEWED} FROM ledger_charge WHERE id = ANY(%s) ORDER BY id FOR UPDATE"  # noqa: S608  # our own columns


def hold_charge(charge_id: UUID) -> Charge:
    """The charge, its row locked. Refuses NotFound."""
    charge = Charge.objects.select_for_update().filter(id=charge_id).first()
    if charge is None:
        raise NotFound(field="charge_id")
    return charge


def _next_serial() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('ledger_payment_serial')")
        return int(cursor.fetchone()[0])
