"""Kept lists, columns, counts, and acts on many requests with their undoing."""

from __future__ import annotations

import re
from datetime import timedelta
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pypdf import PdfReader

from motcua.companies.access import actor_of
from motcua.companies.roles import Role
from motcua.config import clock
from motcua.requests import operations as request_ops
from motcua.requests import queries as request_queries
from motcua.requests import worklists
from motcua.requests.models import BulkAct, Entry, Reminder
from motcua.requests.operations import reminding
from tests.web import people
from tests.web.desk.test_worklist import numbers


def holder(request) -> str:
    return request_queries.get_request(request.id).state.assignee


def press(page, doing: str, requests, **more):
    return page.post(
        "/ban-viec/nhieu/",
        {"viec": doing, "yeu-cau": [str(r.id) for r in requests], "key": f"k:{doing}", **more},
    )


def accept(request, staff) -> None:
    """The customer's turn: they pay."""
    request_ops.advance(
        request_id=request.id, action="accept", inputs={"needs_survey": False, "cost_vnd": 450000, "cost_note": "15 m cáp"},
        actor=actor_of(staff), at=clock.now(), key=f"accept:{request.id}",
    )  # fmt: skip


class TestCounts:
    def test_stand_on_the_tabs_and_are_right(self, business, business_page, send):
        sent = [send() for _ in range(3)]
        send(at=clock.now() - timedelta(days=9))
        request_ops.assign(
            request_id=sent[0].id,
            assignee=f"staff:{business.id}",
            actor=actor_of(business),
            at=clock.now(),
            key="a",
        )

        told = {tab["label"]: tab["count"] for tab in business_page.get("/ban-viec/").context["tabs"]}

        assert told["Chờ chúng tôi"] == "4"
        assert told["Giao cho tôi"] == "1"
        assert told["Quá hạn"] == "1"
        assert told["Chờ khách hàng"] == "0"

    def test_stop_at_a_lid(self, business, send):
        for _ in range(4):
            send()
        actor = actor_of(business)
        wanted = worklists.Wanted(actor.unit_codes, ("BUSINESS",))

        assert [str(c) for c in worklists.count([wanted], most=3)] == ["3+"]
        assert [str(c) for c in worklists.count([wanted], most=4)] == ["4"]
        assert worklists.count([]) == []


class TestOrder:
    def test_by_promise_pages_by_key_without_losing_or_doubling(self, business, send):
        at = clock.now()
        sent = [send(at=at - timedelta(hours=n)) for n in range(7)]
        wanted = worklists.Wanted(actor_of(business).unit_codes, ("BUSINESS",), sort=worklists.Sort.PROMISE)

        seen, key = [], None
        while ids := worklists.page(wanted, limit=3, after=key):
            seen += ids
            last = request_queries.get_request(ids[-1])
            key = worklists.Key(last.state.due_at, last.id)

        order = sorted(sent, key=lambda r: (request_queries.get_request(r.id).state.due_at, r.id))
        assert seen == [r.id for r in order]

    def test_rows_without_a_deadline_stand_last_and_are_paged_too(self, business, send):
        from motcua.requests.models import Request

        sent = [send() for _ in range(6)]
        Request.objects.filter(id__in=[r.id for r in sent[:3]]).update(step_due_at=None)
        wanted = worklists.Wanted(actor_of(business).unit_codes, ("BUSINESS",))

        seen, key = [], None
        while ids := worklists.page(wanted, limit=2, after=key):
            seen += ids
            key = worklists.Key(request_queries.get_request(ids[-1]).state.step_due_at, ids[-1])

        assert seen == [r.id for r in (*sent[3:], *sent[:3])]

    def test_chosen_on_the_page(self, business_page, send):
        request = send()

        assert numbers(business_page.get("/ban-viec/?xep=cam-ket")) == [request.number]


