"""Asking for one's data and to be forgotten: the limit of the day, answers, the copy."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from motcua.customers import operations as customer_ops
from motcua.customers import queries, registry
from motcua.customers.models import DataRequest
from motcua.kernel.actors import Actor

LAN = Actor.staff("lan", "Lan", ["INTAKE"])
SYSTEM = Actor.system("test")


@pytest.fixture(autouse=True)
def _own_registry(monkeypatch):
    for name in ("_checks", "_followers", "_exporters"):
        monkeypatch.setattr(registry, name, {})


@pytest.fixture
def ask(at):
    def call(customer, wish="EXPORT", when=None):
        actor = Actor.customer(customer.id)
        id = customer_ops.ask_for_data(customer_id=customer.id, wish=wish, actor=actor, at=when or at)
        return DataRequest.objects.get(id=id)

    return call


class TestAsking:
    @pytest.mark.parametrize(
        ("when", "is_verified", "source"),
        [
            (datetime(2024, 5, 6, 2, tzinfo=UTC), True, "Decree 13/2023/NĐ-CP"),
            (datetime(2026, 5, 6, 2, tzinfo=UTC), False, "unverified: configuration"),
        ],
    )
    def test_counts_the_limit_of_that_day_from_the_asking(
        self, make_customer, ask, when, is_verified, source
    ):
        row = ask(make_customer(), "ERASE", when)

        assert (row.within, row.due_at, row.is_verified) == (
            "72 hours",
            when + timedelta(hours=72),
            is_verified,
        )
        assert row.source.startswith(source)

    def test_twice_is_once_also_under_a_merged_id(self, make_customer, ask, at):
        loser, winner = make_customer(), make_customer(full_name="Hoa")
        first = ask(loser)
        customer_ops.merge_customers(from_id=loser.id, into_id=winner.id, reason="x", actor=LAN, at=at)

        assert ask(winner).id == first.id
        with pytest.raises(IntegrityError), transaction.atomic():
            DataRequest.objects.create(
                id=winner.id, customer_id=loser.id, wish="EXPORT", asked_at=at, asked_by="x"
            )

    def test_is_taken_back_or_refused_with_a_reason_once(self, make_customer, ask, at):
        row = ask(make_customer())
        with pytest.raises(customer_ops.ReasonMissing):
            customer_ops.refuse_data_request(request_id=row.id, answer=" ", actor=LAN, at=at)
        with pytest.raises(customer_ops.StaffOnly):
            customer_ops.refuse_data_request(
                request_id=row.id, answer="không", actor=Actor.customer("x"), at=at
            )

        customer_ops.withdraw_data_request(request_id=row.id, actor=SYSTEM, at=at)

        with pytest.raises(customer_ops.DataRequestClosed):
            customer_ops.refuse_data_request(request_id=row.id, answer="không", actor=LAN, at=at)
        assert list(queries.list_open_data_requests()) == []
        assert [r.state for r in queries.list_closed_data_requests()] == ["WITHDRAWN"]


class TestCopy:
    def test_holds_what_every_room_says_under_every_id(self, make_customer, ask, at):
        loser, winner = make_customer(), make_customer(full_name="Bùi Lan")
        customer_ops.merge_customers(from_id=loser.id, into_id=winner.id, reason="x", actor=LAN, at=at)
        customer_ops.record_consent(
            customer_id=winner.id,
            purpose="SURVEY",
            channel="SMS",
            wording="Đồng ý khảo sát.",
            actor=LAN,
            at=at,
        )
        row = ask(winner)
        papers = [{"name": "cccd.jpg", "kind": "IDENTITY"}]
        registry.on_export("room", lambda ids: {"asked": sorted(map(str, ids)), "documents": papers})

        content = customer_ops.export_customer(customer_id=winner.id, actor=LAN, at=at)

        archive = zipfile.ZipFile(io.BytesIO(content))
        told = json.loads(archive.read("du-lieu.json"))
        assert {r["full_name"] for r in told["customers"]["records"]} == {"Nguyễn Thị Hoa", "Bùi Lan"}
        assert told["customers"]["consents"][0]["wording__text"] == "Đồng ý khảo sát."
        assert told["room"]["asked"] == sorted([str(loser.id), str(winner.id)])
        assert json.loads(archive.read("giay-to.json")) == [{"room": "room", **papers[0]}]
        assert "riêng" in archive.read("doc-truoc.txt").decode()
        row.refresh_from_db()
        assert (row.state, row.closed_by) == ("DONE", LAN.ref)

    def test_is_made_by_staff_alone(self, make_customer, at):
        known = make_customer()
        with pytest.raises(customer_ops.StaffOnly):
            customer_ops.export_customer(customer_id=known.id, actor=Actor.customer(known.id), at=at)


class TestForgetting:
    def test_closes_what_was_asked(self, make_customer, ask, at):
        known = make_customer()
        wished, copy = ask(known, "ERASE"), ask(known)

        assert customer_ops.erase_as_asked(customer_id=known.id, reason="Theo đơn", actor=LAN, at=at) == [
            known.id
        ]

        wished.refresh_from_db(), copy.refresh_from_db()
        assert (wished.state, copy.state) == ("DONE", "WITHDRAWN")

    def test_changes_nothing_while_a_room_needs_the_customer(self, make_customer, ask, at):
        known = make_customer()
        row = ask(known, "ERASE")
        registry.before_erasure("contracts", lambda id, _: "còn hợp đồng")

        with pytest.raises(customer_ops.CustomerStillNeeded):
            customer_ops.erase_as_asked(customer_id=known.id, reason="x", actor=LAN, at=at)

        row.refresh_from_db()
        assert row.state == "OPEN"


class TestDoubles:
    def test_are_alike_by_number_phone_or_name_and_only_suggested(self, make_customer, at):
        here = make_customer(id_number="001190012345", contact_address="Số 5 Lê Lợi")
        number = make_customer(full_name="Trần Văn Khác", phone="0911111111", id_number="001190012345")
        phone = make_customer(full_name="Lê Thị Hồng")
        name = make_customer(full_name="Nguyen Thi Hoà", phone="0922222222")
        make_customer(full_name="Phạm Quốc Việt", phone="0933333333")

        found = {view.id: what for view, what in queries.list_like(here.id)}

        assert found == {number.id: {"ID_NUMBER"}, phone.id: {"PHONE"}, name.id: {"NAME"}}
        assert queries.get_customer(phone.id).status == "ACTIVE"


def test_the_late_ones_are_counted_and_told_by_the_check(company, at):
    from datetime import timedelta

    from motcua.config import clock
    from motcua.ops import check

    asked = [
        customer_ops.create_customer(full_name=name, phone=phone, actor=SYSTEM, at=at).id
        for name, phone in (("Nguyễn Thị Hoa", "0901234567"), ("Trần Văn An", "0912345678"))
    ]
    early, late = clock.now() - timedelta(days=30), clock.now() - timedelta(hours=1)
    customer_ops.ask_for_data(customer_id=asked[0], wish="EXPORT", actor=SYSTEM, at=early)
    customer_ops.ask_for_data(customer_id=asked[1], wish="ERASE", actor=SYSTEM, at=late)

    due = queries.count_data_requests(clock.now())
    found = [finding for finding in check._data_requests() if finding.verdict is check.Verdict.FAIL]

    assert (due.waiting, due.late) == (2, 1)
    assert len(found) == 1 and "HANOI: 1 past the legal limit" in found[0].what
    assert "/ban-viec/du-lieu-ca-nhan/" in found[0].do
