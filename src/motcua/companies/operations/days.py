"""Days on which the company works otherwise than the national calendar says."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from motcua.companies.models import CompanyDay
from motcua.companies.operations.auditing import record_audit
from motcua.kernel.actors import Actor


def day_set(*, day: date, is_working: bool, name: str, actor: Actor, at: datetime) -> None:
    """The company works, or does not, on this day, whatever the national calendar says (idempotent)."""
    with transaction.atomic():
        CompanyDay.objects.update_or_create(date=day, defaults={"is_working": is_working, "name": name})
        record_audit(
            actor=actor,
            verb="day.set",
            subject_type="company_day",
            subject_id=day.isoformat(),
            at=at,
            facts={"is_working": is_working},
        )


def day_forget(*, day: date, actor: Actor, at: datetime) -> None:
    """Back to the national calendar (idempotent)."""
    with transaction.atomic():
        CompanyDay.objects.filter(date=day).delete()
        record_audit(
            actor=actor, verb="day.forgotten", subject_type="company_day", subject_id=day.isoformat(), at=at
        )
