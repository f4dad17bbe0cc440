"""Real transactions side by side, and a recount that finds what was tampered with."""

import threading

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction
from tests.ledger.conftest import CLEARING, SYSTEM

from motcua.kernel import ids
from motcua.ledger import operations as ledger_ops
from motcua.ledger import queries as ledger_queries
from motcua.ledger import registry
from motcua.ledger.models import AccountBalance, Charge, LedgerTransaction


@pytest.fixture
def told():
    calls = []
    lock = threading.Lock()

    def paid(charge_id, at, actor):
        with lock:
            calls.append(charge_id)

    registry.on_charge_paid(paid)
    yield calls
    registry.forget(paid)


def test_one_notice_in_parallel_is_one_booking(committed_company, race, clearing, raise_one, settle, told):
    clearing()
    charge = raise_one()
    results = race(*[lambda: settle(charge, 105_840, key="bank:1")] * 8)

    assert [r for r in results if isinstance(r, Exception)] == []
    assert sum(result.is_new for result in results) == 1
    assert len({result.transaction_id for result in results}) == 1
    assert told == [charge.id]
    assert ledger_queries.get_balance(CLEARING).balance_vnd == 105_840


def test_two_payments_at_once_settle_it_once(committed_company, race, clearing, raise_one, settle, told):
    clearing()
    charge = raise_one()
    results = race(*[lambda key=key: settle(charge, 105_840, key=key) for key in ("a", "b", "c")])

    assert sorted(result.applied_vnd for result in results) == [0, 0, 105_840]
    assert len(told) == 1
    assert ledger_queries.get_balance("3387").balance_vnd == 2 * 105_840
    assert ledger_queries.check_ledger() == []


def test_one_raise_in_parallel_is_one_charge(committed_company, race, raise_one):
    results = race(*[lambda: raise_one(key="fee")] * 6)

    assert len({result.id for result in results}) == 1
    assert Charge.objects.count() == 1
    assert LedgerTransaction.objects.count() == 1


def test_pay_and_cancel_at_once_leave_no_half(committed_company, race, clearing, raise_one, settle, at):
    clearing()
    charges = [raise_one() for _ in range(5)]
    for charge in charges:
        race(
            lambda charge=charge: settle(charge, 105_840, key=f"pay-{charge.id}"),
            lambda charge=charge: ledger_ops.cancel_charge(
                charge_id=charge.id, reason="", actor=SYSTEM, at=at, key=f"cancel-{charge.id}"
            ),
        )
    assert {charge.status for charge in Charge.objects.all()} <= {"PAID", "CANCELLED"}
    assert ledger_queries.check_ledger() == []


def test_one_reversal_in_parallel_is_one(committed_company, race, clearing, raise_one, settle, at):
    clearing()
    done = settle(raise_one(), 105_840, key="bank:1")
    results = race(
        *[
            lambda key=key: ledger_ops.reverse(
                transaction_id=done.transaction_id, reason="", actor=SYSTEM, at=at, key=key
            )
            for key in ("x", "y", "z")
        ]
    )
    assert sum(isinstance(result, ledger_ops.AlreadyReversed) for result in results) == 2
    assert ledger_queries.check_ledger() == []


def test_many_bookings_side_by_side_keep_the_sums(committed_company, race, clearing, raise_one, settle):
    clearing()

    def work(worker):
        for number in range(10):
            charge = raise_one(key=f"{worker}-{number}")
            settle(charge, charge.total_vnd, key=f"pay-{worker}-{number}")

    assert race(*[lambda worker=worker: work(worker) for worker in range(4)]) == [None] * 4
    assert Charge.objects.filter(status="PAID").count() == 40
    assert ledger_queries.check_ledger() == []


def test_a_busy_account_is_spread_over_rows(committed_company, raise_one):
    for _ in range(40):
        raise_one()

    rows = AccountBalance.objects.filter(account_id="131-CM")
    assert rows.count() == 16
    assert {row.day for row in rows} == {LedgerTransaction.objects.values_list("business_date", flat=True)[0]}
    assert sum(row.postings for row in rows) == 40


