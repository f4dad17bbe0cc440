"""The search box, a customer on the phone, the day's visits."""

from __future__ import annotations

from datetime import timedelta

import pytest

from motcua.companies.access import actor_of
from motcua.companies.roles import Role
from motcua.config import clock
from motcua.customers import queries as customer_queries
from motcua.fieldwork import operations as fieldwork_ops
from motcua.fieldwork import queries as fieldwork_queries
from motcua.kernel.actors import Actor
from motcua.requests import operations as request_ops
from motcua.requests import queries as request_queries
from motcua.requests.models import Finding, ToFind
from tests.web import people
from tests.web.desk.conftest import INFO


class TestSearch:
    def test_a_number_in_any_writing_leads_to_its_request(self, business_page, send):
        view = send()

        page = business_page.get("/ban-viec/tim/", {"q": view.number.lower().replace("-", " ")})

        assert page.headers["Location"] == f"/ban-viec/yeu-cau/{view.number}/"

    @pytest.mark.parametrize(
        "text", ["0901234567", "0901 234 567", "4567", "nguyen thi hoa", "Hoa Nguyễn", "001185012345"]
    )
    def test_finds_by_phone_its_end_name_without_marks_and_identity_number(self, business_page, send, text):
        view = send()

        page = business_page.get("/ban-viec/tim/", {"q": text})

        assert view.number in page.content.decode()

    @pytest.mark.parametrize("end", ["0067", "40067", "0901240067", "84901240067"])
    def test_noughts_in_a_phones_end_count_for_one_unit_and_for_all(self, business_page, send, end):
        meant = send("INFO", {**INFO, "phone": "0901240067"})
        other = send("INFO", {**INFO, "phone": "0901240167"})
        centre = people.browser(people.add_staff("tat-ca", Role.BUSINESS, unit="PD0000"))

        for page in (business_page, centre):
            shown = page.get("/ban-viec/tim/", {"q": end}).content.decode()
            assert meant.number in shown
            assert other.number not in shown

    @pytest.mark.parametrize(
        "text", ["tay son", "phố Tây Sơn", "dong da hoa", "12 ngo 34", "nguyen thi ho", "TÂY SƠN Nguyễn"]
    )
    def test_finds_by_address_and_by_words_of_both(self, business_page, send, text):
        view = send()

        assert view.number in business_page.get("/ban-viec/tim/", {"q": text}).content.decode()

    def test_finds_by_the_portals_number_and_the_serial(self, business_page, send):
        view = send(portal="DVCQG", external_number="H26.3-181126-0001", channel="PORTAL")

        for text in ("h26.3-181126-0001", "H26.3 181126 0001", view.number.split("-")[1]):
            assert view.number in business_page.get("/ban-viec/tim/", {"q": text}).content.decode(), text

    def test_a_request_that_moved_is_found_by_its_new_unit_alone(self, business, send):
        view = send()
        there = people.browser(people.add_staff("xa", Role.BUSINESS, unit="PD0200"))
        assert view.number not in there.get("/ban-viec/tim/", {"q": "tay son"}).content.decode()

        request_ops.reroute(
            request_id=view.id,
            unit_code="PD0200",
            reason="nhầm",
            actor=actor_of(business),
            at=clock.now(),
            key="r",
        )

        assert view.number in there.get("/ban-viec/tim/", {"q": "tay son"}).content.decode()

    @pytest.mark.parametrize(
        ("role", "unit", "sees"),
        [
            (Role.INTAKE, "PD0200", True), (Role.CREW, "PD0400", True), (Role.CREW, "PD0200", False),
            (Role.ADMIN, "PD0200", False), (Role.DIRECTOR, "PD0200", False),
        ],
    )  # fmt: skip
    def test_names_a_customer_to_whom_serves_them(self, send, role, unit, sees):
        """A counter serves customers of every unit; others see those whose requests are their unit's."""
        send()
        page = people.browser(people.add_staff("xa", role, unit=unit))

        shown = page.get("/ban-viec/tim/", {"q": "nguyen thi hoa"}).content.decode()

        assert ("Nguyễn Thị Hoa" in shown) is sees

    def test_what_is_erased_is_found_by_words_no_more(self, business, send):
        view = send()
        request_ops.cancel(request_id=view.id, actor=actor_of(business), at=clock.now(), key="c")
        request_ops.erase_request_data(request_id=view.id, actor=Actor.system("x"), at=clock.now(), key="e")

        found = request_queries.find_ids("tay son", unit_codes={view.unit_code}, ref="", in_all_units=True)
        assert found == []

    def test_requests_from_before_get_their_words_by_the_job(self, send):
        view = send()
        Finding.objects.all().delete()
        ToFind.objects.create(request_id=view.id)

        assert request_ops.catch_up(limit=10) == 1

        found = request_queries.find_ids("tay son", unit_codes={view.unit_code}, ref="", in_all_units=False)
        assert found == [view.id]
        assert request_ops.catch_up(limit=10) == 0

    @pytest.mark.parametrize(("newest", "most"), [(5000, 5000), (0, 5000), (0, 2), (1, 2)])
    def test_common_words_give_the_newest(self, send, monkeypatch, newest, most):
        monkeypatch.setattr(request_queries, "NEWEST", newest)
        monkeypatch.setattr(request_queries, "FOUND_AT_MOST", most)
        sent = [send(at=clock.now() - timedelta(hours=n)) for n in (3, 1, 2)]

        found = request_queries.find_ids(
            "hoa", unit_codes={sent[0].unit_code}, ref="", in_all_units=True, limit=2
        )

        assert found == [sent[1].id, sent[2].id]

    @pytest.mark.parametrize("text", ["'", "a'b:*|", "& | !", "\\\\", "::*", "%_%"])
    def test_odd_signs_break_nothing(self, business_page, send, text):
        send()

        assert business_page.get("/ban-viec/tim/", {"q": text}).status_code == 200

    def test_requests_of_another_unit_are_not_shown(self, send):
        view = send()
        elsewhere = people.browser(people.add_staff("xa", Role.BUSINESS, unit="PD0200"))

        by_name = elsewhere.get("/ban-viec/tim/", {"q": "nguyen thi hoa"})
        by_number = elsewhere.get("/ban-viec/tim/", {"q": view.number})

        assert view.number not in by_name.content.decode()
        assert by_number.status_code == 200
        assert f"/ban-viec/yeu-cau/{view.number}/" not in by_number.content.decode()

    def test_nothing_found_says_so(self, business_page):
        assert (
            "Không tìm thấy yêu cầu nào" in business_page.get("/ban-viec/tim/", {"q": "zzz"}).content.decode()
        )

    def test_the_end_of_a_number_needs_four_digits(self, company):
        assert customer_queries.search_by_phone_tail("567") == []


