"""Notices to many as they go out: once, by window, pauses, hours, lanes, an interruption, kills."""
# ruff: noqa: F811 - fixtures are arguments

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import timedelta

import pytest

from motcua.customers import operations as customer_ops
from motcua.customers.models import Customer
from motcua.messaging import operations, outbox, queries, queuing
from motcua.messaging.mass import operations as mass_ops
from motcua.messaging.mass import queries as mass_queries
from motcua.messaging.mass import running
from motcua.messaging.models import OutboxMessage
from motcua.messaging.rules import Kind, SendFailed
from motcua.outages import operations as outage_ops
from motcua.outages import queries as outage_queries
from motcua.supply.models import Contract
from tests.messaging import many
from tests.messaging.mass_house import (  # noqa: F401 - fixtures among them
    BOSS,
    WRITER,
    gathered,
    planned,
    row,
    sent_all,
    states,
    whole,
)


@pytest.mark.usefixtures("company", "whole")
class TestSending:
    def test_everybody_reads_it_once_in_their_language(self, at, sms):
        many.customers(30, at)
        notice_id = gathered(at)
        mass_ops.start(notice_id=notice_id, actor=WRITER, at=at)

        assert sent_all(notice_id, at, window=8) == 30

        assert len({call.address for call in sms.calls}) == len(sms.calls) == 30
        texts = {call.address: call.text for call in sms.calls}
        assert texts[many.phone(3)] == "EVNHANOI: Moi quy khach Nguyen Van 3 xem lich ghi chi so moi."
        assert texts[many.phone(10)] == "EVNHANOI: See the new reading days."
        found = mass_queries.progress_of(row(notice_id))
        assert (row(notice_id).state, found.sent, found.to_send, found.queued, found.percent) == (
            "DONE",
            30,
            0,
            0,
            100,
        )

    def test_no_more_than_a_window_waits(self, at):
        many.customers(30, at)
        notice_id = gathered(at)
        mass_ops.start(notice_id=notice_id, actor=WRITER, at=at)

        for _ in range(5):
            running.release(notice_id, at=at, window=8)

        assert OutboxMessage.objects.count() == 8

    def test_a_pause_holds_at_once_and_a_resume_goes_on(self, at, sms):
        many.customers(20, at)
        notice_id = gathered(at)
        mass_ops.start(notice_id=notice_id, actor=WRITER, at=at)
        running.release(notice_id, at=at, window=8)
        outbox.send_due(at=at, limit=3, lane=queuing.MASS)
        mass_ops.pause(notice_id=notice_id, actor=WRITER, at=at)

        assert sent_all(notice_id, at, window=8) == 0
        assert len(sms.calls) == 3
        mass_ops.resume(notice_id=notice_id, actor=WRITER, at=at)
        sent_all(notice_id, at, window=8)

        assert (len(sms.calls), row(notice_id).state) == (20, "DONE")

    def test_a_stop_is_for_good_and_says_what_was_not_sent(self, at, sms):
        many.customers(20, at)
        notice_id = gathered(at)
        mass_ops.start(notice_id=notice_id, actor=WRITER, at=at)
        running.release(notice_id, at=at, window=8)
        outbox.send_due(at=at, limit=3, lane=queuing.MASS)

        mass_ops.stop(notice_id=notice_id, reason="Nhầm ngày", actor=BOSS, at=at)
        assert sent_all(notice_id, at) == 0
        running.work(at=at + timedelta(seconds=1))

        found = mass_queries.progress_of(row(notice_id))
        assert (len(sms.calls), found.sent, found.failed, found.to_send) == (3, 3, 5, 12)
        with pytest.raises(mass_ops.MassNotThere):
            mass_ops.resume(notice_id=notice_id, actor=BOSS, at=at)

    def test_waits_for_the_hours_of_the_day(self, at, sms):
        many.customers(2, at)
        notice_id = gathered(at)
        mass_ops.start(notice_id=notice_id, actor=WRITER, at=at)
        night = at + timedelta(hours=13)  # 22:00

        assert sent_all(notice_id, night) == 0
        assert row(notice_id).state == "RUNNING"
        assert sent_all(notice_id, at + timedelta(hours=23)) == 2

    def test_ends_when_it_is_too_late(self, at, sms):
        many.customers(5, at)
        notice_id = gathered(at, expires_at=at + timedelta(hours=1))
        mass_ops.start(notice_id=notice_id, actor=WRITER, at=at)
        running.release(notice_id, at=at, window=2)

        sent_all(notice_id, at + timedelta(hours=2), window=2)

        assert not sms.calls
        assert (row(notice_id).state, row(notice_id).ended_why) == ("STOPPED", "TOO_LATE")

    def test_one_who_was_erased_meanwhile_gets_nothing(self, at, sms):
        many.customers(2, at)
        notice_id = gathered(at)
        mass_ops.start(notice_id=notice_id, actor=WRITER, at=at)
        gone = Customer.objects.order_by("phone").first()
        Contract.objects.filter(customer_id=gone.id).update(status="ENDED", ended_at=at)
        customer_ops.erase_customer(customer_id=gone.id, reason="Khách xin xóa", actor=BOSS, at=at)

        sent_all(notice_id, at)

        assert [call.address for call in sms.calls] == [many.phone(2)]
        assert states(notice_id) == {"TO_SEND": 1, "UNKNOWN": 1}

    def test_what_fell_back_is_counted_once(self, at, sms):
        many.customers(1, at)
        [customer] = Customer.objects.all()
        Customer.objects.update(email="a@example.vn")
        customer_ops.choose_channels(
            customer_id=customer.id, topic="POWER_CUT", channels=["EMAIL"], actor=BOSS, at=at
        )
        notice_id = gathered(at)
        mass_ops.start(notice_id=notice_id, actor=WRITER, at=at)
        running.release(notice_id, at=at)
        [mail] = OutboxMessage.objects.all()
        assert mail.channel == "EMAIL"
        outbox.find_another_way(mail, "BOUNCED", at)
        mail.state = "FAILED"
        mail.save()

        sent_all(notice_id, at)

        assert [call.address for call in sms.calls] == [customer.phone]
        assert row(notice_id).counts["messages"] == {"SENT": 1}


