"""A payment booked in one round trip leaves what the inbox leaves; whatever is not so plain is left to the inbox."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from tests.payments.conftest import BANK, SYSTEM, TOTAL

from motcua.kernel import local_time
from motcua.ledger import queries as ledger_queries
from motcua.ledger import registry
from motcua.ledger.models import LedgerTransaction, Posting
from motcua.payments import banking
from motcua.payments import operations as payment_ops
from motcua.payments import queries as payment_queries
from motcua.payments.models import Allocation, BankNotification, NotificationKind, Payment
from motcua.payments.operations import at_once

# What no two payments share.
OWN = {
    "id", "txn_id", "text", "charge_id", "notification_id", "payment_id", "ledger_transaction_id", "target_id", "key", "content",
    "content_hash", "number", "transaction_id",
}  # fmt: skip

pytestmark = pytest.mark.usefixtures("company")


@pytest.fixture
def pay(at: Any) -> Callable[..., Any]:
    def make(charge: Any, txn_id: str, amount_vnd: int = TOTAL, **changes: Any) -> Any:
        order = payment_ops.Order(BANK, txn_id, charge.id, amount_vnd, f"r-{txn_id}", "0" * 64, channel="WEB")
        return payment_ops.pay_bill(order=order, paid_at=at, **{"at": at, **changes})

    return make


@pytest.fixture
def inboxed(at: Any) -> Callable[..., Any]:
    """The same payment, stored and then booked."""

    def make(charge: Any, txn_id: str, amount_vnd: int = TOTAL) -> Any:
        stored = payment_ops.store_notification(
            bank=BANK, txn_id=txn_id, amount_vnd=amount_vnd, text=charge.payment_code, paid_at=at, raw_sha256="0" * 64,
            at=at, request_id=f"r-{txn_id}", channel="WEB", charge_id=charge.id,
        )  # fmt: skip
        return payment_ops.process_or_leave(stored.id, at=at)

    return make


def allow_parts(at: Any) -> None:
    policy = banking.Policy("OLDEST_DUE", part_payment=True, must_follow_order=False, hold_seconds=300)
    payment_ops.set_collection_policy(
        valid_from=local_time.local_date(at), policy=policy, source="test", actor=SYSTEM, at=at
    )


def written(txn_id: str) -> dict[str, list[dict[str, Any]]]:
    """Every row of a payment, without what no two share."""
    payment = Payment.objects.get(bank=BANK, txn_id=txn_id)
    booking = payment.ledger_transaction_id
    rows = {
        "notice": BankNotification.objects.filter(id=payment.notification_id),
        "payment": Payment.objects.filter(id=payment.id),
        "allocations": Allocation.objects.filter(payment=payment).order_by("id"),
        "booking": LedgerTransaction.objects.filter(id=booking),
        "legs": Posting.objects.filter(transaction_id=booking).order_by("id"),
    }
    shared = {"request_id": ""}
    return {
        name: [{k: v for k, v in row.items() if k not in OWN} | shared for row in found.values()]
        for name, found in rows.items()
    }


@pytest.mark.parametrize("amount_vnd", [TOTAL, TOTAL - 1, 1])
def test_leaves_what_the_inbox_leaves(pay, inboxed, raise_one, amount_vnd, at):
    allow_parts(at)
    pay(raise_one(), "FIRST")  # the bank's first money opens its account
    ours, theirs = raise_one(), raise_one()

    taken = pay(ours, "A", amount_vnd)
    inboxed(theirs, "B", amount_vnd)

    assert written("A") == written("B")
    booked = Payment.objects.get(txn_id="A")
    assert taken.status.receipt_no == str(booked.notification_id)
    assert taken.status.ledger_transaction_id == str(booked.ledger_transaction_id)
    assert taken.charge == ledger_queries.get_charge(ours.id)
    assert taken.charge.remaining_vnd == TOTAL - amount_vnd
    again = pay(ours, "A", amount_vnd)
    assert (again.status, again.charge, again.is_duplicate) == (taken.status, taken.charge, True)
    assert payment_queries.check_payments() == []
    assert ledger_queries.check_ledger() == []


def test_whoever_waits_for_the_charge_hears_of_it_once(pay, raise_one):
    pay(raise_one(), "FIRST")
    heard = []
    registry.on_charge_paid(lambda charge_id, at, actor: heard.append(charge_id))
    charge = raise_one()

    assert pay(charge, "A").status.state == "paid"
    pay(charge, "A")

    assert heard == [charge.id]


def test_a_reversal_that_came_before_takes_it_back_at_once(pay, raise_one, told):
    pay(raise_one(), "FIRST")
    charge = raise_one()
    reversal = told("R", TOTAL, "", kind=NotificationKind.REVERSAL, original_txn_id="A")
    payment_ops.record_bank_notification(**reversal)

    assert pay(charge, "A").status.state == "reversed"
    assert ledger_queries.get_charge(charge.id).remaining_vnd == TOTAL
    assert payment_queries.check_payments() == []


def test_what_fails_is_undone_and_booked_by_the_inbox(pay, raise_one, monkeypatch):
    pay(raise_one(), "FIRST")
    charge = raise_one()
    with monkeypatch.context() as patch:
        patch.setattr(at_once, "_WAITING", "SELECT 1 / 0 WHERE %s::text <> ''")
        assert pay(charge, "A").status.state == "paid"

    assert LedgerTransaction.objects.filter(kind="SETTLE", charge_id=charge.id).count() == 1
    assert payment_queries.check_payments() == []
    assert ledger_queries.check_ledger() == []
    assert pay(raise_one(), "AFTER").status.state == "paid"  # what the server keeps prepared is known still


def test_an_unknown_charge_is_refused_and_nothing_is_stored(pay):
    with pytest.raises(payment_ops.BillUnknown):
        pay(SimpleNamespace(id=uuid4()), "A")
    assert not BankNotification.objects.exists()