class TestCall:
    def test_two_clicks_to_a_form_that_knows_the_caller(self, intake_page, send):
        send()

        first = intake_page.get("/ban-viec/cuoc-goi/", {"dt": "0901234567"})
        second = intake_page.get("/ban-viec/cuoc-goi/INFO/", {"dt": "0901234567"})

        assert 'formaction="/ban-viec/cuoc-goi/INFO/"' in first.content.decode()
        assert 'value="Nguyễn Thị Hoa"' in second.content.decode()
        assert 'value="0901 234 567"' in second.content.decode()

    def test_is_sent_in_as_a_call_and_indirect(self, intake_page):
        page = intake_page.post("/ban-viec/cuoc-goi/INFO/", {**people.form_of(INFO), "key": "call:1"})

        view = request_queries.find_by_number(page.headers["Location"].split("/")[-2])
        assert (view.state.channel, view.state.reception, view.state.trips) == ("CALL", "INDIRECT", 0)


@pytest.fixture
def booked(company, send):
    """A request whose signing visit is planned, and two crews."""
    at, system = clock.now(), Actor.system("t")
    members = [people.add_staff(name, Role.CREW) for name in ("a1", "a2", "b1", "b2")]
    for code, pair in (("HN-T1", members[:2]), ("HN-T2", members[2:])):
        fieldwork_ops.add_crew(
            code=code, name=code, unit_code="PD0000", member_ids=[m.id for m in pair], actor=system, at=at
        )
    view = send()
    request_ops.advance(
        request_id=view.id,
        action="accept",
        inputs={"needs_survey": False, "cost_vnd": 0},
        actor=actor_of(people.add_staff("kd", Role.BUSINESS)),
        at=at,
        key="accept",
    )
    return fieldwork_queries.find_open_visit(view.id)


class TestVisits:
    def test_lists_the_day_and_puts_another_crew_down(self, business_page, booked):
        page = business_page.get("/ban-viec/lich-hen/", {"ngay": booked.date.isoformat()})
        other = "HN-T2" if booked.crew_code == "HN-T1" else "HN-T1"

        business_page.post(f"/ban-viec/lich-hen/{booked.id}/to/", {"to": other, "key": "k1"})

        assert booked.request_number in page.content.decode()
        assert fieldwork_queries.get_visit(booked.id).crew_code == other

    def test_prints_all_packs_of_the_day(self, business_page, booked):
        page = business_page.get("/ban-viec/lich-hen/in.pdf", {"ngay": booked.date.isoformat()})

        assert page.content.startswith(b"%PDF")

    def test_another_unit_neither_sees_nor_moves_it(self, booked):
        elsewhere = people.browser(people.add_staff("xa", Role.BUSINESS, unit="PD0200"))

        page = elsewhere.get("/ban-viec/lich-hen/", {"ngay": booked.date.isoformat()})
        moved = elsewhere.post(f"/ban-viec/lich-hen/{booked.id}/to/", {"to": "HN-T2", "key": "k1"})

        assert booked.request_number not in page.content.decode()
        assert moved.status_code == 404

    def test_the_visit_stands_on_the_request_page(self, business_page, booked):
        page = business_page.get(f"/ban-viec/yeu-cau/{booked.request_number}/")

        assert booked.window in page.content.decode()
