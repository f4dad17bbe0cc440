"""The work list: whose, in which order, how many queries."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext

from motcua.companies.roles import Role
from motcua.config import clock
from motcua.requests import operations as request_ops
from motcua.requests import queries as request_queries
from motcua.web.desk import worklist
from tests.web import people

# The switch of company; session, person, roles, units; the page's ids, its rows, columns, kept lists, who may be given
# work (twice), names of units (twice) and customers; all the counts in one, notes that name me, whom I stand in for.
QUERIES = 18


def numbers(page) -> list[str]:
    import re

    return re.findall(r'class="row-link" href="/ban-viec/yeu-cau/([^/]+)/"', page.content.decode())


class TestWorklist:
    def test_shows_what_waits_for_my_role_the_soonest_due_first(self, business_page, send, ask):
        first, second = send(), send()
        ask()

        page = business_page.get("/ban-viec/")

        assert numbers(page) == [first.number, second.number]
        assert "Nguyễn Thị Hoa" in page.content.decode()

    def test_a_question_waits_for_intake(self, intake_page, ask, send):
        question = ask()
        send()

        assert numbers(intake_page.get("/ban-viec/")) == [question.number]

    def test_a_supervisor_sees_every_role_and_may_choose_one(self, supervisor_page, ask, send):
        home, question = send(), ask()

        assert set(numbers(supervisor_page.get("/ban-viec/"))) == {home.number, question.number}
        assert numbers(supervisor_page.get("/ban-viec/?vai=INTAKE")) == [question.number]

    def test_another_unit_sees_nothing(self, send):
        send()
        elsewhere = people.browser(people.add_staff("xa", Role.BUSINESS, Role.SUPERVISOR, unit="PD0200"))

        assert numbers(elsewhere.get("/ban-viec/")) == []
        assert numbers(elsewhere.get("/ban-viec/gan-day/")) == []

    def test_filters_by_service_step_lateness_and_mine(self, supervisor_page, send, ask):
        now = clock.now()
        late = send(at=now - timedelta(days=6))
        fresh = ask(at=now)
        actor = people.add_staff("an", Role.BUSINESS)
        request_ops.assign(
            request_id=late.id, assignee=f"staff:{actor.id}", at=now, key="give",
            actor=request_actor(actor),
        )  # fmt: skip

        assert numbers(supervisor_page.get("/ban-viec/?dich-vu=INFO")) == [fresh.number]
        assert numbers(supervisor_page.get("/ban-viec/?buoc=CHECK")) == [late.number]
        assert numbers(supervisor_page.get("/ban-viec/?han=qua")) == [late.number]
        assert numbers(people.browser(actor).get("/ban-viec/?cua-toi=1")) == [late.number]
        assert numbers(supervisor_page.get("/ban-viec/?cua-toi=1")) == []

    def test_marks_what_is_late(self, business_page, send):
        send(at=clock.now() - timedelta(days=20))

        text = business_page.get("/ban-viec/").content.decode()

        assert "quá hạn" in text
        assert "quá hạn cam kết" in text

    def test_pages_by_key_without_losing_or_doubling(self, business_page, send, monkeypatch):
        monkeypatch.setattr(worklist, "PAGE", 3)
        sent = [send().number for _ in range(7)]

        seen, address = [], "/ban-viec/"
        while address:
            page = business_page.get(address)
            seen += numbers(page)
            address = f"/ban-viec/{page.context['next']}" if page.context["next"] else ""

        assert seen == sent

    def test_a_broken_key_is_the_first_page(self, business_page, send):
        request = send()

        assert numbers(business_page.get("/ban-viec/?sau=xx~yy")) == [request.number]

    def test_takes_the_same_number_of_queries_whatever_its_length(self, business_page, send):
        send()
        business_page.get("/ban-viec/")
        with CaptureQueriesContext(connection) as one:
            business_page.get("/ban-viec/")
        for _ in range(20):
            send()
        with CaptureQueriesContext(connection) as many:
            business_page.get("/ban-viec/")

        selects = [q["sql"] for q in many if q["sql"].startswith("SELECT")]
        assert len(one) == len(many)
        assert len(selects) <= QUERIES, "\n".join(selects)
        counting = [sql for sql in selects if "COUNT(" in sql.upper()]
        assert len(counting) == 1
        assert counting[0].count("count(*)") * 2 == counting[0].count("LIMIT 1000")

    def test_the_customers_turn_has_a_list_of_its_own(self, business_page, send):
        request = send()
        request_ops.advance(
            request_id=request.id, action="accept", inputs={"needs_survey": False, "cost_vnd": 450000, "cost_note": "15 m cáp"},
            actor=request_actor(people.add_staff("an", Role.BUSINESS)), at=clock.now(), key="accept",
        )  # fmt: skip

        assert request_queries.get_request(request.id).step == "PAY"
        assert numbers(business_page.get("/ban-viec/")) == []
        assert numbers(business_page.get("/ban-viec/?luot=khach")) == [request.number]


def request_actor(staff):
    from motcua.companies.access import actor_of

    return actor_of(staff)
