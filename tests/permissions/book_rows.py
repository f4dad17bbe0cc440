"""What the addresses of the books name: a booking, a closed day, a day that is over."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from motcua.ledger import operations as ledger_ops
from motcua.ledger.models import LedgerTransaction
from motcua.payments.models import CashShift
from tests.permissions.names import NOW, SEED

OVER = date(2026, 9, 7)
FORMS = {
    "money:periods": {"thang": "2026-08"},
    "money:period": {"viec": "de-nghi", "reason": "ghi nhầm"},
    "money:close-day": {"ly-do-SUSPENSE": "chờ khách"},
    "money:mapping": {"ma-111": "1111"},
    "counter:shifts": {"float": "500000"},
    "counter:shift": {"counted": "0", "explanation": "mất"},
}


def of_address() -> dict[str, dict[str, Any]]:
    """Closes a day, and says what is meant at which address."""
    closed = ledger_ops.close_day(
        day=OVER - timedelta(days=1),
        explanations={"SUSPENSE": "x", "CASH": "x", "STATEMENTS": "x"},
        actor=SEED,
        at=NOW,
    )
    booking = LedgerTransaction.objects.order_by("number").values_list("id", flat=True)[0]
    return {
        "money:booking": {"transaction_id": booking}, "money:period": {"period_id": closed.id},
        "counter:shift": {"shift_id": CashShift.objects.values_list("id", flat=True).get()},
        "money:close-day": {"day": OVER.isoformat()}, "money:book": {"slug": "can-doi"},
    }  # fmt: skip
