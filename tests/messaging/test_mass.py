"""A notice to many: who gets it, by which way, who may start it, how it goes on, and that nobody gets it twice."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from motcua.customers import operations as customer_ops
from motcua.customers.models import Customer
from motcua.kernel.actors import Actor
from motcua.kernel.ids import new_id
from motcua.kernel.results import Invalid
from motcua.messaging import operations, outbox, queries
from motcua.messaging.mass import audiences, running
from motcua.messaging.mass import operations as mass_ops
from motcua.messaging.mass import queries as mass_queries
from motcua.messaging.mass.models import MassNotice, MassRecipient
from motcua.messaging.mass.operations import Plan
from motcua.messaging.models import OutboxMessage, PushSubscription
from motcua.messaging.rules import Kind, SendFailed
from motcua.outages import operations as outage_ops
from motcua.outages import queries as outage_queries
from motcua.outages import rules
from motcua.outages.queries import _communes
from motcua.supply import queries as supply_queries
from motcua.supply.models import Contract, Place
from tests.messaging import many

WRITER = Actor.staff("11111111-1111-7111-8111-111111111111", "Lan", ["BUSINESS"], ["PD", "PD0100", "PD0400"])
BOSS = Actor.staff("22222222-2222-7222-8222-222222222222", "Minh", ["SUPERVISOR"], ["PD", "PD0100", "PD0400"])
TEXT = {
    "SHORT": {
        "vi": "{company}: Mời quý khách {customer_name} xem lịch ghi chỉ số mới.",
        "en": "{company}: See the new reading days.",
    }
}


@pytest.fixture
def whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """The people of these tests reach the whole company."""
    monkeypatch.setattr(mass_queries, "reaches_company", lambda actor: "PD" in actor.unit_codes)


def planned(at: Any, actor: Actor = WRITER, **told: Any) -> UUID:
    given = {
        "name": "Lịch ghi chỉ số", "topic": "POWER_CUT", "audience": "UNITS", "audience_params": {"units": ["PD0100"]},
        "texts": TEXT, "channels": ["WEBPUSH", "SMS", "EMAIL"],
    } | told  # fmt: skip
    return mass_ops.plan(plan=Plan(**given), actor=actor, at=at)


def gathered(at: Any, page: int = 7, **told: Any) -> UUID:
    notice_id = planned(at, **told)
    while running.gather(notice_id, at=at, page=page):
        pass
    return notice_id


def sent_all(notice_id: UUID, at: Any, *, window: int = 1000, limit: int = 500) -> int:
    """Release and send until nothing moves; how many messages were sent."""
    sent = 0
    for _ in range(200):
        moved = running.release(notice_id, at=at, window=window)
        done = outbox.send_due(at=at, limit=limit, lane=outbox.MASS)
        sent += done
        if not moved and not done:
            break
    return sent


def row(notice_id: UUID) -> MassNotice:
    return MassNotice.objects.get(id=notice_id)


def states(notice_id: UUID) -> dict[str, int]:
    return mass_queries.count_recipients(notice_id)["recipients"]


@pytest.mark.usefixtures("company", "whole")
class TestGathering:
    def test_writes_everybody_down_once_page_by_page(self, at, sms):
        many.customers(40, at)
        many.customers(5, at, first=100, unit="PD0400")

        notice_id = gathered(at)

        assert (row(notice_id).state, states(notice_id)) == ("READY", {"TO_SEND": 40})
        assert row(notice_id).counts["channels"] == {"SMS": 40}
        assert len(set(MassRecipient.objects.values_list("subject", flat=True))) == 40
        assert not sms.calls
        assert OutboxMessage.objects.count() == 0

    def test_tells_a_customer_once_but_each_account_when_the_text_speaks_of_it(self, at):
        many.customers(3, at)
        first = Customer.objects.order_by("phone").first()
        Contract.objects.update(customer_id=first.id)

        once = gathered(at)
        each = gathered(
            at, texts={"SHORT": {"vi": "Mã {account_code}: đổi lịch.", "en": "{account_code}: new days."}}
        )

        assert (row(once).is_per_account, states(once)) == (False, {"TO_SEND": 1})
        assert (row(each).is_per_account, states(each)) == (True, {"TO_SEND": 3})

    def test_leads_a_merged_customer_to_the_survivor(self, at):
        many.customers(3, at)
        ids = list(Customer.objects.order_by("phone").values_list("id", flat=True))
        for loser, winner in ((ids[0], ids[1]), (ids[1], ids[2])):
            customer_ops.merge_customers(
                from_id=loser, into_id=winner, reason="Cùng người", actor=BOSS, at=at
            )

        notice_id = gathered(at, page=1)

        assert [r.customer_id for r in MassRecipient.objects.filter(notice_id=notice_id)] == [ids[2]]

    def test_says_why_somebody_is_not_reached(self, at):
        many.customers(5, at)
        a, b, c, d, _e = Customer.objects.order_by("phone")
        Customer.objects.filter(id=a.id).update(phone="")
        customer_ops.choose_channels(customer_id=b.id, topic="POWER_CUT", channels=[], actor=BOSS, at=at)
        Customer.objects.filter(id=c.id).update(phone="", email="c@example.vn")
        customer_ops.choose_channels(
            customer_id=d.id, topic="POWER_CUT", channels=["WEBPUSH"], actor=BOSS, at=at
        )

        notice_id = gathered(at)

        found = dict(MassRecipient.objects.filter(notice_id=notice_id).values_list("customer_id", "state"))
        ways = dict(MassRecipient.objects.filter(notice_id=notice_id).values_list("customer_id", "channel"))
        assert (found[a.id], found[b.id]) == ("NO_ADDRESS", "DECLINED")
        assert (ways[a.id], ways[b.id], ways[c.id], ways[d.id]) == ("", "", "EMAIL", "SMS")

    def test_takes_the_chosen_channel_before_the_notices_own_order(self, at):
        many.customers(2, at)
        a, b = Customer.objects.order_by("phone")
        for customer in (a, b):
            PushSubscription.objects.create(
                id=new_id(at), customer_id=customer.id, visitor_id=new_id(at), endpoint=f"https://push.example/{customer.id}",
                p256dh="k", auth="a", created_at=at,
            )  # fmt: skip
        customer_ops.choose_channels(customer_id=b.id, topic="POWER_CUT", channels=["SMS"], actor=BOSS, at=at)

        notice_id = gathered(at)

        ways = dict(MassRecipient.objects.filter(notice_id=notice_id).values_list("customer_id", "channel"))
        assert ways == {a.id: "WEBPUSH", b.id: "SMS"}

    def test_a_list_of_codes_names_those_nobody_knows(self, at):
        many.customers(4, at)
        codes, bad = mass_ops.read_codes(
            ["Mã khách hàng", f"{many.account(1)};x", many.account(1), many.account(9), "abc", ""]
        )

        notice_id = gathered(at, audience="CODES", audience_params={}, account_codes=codes)

        assert (codes, bad) == ([many.account(1), many.account(9)], ["abc"])
        assert states(notice_id) == {"TO_SEND": 1, "UNKNOWN": 1}


@pytest.mark.usefixtures("company", "whole")
class TestAreas:
    def test_cover_the_same_places_as_the_rule_for_one(self, at):
        many.customers(4, at, station="T1")
        a, b, c, _d = Place.objects.order_by("text")
        Place.objects.filter(id=a.id).update(text="Số 9 ngõ Xã Đàn, p. Trung Tự", commune="P. Trung Tự")
        Place.objects.filter(id=b.id).update(text="Số 9 phố Tây Sơn kéo dài", commune="Thị trấn Tây Sơn")
        Place.objects.filter(id=c.id).update(text="Số 9 phố Láng", commune="", new_commune="Phường Đống Đa")
        for area in (
            audiences.Area("PD0100"), audiences.Area("PD0100", commune_key="dong da"), audiences.Area("PD0100", words="tay son"),
            audiences.Area("PD0100", commune_key="tay son"), audiences.Area("PD0100", commune_key="trung tu"),
            audiences.Area("PD0100", commune_key="tu"), audiences.Area("PD0400"), audiences.Area("PD0100", station_code="T1"),
            audiences.Area("PD0100", station_code="T2"), audiences.Area("PD0100", commune_key="dong da", words="tay son"),
        ):  # fmt: skip
            notice_id = gathered(at, audience="AREAS", audience_params={"areas": [vars(area)]})
            got = set(MassRecipient.objects.filter(notice_id=notice_id).values_list("customer_id", flat=True))
            covered = rules.Covered(area.unit_code, area.commune_key, area.station_code, area.words)
            want = {
                place.id
                for place in map(supply_queries.get_place, Place.objects.values_list("id", flat=True))
                if rules.covers(covered, rules.Where("PD0100", _communes(place), "T1", place.text))
            }
            assert got == want, area


@pytest.mark.usefixtures("company", "whole")
class TestConsent:
    def test_advertising_goes_to_those_alone_who_agreed_on_that_channel(self, at, sms):
        many.customers(4, at)
        a, b, c, d = Customer.objects.order_by("phone")
        for customer, purpose, channel in (
            (a, "NEWS", "SMS"),
            (b, "SURVEY", "SMS"),
            (c, "NEWS", "EMAIL"),
            (d, "NEWS", "SMS"),
        ):
            customer_ops.record_consent(
                customer_id=customer.id, purpose=purpose, channel=channel, wording="Vâng", actor=BOSS, at=at
            )

        notice_id = gathered(at, kind=Kind.ADVERTISING, purpose="NEWS", channels=["SMS"])
        assert states(notice_id) == {"TO_SEND": 2, "NO_CONSENT": 2}
        mass_ops.start(notice_id=notice_id, actor=WRITER, at=at)
        customer_ops.withdraw_consent(customer_id=d.id, purpose="NEWS", channel="SMS", actor=BOSS, at=at)

        sent_all(notice_id, at)

        assert [(call.address, call.text.startswith("[QC] ")) for call in sms.calls] == [(a.phone, True)]
        assert mass_queries.progress_of(row(notice_id)).not_reached == {"NO_CONSENT": 3}

    def test_is_asked_again_when_the_message_is_sent(self, at, sms):
        many.customers(1, at)
        [a] = Customer.objects.all()
        customer_ops.record_consent(
            customer_id=a.id, purpose="NEWS", channel="SMS", wording="Vâng", actor=BOSS, at=at
        )
        notice_id = gathered(at, kind=Kind.ADVERTISING, purpose="NEWS", channels=["SMS"])
        mass_ops.start(notice_id=notice_id, actor=WRITER, at=at)
        assert running.release(notice_id, at=at) == 1
        customer_ops.withdraw_consent(customer_id=a.id, purpose="NEWS", channel="SMS", actor=BOSS, at=at)

        outbox.send_due(at=at, lane=outbox.MASS)

        assert not sms.calls
        assert list(OutboxMessage.objects.values_list("state", "reason")) == [("HELD", "NO_CONSENT")]
        assert mass_queries.list_failures(notice_id) == [("SMS", "NO_CONSENT", 1)]


@pytest.mark.usefixtures("company", "whole")
class TestStarting:
    def test_above_the_companys_size_somebody_else_must_start_it(self, at):
        many.customers(12, at)
        mass_ops.set_policy(four_eyes_above=10, prices={"SMS": 300}, source="Hợp đồng", actor=BOSS, at=at)
        own, others = gathered(at, actor=BOSS), gathered(at)

        for actor in (BOSS, WRITER):
            with pytest.raises(mass_ops.NeedsAnother):
                mass_ops.start(notice_id=own, actor=actor, at=at)
        with pytest.raises(mass_ops.NeedsAnother):
            mass_ops.start(notice_id=others, actor=WRITER, at=at)
        mass_ops.start(notice_id=others, actor=BOSS, at=at)

        assert (row(own).state, row(others).state, row(others).started_by) == ("READY", "RUNNING", BOSS.ref)
        with pytest.raises(mass_ops.MassNotThere):
            mass_ops.start(notice_id=others, actor=BOSS, at=at)

    def test_the_wrong_role_writes_and_starts_nothing(self, at):
        many.customers(1, at)
        notice_id = gathered(at)
        crew = Actor.staff("c", "C", ["CREW"], ["PD", "PD0100"])

        with pytest.raises(mass_ops.MayNotSend):
            planned(at, actor=crew)
        for act in (mass_ops.start, mass_ops.pause, mass_ops.resume):
            with pytest.raises(mass_ops.MayNotSend):
                act(notice_id=notice_id, actor=crew, at=at)
        assert MassNotice.objects.count() == 1

    def test_costs_are_told_by_channel_from_real_texts(self, at):
        many.customers(3, at)
        mass_ops.set_policy(four_eyes_above=10, prices={"SMS": 300}, source="", actor=BOSS, at=at)
        long = "Kính gửi {customer_name}. " + "Lịch ngừng cấp điện để sửa đường dây. " * 5
        notice_id = gathered(at, texts={"SHORT": {"vi": long}}, channels=["SMS"])

        [cost] = mass_queries.list_costs(row(notice_id), at)
        [first, *_] = mass_queries.list_samples(row(notice_id), at)

        assert (cost.channel, cost.count, cost.segments, cost.vnd) == ("SMS", 3, 2.0, 1800)
        assert first.text.startswith("Kính gửi Nguyễn Văn 1. ")

    @pytest.mark.parametrize(
        ("told", "fields"),
        [
            ({"texts": {"SHORT": {"vi": "Chào {ten_khach}"}}}, {"short_vi"}),
            ({"texts": {"SHORT": {"vi": "Chào {"}}}, {"short_vi"}),
            ({"texts": {"SHORT": {"vi": ""}, "MAIL": {"en": "{x}"}}}, {"short_vi", "mail_en"}),
            ({"channels": []}, {"channels"}),
            ({"kind": Kind.ADVERTISING}, {"purpose"}),
            ({"topic": "OTHER"}, {"topic"}),
            ({"audience": "CODES", "audience_params": {}}, {"codes"}),
            (
                {
                    "audience": "CONSENT",
                    "audience_params": {"purpose": "NEWS"},
                    "texts": {"SHORT": {"vi": "{account_code}"}},
                },
                {"short_vi"},
            ),
        ],
    )
    def test_what_is_wrong_is_named_and_nothing_is_written(self, at, told, fields):
        with pytest.raises(Invalid) as refused:
            planned(at, **told)

        assert set(refused.value.errors) == fields
        assert MassNotice.objects.count() == 0

    def test_units_out_of_reach_are_refused_and_codes_out_of_reach_are_unknown(self, at):
        many.customers(1, at)
        many.customers(1, at, first=100, unit="PD0400")
        local = Actor.staff("l", "L", ["BUSINESS"], ["PD0100"])

        with pytest.raises(mass_ops.NotWithinReach):
            planned(at, actor=local, audience_params={"units": ["PD0400"]})
        with pytest.raises(mass_ops.NotWithinReach):
            planned(at, actor=local, audience="CONSENT", audience_params={"purpose": "NEWS"})
        notice_id = gathered(
            at,
            actor=local,
            audience="CODES",
            audience_params={},
            account_codes=[many.account(1), many.account(100)],
        )

        assert states(notice_id) == {"TO_SEND": 1, "UNKNOWN": 1}
        assert mass_queries.may_see(row(notice_id), local)
        assert not mass_queries.may_see(row(notice_id), Actor.staff("o", "O", ["BUSINESS"], ["PD0400"]))


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
        outbox.send_due(at=at, limit=3, lane=outbox.MASS)
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
        outbox.send_due(at=at, limit=3, lane=outbox.MASS)

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

        assert outbox.send_due(at=at, limit=5, lane=outbox.MASS, within=timedelta(0)) == 0
        assert set(OutboxMessage.objects.values_list("state", "attempts", "claim")) == {("QUEUED", 0, None)}
        assert outbox.send_due(at=at, limit=5, lane=outbox.MASS) == 5

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
