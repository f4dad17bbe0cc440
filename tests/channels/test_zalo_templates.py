"""Templates by user id and by phone, events that were lost, and a worker that died between sending and writing it down."""

from __future__ import annotations

from dataclasses import replace

import pytest

from motcua.channels import accounts
from motcua.channels.zalo import backfill, sending
from motcua.config import clock
from motcua.messaging import operations, outbox, queries
from motcua.messaging.models import InboxEvent, OutboxMessage
from motcua.messaging.rules import Kind
from motcua.sandbox import zalo
from tests.channels.zalo_house import PHONE, zalo_house  # noqa: F401 - a fixture

FACTS = {"brand": "EVNHANOI", "number": "HN-1", "service": "Mua điện", "due": "20/11", "link": "https://x"}
TEMPLATES = {"request.received": {"id": "345678", "params": {"so_phieu": "number", "han": "due"}}}


@pytest.fixture
def house(company, zalo_house, monkeypatch):  # noqa: F811
    from motcua.messaging import registry

    monkeypatch.setattr(registry, "_responders", [])
    zalo_house.says("alo")
    zalo_house.carry()
    return zalo_house


@pytest.fixture
def templates(house, monkeypatch):
    found = accounts.find_account("ZALO")
    with_templates = replace(found, settings={**found.settings, "templates": TEMPLATES})
    monkeypatch.setattr(
        accounts, "find_account", lambda channel: with_templates if channel == "ZALO" else None
    )


def notify(house, **more):
    return operations.notify(
        key="n1", at=house.later(seconds=1), template="request.received", params=FACTS, important=True, **more
    )


@pytest.mark.usefixtures("templates")
class TestTemplates:
    def test_a_notice_goes_as_template_when_the_window_is_closed_and_as_words_before(self, house):
        notify(house, conversation_id=house.conversation().id)
        house.work()
        assert house.phone()[-1].startswith("EVNHANOI: Đã nhận yêu cầu HN-1")

        house.later(days=8)
        operations.notify(
            key="n2",
            at=house.later(seconds=1),
            template="request.received",
            params=FACTS,
            conversation_id=house.conversation().id,
        )
        house.work()
        assert house.phone()[-1] == "[345678] so_phieu: HN-1, han: 20/11"
        assert OutboxMessage.objects.order_by("-id").first().state == "DELIVERED"

    def test_to_a_phone_it_goes_by_zalo_and_the_delivery_is_known_by_our_id(self, house):
        notify(house, phone=PHONE)
        house.work()

        row = OutboxMessage.objects.get()
        assert (row.channel, row.state) == ("ZBS", "DELIVERED")
        assert house.phone() == ["[345678] so_phieu: HN-1, han: 20/11"]

    def test_a_number_without_zalo_gets_a_text_message(self, house):
        notify(house, phone="+84909999999")
        operations.send_due(at=house.later(seconds=1))

        rows = {row.channel: row for row in OutboxMessage.objects.all()}
        assert (rows["ZBS"].state, rows["ZBS"].reason) == ("FAILED", "NO_ZALO")
        assert (rows["SMS"].address, rows["SMS"].key, rows["SMS"].params["number"]) == (
            "+84909999999",
            "notice:n1:sms",
            "HN-1",
        )

    def test_missing_data_is_final_and_money_is_waited_for(self, house):
        zalo.plan_faults(["NO_MONEY"])
        notify(house, phone=PHONE)
        operations.send_due(at=house.later(seconds=1))
        assert house.states()[0][0] == "QUEUED"

    def test_a_text_without_template_goes_as_text_message(self, house):
        operations.notify(
            key="c", at=house.later(seconds=1), phone=PHONE, template="proof.code",
            params={"brand": "EVNHANOI", "code": "246810", "minutes": 5},
        )  # fmt: skip
        assert OutboxMessage.objects.get().channel == "SMS"


class TestLost:
    def test_what_zalo_lists_and_nobody_told_comes_in_once_also_when_it_comes_after_all(self, house):
        operations.append_out(
            conversation_id=house.conversation().id,
            text="Dạ",
            author=operations.BOT,
            key=None,
            at=house.later(seconds=1),
        )
        house.work()
        house.says("mất tin này")
        calls = house.calls()
        assert backfill.bring_in_lost(at=house.later(seconds=5)) == 0, "it may be on its way"
        assert backfill.bring_in_lost(at=house.later(minutes=3)) == 1
        operations.drain_inbox(at=clock.now())
        house.carry(calls)
        assert backfill.bring_in_lost(at=house.later(minutes=3)) == 0

        assert [m.text for m in house.said()] == ["alo", "Dạ", "mất tin này"]
        assert InboxEvent.objects.filter(payload__mac="history").count() == 1


class TestDeath:
    def test_a_worker_that_dies_after_sending_is_followed_by_one_that_asks_first(self, house):
        operations.append_out(
            conversation_id=house.conversation().id,
            text="Một lần thôi",
            author=operations.BOT,
            key=None,
            at=house.later(seconds=1),
        )
        from uuid import uuid4

        [delivery], _stopped = outbox._claim_due(uuid4(), house.later(seconds=1), 10)
        sending.Zalo().send(delivery)
        house.calls()  # its echo is lost as well
        operations.send_due(at=house.later(seconds=90))

        assert house.phone() == ["Một lần thôi"]
        assert house.states() == [("SENT", "")]

    def test_one_that_dies_before_is_followed_by_one_that_sends(self, house):
        operations.append_out(
            conversation_id=house.conversation().id,
            text="Một lần thôi",
            author=operations.BOT,
            key=None,
            at=house.later(seconds=1),
        )
        from uuid import uuid4

        outbox._claim_due(uuid4(), house.later(seconds=1), 10)
        operations.send_due(at=house.later(seconds=90))

        assert house.phone() == ["Một lần thôi"]

    def test_an_advertisement_and_a_code_never_go_by_zalo(self, house):
        for number, kind in enumerate((Kind.ADVERTISING, Kind.CODE)):
            operations.queue_message(
                key=f"k{number}", channel="ZALO", address=house.person, texts={"vi": "x"}, params={}, kind=kind,
                at=clock.now(), has_consent=True,
            )  # fmt: skip
        operations.send_due(at=house.later(seconds=1))

        assert house.states() == [("HELD", "NOT_ALLOWED")] * 2
        assert queries.find_rule("ZALO", "REPLY", house.clock.at.date()).after_window == "TEMPLATE"
