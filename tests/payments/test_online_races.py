"""Real commits: a thousand copies of one call, copies at once, two starts at once, a kill at every step."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from tests.payments.conftest import SYSTEM, TOTAL

from motcua.companies.context import using_company
from motcua.connectors.wallets import paying, vnpay
from motcua.ledger import queries as ledger_queries
from motcua.ledger import registry
from motcua.ledger.models import LedgerTransaction
from motcua.payments import operations as payment_ops
from motcua.payments import queries as payment_queries
from motcua.payments.models import BankNotification, GatewayCall, OnlinePayment, Payment
from motcua.payments.operations import calls as call_ops
from motcua.payments.operations import gateways as gateway_ops
from motcua.payments.operations import inbox
from motcua.payments.operations import online as online_ops


class Killed(BaseException):
    """The process dies here."""


@pytest.fixture
def wallet(committed_company, at):
    gateway_ops.set_gateway(
        code="VNPAY", name="VNPAY", address="https://pay.example", public={"tmn_code": "T"}, secrets={"hash_secret": "s"},
        actor=SYSTEM, at=at,
    )  # fmt: skip


def start(charge, at):
    return paying.start(gateway="VNPAY", charge_id=charge.id, payer_ip="127.0.0.1", actor=SYSTEM, at=at)


def ipn(ref, amount=TOTAL, code="00", status="00", txn="14422574"):
    fields = {
        "vnp_Amount": str(amount * 100), "vnp_TmnCode": "T", "vnp_TxnRef": ref, "vnp_ResponseCode": code,
        "vnp_TransactionStatus": status, "vnp_TransactionNo": txn, "vnp_PayDate": "20261116090500",
    }  # fmt: skip
    return f"{vnpay.text_of(fields)}&vnp_SecureHash={vnpay.sign(fields, 's')}"


def call(query, at):
    return paying.take_call(gateway="VNPAY", query=query, body=b"", at=at).body


def sound():
    assert ledger_queries.check_ledger() == []
    assert payment_queries.check_payments() == []


def test_many_copies_of_one_call_are_one_receipt(wallet, raise_one, at):
    """L1, with the copies that the machine can hold at once; each answered 00 or 02."""
    charge = raise_one()
    query = ipn(start(charge, at).ref)

    def one(_):
        try:
            with using_company("HANOI"):
                return call(query, at)
        finally:
            connection.close()

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(one, range(200)))

    assert sum(b'"00"' in answer for answer in answers) == 1
    assert sum(b'"02"' in answer for answer in answers) == 199
    assert (Payment.objects.count(), BankNotification.objects.count(), GatewayCall.objects.count()) == (
        1,
        1,
        1,
    )
    assert LedgerTransaction.objects.filter(kind="SETTLE").count() == 1
    assert ledger_queries.get_charge(charge.id).is_paid
    sound()


def test_two_starts_at_once_are_one_attempt(wallet, race, raise_one, at):
    charge = raise_one()
    results = race(*[lambda: start(charge, at)] * 4)

    # those that came between the row and its address are told that one is under way
    started = [r for r in results if not isinstance(r, Exception)]
    assert started
    assert all(isinstance(r, online_ops.AttemptUnsettled) for r in results if isinstance(r, Exception))
    assert len({r.ref for r in started}) == 1
    assert OnlinePayment.objects.count() == 1


def test_success_and_failure_at_once_end_paid(wallet, race, raise_one, at):
    charge = raise_one()
    ref = start(charge, at).ref
    race(*[lambda: call(ipn(ref), at), lambda: call(ipn(ref, code="24", status="02", txn="0"), at)] * 3)

    assert OnlinePayment.objects.get().state == "PAID"
    assert ledger_queries.get_charge(charge.id).is_paid
    sound()


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (call_ops, "store_call"),
        (online_ops, "_hear"),
        (online_ops, "_store_money"),
        (online_ops, "_move"),
        (online_ops, "process_or_leave"),
        (inbox, "process_notification"),
        (call_ops, "finish_call"),
    ],
)
@pytest.mark.parametrize("before", [True, False])
def test_a_kill_at_any_step_of_a_call_loses_nothing_and_books_once(
    wallet, raise_one, at, monkeypatch, module, name, before
):
    charge = raise_one()
    query, real = ipn(start(charge, at).ref), getattr(module, name)

    def die(*args, **kwargs):
        if not before:
            real(*args, **kwargs)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(module, name, die)
        with pytest.raises(Killed):
            call(query, at)
    sound()
    # nothing was answered: VNPAY comes again, and our own jobs look as well, in any order
    paying.work_on_calls(at=at)
    payment_ops.process_due(at=at)
    assert call(query, at) in (
        b'{"RspCode": "00", "Message": "Confirm Success"}',
        b'{"RspCode": "02", "Message": "Order already confirmed"}',
    )
    payment_ops.process_due(at=at)

    assert Payment.objects.count() == 1
    assert ledger_queries.get_charge(charge.id).is_paid
    assert not GatewayCall.objects.filter(state="RECEIVED").exists()
    sound()


def test_what_the_booking_cannot_do_now_the_sweep_does(wallet, raise_one, at, monkeypatch):
    charge = raise_one()
    query = ipn(start(charge, at).ref)
    with monkeypatch.context() as patch:
        patch.setattr(registry, "is_awaited", lambda: "TRUE")
        patch.setattr(registry, "charge_paid", lambda *told: 1 / 0)
        assert b'"00"' in call(query, at)
    assert ledger_queries.get_charge(charge.id).is_open
    from datetime import timedelta

    assert payment_ops.process_due(at=at + timedelta(minutes=5)) == 1
    assert ledger_queries.get_charge(charge.id).is_paid
    sound()


def test_trouble_is_answered_so_that_the_provider_comes_again(wallet, raise_one, at, monkeypatch):
    query = ipn(start(raise_one(), at).ref)
    with monkeypatch.context() as patch:
        patch.setattr(online_ops, "_hear", lambda *told, **more: 1 / 0)
        assert b'"99"' in call(query, at)
    assert GatewayCall.objects.get().state == "RECEIVED"
    assert b'"00"' in call(query, at)
    assert GatewayCall.objects.get().state == "DONE"


@pytest.mark.parametrize(
    ("query", "code"),
    [("", b'"97"'), ("vnp_Amount=1", b'"97"'), (ipn("NOBODY-1"), b'"01"')],
)
def test_calls_that_are_not_believed_or_not_known(wallet, at, query, code):
    assert code in call(query, at)
    assert Payment.objects.count() == 0


def test_another_amount_is_answered_04(wallet, raise_one, at):
    ref = start(raise_one(), at).ref

    assert b'"04"' in call(ipn(ref, amount=TOTAL - 1), at)
    assert OnlinePayment.objects.get().state == "UNKNOWN"


def test_a_failed_payment_is_confirmed_too(wallet, raise_one, at):
    ref = start(raise_one(), at).ref

    assert b'"00"' in call(ipn(ref, code="24", status="02", txn="0"), at)
    assert b'"02"' in call(ipn(ref, code="24", status="02", txn="0"), at)
    assert OnlinePayment.objects.get().state == "FAILED"
