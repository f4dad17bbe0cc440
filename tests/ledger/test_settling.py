"""Where received money goes, by one statement; and the twin that settles many charges is the same, row by row."""

from __future__ import annotations

import random
import uuid
from datetime import timedelta

import pytest
from django.db import connection, transaction
from tests.ledger.conftest import CLEARING, CUSTOMER, SYSTEM

from motcua.kernel.results import Refused
from motcua.ledger import operations as ledger_ops
from motcua.ledger import queries as ledger_queries
from motcua.ledger import registry
from motcua.ledger.models import AccountBalance, Charge, LedgerTransaction

ODD = 'a "quoted" \\ back, a\ttab, a\x01 control, đồng 東 €'


def split(amount, owed, has_customer, is_cancelled):
    """What is to be: never more to a charge than it owes; the rest is the customer's, or waits in suspense."""
    applied = min(amount, owed)
    rest = amount - applied
    account = "" if not rest else "3387" if has_customer and not is_cancelled else "3388"
    return applied, rest, account, owed - applied


class Statements:
    """Counts what is said to the database."""

    def __init__(self):
        self.said = []

    def __call__(self, execute, sql, params, many, context):
        self.said.append(sql)
        return execute(sql, params, many, context)


@pytest.mark.usefixtures("company")
class TestOneStatement:
    @pytest.fixture(autouse=True)
    def _bank(self, company, clearing):
        clearing()

    def test_every_amount_and_state_goes_where_it_is_to_go(self, raise_one, settle, at):
        for has_customer in (True, False):
            for state in ("OPEN", "PART", "PAID", "CANCELLED"):
                for amount in (1, 5_839, 5_840, 5_841, 105_839, 105_840, 105_841, 10**12):
                    charge = raise_one(customer_id=CUSTOMER if has_customer else None)
                    tag = f"{has_customer}{state}{amount}"
                    if state in ("PART", "PAID"):
                        settle(charge, 100_000 if state == "PART" else 105_840, key=f"before-{tag}")
                    if state == "CANCELLED":
                        ledger_ops.cancel_charge(
                            charge_id=charge.id, reason="", actor=SYSTEM, at=at, key=f"cancel-{tag}"
                        )
                    owed = {"OPEN": 105_840, "PART": 5_840}.get(state, 0)

                    done = settle(charge, amount, key=tag)

                    found = (done.applied_vnd, done.excess_vnd, done.excess_account, done.remaining_vnd)
                    assert found == split(amount, owed, has_customer, state == "CANCELLED"), tag
                    assert (done.case_id is not None) == (done.excess_account == "3388")
                    assert ledger_queries.get_charge(charge.id).remaining_vnd == done.remaining_vnd
        assert ledger_queries.check_ledger() == []

    def test_it_is_one_statement_for_whoever_nobody_waits_for(self, raise_one, settle):
        charge, counted = raise_one(), Statements()
        with connection.execute_wrapper(counted):
            settle(charge, 105_840, key="k")
            settle(charge, 105_840, key="k")
        assert len(counted.said) == 2

    def test_a_handler_with_nothing_to_do_is_not_called(self, raise_one, settle):
        calls = []

        def paid(charge_id, at, actor):
            calls.append(charge_id)

        registry.on_charge_paid(paid, when="charge.unit_code = 'PD0200'")
        try:
            settle(raise_one(), 105_840, key="a")
            heard = raise_one(unit_code="PD0200")
            settle(heard, 105_840, key="b")
        finally:
            registry.forget(paid)
        assert calls == [heard.id]

    def test_a_reference_of_any_letters_is_hashed_as_it_is(self, raise_one, settle):
        settle(raise_one(), 105_840, key="odd", reference=ODD)
        assert LedgerTransaction.objects.get(key="odd").content["reference"] == ODD
        assert ledger_queries.check_ledger() == []


def test_outside_a_transaction_one_statement_is_durable_and_handlers_stand_or_fall_with_it(
    committed_company, clearing, raise_one, settle
):
    clearing()
    charge = raise_one()

    def broken(charge_id, at, actor):
        raise RuntimeError("no")

    registry.on_charge_paid(broken)
    try:
        with pytest.raises(RuntimeError):
            settle(charge, 105_840, key="k")
    finally:
        registry.forget(broken)
    assert ledger_queries.get_charge(charge.id).status == "OPEN"
    assert not LedgerTransaction.objects.filter(key="k").exists()
    counted = Statements()
    with connection.execute_wrapper(counted):
        assert settle(charge, 105_840, key="k").is_new
    assert len(counted.said) == 1
    connection.close()
    assert ledger_queries.get_charge(charge.id).status == "PAID"