class TestKeptLists:
    def test_a_list_is_kept_shown_with_its_number_and_removed(self, supervisor_page, send):
        send()
        supervisor_page.post(
            "/ban-viec/danh-sach/luu/",
            {"ten": "Khảo sát trễ", "o-day": "?buoc=CHECK&cua-toi=&la=1", "cot": ["khach", "noi"]},
        )

        page = supervisor_page.get("/ban-viec/")
        kept = page.context["saved"][0]
        assert (kept["name"], str(kept["count"])) == ("Khảo sát trễ", "1")
        assert kept["href"] == "/ban-viec/?buoc=CHECK&cot=khach%2Cnoi"
        opened = supervisor_page.get(kept["href"])
        assert opened.context["saved"][0]["here"] is True
        assert opened.context["columns"] == ["Khách hàng", "Nơi sử dụng điện"]

        supervisor_page.post(f"/ban-viec/danh-sach/{kept['id']}/bo/")
        assert supervisor_page.get("/ban-viec/").context["saved"] == []

    def test_shared_with_the_unit_only_and_only_mine_to_remove(self, supervisor_page, business_page, send):
        supervisor_page.post("/ban-viec/danh-sach/luu/", {"ten": "Chung", "o-day": "?han=qua", "chung": "1"})
        supervisor_page.post("/ban-viec/danh-sach/luu/", {"ten": "Riêng", "o-day": "?han=sap"})
        elsewhere = people.browser(people.add_staff("xa", Role.BUSINESS, unit="PD0200"))

        seen = business_page.get("/ban-viec/").context["saved"]
        assert [row["name"] for row in seen] == ["Chung"]
        assert elsewhere.get("/ban-viec/").context["saved"] == []
        assert business_page.post(f"/ban-viec/danh-sach/{seen[0]['id']}/bo/").status_code == 404

    def test_what_is_kept_never_reaches_further_than_who_reads(self, supervisor_page, business_page, ask):
        ask()
        supervisor_page.post(
            "/ban-viec/danh-sach/luu/", {"ten": "Hỏi đáp", "o-day": "?vai=INTAKE", "chung": "1"}
        )

        kept = business_page.get("/ban-viec/").context["saved"][0]

        assert str(kept["count"]) == "0"
        assert numbers(business_page.get(kept["href"])) == []

    def test_needs_a_name(self, business_page):
        page = business_page.post("/ban-viec/danh-sach/luu/", {"ten": "  ", "o-day": ""}, follow=True)

        assert "Hãy đặt tên cho danh sách" in page.content.decode()

    def test_columns_are_a_persons_own(self, business_page, intake_page, send):
        send()
        business_page.post("/ban-viec/danh-sach/cot/", {"cot": ["noi", "dien-thoai", "nonsense"]})

        page = business_page.get("/ban-viec/")

        assert page.context["columns"] == ["Điện thoại", "Nơi sử dụng điện"]
        assert "0901 234 567" in page.content.decode()
        assert "phố Tây Sơn" in page.content.decode()
        assert len(intake_page.get("/ban-viec/").context["columns"]) == 6


class TestAssignMany:
    def test_gives_them_to_one_person_and_takes_it_back(self, business, business_page, send):
        first, second = send(), send()
        other = people.add_staff("an", Role.BUSINESS)
        request_ops.assign(
            request_id=first.id,
            assignee=f"staff:{business.id}",
            actor=actor_of(business),
            at=clock.now(),
            key="a",
        )

        answer = press(
            business_page,
            "giao",
            [first, second],
            **{"giao-cho": f"staff:{other.id}", "o-day": "?buoc=CHECK"},
        )
        assert answer.headers["Location"].startswith("/ban-viec/?buoc=CHECK&viec=")
        assert {holder(first), holder(second)} == {f"staff:{other.id}"}
        page = business_page.get(answer.headers["Location"])
        assert "Đã giao 2 yêu cầu cho An." in page.content.decode()

        undo = re.search(r'action="(/ban-viec/nhieu/[^"]+/hoan-tac/)"', page.content.decode())[1]
        told = business_page.post(undo, {"o-day": "?buoc=CHECK"}, follow=True)
        assert "Đã hoàn tác" in told.content.decode()
        assert holder(first) == f"staff:{business.id}"
        assert holder(second) == ""
        for request in (first, second):
            assert request_queries.replay_request(request.id) == request_queries.get_request(request.id).state

    def test_undoing_leaves_what_somebody_has_changed_since(
        self, business, business_page, supervisor_page, send
    ):
        first, second = send(), send()
        other, third = people.add_staff("an", Role.BUSINESS), people.add_staff("ba", Role.BUSINESS)
        press(business_page, "giao", [first, second], **{"giao-cho": f"staff:{other.id}"})
        request_ops.assign(
            request_id=second.id, assignee=f"staff:{third.id}", actor=actor_of(other), at=clock.now(), key="b"
        )

        bulk = BulkAct.objects.get()
        page = business_page.post(f"/ban-viec/nhieu/{bulk.id}/hoan-tac/", follow=True)

        assert holder(first) == ""
        assert holder(second) == f"staff:{third.id}"
        assert second.number in page.content.decode()
        assert (
            supervisor_page.post(f"/ban-viec/nhieu/{bulk.id}/hoan-tac/", follow=True).context["bulk"] is None
        )

    def test_sent_twice_acts_once(self, business, business_page, send):
        request = send()
        other = people.add_staff("an", Role.BUSINESS)
        for _ in range(2):
            press(business_page, "giao", [request], **{"giao-cho": f"staff:{other.id}"})

        assert Entry.objects.filter(request_id=request.id, name="request.assigned").count() == 1
        assert BulkAct.objects.count() == 1

    def test_what_is_of_another_unit_is_left_alone(self, business_page, send):
        request = send()
        far = people.add_staff("xa", Role.BUSINESS, unit="PD0200")
        page = people.browser(far)

        press(page, "giao", [request], **{"giao-cho": f"staff:{far.id}"})
        assert holder(request) == ""
        press(business_page, "giao", [request], **{"giao-cho": f"staff:{far.id}"})
        assert holder(request) == ""
        assert BulkAct.objects.get(actor__contains=str(far.id)).done == []

    def test_nobody_chosen_is_told(self, business_page):
        page = business_page.post("/ban-viec/nhieu/", {"viec": "giao"}, follow=True)

        assert "Hãy đánh dấu ít nhất một yêu cầu" in page.content.decode()

    @pytest.mark.parametrize(
        "wanted", ["staff:nonsense", "staff:00000000-0000-7000-8000-000000000000", "customer:1"]
    )
    def test_only_to_people_who_do_such_work(self, business_page, send, wanted):
        request = send()

        press(business_page, "giao", [request], **{"giao-cho": wanted})

        assert holder(request) == ""


