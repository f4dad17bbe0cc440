"""Random walks: whatever is done in whatever order, the recount finds nothing and no dong is lost."""

import contextlib
import random

import pytest
from tests.ledger.conftest import CLEARING, CUSTOMER, SYSTEM

from motcua.kernel.results import Refused
from motcua.ledger import operations as ledger_ops
from motcua.ledger import queries as ledger_queries

pytestmark = pytest.mark.usefixtures("company")


class Walk:
    def __init__(self, seed, at, raise_one, settle):
        self.random = random.Random(seed)
        self.at, self.raise_one, self.settle = at, raise_one, settle
        self.charges, self.settled, self.keys = [], [], []
        self.received = 0

    def step(self, number):
        act = self.random.choice(
            [self.new, self.pay, self.pay, self.pay, self.again, self.cancel, self.reverse]
        )
        with contextlib.suppress(Refused):
            act(number)

    def new(self, number):
        customer = self.random.choice([CUSTOMER, None])
        kind = self.random.choice(["CM", "TC", "NG"])
        amount = self.random.randint(1, 10**6)
        self.charges.append(
            self.raise_one(kind=kind, amount_vnd=amount, customer_id=customer, key=f"n{number}")
        )

    def pay(self, number):
        charge = self.random.choice(self.charges)
        amount = self.random.choice([charge.total_vnd, charge.total_vnd // 2 + 1, charge.total_vnd + 7])
        done = self.settle(charge, amount, key=f"p{number}")
        self.settled.append((done, amount))
        self.keys.append((charge, amount, f"p{number}"))
        self.received += amount

    def again(self, number):
        if self.keys:
            charge, amount, key = self.random.choice(self.keys)
            assert not self.settle(charge, amount, key=key).is_new

    def cancel(self, number):
        charge = self.random.choice(self.charges)
        ledger_ops.cancel_charge(charge_id=charge.id, reason="", actor=SYSTEM, at=self.at, key=f"c{number}")

    def reverse(self, number):
        if self.settled:
            done, amount = self.random.choice(self.settled)
            ledger_ops.reverse(
                transaction_id=done.transaction_id, reason="", actor=SYSTEM, at=self.at, key=f"r{number}"
            )
            self.received -= amount


@pytest.mark.parametrize("seed", range(6))
def test_replay_equals_balances_after_a_random_walk(seed, at, clearing, raise_one, settle):
    clearing()
    walk = Walk(seed, at, raise_one, settle)
    walk.new(-1)
    for number in range(60):
        walk.step(number)

    assert ledger_queries.check_ledger() == []
    assert ledger_queries.get_balance(CLEARING).balance_vnd == walk.received
    assert sum(line.debit_vnd - line.credit_vnd for line in ledger_queries.list_balances()) == 0
