"""Supervisors: who holds what, promises, lateness and its party, absences and stand-ins; mentions."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from motcua.companies import absences
from motcua.companies.access import actor_of
from motcua.companies.models import StaffAbsence
from motcua.companies.roles import Role
from motcua.config import clock
from motcua.kernel.local_time import local_date
from motcua.requests import operations as request_ops
from motcua.requests import overseeing
from motcua.requests import queries as request_queries
from motcua.requests.models import Mention, Request
from tests.web import people
from tests.web.desk.test_worklist import numbers


@pytest.fixture
def supervisor(company):
    return people.add_staff("sep", Role.SUPERVISOR)


@pytest.fixture
def page(supervisor):
    return people.browser(supervisor)


def give(request, staff) -> None:
    request_ops.assign(
        request_id=request.id,
        assignee=f"staff:{staff.id}",
        actor=actor_of(staff),
        at=clock.now(),
        key=f"g:{request.id}",
    )


def today():
    return local_date(clock.now())


class TestOversee:
    def test_says_who_holds_what(self, page, business, send):
        held, free = send(at=clock.now() - timedelta(days=9)), send()
        give(held, business)

        rows = {row["name"]: row for row in page.get("/ban-viec/giam-sat/").context["held"]}

        assert (rows["Minh"]["open"], rows["Minh"]["late"]) == (1, 1)
        assert (rows[""]["open"], rows[""]["late"]) == (1, 0)
        assert numbers(page.get("/ban-viec/?nguoi=chua-giao")) == [free.number]
        assert numbers(page.get(f"/ban-viec/?nguoi={business.id}")) == [held.number]

    def test_says_which_promises_break_by_unit(self, page, send):
        at = clock.now()
        for days in (-1, 0.5, 2, 9):
            Request.objects.filter(id=send().id).update(due_at=at + timedelta(days=days))
        paused = send()
        Request.objects.filter(id=paused.id).update(due_at=at - timedelta(days=3), paused_at=at)

        rows = page.get("/ban-viec/giam-sat/").context["promises"]

        assert [(row["broken"], row["day"], row["days"], row["unheld"]) for row in rows] == [(1, 1, 1, 3)]

    def test_counts_late_ones_by_the_party_they_are_charged_to(self, page, business, send):
        at = clock.now()
        sent = [send(at=at - timedelta(days=20)) for _ in range(3)]
        for request, party in zip(sent, ("COMPANY", "CUSTOMER", ""), strict=True):
            if party:
                request_ops.explain_late(
                    request_id=request.id,
                    party=party,
                    reason="vì mưa",
                    actor=actor_of(business),
                    at=at,
                    key=f"l:{request.id}",
                )
            Request.objects.filter(id=request.id).update(state="SETTLED", on_time=False, closed_at=at)

        context = page.get("/ban-viec/giam-sat/").context

        sums = context["late_sums"]
        assert (
            sums["late"],
            sums["company"],
            sums["customer"],
            sums["third_party"],
            sums["unexplained"],
        ) == (3, 1, 1, 0, 1)
        assert [line.request.number for line in context["unexplained"]] == [sent[2].number]

    def test_the_party_stands_in_the_row_as_the_journal_says(self, business, send):
        request = send(at=clock.now() - timedelta(days=20))
        for party in ("COMPANY", "THIRD_PARTY"):
            request_ops.explain_late(
                request_id=request.id,
                party=party,
                reason="đổi",
                actor=actor_of(business),
                at=clock.now(),
                key=party,
            )

        state = request_queries.get_request(request.id).state
        assert state.late_party == "THIRD_PARTY"
        assert request_queries.replay_request(request.id) == state

    def test_all_that_somebody_holds_goes_to_another_and_back(self, page, business, send):
        first, second = send(), send()
        give(first, business)
        give(second, business)
        other = people.add_staff("an", Role.BUSINESS)

        answer = page.post("/ban-viec/giam-sat/ban-giao/", {"tu": business.id, "den": other.id, "key": "h"})

        assert {r.assignee for r in Request.objects.filter(id__in=[first.id, second.id])} == {
            f"staff:{other.id}"
        }
        shown = page.get(answer.headers["Location"])
        assert shown.context["bulk"]["may_undo"] is True
        page.post(f"/ban-viec/nhieu/{shown.context['bulk']['id']}/hoan-tac/")
        assert {r.assignee for r in Request.objects.filter(id__in=[first.id, second.id])} == {
            f"staff:{business.id}"
        }

    def test_takes_the_same_queries_whatever_there_is(self, page, business, send):
        give(send(), business)
        page.get("/ban-viec/giam-sat/")
        with CaptureQueriesContext(connection) as one:
            page.get("/ban-viec/giam-sat/")
        for number in range(6):
            give(send(), people.add_staff(f"nv{number}", Role.BUSINESS))
        with CaptureQueriesContext(connection) as more:
            page.get("/ban-viec/giam-sat/")

        assert len(one) == len(more) <= 20


class TestAbsence:
    def add(self, page, who, **more):
        told = {
            "ai": who.id, "tu-ngay": today().isoformat(), "di-lam": (today() + timedelta(days=3)).isoformat(), "ly-do": "LEAVE", **more,
        }  # fmt: skip
        return page.post("/ban-viec/giam-sat/vang/", told, follow=True)

    def test_the_stand_in_sees_the_work_as_theirs(self, page, business, send):
        request = send()
        give(request, business)
        stand_in = people.add_staff("an", Role.BUSINESS)
        assert numbers(people.browser(stand_in).get("/ban-viec/?cua-toi=1")) == []

        self.add(page, business, thay=stand_in.id)

        assert numbers(people.browser(stand_in).get("/ban-viec/?cua-toi=1")) == [request.number]
        row = page.get("/ban-viec/giam-sat/").context["held"][0]
        assert (row["is_away"], row["stand_in"]) == (True, "An")

    def test_ends_when_they_are_back(self, page, business):
        self.add(page, business)
        row = StaffAbsence.objects.get()

        page.post(f"/ban-viec/giam-sat/vang/{row.id}/xong/")

        assert absences.absent_on([business.id], today()) == {}

    @pytest.mark.parametrize(
        ("more", "said"),
        [
            ({"di-lam": "2020-01-01"}, "Ngày đi làm lại phải sau"),
            ({"di-lam": "x"}, "Hãy chọn người vắng"),
            ({"thay": "self"}, "Người thay phải là người khác"),
        ],
    )
    def test_refuses_nonsense(self, page, business, more, said):
        more = {name: business.id if value == "self" else value for name, value in more.items()}

        assert said in self.add(page, business, **more).content.decode()
        assert not StaffAbsence.objects.exists()

    def test_twice_at_the_same_time_is_refused(self, page, business):
        self.add(page, business)

        assert "trùng" in self.add(page, business).content.decode()
        assert StaffAbsence.objects.count() == 1

    def test_of_another_units_people_is_not_theirs(self, business):
        far = people.browser(people.add_staff("xa", Role.SUPERVISOR, unit="PD0200"))

        self.add(far, business)
        row = StaffAbsence.objects.create(
            staff=business, reason="SICK", valid_from=today(), valid_to=today() + timedelta(days=2), recorded_by="x", recorded_at=clock.now()
        )  # fmt: skip

        assert far.post(f"/ban-viec/giam-sat/vang/{row.id}/xong/").status_code == 404
        assert StaffAbsence.objects.get().valid_to == today() + timedelta(days=2)


class TestMentions:
    def note(self, page, request, text, **more):
        return page.post(
            f"/ban-viec/yeu-cau/{request.number}/viec/ghi-chu/", {"text": text, "key": f"n:{text}", **more}
        )

    def test_who_is_named_is_told_until_they_read(self, page, business, business_page, send):
        request = send()

        self.note(page, request, "@Minh xem giúp số nhà, hỏi thêm hoa@evn.vn nhé")

        tab = next(t for t in business_page.get("/ban-viec/").context["tabs"] if t["label"] == "Cho tôi")
        assert tab["count"] == "1"
        assert "xem giúp số nhà" in business_page.get("/ban-viec/cho-toi/").content.decode()
        business_page.get(f"/ban-viec/yeu-cau/{request.number}/")
        assert overseeing.count_unread(str(business.id)) == 0
        assert "xem giúp số nhà" in business_page.get("/ban-viec/cho-toi/").content.decode()

    def test_is_chosen_without_typing_a_name(self, page, business, send):
        self.note(page, send(), "gọi lại khách", mention="minh")

        assert Mention.objects.get().staff_id == business.id

    def test_all_can_be_read_at_once(self, page, business, business_page, send):
        for _ in range(2):
            self.note(page, send(), f"@minh {_}")

        business_page.post("/ban-viec/cho-toi/da-doc/")

        assert overseeing.count_unread(str(business.id)) == 0

    def test_an_unknown_name_is_told_and_nothing_typed_is_lost(self, page, send):
        answer = self.note(page, send(), "@khong-co xem nhé")

        assert answer.status_code == 422
        text = answer.content.decode()
        assert "Không có đồng nghiệp nào" in text
        assert "@khong-co xem nhé" in text

    def test_somebody_who_may_not_see_the_request_is_not_told(self, page, send):
        far = people.add_staff("xa", Role.BUSINESS, unit="PD0200")

        self.note(page, send(), "@xa nhé")

        assert not Mention.objects.filter(staff_id=far.id).exists()
