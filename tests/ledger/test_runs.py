"""Charges raised many at a time stand like those raised one by one."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from motcua.kernel import codes
from motcua.kernel.actors import Actor
from motcua.ledger import operations, queries
from motcua.ledger.models import Charge, LedgerTransaction
from motcua.ledger.operations import KeyReused

pytestmark = pytest.mark.django_db
ACTOR = Actor.system("test")
NOW = datetime(2025, 10, 5, 3, tzinfo=UTC)


def stage(count, net=739_500):
    operations.open_stage()
    with connection.cursor() as cursor:
        for number in range(count):
            cursor.execute(
                "INSERT INTO ledger_to_raise VALUES (%s, %s, 0.08, %s, %s, %s, 'PD0100', NULL, 'x')",
                [uuid4(), net + number, 59_160, uuid4(), f"PD0100{number:07d}"],
            )


def raise_staged(key="run:1"):
    return operations.raise_staged(kind="TD", actor=ACTOR, at=NOW, key=key)


@pytest.fixture
def staged(company):
    with transaction.atomic():
        stage(40)
        yield


class TestRaisingMany:
    def test_sums_are_booked_and_each_charge_stands_with_a_right_code(self, staged):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(nextval('ledger_payment_serial')) FROM generate_series(1, 1234560)")
        done = raise_staged()
        assert (done.charges, done.total_vnd) == (40, 40 * 798_660 + sum(range(40)))
        rows = list(Charge.objects.order_by("account_code"))
        for row in rows:
            assert row.payment_code == codes.payment_code("TD", int(row.payment_code[2:11]))
        assert len({row.payment_code for row in rows}) == 40
        assert [row.net_vnd for row in rows] == [739_500 + number for number in range(40)]
        assert queries.check_ledger() == []
        assert LedgerTransaction.objects.get().posting_count == 3

    def test_the_same_key_raises_nothing_more(self, staged):
        raise_staged()
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE ledger_to_raise")
        stage(40)
        assert not raise_staged().is_new
        assert Charge.objects.count() == 40
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE ledger_to_raise")
        stage(1)
        with pytest.raises(KeyReused):
            raise_staged()

    def test_one_of_them_is_paid_and_another_cancelled(self, staged):
        raise_staged()
        first, second = Charge.objects.order_by("account_code")[:2]
        operations.settle_charge(
            charge_id=first.id, amount_vnd=first.total_vnd, clearing_account="112", reference="r", actor=ACTOR, at=NOW, key="p"
        )  # fmt: skip
        operations.cancel_charge(charge_id=second.id, reason="wrong", actor=ACTOR, at=NOW, key="c")
        assert queries.check_ledger() == []

    def test_the_recount_finds_a_charge_that_was_slipped_in(self, staged):
        done = raise_staged()
        Charge.objects.create(
            id=uuid4(), kind="TD", payment_code="TD1", account_code="PD01000000009", raised_in_id=done.transaction_id,
            unit_code="PD0100", net_vnd=1, vat_rate=0, vat_vnd=0, total_vnd=1, created_at=NOW,
        )  # fmt: skip
        assert {problem.code for problem in queries.check_ledger()} == {"RUN_DIFFERS", "RECEIVABLE_DIFFERS"}

    def test_the_booking_of_a_charge_never_changes(self, staged):
        raise_staged()
        with pytest.raises(DatabaseError), transaction.atomic():
            Charge.objects.update(raised_in=None)
        with pytest.raises(DatabaseError), transaction.atomic():
            Charge.objects.update(account_code="PD0100XXXXXXX")
