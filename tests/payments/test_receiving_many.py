"""Many receipts at once end as if each had come by itself."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from django.db import transaction
from tests.payments.conftest import BANK, CUSTOMER, SYSTEM, TOTAL

from motcua.config import jobs
from motcua.ledger import operations as ledger_ops
from motcua.ledger import queries as ledger_queries
from motcua.ledger.models import LedgerTransaction, Posting
from motcua.payments import queries as payment_queries
from motcua.payments.models import Allocation, BankNotification, Payment, SuspenseCase, VirtualAccount
from motcua.payments.operations import inbox
from motcua.payments.operations.receiving_many import Receipt, finish_rest, receive_together


@pytest.fixture(autouse=True)
def _no_jobs(monkeypatch):
    monkeypatch.setattr(jobs, "wake", lambda *names: None)
    monkeypatch.setattr("motcua.ledger.registry._day_looks", [])


def together(receipts, at):
    finish_rest(receive_together(bank=BANK, receipts=receipts, at=at).rest, at=at)


def one_by_one(receipts, at):
    for one in receipts:
        stored = inbox.store_notification(
            bank=BANK, txn_id=one.txn_id, amount_vnd=one.amount_vnd, text=one.text, paid_at=one.paid_at, raw_sha256=one.raw_sha256,
            at=at, charge_id=one.charge_id,
        )  # fmt: skip
        if stored.is_new:
            inbox.process_or_leave(stored.id, at=at)


def state():
    """What is written, without ids that are drawn."""
    notices = list(
        BankNotification.objects.order_by("txn_id").values_list(
            "bank", "txn_id", "kind", "amount_vnd", "text", "paid_at", "raw_sha256", "request_id", "channel", "received_at",
            "state", "outcome", "charge_id", "attempts", "next_at", "last_error", "processed_at",
        )
    )  # fmt: skip
    payments = list(
        Payment.objects.order_by("txn_id").values_list(
            "bank", "txn_id", "notification__txn_id", "amount_vnd", "paid_at", "booked_at", "status"
        )
    )
    cases = {str(case.id): case.payment.txn_id for case in SuspenseCase.objects.select_related("payment")}
    allocations = sorted(
        (
            a.payment.txn_id,
            a.source,
            a.target,
            cases.get(str(a.target_id), str(a.target_id)),
            a.amount_vnd,
            a.at,
        )
        for a in Allocation.objects.select_related("payment")
    )
    keys = {t.id: t.key for t in LedgerTransaction.objects.all()}
    assert {keys[p.ledger_transaction_id] for p in Payment.objects.all()} == {
        f"bank:{p.bank}:{p.txn_id}" for p in Payment.objects.all()
    }
    legs = sorted(
        (
            keys[p.transaction_id],
            p.account_id,
            p.side,
            p.amount_vnd,
            cases.get(str(p.party_id), str(p.party_id)),
        )
        for p in Posting.objects.all()
    )
    told = sorted(
        SuspenseCase.objects.values_list(
            "payment__txn_id", "amount_vnd", "reason", "charge_id", "state", "opened_at"
        )
    )
    books = sorted(
        LedgerTransaction.objects.values_list(
            "key", "kind", "content_hash", "total_vnd", "posting_count", "charge_id"
        )
    )
    assert payment_queries.check_payments() == []
    assert ledger_queries.check_ledger() == []
    return notices, payments, allocations, legs, told, books


def undone(act):
    with transaction.atomic():
        act()
        result = state()
        transaction.set_rollback(True)
    return result


def world(raise_one, at, dice):
    charges = [raise_one(customer_id=dice.choice([CUSTOMER, None])) for _ in range(6)]
    inbox.record_bank_notification(
        bank=BANK, txn_id="BEFORE", amount_vnd=TOTAL, text=charges[0].payment_code, paid_at=at, raw_sha256="0" * 64, at=at
    )  # fmt: skip
    if charges[1].customer_id:
        ledger_ops.cancel_charge(charge_id=charges[1].id, reason="", actor=SYSTEM, at=at, key="c")
    codes = [charge.payment_code for charge in charges]
    raise_one(customer_id=CUSTOMER, account_code="PD13000000001", kind="TD")
    VirtualAccount.objects.create(
        number="99990000000123", bank_bin="970436", charge_id=charges[5].id, created_at=at
    )  # fmt: skip
    texts = [
        "PD13000000001 tien dien", "PD13000000002 tien dien", "toi tra 99990000000123", "99990000000124", "", "CM0000000999",
        *codes, *codes, f"MBVCB.1.{codes[2].lower()}.CT tu 001", f"{codes[3]} {codes[4]}", "tiền điện", "TD000000001X", f"{codes[5]}  FT9",
    ]  # fmt: skip
    ids = ["BEFORE", *(f"T{number:02d}" for number in range(25))]
    dice.shuffle(ids)
    return [
        Receipt(
            txn_id=id, amount_vnd=dice.choice([1, 5_840, 100_000, TOTAL - 1, TOTAL, TOTAL, TOTAL + 1]), text=dice.choice(texts),
            paid_at=at, raw_sha256="1" * 64, charge_id=dice.choice([None, charges[2].id]),
        )
        for id in ids[: dice.randint(1, 25)]
        if id != "BEFORE"
    ]  # fmt: skip


@pytest.mark.usefixtures("company")
class TestTogether:
    @pytest.mark.parametrize("seed", range(25))
    def test_many_at_once_are_one_by_one(self, raise_one, at, seed):
        dice = random.Random(seed)
        receipts = world(raise_one, at, dice)
        if seed % 6 == 5:
            ledger_ops.close_day(
                day=(at + timedelta(hours=7)).date(), explanations={}, actor=SYSTEM, at=at + timedelta(days=1)
            )
        # the order of the money: those that need a closer look are booked behind the others
        closer = ("PD13000000001", "99990000000123")
        quick = [
            one for one in receipts
            if len(inbox.rules.codes_in(one.text)) < 2 and not any(word in one.text for word in closer)
        ]  # fmt: skip
        slow = [one for one in receipts if one not in quick]
        slow.sort(key=lambda one: one.txn_id)

        assert undone(lambda: together([*quick, *slow], at)) == undone(
            lambda: one_by_one([*quick, *slow], at)
        )

    def test_the_same_again_changes_nothing(self, raise_one, at):
        receipts = world(raise_one, at, random.Random(3))
        together(receipts, at)
        once = state()
        together(receipts, at)
        assert state() == once

    def test_a_reversal_that_came_before_its_receipt_takes_it_back(self, raise_one, at):
        charge = raise_one()
        inbox.record_bank_notification(
            bank=BANK, txn_id="R1", amount_vnd=TOTAL, text="", paid_at=at, raw_sha256="0" * 64, at=at, kind="REVERSAL",
            original_txn_id="T1",
        )  # fmt: skip
        together([Receipt("T1", TOTAL, charge.payment_code, at, "1" * 64)], at)
        assert Payment.objects.get().status == "REVERSED"
        assert ledger_queries.get_charge(charge.id).is_open
        state()

    def test_it_takes_a_few_statements_however_many_there_are(
        self, raise_one, at, django_assert_max_num_queries
    ):
        receipts = [Receipt(f"T{n}", TOTAL, raise_one().payment_code, at, "1" * 64) for n in range(60)]
        receipts += [Receipt(f"U{n}", TOTAL, f"chuyen tien {n}", at, "1" * 64) for n in range(60)]
        with django_assert_max_num_queries(36):
            together(receipts, at)
        assert Payment.objects.count() == 120
        assert SuspenseCase.objects.filter(reason="NO_CODE", state="OPEN").count() == 60
        assert BankNotification.objects.filter(outcome="MATCHED").count() == 60
