"""A code and its message are kept together or not at all."""

from __future__ import annotations

from datetime import timedelta
from threading import Event

from django.db import OperationalError, connection, transaction

from motcua.customers.models import ProofCode
from motcua.kernel.actors import Actor
from motcua.messaging import operations as messaging_ops
from motcua.messaging.models import OutboxMessage

VISITOR = Actor.anonymous("visitor-1")
PHONE = "+84901234567"


def send(at, actor=VISITOR):
    return messaging_ops.send_proof_code(phone=PHONE, purpose="SIGN_IN", actor=actor, at=at)


def test_queues_the_code_to_the_number(company, at):
    started = send(at)

    sent = OutboxMessage.objects.get()
    assert (sent.channel, sent.address, sent.template) == ("SMS", PHONE, "proof.code")
    assert sent.params["code"] == started.code_to_send
    assert sent.expires_at == started.expires_at == at + timedelta(minutes=10)


def test_queues_nothing_for_a_second_press(company, at):
    first = send(at)
    again = send(at + timedelta(seconds=5))

    assert again.id == first.id
    assert OutboxMessage.objects.count() == 1


def test_keeps_no_code_whose_message_could_not_be_kept(committed_company, race, at):
    """The next try is a first one: it is not refused for a code that never went."""
    is_held, is_over = Event(), Event()

    def hold():
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE messaging_outboxmessage IN EXCLUSIVE MODE")
            is_held.set()
            assert is_over.wait(60)

    def send_meanwhile():
        assert is_held.wait(60)
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '100ms'")
            send(at)
        finally:
            is_over.set()

    _, failure = race(hold, send_meanwhile)

    assert isinstance(failure, OperationalError), failure
    assert "lock timeout" in str(failure)
    assert not ProofCode.objects.exists()
    assert send(at + timedelta(seconds=1)).is_new
    assert OutboxMessage.objects.count() == 1
