"""Real commits: parallel copies, a kill between storing and booking, a crash at every step."""

import threading
import time
from datetime import timedelta

import pytest
from django.db import connection, transaction
from tests.payments.conftest import BANK, CLEARING, SYSTEM, TOTAL

from motcua.ledger import queries as ledger_queries
from motcua.ledger import registry
from motcua.ledger.models import LedgerTransaction
from motcua.ledger.operations import settling
from motcua.payments import operations as payment_ops
from motcua.payments import queries as payment_queries
from motcua.payments.models import Allocation, BankNotification, Payment, SuspenseCase
from motcua.payments.operations import inbox
from motcua.payments.operations import receipts as booking
from motcua.payments.operations.receiving_many import Receipt, finish_rest, receive_together


class Killed(BaseException):
    """The process dies here."""


@pytest.fixture
def messages():
    """What the customer would be told, one a paid charge."""
    calls = []
    lock = threading.Lock()

    def paid(charge_id, at, actor):
        with lock:
            calls.append(charge_id)

    registry.on_charge_paid(paid)
    yield calls
    registry.forget(paid)


def sound():
    assert ledger_queries.check_ledger() == []
    assert payment_queries.check_payments() == []


def test_parallel_copies_of_one_notice_are_one_receipt(committed_company, race, raise_one, tell, messages):
    charge = raise_one()
    results = race(*[lambda: tell("FT1", TOTAL, charge.payment_code)] * 8)

    assert [r for r in results if isinstance(r, Exception)] == []
    assert sorted(result.state for result in results) == ["duplicate"] * 7 + ["matched"]
    assert (Payment.objects.count(), Allocation.objects.count()) == (1, 1)
    assert LedgerTransaction.objects.filter(kind="SETTLE").count() == 1
    assert messages == [charge.id]
    sound()


def test_parallel_copies_of_unknown_money_are_one_case(committed_company, race, tell):
    race(*[lambda: tell("FT1", 5_000, "?")] * 6)
    assert SuspenseCase.objects.count() == 1
    sound()


def test_a_receipt_and_its_reversal_at_once_end_at_nothing(committed_company, race, raise_one, tell, at):
    charge = raise_one()
    race(
        lambda: tell("FT1", TOTAL, charge.payment_code),
        lambda: tell("FT2", TOTAL, "", kind="REVERSAL", original_txn_id="FT1"),
        lambda: tell("FT1", TOTAL, charge.payment_code),
    )
    payment_ops.process_due(at=at + timedelta(hours=1))

    assert ledger_queries.get_balance(CLEARING).balance_vnd == 0
    assert ledger_queries.get_charge(charge.id).is_open
    assert payment_queries.count_unprocessed() == 0
    sound()


def until_somebody_waits():
    """Until another transaction stands before an advisory lock, as long as it takes; or five seconds, when none does."""
    until = time.monotonic() + 5
    while time.monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database "
                "WHERE d.datname = current_database() AND l.locktype = 'advisory' AND NOT l.granted"
            )
            if cursor.fetchone()[0]:
                return
        time.sleep(0.01)


@pytest.mark.parametrize("is_file_first", [True, False])
def test_a_file_of_receipts_and_a_reversal_of_one_meanwhile_end_at_nothing(
    committed_company, race, raise_one, at, is_file_first
):
    """Whoever comes second waits for the first and sees it: nothing is left to the job of some minutes later."""
    charge, other = raise_one(), raise_one()
    receipts = [
        Receipt(f"FT{n}", TOTAL, one.payment_code, at, "1" * 64) for n, one in enumerate((charge, other))
    ]
    began = threading.Event()

    def file():
        if not is_file_first:
            began.wait(60)
        with transaction.atomic():
            done = receive_together(bank=BANK, receipts=receipts, at=at)
            if is_file_first:
                began.set()
                until_somebody_waits()
        finish_rest(done.rest, at=at)

    def back():
        if is_file_first:
            began.wait(60)
        with transaction.atomic():
            taken = payment_ops.reverse_payment(
                code="NHA", bank=BANK, txn_id="R1", original_txn_id="FT0", amount_vnd=TOTAL, reason="", request_id="r",
                raw_sha256="2" * 64, at=at,
            )  # fmt: skip
            if not is_file_first:
                began.set()
                until_somebody_waits()
        return taken.status.state

    _, state = race(file, back)

    assert state == ("reversed" if is_file_first else "waiting")
    assert ledger_queries.get_charge(charge.id).is_open
    assert ledger_queries.get_charge(other.id).is_paid
    assert payment_queries.count_unprocessed() == 0
    sound()


