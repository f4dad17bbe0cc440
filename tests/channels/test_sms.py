"""Text messages against the stand-in centre over HTTP, with its faults; and what comes back."""

import json
import random
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from motcua.channels import accounts, hooks
from motcua.channels import sms as channel
from motcua.channels.calls import Call, Verdict
from motcua.messaging import operations, queries
from motcua.messaging.models import InboxEvent, OutboxMessage
from motcua.messaging.rules import Delivery, Kind, SendFailed
from motcua.sandbox import sms

PHONE = "+84901234567"


def delivery(**more):
    fields = {
        "id": "019a0000-0000-7000-8000-000000000001",
        "channel": "SMS",
        "address": PHONE,
        "text": "Xin chao",
        "kind": Kind.TRANSACTIONAL,
        "attempt": 1,
    }
    return Delivery(**{**fields, **more})


def on_phone():
    return [text.text for text in sms.list_texts(phone=PHONE, company_code="HANOI")]


@pytest.mark.usefixtures("committed_company")
class TestSending:
    def test_reaches_the_phone_under_our_brand(self, account):
        sent = channel.Sms().send(delivery())

        assert sent.provider_code == "100"
        [text] = sms.list_texts(phone="0901 234 567", company_code="HANOI")
        assert (text.text, text.brand) == ("Xin chao", "EVNHANOI")
        assert sms.list_texts(phone=PHONE, company_code="NPC") == []

    def test_same_id_again_is_taken_once_and_counts_as_sent(self, account):
        assert channel.Sms().send(delivery()).provider_code == "100"
        assert channel.Sms().send(delivery(attempt=2)).provider_code == "124"
        assert on_phone() == ["Xin chao"]

    def test_busy_centre_is_tried_again(self, account):
        sms.plan_faults(["BUSY"])
        with pytest.raises(SendFailed) as failed:
            channel.Sms().send(delivery())

        assert (failed.value.code, failed.value.is_final) == ("HTTP_503", False)
        assert channel.Sms().send(delivery(attempt=2))

    def test_refused_template_is_final(self, account):
        sms.plan_faults(["TEMPLATE_REFUSED"])
        with pytest.raises(SendFailed) as failed:
            channel.Sms().send(delivery())

        assert (failed.value.code, failed.value.is_final) == ("146", True)

    def test_no_answer_after_accepting_does_not_send_twice(self, account, monkeypatch):
        monkeypatch.setattr(sms, "SLOW_SECONDS", 9.0)
        sms.plan_faults(["TIMEOUT_AFTER_ACCEPTING"])
        with monkeypatch.context() as hasty:
            hasty.setattr(channel, "_clients", {False: httpx.Client(timeout=1.0, trust_env=False)})
            with pytest.raises(SendFailed) as failed:
                channel.Sms().send(delivery())
        assert failed.value.code == "TIMEOUT"

        assert channel.Sms().send(delivery(attempt=2)).provider_code == "124"
        assert on_phone() == ["Xin chao"]

    def test_wrong_keys_are_final_and_an_absent_centre_is_not(self, account, monkeypatch):
        monkeypatch.setattr(
            accounts,
            "find_account",
            lambda code: replace(account, keys={"api_key": "HANOI", "secret_key": "x"}),
        )
        with pytest.raises(SendFailed) as failed:
            channel.Sms().send(delivery())
        assert (failed.value.code, failed.value.is_final) == ("101", True)
        monkeypatch.setattr(
            accounts, "find_account", lambda code: replace(account, base_url="http://127.0.0.1:1")
        )
        with pytest.raises(SendFailed) as failed:
            channel.Sms().send(delivery())
        assert not failed.value.is_final

    def test_channel_that_is_not_set_up_waits(self, monkeypatch):
        monkeypatch.setattr(accounts, "find_account", lambda code: None)
        with pytest.raises(SendFailed) as failed:
            channel.Sms().send(delivery())

        assert (failed.value.code, failed.value.retry_after) == ("NOT_SET_UP", timedelta(minutes=30))

    def test_through_the_outbox_with_a_failure_on_the_way(self, account, at):
        sms.plan_faults(["BUSY"])
        operations.notify(
            key="c",
            at=at,
            phone=PHONE,
            template="proof.code",
            params={"brand": "EVNHANOI", "code": "246810", "minutes": 5},
        )
        operations.send_due(at=at)
        operations.send_due(at=at + timedelta(minutes=1))

        assert on_phone() == [
            "EVNHANOI: Ma xac thuc cua quy khach la 246810, co hieu luc 5 phut. Khong dua ma nay cho bat ky ai."
        ]
        assert OutboxMessage.objects.get().state == "SENT"


