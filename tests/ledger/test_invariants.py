"""What must always hold, each tried to be broken: random acts in real transactions, killed between any two statements.

Numbers are those of the list of invariants for money: 1 debits equal credits, 2 whole dong, 3 nothing is changed, 4 balances are
sums, 5 a key books once, 6 a charge is settled once, 13 never more back than came, 14 closed days, 15 the chain, 16 kills.
"""

from __future__ import annotations

import random
import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from tests.ledger.conftest import CLEARING, CUSTOMER, SYSTEM

from motcua.kernel import local_time
from motcua.kernel.results import Refused
from motcua.ledger import closing, sealed
from motcua.ledger import operations as ledger_ops
from motcua.ledger import queries as ledger_queries
from motcua.ledger.models import AccountBalance, Charge, LedgerTransaction, Posting


class KilledError(Exception):
    """The process is gone: its connection with it."""


class Killer:
    """Closes the connection before the n-th statement, as a process does that dies there."""

    def __init__(self, before: int) -> None:
        self.left = before

    def __call__(self, execute, sql, params, many, context):
        self.left -= 1
        if self.left == 0:
            connection.connection.close()
            raise KilledError
        return execute(sql, params, many, context)


def acts(at, charge, deposit, number):
    """Every kind of act on money, each under its own key: what is done again is done under the same."""

    def settle(amount, key):
        return lambda: ledger_ops.settle_charge(
            charge_id=charge.id, amount_vnd=amount, clearing_account=CLEARING, reference=key, actor=SYSTEM, at=at, key=key
        )  # fmt: skip

    def reverse():
        settled = settle(700, f"s-back{number}")()
        ledger_ops.reverse(
            transaction_id=settled.transaction_id, reason="x", actor=SYSTEM, at=at, key=f"back{number}"
        )

    return {
        "part": settle(5_000, f"part{number}"),
        "too much": settle(charge.total_vnd + 17, f"much{number}"),
        "reverse": reverse,
        "credit": lambda: ledger_ops.give_credit(
            customer_id=CUSTOMER, kind="TD", net_vnd=1_000, vat_vnd=80, vat_rate=Decimal("0.08"), reason="x", actor=SYSTEM,
            at=at, key=f"credit{number}",
        ),
        "apply": lambda: ledger_ops.apply_credit(
            charge_id=charge.id, actor=SYSTEM, at=at, key=f"apply{number}"
        ),
        "give back": lambda: ledger_ops.return_deposit(
            charge_id=deposit.id, amount_vnd=10_000, reason="x", actor=SYSTEM, at=at, key=f"deposit{number}"
        ),
        "pay out": lambda: ledger_ops.take_credit(
            customer_id=CUSTOMER, amount_vnd=500, credit_account=CLEARING, reason="x", actor=SYSTEM, at=at, key=f"out{number}"
        ),
        "receive": lambda: ledger_ops.receive_unmatched(
            amount_vnd=3_000, clearing_account=CLEARING, case_id=uuid.uuid4(), reference="?", actor=SYSTEM, at=at,
            key=f"receive{number}",
        ),
        "seal": lambda: ledger_ops.seal(at=at),
    }  # fmt: skip


def state():
    """What the books say, without instants and ids."""
    return sorted((b.account, b.debit_vnd, b.credit_vnd) for b in ledger_queries.list_balances())


@pytest.mark.parametrize("seed", range(2))
def test_invariant_16_a_kill_between_any_two_statements_leaves_the_books_whole(
    committed_company, race, clearing, raise_one, settle, at, seed
):
    """Killed anywhere, an act is done whole or not at all; done again under its key it is there once."""
    clearing()
    dice = random.Random(seed)
    deposit = raise_one(kind="DC", amount_vnd=50_000, vat_rate=Decimal(0))
    settle(deposit, 50_000, key="deposit")
    for number in range(3):
        charge = raise_one()
        for name, act in dice.sample(sorted(acts(at, charge, deposit, number).items()), 4):
            for before in (2, 3, dice.randint(4, 9)):

                def killed(act=act, before=before):
                    with connection.execute_wrapper(Killer(before)):
                        return act()

                race(killed)
                assert ledger_queries.check_ledger() == [], name
            (done,) = race(act)
            assert not isinstance(done, Exception) or isinstance(done, Refused), (name, done)
            once = state()
            race(act)
            assert state() == once, name
    ledger_ops.seal_all(at=at)
    assert ledger_queries.check_ledger() == []


def test_invariants_1_4_and_6_after_random_acts_side_by_side(
    committed_company, race, clearing, raise_one, settle, at
):
    clearing()
    deposit = raise_one(kind="DC", amount_vnd=100_000, vat_rate=Decimal(0))
    settle(deposit, 100_000, key="deposit")
    charge = raise_one()

    def walk(worker):
        dice = random.Random(worker)
        for number in range(8):
            act = dice.choice(list(acts(at, charge, deposit, worker * 100 + number).values()))
            try:
                act()
            except Refused:
                continue

    assert race(*[lambda worker=worker: walk(worker) for worker in range(4)]) == [None] * 4

    sums = [(b.debit_vnd, b.credit_vnd) for b in ledger_queries.list_balances()]
    assert sum(debit for debit, _ in sums) == sum(credit for _, credit in sums)
    assert ledger_queries.check_ledger() == []
    found = Charge.objects.get(id=charge.id)
    assert 0 <= found.paid_vnd <= found.total_vnd
    assert ledger_queries.get_party_balance("3387", CUSTOMER) >= 0


