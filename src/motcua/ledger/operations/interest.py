"""Interest for paying late: rates from a day on, and interest booked as a charge of its own, never twice for a day."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, transaction

from motcua.kernel import local_time
from motcua.kernel.actors import Actor
from motcua.ledger import late
from motcua.ledger.late import Late
from motcua.ledger.models import LateRate
from motcua.ledger.operations.charges import hold_charge, raise_charge
from motcua.ledger.operations.refusals import LateRateInvalid, NoLateRate
from motcua.ledger.queries import ChargeView

HIGHEST = Decimal(20)


@transaction.atomic
def set_late_rate(
    *, valid_from: date, percent_a_year: Decimal, source: str, actor: Actor, at: datetime, grace_days: int = 0,
    days_of_year: int = 365,
) -> None:  # fmt: skip
    """A rate of interest from a day on, with where it is written. Rates are added, never changed. Refuses LateRateInvalid."""
    rate = Decimal(percent_a_year)
    is_sound = (
        rate.is_finite() and 0 <= rate <= HIGHEST and rate == round(rate, 3) and days_of_year in (360, 365)
    )
    if not is_sound or not source.strip() or not 0 <= grace_days <= 365:
        raise LateRateInvalid(field="percent_a_year")
    try:
        with transaction.atomic():
            LateRate.objects.create(
                valid_from=valid_from, percent_a_year=rate, days_of_year=days_of_year, grace_days=grace_days,
                source=source.strip()[:300], set_by=actor.ref, set_at=at,
            )  # fmt: skip
    except IntegrityError as error:
        raise LateRateInvalid(field="valid_from") from error


@transaction.atomic
def book_interest(*, charge_id: UUID, actor: Actor, at: datetime) -> ChargeView | None:
    """Raise what is due for paying this charge late, up to today (or the day it was paid), as a charge LS without tax.

    Days that were booked before are not booked again; None when no dong is due. Refuses NotFound, NoLateRate.
    """
    charge = hold_charge(charge_id)
    found = late.measure(charge_id, local_time.local_date(at))
    if found is None:
        return None
    if not found.rates:
        raise NoLateRate(field="charge_id", day=f"{found.first_day:%d/%m/%Y}")
    if not found.interest_vnd:
        return None
    return raise_charge(
        kind="LS", amount_vnd=found.interest_vnd, vat_rate=Decimal(0), customer_id=charge.customer_id, request_id=None,
        unit_code=charge.unit_code, account_code=charge.account_code, description=_says(charge.payment_code, found),
        actor=actor, at=at, key=late.key_of(charge_id, found.last_day),
    )  # fmt: skip


def _says(code: str, found: Late) -> str:
    end = found.last_day - timedelta(days=1)
    return f"{code} {found.first_day:%d/%m/%Y}-{end:%d/%m/%Y}"