@pytest.mark.usefixtures("company")
class TestReceiving:
    def put(self, at, **event):
        operations.receive(
            channel="SMS", event_id=event["event_id"], sender=event.get("from", "r"), payload=event, at=at
        )
        return operations.drain_inbox(at=at)

    def test_receipt_lifts_the_message(self, at):
        operations.queue_message(
            key="a",
            channel="SMS",
            address=PHONE,
            texts={"vi": "x"},
            params={},
            kind=Kind.TRANSACTIONAL,
            at=at,
        )
        row = OutboxMessage.objects.get()
        self.put(at, event_id="1", type="receipt", request_id=str(row.id), status="UNDELIV")
        assert queries.find_outbox("a").state == "FAILED"
        self.put(at, event_id="2", type="receipt", request_id=str(row.id), status="DELIVRD")
        self.put(at, event_id="3", type="receipt", request_id=str(row.id), status="UNDELIV")
        assert queries.find_outbox("a").state == "DELIVERED"

    def calls(self, at, bodies):
        """The provider's calls, as the hook reads them: at least once each, in whatever order."""
        for body in bodies:
            for stored in hooks.read_sms(Call({}, body, [], {}, at), Verdict(True)):
                operations.receive(
                    channel="SMS",
                    event_id=stored.event_id,
                    sender=stored.sender,
                    payload=stored.payload,
                    at=at,
                )
        while operations.drain_inbox(at=at):
            pass

    def test_any_order_and_doubling_of_receipts_comes_to_the_same(self, at):
        chance = random.Random(11)
        for number in range(20):
            key = f"k{number}"
            operations.queue_message(
                key=key,
                channel="SMS",
                address=PHONE,
                texts={"vi": "x"},
                params={},
                kind=Kind.TRANSACTIONAL,
                at=at,
            )
            row = OutboxMessage.objects.get(key=key)
            OutboxMessage.objects.filter(id=row.id).update(
                state="SENT", provider_ref=f"sms-{row.id}", refs=[f"sms-{row.id}"]
            )
            told = [
                {
                    "event_id": f"{key}-{place}" if place % 2 else "",
                    "type": "receipt",
                    "status": status,
                    name: value,
                }
                for place, (status, name, value) in enumerate(
                    (status, name, value)
                    for status in ("ACCEPTD", "ENROUTE", "UNDELIV", "DELIVRD", "EXPIRED")
                    for name, value in (("request_id", str(row.id)), ("sms_id", f"sms-{row.id}"))
                )
            ]
            bodies = [json.dumps(event).encode() for event in told] * 2
            chance.shuffle(bodies)
            self.calls(at, [*bodies[:6], json.dumps(told[:3]).encode(), *bodies[6:]])
            assert OutboxMessage.objects.get(id=row.id).state == "DELIVERED"
        assert not InboxEvent.objects.exclude(state="DONE").exists()
        assert InboxEvent.objects.count() == 20 * 10

    def test_receipt_under_the_providers_own_name_waits_until_we_know_it(self, at):
        operations.queue_message(
            key="a",
            channel="SMS",
            address=PHONE,
            texts={"vi": "x"},
            params={},
            kind=Kind.TRANSACTIONAL,
            at=at,
        )
        OutboxMessage.objects.update(state="SENDING")
        self.put(at, event_id="1", type="receipt", sms_id="sms-9", status="DELIVRD", to="84901234567")
        assert InboxEvent.objects.get().state == "NEW"
        OutboxMessage.objects.update(state="SENT", provider_ref="sms-9", refs=["sms-9"])
        operations.drain_inbox(at=at + timedelta(seconds=5))
        assert queries.find_outbox("a").state == "DELIVERED"

    def test_message_of_a_customer_is_answered_by_the_assistant(self, at):
        self.put(at, event_id="1", type="inbound", **{"from": "0901234567"}, text="mat dien roi")

        conversation = queries.find_open_conversation("SMS", PHONE)
        said = queries.list_messages(conversation.id)
        assert [m.direction for m in said] == ["IN", "OUT"]
        reply = OutboxMessage.objects.get()
        assert (reply.address, reply.kind) == (PHONE, "REPLY")

    def test_choices_are_answered_by_number(self, at):
        for number, text in enumerate(["mat dien roi", "2", "1", "thon Doai, xa Tien Duong", "so nay"]):
            self.put(at, event_id=str(number), type="inbound", **{"from": PHONE}, text=text)

        conversation = queries.find_open_conversation("SMS", PHONE)
        last = queries.list_last_messages(conversation.id, limit=1)[0].text
        assert "0901 234 567" in last and "Mất điện cả khu" in last

    @pytest.mark.parametrize(
        "event",
        [
            {"type": "inbound", "from": "abc", "text": "x"},
            {"type": "inbound", "from": PHONE, "text": " "},
            {"type": "other"},
            {"type": "receipt", "status": "?"},
        ],
    )
    def test_nonsense_is_parked(self, event, at):
        self.put(at, event_id="n", **event)

        assert len(queries.list_parked()) == 1
