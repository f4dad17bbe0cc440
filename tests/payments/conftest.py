"""A bank, a charge, and a way to be told of money."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.payments import debt_house, debtors, matched_day

from motcua.documents import operations as document_ops
from motcua.documents import storage
from motcua.kernel.actors import Actor
from motcua.ledger import operations as ledger_ops
from motcua.ledger import registry
from motcua.payments import operations as payment_ops
from motcua.payments.dunning import operations as dunning_ops
from motcua.payments.dunning import reversals
from motcua.payments.operations import statements
from motcua.requests.operations import advancing

CUSTOMER = uuid.UUID("01900000-0000-7000-8000-00000000000c")
REQUEST = uuid.UUID("01900000-0000-7000-8000-00000000000d")
SYSTEM = Actor.system("test")
BANK = "NHTHU"
CLEARING = "138-NHTHU"
TOTAL = 105_840


@pytest.fixture(autouse=True)
def _nobody_else_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rooms above hear of paid charges; here their requests do not exist."""
    monkeypatch.setattr(registry, "_paid", {})
    monkeypatch.setattr(registry, "_reopened", [])


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
def told(at: datetime) -> Callable[..., dict[str, Any]]:
    """The arguments of a bank's notice."""

    def make(txn_id: str, amount_vnd: int, text: str, **changes: Any) -> dict[str, Any]:
        given = {
            "bank": BANK,
            "txn_id": txn_id,
            "amount_vnd": amount_vnd,
            "text": text,
            "paid_at": at,
            "raw_sha256": "0" * 64,
            "at": at,
        }
        return {**given, **changes}

    return make


@pytest.fixture
def tell(told: Callable[..., dict[str, Any]]) -> Callable[..., payment_ops.Recorded]:
    def make(*args: Any, **changes: Any) -> payment_ops.Recorded:
        return payment_ops.record_bank_notification(**told(*args, **changes))

    return make


@pytest.fixture
def own(company: Any, at: datetime) -> None:
    statements.open_own_account(
        number=matched_day.OWN, bank=matched_day.BANK, name="Tài khoản thu", actor=matched_day.WORKER, at=at
    )


@pytest.fixture
def take(own: None) -> Callable[..., Any]:
    def make(*entries: str, **changes: Any) -> statements.Imported:
        return statements.import_file(
            content=matched_day.swift(*entries, **changes),
            name="sao-ke.sta",
            actor=matched_day.WORKER,
            at=matched_day.NEXT,
        )

    return make


@pytest.fixture
def told_by_bank(tell: Callable[..., Any]) -> Callable[..., Any]:
    def make(txn_id: str, amount_vnd: int, text: str = "", **changes: Any) -> Any:
        return tell(
            txn_id,
            amount_vnd,
            text,
            **{"bank": matched_day.BANK, "paid_at": matched_day.PAID, "at": matched_day.PAID, **changes},
        )

    return make


@pytest.fixture
def policy(company: Any, _nobody_else_listens: None) -> None:
    """The company has a policy, and debt hears of payments."""
    registry.on_charge_paid(dunning_ops.charge_paid)
    registry.on_charge_reopened(reversals.charge_reopened)
    debtors.hold_to(debtors.POLICY)


@pytest.fixture
def owe(policy: None, raise_one: Callable[..., Any]) -> Callable[..., Any]:
    def make(**changes: Any) -> Any:
        given = {
            "kind": "TD",
            "account_code": debtors.ACCOUNT,
            "due_at": debtors.DUE,
            "request_id": None,
            "at": debtors.DUE - timedelta(days=5),
        }
        return raise_one(**{**given, **changes})

    return make


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = storage.FolderStorage(tmp_path / "documents")
    monkeypatch.setattr(document_ops, "get_storage", lambda: own)


@pytest.fixture
def debt(policy: None, folder: None) -> debt_house.Debt:
    registry.on_charge_paid(advancing.charge_paid)
    return debt_house.make()
