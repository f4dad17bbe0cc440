"""Receipts of texts over SMPP in any order, and the words that customers send."""
# ruff: noqa: F811 - fixtures are arguments

from __future__ import annotations

import random

import pytest

from motcua.channels.models import SmppPart
from motcua.channels.smpp import parts, storing
from motcua.config import clock
from motcua.messaging import operations
from motcua.messaging.models import OutboxMessage
from motcua.sandbox import smpp
from tests.channels.smpp_house import (  # noqa: F401 - fixtures among them
    LONG,
    PHONE,
    delivery,
    failed,
    lines_company,
    lines_database,
    smpp_house,
    until,
)


class TestReceipts:
    @pytest.mark.parametrize(
        ("fault", "state", "reason"),
        [
            ("UNDELIVERED", "FAILED", "UNDELIV_027"),
            ("EXPIRED", "FAILED", "EXPIRED_027"),
            ("REJECTED", "FAILED", "REJECTD_027"),
            ("RECEIPT_FIRST", "DELIVERED", ""),
            ("BARE_RECEIPT", "DELIVERED", ""),
        ],
    )
    def test_say_what_became_of_it(self, smpp_house, fault, state, reason):
        smpp_house.plan(fault)
        smpp_house.queue()
        smpp_house.send_due()
        smpp_house.heard(1)
        assert smpp_house.state() == (state, reason)

    def test_doubled_one_is_one(self, smpp_house):
        smpp_house.plan("DOUBLED_RECEIPT")
        smpp_house.queue()
        smpp_house.send_due()
        smpp_house.heard(1)
        with smpp.STORE.open() as store:
            until(lambda: not store.execute("SELECT 1 FROM owed WHERE state = 'PENDING'").fetchall())
        assert (smpp_house.events("smpp_receipt"), smpp_house.state()[0]) == (1, "DELIVERED")

    def test_lost_one_leaves_it_sent(self, smpp_house):
        smpp_house.plan("LOST_RECEIPT")
        smpp_house.queue()
        smpp_house.send_due()
        assert smpp_house.state() == ("SENT", "")

    def test_whole_is_delivered_when_every_segment_is(self, smpp_house):
        smpp_house.plan("LATE_RECEIPT")
        smpp_house.queue(LONG)
        smpp_house.send_due()
        smpp_house.heard(2)
        assert smpp_house.state() == ("SENT", "")
        smpp_house.heard(3)
        assert smpp_house.state() == ("DELIVERED", "")

    def test_no_order_of_them_lowers_a_state(self, smpp_house, at):
        orders = random.Random(7)
        for number in range(12):
            key = f"m{number}"
            smpp_house.queue(LONG, key=key)
            row = OutboxMessage.objects.get(key=key)
            OutboxMessage.objects.filter(id=row.id).update(state="SENT", provider_ref=f"{number}-1")
            parts.prepare(delivery_id=str(row.id), outbox_id=row.id, address=PHONE, total=3, at=at)
            parts.note_named(str(row.id), [(n, f"{number}-{n}") for n in (1, 2, 3)])
            told = [(n, state) for n in (1, 2, 3) for state in ("ENROUTE", "UNDELIV", "DELIVRD")] * 2
            orders.shuffle(told)
            for place, (n, state) in enumerate(told):
                payload = {
                    "type": "smpp_receipt",
                    "message_id": f"{number}-{n}",
                    "status": state,
                    "error": "",
                    "done": "",
                    "from": PHONE,
                }
                operations.receive(
                    channel="SMS", event_id=f"{key}:{place}", sender="r", payload=payload, at=at
                )
                operations.drain_inbox(at=at)
            assert smpp_house.state(key) == ("DELIVERED", "")

    def test_names_in_two_notations_are_one(self, smpp_house):
        """Some centres name a message in hexadecimal when they take it and in digits in the receipt."""
        smpp_house.set_up(receipt_ids="HEX_THEN_DECIMAL")
        smpp_house.plan("LOST_RECEIPT")
        smpp_house.queue()
        smpp_house.send_due()
        [name] = SmppPart.objects.values_list("message_id", flat=True)
        payload = {
            "type": "smpp_receipt",
            "message_id": f"0{name}",
            "status": "DELIVRD",
            "done": "",
            "from": "84901234567",
        }
        operations.receive(channel="SMS", event_id="x", sender="r", payload=payload, at=clock.now())
        operations.drain_inbox(at=clock.now())
        assert name.isdigit() and smpp_house.state() == ("DELIVERED", "")


class TestHearing:
    def test_words_are_stored_before_the_centre_is_answered(self, smpp_house):
        smpp_house.bind()
        smpp_house.writes("Mất điện rồi ạ")
        smpp_house.heard(1, "inbound")
        assert [(m.direction, m.text) for m in smpp_house.said()][:1] == [("IN", "Mất điện rồi ạ")]

    def test_long_words_are_joined(self, smpp_house):
        smpp_house.bind()
        text = "Nhà tôi ở số 12 ngõ 5 phố Trần Duy Hưng, từ tối qua điện chập chờn, lúc có lúc không, mong điện lực cho người xuống xem giúp."
        smpp_house.writes(text)
        smpp_house.heard(1, "inbound")
        assert [m.text for m in smpp_house.said() if m.direction == "IN"] == [text]

    def test_segment_that_never_comes_leaves_a_mark(self, smpp_house):
        smpp_house.writes("a" * 200)
        with smpp.STORE.open() as store:
            store.execute("DELETE FROM owed WHERE serial = 2")
        smpp_house.bind()
        until(lambda: storing.SmppPiece.objects.count() == 1)
        assert storing.give_up_pieces(at=smpp_house.later(minutes=11)) == 1
        operations.drain_inbox(at=clock.now())
        assert smpp_house.said()[0].text == "a" * 153 + storing.MISSING

    def test_not_stored_is_not_taken_and_comes_again(self, smpp_house, monkeypatch):
        real, tries = storing.take, []

        def broken(*given):
            tries.append(1)
            if len(tries) == 1:
                raise RuntimeError("the database is away")
            return real(*given)

        monkeypatch.setattr(storing, "take", broken)
        smpp_house.bind()
        smpp_house.writes("Cho tôi hỏi")
        smpp_house.heard(1, "inbound")
        assert len(tries) == 2 and smpp_house.events("inbound") == 1

    def test_cut_between_storing_and_answering_doubles_nothing(self, smpp_house, monkeypatch):
        real, cuts = storing.take, []

        def stored_then_cut(*given):
            answers = real(*given)
            if not cuts:
                cuts.append(1)
                smpp_house.cut()
            return answers

        monkeypatch.setattr(storing, "take", stored_then_cut)
        smpp_house.bind()
        smpp_house.writes("Cho tôi hỏi")
        until(lambda: smpp_house.server.bound == 2)
        with smpp.STORE.open() as store:
            until(lambda: not store.execute("SELECT 1 FROM owed WHERE state = 'PENDING'").fetchall())
        assert smpp_house.events("inbound") == 1

    def test_same_words_twice_over_one_bind_are_two_messages(self, smpp_house):
        smpp_house.bind()
        smpp_house.writes("OK")
        smpp_house.heard(1, "inbound")
        smpp_house.writes("OK")
        smpp_house.heard(2, "inbound")
        assert [m.text for m in smpp_house.said() if m.direction == "IN"] == ["OK", "OK"]
