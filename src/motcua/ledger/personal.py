"""What this room holds of a customer: what they owed and paid. The books stay, as the law of accounting wants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext

from motcua.customers import registry
from motcua.ledger.models import Charge, ChargeStatus

ROOM = "ledger"
_TOLD = (
    "kind", "payment_code", "description", "net_vnd", "vat_vnd", "total_vnd", "paid_vnd", "status", "created_at", "due_at",
    "paid_at",
)  # fmt: skip


def export(customer_ids: Sequence[UUID]) -> Mapping[str, Any]:
    """Every charge of the customer."""
    rows = Charge.objects.filter(customer_id__in=customer_ids).order_by("created_at", "id")
    return {"charges": list(rows.values(*_TOLD))}


def reason_to_keep(customer_id: UUID, at: datetime) -> str | None:
    """Who still owes is not forgotten."""
    owes = Charge.objects.filter(customer_id=customer_id, status=ChargeStatus.OPEN).exists()
    return gettext("còn khoản chưa thanh toán") if owes else None


registry.on_export(ROOM, export)
registry.before_erasure(ROOM, reason_to_keep)