@pytest.mark.usefixtures("company", "whole")
class TestLanes:
    def test_a_single_message_is_not_behind_the_many(self, at, sms):
        many.customers(50, at)
        notice_id = gathered(at)
        mass_ops.start(notice_id=notice_id, actor=WRITER, at=at)
        running.release(notice_id, at=at)
        operations.queue_message(
            key="one", channel="SMS", address=many.phone(7), texts={"vi": "Một"}, params={}, kind=Kind.TRANSACTIONAL,
            at=at + timedelta(seconds=1),
        )  # fmt: skip

        assert outbox.send_due(at=at + timedelta(seconds=1), limit=50) == 1

        assert [call.text for call in sms.calls] == ["Mot"]

    def test_many_that_wait_make_no_alarm(self, at, sms):
        many.customers(5, at)
        notice_id = gathered(at)
        mass_ops.start(notice_id=notice_id, actor=WRITER, at=at)
        running.release(notice_id, at=at)

        assert queries.measure_health(at + timedelta(hours=1)).outbox_waiting == 0

    def test_a_turn_gives_back_what_it_had_no_time_for(self, at, sms):
        many.customers(5, at)
        notice_id = gathered(at)
        mass_ops.start(notice_id=notice_id, actor=WRITER, at=at)
        running.release(notice_id, at=at)

        assert outbox.send_due(at=at, limit=5, lane=queuing.MASS, within=timedelta(0)) == 0
        assert set(OutboxMessage.objects.values_list("state", "attempts", "claim")) == {("QUEUED", 0, None)}
        assert outbox.send_due(at=at, limit=5, lane=queuing.MASS) == 5

    def test_a_dead_one_is_sent_again_by_hand_though_the_notice_ended(self, at, sms):
        many.customers(1, at)
        notice_id = gathered(at)
        mass_ops.start(notice_id=notice_id, actor=WRITER, at=at)
        sms.failures = [SendFailed("118", is_final=True)]
        sent_all(notice_id, at)
        assert row(notice_id).state == "DONE"
        [dead] = queries.list_dead_letters()

        operations.retry_dead(outbox_id=dead.id, actor=BOSS, at=at)
        operations.send_due(at=at)

        assert queries.find_outbox(dead.key).state == "SENT"


