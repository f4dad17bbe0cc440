"""Copies of one call at once, and a call whose answer got lost."""

import pytest

from motcua.ledger import queries as ledger_queries
from motcua.payments import operations as payment_ops
from motcua.payments import queries as payment_queries
from motcua.payments.models import BankNotification, PartnerAnswer, Payment


@pytest.fixture
def charge(committed_company, add_bank, raise_one):
    add_bank()
    return raise_one()


def test_parallel_copies_of_one_call_get_one_answer_and_one_receipt(charge, race, call, notice):
    answers = race(*[lambda: call("notifications", notice(charge.payment_code), request_id="r1")] * 4)

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert (Payment.objects.count(), PartnerAnswer.objects.count()) == (1, 1)
    assert ledger_queries.get_charge(charge.id).is_paid


def test_parallel_calls_with_one_request_id_and_other_bodies_let_one_through(charge, race, call, notice):
    answers = race(
        *[
            lambda txn=txn: call("notifications", notice(charge.payment_code, txn_id=txn), request_id="r1")
            for txn in ("A", "B", "C")
        ]
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    assert BankNotification.objects.count() == 1


def test_a_kill_after_storing_keeps_the_answer_and_the_repeated_call_books_it(
    charge, call, notice, monkeypatch
):
    class Killed(BaseException):
        pass

    def die(*args, **kwargs):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(payment_ops, "process_or_leave", die)
        with pytest.raises(Killed):
            call("notifications", notice(charge.payment_code), request_id="r1")
    assert BankNotification.objects.get().state == "RECEIVED"
    assert Payment.objects.count() == 0

    answer = call("notifications", notice(charge.payment_code), request_id="r1")

    assert answer.json()["state"] == "accepted"
    assert ledger_queries.get_charge(charge.id).is_paid
    assert payment_queries.check_payments() == []
