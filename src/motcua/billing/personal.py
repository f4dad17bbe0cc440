"""What this room holds of a customer: their bills, and what they read of their meters. Bills are papers of the
books and are kept with these.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext

from motcua.billing.models import Bill, BillState, OwnReading, ShadowBill
from motcua.customers import registry
from motcua.ledger import queries as ledger_queries

ROOM = "billing"
_TOLD = (
    "account_code", "kind", "state", "billing_month", "period", "from_day", "to_day", "readings", "lines", "kwh", "subtotal_vnd",
    "vat_rate", "vat_vnd", "total_vnd", "reason", "due_at", "issued_at",
)  # fmt: skip
_TRIED = (
    "trial", "bill__account_code", "bill__billing_month", "kw_hundredths", "lines", "subtotal_vnd", "vat_rate", "vat_vnd", "total_vnd",
    "source", "made_at",
)  # fmt: skip
_READ = ("account_code", "serial", "shown", "read_at", "state", "reason")


def export(customer_ids: Sequence[UUID]) -> Mapping[str, Any]:
    """Every bill made out to the customer or paid by them, oldest first; what it would have been by prices on trial; what they
    read of their own meters.
    """
    rows = Bill.objects.filter(Q(customer_id__in=customer_ids) | Q(payer_id__in=customer_ids))
    tried = ShadowBill.objects.filter(bill__in=rows).order_by("made_at", "id")
    own = OwnReading.objects.filter(customer_id__in=customer_ids).order_by("read_at", "id")
    return {
        "bills": list(rows.order_by("billing_month", "issued_at", "id").values(*_TOLD)),
        **({"bills_on_trial": list(tried.values(*_TRIED))} if tried.exists() else {}),
        **({"own_readings": list(own.values(*_READ))} if own.exists() else {}),
    }


def reason_to_keep(customer_id: UUID, at: datetime) -> str | None:
    """Who is still billed, or has a bill that waits, is not forgotten."""
    bills = Bill.objects.filter(Q(customer_id=customer_id) | Q(payer_id=customer_id), state=BillState.ISSUED)
    accounts = set(bills.values_list("account_code", flat=True))
    ids = set(bills.filter(charge_id__isnull=False).values_list("charge_id", flat=True))
    waits = any(
        charge.id in ids for charge in ledger_queries.list_charges_of_accounts(accounts, open_only=True)
    )
    return gettext("còn hóa đơn tiền điện chưa trả") if waits else None


registry.on_export(ROOM, export)
registry.before_erasure(ROOM, reason_to_keep)
