"""What SQL itself refuses, whoever writes it."""

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from tests.ledger.conftest import REQUEST, SYSTEM

from motcua.kernel import ids
from motcua.ledger import operations as ledger_ops
from motcua.ledger import queries as ledger_queries
from motcua.ledger.models import Charge, LedgerTransaction, Posting

pytestmark = pytest.mark.usefixtures("company")


@pytest.fixture
def paid(company, clearing, raise_one, settle):
    clearing()
    charge = raise_one()
    settle(charge, 105_840, key="bank:1")
    return charge


def run(statement, *parameters):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def at_commit():
    """Run the checks that wait for the commit."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


class TestImmutability:
    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE ledger_posting SET amount_vnd = amount_vnd + 1",
            "DELETE FROM ledger_posting",
            "UPDATE ledger_ledgertransaction SET content = '{}'",
            "DELETE FROM ledger_ledgertransaction",
            "TRUNCATE ledger_posting",
            "UPDATE ledger_accountbalance SET debit_vnd = debit_vnd + 1",
            "DELETE FROM ledger_accountbalance",
            "INSERT INTO ledger_accountbalance (account_id, stripe, debit_vnd, credit_vnd, postings) "
            "VALUES ('111', 9, 1, 0, 1)",
            "DELETE FROM ledger_charge",
            "UPDATE ledger_charge SET total_vnd = total_vnd + 1, net_vnd = net_vnd + 1",
            "UPDATE ledger_charge SET payment_code = 'X'",
        ],
    )
    def test_what_is_booked_stays(self, paid, statement):
        with pytest.raises(DatabaseError):
            run(statement)
        assert ledger_queries.check_ledger() == []


class TestBalanced:
    def header(self, at, total=100, count=2, key="by-hand"):
        return LedgerTransaction.objects.create(
            id=ids.new_id(at),
            kind="TRANSFER",
            key=key,
            content={},
            content_hash="",
            outcome={},
            at=at,
            business_date=at.date(),
            actor="system:test",
            total_vnd=total,
            posting_count=count,
        )

    def leg(self, header, account, side, amount):
        Posting.objects.create(transaction=header, account_id=account, side=side, amount_vnd=amount)

    def test_an_unbalanced_booking_is_refused_at_commit(self, at):
        with pytest.raises(IntegrityError), transaction.atomic():  # noqa: PT012
            header = self.header(at)
            self.leg(header, "111", "D", 100)
            self.leg(header, "112", "C", 99)
            at_commit()

    def test_a_booking_without_legs_is_refused_at_commit(self, at):
        with pytest.raises(IntegrityError), transaction.atomic():  # noqa: PT012
            self.header(at)
            at_commit()

    def test_legs_added_to_an_old_booking_are_refused_even_when_they_balance(self, at, paid):
        with pytest.raises(IntegrityError), transaction.atomic():  # noqa: PT012
            header = LedgerTransaction.objects.get(key="bank:1")
            self.leg(header, "111", "D", 5)
            self.leg(header, "112", "C", 5)
            at_commit()

    @pytest.mark.parametrize("amount", [0, -1])
    def test_a_leg_of_nothing_or_less_is_refused(self, at, amount):
        with pytest.raises(IntegrityError), transaction.atomic():
            self.leg(self.header(at), "111", "D", amount)

    def test_fractions_do_not_reach_storage(self, at):
        with pytest.raises(DatabaseError):
            run("UPDATE ledger_charge SET paid_vnd = 'NaN'::float8")
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT table_name, column_name, data_type FROM information_schema.columns "
                "WHERE table_schema = current_schema() AND table_name LIKE 'ledger_%%' "
                "AND column_name LIKE '%%_vnd'"
            )
            found = cursor.fetchall()
        assert len(found) >= 7
        assert {kind for _, _, kind in found} == {"bigint"}

    def test_a_second_reversal_is_refused_by_the_database_too(self, at, paid):
        header = LedgerTransaction.objects.get(key="bank:1")
        ledger_ops.reverse(transaction_id=header.id, reason="", actor=SYSTEM, at=at, key="r")
        with pytest.raises(IntegrityError), transaction.atomic():
            LedgerTransaction.objects.create(
                id=ids.new_id(at),
                kind="REVERSE",
                key="r2",
                content={},
                content_hash="",
                outcome={},
                at=at,
                business_date=at.date(),
                actor="system:test",
                reverses_id=header.id,
                total_vnd=5,
                posting_count=2,
            )

    def test_a_key_is_used_once(self, at, paid):
        with pytest.raises(IntegrityError), transaction.atomic():
            self.header(at, key="bank:1")


class TestCharges:
    @pytest.mark.parametrize(
        "change",
        [
            "status = 'CANCELLED', paid_vnd = 0, paid_at = NULL, cancelled_at = now()",
            "status = 'OPEN'",
            "paid_vnd = paid_vnd + 1",
            "status = 'FAILED'",
        ],
    )
    def test_a_paid_charge_does_not_become_what_it_is_not(self, paid, change):
        with pytest.raises(IntegrityError):
            run(f"UPDATE ledger_charge SET {change} WHERE id = %s", paid.id)
        assert Charge.objects.get(id=paid.id).status == "PAID"

    def test_a_cancelled_charge_stays_cancelled(self, raise_one, at):
        charge = raise_one(request_id=REQUEST)
        ledger_ops.cancel_charge(charge_id=charge.id, reason="", actor=SYSTEM, at=at, key="c")
        with pytest.raises(IntegrityError):
            run("UPDATE ledger_charge SET status = 'OPEN' WHERE id = %s", charge.id)
