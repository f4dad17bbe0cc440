"""A deposit that is held, a part of it asked back by somebody; a bill that is paid late."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from motcua.kernel.actors import Actor
from motcua.ledger import operations as ledger_ops
from tests.permissions.names import NOW, SEED, UNIT

ACCOUNT = "PD04000000098"


def a_deposit(things: Mapping[str, Any]) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "customer_id": things["owner_id"], "unit_code": UNIT, "account_code": ACCOUNT, "actor": SEED
    }  # fmt: skip
    made = ledger_ops.raise_deposit(
        amount_vnd=500_000,
        due_at=NOW + timedelta(days=9),
        reason="thi công",
        at=NOW,
        key="seed:deposit",
        **facts,
    )
    ledger_ops.settle_charge(
        charge_id=made.id,
        amount_vnd=500_000,
        clearing_account="111",
        reference="x",
        actor=SEED,
        at=NOW,
        key="seed:laid",
    )
    asked = ledger_ops.ask_deposit_return(
        charge_id=made.id, amount_vnd=1_000, reason="hết việc", actor=Actor.system("asker"), at=NOW
    )
    ledger_ops.set_late_rate(
        valid_from=date(2020, 1, 1), percent_a_year=Decimal(10), source="x", actor=SEED, at=NOW
    )
    late = ledger_ops.raise_charge(
        kind="TD", amount_vnd=1_000_000, vat_rate=Decimal(0), request_id=None, at=NOW - timedelta(days=50),
        due_at=NOW - timedelta(days=40), key="seed:late", **facts,
    )  # fmt: skip
    return {"deposit_id": made.id, "return_id": asked, "late_charge_id": late.id}


def of_address(things: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What an argument means where it is not what it means elsewhere."""
    return dict.fromkeys(("money:deposit", "money:deposit-act"), {"charge_id": things["deposit_id"]})


def bodies(things: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "money:deposit-add": lambda: {
            "account_code": ACCOUNT, "amount": "500.000", "due": "2040-01-01", "reason": "thi công", "key": str(uuid4())
        },
        "money:deposit-act": lambda: {"viec": "duyet", "de_nghi": str(things["return_id"])},
        "money:deposit-act de-nghi": lambda: {"viec": "de-nghi", "so_tien": "1000", "ly_do": "hết việc"},
        "money:late-book": lambda: {"khoan": str(things["late_charge_id"])},
    }  # fmt: skip