def test_a_person_and_the_bank_at_one_case_at_once(committed_company, race, raise_one, tell, at):
    charge = raise_one()
    tell("FT1", TOTAL, "?")
    case = SuspenseCase.objects.get()
    race(
        lambda: payment_ops.resolve_case(case_id=case.id, charge_id=charge.id, actor=SYSTEM, at=at),
        lambda: tell("FT2", TOTAL, "", kind="REVERSAL", original_txn_id="FT1"),
    )
    assert ledger_queries.get_balance(CLEARING).balance_vnd == 0
    assert ledger_queries.get_charge(charge.id).is_open
    sound()


def test_a_kill_between_storing_and_booking_is_finished_once_by_the_sweep(
    committed_company, raise_one, told, tell, messages, at, monkeypatch
):
    charge = raise_one()

    def die(*args, **kwargs):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(inbox, "process_notification", die)
        with pytest.raises(Killed):
            tell("FT1", TOTAL, charge.payment_code)
    assert BankNotification.objects.get().state == "RECEIVED"
    assert Payment.objects.count() == 0

    assert payment_ops.process_due(at=at) == 1
    assert payment_ops.process_due(at=at) == 0
    assert tell("FT1", TOTAL, charge.payment_code).state == "duplicate"
    assert ledger_queries.get_charge(charge.id).is_paid
    assert messages == [charge.id]
    sound()


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (settling, "_say"),
        (registry, "charge_paid"),
        (booking, "_make_payment"),
        (booking, "allocate"),
        (booking, "finish"),
    ],
)
@pytest.mark.parametrize("before", [True, False])
def test_a_kill_at_any_step_of_booking_leaves_all_or_nothing(
    committed_company, raise_one, tell, at, monkeypatch, messages, module, name, before
):
    charge = raise_one()
    real = getattr(module, name)

    def die(*args, **kwargs):
        if not before:
            real(*args, **kwargs)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(module, name, die)
        with pytest.raises(Killed):
            tell("FT1", TOTAL, charge.payment_code)

    assert ledger_queries.get_charge(charge.id).is_open
    assert Payment.objects.count() == 0
    sound()
    assert payment_ops.process_due(at=at) == 1
    assert ledger_queries.get_charge(charge.id).is_paid
    sound()


def test_sweeps_side_by_side_book_each_notice_once(committed_company, race, raise_one, told, at):
    charges = [raise_one() for _ in range(12)]
    for number, charge in enumerate(charges):
        payment_ops.store_notification(**told(f"FT{number}", TOTAL, charge.payment_code))
    race(*[lambda: payment_ops.process_due(at=at)] * 4)

    assert Payment.objects.count() == 12
    assert all(ledger_queries.get_charge(charge.id).is_paid for charge in charges)
    sound()


def test_a_deadlock_with_somebody_else_is_tried_again_at_once(committed_company, race, raise_one, tell, at):
    """One holds something and wants the charge; the booking holds the charge and wants that something."""
    lock = "SELECT pg_advisory_xact_lock(77)"
    held, tries = threading.Event(), []

    def wants_the_lock(charge_id, at, actor):
        tries.append(charge_id)
        assert held.wait(60)
        with connection.cursor() as cursor:
            cursor.execute(lock)

    def other(charge):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(lock)
            held.set()
            until_somebody_waits()  # the booking waits first, so it is the one that is told of the ring
            cursor.execute("SELECT 1 FROM ledger_charge WHERE id = %s FOR UPDATE", [charge.id])

    registry.on_charge_paid(wants_the_lock)
    for number in range(10):
        charge = raise_one()
        held.clear()
        tries.clear()
        told, others = race(
            lambda c=charge, n=number: tell(f"FT{n}", TOTAL, c.payment_code), lambda c=charge: other(c)
        )
        assert told.state == "matched"
        if others is None:  # on a slow machine the other may be told of the ring instead
            break

    assert others is None
    assert len(tries) == 2
    assert set(BankNotification.objects.values_list("attempts", flat=True)) == {0}
    sound()
