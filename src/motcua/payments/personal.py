"""What this room holds of a customer: receipts for cash, consents to auto-debit, promises to pay in parts. They are papers of
the books and are kept with these. Why an account was spared may tell of an illness, and an order to stop names its holder:
those words go when the customer is erased.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from motcua.customers import registry
from motcua.kernel.actors import Actor
from motcua.ledger.models import Charge
from motcua.payments.dunning import proofs
from motcua.payments.models import (
    CashReceipt,
    DunningCase,
    DunningExemption,
    DunningStep,
    InstalmentPromise,
    Mandate,
    StepKind,
)
from motcua.requests import operations as request_ops
from motcua.supply import queries as supply_queries

ROOM = "payments"
ERASURE = Actor.system("erasure")


def export(customer_ids: Sequence[UUID]) -> Mapping[str, Any]:
    """Every receipt for cash paid on a charge of the customer, and every consent that they gave their bank."""
    charges = Charge.objects.filter(customer_id__in=customer_ids).values_list("id", flat=True)
    rows = CashReceipt.objects.filter(charge_id__in=list(charges)).order_by("taken_at", "id")
    given = Mandate.objects.filter(customer_id__in=customer_ids).order_by("consent_at", "id")
    return {
        "cash_receipts": list(rows.values("number", "amount_vnd", "payer_name", "taken_at", "voided_at")),
        "auto_debits": list(
            given.values(
                "number", "account_code", "debtor_account", "debtor_name", "most_vnd", "consent_text", "consent_channel",
                "consent_at", "state", "ended_at",
            )
        ),
        "payment_promises": list(
            InstalmentPromise.objects.filter(account_code__in=_accounts(customer_ids)).order_by("made_at", "id").values(
                "account_code", "owed_vnd", "parts", "state", "made_at", "ended_at"
            )
        ),
        "spared_from_stops": _spared(customer_ids),
    }  # fmt: skip


def _spared(customer_ids: Sequence[UUID]) -> list[dict[str, Any]]:
    """Why and how long each account was spared, and the names of the papers that showed it."""
    rows = DunningExemption.objects.filter(account_code__in=_accounts(customer_ids)).order_by("id")
    names = "account_code", "reason", "note", "proof", "valid_from", "valid_to", "made_at", "ended_at"
    papers = proofs.of_exemptions(list(rows.values_list("id", flat=True)))
    told = rows.values("id", *names)
    return [
        {**{name: row[name] for name in names}, "papers": [one.name for one in papers.get(row["id"], [])]} for row in told
    ]  # fmt: skip


def _accounts(customer_ids: Sequence[UUID]) -> set[str]:
    """The accounts about whose debts something was done while these customers held them."""
    rows = DunningCase.objects.filter(customer_id__in=customer_ids).values_list("account_code", flat=True)
    return {*rows, *(contract.account_code for contract in supply_queries.list_contracts(customer_ids))}


def erase(customer_id: UUID, at: datetime) -> None:
    """Blank the words and delete the papers about why somebody was spared, and what the orders to stop say of the holder."""
    spared = DunningExemption.objects.filter(account_code__in=_accounts([customer_id]))
    proofs.erase(list(spared.values_list("id", flat=True)), at)
    spared.update(note="", proof="")
    steps = DunningStep.objects.filter(
        case__customer_id=customer_id, kind=StepKind.STOP, request_id__isnull=False
    )
    for request_id in filter(None, steps.values_list("request_id", flat=True)):
        with contextlib.suppress(request_ops.NotNow):  # still open: nobody is erased who owes
            request_ops.erase_request_data(
                request_id=request_id, actor=ERASURE, at=at, key=f"erase:{request_id}"
            )


registry.on_export(ROOM, export)
registry.on_erasure(ROOM, erase)
