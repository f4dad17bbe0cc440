"""The chain over the books: what is gone or altered shows, whoever did it."""

import threading

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from motcua.ledger import operations as ledger_ops
from motcua.ledger import sealed
from motcua.ledger.models import LedgerTransaction, Seal


@pytest.mark.usefixtures("company")
class TestSeals:
    def test_each_link_holds_on_to_the_last(self, raise_one, at):
        assert ledger_ops.seal(at=at) is None
        raise_one()
        first = ledger_ops.seal(at=at)
        raise_one()
        raise_one()
        second = ledger_ops.seal(at=at)

        assert (first.number, first.previous, first.bookings) == (1, sealed.BEGINNING, 1)
        assert (second.number, second.previous, second.bookings) == (2, first.hash, 2)
        assert ledger_ops.seal(at=at) is None
        assert list(sealed.list_broken()) == []
        assert sealed.count_unsealed() == 0

    def test_many_go_under_several_seals(self, raise_one, at, monkeypatch):
        monkeypatch.setattr("motcua.ledger.operations.sealing.MOST", 3)
        for _ in range(7):
            raise_one()

        assert ledger_ops.seal_all(at=at) == 7
        assert list(Seal.objects.order_by("number").values_list("bookings", flat=True)) == [3, 3, 1]
        assert list(sealed.list_broken()) == []

    def test_a_number_that_was_rolled_back_is_a_gap_and_no_fault(self, raise_one, at):
        raise_one()
        with pytest.raises(ZeroDivisionError), transaction.atomic():  # noqa: PT012
            raise_one(key="not to be")
            raise ZeroDivisionError
        raise_one(key="to be")

        assert ledger_ops.seal(at=at).missing != ()
        assert list(sealed.list_broken()) == []

    @pytest.mark.parametrize("statement", ["UPDATE ledger_seal SET bookings = 0", "DELETE FROM ledger_seal"])
    def test_a_seal_is_never_changed(self, raise_one, at, statement):
        raise_one()
        ledger_ops.seal(at=at)
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_a_transaction_that_was_under_way_is_sealed_late(committed_company, race, raise_one, at):
    begun, sealed_once = threading.Event(), threading.Event()

    def slow():
        with transaction.atomic():
            raise_one(key="slow")
            begun.set()
            assert sealed_once.wait(60)

    def others():
        assert begun.wait(60)
        raise_one(key="quick")
        try:
            return ledger_ops.seal(at=at)
        finally:
            sealed_once.set()

    _none, first = race(slow, others)
    second = ledger_ops.seal(at=at)

    assert (first.bookings, len(first.missing)) == (1, 1)
    assert (second.bookings, second.late) == (1, first.missing)
    assert ledger_ops.seal(at=at) is None
    assert list(sealed.list_broken()) == []


def test_two_sealers_make_one_chain(committed_company, race, raise_one, at):
    for number in range(5):
        raise_one(key=f"n{number}")
    race(*[lambda: ledger_ops.seal_all(at=at)] * 4)

    assert sum(Seal.objects.values_list("bookings", flat=True)) == LedgerTransaction.objects.count() == 5
    assert list(sealed.list_broken()) == []


@pytest.mark.parametrize(
    "tamper",
    [
        # a whole booking is taken out, its balances put right
        "DELETE FROM hanoi.ledger_posting WHERE transaction_id = (SELECT id FROM hanoi.ledger_ledgertransaction WHERE key = 'n2');"
        "UPDATE hanoi.ledger_charge SET raised_in_id = NULL; DELETE FROM hanoi.ledger_ledgertransaction WHERE key = 'n2'",
        "UPDATE hanoi.ledger_ledgertransaction SET actor = 'system:other' WHERE key = 'n2'",
        "UPDATE hanoi.ledger_posting SET amount_vnd = amount_vnd + 1 WHERE transaction_id = (SELECT id FROM hanoi.ledger_ledgertransaction WHERE key = 'n2')",
        "DELETE FROM hanoi.ledger_seal WHERE number = 2",
        "UPDATE hanoi.ledger_seal SET digest = md5('x') WHERE number = 2",
    ],
)
def test_invariant_15_a_removed_row_shows(committed_company, shared_server, raise_one, at, tamper):
    for number in range(5):
        raise_one(key=f"n{number}")
        ledger_ops.seal(at=at)
    assert list(sealed.list_broken()) == []

    with psycopg.connect(shared_server.owner_url(committed_company.test_database)) as owner:
        for table in ("ledger_posting", "ledger_ledgertransaction", "ledger_charge", "ledger_seal"):
            owner.execute(f"ALTER TABLE hanoi.{table} DISABLE TRIGGER USER")
        owner.execute(tamper)

    assert list(sealed.list_broken()) != []
