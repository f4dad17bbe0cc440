import random
import threading
from datetime import timedelta
from uuid import uuid4

import pytest

from motcua.kernel.actors import Actor
from motcua.messaging import operations, queries
from motcua.messaging.models import InboxEvent

ADMIN = Actor.staff("11111111-1111-7111-8111-111111111111", "Lan", ["ADMIN"], [])
PHONE = "+84901234567"


def put(number, text, at, sender=PHONE):
    return operations.receive(
        channel="SMS", event_id=f"e{number}", sender=sender, payload={"text": text}, at=at
    )


def texts(address=PHONE):
    conversation = queries.find_open_conversation("SMS", address)
    return (
        [m.text for m in queries.list_messages(conversation.id) if m.direction == "IN"]
        if conversation
        else []
    )


@pytest.mark.usefixtures("company")
class TestInbox:
    def test_event_once_makes_one_message(self, sms, heard, at):
        assert put(1, "mất điện", at)
        assert operations.drain_inbox(at=at) == 1

        assert texts() == ["mất điện"]
        assert len(heard) == 1
        assert operations.drain_inbox(at=at) == 0

    def test_event_doubled_makes_one_message(self, sms, heard, at):
        assert [put(1, "mất điện", at), put(1, "mất điện", at)] == [True, False]
        operations.drain_inbox(at=at)
        assert put(1, "mất điện", at) is False
        operations.drain_inbox(at=at)

        assert texts() == ["mất điện"]
        assert len(heard) == 1

    def test_stream_doubled_and_shuffled_makes_the_same_set(self, sms, heard, at):
        rng = random.Random(7)
        events = [(n, f"tin {n}", PHONE if n % 2 else "+84907654321") for n in range(12)] * 2
        rng.shuffle(events)
        for number, text, sender in events:
            put(number, text, at, sender)
            if rng.random() < 0.3:
                operations.drain_inbox(at=at)
        operations.drain_inbox(at=at)

        assert sorted(texts() + texts("+84907654321")) == sorted(f"tin {n}" for n in range(12))
        assert InboxEvent.objects.filter(state="DONE").count() == 12

    def test_keeps_a_senders_order(self, sms, heard, at):
        for number in range(5):
            put(number, f"tin {number}", at)
        operations.drain_inbox(at=at)

        assert texts() == [f"tin {n}" for n in range(5)]

    def test_poison_is_parked_and_the_rest_goes_on(self, sms, heard, at):
        sms.poison.add("độc")
        put(1, "độc", at)
        put(2, "tốt", at)

        for minute in range(10):
            operations.drain_inbox(at=at + timedelta(minutes=minute))

        assert texts() == ["tốt"]
        [parked] = queries.list_parked()
        assert (parked.event_id, parked.reason, parked.attempts) == ("e1", "RuntimeError", 5)

    def test_parked_event_replays_after_a_fix(self, sms, heard, at):
        put(1, "x", at)
        InboxEvent.objects.filter(event_id="e1").update(state="PARKED", reason="RuntimeError")

        operations.replay_parked(inbox_id=queries.list_parked()[0].id, actor=ADMIN, at=at)
        operations.drain_inbox(at=at)

        assert texts() == ["x"]
        with pytest.raises(operations.EventNotFound):
            operations.replay_parked(inbox_id=InboxEvent.objects.get().id, actor=ADMIN, at=at)

    def test_nonsense_is_parked_at_once(self, sms, heard, at):
        operations.receive(channel="SMS", event_id="n", sender=PHONE, payload={"x": 1}, at=at)
        operations.drain_inbox(at=at)

        assert [p.reason for p in queries.list_parked()] == ["no text"]

    def test_what_was_done_long_ago_is_forgotten(self, sms, heard, at):
        put(1, "cũ", at)
        operations.drain_inbox(at=at)

        assert operations.sweep_inbox(at=at + timedelta(days=89)) == 0
        assert operations.sweep_inbox(at=at + timedelta(days=91)) == 1

    def test_measures_depth_and_age(self, sms, heard, at):
        put(1, "a", at)

        health = queries.measure_health(at + timedelta(seconds=30))

        assert (health.inbox_waiting, health.inbox_oldest) == (1, timedelta(seconds=30))

    def test_what_nobody_could_answer_goes_to_a_person(self, sms, monkeypatch, at):
        from motcua.messaging import registry

        def broken(conversation_id, at):
            raise ValueError("a bug")

        monkeypatch.setattr(registry, "_responders", [broken])
        put(1, "tôi cần giúp", at)
        for minute in range(10):
            operations.drain_inbox(at=at + timedelta(minutes=minute))

        [waiting] = queries.list_queue()
        assert waiting.last_text == "tôi cần giúp"
        assert texts() == ["tôi cần giúp"]
        assert InboxEvent.objects.get().reason == "ValueError"
        assert queries.list_parked() == []


