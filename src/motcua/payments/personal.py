"""What this room holds of a customer: receipts for cash. They are papers of the books and are kept with these."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from motcua.customers import registry
from motcua.ledger.models import Charge
from motcua.payments.models import CashReceipt

ROOM = "payments"


def export(customer_ids: Sequence[UUID]) -> Mapping[str, Any]:
    """Every receipt for cash paid on a charge of the customer."""
    charges = Charge.objects.filter(customer_id__in=customer_ids).values_list("id", flat=True)
    rows = CashReceipt.objects.filter(charge_id__in=list(charges)).order_by("taken_at", "id")
    return {"cash_receipts": list(rows.values("number", "amount_vnd", "payer_name", "taken_at", "voided_at"))}


registry.on_export(ROOM, export)
