"""Beside a conversation: by what its customer is known, their account codes, open requests, and what they owe."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from motcua.config import clock
from motcua.customers import queries as customer_queries
from motcua.kernel.actors import Actor
from motcua.kernel.results import NotFound
from motcua.ledger import queries as ledger_queries
from motcua.supply import queries as supply_queries
from motcua.web.desk import customer_words as told
from motcua.web.desk.customer_access import access_card
from motcua.web.request_lines import lines_of

MOST = 5


def panel(actor: Actor, customer_id: UUID | None) -> dict[str, Any] | None:
    """What this person may see of the customer's card, in short; None where the card is not theirs to open."""
    if customer_id is None:
        return None
    try:
        here = access_card(actor=actor, customer_id=customer_id)
    except NotFound:
        return None
    rows = [row for row in here.requests if row.closed_at is None][:MOST]
    own = supply_queries.list_contracts(here.ids)
    parts = supply_queries.list_parts(here.ids)
    accounts = dict.fromkeys(
        [*(contract.account_code for contract in own), *(part.account_code for part in parts)]
    )
    owed = [
        charge for id in here.ids for charge in ledger_queries.list_charges_of_customer(id, open_only=True)
    ]
    return {
        "card": here,
        "handles": sorted(
            {told.channel(row.channel) for row in customer_queries.list_handle_rows(here.view.id)}
        ),
        "accounts": list(accounts)[:MOST],
        "requests": lines_of(rows, clock.now()),
        "owed_vnd": sum(charge.total_vnd - charge.paid_vnd for charge in owed),
        "owed_count": len(owed),
    }
