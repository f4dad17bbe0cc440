"""A bank's signed calls."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson
import pytest
from django.test import Client

from motcua.config import clock
from motcua.connectors.banks import vietqr_bank
from motcua.kernel.actors import Actor
from motcua.kernel.clock import FixedClock
from motcua.ledger import operations as ledger_ops
from motcua.payments import operations as payment_ops

SYSTEM = Actor.system("test")
SECRET = "s" * 40
PARTNER = "NHA"
BANK = "VCB"


@pytest.fixture
def bank_clock(at: datetime, monkeypatch: pytest.MonkeyPatch) -> FixedClock:
    fixed = FixedClock(at)
    monkeypatch.setattr(clock, "CLOCK", fixed)
    return fixed


@pytest.fixture
def add_bank(at: datetime) -> Callable[..., None]:
    def make(**changes: Any) -> None:
        given = {
            "code": PARTNER,
            "name": "Ngân hàng A",
            "bank": BANK,
            "secret": SECRET,
            "actor": SYSTEM,
            "at": at,
        }
        payment_ops.add_partner(**{**given, **changes})

    return make


@pytest.fixture
def call(bank_clock: FixedClock) -> Callable[..., Any]:
    """POST a signed call; every part of it can be made wrong."""
    numbers = itertools.count()

    def make(
        name: str,
        content: Any,
        *,
        bank: str = BANK,
        host: str = "hanoi.localhost",
        partner: str = PARTNER,
        secret: Any = SECRET,
        request_id: str | None = None,
        at: datetime | None = None,
        headers: dict[str, str] | None = None,
        signed_path: str | None = None,
        body: bytes | None = None,
        nonce: str = "",
    ) -> Any:
        path = f"/api/banks/{bank}/{name}"
        raw = orjson.dumps(content) if body is None else body
        given = vietqr_bank.signed_headers(
            partner_code=partner,
            secret=secret,
            method="POST",
            path=signed_path or path,
            request_id=request_id or f"req-{next(numbers)}",
            body=raw,
            at=at or bank_clock.now(),
            nonce=nonce,
        )
        client = Client(headers={"host": host}, raise_request_exception=False)
        return client.post(
            path, data=raw, content_type="application/json", headers={**given, **(headers or {})}
        )

    return make


@pytest.fixture
def raise_one(at: datetime) -> Callable[..., Any]:
    numbers = itertools.count()

    def make(**changes: Any) -> Any:
        given = {
            "kind": "NG",
            "amount_vnd": 98_000,
            "vat_rate": Decimal("0.08"),
            "customer_id": None,
            "request_id": None,
            "unit_code": "PD0100",
            "actor": SYSTEM,
            "at": at,
            "key": f"raise-{next(numbers)}",
        }
        return ledger_ops.raise_charge(**{**given, **changes})

    return make


@pytest.fixture
def notice(at: datetime) -> Callable[..., dict[str, Any]]:
    def make(text: str, **changes: Any) -> dict[str, Any]:
        given = {"txn_id": "FT1", "amount_vnd": 105_840, "text": text, "paid_at": at.isoformat()}
        return {**given, **changes}

    return make
