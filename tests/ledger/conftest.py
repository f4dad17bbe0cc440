"""Short ways to raise and settle, so that a test says only what it is about."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from motcua.kernel.actors import Actor
from motcua.ledger import operations as ledger_ops
from motcua.ledger import registry
from motcua.ledger.chart import AccountKind

CUSTOMER = uuid.UUID("01900000-0000-7000-8000-00000000000c")
REQUEST = uuid.UUID("01900000-0000-7000-8000-00000000000d")
SYSTEM = Actor.system("test")
CLEARING = "138-THU"


@pytest.fixture(autouse=True)
def _nobody_else_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rooms above hear of paid charges; here their requests do not exist."""
    monkeypatch.setattr(registry, "_paid", {})
    monkeypatch.setattr(registry, "_reopened", [])


@pytest.fixture
def clearing() -> Callable[[], str]:
    def make() -> str:
        ledger_ops.open_account(code=CLEARING, kind=AccountKind.ASSET, name="Ngân hàng thử", stripes=4)
        return CLEARING

    return make


@pytest.fixture
def raise_one(at: datetime) -> Callable[..., Any]:
    numbers = itertools.count()

    def make(**changes: Any) -> Any:
        given = {
            "kind": "CM",
            "amount_vnd": 98_000,
            "vat_rate": Decimal("0.08"),
            "customer_id": CUSTOMER,
            "request_id": REQUEST,
            "unit_code": "PD0100",
            "actor": SYSTEM,
            "at": at,
            "key": f"raise-{next(numbers)}",
        }
        return ledger_ops.raise_charge(**{**given, **changes})

    return make


@pytest.fixture
def settle(at: datetime) -> Callable[..., Any]:
    def make(charge: Any, amount_vnd: int, *, key: str, **changes: Any) -> Any:
        given = {
            "charge_id": charge.id,
            "amount_vnd": amount_vnd,
            "clearing_account": CLEARING,
            "reference": key,
            "actor": SYSTEM,
            "at": at,
            "key": key,
        }
        return ledger_ops.settle_charge(**{**given, **changes})

    return make
