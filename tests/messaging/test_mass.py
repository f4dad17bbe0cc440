"""Notices to many: who is written down, by area and by consent, what it costs, who may start it."""
# ruff: noqa: F811 - fixtures are arguments

from __future__ import annotations

import pytest

from motcua.customers import operations as customer_ops
from motcua.customers.models import Customer
from motcua.kernel.actors import Actor
from motcua.kernel.ids import new_id
from motcua.kernel.results import Invalid
from motcua.messaging import outbox, queuing
from motcua.messaging.mass import audiences, running
from motcua.messaging.mass import operations as mass_ops
from motcua.messaging.mass import queries as mass_queries
from motcua.messaging.mass.models import MassNotice, MassRecipient
from motcua.messaging.models import OutboxMessage, PushSubscription
from motcua.messaging.rules import Kind
from motcua.outages import rules
from motcua.outages.queries import _communes
from motcua.supply import queries as supply_queries
from motcua.supply.models import Contract, Place
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

        outbox.send_due(at=at, lane=queuing.MASS)

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