REFUSALS = {"DAY_CLOSED", "KEY_REUSED", "NOT_FOUND", "AMOUNT_INVALID", "ACCOUNT_UNKNOWN"}


def stage(rows):
    ledger_ops.open_settling()
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO ledger_to_settle (place, key, charge_id, amount_vnd, reference) VALUES (%s, %s, %s, %s, %s)",
            [(place, *row) for place, row in enumerate(rows)],
        )


def settled_together(rows, account, at):
    """What became of each row, by the twin."""
    stage(rows)
    done = ledger_ops.settle_staged(clearing_account=account, actor=SYSTEM, at=at)
    with connection.cursor() as cursor:
        cursor.execute("""
            SELECT refusal, is_new, applied_vnd, excess_vnd, excess_account, remaining_vnd, status, excess_account = '3388'
            FROM ledger_to_settle ORDER BY place""")
        found = [row if not row[0] else row[:1] for row in cursor.fetchall()]
    assert done.booked == sum(row[1:2] == (True,) for row in found)
    assert done.again == sum(row[1:2] == (False,) for row in found)
    assert done.refused == sum(len(row) == 1 for row in found)
    return found


def settled_one_by_one(rows, account, at):
    found = []
    for key, charge_id, amount, reference in rows:
        try:
            one = ledger_ops.settle_charge(
                charge_id=charge_id, amount_vnd=amount, clearing_account=account, reference=reference, actor=SYSTEM, at=at, key=key
            )  # fmt: skip
        except Refused as refused:
            found.append((refused.code,))
            continue
        found.append(
            ("", one.is_new, one.applied_vnd, one.excess_vnd, one.excess_account, one.remaining_vnd, one.status, one.case_id is not None)
        )  # fmt: skip
    return found


def books():
    """Everything the books say but ids, numbers and instants of the machine."""
    bookings = [
        (
            t.key, t.kind, t.content, t.content_hash, {**t.outcome, "case_id": bool(t.outcome["case_id"])} if t.kind == "SETTLE" else {},
            t.charge_id, t.at, t.business_date, t.actor, t.total_vnd, t.posting_count,
            [(p.account_id, p.side, p.amount_vnd, p.day, p.party_id if p.account_id != "3388" else None) for p in t.postings.order_by("id")],
        )
        for t in LedgerTransaction.objects.order_by("key").prefetch_related("postings")
    ]  # fmt: skip
    charges = list(Charge.objects.order_by("id").values_list("id", "paid_vnd", "status", "paid_at"))
    sums = {}
    for row in AccountBalance.objects.all():
        key = (row.account_id, row.day)
        old = sums.get(key, (0, 0, 0))
        sums[key] = (old[0] + row.debit_vnd, old[1] + row.credit_vnd, old[2] + row.postings)
    return bookings, charges, sums


def undone(act):
    """What the act gives, and the books after it; then the books are as before it."""
    with transaction.atomic():
        result = act(), books(), ledger_queries.check_ledger()
        transaction.set_rollback(True)
    return result