@pytest.mark.usefixtures("company", "whole")
class TestOutage:
    def test_tells_those_whom_a_planned_interruption_touches_when_and_where(self, at, sms):
        many.customers(3, at)
        many.customers(2, at, first=100, unit="PD0400")
        place = outage_ops.Place("PD0100", "Đống Đa", street="Tây Sơn")
        plan = outage_ops.Plan(
            external_code="L1", unit_code="PD0100", place="Phố Tây Sơn", areas=(place,), cause="WORKS",
            begins_at=at + timedelta(days=2), ends_at=at + timedelta(days=2, hours=4),
        )  # fmt: skip
        outage_ops.load_plans(plans=[plan], actor=BOSS, at=at)
        [found] = outage_queries.list_ahead(at)
        text = (
            "{company}: {outage_place} ngừng cấp điện từ {outage_from} đến {outage_until}, mã {account_code}."
        )

        notice_id = gathered(
            at, audience="OUTAGE", audience_params={"outage": str(found.id)}, texts={"SHORT": {"vi": text}}
        )
        mass_ops.start(notice_id=notice_id, actor=WRITER, at=at)
        sent_all(notice_id, at)

        assert sorted(call.address for call in sms.calls) == [many.phone(n) for n in (1, 2, 3)]
        texts = {call.address: call.text for call in sms.calls}
        assert texts[many.phone(2)].endswith(
            f"Pho Tay Son ngung cap dien tu 09:00 18/11/2026 den 13:00 18/11/2026, ma {many.account(2)}."
        )


class TestKills:
    def test_a_worker_killed_at_any_instant_is_followed_without_a_double(
        self, committed_company, shared_server, sms, at, monkeypatch
    ):
        """A process that gathers and releases is killed again and again; another goes on where it stood."""
        monkeypatch.setattr(mass_queries, "reaches_company", lambda actor: True)
        many.customers(3000, at)
        notice_id = planned(at)
        url = shared_server.app_url(committed_company.test_database)
        script = KILLED.format(id=notice_id, at=at.isoformat())
        for seconds in (0.15, 0.4):
            _killed_after(url, script, seconds)
        while running.gather(notice_id, at=at, page=50):
            pass
        assert states(notice_id) == {"TO_SEND": 3000}
        mass_ops.start(notice_id=notice_id, actor=BOSS, at=at)
        for seconds in (0.15, 0.4):
            _killed_after(url, script, seconds)
        while running.release(notice_id, at=at, window=4000):
            pass

        keys = list(OutboxMessage.objects.filter(mass_id=notice_id).values_list("key", flat=True))
        assert len(keys) == len(set(keys)) == 3000


KILLED = """
import django; django.setup()
from datetime import datetime
from uuid import UUID
from motcua.companies.context import using_company
from motcua.messaging.mass import running
at = datetime.fromisoformat("{at}")
with using_company("HANOI"):
    print("ready", flush=True)
    while running.gather(UUID("{id}"), at=at, page=20) or running.release(UUID("{id}"), at=at, window=40):
        if running.OutboxMessage.objects.filter(state="QUEUED").count() >= 30:
            running.OutboxMessage.objects.filter(state="QUEUED").update(state="SENT")
"""


def _killed_after(url: str, script: str, seconds: float) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "DATABASE_URL": url},
    )
    assert child.stdout is not None
    assert child.stdout.readline().strip() == "ready"
    time.sleep(seconds)
    child.kill()
    child.wait()