@pytest.mark.usefixtures("company")
class TestEach:
    @pytest.fixture(autouse=True)
    def _bank(self, company, clearing):
        clearing()

    def test_invariant_2_amounts_are_whole_dong_above_zero(self, raise_one, settle):
        charge = raise_one()
        for amount in (0, -1, 1.0, Decimal("1"), True, "1"):
            with pytest.raises(ledger_ops.AmountInvalid):
                settle(charge, amount, key=f"odd-{amount!r}")
        kinds = {type(value) for value in Posting.objects.values_list("amount_vnd", flat=True)}
        assert kinds == {int}

    def test_invariant_3_a_reversal_points_at_its_original_and_comes_once(self, raise_one, settle, at):
        done = settle(raise_one(), 5_000, key="pay")
        back = ledger_ops.reverse(
            transaction_id=done.transaction_id, reason="x", actor=SYSTEM, at=at, key="b1"
        )

        assert LedgerTransaction.objects.get(id=back.transaction_id).reverses_id == done.transaction_id
        with pytest.raises(ledger_ops.AlreadyReversed):
            ledger_ops.reverse(transaction_id=done.transaction_id, reason="x", actor=SYSTEM, at=at, key="b2")

    def test_invariant_4_balances_are_the_sums_of_their_legs(self, raise_one, settle):
        settle(raise_one(), 5_000, key="pay")
        for account in set(AccountBalance.objects.values_list("account_id", flat=True)):
            legs = Posting.objects.filter(account_id=account)
            debit = sum(leg.amount_vnd for leg in legs if leg.side == "D")
            assert ledger_queries.get_balance(account).debit_vnd == debit

    def test_invariant_5_a_key_books_once_and_other_content_names_its_field(self, raise_one, settle):
        charge = raise_one()
        first = settle(charge, 5_000, key="k")
        assert settle(charge, 5_000, key="k").transaction_id == first.transaction_id
        for field, changes in (("amount_vnd", {}), ("reference", {"reference": "other"})):
            with pytest.raises(ledger_ops.KeyReused) as refused:
                settle(
                    charge,
                    5_001 if field == "amount_vnd" else 5_000,
                    key="k",
                    **{"reference": "k", **changes},
                )
            assert refused.value.field == field

    def test_invariant_13_never_more_goes_back_than_came(self, raise_one, settle, at):
        deposit = raise_one(kind="DC", amount_vnd=1_000, vat_rate=Decimal(0))
        settle(deposit, 1_000, key="in")
        for number in range(4):
            try:
                ledger_ops.return_deposit(
                    charge_id=deposit.id, amount_vnd=400, reason="x", actor=SYSTEM, at=at, key=f"o{number}"
                )
            except ledger_ops.DepositTooSmall:
                continue
        assert ledger_queries.get_balance("344").balance_vnd == 200

    def test_invariant_14_a_closed_day_takes_nothing_and_days_are_vietnams(self, raise_one, at, monkeypatch):
        monkeypatch.setattr("motcua.ledger.registry._day_looks", [])
        day = local_time.local_date(at)
        ledger_ops.close_day(day=day, explanations={}, actor=SYSTEM, at=at + timedelta(days=1))
        with pytest.raises(ledger_ops.DayClosed):
            raise_one(at=at.replace(hour=16, minute=59))
        raise_one(at=at.replace(hour=17))
        assert closing.count_bookings(day) == 0

    def test_invariant_15_every_booking_has_an_actor_and_stands_in_the_chain(self, raise_one, settle, at):
        settle(raise_one(), 5_000, key="pay")
        ledger_ops.seal_all(at=at)

        assert not LedgerTransaction.objects.filter(actor="").exists()
        assert (list(sealed.list_broken()), sealed.count_unsealed()) == ([], 0)


def test_invariant_13_refunds_side_by_side_give_back_no_more_than_is_there(
    committed_company, race, clearing, raise_one, settle, at
):
    clearing()
    settle(raise_one(), 105_840 + 1_000, key="too much")
    results = race(
        *[
            lambda key=key: ledger_ops.take_credit(
                customer_id=CUSTOMER, amount_vnd=600, credit_account=CLEARING, reason="x", actor=SYSTEM, at=at, key=key
            )
            for key in ("a", "b", "c")
        ]
    )  # fmt: skip
    assert sum(isinstance(result, ledger_ops.CreditTooSmall) for result in results) == 2
    assert ledger_queries.get_party_balance("3387", CUSTOMER) == 400
