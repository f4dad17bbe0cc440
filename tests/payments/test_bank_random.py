"""Look-ups, holds, confirmations in time and late, reversals: in any order, doubled, from several banks at once."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from datetime import timedelta

import pytest
from django.db.models import Sum
from tests.payments.conftest import SYSTEM, TOTAL

from motcua.kernel.results import Refused
from motcua.ledger import queries as ledger_queries
from motcua.payments import banking, partner_queries
from motcua.payments import operations as payment_ops
from motcua.payments import queries as payment_queries
from motcua.payments.models import Allocation, BankHold, Payment

BANKS = ("VCB", "ACB", "MB")
SEEDS = range(25)
STEPS = 40
# What a transaction may become after what it was: paid is never unknown, failed or held again.
LATER = {
    "unknown": {"unknown", "held", "expired", "released", "paid", "reversed", "waiting"},
    "held": {"held", "expired", "released", "paid", "reversed"},
    "expired": {"expired", "released", "paid", "reversed"},
    "released": {"released", "paid", "reversed"},
    "paid": {"paid", "reversed"},
    "reversed": {"reversed"},
    "waiting": {"waiting", "reversed"},
}


@pytest.fixture(autouse=True)
def _banks(company, at):
    for bank in BANKS:
        payment_ops.add_partner(code=bank, name=bank, bank=bank, secret="s" * 40, actor=SYSTEM, at=at)


class World:
    """Three banks and a charge that may be paid in parts."""

    def __init__(self, charge, at, dice):
        self.charge, self.at, self.dice = charge, at, dice
        self.prefix = ""
        self.seen: dict[tuple[str, str], str] = {}
        self.refused: Counter[str] = Counter()

    def order(self, bank, txn_id):
        amount = {"T1": 5_840, "T2": 5_840, "T3": TOTAL - 11_680, "T4": TOTAL}[txn_id[-2:]]
        return payment_ops.Order(bank, txn_id, self.charge.id, amount, "r", "0" * 64)

    def step(self):
        bank = self.dice.choice(BANKS)
        txn_id = self.prefix + self.dice.choice(("T1", "T2", "T3", "T4"))
        act = self.dice.choice(("lookup", "hold", "confirm", "reverse", "late confirm", "pay", "release"))
        try:
            getattr(self, act.replace(" ", "_"))(bank, txn_id)
        except Refused as refused:
            self.refused[refused.code] += 1
        self.look(bank, txn_id)

    def lookup(self, bank, txn_id):
        charge = ledger_queries.get_charge(self.charge.id)
        reserved = partner_queries.reserved_vnd([charge.id], at=self.at).get(charge.id, 0)
        assert 0 <= banking.left_vnd(charge, reserved) <= charge.remaining_vnd

    def pay(self, bank, txn_id):
        payment_ops.pay_bill(order=self.order(bank, txn_id), paid_at=self.at, at=self.at)

    def hold(self, bank, txn_id):
        payment_ops.hold_bill(order=self.order(bank, txn_id), at=self.at)

    def confirm(self, bank, txn_id):
        payment_ops.confirm_hold(
            bank=bank, txn_id=txn_id, paid_at=BankHold.objects.filter(bank=bank, txn_id=txn_id).values_list("held_at", flat=True).first() or self.at,
            request_id="r", raw_sha256="0" * 64, at=self.at,
        )  # fmt: skip

    def late_confirm(self, bank, txn_id):
        self.at += timedelta(minutes=6)
        self.confirm(bank, txn_id)

    def release(self, bank, txn_id):
        payment_ops.release_hold(bank=bank, txn_id=txn_id, at=self.at)

    def reverse(self, bank, txn_id):
        payment_ops.reverse_payment(
            code=bank, bank=bank, txn_id=f"R{txn_id}", original_txn_id=txn_id,
            amount_vnd=self.order(bank, txn_id).amount_vnd, reason="", request_id="r", raw_sha256="0" * 64, at=self.at,
        )  # fmt: skip

    def look(self, bank, txn_id):
        for id in (txn_id, f"R{txn_id}"):
            before = self.seen.get((bank, id), "unknown")
            now = partner_queries.transaction_status(bank, id, at=self.at).state
            assert now in LATER[before], (bank, id, before, now)
            self.seen[bank, id] = now


@pytest.mark.parametrize("seed", SEEDS)
def test_any_order_leaves_the_books_right(raise_one, at, seed):
    policy = banking.Policy("OLDEST_DUE", part_payment=True, must_follow_order=False, hold_seconds=300)
    payment_ops.set_collection_policy(valid_from=at.date(), policy=policy, source="t", actor=SYSTEM, at=at)
    world = World(raise_one(), at, random.Random(seed))
    for _ in range(STEPS):
        world.step()

    charge = ledger_queries.get_charge(world.charge.id)
    booked = Payment.objects.filter(status="BOOKED")
    settled = (
        Allocation.objects.filter(payment__in=booked, target="CHARGE").aggregate(t=Sum("amount_vnd"))["t"]
        or 0
    )
    assert settled == charge.paid_vnd <= TOTAL
    for bank in BANKS:
        cleared = sum(booked.filter(bank=bank).values_list("amount_vnd", flat=True))
        assert ledger_queries.get_balance(f"138-{bank}").balance_vnd == cleared
    taken_back = Payment.objects.filter(status="REVERSED").count()
    assert taken_back <= Payment.objects.count() <= 4 * len(BANKS)
    assert ledger_queries.check_ledger() == []
    assert payment_queries.check_payments() == []


def test_the_random_walks_reach_every_state(raise_one, at):
    """Else the test above would prove little."""
    policy = banking.Policy("OLDEST_DUE", part_payment=True, must_follow_order=False, hold_seconds=300)
    payment_ops.set_collection_policy(valid_from=at.date(), policy=policy, source="t", actor=SYSTEM, at=at)
    world = World(raise_one(), at, random.Random(7))
    states, refused = set(), set()
    for round in range(6):
        world.charge = raise_one()
        world.prefix = f"{round}-"
        for _ in range(STEPS):
            world.step()
            states |= set(world.seen.values())
        refused |= set(world.refused)
    assert states == set(LATER)
    assert refused >= {"HOLD_UNKNOWN", "BILL_HELD", "AMOUNT_DIFFERS", "BILL_PAID"}


@pytest.mark.parametrize(
    "events", list(itertools.permutations(["hold", "confirm", "confirm", "reverse"]))[::2]
)
def test_a_fixed_set_of_events_ends_the_same_in_every_order(raise_one, at, events):
    """What comes too early is told again, as banks do."""
    world = World(raise_one(), at, random.Random(0))
    waiting = list(events)
    for _ in range(4):
        again = []
        for event in waiting:
            try:
                getattr(world, event)("VCB", "T4")
            except payment_ops.HoldUnknown:
                again.append(event)
        waiting = again
    assert waiting == []
    assert partner_queries.transaction_status("VCB", "T4", at=at).state == "reversed"
    assert ledger_queries.get_charge(world.charge.id).is_open
    assert ledger_queries.get_balance("138-VCB").balance_vnd == 0
    assert Payment.objects.count() == 1