def test_bookings_side_by_side_do_not_wait_for_each_other(committed_company, race, raise_one):
    """No row is hot: four transactions stay open together, each having booked to the same account."""
    together = threading.Barrier(4)

    def book(number):
        with transaction.atomic():
            raise_one(key=f"side-{number}")
            together.wait(timeout=60)  # broken, were one of them still waiting for another's row

    assert race(*[lambda number=number: book(number) for number in range(4)]) == [None] * 4


def test_a_transaction_cut_off_leaves_nothing(committed_company, clearing, raise_one, settle):
    clearing()
    charge = raise_one()
    with pytest.raises(ZeroDivisionError), transaction.atomic():  # noqa: PT012
        settle(charge, 105_840, key="bank:1")
        raise ZeroDivisionError

    assert ledger_queries.get_charge(charge.id).status == "OPEN"
    assert ledger_queries.check_ledger() == []
    assert settle(charge, 105_840, key="bank:1").is_new


def test_an_unbalanced_booking_does_not_get_through_a_real_commit(committed_company, at):
    with pytest.raises(IntegrityError), transaction.atomic():  # noqa: PT012
        header = LedgerTransaction.objects.create(
            id=ids.new_id(at),
            kind="TRANSFER",
            key="by-hand",
            content={},
            content_hash="",
            outcome={},
            at=at,
            business_date=at.date(),
            actor="system:test",
            total_vnd=100,
            posting_count=2,
        )
        for account, side, amount in (("111", "D", 100), ("112", "C", 90)):
            header.postings.create(account_id=account, side=side, amount_vnd=amount)
    assert LedgerTransaction.objects.count() == 0
    assert ledger_queries.list_balances() == []


def test_the_deferred_check_works_after_the_company_was_left(committed_company, raise_one):
    from motcua.companies.context import using_company

    connection.set_schema_to_public()
    with transaction.atomic(), using_company("HANOI"):
        charge = raise_one()
    with using_company("HANOI"):
        assert ledger_queries.get_charge(charge.id).status == "OPEN"


@pytest.mark.parametrize(
    ("tamper", "code"),
    [
        (
            "UPDATE hanoi.ledger_accountbalance SET debit_vnd = debit_vnd + 5 WHERE account_id = '138-THU'",
            "BALANCE_DIFFERS",
        ),
        (
            "UPDATE hanoi.ledger_posting SET amount_vnd = amount_vnd + 1 WHERE account_id = '138-THU'",
            "TRANSACTION_UNBALANCED",
        ),
        ("UPDATE hanoi.ledger_charge SET status = 'OPEN', paid_vnd = 3, paid_at = NULL", "CHARGE_DIFFERS"),
        (
            "UPDATE hanoi.ledger_ledgertransaction SET content = '{\"amount_vnd\": 1}' WHERE kind = 'SETTLE'",
            "CONTENT_HASH_DIFFERS",
        ),
        ("DELETE FROM hanoi.ledger_posting WHERE account_id = '33311'", "TRANSACTION_UNBALANCED"),
    ],
)
def test_the_recount_finds_what_the_owner_of_the_database_changed(
    committed_company, shared_server, clearing, raise_one, settle, tamper, code
):
    clearing()
    settle(raise_one(), 105_840, key="bank:1")
    assert ledger_queries.check_ledger() == []

    with psycopg.connect(shared_server.owner_url(committed_company.test_database)) as owner:
        for table in ("ledger_posting", "ledger_ledgertransaction", "ledger_accountbalance", "ledger_charge"):
            owner.execute(f"ALTER TABLE hanoi.{table} DISABLE TRIGGER USER")
        owner.execute(tamper)

    assert code in {problem.code for problem in ledger_queries.check_ledger()}
