"""Texts over SMPP: they arrive whole and once, whatever becomes of the answer."""
# ruff: noqa: F811 - fixtures are arguments

from __future__ import annotations

import time
from uuid import uuid4

import pytest

from motcua.channels import sms
from motcua.channels.models import SmppPart
from motcua.channels.smpp import holding, parts
from motcua.messaging.models import OutboxMessage
from motcua.messaging.rules import Kind
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
        holder = smpp_house.bind()
        begun = time.monotonic()
        smpp_house.send_due()
        assert smpp_house.state() == ("QUEUED", "THROTTLED")
        row = OutboxMessage.objects.get(key="a")
        assert row.attempts == 0
        assert begun < holder.slow_until <= time.monotonic() + 1
        until(lambda: holder.slow_until < time.monotonic())
        smpp_house.send_due(seconds=5)
        smpp_house.send_due(seconds=5)
        assert sorted(smpp_house.words()) == ["Hai", "Xin chao"]

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
        smpp_house.plan_silence("NO_ANSWER")
        smpp_house.queue()
        smpp_house.send_due()
        assert smpp_house.state() == ("SENDING", "NO_ANSWER")
        smpp_house.heard(1)
        assert smpp_house.state() == ("DELIVERED", "")
        smpp_house.send_due(seconds=200)
        assert smpp_house.words() == ["Xin chao"]

    def test_late_answer_ends_the_doubt(self, smpp_house, monkeypatch):
        monkeypatch.setattr("motcua.sandbox.smpp_server.SILENT_FOR", 10.0)
        monkeypatch.setattr(smpp, "owe_receipts", lambda *given: None)
        smpp_house.plan_silence("LATE_ANSWER")
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
        smpp_house.plan_silence("NO_ANSWER")
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