@pytest.mark.usefixtures("company")
class TestTogether:
    @pytest.fixture(autouse=True)
    def _bank(self, company, clearing, monkeypatch):
        clearing()
        monkeypatch.setattr("motcua.ledger.registry._day_looks", [])

    def world(self, raise_one, settle, at, dice):
        """Charges in every state; rows for them with doubles, wrong amounts, keys used before, and charges nobody knows."""
        charges = [raise_one(customer_id=dice.choice([CUSTOMER, None])) for _ in range(6)]
        settle(charges[0], 105_840, key="paid")
        settle(charges[1], 40_000, key="part", reference="part")
        if charges[2].customer_id:
            ledger_ops.cancel_charge(charge_id=charges[2].id, reason="", actor=SYSTEM, at=at, key="c")
        known = [charge.id for charge in charges] + [uuid.UUID(int=7)]
        keys = ["paid", "part", *(f"k{number}" for number in range(8))]
        amounts = [0, -5, 1, 40_000, 65_840, 105_839, 105_840, 105_841, 10**14, 10**15]
        rows = []
        for _ in range(dice.randint(1, 25)):
            if rows and dice.random() < 0.25:
                rows.append(dice.choice(rows))
                continue
            key = dice.choice([*keys, str(uuid.UUID(int=dice.getrandbits(128)))])
            rows.append((key, dice.choice(known), dice.choice(amounts), dice.choice([key, ODD])))
        return rows

    @pytest.mark.parametrize("seed", range(40))
    def test_the_twin_is_the_single_operation_row_by_row(self, raise_one, settle, at, seed):
        dice = random.Random(seed)
        rows = self.world(raise_one, settle, at, dice)
        account = CLEARING if seed % 8 else "138-NOWHERE"
        if seed % 8 == 3:
            day = (at + timedelta(hours=7)).date()
            ledger_ops.close_day(day=day, explanations={}, actor=SYSTEM, at=at + timedelta(days=1))

        together = undone(lambda: settled_together(rows, account, at))
        one_by_one = undone(lambda: settled_one_by_one(rows, account, at))

        assert together == one_by_one
        assert together[2] == []

    def test_the_random_cases_meet_every_refusal_and_every_end(self, raise_one, settle, at):
        """Else the test above would prove little."""
        met = set()
        dice = random.Random(1)
        rows = self.world(raise_one, settle, at, dice) * 2
        for account in (CLEARING, "138-NOWHERE"):
            (found, _, _) = undone(lambda account=account: settled_one_by_one(rows, account, at))
            met |= {row[0] for row in found}
        assert {"", "NOT_FOUND", "AMOUNT_INVALID", "ACCOUNT_UNKNOWN"} <= met <= {"", *REFUSALS}

    def test_a_reference_of_any_letters_is_hashed_as_python_does(self, raise_one, at):
        letters = "".join(map(chr, range(1, 0x250))) + "\u2028\u2029\ufeff東\U0001f4a1"
        rows = [(f"k{n}", raise_one().id, 5, letters[n * 60 : n * 60 + 60]) for n in range(11)]
        settled_together(rows, CLEARING, at)
        assert LedgerTransaction.objects.filter(kind="SETTLE").count() == 11
        assert ledger_queries.check_ledger() == []  # goes by the hash of each content

    def test_the_same_stage_again_books_nothing_more(self, raise_one, at):
        charges = [raise_one() for _ in range(5)]
        rows = [(f"k{n}", charge.id, charge.total_vnd, ODD) for n, charge in enumerate(charges)]
        first = settled_together(rows, CLEARING, at)
        once = books()
        again = settled_together(rows, CLEARING, at)
        assert first == [("", True, 105_840, 0, "", 0, "PAID", False)] * 5
        assert again == [("", False, 105_840, 0, "", 0, "PAID", False)] * 5
        assert books() == once

    def test_whoever_waits_is_told_of_each_charge_once(self, raise_one, at):
        calls = []

        def paid(charge_id, at, actor):
            calls.append(charge_id)

        waited, other = raise_one(unit_code="PD0200"), raise_one()
        registry.on_charge_paid(paid, when="charge.unit_code = 'PD0200'")
        rows = [
            ("a", waited.id, 105_839, ""),
            ("b", waited.id, 1, ""),
            ("c", waited.id, 9, ""),
            ("d", other.id, 105_840, ""),
        ]
        try:
            for _ in range(2):
                settled_together(rows, CLEARING, at)
        finally:
            registry.forget(paid)
        assert calls == [waited.id]
        assert ledger_queries.get_party_balance("3387", CUSTOMER) == 9

    def test_money_of_one_stage_counts_in_its_order(self, raise_one, at):
        charge = raise_one()
        rows = [(f"k{n}", charge.id, 60_000, "") for n in range(3)]
        found = settled_together(rows, CLEARING, at)
        assert [row[2:7] for row in found] == [
            (60_000, 0, "", 45_840, "OPEN"), (45_840, 14_160, "3387", 0, "PAID"), (0, 60_000, "3387", 0, "PAID")
        ]  # fmt: skip


def test_two_stages_side_by_side_settle_each_charge_once(committed_company, race, clearing, raise_one, at):
    clearing()
    charges = [raise_one() for _ in range(12)]

    def together(mark, order):
        with transaction.atomic():
            return settled_together(
                [(f"{mark}{charge.id}", charge.id, charge.total_vnd, "") for charge in order], CLEARING, at
            )

    results = race(lambda: together("a", charges), lambda: together("b", charges[::-1]))

    assert sorted(row[2] for found in results for row in found) == [0] * 12 + [105_840] * 12
    assert ledger_queries.get_party_balance("3387", CUSTOMER) == 12 * 105_840
    assert ledger_queries.check_ledger() == []