class TestRemindMany:
    @pytest.fixture
    def waiting(self, business, send):
        request = send()
        accept(request, business)
        return request

    def test_reminds_after_a_moment_once_a_day(self, business_page, waiting, send):
        ours = send()
        answer = press(business_page, "nhac", [waiting, ours], **{"o-day": "?luot=khach"})
        page = business_page.get(answer.headers["Location"])
        assert "Sẽ nhắc 1 khách hàng sau 2 phút" in page.content.decode()
        assert "không chờ khách hàng" in page.content.decode()
        assert reminding.send_due(at=clock.now()) == 0

        assert reminding.send_due(at=clock.now() + timedelta(minutes=3)) == 1

        from motcua.messaging.models import OutboxMessage

        assert "486.000" in OutboxMessage.objects.get(key__contains="reminder:").params["amount"]
        assert Entry.objects.filter(request_id=waiting.id, name="customer.reminded").count() == 1
        assert request_queries.replay_request(waiting.id) == request_queries.get_request(waiting.id).state
        again = press(business_page, "nhac", [waiting], key="again")
        assert "vừa nhắc trong ngày" in business_page.get(again.headers["Location"]).content.decode()
        assert reminding.send_due(at=clock.now() + timedelta(minutes=9)) == 0

    def test_undone_in_time_nothing_is_sent(self, business_page, waiting):
        press(business_page, "nhac", [waiting])
        business_page.post(f"/ban-viec/nhieu/{BulkAct.objects.get().id}/hoan-tac/")

        assert reminding.send_due(at=clock.now() + timedelta(minutes=3)) == 0
        assert Reminder.objects.get().state == "WITHDRAWN"
        assert not Entry.objects.filter(request_id=waiting.id, name="customer.reminded").exists()

    def test_undone_too_late_is_told(self, business_page, waiting):
        press(business_page, "nhac", [waiting])
        reminding.send_due(at=clock.now() + timedelta(minutes=3))

        page = business_page.post(f"/ban-viec/nhieu/{BulkAct.objects.get().id}/hoan-tac/", follow=True)

        assert waiting.number in page.content.decode()
        assert Reminder.objects.get().state == "SENT"

    def test_a_customer_who_was_quicker_is_left_in_peace(self, business, business_page, waiting):
        press(business_page, "nhac", [waiting])
        request_ops.cancel(request_id=waiting.id, actor=actor_of(business), at=clock.now(), key="cancel")

        reminding.send_due(at=clock.now() + timedelta(minutes=3))

        assert Reminder.objects.get().state == "NEEDLESS"


class TestPrintMany:
    def test_slips_as_one_file(self, business_page, send):
        chosen = [send(), send()]

        answer = press(business_page, "in-phieu", chosen)

        assert answer.headers["Content-Type"] == "application/pdf"
        text = "".join(page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages)
        assert all(request.number in text for request in chosen)

    def test_packs_need_a_visit(self, business_page, send):
        page = business_page.post(
            "/ban-viec/nhieu/", {"viec": "in-bo", "yeu-cau": [str(send().id)], "key": "p"}, follow=True
        )

        assert "chưa có lịch hẹn" in page.content.decode()

    def test_others_requests_are_not_printed(self, send):
        request = send()
        far = people.browser(people.add_staff("xa", Role.BUSINESS, unit="PD0200"))

        assert press(far, "in-phieu", [request]).status_code == 302


def test_the_list_takes_the_same_queries_whatever_is_kept_and_ticked(business_page, send):
    for number in range(5):
        business_page.post(
            "/ban-viec/danh-sach/luu/", {"ten": f"L{number}", "o-day": f"?han=qua&buoc=S{number}"}
        )
    send()
    business_page.get("/ban-viec/")
    with CaptureQueriesContext(connection) as one:
        business_page.get("/ban-viec/")
    for _ in range(10):
        send()
    with CaptureQueriesContext(connection) as many:
        business_page.get("/ban-viec/")

    assert len(one) == len(many) <= 24
