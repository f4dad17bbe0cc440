"""What this room looks at before accountants close a day: suspense, differences with banks, drawers not handed in."""

from __future__ import annotations

from datetime import date, datetime

from django.db.models import Count, Sum

from motcua.kernel.money import format_vnd
from motcua.kernel.results import gettext_noop
from motcua.ledger import registry
from motcua.ledger.registry import DayCheck
from motcua.payments import shift_queries
from motcua.payments.models import CaseState, Difference, DifferenceState, SuspenseCase


@registry.on_day_check
def look(day: date, at: datetime) -> list[DayCheck]:
    return [_suspense(), _statements(day), _drawers(day)]


def _suspense() -> DayCheck:
    held = SuspenseCase.objects.filter(state=CaseState.OPEN).aggregate(
        many=Count("id"), sum=Sum("amount_vnd")
    )
    many, amount = held["many"], int(held["sum"] or 0)
    detail = f"{many} · {format_vnd(amount)}" if many else ""
    return DayCheck("SUSPENSE", gettext_noop("Không còn tiền treo chưa rõ"), not many, False, detail)


def _statements(day: date) -> DayCheck:
    """What did not agree between gateways, receipts and statements up to the day, and is not settled."""
    many = Difference.objects.filter(state=DifferenceState.OPEN, day__lte=day).count()
    title = gettext_noop("Đối soát với ngân hàng, ví không còn chênh lệch mở")
    return DayCheck("STATEMENTS", title, not many, False, str(many) if many else "")


def _drawers(day: date) -> DayCheck:
    still_open, counted = shift_queries.count_not_ended(day)
    title = gettext_noop("Mọi ca thu tiền mặt đã kiểm quỹ và nộp tiền")
    return DayCheck(
        "CASH", title, not still_open and not counted, bool(still_open), f"{still_open} / {counted}"
    )
