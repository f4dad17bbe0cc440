"""Text messages over SMPP against the stand-in centre: real bytes, its faults, cuts and kills."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from datetime import timedelta
from uuid import uuid4

import psycopg
import pytest

from motcua.channels import sms
from motcua.channels.models import SmppLine, SmppPart
from motcua.channels.smpp import holding, parts, sending, settings, storing
from motcua.companies.context import current_company
from motcua.config import clock, own_connection
from motcua.messaging import operations
from motcua.messaging.models import InboxEvent, OutboxMessage
from motcua.messaging.rules import Kind, SendFailed
from motcua.sandbox import smpp
from tests.channels.smpp_house import (  # noqa: F401 - fixtures among them
    LONG,
    PHONE,
    delivery,
    lines_company,
    lines_database,
    smpp_house,
    until,
)


def failed(call):
    with pytest.raises(SendFailed) as told:
        call()
    return told.value


# ruff: noqa: F811


class TestSending:
    def test_reaches_the_phone_under_our_name_in_one_cheap_segment(self, smpp_house, at):
        sent = sms.Sms().send(delivery(at))

        assert sent.provider_ref and sent.provider_code == "0"
        [text] = smpp_house.on_phone()
        assert (text.sender, text.text, text.segments, text.coding) == ("EVNHANOI", "Xin chao", 1, 0)

    @pytest.mark.parametrize("way", ["UDH", "SAR", "PAYLOAD"])
    def test_long_text_arrives_whole(self, smpp_house, at, way):
        smpp_house.set_up(long_messages=way)
        sms.Sms().send(delivery(at, text=LONG.strip()))

        [text] = smpp_house.on_phone()
        assert (text.text, text.segments) == (LONG.strip(), 3)
        assert len(smpp_house.parts()) == (1 if way == "PAYLOAD" else 3)

    def test_marks_go_as_they_are_and_cost_more(self, smpp_house, at):
        marked = "Quý khách có hẹn lúc 8 giờ, công tơ đã treo. " * 3
        sms.Sms().send(delivery(at, text=marked.strip()))

        [text] = smpp_house.on_phone()
        assert (text.text, text.coding, text.segments) == (marked.strip(), 8, 2)

    def test_pair_of_binds_sends_by_one_and_hears_by_the_other(self, smpp_house, at):
        smpp_house.set_up(bind="PAIR")
        smpp_house.bind()
        assert smpp_house.server.bound == 2
        smpp_house.queue()
        smpp_house.send_due()
        smpp_house.heard(1)
        assert smpp_house.state() == ("DELIVERED", "")

    def test_answers_come_from_the_number_people_write_to(self, smpp_house, at):
        sms.Sms().send(delivery(at, kind=Kind.REPLY))
        assert [text.sender for text in smpp_house.on_phone()] == [smpp.NUMBER]

    def test_advertising_needs_a_name_of_its_own(self, smpp_house, at):
        told = failed(lambda: sms.Sms().send(delivery(at, kind=Kind.ADVERTISING)))
        assert (told.code, told.is_final) == ("NO_ADVERTISING_BRAND", True)
        assert smpp_house.on_phone() == []

        smpp_house.set_up(advertising_name="EVNHN-QC")
        smpp_house.queue("Uu dai thang 11", kind=Kind.ADVERTISING, has_consent=True)
        smpp_house.work()
        assert [(text.sender, text.text) for text in smpp_house.on_phone()] == [
            ("EVNHN-QC", "[QC] Uu dai thang 11")
        ]

    def test_number_abroad_or_wrong_is_nobodys(self, smpp_house, at):
        told = failed(lambda: sms.Sms().send(delivery(at, address="+6591234567")))
        assert (told.code, told.is_final) == ("UNREACHABLE", True)

    def test_throttling_backs_off_without_costing_tries(self, smpp_house):
        smpp_house.plan("THROTTLED")
        smpp_house.queue()
        smpp_house.queue(key="b", text="Hai")
        smpp_house.send_due()
        assert smpp_house.state() == ("QUEUED", "THROTTLED")
        row = OutboxMessage.objects.get(key="a")
        assert row.attempts == 0
        holder = smpp_house.bind()
        assert 0 < holder.slow_until - time.monotonic() <= 1
        until(lambda: holder.slow_until < time.monotonic())
        smpp_house.send_due(seconds=5)
        smpp_house.send_due(seconds=5)
        assert smpp_house.words() == ["Xin chao", "Hai"]

    def test_backing_off_doubles_until_it_goes_well(self, smpp_house):
        holder = smpp_house.bind()
        spans = [holder.slow_down() for _ in range(9)]
        assert spans == sorted(spans) and spans[1] == 2 * spans[0] and spans[-1] <= holding.SLOWEST
        holder.went_well()
        assert holder.slow_down() == spans[0]

    def test_system_error_is_tried_again(self, smpp_house, at):
        smpp_house.plan("SYSTEM_ERROR")
        one = delivery(at)
        told = failed(lambda: sms.Sms().send(one))
        assert (told.code, told.is_final, told.is_unknown, told.counts) == (
            "SMPP_RSYSERR",
            False,
            False,
            True,
        )
        assert sms.Sms().send(one)

    def test_answers_out_of_order_reach_their_segments(self, smpp_house, at):
        smpp_house.plan("ANSWERS_REORDERED")
        sms.Sms().send(delivery(at, text=LONG.strip()))

        names = list(SmppPart.objects.order_by("number").values_list("message_id", flat=True))
        assert names == sorted(names) and len(set(names)) == 3


class TestDoubt:
    """The centre took it, and we did not hear so: sent again only when nothing tells of it."""

    def test_receipt_ends_the_doubt(self, smpp_house):
        smpp_house.plan("NO_ANSWER")
        smpp_house.queue()
        smpp_house.send_due()
        assert smpp_house.state() == ("SENDING", "NO_ANSWER")
        smpp_house.heard(1)
        assert smpp_house.state() == ("DELIVERED", "")
        smpp_house.send_due(seconds=200)
        assert smpp_house.words() == ["Xin chao"]

    def test_late_answer_ends_the_doubt(self, smpp_house, monkeypatch):
        monkeypatch.setattr("motcua.sandbox.smpp_server.SILENT_FOR", 4.5)
        monkeypatch.setattr(smpp, "owe_receipts", lambda *given: None)
        smpp_house.plan("LATE_ANSWER")
        smpp_house.queue()
        smpp_house.send_due()
        assert smpp_house.state() == ("SENDING", "NO_ANSWER")
        smpp_house.heard(1, "smpp_taken")
        assert smpp_house.state() == ("SENT", "")
        smpp_house.send_due(seconds=200)
        assert smpp_house.words() == ["Xin chao"]

    def test_cut_after_taking_is_told_by_the_receipt_over_the_next_bind(self, smpp_house):
        smpp_house.plan("CUT_AFTER")
        smpp_house.queue()
        smpp_house.send_due()
        assert smpp_house.state() == ("SENDING", "NO_ANSWER")
        smpp_house.heard(1)
        assert (smpp_house.state()[0], smpp_house.server.bound) == ("DELIVERED", 2)
        assert smpp_house.words() == ["Xin chao"]

    def test_bare_receipt_is_known_by_the_only_number_under_way(self, smpp_house, monkeypatch):
        real = smpp.owe_receipts
        monkeypatch.setattr(
            smpp, "owe_receipts", lambda *given: real(*given[:4], smpp.Fault.BARE_RECEIPT, given[5])
        )
        smpp_house.plan("NO_ANSWER")
        smpp_house.queue()
        smpp_house.send_due()
        smpp_house.heard(1)
        assert smpp_house.state() == ("DELIVERED", "")

    def test_after_silence_it_goes_again_once(self, smpp_house):
        smpp_house.plan("CUT_BEFORE")
        smpp_house.queue()
        smpp_house.send_due()
        assert (smpp_house.state(), smpp_house.words()) == (("SENDING", "NO_ANSWER"), [])
        smpp_house.send_due(seconds=30)
        assert smpp_house.words() == []
        holder = smpp_house.bind()
        until(lambda: holder.slow_until < time.monotonic())
        smpp_house.send_due(seconds=100)
        assert (smpp_house.state()[0], smpp_house.words()) == ("SENT", ["Xin chao"])

    def test_only_the_segments_nobody_named_go_again(self, smpp_house, at):
        one = delivery(at, text=LONG.strip())
        smpp_house.plan("CUT_BEFORE")
        smpp_house.bind()
        failed(lambda: sms.Sms().send(one))
        rows = SmppPart.objects.order_by("number")
        assert [bool(row.message_id) for row in rows] == [False] * 3
        parts.note_named(one.id, [(1, "AA"), (2, "BB")])
        holder = smpp_house.bind()
        until(lambda: holder.slow_until < time.monotonic())
        smpp_house.later(seconds=200)
        sms.Sms().send(delivery(at, id=one.id, text=one.text, is_doubtful=True))
        assert [row.message_id for row in rows.all()][:2] == ["AA", "BB"]
        with smpp.STORE.open() as store:
            numbers = [row[0] for row in store.execute("SELECT number FROM segments ORDER BY serial")]
        assert numbers == [3]

    def test_killed_sender_waits_for_the_receipt_first(self, smpp_house, at):
        """The segment left, the process died: its row says so, and the next worker waits before it repeats."""
        one = delivery(at, is_doubtful=True)
        parts.prepare(delivery_id=one.id, outbox_id=uuid4(), address=PHONE, total=1, at=at)
        parts.note_going(one.id, [1], at=at)
        told = failed(lambda: sms.Sms().send(one))
        assert (told.code, told.is_unknown, told.counts) == ("NO_ANSWER", True, False)
        assert smpp_house.words() == []
        smpp_house.later(seconds=120)
        sms.Sms().send(one)
        assert smpp_house.words() == ["Xin chao"]


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


class TestHolding:
    def test_refused_bind_is_told_and_messages_wait(self, smpp_house):
        smpp_house.plan("BIND_REFUSED")
        smpp_house.queue()
        smpp_house.send_due()
        assert smpp_house.state() == ("QUEUED", "LINE_REFUSED")
        assert OutboxMessage.objects.get().attempts == 0
        line = SmppLine.objects.get()
        assert (line.state, line.code) == ("REFUSED", "RINVPASWD")

    def test_cut_line_is_bound_anew(self, smpp_house):
        smpp_house.bind()
        smpp_house.cut()
        until(lambda: smpp_house.server.bound == 2)
        until(lambda: SmppLine.objects.get().state == "BOUND")
        smpp_house.queue()
        smpp_house.send_due()
        assert smpp_house.words() == ["Xin chao"]

    def test_absent_centre_makes_messages_wait(self, smpp_house):
        smpp_house.set_up(port=1)
        smpp_house.queue()
        smpp_house.send_due()
        assert smpp_house.state() == ("QUEUED", "LINE_LOST")

    def test_silent_line_is_asked_and_given_up(self, smpp_house, monkeypatch):
        from motcua.sandbox.smpp_server import _Bind

        smpp_house.set_up(enquire_seconds=0.3, answer_seconds=0.5)
        holder = smpp_house.bind()
        time.sleep(1.2)
        assert holder.state == holding.BOUND and smpp_house.server.bound == 1  # it was asked, and answered

        real = _Bind.take

        async def deaf(self, message):
            return True if message.command == 0x15 else await real(self, message)

        monkeypatch.setattr(_Bind, "take", deaf)
        until(lambda: smpp_house.server.bound >= 2)

    def test_one_holder_at_a_time(self, smpp_house):
        """Another process has the line: our messages wait, and it sends them; when it dies we take over."""
        key = f"motcua smpp {current_company().schema_name}"
        with psycopg.connect(own_connection.conninfo("another worker"), autocommit=True) as other:
            other.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [key])
            smpp_house.queue()
            smpp_house.send_due()
            assert smpp_house.state() == ("QUEUED", "HELD_ELSEWHERE")
            assert (smpp_house.server.bound, OutboxMessage.objects.get().attempts) == (0, 0)
        until(lambda: smpp_house.server.bound == 1)
        smpp_house.send_due(seconds=5)
        assert smpp_house.words() == ["Xin chao"]

    def test_holder_sends_what_another_worker_put_off(self, smpp_house, monkeypatch):
        monkeypatch.setattr(holding, "FOR_OTHERS_SECONDS", 0.1)
        smpp_house.queue()
        OutboxMessage.objects.update(reason=holding.HELD_ELSEWHERE)
        smpp_house.bind()
        until(lambda: smpp_house.words() == ["Xin chao"])

    def test_lost_lock_ends_the_line(self, smpp_house):
        """A broken database session has no right to the line any more; it is taken anew with a new one."""
        smpp_house.bind()
        with psycopg.connect(own_connection.conninfo("operator"), autocommit=True) as operator:
            ended = operator.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'motcua smpp' "
                "AND datname = current_database()"
            ).fetchall()
        assert ended == [(True,)]
        until(lambda: smpp_house.server.bound == 2)
        assert len(smpp_house.server.binds) == 1

    def test_other_settings_bind_anew_and_switching_off_unbinds(self, smpp_house):
        first = smpp_house.bind()
        smpp_house.set_up(window=3)
        assert smpp_house.bind() is not first
        holding.keep("HANOI", current_company().schema_name, None)
        until(lambda: not smpp_house.server.binds)

    def test_a_burst_with_cuts_loses_and_doubles_nothing(self, smpp_house, monkeypatch):
        monkeypatch.setattr(smpp, "SHOWN", 500)
        smpp_house.bind()
        for number in range(40):
            smpp_house.queue(f"So {number}", key=f"k{number}")
            smpp_house.writes(f"Tin {number}")
        for round_ in range(60):
            if round_ in {2, 5}:
                smpp_house.cut()
            smpp_house.send_due(seconds=12)
            operations.drain_inbox(at=clock.now())
            if OutboxMessage.objects.filter(state="DELIVERED", key__startswith="k").count() == 40:
                break
            time.sleep(0.1)
        assert sorted(word for word in smpp_house.words() if word.startswith("So")) == sorted(
            f"So {number}" for number in range(40)
        )
        until(lambda: smpp_house.events("inbound") == 40)


class TestKill:
    def test_killed_worker_leaves_the_line_to_the_next_and_nothing_is_lost_or_doubled(
        self, smpp_house, lines_database, tmp_path, monkeypatch
    ):
        monkeypatch.setattr(smpp, "SHOWN", 500)
        for number in range(12):
            smpp_house.queue(f"So {number}", key=f"k{number}")
            smpp_house.writes(f"Tin {number}")
        told = {
            "keys": dict(smpp_house.account.keys),
            "settings": {**smpp_house.account.settings, "per_second": 15},
        }
        worker = subprocess.Popen(
            [sys.executable, "-m", "tests.channels.smpp_child", json.dumps({**told, "at": smpp_house.later(seconds=10).isoformat()})],
            env={**os.environ, "DATABASE_URL": lines_database, "MOTCUA_HOME": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)},
        )  # fmt: skip
        try:
            until(lambda: len(smpp_house.words()) >= 4, seconds=90)
            other = holding.keep("HANOI", current_company().schema_name, settings.line_of(smpp_house.account))
            until(lambda: other.state == holding.ELSEWHERE)
        finally:
            worker.kill()
            worker.wait()
        until(lambda: other.state == holding.BOUND, seconds=30)
        for _ in range(60):
            smpp_house.send_due(seconds=15)
            operations.drain_inbox(at=clock.now())
            if OutboxMessage.objects.filter(state="DELIVERED", key__startswith="k").count() == 12:
                break
            time.sleep(0.1)
        assert sorted(word for word in smpp_house.words() if word.startswith("So")) == sorted(
            f"So {n}" for n in range(12)
        )
        until(lambda: smpp_house.events("inbound") == 12)


class TestPure:
    def test_names_a_carrier_would_register(self):
        good = ["EVNHANOI", "EVN-HN", "CSKH EVN", "a.b_1"]
        assert [name for name in good if not settings.is_brand(name)] == []
        assert not any(
            settings.is_brand(name) for name in ("", "EV", "ABCDEFGHIJKL", "12345", "Điện lực", "EVN!")
        )

    def test_number_is_told_by_its_shape(self, smpp_house):
        line = settings.line_of(smpp_house.account)
        assert sending.source_of(line, Kind.REPLY)["source_addr_ton"] == 3
        assert sending.source_of(line, Kind.TRANSACTIONAL)["source_addr_ton"] == 5

    def test_old_segments_are_forgotten(self, smpp_house, at):
        parts.prepare(delivery_id="x", outbox_id=uuid4(), address=PHONE, total=2, at=at)
        assert parts.sweep(at=at + timedelta(days=6)) == 0
        assert parts.sweep(at=at + timedelta(days=8)) == 2

    def test_no_text_in_what_is_logged_of_a_message(self):
        from motcua.channels.smpp.pdu import SUBMIT_SM, Pdu

        assert "bi mat" not in repr(Pdu(SUBMIT_SM, fields={"short_message": b"bi mat"}))
        assert InboxEvent is not None
