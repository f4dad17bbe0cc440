"""Payments that come at the same moment are booked together, and each is answered as if it had come alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from tests.payments.conftest import BANK, SYSTEM, TOTAL
from tests.payments.test_at_once import written

from motcua.companies.context import using_company
from motcua.ledger import operations as ledger_ops
from motcua.ledger import queries as ledger_queries
from motcua.ledger import registry
from motcua.payments import operations as payment_ops
from motcua.payments import queries as payment_queries
from motcua.payments.models import BankNotification, NotificationKind, PartnerAnswer, Payment
from motcua.payments.operations import at_once, paying_together
from motcua.payments.operations.clearing import open_clearing

Ask = Callable[..., payment_ops.PayCall]


@pytest.fixture(autouse=True)
def _books(committed_company: Any, at: Any) -> Iterator[None]:
    with using_company("HANOI"):
        payment_ops.add_partner(code=BANK, name=BANK, bank=BANK, secret="b" * 40, actor=SYSTEM, at=at)
        open_clearing(BANK, BANK)
        yield
        assert ledger_queries.check_ledger() == []
        assert payment_queries.check_payments() == []


@pytest.fixture
def ask(at: Any) -> Ask:
    def make(
        charge_id: Any, txn_id: str, amount_vnd: int = TOTAL, request_id: str = ""
    ) -> payment_ops.PayCall:
        request_id = request_id or f"r-{txn_id}"
        asked = {"charge": str(charge_id), "txn": txn_id, "amount": amount_vnd}
        request = payment_ops.Request(BANK, request_id, txn_id.encode(), asked, at)
        order = payment_ops.Order(BANK, txn_id, charge_id, amount_vnd, request_id, "0" * 64)
        return payment_ops.PayCall(request, order, at, at, told)

    return make


def told(taken: Any) -> tuple[int, dict[str, Any]]:
    return 200, {"state": taken.status.state, "again": taken.is_duplicate, "receipt": taken.status.receipt_no}


def together(*calls: payment_ops.PayCall) -> list[bool]:
    """Whether each was booked with the others; what was left has written nothing."""
    answers = paying_together._pay_together(calls)
    booked = {call.order.txn_id for call, answer in zip(calls, answers, strict=True) if answer}
    left = {call.order.txn_id for call in calls} - booked
    assert not BankNotification.objects.filter(txn_id__in=left, state="RECEIVED").exists()
    for call, answer in zip(calls, answers, strict=True):
        if answer:
            kept = PartnerAnswer.objects.get(request_id=call.request.id)
            assert (bytes(kept.body), kept.status, kept.asked) == (answer.body, 200, call.request.hashes())
            assert payment_ops.pay_once(call) == payment_ops.Answer(200, answer.body, is_first=False)
    return [answer is not None for answer in answers]


def test_leaves_what_each_leaves_alone(ask: Ask, raise_one: Any) -> None:
    calls = [ask(raise_one().id, f"T{number}") for number in range(5)]
    alone = ask(raise_one().id, "ALONE")

    assert together(*calls) == [True] * 5
    with transaction.atomic():  # so it goes by itself
        payment_ops.pay_once(alone)

    for call in calls:
        assert written(call.order.txn_id) == written("ALONE")
        assert ledger_queries.get_charge(call.order.charge_id).is_paid


def test_of_what_cannot_go_together_the_first_goes_and_the_rest_comes_alone(
    ask: Ask, raise_one: Any, at: Any
) -> None:
    plain, other, third, paid = (raise_one() for _ in range(4))
    payment_ops.pay_once(ask(paid.id, "PAID"))
    calls = [
        ask(plain.id, "A"),
        ask(plain.id, "B"),  # the same charge
        ask(other.id, "C", request_id="r-A"),  # the same request
        ask(other.id, "D"),
        ask(third.id, "E", TOTAL - 1),  # no part is taken
        ask(paid.id, "F"),
        ask(uuid4(), "G"),
        ask(third.id, "H", 0),
        ask(paid.id, "PAID"),  # answered before
    ]

    assert together(*calls) == [True, False, False, True, *[False] * 5]

    refused = {}
    for call in (calls[number] for number in (1, 2, 4, 5, 6, 7)):
        with pytest.raises(Exception) as error:
            payment_ops.pay_once(call)
        refused[call.order.txn_id] = type(error.value).__name__
    assert refused == {
        "B": "BillPaid", "C": "RequestReused", "E": "AmountDiffers", "F": "BillPaid", "G": "BillUnknown", "H": "AmountInvalid",
    }  # fmt: skip
    assert not payment_ops.pay_once(calls[-1]).is_first
    assert Payment.objects.count() == 3


def test_whoever_waits_for_a_charge_hears_of_it_and_the_others_go_on(ask: Ask, raise_one: Any) -> None:
    heard: list[Any] = []
    charges = [raise_one() for _ in range(3)]
    registry.on_charge_paid(lambda charge_id, at, actor: heard.append(charge_id))
    calls = [ask(charge.id, f"T{number}") for number, charge in enumerate(charges)]

    assert together(*calls) == [False] * 3
    assert [payment_ops.pay_once(call).is_first for call in calls] == [True] * 3
    assert heard == [charge.id for charge in charges]


def test_a_reversal_that_came_before_takes_its_payment_back(ask: Ask, raise_one: Any, at: Any) -> None:
    first, second = raise_one(), raise_one()
    payment_ops.record_bank_notification(
        bank=BANK, txn_id="R", amount_vnd=TOTAL, text="", paid_at=at, raw_sha256="0" * 64, at=at,
        kind=NotificationKind.REVERSAL, original_txn_id="A",
    )  # fmt: skip

    answers = paying_together._pay_together([ask(first.id, "A"), ask(second.id, "B")])

    assert [b'"state":"reversed"' in one.body for one in answers if one] == [True, False]
    assert ledger_queries.get_charge(first.id).remaining_vnd == TOTAL
    assert ledger_queries.get_charge(second.id).is_paid


def test_what_fails_together_is_booked_one_by_one(ask: Ask, raise_one: Any, monkeypatch: Any) -> None:
    calls = [ask(raise_one().id, f"T{number}") for number in range(3)]
    with monkeypatch.context() as patch:
        patch.setattr(at_once, "_WAITING", "SELECT 1 / 0 WHERE %s::text <> ''")
        assert together(*calls) == [False] * 3
        assert [payment_ops.pay_once(call).is_first for call in calls] == [True] * 3

    assert Payment.objects.count() == 3


def test_a_charge_that_somebody_holds_is_not_waited_for(ask: Ask, raise_one: Any, race: Any) -> None:
    held, free = raise_one(), raise_one()
    answers: list[list[bool]] = []
    with transaction.atomic():
        ledger_ops.lock_charge(held.id)
        (answers,) = race(lambda: together(ask(held.id, "A"), ask(free.id, "B")))

    assert answers == [False, True]
    assert payment_ops.pay_once(ask(held.id, "A")).is_first


def test_many_threads_that_pay_at_once_pay_each_bill_once(ask: Ask, raise_one: Any, race: Any) -> None:
    charges = [raise_one() for _ in range(3)]
    calls = [ask(charge.id, f"{txn}{number}") for number, charge in enumerate(charges) for txn in "AB"]

    answers = race(*(lambda call=call: payment_ops.pay_once(call) for call in calls))

    first = [answer for answer in answers if isinstance(answer, payment_ops.Answer)]
    assert len(first) == 3, answers
    assert {type(answer) for answer in answers} == {payment_ops.Answer, payment_ops.BillPaid}
    assert sorted(str(payment.notification.charge_id) for payment in Payment.objects.all()) == sorted(
        str(charge.id) for charge in charges
    )