class TestWorkers:
    def test_four_workers_handle_each_event_once_in_order(self, committed_company, sms, heard, at, race):
        senders = [f"+8490000000{n}" for n in range(3)]
        for number in range(30):
            put(number, f"{number:02}", at, senders[number % 3])

        done = race(*[lambda: operations.drain_inbox(at=at)] * 4)
        operations.drain_inbox(at=at)

        assert all(isinstance(n, int) for n in done), done
        for index, sender in enumerate(senders):
            assert texts(sender) == [f"{n:02}" for n in range(index, 30, 3)]
        assert len(heard) == 30

    def test_crash_in_the_responder_leaves_nothing_behind(self, committed_company, sms, monkeypatch, at):
        from motcua.messaging import registry

        calls = []

        def responder(conversation_id, at):
            operations.append_out(
                conversation_id=conversation_id, text="Dạ", author=operations.BOT, key=f"r{len(calls)}", at=at
            )
            calls.append(1)
            if len(calls) == 1:
                raise KeyError("crash")

        monkeypatch.setattr(registry, "_responders", [responder])
        put(1, "alo", at)
        operations.drain_inbox(at=at)

        assert queries.find_open_conversation("SMS", PHONE) is None

        operations.drain_inbox(at=at + timedelta(minutes=1))

        conversation = queries.find_open_conversation("SMS", PHONE)
        assert [m.text for m in queries.list_messages(conversation.id)] == ["alo", "Dạ"]

    def test_addresses_of_two_visitors_do_not_mix(self, committed_company, sms, heard, at, race):
        one, two = f"+8491{uuid4().int % 10**7:07}", f"+8492{uuid4().int % 10**7:07}"
        put(1, "một", at, one)
        put(2, "hai", at, two)
        race(lambda: operations.drain_inbox(at=at), lambda: operations.drain_inbox(at=at))
        operations.drain_inbox(at=at)

        assert (texts(one), texts(two)) == (["một"], ["hai"])

    def test_who_waits_for_a_busy_sender_finds_it_done(self, committed_company, sms, monkeypatch, at, race):
        from motcua.messaging import registry

        answering, gave_up = threading.Event(), threading.Event()

        def answer(conversation_id, at):
            answering.set()
            assert gave_up.wait(60)

        monkeypatch.setattr(registry, "_responders", [answer])
        put(1, "alo", at)

        def wait():
            assert answering.wait(60)
            operations.drain_sender(channel="SMS", sender=PHONE, at=at, wait=timedelta(seconds=60))
            return InboxEvent.objects.get().state

        def give_up():
            assert answering.wait(60)
            try:
                return operations.drain_sender(
                    channel="SMS", sender=PHONE, at=at, wait=timedelta(milliseconds=20)
                )
            finally:
                gave_up.set()

        results = race(lambda: operations.drain_inbox(at=at), wait, give_up)

        assert results == [1, "DONE", 0]
